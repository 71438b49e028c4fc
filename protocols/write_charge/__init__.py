"""Writing by charge: so many coulombs through the terminal that is written, then a read."""

from mho.plugin_kinds import MeasurementProtocol, OnDemand
from mho.protocols.write_charge.loop import plan, progress, write_charges
from mho.protocols.write_charge.recipe import WriteChargeRecipe
from mho.protocols.write_charge.row import ChargeRow, Verdict

__all__ = ["WRITE_CHARGE", "ChargeRow", "Verdict", "WriteChargeRecipe", "write_charges"]

WRITE_CHARGE = MeasurementProtocol(
    name="write_charge",
    title="Writing by charge: coulombs in, siemens out",
    recipe=WriteChargeRecipe,
    row=ChargeRow,
    run=write_charges,
    plan=plan,
    summary=OnDemand("mho.protocols.write_charge.results:summary"),
    figure=OnDemand("mho.protocols.write_charge.figure:figure"),
    results=OnDemand("mho.protocols.write_charge.results:results"),
    progress=progress,
)
