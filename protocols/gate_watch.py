"""A gate that breaks down while it is written: it conducts far better at once, and goes on so.

One rule for every protocol that writes at one terminal and reads at another. What counts is the
conductance of that terminal in a pulse, measured current over measured voltage, for it says the
same of a pulse of a voltage and of a charge that a current writes (whose voltage falls). A pulse is
suspicious where that is ``breakdown_factor`` of the profile times the most that any sound one
before it conducted, of either sign, at a level within some tenth; three suspicious ones in a row
are a breakdown, for one may be a disturbance. So a state that moves its potential from pulse to
pulse is no breakdown, nor is noise about nothing, nor a cell that no more ions fit in and that
takes them out again. What the first three pulses of a sign draw has nothing to be held against,
unless the profile says what a sound device conducts (``sound_leakage``): then no pulse may conduct
``breakdown_factor`` times as much, from the first one on.
"""

from math import inf, log
from typing import NamedTuple

from mho.stimuli import Source

IN_A_ROW = 3
"""Suspicious pulses that are a breakdown."""

_FEWEST = 3
"""Sound pulses of a sign that a suspicious one is held against."""
_ALIKE = 0.1
"""Logarithm of levels that are taken for one."""

Level = tuple[Source, int, bool]
"""What drives, how large it is, and whether upwards."""


class Sound(NamedTuple):
    """How many sound pulses there were at a level, and the most that one conducted (S)."""

    pulses: int = 0
    most: float = 0.0

    def with_another(self, conductance: float) -> "Sound":
        """The same with one more."""
        return Sound(self.pulses + 1, max(self.most, conductance))


class Watch:
    """Watches what a written terminal conducts; ``is_broken`` once it has broken down.

    ``factor`` is how many times as much is a breakdown, ``sound`` the most that a sound device
    conducts (S), where the profile says so.
    """

    def __init__(self, factor: float, sound: float | None = None) -> None:
        self._factor, self._sound = factor, sound
        self._before: dict[Level, Sound] = {}
        self._suspicious = 0
        self.is_broken = False

    def see(self, conductance: float, level: float, source: Source = Source.VOLTAGE) -> None:
        """Take in what it conducted (S) in one pulse of this level; NaN says nothing."""
        if not level or conductance != conductance:
            return
        size, up = round(log(abs(level)) / _ALIKE), level > 0
        own, other = self._at((source, size, up)), self._at((source, size, not up))
        known = own.pulses >= _FEWEST and max(own.most, other.most) > 0.0
        if self._is_above(conductance, max(own.most, other.most) if known else inf):
            self._suspicious += 1
            self.is_broken |= self._suspicious >= IN_A_ROW
            return
        self._suspicious = 0 if known else self._suspicious
        self._before[source, size, up] = own.with_another(conductance)

    def see_line(self, conductance: float) -> None:
        """The same of a line of an array, which conducts as many cells as fire: no two are alike.

        It is held against what the profile says of a sound one, if it does.
        """
        if conductance == conductance:
            above = self._is_above(conductance, inf)
            self._suspicious = self._suspicious + 1 if above else 0
            self.is_broken |= self._suspicious >= IN_A_ROW

    def _is_above(self, conductance: float, before: float) -> bool:
        sound = inf if self._sound is None else self._sound
        return conductance >= self._factor * min(before, sound)

    def _at(self, level: Level) -> Sound:
        """What was sound at this level; at a new one, what was at that next to it."""
        source, size, up = level
        near = (self._before.get((source, one, up)) for one in (size, size - 1, size + 1))
        return next((one for one in near if one is not None), Sound())
