"""STDP: weight change against the time between a pre- and a postsynaptic spike.

As in Fig. 3(e, f) of the Ag/alpha-Fe2O3/FTO paper, whose sign convention is t_pre - t_post.
"""

from mho.plugin_kinds import MeasurementProtocol, OnDemand
from mho.protocols.stdp.loop import progress, stdp
from mho.protocols.stdp.plan import plan
from mho.protocols.stdp.recipe import StdpRecipe
from mho.protocols.stdp.row import Order, StdpStep, Verdict

__all__ = ["STDP", "Order", "StdpRecipe", "StdpStep", "Verdict", "stdp"]

STDP = MeasurementProtocol(
    name="stdp",
    title="STDP: pairs of spikes on two terminals",
    recipe=StdpRecipe,
    row=StdpStep,
    run=stdp,
    plan=plan,
    summary=OnDemand("mho.protocols.stdp.results:summary"),
    figure=OnDemand("mho.protocols.stdp.figure:figure"),
    results=OnDemand("mho.protocols.stdp.results:results"),
    progress=progress,
)
