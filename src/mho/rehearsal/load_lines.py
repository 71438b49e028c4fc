"""Load lines: what resistances between sources and a device leave to the device.

A source of ``V`` volts behind ``R`` ohm stands at ``V - R I`` at the terminal, and ``I`` depends on
what stands there, at this terminal and at the others. A device that changes while the sources stand
still moves its own voltages; so a stretch of constant sources is cut where they would move by more
than a small part, and the state does not depend on how the instruments cut it.
"""

from collections.abc import Callable, Mapping, Sequence
from math import isfinite

from mho.device.model import DeviceModel, Response
from mho.stimuli import Drive

Resistances = Mapping[str, float]
"""Ohms by driven terminal; those without are left out."""

_MET = 1e-7
"""The load line is met where the voltage is, to this part of the largest level."""

_SMALLEST = 1e-10
"""And always to so many volts."""

_STEPS, _ROUNDS = 8, 60

_MOST = 5e-3
"""Of the largest level: what a voltage at the device may move by in one step of time."""

_FEWER = 4
"""By how much a step of time that moved too much is shortened; twice in vain, and it was a jump."""

_SHORTEST = 4.0**-10
"""Of a stretch: no step of time is shorter."""


class LoadLines:
    """A device behind resistances.

    A search begins where the last one ended, in parts of the largest level, and with the slopes
    found there: they change little from moment to moment.
    """

    def __init__(self, device: DeviceModel) -> None:
        self._device = device
        self._parts: dict[str, float] = {}
        self._slopes: list[list[float]] = []
        self._asked: tuple[dict[str, Drive], dict[str, float]] | None = None
        self._found: dict[str, Drive] = {}
        self._responses: Mapping[str, Response] = {}

    def respond(self, drives: Mapping[str, Drive], ohms: Resistances) -> Mapping[str, Response]:
        """What stands at the terminals of the device, while ``drives`` stand behind ``ohms``."""
        self._solve(drives, ohms)
        return self._responses

    def advance(self, drives: Mapping[str, Drive], ohms: Resistances, duration: float) -> None:
        """Let ``duration`` seconds pass with these sources held."""
        device, largest = self._device, max(abs(drives[name].level) for name in ohms)
        here = self._solve(drives, ohms)
        if not largest:  # at rest there is nothing that could move a voltage
            device.advance(here, duration)
            self._asked = None
            return
        left, step, tried, before = duration, duration, 0, 0.0
        while left > 0.0:
            step = min(step, left)
            kept = device.state()
            device.advance(here, step)
            self._asked = None
            there = self._solve(drives, ohms)
            moved = max(abs(there[name].level - here[name].level) for name in ohms)
            jumps = tried >= 2 and moved > before / 2
            if moved > _MOST * largest and not jumps and step > _SHORTEST * duration:
                device.restore(kept)
                step, tried, before = step / _FEWER, tried + 1, moved
                continue
            left = left - step if step < left else 0.0
            here, step, tried = there, step * 2, 0

    def _solve(self, drives: Mapping[str, Drive], ohms: Resistances) -> dict[str, Drive]:
        """The sources as the device knows them: without resistance, at the voltages they leave."""
        if self._asked == (drives, ohms):
            return self._found
        largest = max((drives[name].level for name in ohms), key=abs)
        enough = max(_MET * abs(largest), _SMALLEST)
        found, volts = dict(drives), []
        for name, resistance in ohms.items():
            drive = drives[name]
            reach = resistance * drive.limit
            guess = self._parts[name] * largest if name in self._parts else drive.level
            volts.append(min(max(guess, drive.level - reach), drive.level + reach))

        def missing(volts: Sequence[float]) -> list[float]:
            for name, level in zip(ohms, volts, strict=True):
                found[name] = drives[name]._replace(level=level)
            self._responses = responses = self._device.respond(found)
            return [
                level + ohms[name] * responses[name].current - drives[name].level
                for name, level in zip(ohms, volts, strict=True)
            ]

        if len(self._slopes) != len(volts):
            self._slopes = _identity(len(volts))
        if not _secants(missing, volts, self._slopes, enough):
            self._slopes = _identity(len(volts))
            reaches = [(drives[n].level, ohms[n] * drives[n].limit) for n in ohms]
            _one_by_one(missing, volts, reaches, enough)
        if largest:
            self._parts = {name: found[name].level / largest for name in ohms}
        self._asked, self._found = (dict(drives), dict(ohms)), found
        return found


def _identity(size: int) -> list[list[float]]:
    return [[float(row == column) for column in range(size)] for row in range(size)]


Missing = Callable[[Sequence[float]], list[float]]
"""By how much the voltages of terminals are above what their load lines leave."""


def _secants(
    missing: Missing, volts: list[float], inverse: list[list[float]], enough: float
) -> bool:
    """Broyden's method from ``volts`` on, kept in place as is ``inverse``; whether it converged.

    ``inverse`` is that of the slopes of ``missing`` (C. G. Broyden, Math. Comput. 19, 577, 1965).
    """
    places = range(len(volts))
    here = missing(volts)
    for _ in range(_STEPS):
        if max(map(abs, here)) <= enough:
            return True
        step = [-sum(inverse[i][j] * here[j] for j in places) for i in places]
        for i in places:
            volts[i] += step[i]
        if not all(map(isfinite, volts)):
            return False
        there = missing(volts)
        change = [there[i] - here[i] for i in places]
        turned = [sum(inverse[i][j] * change[j] for j in places) for i in places]
        row = [sum(step[i] * inverse[i][j] for i in places) for j in places]
        scale = sum(step[i] * turned[i] for i in places)
        if scale:
            for i in places:
                factor = (step[i] - turned[i]) / scale
                for j in places:
                    inverse[i][j] += factor * row[j]
        here = there
    return max(map(abs, here)) <= enough


def _one_by_one(
    missing: Missing, volts: list[float], reaches: Sequence[tuple[float, float]], enough: float
) -> None:
    """One terminal after the other, the others standing, until none moves; slow but sure.

    ``reaches``: the level of each source, and how far the voltage may be from it.
    """
    for index, (level, reach) in enumerate(reaches):
        volts[index] = min(max(volts[index], level - reach), level + reach)
    for _ in range(_ROUNDS):
        if max(map(abs, missing(volts))) <= enough:
            return
        for index, (level, reach) in enumerate(reaches):
            low, high = level - reach, level + reach
            while high - low > enough / 4:
                here = missing(volts)[index]
                if abs(here) <= enough / 2:
                    break
                if here > 0.0:
                    high = volts[index]
                else:
                    low = volts[index]
                volts[index] = (low + high) / 2
    missing(volts)
