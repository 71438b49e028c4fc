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
    "quiet": {"noise_level": 0.006},
    # literature: public RRAM relaxation records (repository RRAM-Relaxation-Master-Model). "Tech A"
    # over 10 s: 9.1, 4.9, 1.4, 0.7, 0.5 % at 7, 71, 129, 184, 253 uS, here a power law through
    # them. "Tech C" at 22 uS: the spread grows from 1.0 uS after 10 ms to 2.5 uS after 4 s.
    "harsh": {
        "noise_level": 0.0245,
        "noise_exponent": 0.79,
        "relaxation_spread": 0.023,
        "relaxation_time": "100 us",
    },
}
"""What each preset changes; parameters that are given as well win."""


class CuTeParameters(Frozen):
    """The nominal device, its spread and its noise. Volts stand across the memristor itself."""

    preset: Preset = Field(
        default="published",
        description="where the defaults of noise and relaxation come from: the paper, a quarter"
        " of its noise, or public relaxation records of another device",
    )

    formed: bool = Field(default=True, description="the device has been electroformed already")
    forming: Volts = Field(
        default=1.7, gt=0, description="voltage that forms it; assumed (below 2 V published)"
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
        default=2.0, gt=0, description="voltage that sets the full LRS; published"
    )
    reset_slope: Volts = Field(
        default=25e-3, gt=0, description="volts per e-fold of RESET speed; assumed"
    )
    set_slope: Volts = Field(
        default=30e-3, gt=0, description="volts per e-fold of SET speed; assumed"
    )
    reference_width: Seconds = Field(
        default=10e-3, gt=0, description="pulse width the voltages above refer to; assumed"
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
        default=0.03, ge=0, description="sd of RESET voltages from full SET to full SET; assumed"
    )
    set_jitter: Volts = Field(
        default=0.05, ge=0, description="sd of SET voltages from full SET to full SET; assumed"
    )
    new_cycle_conductance: Siemens = Field(
        default=400e-6, gt=0, description="a SET beyond this begins a new cycle; assumed"
    )
    new_cycle_step: float = Field(
        default=0.3, gt=0, description="and one that moves ln G by at least this; assumed"
    )
    reset_grain: float = Field(
        default=0.010, gt=0, description="variance over mean of a step of ln G; assumed"
    )
    set_grain: float = Field(
        default=0.020, gt=0, description="variance over mean of a step of ln G; assumed"
    )

    noise: bool = Field(default=True, description="the conductance fluctuates")
    noise_level: Fraction = Field(
        default=0.024,
        ge=0,
        description="relative sd at noise_conductance; fitted to about 2 % intrinsic noise",
    )
    noise_conductance: Siemens = Field(
        default=55e-6, gt=0, description="conductance at which the noise is noise_level; fitted"
    )
    noise_exponent: float = Field(
        default=0.40,
        description="relative sd ~ G^-exponent; fitted: below 5 % everywhere, rising at low G",
    )
    noise_shape: NoiseParameters = Field(
        default=NoiseParameters(), description="of the noise: traps and 1/f part"
    )
    rearranging_step: float = Field(
        default=0.05, gt=0, description="step of ln G that redraws most traps; assumed"
    )

    relaxation: bool = Field(default=True, description="a new state relaxes in log time")
    relaxation_back: Fraction = Field(
        default=0.004,
        ge=0,
        description="share of the last step that goes back per decade of time; assumed",
    )
    relaxation_spread: Fraction = Field(
        default=0.0015, ge=0, description="sd of ln G per decade of time; assumed"
    )
    relaxation_time: Seconds = Field(
        default=10e-3, gt=0, description="where the first decade of relaxation begins; assumed"
    )

    wear: bool = Field(
        default=False, description="devices die; a full SET begins each cycle of their life"
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
        return {**PRESETS.get(str(given.get("preset")), {}), **given}
