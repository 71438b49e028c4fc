"""Load lines: what resistances between sources and a device leave to the device.

A source of ``V`` volts behind ``R`` ohm stands at ``V - R I`` at the terminal, and ``I`` depends on
what stands there, at this terminal and at the others. A device that changes while the sources stand
still moves its own voltages; so a stretch of constant sources is cut where they would move by more
than a small part, and the state does not depend on how the instruments cut it.

A step of time is taken at the voltages of its middle, as they would be if they went on as in the
step before. Those that came of the step itself would not do: what chance made of it would be in
them too, and a device that moves much by chance would be held back by it, however small the steps.
"""

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from operator import mul

from mho.device.model import DeviceModel, Response, State
from mho.stimuli import Drive

Resistances = Mapping[str, float]
"""Ohms by driven terminal; those without are left out."""

_MET = 1e-7
"""The load line is met where the voltage is, to this part of the largest level."""

_SMALLEST = 1e-10
"""And always to so many volts."""

_STEPS = 8

_AIM, _MOST, _FAR = 1.5e-3, 6e-3, 3e-2
"""Of the largest level: what a voltage at the device should move by in one step of time, and may at
first and later on.

Far apart, for a device moves by chance: if the steps that chance made long were taken back, those
that are left would be too short. The length of the next step may follow from this one, though.
"""

_UNMOVED = 1e-4
"""Of the largest level: what moves by less counts as standing still."""

_FEWER = 4
"""By how much a step of time that moved too much is shortened."""

_IN_VAIN = 4
"""So often shortened, and it moves by more than half as much still: no step can follow that."""

_MEETING, _CLOSE = 12, 2e-3
"""Tries to find what such a step leads to, and how well, in parts of what it would move by."""

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
        device, largest = self._device, max([abs(drives[name].level) for name in ohms])
        here = self._solve(drives, ohms)
        if not largest:  # at rest there is nothing that could move a voltage
            device.advance(here, duration)
            self._asked = None
            return
        left, step, tried, before, most = duration, duration, 0, 0.0, _MOST
        last: tuple[Mapping[str, Drive], float] | None = None  # what it began with, its length
        while left > 0.0:
            step = min(step, left)
            kept = device.state()
            ahead = here if last is None else _between(last[0], here, 1.0 + 0.5 * step / last[1])
            device.advance(ahead, step)
            self._asked = None
            there = self._solve(drives, ohms)
            moved = max([abs(there[name].level - here[name].level) for name in ohms])
            too_fast = tried >= _IN_VAIN and moved > before / 2
            if moved > most * largest and too_fast and _gives_way(here, there, ohms):
                there = self._meet(kept, here, there, drives, ohms, step)
            elif moved > most * largest and step > _SHORTEST * duration:
                device.restore(kept)
                step, tried, before = step / _FEWER, tried + 1, moved
                continue
            elif moved > _UNMOVED * largest and last is None:  # again, at the average
                device.restore(kept)
                device.advance(_between(here, there, 0.5), step)
                self._asked = None
                there = self._solve(drives, ohms)
            left = left - step if step < left else 0.0
            growth = min(2.0, _AIM * largest / moved) if moved else 2.0
            last = here, step
            here, step, tried, most = there, step * growth, 0, _FAR

    def _meet(
        self,
        kept: State,
        here: Mapping[str, Drive],
        there: Mapping[str, Drive],
        drives: Mapping[str, Drive],
        ohms: Resistances,
        step: float,
    ) -> dict[str, Drive]:
        """A step at the voltage that it ends with, on the way from ``here`` to ``there``.

        So is one that a device takes in no time: at the voltage it began with it would go further
        than its load line lets it, and some changes cannot be taken back.
        """
        most = max(ohms, key=lambda name: abs(there[name].level - here[name].level))
        first, whole = here[most].level, there[most].level - here[most].level
        low, high = 0.0, 1.0
        for _ in range(_MEETING):
            share = (low + high) / 2
            self._device.restore(kept)
            self._device.advance(_between(here, there, share), step)
            self._asked = None
            found = self._solve(drives, ohms)
            beyond = (found[most].level - first) / whole - share
            if abs(beyond) < _CLOSE:
                break
            low, high = (share, high) if beyond > 0.0 else (low, share)
        return found

    def _solve(self, drives: Mapping[str, Drive], ohms: Resistances) -> dict[str, Drive]:
        """The sources as the device knows them: without resistance, at the voltages they leave."""
        if self._asked == (drives, ohms):
            return self._found
        device = self._device
        before = [(name, drives[name], resistance) for name, resistance in ohms.items()]
        largest = max([drive.level for _, drive, _ in before], key=abs)
        enough = max(_MET * abs(largest), _SMALLEST)
        found, volts, bounds = dict(drives), list[float](), list[tuple[float, float]]()
        for name, (level, limit, _), resistance in before:
            guess = self._parts[name] * largest if name in self._parts else level
            low, high = level - resistance * limit, level + resistance * limit
            bounds.append((low, high))
            volts.append(min(max(guess, low), high))

        def missing(volts: Sequence[float]) -> list[float]:
            for (name, (_, limit, source), _), level in zip(before, volts, strict=True):
                found[name] = Drive(level, limit, source)
            self._responses = responses = device.respond(found)
            return [
                level + resistance * responses[name].current - drive.level
                for (name, drive, resistance), level in zip(before, volts, strict=True)
            ]

        if len(self._slopes) != len(volts):
            self._slopes = _identity(len(volts))
        if not _secants(missing, volts, self._slopes, bounds, enough):
            self._slopes = _identity(len(volts))
            _bisect(missing, volts, bounds, enough)
        if largest:
            self._parts = {name: found[name].level / largest for name in ohms}
        self._asked, self._found = (dict(drives), dict(ohms)), found
        return found


