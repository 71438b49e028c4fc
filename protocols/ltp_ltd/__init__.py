"""LTP/LTD: conductance under trains of potentiating and depressing pulses.

The synaptic measurement of the Ag/alpha-Fe2O3/FTO paper (Fig. 3 and 4): identical pulses of one
polarity, a read after each, then as many of the other; also pulses of growing amplitude or width.
"""

from mho.plugin_kinds import MeasurementProtocol, OnDemand
from mho.protocols.ltp_ltd.loop import ltp_ltd, progress
from mho.protocols.ltp_ltd.plan import plan
from mho.protocols.ltp_ltd.recipe import LtpLtdRecipe
from mho.protocols.ltp_ltd.row import Direction, LtpLtdStep, Verdict

__all__ = [
    "LTP_LTD",
    "Direction",
    "LtpLtdRecipe",
    "LtpLtdStep",
    "Verdict",
    "ltp_ltd",
]

LTP_LTD = MeasurementProtocol(
    name="ltp_ltd",
    title="LTP/LTD: potentiating and depressing pulse trains",
    recipe=LtpLtdRecipe,
    row=LtpLtdStep,
    run=ltp_ltd,
    plan=plan,
    summary=OnDemand("mho.protocols.ltp_ltd.results:summary"),
    figure=OnDemand("mho.protocols.ltp_ltd.figure:figure"),
    results=OnDemand("mho.protocols.ltp_ltd.results:results"),
    progress=progress,
)
