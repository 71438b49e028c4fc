"""A long row of reads in blocks, so that rows come out steadily and a stop is honoured soon."""

from collections.abc import Iterator

from mho.device.profile import DeviceProfile
from mho.protocols.contact import CONTACT_READS, is_silent
from mho.protocols.verify import ReadSettings, repeated_reads
from mho.readings import Reading
from mho.stimuli import Hold

BLOCK_POINTS = 1000
BLOCK_SECONDS = 60.0
"""What is lost at most if the process dies; each block costs some exchanges with instruments."""


def block_points(interval: float) -> int:
    """How many reads, one every ``interval`` seconds, make a block."""
    return max(1, min(BLOCK_POINTS, int(BLOCK_SECONDS / interval)))


def read_blocks(
    settings: ReadSettings, profile: DeviceProfile, count: int, interval: float
) -> Iterator[Hold]:
    """``count`` reads, one every ``interval`` seconds, the read voltage standing meanwhile.

    Between two blocks the voltage returns to 0 V, as after every stimulus.
    """
    most = block_points(interval)
    for done in range(0, count, most):
        yield repeated_reads(settings, profile, min(most, count - done), interval)


class Contact:
    """Watches reads that follow one another for a lost contact, without further reads."""

    def __init__(self, profile: DeviceProfile) -> None:
        self._profile = profile
        self._silent = 0

    def lost(self, read: Reading) -> bool:
        """Whether this read and those just before it all lie below the contact floor."""
        self._silent = self._silent + 1 if is_silent(read, self._profile) else 0
        return self._silent >= CONTACT_READS
