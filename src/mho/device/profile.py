"""The device profile: what the device under test may suffer, and how it is spoken to."""

from math import inf
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from mho.device.layout import ArrayLayout
from mho.device.prior import Prior
from mho.frozen import Frozen
from mho.quantities import Amperes, Coulombs, Seconds, Siemens, Volts
from mho.stimuli import OPEN, Drive


class TerminalLimits(Frozen):
    """What one terminal may suffer. Voltages are bounded per polarity."""

    min_voltage: Volts = Field(le=0, description="most negative voltage allowed")
    max_voltage: Volts = Field(ge=0, description="most positive voltage allowed")
    max_compliance: Amperes = Field(gt=0, description="largest current limit allowed")
    bias: Volts | None = Field(
        default=None, description="level this terminal is held at while others are driven"
    )
    bias_compliance: Amperes | None = Field(
        default=None,
        gt=0,
        description="current limit while it is held at the bias; needed with bias",
    )
    rests: Literal["grounded", "open"] = Field(
        default="grounded",
        description="how it stands while nothing drives it: at 0 V, or cut off by a relay; to be "
        "said of a terminal that is written while another one is read",
    )

    @model_validator(mode="after")
    def _bias_within(self) -> Self:
        if self.bias is not None and self.bias_compliance is None:
            raise ValueError("a held terminal needs bias_compliance as well as bias")
        if self.bias is not None and not self.min_voltage <= self.bias <= self.max_voltage:
            raise ValueError("bias lies outside min_voltage ... max_voltage")
        if self.bias_compliance is not None and self.bias_compliance > self.max_compliance:
            raise ValueError("bias_compliance is above max_compliance")
        if self.bias is not None and self.rests == "open":
            raise ValueError("a terminal that is held at a bias cannot rest open; take one out")
        return self


class Across(Frozen):
    """What the device may suffer between two terminals: the voltage at the first less the other's.

    Each terminal alone may stay within its limits and the two together go beyond what the device
    stands: spikes of opposite sign on both sides, a RESET from the other end.
    """

    terminals: tuple[str, str] = Field(description='from the first to the second: ["TE", "BE"]')
    min_voltage: Volts = Field(le=0, description="most negative difference allowed")
    max_voltage: Volts = Field(ge=0, description="most positive difference allowed")


class Dose(Frozen):
    """How much one run may do to the device."""

    max_pulses: int = Field(gt=0, description="programming pulses at one terminal in one run")
    max_charge: Coulombs = Field(
        gt=0,
        description="charge through the terminal that is written, pulses and reads, in one run",
    )
    max_charge_at: dict[str, Coulombs] = Field(
        default_factory=dict, description="the same for other terminals, by name"
    )

    def charge_at(self, terminal: str, write_at: str) -> float:
        """The most charge (C) that may pass at a terminal; infinite where nobody says."""
        return self.max_charge_at.get(terminal, self.max_charge if terminal == write_at else inf)


class CurvePoint(Frozen):
    """The conductance a first pulse of this amplitude (magnitude) leaves behind, from full SET."""

    amplitude: Volts = Field(gt=0, description="of the first RESET pulse, its magnitude")
    conductance: Siemens = Field(gt=0, description="that this pulse leaves behind, from full SET")


class Model(Frozen):
    """Which simulated device stands in for this one, and its parameters."""

    kind: str = Field(
        description="name of the device model; mho describe NAME shows its parameters"
    )
    parameters: dict[str, Any] = Field(
        default_factory=dict,
        description="parameters of that model; those left out have their defaults",
    )


