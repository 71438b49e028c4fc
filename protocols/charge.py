"""Writing by charge: a current for as long as the charge takes, corrected by what was measured."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import copysign, isnan, nan
from typing import Self

from pydantic import Field, model_validator

from mho.bench import Bench, Planned
from mho.device.profile import DeviceProfile
from mho.frozen import Frozen
from mho.quantities import AMPERE, COULOMB, SECOND, Amperes, Fraction, Seconds, Volts
from mho.readings import Reading
from mho.stimuli import Pulse, Source


class ChargeSettings(Frozen):
    """How a charge is written, at the terminal where the device is written."""

    current: Amperes = Field(
        gt=0, description="largest magnitude of the current; a charge lasts as long as it needs"
    )
    voltage_limit: Volts = Field(gt=0, description="largest voltage of the current source")
    shortest: Seconds = Field(
        default=10e-3, gt=0, description="shortest shot; a smaller charge takes a smaller current"
    )
    longest: Seconds = Field(default=100.0, gt=0, description="longest shot")
    shots: int = Field(default=3, ge=1, le=3, description="most shots for one charge")
    tolerance: Fraction = Field(
        default=0.01, gt=0, lt=1, description="of the charge asked for; then no further shot"
    )

    @model_validator(mode="after")
    def _shortest_first(self) -> Self:
        if self.shortest > self.longest:
            raise ValueError(
                f"shortest = {SECOND.show(self.shortest)} is longer than longest = "
                f"{SECOND.show(self.longest)}"
            )
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenCharge:
    """What came of writing a charge.

    Attributes
    ----------
    charge
        Coulombs that were delivered, positive into the terminal: measured current times width,
        summed over the shots; NaN where a current was not measured.
    width
        Seconds of all shots.
    shots
        How many there were.
    voltage
        Volts at the terminal at the end of the first shot.
    in_compliance
        Whether the voltage limit held a shot.
    is_reached
        Whether the charge lies within the tolerance.
    """

    charge: float
    width: float
    shots: int
    voltage: float
    in_compliance: bool
    is_reached: bool

    @property
    def current(self) -> float:
        """Mean amperes of all shots; NaN where one was not measured."""
        return self.charge / self.width if self.width else nan


def write_charge(bench: Bench, settings: ChargeSettings, charge: float) -> WrittenCharge:
    """Write a charge (C, positive into the terminal) where the device of the bench is written.

    The first shot is meant to deliver it all; a further one what the measured current says is
    missing, or too much. It lasts as long as the first, so its current is smaller: where the
    voltage limit held the first, it may pass.

    Raises
    ------
    LimitError, UnsupportedError, InstrumentError
        From the bench.
    """
    first = shot_of(settings, bench.profile, charge)
    readings: list[Reading] = []
    delivered, is_reached, amplitude = 0.0, False, first.amplitude
    while len(readings) < settings.shots and not is_reached and not isnan(delivered):
        readings += bench.apply(replace(first, amplitude=amplitude))
        delivered += readings[-1].current * first.width
        is_reached = abs(charge - delivered) <= settings.tolerance * abs(charge)
        most = abs(first.amplitude)
        amplitude = min(max((charge - delivered) / first.width, -most), most)
    return WrittenCharge(
        charge=delivered,
        width=len(readings) * first.width,
        shots=len(readings),
        voltage=readings[0].voltage,
        in_compliance=any(reading.in_compliance for reading in readings),
        is_reached=is_reached,
    )


def shot_of(settings: ChargeSettings, profile: DeviceProfile, charge: float) -> Pulse:
    """The current pulse that carries a charge (C): as short as its current lets it be."""
    width = min(max(abs(charge) / settings.current, settings.shortest), settings.longest)
    width = round(width, 9)  # whole nanoseconds: instruments count time in steps
    amplitude = copysign(min(abs(charge) / width, settings.current), charge)
    return Pulse(
        terminal=profile.write_at,
        amplitude=amplitude,
        width=width,
        compliance=settings.voltage_limit,
        source=Source.CURRENT,
    )


def refuse_undeliverable(settings: ChargeSettings, charges: Iterable[float]) -> None:
    """Refuse charges that take longer than a shot may last.

    Raises
    ------
    ValueError
        For the validator of a recipe.
    """
    largest = max(map(abs, charges), default=0.0)
    takes = largest / settings.current
    if takes > settings.longest * (1 + 1e-9):
        raise ValueError(
            f"{COULOMB.show(largest)} at {AMPERE.show(settings.current)} take "
            f"{_rounded(takes)} s, longer than charge.longest = {_rounded(settings.longest)} s; "
            "raise charge.current, or let a shot last longer"
        )


def _rounded(seconds: float) -> str:
    """Four digits, and no power of ten: 70000, not 7e+04."""
    return f"{float(f'{seconds:.4g}'):.15g}"


def planned_charge(
    settings: ChargeSettings, profile: DeviceProfile, charge: float, times: int
) -> tuple[Planned, ...]:
    """What `write_charge` applies at its worst, if it is called so often."""
    shot = shot_of(settings, profile, charge)
    planned = [Planned(what=f"charge of {COULOMB.show(charge)}", stimulus=shot, at_most=times)]
    if settings.shots > 1:
        back = replace(shot, amplitude=-shot.amplitude)
        again = times * (settings.shots - 1)
        planned.append(Planned(what="its correction", stimulus=back, at_most=again))
    return tuple(planned)
