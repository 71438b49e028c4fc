"""Response to charge: siemens per coulomb, up and down, and how it depends on the state."""

from mho.plugin_kinds import MeasurementProtocol, OnDemand
from mho.protocols.charge_response.recipe import (
    ChargeResponseRecipe,
    charge_response,
    plan,
    progress,
)
from mho.protocols.write_charge.row import ChargeRow

__all__ = ["CHARGE_RESPONSE", "ChargeResponseRecipe", "charge_response"]

CHARGE_RESPONSE = MeasurementProtocol(
    name="charge_response",
    title="Response to charge: siemens per coulomb, up and down",
    recipe=ChargeResponseRecipe,
    row=ChargeRow,
    run=charge_response,
    plan=plan,
    summary=OnDemand("mho.protocols.charge_response.results:summary"),
    figure=OnDemand("mho.protocols.charge_response.figure:figure"),
    results=OnDemand("mho.protocols.charge_response.results:results"),
    progress=progress,
)
