"""Writing by charge: so many coulombs through the terminal that is written, then a read."""

from mho.plugin_kinds import MeasurementProtocol
from mho.protocols.write_charge.figure import figure
from mho.protocols.write_charge.loop import plan, write_charges
from mho.protocols.write_charge.recipe import WriteChargeRecipe
from mho.protocols.write_charge.results import merits, progress, summary
from mho.protocols.write_charge.row import ChargeRow, Verdict

__all__ = ["WRITE_CHARGE", "ChargeRow", "Verdict", "WriteChargeRecipe", "write_charges"]

WRITE_CHARGE = MeasurementProtocol(
    name="write_charge",
    title="Writing by charge: coulombs in, siemens out",
    recipe=WriteChargeRecipe,
    row=ChargeRow,
    run=write_charges,
    plan=plan,
    summary=summary,
    figure=figure,
    progress=progress,
    merits=merits,
)
