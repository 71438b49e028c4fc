"""The device profile: what the device under test may suffer, and how it is spoken to."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from mho.frozen import Frozen
from mho.quantities import Amperes, Coulombs, Seconds, Siemens, Volts


class TerminalLimits(Frozen):
    """What one terminal may suffer. Voltages are bounded per polarity."""

    min_voltage: Volts = Field(le=0, description="most negative voltage allowed")
    max_voltage: Volts = Field(ge=0, description="most positive voltage allowed")
    max_compliance: Amperes = Field(gt=0, description="largest current limit allowed")
    bias: Volts | None = Field(
        default=None, description="level this terminal is held at while others are driven"
    )
    bias_compliance: Amperes | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _bias_within(self) -> Self:
        if self.bias is not None and self.bias_compliance is None:
            raise ValueError("a held terminal needs bias_compliance as well as bias")
        if self.bias is not None and not self.min_voltage <= self.bias <= self.max_voltage:
            raise ValueError("bias lies outside min_voltage ... max_voltage")
        if self.bias_compliance is not None and self.bias_compliance > self.max_compliance:
            raise ValueError("bias_compliance is above max_compliance")
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

    max_pulses: int = Field(gt=0, description="programming pulses in one run")
    max_charge: Coulombs = Field(gt=0, description="charge through the driven terminal in one run")


class CurvePoint(Frozen):
    """The conductance a first pulse of this amplitude (magnitude) leaves behind, from full SET."""

    amplitude: Volts = Field(gt=0)
    conductance: Siemens = Field(gt=0)


class Model(Frozen):
    """Which simulated device stands in for this one, and its parameters."""

    kind: str
    parameters: dict[str, Any] = Field(default_factory=dict)


class DeviceProfile(Frozen):
    """A device under test. SI units; see each field."""

    name: str
    description: str = ""
    drive: str = Field(default="TE", description="the terminal that is pulsed and read")
    terminals: dict[str, TerminalLimits]
    across: tuple[Across, ...] = Field(
        default=(), description="limits between two terminals, where both are driven"
    )
    dose: Dose
    set_polarity: Literal["positive", "negative"] = Field(
        description="polarity at the driven terminal that raises the conductance"
    )
    read_voltage: Volts
    pulse_compliance: Amperes = Field(gt=0, description="current limit while programming")
    read_compliance: Amperes = Field(gt=0, description="current limit, hence range, of a read")
    pulse_width: Seconds = Field(gt=0)
    contact_floor: Siemens = Field(
        gt=0, description="a read below this means that the probe has lost the device"
    )
    reset_curve: Annotated[tuple[CurvePoint, ...], Field(min_length=2)] | None = Field(
        default=None, description="conductance against first RESET amplitude, if known"
    )
    model: Model | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.drive not in self.terminals:
            known = ", ".join(self.terminals)
            raise ValueError(f'drive = "{self.drive}" is not one of the terminals: {known}')
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
        terminal = self.terminals[self.drive]
        for field in ("pulse_compliance", "read_compliance"):
            if getattr(self, field) > terminal.max_compliance:
                raise ValueError(f"{field} is above max_compliance of terminal {self.drive}")
        if not terminal.min_voltage <= self.read_voltage <= terminal.max_voltage:
            raise ValueError(f"read_voltage lies outside the limits of terminal {self.drive}")
        return self

    @property
    def set_sign(self) -> int:
        """+1 where a positive voltage at the driven terminal sets, else -1."""
        return 1 if self.set_polarity == "positive" else -1
