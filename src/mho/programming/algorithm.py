"""What a programming algorithm is: what it is told, what it orders, what it sees.

An algorithm touches no instrument. It gives an `Order` for each cell, is told what was `Seen`, and
keeps what it has learnt in a state that is a plain value: the same code drives one cell on a bench
and ten thousand in the arena. Every array has one entry a cell; all are SI. Amplitudes are signed
by what they do, not by how a terminal is wired: positive sets (raises the conductance), negative
resets.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mho.device.profile import DeviceProfile
from mho.frozen import Frozen

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


class End(StrEnum):
    """How the programming of a cell ended; ``""`` while it goes on."""

    GOES_ON = ""
    REACHED = "reached"
    PULSE_BUDGET = "pulse budget"
    AMPLITUDE_LIMIT = "amplitude limit"
    STUCK = "stuck"
    NOISE_LIMITED = "noise limited"
    CONTACT_LOST = "contact lost"


class Goal(NamedTuple):
    """What each cell is to be brought to: shape (n,), in S. From ``low`` to ``high`` is reached."""

    target: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What an algorithm may do, the same for all cells; amplitudes are magnitudes.

    Attributes
    ----------
    set_limit, reset_limit
        Largest amplitude of either polarity (V).
    amplitude_step
        What the source can tell apart (V).
    width, shortest, longest
        Of a pulse (s): unless the algorithm chooses; what it may choose.
    max_pulses
        On one cell for one target.
    read_voltage, aperture
        Of a read (V, s); reads follow one another by at least the aperture.
    longest_look
        The time (s) that looks for one decision may take together.
    read_noise, read_offset
        Standard deviation of one read by the instrument alone: relative, and absolute (A).
    confidence
        With which ``REACHED`` is to be said: the share of cells so declared that are.
    judged_after, judged_for
        The mean that is meant by "reached": begun so long after the end (s), over so long (s).
    """

    set_limit: float
    reset_limit: float
    amplitude_step: float
    width: float
    shortest: float
    longest: float
    max_pulses: int
    read_voltage: float
    aperture: float
    longest_look: float
    read_noise: float
    read_offset: float
    confidence: float = 0.9
    judged_after: float = 1.0
    judged_for: float = 10.0


class Order(NamedTuple):
    """What is to be done next, or that it is over: shape (n,).

    A pulse of ``amplitude`` (V, signed; 0 for none) and ``width`` (s), ``wait`` seconds later a
    look: ``reads`` reads, one every ``interval`` seconds.

    ``end`` holds members of `End`; where it is not ``GOES_ON`` the rest means nothing.
    ``confidence`` is the probability that the judged mean lies within, by what is known now; NaN
    for an algorithm that does not know.
    """

    amplitude: Floats
    width: Floats
    wait: Floats
    reads: Counts
    interval: Floats
    end: NDArray[np.object_]
    confidence: Floats


class Seen(NamedTuple):
    """What came of an order.

    ``conductances`` (S) has shape (n, m): the reads of the look in order, NaN beyond those that a
    cell was given and where a read was at its limit. ``pulse_voltage`` (V, signed as ordered) is
    what stood at the cell's terminal, NaN where there was no pulse or it is not known.
    """

    conductances: Floats
    pulse_voltage: Floats


State = TypeVar("State")


class Algorithm(Protocol[State]):
    """Steps of N cells at once. No method changes what it is given."""

    def begin(self, goal: Goal) -> tuple[State, Order]:
        """What to do first, of cells that nothing is known of yet."""
        ...

    def go_on(self, state: State, seen: Seen) -> tuple[State, Order]:
        """What to do next. Cells that have ended are left out by the caller (see `only`)."""
        ...


@runtime_checkable
class Learning(Protocol[State]):
    """An algorithm that also takes what it has learnt of cells to their next targets.

    What is learnt are plain numbers by name, shape (n,), NaN where nothing is: they are kept with
    the runs of a cell, and given back at the next target and in the next run.
    """

    def learnt(self, state: State) -> Mapping[str, Floats]:
        """What is known of the cells by now."""
        ...

    def begin_knowing(self, goal: Goal, learnt: Mapping[str, Floats]) -> tuple[State, Order]:
        """As `Algorithm.begin`, of cells that were learnt of before; unknown names are ignored."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AlgorithmKind:
    """An algorithm that a recipe can name (group ``mho.algorithms``).

    ``build(settings, means, profile)`` gives the algorithm.
    """

    name: str
    title: str
    settings: type[Frozen]
    build: Callable[[Any, Means, DeviceProfile], Algorithm[Any]]


def only(state: State, cells: NDArray[np.intp]) -> State:
    """The part of a state that concerns these cells.

    A state is a frozen dataclass of arrays by cell, or of such dataclasses.
    """
    return _each(lambda array: array[cells], state)


def put(state: State, cells: NDArray[np.intp], part: State) -> State:
    """The state with another part for these cells: what `only` takes out, back in its place."""

    def with_part(array: NDArray[Any], new: NDArray[Any]) -> NDArray[Any]:
        array = array.copy()
        array[cells] = new
        return array

    return _each(with_part, state, part)


def _each(change: Callable[..., Any], state: State, *others: Any) -> State:
    changed = {}
    for f in fields(state):  # type: ignore[arg-type]
        values = [getattr(one, f.name) for one in (state, *others)]
        nested = is_dataclass(values[0])
        changed[f.name] = _each(change, *values) if nested else change(*values)
    return replace(state, **changed)  # type: ignore[type-var]
