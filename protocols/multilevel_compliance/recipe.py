"""The operator's choices for levels by compliance current, and the sweeps that follow from them."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from mho.device.profile import DeviceProfile
from mho.frozen import Frozen
from mho.protocols.iv.recipe import IvRecipe
from mho.protocols.preparation import PreparationPulse
from mho.protocols.verify import ReadSettings
from mho.quantities import AMPERE, Amperes, Seconds, Siemens, Volts, VoltsPerSecond

Compliance = Annotated[Amperes, Field(gt=0)]


class MultilevelComplianceRecipe(Frozen):
    """A recipe for levels by compliance. Voltages are magnitudes; the profile gives the polarity.

    For each current limit in turn: a RESET sweep, a SET sweep under that limit, reads after both.
    """

    compliances: Annotated[tuple[Compliance, ...], Field(min_length=2, max_length=1000)] = Field(
        description="current limits of the SET sweeps, one level each"
    )
    cycles: int = Field(
        default=1, ge=1, le=100_000, description="how often the whole series is measured"
    )
    set_voltage: Volts = Field(gt=0, description="where the SET sweep turns back")
    reset_voltage: Volts = Field(gt=0, description="where the RESET sweep turns back")
    reset_compliance: Amperes | None = Field(
        default=None,
        gt=0,
        description="current limit of the RESET sweeps; left out: pulse_compliance of the device",
    )
    step: Volts = Field(gt=0, description="from level to level of a sweep")
    dwell: Seconds | None = Field(
        default=None, gt=0, description="time at each level; give this or rate"
    )
    rate: VoltsPerSecond | None = Field(
        default=None, gt=0, description="of the voltage; give this or dwell"
    )
    prepare: tuple[PreparationPulse, ...] = Field(
        default=(), description="pulses before the first sweep"
    )
    read: ReadSettings = Field(default=ReadSettings(), description="how the states are read")
    reads: int = Field(default=300, ge=2, le=10_000, description="after each sweep")
    minimum_gap: Siemens = Field(
        default=0.2e-6,
        ge=0,
        description="between the reads of neighbours that count as separate levels",
    )
    minimum_d_prime: float = Field(
        default=6.0,
        gt=0,
        lt=1e6,
        description="distance of neighbours, in standard deviations of their reads, that counts as "
        "separate",
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(set(self.compliances)) < len(self.compliances):
            twice = next(one for one in self.compliances if self.compliances.count(one) > 1)
            raise ValueError(f"compliances names {AMPERE.show(twice)} twice")
        self.sweeps(1, self.compliances[0])
        return self

    def sweeps(self, set_sign: int, compliance: float) -> IvRecipe:
        """The RESET and the SET sweep of one level."""
        return IvRecipe(
            corners=(0.0, -set_sign * self.reset_voltage, 0.0, set_sign * self.set_voltage, 0.0),
            step=self.step,
            dwell=self.dwell,
            rate=self.rate,
            set_compliance=compliance,
            reset_compliance=self.reset_compliance,
            read=self.read,
            reads=self.reads,
        )

    def cycle_compliances(self, profile: DeviceProfile) -> tuple[tuple[float, IvRecipe], ...]:
        """The compliance and the sweeps of every cycle of the file, in the order of time."""
        series = [(one, self.sweeps(profile.set_sign, one)) for one in self.compliances]
        return tuple(series) * self.cycles
