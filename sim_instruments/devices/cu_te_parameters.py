"""Parameters of the Cu:Te/TaOx/IGZO/Pt memristor, each with where its value comes from.

"published" is Lim et al., Frontiers in Neuroscience (2025), doi:10.3389/fnins.2025.1516971;
"fitted" makes a published number come out; "literature" is other public work; "assumed" has no
source and is there to be changed.
"""

from typing import Any, Literal

from pydantic import Field, model_validator

from mho.frozen import Frozen
from mho.quantities import Fraction, Seconds, Siemens, Volts
from mho.sim_instruments.devices.conductance_noise import NoiseParameters
from mho.sim_instruments.devices.endurance import EnduranceParameters

Preset = Literal["published", "quiet", "harsh"]

PRESETS: dict[str, dict[str, Any]] = {
    "published": {},
    # assumed: a quarter of the noise, to tell what noise costs a protocol
    "quiet": {"noise_level": 0.00375},
    # literature: public RRAM relaxation records (repository RRAM-Relaxation-Master-Model). "Tech A"
    # over 10 s: 9.1, 4.9, 1.4, 0.7, 0.5 % at 7, 71, 129, 184, 253 uS, here a power law through
    # them. "Tech C" at 22 uS: the spread grows from 1.0 uS after 10 ms to 2.5 uS after 4 s.
    "harsh": {
        "noise_level": 0.0245,
        "noise_conductance": "55 uS",
        "noise_exponent": 0.79,
        "noise_shape": {"trap_scatter": 1.0, "spread": 0.25},  # assumed: states and devices differ
        "fresh_noise": 0.0,
        "relaxation_spread": 0.0094,
        "relaxation_times": ("3 ms", "10 ms", "100 ms", "1 s"),
    },
}
"""What each preset changes; parameters that are given as well win."""


class CuTeNoise(NoiseParameters):
    """Shape of the noise: every device, and every trap of it, has about as much of it.

    So that the noise is within 2 % in every state below 100 uS, and still about 2 %.
    """

    trap_scatter: Fraction = Field(
        default=0.0,
        ge=0,
        le=1,
        description="how much the traps differ in variance: 0 all alike, 1 exponentially; fitted: "
        "within 2 % in every state below 100 uS",
    )
    spread: float = Field(
        default=0.05,
        ge=0,
        description="device-to-device sd of the log of the magnitude; fitted, as trap_scatter",
    )


