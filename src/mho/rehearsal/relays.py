"""Relays between sources and a simulated device: what a selector has closed, the device feels.

A follower is an amplifier behind a source: it gives a part of the voltage that this one is set to.

A source that is connected to several lines drives each of them as it drives one, with its limit for
each; the currents add up. Where two sources are on one line, the one that came first drives it, and
the other one is at its limit.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from mho.device.layout import GROUND
from mho.device.model import DeviceModel, Response, State
from mho.stimuli import OPEN, Drive, Source

_STIFF = 10.0
"""Amperes: more than any line carries."""

_GROUND = Drive(0.0, _STIFF)
"""A wire to ground."""


class Following(NamedTuple):
    """What a follower follows, and which part of its voltage it gives."""

    source: str
    part: float


class SwitchedDevice:
    """Satisfies `DeviceModel`: a device whose terminals are sources, behind relays.

    Parameters
    ----------
    device
        What is behind them; its terminals are lines.
    lines
        The terminal of the device that each line is, by the name that the selector's wiring has.
    sources
        What a relay can connect to a line.
    direct
        Sources that no relay is before, and the terminal of the device that they are wired to.
    followers
        By their names, which relays connect as they do sources.
    """

    def __init__(
        self,
        device: DeviceModel,
        lines: Mapping[str, str],
        sources: Iterable[str],
        direct: Mapping[str, str],
        followers: Mapping[str, Following] = MappingProxyType({}),
    ) -> None:
        self.device = device
        self._followers = dict(followers)
        self._lines, self._direct = dict(lines), dict(direct)
        self._sources = tuple(sources)
        self._on: dict[str, tuple[str, ...]] = {}
        self.connect(())

    @property
    def terminals(self) -> tuple[str, ...]:
        """The sources."""
        return (*self._sources, *self._direct)

    def connect(self, paths: Iterable[tuple[str, str]]) -> frozenset[str]:
        """From now on these pairs of a source and a line are connected, and no others.

        Gives the sources whose lines have changed.
        """
        on: dict[str, tuple[str, ...]] = {name: (end,) for name, end in self._direct.items()}
        for source, line in paths:
            on[source] = (*on.get(source, ()), self._lines[line])
        before, self._on = self._on, on
        changed = {name for name in before.keys() | on.keys() if before.get(name) != on.get(name)}
        followed = self._followers
        return frozenset(followed[name].source if name in followed else name for name in changed)

    def advance(self, drives: Mapping[str, Drive], duration: float) -> None:
        """Let time pass for the device, as its lines are driven now."""
        self.device.advance(self._at_lines(drives), duration)

    def respond(self, drives: Mapping[str, Drive]) -> Mapping[str, Response]:
        """What meters at the sources read; one on no line reads its own level and no current."""
        at_lines = self._at_lines(drives)
        answers = self.device.respond(at_lines)
        responses = {}
        for source in self.terminals:
            drive, ends = drives.get(source, OPEN), self._on.get(source, ())
            if not ends:
                responses[source] = Response(drive.level, 0.0, False)
                continue
            of_ends = [_as_source(answers[end], drive, at_lines.get(end, OPEN)) for end in ends]
            responses[source] = Response(
                of_ends[0].voltage,
                sum(one.current for one in of_ends),
                any(one.in_compliance for one in of_ends),
            )
        return responses

    def state(self) -> State:
        """That of the device: relays are open between two runs."""
        return self.device.state()

    def restore(self, state: State) -> None:
        """Take over what `state` gave; relays stay as they are."""
        self.device.restore(state)

    def _at_lines(self, drives: Mapping[str, Drive]) -> dict[str, Drive]:
        at_lines: dict[str, Drive] = {}
        for source, ends in self._on.items():
            drive = self._drive(source, drives)
            if drive.source is Source.OPEN:
                continue
            for end in ends:
                at_lines.setdefault(end, drive)
        return at_lines

    def _drive(self, source: str, drives: Mapping[str, Drive]) -> Drive:
        if source == GROUND:
            return _GROUND
        following = self._followers.get(source)
        if following is None:
            return drives.get(source, OPEN)
        followed = drives.get(following.source, OPEN)
        if followed.source is Source.OPEN:
            return OPEN
        return Drive(following.part * followed.level, _STIFF)


def _as_source(response: Response, drive: Drive, at_line: Drive) -> Response:
    """What the meter of a source reads on a line that it may not be the one to drive."""
    if drive.source is Source.OPEN:
        return response._replace(current=0.0, in_compliance=False)
    if drive == at_line:
        return response
    above = drive.level - response.voltage
    current = 0.0 if not above else drive.limit if above > 0 else -drive.limit
    return Response(response.voltage, current, bool(above))