def _gives_way(here: Mapping[str, Drive], there: Mapping[str, Drive], ohms: Resistances) -> bool:
    """Whether the device has lost voltage by what it did, so that this ends by itself."""
    most = max(ohms, key=lambda name: abs(there[name].level - here[name].level))
    return abs(there[most].level) < abs(here[most].level)


def _between(
    here: Mapping[str, Drive], there: Mapping[str, Drive], share: float
) -> dict[str, Drive]:
    """The drives so far on the way from one set to another."""
    return {
        name: drive._replace(level=drive.level + share * (there[name].level - drive.level))
        for name, drive in here.items()
    }


def _identity(size: int) -> list[list[float]]:
    return [[float(row == column) for column in range(size)] for row in range(size)]


Bounds = Sequence[tuple[float, float]]
"""Lowest and highest voltage that a load line can leave at each terminal."""

Missing = Callable[[Sequence[float]], list[float]]
"""By how much the voltages of terminals are above what their load lines leave."""


def _secants(
    missing: Missing,
    volts: list[float],
    inverse: list[list[float]],
    bounds: Bounds,
    enough: float,
) -> bool:
    """Broyden's method from ``volts`` on, kept in place as is ``inverse``; whether it converged.

    ``inverse`` is that of the slopes of ``missing`` (C. G. Broyden, Math. Comput. 19, 577, 1965).
    """
    places = range(len(volts))
    here = missing(volts)
    for _ in range(_STEPS):
        if max(map(abs, here)) <= enough:
            return True
        step = [-_product(row, here) for row in inverse]
        for i, (low, high) in enumerate(bounds):
            if not isfinite(step[i]):
                return False
            step[i] = min(max(volts[i] + step[i], low), high) - volts[i]
            volts[i] += step[i]
        there = missing(volts)
        change = [there[i] - here[i] for i in places]
        turned = [_product(row, change) for row in inverse]
        scale = _product(step, turned)
        if scale:
            along = [_product(step, column) for column in zip(*inverse, strict=True)]
            for i, row in enumerate(inverse):
                factor = (step[i] - turned[i]) / scale
                for j in places:
                    row[j] += factor * along[j]
        here = there
    return max(map(abs, here)) <= enough


def _product(one: Sequence[float], other: Sequence[float]) -> float:
    total: float = sum(map(mul, one, other))
    return total


def _bisect(
    missing: Missing, volts: list[float], bounds: Bounds, enough: float, index: int = 0
) -> None:
    """Halve the bounds of a terminal, those after it met each time; slow but sure.

    What is missing at a terminal grows with its voltage, the terminals after it following suit.
    """
    low, high = bounds[index]
    while high - low > enough / 16:
        volts[index] = (low + high) / 2
        if index + 1 < len(volts):
            _bisect(missing, volts, bounds, enough / 16, index + 1)
        if missing(volts)[index] > 0.0:
            high = volts[index]
        else:
            low = volts[index]
