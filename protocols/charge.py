"""Writing by charge: a current for as long as the charge takes, corrected by what was measured."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import copysign, isnan

from pydantic import Field

from mho.bench import Bench, Planned
from mho.device_profile import DeviceProfile
from mho.frozen import Frozen
from mho.quantities import AMPERE, COULOMB, SECOND, Amperes, Fraction, Seconds, Volts
from mho.readings import Reading
from mho.stimuli import Pulse, Source


class ChargeSettings(Frozen):
    """How a charge is written, at the terminal where the device is written."""

    current: Amperes = Field(gt=0, description="magnitude of the first shot")
    voltage_limit: Volts = Field(gt=0, description="largest voltage of the current source")
    shortest: Seconds = Field(
        default=1e-3, gt=0, description="shortest shot; a smaller charge takes a smaller current"
    )
    longest: Seconds = Field(default=100.0, gt=0, description="longest shot")
    shots: int = Field(default=3, ge=1, le=3, description="most shots for one charge")
    tolerance: Fraction = Field(
        default=0.01, gt=0, lt=1, description="of the charge asked for; then no further shot"
    )


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
    last
        The reading of the last one.
    is_reached
        Whether the charge lies within the tolerance.
    """

    charge: float
    width: float
    shots: int
    last: Reading
    is_reached: bool


def write_charge(bench: Bench, settings: ChargeSettings, charge: float) -> WrittenCharge:
    """Write a charge (C, positive into the terminal) where the device of the bench is written.

    The first shot is meant to deliver it all; the next ones what the measured current says is
    missing, or too much.

    Raises
    ------
    LimitError, UnsupportedError, InstrumentError
        From the bench.
    """
    delivered = seconds = 0.0
    shots = 0
    while True:
        shots += 1
        shot = shot_of(settings, bench.profile, charge - delivered)
        reading = bench.apply(shot)[0]
        delivered += reading.current * shot.width
        seconds += shot.width
        is_reached = abs(charge - delivered) <= settings.tolerance * abs(charge)
        if is_reached or isnan(delivered) or shots == settings.shots:
            break
    return WrittenCharge(
        charge=delivered, width=seconds, shots=shots, last=reading, is_reached=is_reached
    )


def shot_of(settings: ChargeSettings, profile: DeviceProfile, charge: float) -> Pulse:
    """The current pulse that carries a charge (C): as short as its current lets it be."""
    width = min(max(abs(charge) / settings.current, settings.shortest), settings.longest)
    width = round(width, 9)  # whole nanoseconds: instruments count time in steps
    amplitude = copysign(min(abs(charge) / width, settings.current), charge)
    return Pulse(
        terminal=profile.drive,
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
            f"{SECOND.show(takes)}, longer than charge.longest = "
            f"{SECOND.show(settings.longest)}; raise charge.current, or let a shot last longer"
        )
    if settings.shortest > settings.longest:
        raise ValueError("charge.shortest is longer than charge.longest")


def planned_charge(
    settings: ChargeSettings, profile: DeviceProfile, charge: float, times: int
) -> tuple[Planned, ...]:
    """What `write_charge` applies at its worst, if it is called so often."""
    first = replace(
        shot_of(settings, profile, charge), amplitude=copysign(settings.current, charge)
    )
    planned = [Planned(what=f"charge of {COULOMB.show(charge)}", stimulus=first, at_most=times)]
    if settings.shots > 1:
        back = replace(first, amplitude=-first.amplitude)
        planned.append(
            Planned(what="its correction", stimulus=back, at_most=times * (settings.shots - 1))
        )
    return tuple(planned)
