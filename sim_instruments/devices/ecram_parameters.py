"""Parameters of a three-terminal electrochemical cell, each with where its value comes from.

"assumed" has no source and is there to be changed. The defaults are those of no particular cell;
the device files ``ecram-metal-oxide.toml`` and ``ecram-lithium.toml`` give two, with sources, and
``ecram-short-memory.toml`` one that forgets within a tenth of a second, all of it assumed.
"""

from typing import Self

from pydantic import Field, model_validator

from mho.frozen import Frozen
from mho.quantities import Fraction, Kelvins, Seconds, Siemens, Volts
from mho.sim_instruments.devices.conductance_noise import NoiseParameters
from mho.sim_instruments.devices.ecram_settling import Pool


class EcramParameters(Frozen):
    """Gate, electrolyte and channel of one cell, its spread and noise.

    What belongs to the gate is given for a square metre of it: ``area`` limits charge and currents
    alike.
    """

    lowest_conductance: Siemens = Field(default=0.2e-6, gt=0, description="empty channel; assumed")
    highest_conductance: Siemens = Field(default=50e-6, gt=0, description="full channel; assumed")
    initial_state: Fraction = Field(
        default=0.5, ge=0, le=1, description="ion content of the channel, as a part of the range"
    )

    area: float = Field(default=1e-8, gt=0, description="of the gate, m^2; assumed")
    capacity_density: float = Field(
        default=28.0, gt=0, description="charge from empty to full, C/m^2; assumed"
    )
    exchange_density: float = Field(
        default=1e-5, gt=0, description="j0 in j0 sinh(overpotential/slope), A/m^2; assumed"
    )
    largest_density: float = Field(
        default=1e4, gt=0, description="ionic current that is never passed, A/m^2; assumed"
    )
    slope: Volts = Field(
        default=0.5, gt=0, description="of the ionic current: overpotential for an e-fold; assumed"
    )

    potential_swing: Volts = Field(
        default=0.0,
        ge=0,
        description="open-circuit potential of the full cell less that of the empty one; assumed",
    )
    potential_middle: Volts = Field(
        default=0.0, description="open-circuit potential of the cell half full; assumed"
    )
    retention: Seconds = Field(
        default=3e6, gt=0, description="time in which leakage undoes 63 % of a state; assumed"
    )
    resting_state: Fraction = Field(
        default=0.5, ge=0, le=1, description="where leakage ends; assumed"
    )

    softness_up: Fraction = Field(
        default=0.03,
        ge=0,
        le=1,
        description="charge in moves the state 1 - softness (2 q - 1) times as far: 0 is a hard "
        "limit at the full channel, 1 one that is never reached; assumed",
    )
    softness_down: Fraction = Field(
        default=0.03,
        ge=0,
        le=1,
        description="the same for charge out and the empty channel; assumed",
    )

    settling: tuple[Pool, ...] = Field(
        default=(),
        description="what the channel shows in excess after a write: a list of {share, time}; "
        "without any it shows its state at once",
    )
    gate_leakage: Siemens = Field(
        default=0.0, ge=0, description="electrons through the electrolyte; assumed"
    )
    breakdown_voltage: Volts = Field(
        default=100.0,
        gt=0,
        description="between gate and channel, from which on the electrolyte leaks for good",
    )
    breakdown_time: Seconds | None = Field(
        default=None,
        gt=0,
        description="for which the gate may be driven in all before it breaks down at any voltage; "
        "left out: without end",
    )
    breakdown_factor: float = Field(
        default=1e3, ge=1, description="leakage after a breakdown over that before; assumed"
    )
    temperature: Kelvins = Field(
        default=300.0,
        ge=20,
        le=500,
        description="of the cell; conductances are given at 300 K",
    )

    nominal_step: Fraction = Field(
        default=1 / 1200, gt=0, lt=1, description="of the range, that `step_jitter` refers to"
    )
    step_jitter: float = Field(
        default=0.2, ge=0, description="sd of a nominal step over its mean; assumed"
    )
    cycle_to_cycle: bool = Field(default=True, description="steps of one device vary")
    capacity_spread: float = Field(
        default=0.1, ge=0, description="device-to-device sd of the log of the capacity; assumed"
    )
    range_spread: float = Field(
        default=0.05, ge=0, description="the same of the conductance range; assumed"
    )
    device_to_device: bool = Field(default=True, description="devices differ from one another")
    noise: bool = Field(default=True, description="the channel fluctuates")
    noise_level: Fraction = Field(
        default=1e-3, ge=0, lt=0.1, description="relative sd of the channel current; assumed"
    )
    noise_shape: NoiseParameters = Field(
        default=NoiseParameters(trap_share=0.2), description="of the noise: traps and 1/f part"
    )

    @model_validator(mode="after")
    def _range(self) -> Self:
        if self.lowest_conductance >= self.highest_conductance:
            raise ValueError("lowest_conductance is not below highest_conductance")
        return self
