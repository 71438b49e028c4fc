"""Open-circuit potential: the voltage of the open written terminal against the state.

A source of 0 A lets no charge through and measures the potential that the device keeps there.
"""

from mho.plugin_kinds import MeasurementProtocol
from mho.protocols.ocp.figure import figure
from mho.protocols.ocp.loop import ocp, plan
from mho.protocols.ocp.recipe import OcpRecipe
from mho.protocols.ocp.results import merits, progress, slope, summary
from mho.protocols.ocp.row import Direction, OcpRow, Verdict

__all__ = ["OCP", "Direction", "OcpRecipe", "OcpRow", "Verdict", "ocp", "slope"]

OCP = MeasurementProtocol(
    name="ocp",
    title="OCP: open-circuit potential against state",
    recipe=OcpRecipe,
    row=OcpRow,
    run=ocp,
    plan=plan,
    summary=summary,
    figure=figure,
    progress=progress,
    merits=merits,
)
