"""SET and RESET loops of a 1T1R cell: what the transistor costs the memristor.

After Lim et al., doi:10.3389/fnins.2025.1516971, section 3.2: memristor on drain (MOD) or on
source (MOS), Table 1 and the share of the on-resistance.
"""

from mho.plugin_kinds import MeasurementProtocol, OnDemand
from mho.protocols.one_transistor_one_resistor.loop import (
    one_transistor_one_resistor,
    plan,
    progress,
)
from mho.protocols.one_transistor_one_resistor.recipe import OneTransistorOneResistorRecipe
from mho.protocols.one_transistor_one_resistor.row import CellPoint, Phase, Verdict

__all__ = [
    "ONE_TRANSISTOR_ONE_RESISTOR",
    "CellPoint",
    "OneTransistorOneResistorRecipe",
    "Phase",
    "Verdict",
    "one_transistor_one_resistor",
]

ONE_TRANSISTOR_ONE_RESISTOR = MeasurementProtocol(
    name="one_transistor_one_resistor",
    title="1T1R cell: SET and RESET loops, on/off kept and share of the transistor",
    recipe=OneTransistorOneResistorRecipe,
    row=CellPoint,
    run=one_transistor_one_resistor,
    plan=plan,
    summary=OnDemand("mho.protocols.one_transistor_one_resistor.results:summary"),
    figure=OnDemand("mho.protocols.one_transistor_one_resistor.figure:figure"),
    results=OnDemand("mho.protocols.one_transistor_one_resistor.results:results"),
    progress=progress,
)
