"""The operator's choices for the curves of a transistor, and the stimuli that follow from them."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from mho.device.profile import DeviceProfile
from mho.frozen import Frozen
from mho.protocols.staircase import Corners, count, staircase
from mho.quantities import Amperes, Seconds, Volts
from mho.stimuli import Family, Hold, Sweep

MOST_POINTS = 100_000
LONGEST_FAMILY = 60.0
"""Seconds of output curves that are measured in one go: so much a failure may cost, as rows are
recorded in between."""


class Transfer(Frozen):
    """Drain current against gate voltage, at a drain voltage that is small and fixed."""

    gate: Corners = Field(description="gate voltages from corner to corner, e.g. 0 V and 4 V")
    gate_step: Volts = Field(gt=0, description="from one gate voltage to the next")
    drain: Volts = Field(description="drain voltage, signed")
    compliance: Amperes | None = Field(
        default=None,
        gt=0,
        description="current limit at the drain; left out: read_compliance of the device",
    )
    noise_floor: Amperes = Field(
        default=1e-10, gt=0, le=1e-3, description="what the instrument reads where no current flows"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.drain == 0:
            raise ValueError("drain is 0 V: no current would flow")
        _refuse_many(count(self.gate, self.gate_step))
        return self

    @property
    def gates(self) -> tuple[float, ...]:
        """The gate voltages in the order of time."""
        return tuple(step.level for step in staircase(self.gate, self.gate_step))


class Output(Frozen):
    """Drain current against drain voltage, one sweep for each gate voltage."""

    gates: Annotated[tuple[Volts, ...], Field(min_length=1, max_length=1000)] = Field(
        description="gate voltages, one output curve each"
    )
    drain: Corners = Field(description="drain voltages from corner to corner, e.g. 0 V and 4 V")
    drain_step: Volts = Field(gt=0, description="from one drain voltage to the next")
    compliance: Amperes | None = Field(
        default=None,
        gt=0,
        description="current limit at the drain; left out: pulse_compliance of the device",
    )
    triode_up_to: Volts = Field(
        default=0.1, gt=0, description="the on-resistance is fitted up to this drain voltage"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(set(self.gates)) < len(self.gates):
            raise ValueError("gates names a voltage twice")
        _refuse_many(count(self.drain, self.drain_step) * len(self.gates))
        return self


class TransistorRecipe(Frozen):
    """A recipe for transfer and output curves. The driven terminal of the profile is the drain."""

    gate_terminal: str = Field(
        default="gate", description="name of the gate among the terminals of the device"
    )
    gate_compliance: Amperes = Field(default=1e-3, gt=0, description="current limit of the gate")
    settle: Seconds = Field(
        default=10e-3, ge=0, description="from a change of the gate to the next reading, at least"
    )
    dwell: Seconds = Field(default=20e-3, gt=0, description="time at each drain voltage")
    aperture: Seconds | None = Field(
        default=None,
        gt=0,
        description="at the end of the dwell, the current is averaged over this; left out: half"
        " the dwell",
    )
    width_over_length: float | None = Field(
        default=None,
        gt=0,
        lt=1e9,
        description="W/L of the transistor: kp is computed from it; left out: it is not",
    )
    transfer: Transfer | None = Field(
        default=None, description="drain current against gate voltage; left out: not measured"
    )
    output: Output | None = Field(
        default=None, description="drain current against drain voltage; left out: not measured"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.transfer is None and self.output is None:
            raise ValueError("give a [transfer] table, an [output] table or both")
        if self.aperture is not None and self.aperture > self.dwell:
            raise ValueError("aperture is longer than dwell")
        return self


def transfer_read(recipe: TransistorRecipe, transfer: Transfer, profile: DeviceProfile) -> Hold:
    """The reading of the drain at each gate voltage."""
    return Hold(
        terminal=profile.write_at,
        level=transfer.drain,
        count=1,
        interval=recipe.dwell,
        aperture=recipe.aperture or recipe.dwell / 2,
        compliance=transfer.compliance or profile.read_compliance,
    )


def output_families(
    recipe: TransistorRecipe, output: Output, profile: DeviceProfile
) -> tuple[Family, ...]:
    """The sweep of the drain at each gate voltage, in families short enough to lose."""
    sweep = Sweep(
        terminal=profile.write_at,
        levels=tuple(step.level for step in staircase(output.drain, output.drain_step)),
        dwell=recipe.dwell,
        aperture=recipe.aperture or recipe.dwell / 2,
        compliance=output.compliance or profile.pulse_compliance,
    )
    size = max(1, int(LONGEST_FAMILY / (len(sweep.levels) * sweep.dwell)))
    return tuple(
        Family(
            sweep=sweep,
            stepped=recipe.gate_terminal,
            steps=output.gates[first : first + size],
            step_compliance=recipe.gate_compliance,
            settle=recipe.settle,
        )
        for first in range(0, len(output.gates), size)
    )


def gate_voltages(recipe: TransistorRecipe) -> tuple[float, ...]:
    """Every gate voltage in the order of time."""
    transfer = () if recipe.transfer is None else recipe.transfer.gates
    return transfer + (() if recipe.output is None else recipe.output.gates)


def _refuse_many(points: int) -> None:
    if points > MOST_POINTS:
        raise ValueError(f"corners and step make {points} points; at most {MOST_POINTS} are played")