class CuTeParameters(Frozen):
    """The nominal device, its spread and its noise. Volts stand across the memristor itself."""

    preset: Preset = Field(
        default="published",
        description="where the defaults of noise and relaxation come from: the paper, a quarter"
        " of its noise, or public relaxation records of another device",
    )

    formed: bool = Field(default=True, description="the device has been electroformed already")
    forming: Volts = Field(
        default=1.7,
        gt=0,
        description="voltage at which a ramp of 1 V/s forms the median device; fitted: below 2 V",
    )
    forming_slope: Volts = Field(
        default=60e-3, gt=0, description="volts per e-fold of forming speed; assumed"
    )
    forming_shape: float = Field(
        default=1.5, gt=0, description="Weibull shape of the dose that forms a device; assumed"
    )
    forming_spread: Volts = Field(
        default=0.03, ge=0, description="sd of the forming voltage besides; assumed"
    )
    born_conductance: Siemens = Field(
        default=5.7e-6, gt=0, description="of a filament just formed, before it grows; assumed"
    )
    initial_conductance: Siemens = Field(
        default=7.7e-6, gt=0, description="of a formed device at first; assumed"
    )
    unformed_conductance: Siemens = Field(
        default=1e-9, gt=0, description="of a device before it is formed; assumed"
    )

    lowest_conductance: Siemens = Field(
        default=5.7e-6, gt=0, description="after a RESET at full_reset; published"
    )
    lrs_conductance: Siemens = Field(
        default=1e-3, gt=0, description="where the SET limits itself; published: LRS 1 kohm"
    )
    knee_conductance: Siemens = Field(
        default=200e-6, gt=0, description="after a RESET at knee_reset; published: highest level"
    )
    knee_reset: Volts = Field(
        default=0.5,
        gt=0,
        description="magnitude of the RESET voltage that leaves knee_conductance; published",
    )
    full_reset: Volts = Field(
        default=2.0,
        gt=0,
        description="magnitude of the RESET voltage that leaves lowest_conductance; published",
    )
    reset_onset: Volts = Field(
        default=0.25, gt=0, description="magnitude that starts to reset the LRS; assumed"
    )
    set_onset: Volts = Field(
        default=0.70, gt=0, description="voltage that starts to set the lowest state; assumed"
    )
    full_set: Volts = Field(
        default=1.68,
        gt=0,
        description="voltage that reaches the LRS; fitted: the 1T1R keeps 87.5 % of the on/off "
        "ratio at the published 2 V",
    )
    hold_voltage: Volts = Field(
        default=0.15,
        ge=0,
        description="magnitude up to which nothing moves, so that reads leave every state alone; "
        "assumed",
    )
    reset_slope: Volts = Field(
        default=25e-3, gt=0, description="volts per e-fold of RESET speed; assumed"
    )
    set_slope: Volts = Field(
        default=30e-3, gt=0, description="volts per e-fold of SET speed; assumed"
    )
    reference_width: Seconds = Field(
        default=50e-3,
        gt=0,
        description="pulse width the voltages above refer to; fitted: a sweep in steps of 10 mV "
        "and 10 ms does what a pulse of 50 ms does at its stop",
    )

    nonlinearity: float = Field(
        default=0.0,
        ge=0,
        le=10,
        description="alpha, 1/V, of a current ~ sinh(alpha V) in the lowest state, falling to 0 in "
        "the LRS; 0.6 looks like published sweeps (assumed); 0 is ohmic",
    )
    read_voltage: Volts = Field(
        default=0.05, gt=0, description="conductances are those at this voltage; published"
    )

    device_to_device: bool = Field(default=True, description="devices differ from one another")
    reset_spread: Volts = Field(default=0.06, ge=0, description="sd of RESET voltages; assumed")
    set_spread: Volts = Field(default=0.08, ge=0, description="sd of SET voltages; assumed")
    map_spread: Fraction = Field(default=0.06, ge=0, description="sd of volts per e-fold; assumed")
    slope_spread: Fraction = Field(default=0.10, ge=0, description="sd of the slopes; assumed")
    lrs_spread: Fraction = Field(
        default=0.08, ge=0, description="sd of ln of the LRS conductance; assumed"
    )

    cycle_to_cycle: bool = Field(default=True, description="cycles and steps of one device differ")
    reset_jitter: Volts = Field(
        default=0.03, ge=0, description="sd of RESET voltages after a full SET; assumed"
    )
    set_jitter: Volts = Field(
        default=0.05, ge=0, description="sd of SET voltages after a full RESET; assumed"
    )
    forgetting_step: float = Field(
        default=0.5,
        gt=0,
        description="motion of ln G after which the other polarity has forgotten its deviation "
        "(1/e); assumed",
    )
    reset_grain: float = Field(
        default=0.006, gt=0, description="variance over mean of a step of ln G; assumed"
    )
    set_grain: float = Field(
        default=0.012, gt=0, description="variance over mean of a step of ln G; assumed"
    )

    noise: bool = Field(default=True, description="the conductance fluctuates")
    noise_level: Fraction = Field(
        default=0.015,
        ge=0,
        description="relative sd at noise_conductance of a settled state; fitted to about 2 % "
        "intrinsic noise",
    )
    noise_conductance: Siemens = Field(
        default=50e-6, gt=0, description="conductance at which the noise is noise_level; fitted"
    )
    noise_exponent: float = Field(
        default=0.10,
        description="relative sd ~ G^-exponent; fitted: within 2 % below 100 uS, rising at low G",
    )
    noise_shape: CuTeNoise = Field(
        default=CuTeNoise(), description="of the noise: traps and 1/f part"
    )
    fresh_noise: float = Field(
        default=1.8,
        ge=0,
        description="by how much more a state just made fluctuates, relatively; fitted: 23 levels",
    )
    fresh_time: Seconds = Field(default=3.0, gt=0, description="in which it settles (1/e); assumed")
    fresh_step: float = Field(
        default=0.015, gt=0, description="step of ln G that makes a state fresh (1/e); assumed"
    )
    rearranging_step: float = Field(
        default=0.05, gt=0, description="step of ln G that redraws most traps; assumed"
    )

    relaxation: bool = Field(default=True, description="a new state relaxes in log time")
    relaxation_back: Fraction = Field(
        default=0.002,
        ge=0,
        description="share of a step that goes back per decade of time; assumed",
    )
    relaxation_spread: Fraction = Field(
        default=0.0025,
        ge=0,
        description="sd of ln G per decade of time, after a step of 1 of ln G; assumed",
    )
    relaxation_times: tuple[Seconds, ...] = Field(
        default=(0.03, 0.3, 3.0, 30.0),
        description="the decades of time in which it relaxes; assumed",
    )
    wear: bool = Field(
        default=False, description="devices die; a full SET begins each cycle of their life"
    )
    new_cycle_conductance: Siemens = Field(
        default=400e-6, gt=0, description="a SET through this is a full one; assumed"
    )
    endurance: EnduranceParameters = Field(
        default=EnduranceParameters(), description="when a device dies, if wear is on"
    )
    contact_lost_after: int | None = Field(
        default=None, ge=0, description="pulses after which the probe has lost TE; never by default"
    )

    @model_validator(mode="before")
    @classmethod
    def _preset_first(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        preset = PRESETS.get(str(given.get("preset")), {})
        found = {**preset, **given}
        shape, own = preset.get("noise_shape"), given.get("noise_shape")
        if isinstance(shape, dict) and isinstance(own, dict):
            found["noise_shape"] = {**shape, **own}
        return found
