"""Parameters of the Ag/alpha-Fe2O3/FTO synapse, each with where its value comes from.

"published" is the paper on the Ag/alpha-Fe2O3/FTO artificial synapse (LTP, LTD, STDP; 88.06 % on
FMNIST); "fitted" makes a published number come out; "assumed" has no source and is there to be
changed. Voltages are magnitudes across the device; a negative Ag electrode sets.
"""

from pydantic import Field

from mho.frozen import Frozen
from mho.quantities import Fraction, Ohms, Seconds, Siemens, Volts
from mho.sim_instruments.devices.conductance_noise import NoiseParameters
from mho.sim_instruments.devices.endurance import EnduranceParameters


class AlphaFe2O3Parameters(Frozen):
    """The nominal device, its spread, wear and noise."""

    filament_conductance: Siemens = Field(
        default=2.95e-3,
        gt=0,
        description="of a complete filament; fitted: 8 mW at the ends of the loop",
    )
    rest_conductance: Siemens = Field(
        default=2.6e-4,
        gt=0,
        description="of everything but the filament, at 0.1 V; fitted: window 10",
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
        default=0.62, gt=0, description="voltage between those two slopes; assumed"
    )
    transition_sharpness: float = Field(
        default=8.0, gt=0, le=50, description="how abruptly one slope becomes the other; assumed"
    )
    contact_voltage: Volts = Field(
        default=2.5,
        gt=0,
        description="with Ag positive, a filament takes 1 + V/this times less current; the form is "
        "assumed, the number fitted: 8 mW at +2.1 V",
    )
    electrode_resistance: Ohms = Field(
        default=15.0,
        ge=0,
        le=100,
        description="of the FTO, in series; published: about 15 ohm",
    )

    initial_filament: Fraction = Field(
        default=0.0,
        ge=0,
        le=1,
        description="how complete the filament is at first; fresh devices are in HRS; published",
    )
    initial_hardness: Volts = Field(
        default=0.78,
        gt=0,
        description="hardness of an initial filament; assumed: that of pulses of -1 V, 150 us",
    )

    set_voltage: Volts = Field(
        default=1.13,
        gt=0,
        description="voltage that completes half a filament; fitted: -1.2 V of a sweep between the "
        "half-way voltage and the steepest place",
    )
    set_rate: float = Field(
        default=240.0,
        gt=0,
        description="of the SET, 1/s at 1 V; fitted: exponential LTP over 80 pulses",
    )

    reset_rate: float = Field(
        default=8.2,
        gt=0,
        description="of the RESET where voltage and hardness are equal, 1/s; fitted: exponential "
        "LTD over 80 pulses",
    )
    hardening: float = Field(
        default=1.322,
        gt=0,
        description="volts of hardness per volt of a long SET; fitted: +2.1 V in DC",
    )
    hardening_time: Seconds = Field(
        default=1.02e-3, gt=0, description="that hardness takes; fitted: LTD at 1 V"
    )
    softening_time: Seconds = Field(
        default=30e-6,
        gt=0,
        description="after which a SET that was interrupted hardens anew; assumed: pulses of a "
        "train, 150 us apart, do not add up to a sweep",
    )
    softest: Volts = Field(
        default=0.5, gt=0, description="hardness of a filament that is born; assumed"
    )
    ruptured: Fraction = Field(
        default=0.5,
        gt=0,
        lt=1,
        description="a filament that fell to this share of its largest is ruptured; assumed",
    )

    device_to_device: bool = Field(default=True, description="devices differ from one another")
    conductance_spread: Fraction = Field(
        default=0.04, ge=0, description="device-to-device sd of ln G; assumed"
    )
    set_voltage_spread: Volts = Field(
        default=0.03, ge=0, description="device-to-device sd of the SET voltage; assumed"
    )
    hardening_spread: Fraction = Field(
        default=0.015, ge=0, description="device-to-device sd of ln of hardening; assumed"
    )

    cycle_to_cycle: bool = Field(
        default=True, description="filaments and pulses of one device differ"
    )
    set_voltage_jitter: Volts = Field(
        default=0.07,
        ge=0,
        description="sd of SET voltages from filament to filament; assumed",
    )
    set_rate_jitter: float = Field(
        default=1.2,
        ge=0,
        description="sd of ln of the SET rate from filament to filament; fitted: 0.75 mS from "
        "cycle to cycle of pulse trains (8 mW leave room for 0.6 mS); waiting times have 1.28",
    )
    reset_rate_jitter: float = Field(
        default=0.6,
        ge=0,
        description="sd of ln of the RESET rate from filament to filament; fitted, as above; more "
        "leaves single sweeps without a RESET",
    )
    pulse_jitter: Fraction = Field(
        default=0.4,
        gt=0,
        description="sd of the effect of one 150 us pulse, less for longer ones as 1/sqrt(time); "
        "assumed",
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
