"""A bench that notes what reaches it and answers with conductances that a test wrote down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from mho.bench import ChannelLimits, InstrumentIdentity
from mho.clock import VirtualClock
from mho.device.profile import DeviceProfile
from mho.readings import Reading, Trace
from mho.stimuli import Hold, Pulse, Stimulus


@dataclass
class NotingBench:
    """Satisfies `mho.bench.Bench`. It judges nothing, and no device is behind it.

    Attributes
    ----------
    profile, limits
        The device, and what can be done at each of its terminals; see `mho.testing.profiles`.
    conductances
        What the next holds and pulses find (S), in this order, the last one again and again. See
        `next_conductance` for answers that depend on more.
    applied
        The stimuli, as they came.
    biased
        ``(terminal, level, compliance)`` of every bias, as they came.
    events
        "on" and "off", as they came.
    """

    profile: DeviceProfile
    limits: Mapping[str, ChannelLimits]
    conductances: list[float] = field(default_factory=list)
    name: str = "noting bench"
    clock: VirtualClock = field(default_factory=VirtualClock)
    applied: list[Stimulus] = field(default_factory=list)
    biased: list[tuple[str, float | None, float]] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    identities: tuple[InstrumentIdentity, ...] = ()

    def __enter__(self) -> Self:
        """Note that it is on."""
        self.events.append("on")
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Note that it is off."""
        self.off()

    def off(self) -> None:
        """Note that it is off."""
        self.events.append("off")

    def bias(self, terminal: str, level: float | None, compliance: float = 0.0) -> None:
        """Note what is held."""
        self.biased.append((terminal, level, compliance))

    def apply(self, stimulus: Stimulus) -> Trace:
        """Note a stimulus; its readings are its levels times `next_conductance`, at its times."""
        self.applied.append(stimulus)
        conductance = self.next_conductance(stimulus)
        readings = []
        score = stimulus.score()
        for column in score.columns():
            self.clock.sleep(column[0].duration)
            for terminal, one in zip(score.terminals, column, strict=True):
                if one.aperture is not None:
                    current = one.level * conductance
                    now = self.clock.now()
                    readings.append(Reading(now, one.level, current, False, "", terminal))
        return Trace(tuple(readings))

    def next_conductance(self, stimulus: Stimulus) -> float:
        """What a stimulus finds (S), asked once for each; a test's own bench writes this anew."""
        if isinstance(stimulus, Hold | Pulse) and self.conductances:
            if len(self.conductances) == 1:
                return self.conductances[0]
            return self.conductances.pop(0)
        return 1e-5
