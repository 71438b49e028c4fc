"""A bench around a bench: it does what that one does, but for what it does itself."""

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from mho.bench.bench import Bench, ChannelLimits, InstrumentIdentity
from mho.clock import Clock
from mho.device.profile import DeviceProfile
from mho.readings import Trace
from mho.stimuli import Stimulus


class AroundBench:
    """Satisfies `mho.bench.Bench`, by another one; what is to be different is written anew."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    @property
    def name(self) -> str:
        """What the bench is."""
        return self._bench.name

    @property
    def clock(self) -> Clock:
        """That of the bench."""
        return self._bench.clock

    @property
    def profile(self) -> DeviceProfile:
        """The device on the bench."""
        return self._bench.profile

    @property
    def limits(self) -> Mapping[str, ChannelLimits]:
        """What the instruments can do, by terminal."""
        return self._bench.limits

    @property
    def identities(self) -> tuple[InstrumentIdentity, ...]:
        """The instruments as they name themselves."""
        return self._bench.identities

    def __enter__(self) -> Self:
        """Open the bench."""
        self._bench.__enter__()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it."""
        self._bench.__exit__(exc_type, exc, traceback)

    def bias(self, terminal: str, level: float | None, compliance: float = 0.0) -> None:
        """Hold a terminal, or open it."""
        self._bench.bias(terminal, level, compliance)

    def apply(self, stimulus: Stimulus) -> Trace:
        """Play a stimulus."""
        return self._bench.apply(stimulus)

    def off(self) -> None:
        """Switch everything off."""
        self._bench.off()
