"""PPF: paired-pulse facilitation, and with more than two pulses the dependence on their rate.

No source paper of this project measures it; the definitions are those of `mho.merit.paired_pulse`.
"""

from mho.plugin_kinds import MeasurementProtocol
from mho.protocols.ppf.figure import figure
from mho.protocols.ppf.loop import plan, ppf
from mho.protocols.ppf.recipe import PpfRecipe
from mho.protocols.ppf.results import indices, merits, progress, summary
from mho.protocols.ppf.row import PpfStep, Verdict

__all__ = ["PPF", "PpfRecipe", "PpfStep", "Verdict", "indices", "ppf"]

PPF = MeasurementProtocol(
    name="ppf",
    title="PPF: paired pulses at a list of intervals",
    recipe=PpfRecipe,
    row=PpfStep,
    run=ppf,
    plan=plan,
    summary=summary,
    figure=figure,
    progress=progress,
    merits=merits,
)
