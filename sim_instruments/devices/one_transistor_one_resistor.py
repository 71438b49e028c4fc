"""The 1T1R cell: a Cu:Te memristor in series with an NMOS transistor, between TE and source line.

MOD (memristor on drain): TE - memristor - transistor - source line.
MOS (memristor on source): TE - transistor - memristor - source line.

After Lim et al., Frontiers in Neuroscience (2025), doi:10.3389/fnins.2025.1516971. The body is
grounded, and so is the source line, unless ``source_line`` makes it a terminal: raising it above TE
resets the cell with all nodes above the body, in MOD at the loss of a threshold (Table 1 there).

A negative TE turns the transistor around (its drain then acts as the source); in MOD with the
source grounded no threshold is lost that way (Figure 5A there), and the drain goes below the body
by what the channel drops. The body diode (assumed) catches it near -0.6 V, with the gate off too.
In MOS it stands directly at TE, so that TE cannot be pulled further below ground than the diode
allows: such a cell is reset by its source line.

A TE that nothing drives stands at the potential of the source line: the transistor conducts, if
only by its leakage, and the still smaller one of the body diode is left out there. A gate that
nothing drives is taken as 0 V (assumed), which is off.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from pydantic import Field, model_validator

from mho.device.bank import CellBank, Floats
from mho.device.model import DeviceModel, drive_at
from mho.frozen import Frozen
from mho.plugin_kinds import DeviceKind
from mho.sim_instruments.devices.contact import losable
from mho.sim_instruments.devices.cu_te_bank import CuTeBank
from mho.sim_instruments.devices.cu_te_memristor import CuTe
from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters
from mho.sim_instruments.devices.elementwise import elementwise
from mho.sim_instruments.devices.memristor_cell import MemristorCell
from mho.sim_instruments.devices.nmos import Nmos, NmosParameters
from mho.sim_instruments.devices.series_transistor import Configuration, SeriesTransistor
from mho.stimuli import Drive

Selector = Literal["W/L 5", "W/L 10", "W/L 30", "W/L 65", "W/L 130", "W/L 330"]

SELECTORS: dict[str, float] = {
    # six ratios were made (published); the printed ones are the two that say so
    "W/L 5": 5.0,  # assumed
    "W/L 10": 10.0,  # assumed
    "W/L 30": 30.0,  # assumed
    "W/L 65": 65.0,  # published: chosen for the cell; its on-resistance of 120 ohm is fitted
    "W/L 130": 130.0,  # assumed
    "W/L 330": 330.0,  # published: the largest
}
"""Width over length of each transistor that can be chosen; one that is given as well wins."""


BANK_GATE = 3.0
"""Volts at the gates of a bank of cells; published. Their source lines are grounded."""
BANK_LIMIT = 5e-3
"""Amperes, of the source at each TE; assumed: a full SET limits itself to 2 mA (published)."""


class OneTransistorOneResistorParameters(Frozen):
    """A 1T1R cell."""

    selector: Selector = Field(
        default="W/L 65",
        description="which transistor: W/L 65 (chosen) and 330 published, the other four of the "
        "six made assumed; the on-resistance of all follows from 120 ohm at W/L 65",
    )

    configuration: Configuration = Field(
        default="MOD", description="memristor on drain or on source; MOD published for tuning"
    )
    source_line: bool = Field(
        default=False,
        description="the source line is the terminal `source`, grounded while nothing drives it; "
        "else it is tied to ground",
    )
    memristor: CuTeParameters = Field(
        default=CuTeParameters(), description="parameters of the memristor"
    )
    transistor: NmosParameters = Field(
        default=NmosParameters(), description="parameters of the transistor"
    )

    @model_validator(mode="before")
    @classmethod
    def _selector_first(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        ratio, transistor = SELECTORS.get(str(given.get("selector"))), given.get("transistor", {})
        if ratio is None or not isinstance(transistor, dict):
            return given
        return {**given, "transistor": {"width_over_length": ratio, **transistor}}


def _build(parameters: OneTransistorOneResistorParameters, seed: int) -> DeviceModel:
    ops = elementwise(1)
    transistor = Nmos(parameters.transistor, ops)

    @lru_cache(maxsize=16)  # a closed loop comes back to the same few levels
    def circuit(level: float, limit: float, gate: float, line: Drive | None) -> SeriesTransistor:
        top = Drive(level, limit)
        return SeriesTransistor(transistor, parameters.configuration, gate, top, ops, line)

    def driven(drives: Mapping[str, Drive]) -> SeriesTransistor | None:
        top, gate = drive_at(drives, "TE"), drive_at(drives, "gate")
        if top is None:
            return None
        # an open gate is taken as off (assumed)
        return circuit(
            top.level, top.limit, 0.0 if gate is None else gate.level, drive_at(drives, "source")
        )

    terminals = ("TE", "gate", "source") if parameters.source_line else ("TE", "gate")
    far_end = "source" if parameters.source_line else None
    cell = MemristorCell(CuTe(1, parameters.memristor, seed), terminals, driven, far_end)
    return losable(cell, parameters.memristor.contact_lost_after)


def _bank(parameters: OneTransistorOneResistorParameters, count: int, seed: int) -> CellBank:
    def circuit(levels: Floats) -> SeriesTransistor:
        ops = elementwise(levels.size, arrays=True)
        transistor = Nmos(parameters.transistor, ops)
        top = Drive(levels, BANK_LIMIT)  # type: ignore[arg-type]  # one for each
        return SeriesTransistor(transistor, parameters.configuration, BANK_GATE, top, ops)

    return CuTeBank(parameters.memristor, count, seed, circuit)


CU_TE_1T1R = DeviceKind(parameters=OneTransistorOneResistorParameters, build=_build, bank=_bank)
