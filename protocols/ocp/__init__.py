"""Open-circuit potential: the voltage of the open written terminal against the state.

A source of 0 A lets no charge through and measures the potential that the device keeps there.
"""

from mho.plugin_kinds import MeasurementProtocol, OnDemand
from mho.protocols.ocp.loop import ocp, plan, progress
from mho.protocols.ocp.recipe import OcpRecipe
from mho.protocols.ocp.row import Direction, OcpRow, Verdict

__all__ = ["OCP", "Direction", "OcpRecipe", "OcpRow", "Verdict", "ocp"]

OCP = MeasurementProtocol(
    name="ocp",
    title="OCP: open-circuit potential against state",
    recipe=OcpRecipe,
    row=OcpRow,
    run=ocp,
    plan=plan,
    summary=OnDemand("mho.protocols.ocp.results:summary"),
    figure=OnDemand("mho.protocols.ocp.figure:figure"),
    results=OnDemand("mho.protocols.ocp.results:results"),
    progress=progress,
)