class DeviceProfile(Frozen):
    """A type of device: what it may suffer, and how it is spoken to."""

    name: str = Field(description="what this type of device is called in tables and run folders")
    description: str = Field(
        default="", description="one line for people: material, terminals, what is special"
    )
    write_at: str = Field(default="TE", description="the terminal that is programmed")
    read_at: str | None = Field(
        default=None, description="the terminal where it is read, unless it is read where written"
    )
    terminals: dict[str, TerminalLimits] = Field(
        description="a table [terminals.NAME] for each terminal of the device that a bench can "
        "drive"
    )
    across: tuple[Across, ...] = Field(
        default=(), description="limits between two terminals, where both are driven"
    )
    array: ArrayLayout | None = Field(
        default=None,
        description="the device is an array: each of its terminals is that line of it which the "
        "selected cell is on",
    )
    dose: Dose = Field(description="how much one run may do to the device")
    set_polarity: Literal["positive", "negative"] = Field(
        description="polarity at the driven terminal that raises the conductance"
    )
    read_voltage: Volts = Field(
        description="at which the device is read, with its sign; a recipe may read at another one"
    )
    pulse_compliance: Amperes = Field(gt=0, description="current limit while programming")
    read_compliance: Amperes = Field(gt=0, description="current limit, hence range, of a read")
    pulse_width: Seconds = Field(gt=0, description="of a pulse whose recipe gives none")
    contact_floor: Siemens = Field(
        gt=0, description="a read below this means that the probe has lost the device"
    )
    breakdown_factor: float | None = Field(
        default=None,
        gt=1,
        description="a leakage of the written terminal that has grown so many times is a "
        "breakdown; more than it varies from state to state; left out: nobody looks for one",
    )
    sound_leakage: Siemens | None = Field(
        default=None,
        gt=0,
        description="current over voltage of the written terminal of a sound device in a pulse, at "
        "most; breakdown_factor times as much is a breakdown from the first pulse on; left out: "
        "what the first three pulses draw is sound",
    )
    reset_curve: Annotated[tuple[CurvePoint, ...], Field(min_length=2)] | None = Field(
        default=None, description="conductance against first RESET amplitude, if known"
    )
    prior: Prior | None = Field(
        default=None,
        description="what is known of such devices before one is programmed; the protocol "
        "characterise writes it",
    )
    model: Model | None = Field(
        default=None,
        description="the simulated device that stands in for this one in rehearsals; without "
        "it, none does",
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.write_at not in self.terminals:
            known = ", ".join(self.terminals)
            raise ValueError(f'write_at = "{self.write_at}" is not one of the terminals: {known}')
        for name in () if self.array is None else self.array.lines:
            if name not in self.terminals:
                known = ", ".join(self.terminals)
                raise ValueError(f'array.lines names "{name}", not one of the terminals: {known}')
        for name in (self.read_terminal, *self.dose.max_charge_at):
            if name not in self.terminals:
                what = "read_at" if name == self.read_at else "dose.max_charge_at"
                known = ", ".join(self.terminals)
                raise ValueError(f'{what} names "{name}", not one of the terminals: {known}')
        if self.sound_leakage is not None and self.breakdown_factor is None:
            raise ValueError(
                "sound_leakage says what a sound device conducts, and nothing how many times as "
                "much is a breakdown: give breakdown_factor, too"
            )
        for limit in self.across:
            first, second = limit.terminals
            if first == second or not {first, second} <= self.terminals.keys():
                raise ValueError(
                    f"across names {first} and {second}; it takes two different ones of "
                    f"{', '.join(self.terminals)}"
                )
            standing = (self.terminals[first].bias or 0.0) - (self.terminals[second].bias or 0.0)
            if not limit.min_voltage <= standing <= limit.max_voltage:
                raise ValueError(
                    f"the biases of {first} and {second} lie outside the limits across them"
                )
        written = self.terminals[self.write_at]
        if self.read_terminal != self.write_at and not _says_how_it_rests(written):
            raise ValueError(
                f"the device is written at {self.write_at} and read at {self.read_terminal}, and "
                f"nothing says what {self.write_at} does after a write: give "
                f'terminals.{self.write_at}.rests = "open" (it keeps its charge) or "grounded" (it '
                "may lose it), or a bias"
            )
        for field, name in (
            ("pulse_compliance", self.write_at),
            ("read_compliance", self.read_terminal),
        ):
            if getattr(self, field) > self.terminals[name].max_compliance:
                raise ValueError(f"{field} is above max_compliance of terminal {name}")
        read = self.terminals[self.read_terminal]
        if not read.min_voltage <= self.read_voltage <= read.max_voltage:
            raise ValueError(
                f"read_voltage lies outside the limits of terminal {self.read_terminal}"
            )
        return self

    @property
    def read_terminal(self) -> str:
        """The terminal where the device is read: ``read_at``, or where it is written."""
        return self.write_at if self.read_at is None else self.read_at

    def bias_of(self, terminal: str) -> float:
        """The level (V) at which the profile holds a terminal; 0 if it does not, or has none."""
        limits = self.terminals.get(terminal)
        return 0.0 if limits is None else limits.bias or 0.0

    def standing(self, terminal: str) -> Drive:
        """What drives a terminal while no stimulus does: its bias, 0 V, or nothing."""
        limits = self.terminals[terminal]
        if limits.rests == "open":
            return OPEN
        if limits.bias is not None and limits.bias_compliance is not None:
            return Drive(limits.bias, limits.bias_compliance)
        return Drive(0.0, limits.max_compliance)

    @property
    def set_sign(self) -> int:
        """+1 where a positive voltage at the driven terminal sets, else -1."""
        return 1 if self.set_polarity == "positive" else -1


def _says_how_it_rests(terminal: TerminalLimits) -> bool:
    return terminal.bias is not None or "rests" in terminal.model_fields_set
