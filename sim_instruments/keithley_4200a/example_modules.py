"""An example of a user module: what a memory sweep of 25 parameters looks like, and does.

Names, order and defaults follow the shape of modules that laboratories call over KXCI to switch a
resistive memory to and fro; what the parameters mean in detail is ours. A pulse card sources the
sweep (``useSmu`` 0), which limits no current, or an SMU does.
"""

from collections.abc import Generator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from mho.sim_instruments.keithley_4200a.apparatus import Apparatus
from mho.sim_instruments.keithley_4200a.user_modules import (
    Outcome,
    Parameter,
    Steps,
    UserModule,
    Value,
)

ARRAY_TOO_SMALL = -17110
"""Return value of such modules where an output array cannot take a single sweep."""

LEVELS = 50
"""Levels of an SMU from 0 to a peak."""

READ_EDGE, READ_WIDTH = 1e-6, 10e-6
READ_CYCLES, SWEEP_CYCLES = 1.0, 0.01

TIME_GRID = 10e-9
"""Of segment times (s)."""

NOTHING, SPOT_MEAN, WAVEFORM = 0, 1, 2
"""Measure types of a segment: KXCI manual Rev. E page 7-45."""


class Point(NamedTuple):
    """Volts, amperes, seconds since the start."""

    voltage: float
    current: float
    time: float


class Choice(NamedTuple):
    """The inputs of one call."""

    rise: float
    width: float
    delay: float
    channel: int
    reset_level: float
    set_level: float
    current_range: float
    reset_limit: float
    set_limit: float
    read_level: float
    reads: bool
    uses_smu: bool
    iterations: int
    room: int
    high: int
    low: int


Sweep = Generator[float, None, list[Point]]
Reading = Generator[float, None, float]


def reram_sweep(values: Mapping[str, Value], apparatus: Apparatus) -> Steps:
    """Read, sweep to the set level and back, read, sweep to the reset level and back, read."""
    choice = _choice(values)
    if choice.room < 2 * LEVELS + 1:
        return Outcome(ARRAY_TOO_SMALL)
    sweep, read = (_smu_sweep, _smu_read) if choice.uses_smu else (_pmu_sweep, _pmu_read)
    halves = (
        (choice.set_level, choice.set_limit, "setResistance"),
        (choice.reset_level, choice.reset_limit, "resetResistance"),
    )
    resistances: dict[str, float] = {}
    points: list[Point] = []
    start = apparatus.now
    if choice.uses_smu:
        apparatus.force_voltage(choice.low, 0.0, 0.1)
    if choice.reads:
        resistances["initResistance"] = yield from read(choice, apparatus)
    for _ in range(choice.iterations):
        for level, limit, name in halves:
            began = apparatus.now - start
            found = yield from sweep(choice, apparatus, level, limit)
            points += [point._replace(time=began + point.time) for point in found]
            yield choice.delay
            if choice.reads:
                resistances[name] = yield from read(choice, apparatus)
    apparatus.switch_all_off()
    kept = points[: choice.room]
    return Outcome(
        0,
        {
            "Vforce": [point.voltage for point in kept],
            "Imeas": [point.current for point in kept],
            "Time": [point.time for point in kept],
            "pts": len(kept),
            **resistances,
        },
    )


def _choice(values: Mapping[str, Value]) -> Choice:
    number = {name: float(value) for name, value in values.items() if not isinstance(value, tuple)}
    return Choice(
        rise=number["riseTime"],
        width=number["widthTime"],
        delay=number["delayTime"],
        channel=int(number["complianceCH"]),
        reset_level=number["resetV"],
        set_level=number["setV"],
        current_range=number["Irange"],
        reset_limit=number["resetIcomp"],
        set_limit=number["setIcomp"],
        read_level=number["resTestV"],
        reads=bool(number["takeRmeas"]),
        uses_smu=bool(number["useSmu"]),
        iterations=int(number["numIter"]),
        room=int(min(number["VforceSize"], number["ImeasSize"], number["TimeSize"])),
        high=int(number["smuHigh"]),
        low=int(number["smuLow"]),
    )


# ---- by SMUs: one forces and measures, the other one is ground


def _smu_sweep(choice: Choice, apparatus: Apparatus, level: float, limit: float) -> Sweep:
    """A staircase to ``level`` and back, with a current limit."""
    up = [level * step / LEVELS for step in range(LEVELS + 1)]
    start, points = apparatus.now, []
    for volts in (*up, *up[-2::-1]):
        apparatus.force_voltage(choice.high, volts, limit)
        yield choice.rise / LEVELS
        reading = yield from apparatus.measure(choice.high, SWEEP_CYCLES)
        points.append(Point(volts, reading.current, apparatus.now - start))
    return points


def _smu_read(choice: Choice, apparatus: Apparatus) -> Reading:
    apparatus.force_voltage(choice.high, choice.read_level, choice.current_range)
    reading = yield from apparatus.measure(choice.high, READ_CYCLES)
    apparatus.force_voltage(choice.high, 0.0, choice.current_range)
    return _resistance(reading.voltage, reading.current)


