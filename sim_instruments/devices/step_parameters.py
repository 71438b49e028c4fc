"""Parameters of the step models: devices that each pulse moves by a step of their range.

"literature" is the open toolkit IBM/aihwkit (its `devices.py` and `presets/devices.py`), whose
formulas these are; "assumed" has no source and is there to be changed. A weight of the toolkit is
the conductance here: its zero is the middle of the range.
"""

from typing import Self

from pydantic import Field, model_validator

from mho.frozen import Frozen
from mho.quantities import Fraction, Seconds, Siemens, Volts
from mho.sim_instruments.devices.conductance_noise import NoiseParameters


class ClockedParameters(Frozen):
    """Range, spread and noise of a device whose chance is in the clock of its motion."""

    lowest_conductance: Siemens = Field(default=10e-6, gt=0, description="assumed")
    highest_conductance: Siemens = Field(default=100e-6, gt=0, description="assumed")
    initial_state: Fraction = Field(
        default=0.0, ge=0, le=1, description="where it starts, as a part of the range; assumed"
    )
    reference_width: Seconds = Field(
        default=10e-3, gt=0, description="width of the pulse that is told below; assumed"
    )
    device_to_device: bool = Field(default=True, description="devices differ from one another")
    cycle_to_cycle: bool = Field(default=True, description="steps of one device differ")
    noise: bool = Field(default=True, description="the conductance fluctuates")
    noise_level: Fraction = Field(
        default=0.005, ge=0, lt=0.2, description="relative sd of the conductance; assumed"
    )
    noise_shape: NoiseParameters = Field(
        default=NoiseParameters(), description="of the noise: traps and 1/f part"
    )
    contact_lost_after: int | None = Field(
        default=None, ge=0, description="pulses after which the probe has lost TE; never by default"
    )

    @model_validator(mode="after")
    def _range(self) -> Self:
        if self.lowest_conductance >= self.highest_conductance:
            raise ValueError("lowest_conductance is not below highest_conductance")
        return self


class StepParameters(ClockedParameters):
    """What all step models have.

    A pulse of ``pulse_voltage`` for ``reference_width`` makes one step, one twice as long two. The
    toolkit knows neither volts nor seconds: all of that is assumed.
    """

    threshold: Volts = Field(
        default=0.5, gt=0, description="magnitude up to which nothing moves; assumed"
    )
    pulse_voltage: Volts = Field(
        default=1.0, gt=0, description="magnitude that makes one step; assumed"
    )
    voltage_slope: Volts = Field(
        default=0.25, gt=0, description="volts per e-fold of the steps, far above; assumed"
    )
    steps: float = Field(
        default=1200.0, gt=1, description="in the range at the nominal step; literature: 1.2/0.001"
    )
    step_spread: float = Field(
        default=0.3, ge=0, description="device-to-device sd of the step, relative; literature"
    )
    step_jitter: float = Field(
        default=0.3, ge=0, description="cycle-to-cycle sd of a step, relative; literature"
    )
    asymmetry: float = Field(
        default=0.0,
        gt=-1,
        lt=1,
        description="steps up are 1 + this times the nominal one, steps down 1 - this; literature",
    )
    asymmetry_spread: float = Field(
        default=0.01, ge=0, description="device-to-device sd of it; literature"
    )
    bound_spread: float = Field(
        default=0.15,
        ge=0,
        description="device-to-device sd of either bound, as a part of the range; literature: "
        "0.3 of 0.6 in 1.2",
    )

    @model_validator(mode="after")
    def _threshold(self) -> Self:
        if self.threshold >= self.pulse_voltage:
            raise ValueError("threshold is not below pulse_voltage")
        return self


class ConstantStepParameters(StepParameters):
    """Steps of one size, up to hard bounds."""


class SoftBoundsParameters(StepParameters):
    """Steps that shrink in proportion to the distance from the bound; nominal in the middle."""


class ExponentialStepParameters(StepParameters):
    """Steps of 1 - A exp(gamma z) times the nominal one, z = 2 a w / (w_max - w_min) + b.

    The defaults are the preset ReRamES of the toolkit, its fit of Gong et al., Nature
    Communications 9, 2102 (2018), without its write noise.
    """

    steps: float = Field(
        default=2.0 / 0.00135,
        gt=1,
        description="in the range at the nominal step; literature: 2/0.00135",
    )
    step_spread: float = Field(
        default=0.2, ge=0, description="device-to-device sd of the step, relative; literature"
    )
    step_jitter: float = Field(
        default=5.0, ge=0, description="cycle-to-cycle sd of a step, relative; literature"
    )
    asymmetry: float = Field(
        default=0.259359,
        gt=-1,
        lt=1,
        description="steps up are 1 + this times the nominal one, steps down 1 - this; literature",
    )
    asymmetry_spread: float = Field(
        default=0.05, ge=0, description="device-to-device sd of it; literature"
    )
    factor_up: float = Field(default=-1.18445, lt=1, description="A of steps up; literature")
    factor_down: float = Field(default=-0.081404, lt=1, description="A of steps down; literature")
    gamma_up: float = Field(default=5.0, gt=0, description="gamma of steps up; literature")
    gamma_down: float = Field(default=5.0, gt=0, description="gamma of steps down; literature")
    scale: float = Field(default=-0.5, description="a; literature")
    offset: float = Field(default=-0.5, description="b; literature")

    @model_validator(mode="after")
    def _scale(self) -> Self:
        if self.scale == 0.0:
            raise ValueError("scale is 0: then all steps are alike, as in constant_step")
        return self
