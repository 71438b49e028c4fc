"""Parameters of the Ag/alpha-Fe2O3/FTO synapse, each with where its value comes from.

"published" is the paper on the Ag/alpha-Fe2O3/FTO artificial synapse (LTP, LTD, STDP; 88.06 % on
FMNIST); "fitted" makes a published number come out; "assumed" has no source and is there to be
changed. Voltages are magnitudes across the device; a negative Ag electrode sets.
"""

from pydantic import Field

from mho.frozen import Frozen
from mho.quantities import Amperes, Fraction, Seconds, Siemens, Volts
from mho.sim_instruments.devices.conductance_noise import NoiseParameters
from mho.sim_instruments.devices.endurance import EnduranceParameters


class AlphaFe2O3Parameters(Frozen):
    """The nominal device, its spread, wear and noise."""

    on_conductance: Siemens = Field(
        default=6e-3, gt=0, description="of a complete filament at 0.1 V; fitted: 7 mA at 1.2 V"
    )
    window: float = Field(
        default=10.7,
        gt=1,
        description="conductance of a complete filament over that of none, at 0.1 V; fitted: "
        "window 10",
    )
    lrs_slope: float = Field(
        default=1.06, gt=0, description="slope of ln I over ln V in the LRS; published"
    )
    hrs_slope: float = Field(
        default=1.07,
        gt=0,
        description="slope of ln I over ln V in the HRS at low voltage; published",
    )
    hrs_steep_slope: float = Field(
        default=2.19,
        gt=0,
        description="slope of ln I over ln V in the HRS at high voltage; published",
    )
    transition: Volts = Field(
        default=0.5, gt=0, description="voltage between those two slopes; assumed"
    )
    transition_sharpness: float = Field(
        default=8.0, gt=0, description="how abruptly one slope becomes the other; assumed"
    )

    initial_filament: Fraction = Field(
        default=0.0,
        ge=0,
        le=1,
        description="how complete the filament is at first; fresh devices are in HRS; published",
    )
    initial_hardness: Volts = Field(
        default=1.0, description="hardness of an initial filament; assumed"
    )
    ruptured: Fraction = Field(
        default=0.03, gt=0, lt=1, description="filament below which a SET starts anew; assumed"
    )
    quiet: Volts = Field(
        default=0.3, ge=0, description="up to this nothing moves: reads, tails of spikes; assumed"
    )

    set_voltage: Volts = Field(
        default=1.17,
        gt=0,
        description="voltage that completes half a filament; fitted: -1.2 V in DC",
    )
    set_width: Volts = Field(
        default=0.15, gt=0, description="width in voltage of that transition; fitted"
    )
    set_rate: float = Field(
        default=267.0,
        gt=0,
        description="of the SET, 1/s at 1 V; fitted: exponential LTP over 80 pulses",
    )
    set_slope: Volts = Field(
        default=0.25, gt=0, description="volts per e-fold of the SET rate; assumed"
    )
    full_compliance: Amperes = Field(
        default=7e-3,
        gt=0,
        description="a SET limited to less leaves a filament smaller in proportion; published 7 mA",
    )
    smallest_filament: Fraction = Field(
        default=1e-3,
        gt=0,
        le=1,
        description="filament that a SET leaves however low its current limit; assumed",
    )

    reset_voltage: Volts = Field(
        default=0.672,
        description="voltage that starts to RESET what -1 V, 150 us wrote; fitted: exponential LTD",
    )
    reset_rate: float = Field(
        default=10.0, gt=0, description="of the RESET at that voltage, 1/s; fitted"
    )
    reset_slope: Volts = Field(
        default=0.10, gt=0, description="volts per e-fold of the RESET rate; fitted"
    )
    hardening: float = Field(
        default=1.30, ge=0, description="volts of RESET per volt of hardness; fitted: +2.1 V in DC"
    )
    hardening_slope: Volts = Field(
        default=0.072, gt=0, description="hardness per e-fold of SET time; fitted"
    )
    reference_width: Seconds = Field(
        default=150e-6, gt=0, description="pulse width that the voltages refer to; published"
    )

    device_to_device: bool = Field(default=True, description="devices differ from one another")
    voltage_spread: Volts = Field(
        default=0.04, ge=0, description="sd of SET and of RESET voltages; assumed"
    )
    conductance_spread: Fraction = Field(
        default=0.10, ge=0, description="device-to-device sd of ln G; assumed"
    )

    cycle_to_cycle: bool = Field(default=True, description="cycles and pulses of one device differ")
    set_jitter: Volts = Field(
        default=0.135,
        ge=0,
        description="sd of SET voltages from cycle to cycle; fitted: up to 0.75 mS in pulse trains",
    )
    reset_jitter: Volts = Field(
        default=0.03, ge=0, description="sd of RESET voltages from cycle to cycle; fitted"
    )
    rate_jitter: Fraction = Field(
        default=0.25, gt=0, description="sd of the effect of one 150 us pulse; fitted"
    )

    wear: bool = Field(default=True, description="the HRS drifts up and devices die")
    endurance: EnduranceParameters = Field(
        default=EnduranceParameters(), description="when a device dies"
    )
    fatigue: Fraction = Field(
        default=0.05 / 275, ge=0, description="rise of the HRS a cycle; assumed: 5 % in 275"
    )

    drift: bool = Field(default=True, description="a filament dissolves slowly")
    drift_exponent: float = Field(
        default=0.003, ge=0, description="G ~ t^-exponent; fitted: flat up to 14 900 s (published)"
    )
    drift_time: Seconds = Field(
        default=1.0, gt=0, description="where the first decade of drift begins; assumed"
    )

    noise: bool = Field(default=True, description="the conductance fluctuates")
    lrs_noise: Fraction = Field(default=0.004, ge=0, description="relative sd of the LRS; assumed")
    hrs_noise: Fraction = Field(default=0.02, ge=0, description="relative sd of the HRS; assumed")
    noise_shape: NoiseParameters = Field(
        default=NoiseParameters(), description="of the noise: traps and 1/f part"
    )
    rearranging_step: Fraction = Field(
        default=0.05, gt=0, description="step of the filament that redraws most traps; assumed"
    )

    contact_lost_after: int | None = Field(
        default=None, ge=0, description="pulses after which the probe has lost TE; never by default"
    )
