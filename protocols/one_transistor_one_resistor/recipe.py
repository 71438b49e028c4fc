"""The operator's choices for SET and RESET loops of a 1T1R cell, and their stimuli."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mho.device.profile import DeviceProfile
from mho.errors import Problem, SettingsError
from mho.frozen import Frozen
from mho.protocols.staircase import Step, staircase
from mho.protocols.verify import ReadSettings, repeated_reads, verify_read
from mho.quantities import VOLT, Amperes, Ohms, Seconds, Volts
from mho.stimuli import Hold, Sweep

MOST_LEVELS = 100_000


class GateSeries(Frozen):
    """Reads of the LRS at several gate voltages, to tell the transistor from the memristor.

    The cell takes ``R_memristor + 1 / (beta (VG - Vth))`` at a small read voltage.
    """

    gates: Annotated[tuple[Volts, ...], Field(min_length=3, max_length=1000)] = Field(
        description="gate voltages at which the LRS is read"
    )
    threshold: Volts = Field(description="Vth of the transistor, from its transfer curve")

    @model_validator(mode="after")
    def _on(self) -> Self:
        low = min(self.gates)
        if low <= self.threshold:
            raise ValueError(
                f"gate voltage {VOLT.show(low)} does not open a transistor with a threshold of "
                f"{VOLT.show(self.threshold)}"
            )
        if len(set(self.gates)) < 3:
            raise ValueError("gates needs three different voltages")
        return self


class BareMemristor(Frozen):
    """The memristor without its transistor: what ``iv`` found on it."""

    on: Ohms = Field(gt=0, description="its resistance in the LRS")
    off: Ohms = Field(gt=0, description="its resistance in the HRS")


class OneTransistorOneResistorRecipe(Frozen):
    """A recipe for 1T1R loops. Voltages over the cell are magnitudes, gate voltages signed."""

    configuration: Literal["MOD", "MOS"] = Field(
        description='memristor on the drain ("MOD") or on the source ("MOS") of the transistor'
    )
    gate: Volts = Field(default=3.0, description="gate voltage while the cell is switched and read")
    gate_terminal: str = Field(
        default="gate", description="name of the gate among the terminals of the device"
    )
    gate_compliance: Amperes = Field(default=1e-3, gt=0, description="current limit of the gate")
    settle: Seconds = Field(default=10e-3, ge=0, description="after each change of the gate")
    set_voltage: Volts = Field(gt=0, description="where the SET sweep turns back")
    reset_voltage: Volts = Field(gt=0, description="where the RESET sweep turns back")
    reset_by: Literal["top electrode", "source line"] = Field(
        default="top electrode",
        description='"top electrode": the driven terminal goes negative; "source line": the '
        "source line rises",
    )
    source_terminal: str = Field(
        default="source", description='name of the source line, for reset_by = "source line"'
    )
    set_compliance: Amperes | None = Field(
        default=None,
        gt=0,
        description="current limit of the SET sweep; left out: pulse_compliance of the device",
    )
    reset_compliance: Amperes | None = Field(
        default=None,
        gt=0,
        description="current limit of the RESET sweep; left out: pulse_compliance of the device",
    )
    step: Volts = Field(gt=0, description="from one level of a sweep to the next")
    dwell: Seconds = Field(gt=0, description="time at each level")
    cycles: int = Field(
        default=1, ge=1, le=1_000_000, description="how often the cell is set and reset"
    )
    read: ReadSettings = Field(default=ReadSettings(), description="how the states are read")
    reads: int = Field(default=100, ge=2, le=10_000, description="after each sweep")
    gate_series: GateSeries | None = Field(
        default=None,
        description="reads of the LRS at several gate voltages, which tell the transistor from the "
        "memristor; left out: none",
    )
    bare: BareMemristor | None = Field(
        default=None,
        description="what iv found on the memristor alone, to compare with; left out: nothing "
        "is compared",
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if 2 * max(self.set_voltage, self.reset_voltage) / self.step > MOST_LEVELS:
            raise ValueError(f"step makes more than {MOST_LEVELS} levels a sweep")
        return self


def set_steps(recipe: OneTransistorOneResistorRecipe) -> tuple[Step, ...]:
    """The levels (V, positive) of a SET sweep, out and back."""
    return tuple(staircase((0.0, recipe.set_voltage, 0.0), recipe.step))


def reset_steps(recipe: OneTransistorOneResistorRecipe) -> tuple[Step, ...]:
    """The levels (V, positive) of a RESET sweep, out and back."""
    return tuple(staircase((0.0, recipe.reset_voltage, 0.0), recipe.step))


def set_sweep(recipe: OneTransistorOneResistorRecipe, profile: DeviceProfile) -> Sweep:
    """The SET sweep at the driven terminal."""
    return Sweep(
        terminal=profile.write_at,
        levels=tuple(profile.set_sign * step.level for step in set_steps(recipe)),
        dwell=recipe.dwell,
        aperture=recipe.dwell / 2,
        compliance=recipe.set_compliance or profile.pulse_compliance,
    )


def reset_sweep(recipe: OneTransistorOneResistorRecipe, profile: DeviceProfile) -> Sweep:
    """The RESET sweep, at the driven terminal or at the source line.

    Raises
    ------
    SettingsError
        A rising source line would set this device.
    """
    by_line = recipe.reset_by == "source line"
    if by_line and profile.set_sign < 0:
        message = (
            f'is "source line", but a source line above the driven terminal sets {profile.name}, '
            'whose SET is negative; write "top electrode"'
        )
        raise SettingsError([Problem("recipe: reset_by", message)])
    sign = 1 if by_line else -profile.set_sign
    return Sweep(
        terminal=recipe.source_terminal if by_line else profile.write_at,
        levels=tuple(sign * step.level for step in reset_steps(recipe)),
        dwell=recipe.dwell,
        aperture=recipe.dwell / 2,
        compliance=recipe.reset_compliance or profile.pulse_compliance,
    )


def cell_reads(recipe: OneTransistorOneResistorRecipe, profile: DeviceProfile) -> Hold:
    """The reads after each sweep, and at each gate voltage of a series."""
    read = verify_read(recipe.read, profile)
    return repeated_reads(recipe.read, profile, recipe.reads, read.settle + read.aperture)


def gate_voltages(recipe: OneTransistorOneResistorRecipe) -> tuple[float, ...]:
    """Every gate voltage of one cycle, in the order of time."""
    series = () if recipe.gate_series is None else recipe.gate_series.gates
    return (recipe.gate, *series)
