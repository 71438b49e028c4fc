"""PPF: paired-pulse facilitation, and with more than two pulses the dependence on their rate.

No source paper of this project measures it; the definitions are those of `mho.merit.paired_pulse`.
"""

from mho.plugin_kinds import MeasurementProtocol, OnDemand
from mho.protocols.ppf.loop import plan, ppf, progress
from mho.protocols.ppf.recipe import PpfRecipe
from mho.protocols.ppf.row import PpfStep, Verdict

__all__ = ["PPF", "PpfRecipe", "PpfStep", "Verdict", "ppf"]

PPF = MeasurementProtocol(
    name="ppf",
    title="PPF: paired pulses at a list of intervals",
    recipe=PpfRecipe,
    row=PpfStep,
    run=ppf,
    plan=plan,
    summary=OnDemand("mho.protocols.ppf.results:summary"),
    figure=OnDemand("mho.protocols.ppf.figure:figure"),
    results=OnDemand("mho.protocols.ppf.results:results"),
    progress=progress,
)