# ---- by a pulse card


def _pmu_sweep(
    choice: Choice,
    apparatus: Apparatus,
    level: float,
    limit: float,  # noqa: ARG001 - a pulse card limits no current
) -> Sweep:
    """A trapezoid to ``level`` and back, sampled all along."""
    corners = ((0.0, choice.delay), (level, choice.rise), (level, choice.width), (0.0, choice.rise))
    yield from _play(choice, apparatus, corners, [WAVEFORM] * len(corners))
    return _data(choice, apparatus)


def _pmu_read(choice: Choice, apparatus: Apparatus) -> Reading:
    level = choice.read_level
    corners = ((level, READ_EDGE), (level, READ_WIDTH), (0.0, READ_EDGE))
    yield from _play(choice, apparatus, corners, [NOTHING, SPOT_MEAN, NOTHING])
    (point,) = _data(choice, apparatus)
    return _resistance(point.voltage, point.current)


def _play(
    choice: Choice,
    apparatus: Apparatus,
    corners: Sequence[tuple[float, float]],
    measured: Sequence[int],
) -> Generator[float, None, None]:
    """From 0 V to one corner (V, in s) after another, with a measure type for each segment."""
    channel = choice.channel
    levels = [0.0, *(level for level, _ in corners)]
    times = [round(time / TIME_GRID) * TIME_GRID for _, time in corners]
    rate = (choice.room - len(corners)) / (2 * choice.iterations * sum(times))
    starts, stops = zip(*pairwise(levels), strict=True)
    apparatus.pulse(
        ":PMU:INIT 1",
        f":PMU:SOURCE:RANGE {channel}, 10",
        f":PMU:MEASURE:RANGE {channel}, 2, {choice.current_range:g}",
        f":PMU:SAMPLE:RATE {min(200e6, max(1e3, rate)):.0f}",
        _array(channel, "TIME", times),
        _array(channel, "STARTV", starts),
        _array(channel, "STOPV", stops),
        _array(channel, "MEAS:TYPE", measured),
        f":PMU:SARB:WFM:SEQ:LIST {channel}, 1, 1",
        f":PMU:OUTPUT:STATE {channel}, 1",
    )
    yield from apparatus.execute()


def _array(channel: int, name: str, values: Sequence[float]) -> str:
    return f":PMU:SARB:SEQ:{name} {channel}, 1, " + ", ".join(f"{value:.9g}" for value in values)


def _data(choice: Choice, apparatus: Apparatus) -> list[Point]:
    reply = apparatus.pulse(f":PMU:DATA:GET {choice.channel}, 0, 2048, V I T")
    return [Point(*(float(text) for text in row.split(","))) for row in reply.split(";") if row]


def _resistance(voltage: float, current: float) -> float:
    return voltage / current if current else float("inf")


RERAM_SWEEP = UserModule(
    library="mho_examples",
    name="reram_sweep",
    about="read, set, read, reset, read: by a pulse card, or by an SMU with current limits",
    parameters=(
        Parameter("riseTime", default=1e-4, low=2e-8, high=30e-3),
        Parameter("widthTime", default=1e-6, low=2e-8, high=1.0),
        Parameter("delayTime", default=1e-4, low=2e-8, high=1.0),
        Parameter("complianceCH", "int", default=1, low=1, high=8),
        Parameter("resetV", default=-2.5, low=-10, high=10),
        Parameter("setV", default=2.5, low=-10, high=10),
        Parameter("Irange", default=10e-3, low=1e-9, high=0.1),
        Parameter("resetIcomp", default=10e-3, low=0, high=0.1),
        Parameter("setIcomp", default=1e-3, low=0, high=0.1),
        Parameter("resTestV", default=0.1, low=-10, high=10),
        Parameter("takeRmeas", "int", default=1, low=0, high=1),
        Parameter("useSmu", "int", default=0, low=0, high=1),
        Parameter("numIter", "int", default=1, low=1, high=100),
        Parameter("Vforce", "doubles", is_output=True),
        Parameter("VforceSize", "int", default=1000, low=1, high=32767),
        Parameter("Imeas", "doubles", is_output=True),
        Parameter("ImeasSize", "int", default=1000, low=1, high=32767),
        Parameter("Time", "doubles", is_output=True),
        Parameter("TimeSize", "int", default=1000, low=1, high=32767),
        Parameter("pts", "int", is_output=True),
        Parameter("resetResistance", is_output=True),
        Parameter("setResistance", is_output=True),
        Parameter("initResistance", is_output=True),
        Parameter("smuHigh", "int", default=1, low=1, high=8),
        Parameter("smuLow", "int", default=2, low=1, high=8),
    ),
    run=reram_sweep,
)

MODULES = (RERAM_SWEEP,)
