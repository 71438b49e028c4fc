"""Lost contact: whether the device is still there when a read lies below its contact floor."""

from collections.abc import Sequence
from typing import Protocol

from mho.bench import Bench, Planned
from mho.device.profile import DeviceProfile
from mho.protocols.verify import ReadSettings, repeated_reads

CONTACT_READS = 3
"""Further reads that must all lie below the contact floor before the contact counts as lost."""


class ReadResult(Protocol):
    """A reading, or a row that holds one."""

    @property
    def conductance(self) -> float:
        """Siemens."""
        ...

    @property
    def in_compliance(self) -> bool:
        """Whether the current limit held the output."""
        ...


def is_silent(read: ReadResult, profile: DeviceProfile) -> bool:
    """Whether a read lies below the contact floor.

    One in compliance never does, though its conductance be NaN: its current was too large.
    """
    return not read.in_compliance and below_floor(read.conductance, profile)


def below_floor(conductance: float, profile: DeviceProfile) -> bool:
    """Whether a conductance (S) lies below the contact floor; NaN does."""
    return not conductance >= profile.contact_floor


class Point(Protocol):
    """A level of a sweep or waveform, and what was measured there."""

    @property
    def terminal(self) -> str:
        """Where it was driven."""
        ...

    @property
    def voltage(self) -> float:
        """Volts."""
        ...

    @property
    def current(self) -> float:
        """Amperes."""
        ...

    @property
    def in_compliance(self) -> bool:
        """Whether the current limit held the output."""
        ...


def draws_nothing(points: Sequence[Point], profile: DeviceProfile) -> bool:
    """Whether a sweep or waveform draws less current than the contact floor lets pass.

    That is judged by the slope of current on voltage through the origin, which noise near 0 V
    cannot feign. Points in compliance were held by too large a current; and nothing is known where
    another terminal is driven than the one that is read, for the floor is of the reads.
    """
    if any(point.in_compliance or point.terminal != profile.read_terminal for point in points):
        return False
    square = sum(point.voltage**2 for point in points)
    product = sum(point.voltage * point.current for point in points)
    return square > 0 and below_floor(product / square, profile)


def contact_lost(bench: Bench, read: ReadSettings) -> bool:
    """Whether further reads, without a pulse, all stay below the contact floor."""
    trace = bench.apply(repeated_reads(read, bench.profile, CONTACT_READS, read.aperture))
    return all(is_silent(reading, bench.profile) for reading in trace)


def planned_contact_reads(read: ReadSettings, profile: DeviceProfile, times: int) -> Planned:
    """What `contact_lost` applies, if it is asked ``times`` times in a run."""
    return Planned(
        what="reads that look for a lost contact",
        stimulus=repeated_reads(read, profile, CONTACT_READS, read.aperture),
        at_most=times,
    )
