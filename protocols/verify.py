"""The verify read: what every protocol asks the operator about it, and how it is taken."""

from dataclasses import replace

from pydantic import Field

from mho.bench import Bench
from mho.device.profile import DeviceProfile
from mho.frozen import Frozen
from mho.quantities import SECOND, Seconds, Volts
from mho.stimuli import Hold, Read


class ReadSettings(Frozen):
    """The verify read. Its current limit, hence its range, is the profile's."""

    voltage: Volts | None = Field(
        default=None, description="of the read; left out: read_voltage of the device"
    )
    settle: Seconds = Field(default=1e-3, ge=0, description="at the read voltage before measuring")
    aperture: Seconds = Field(default=9e-3, gt=0, description="the current is averaged over this")


def verify_read(settings: ReadSettings, profile: DeviceProfile) -> Read:
    """The verify read of a recipe on a device."""
    return Read(
        voltage=profile.read_voltage if settings.voltage is None else settings.voltage,
        settle=settings.settle,
        aperture=settings.aperture,
        compliance=profile.read_compliance,
        terminal=profile.read_at,
    )


def single_read(settings: ReadSettings, profile: DeviceProfile) -> Hold:
    """The verify read as a stimulus of its own."""
    return verify_read(settings, profile).at(profile.write_at)


def read_if_compensated(bench: Bench, settings: ReadSettings) -> None:
    """Read the device where the bench raises pulses by the conductance read last.

    For pulses that no read comes before: not knowing the conductance, the bench would refuse them.
    """
    if bench.limits[bench.profile.write_at].compensates:
        bench.apply(single_read(settings, bench.profile))


def refuse_short(settings: ReadSettings, interval: float, what: str) -> None:
    """Refuse reads that follow one another faster than one of them lasts; ``what`` names the field.

    Raises
    ------
    ValueError
        For the validator of a recipe.
    """
    if settings.aperture > interval * (1 + 1e-9):
        raise ValueError(
            f"{what} {SECOND.show(interval)} is shorter than read.aperture "
            f"{SECOND.show(settings.aperture)}; lengthen it, or average over less"
        )


def repeated_reads(
    settings: ReadSettings, profile: DeviceProfile, count: int, interval: float
) -> Hold:
    """``count`` reads, one every ``interval`` seconds, the read voltage standing meanwhile."""
    return replace(
        verify_read(settings, profile).at(profile.write_at), count=count, interval=interval
    )
