"""Sweeps of system mode: the levels of one SMU, timed by the 4200A. Pure, no I/O.

Levels that are evenly spaced go as a linear sweep of VAR1, all others as a list. A list ends with
a level of 0 V of its own; after a linear sweep the 4200A puts the SMU on standby at its last level
(automatic standby, manual p. 5-14), then user mode holds 0 V. Logarithmic sweeps go as a list, too:
VAR1 takes no compliance with them, and which one applies is not documented. Currents go as a list,
too: below which step VAR1 takes one for 0 is documented for voltages only.

A family of curves is a linear sweep with a second SMU as VAR2. What its steps or points do not fit
into is played curve by curve.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from math import ceil

from mho.drivers.keithley_4200a.codec.system_mode import LevelSweep, Ramp, Stepper
from mho.drivers.keithley_4200a.compiler.smu import Smu
from mho.drivers.keithley_4200a.ranges import (
    BUFFER,
    MAX_DELAY,
    MAX_STEPS,
    MAX_SWEEP_POINTS,
    MIN_SMU_STEP,
    MIN_SWEEP_LEVEL,
)
from mho.errors import LimitError, UnsupportedError
from mho.quantities import SECOND
from mho.stimuli import Family, PulseTrain, Segment, Source, Sweep


def compile_sweep(sweep: Sweep, smu: Smu) -> LevelSweep | None:
    """The sweep as one test; None if its levels last too long for it.

    Raises
    ------
    LimitError
        More levels than the buffer holds.
    """
    if sweep.dwell - sweep.aperture > MAX_DELAY:
        return None
    listed = _list(list(sweep.score().at(sweep.terminal))[:-1], sweep.dwell, sweep.compliance, smu)
    stops = sweep.stop_in_compliance
    ramp = ramp_of(sweep.levels) if sweep.source is Source.VOLTAGE else None
    if ramp is None or not 2 <= len(sweep.levels) <= MAX_SWEEP_POINTS:
        return replace(listed, stops=stops)
    return replace(listed, levels=listed.levels[:-1], ramp=ramp, stops=stops)


def compile_family(family: Family, swept: Smu, stepped: Smu) -> LevelSweep | None:
    """The family as one test; None if it has to be played curve by curve.

    A lead cannot be part of the test: whether HT holds before each curve or before the first one
    only is not documented.
    """
    sweep = compile_sweep(family.sweep, swept)
    steps = ramp_of(family.steps)
    if sweep is None or sweep.ramp is None or steps is None or len(family.steps) > MAX_STEPS:
        return None
    count = len(family.steps)
    if family.lead or count < 2 or len(sweep.levels) * count > BUFFER:
        return None
    stepper = Stepper(stepped.number, steps, count, family.step_compliance)
    return replace(sweep, stepper=stepper, wanted=range(len(sweep.levels) * count))


def compile_train(train: PulseTrain, smu: Smu) -> LevelSweep | None:
    """The train as a list; None if its reads have another source, or a higher limit.

    A point lasts as long as a pulse, or an equal part of that. Rests and reads that are no
    multiple of it last up to one point longer.

    Raises
    ------
    LimitError
        More points than the buffer holds.
    UnsupportedError
        No point is long enough to integrate over and short enough for the delay of a sweep.
    """
    wanted = list(train.score().at(train.terminal))[:-1]
    if any(segment.source is not train.source for segment in wanted):
        return None
    verify = train.verify
    if verify is not None and verify.compliance > train.compliance:
        return None
    return _list(wanted, _point(train.width, wanted, smu), train.compliance, smu)


def ramp_of(levels: Sequence[float]) -> Ramp | None:
    """The ramp through ``levels``; None if they are not even to the microvolt, or not sendable.

    Starts and steps below 1 mV would become 0 (manual p. 5-17, 5-19).
    """
    start, stop = levels[0], levels[-1]
    step = round((stop - start) / max(len(levels) - 1, 1), 6)
    even = all(abs(start + index * step - level) < 1e-6 for index, level in enumerate(levels))
    lost = 0 < abs(start) < MIN_SWEEP_LEVEL or (len(levels) > 1 and abs(step) < MIN_SWEEP_LEVEL)
    return Ramp(start, stop, step) if even and not lost else None


def _point(width: float, wanted: Sequence[Segment], smu: Smu) -> float:
    """Of all that divide ``width``, the duration of a point that lengthens the others least."""
    durations = Counter(segment.duration for segment in wanted)
    integrating = _integration(wanted, width, smu) / smu.line_frequency

    def costs(parts: int) -> tuple[bool, float, int]:
        point = width / parts
        points = {duration: _points_of(duration, point) for duration in durations}
        longer = sum(n * (points[own] * point - own) for own, n in durations.items())
        number = sum(n * points[own] for own, n in durations.items())
        return number + 1 > BUFFER, round(longer, 9), number

    possible = [
        parts
        for parts in range(1, min(int(width / MIN_SMU_STEP * (1 + 1e-9)), BUFFER) + 1)
        if -1e-9 <= width / parts - integrating <= MAX_DELAY
    ]
    return width / min(possible, key=costs, default=1)


def _points_of(duration: float, point: float) -> int:
    return ceil(duration / point - 1e-6)


def _integration(wanted: Sequence[Segment], point: float, smu: Smu) -> float:
    """Line cycles of all points: as the shortest aperture asks for."""
    apertures = [segment.aperture for segment in wanted if segment.aperture is not None]
    return smu.integration(min(apertures, default=point))


def _list(wanted: list[Segment], point: float, compliance: float, smu: Smu) -> LevelSweep:
    plc = _integration(wanted, point, smu)
    delay = point - plc / smu.line_frequency
    if not -1e-9 <= delay <= MAX_DELAY:
        raise UnsupportedError(
            f"{SECOND.show(point)} a point, {SECOND.show(plc / smu.line_frequency)} of it "
            f"integrating: the delay between has to be 0 to {SECOND.show(MAX_DELAY)} in a sweep "
            f"of {smu.limits.instrument}"
        )
    repeats = [_points_of(segment.duration, point) for segment in wanted]
    number = sum(repeats)
    if number + 1 > BUFFER:
        raise LimitError(
            [
                f"{number} points of {SECOND.show(point)} and the return to 0 V are more than "
                f"the {BUFFER} that a list sweep of {smu.limits.instrument} holds; shorten it"
            ]
        )
    levels = [p.level for p, count in zip(wanted, repeats, strict=True) for _ in range(count)]
    ends = accumulate(repeats)
    return LevelSweep(
        levels=(*levels, 0.0),
        wanted=tuple(
            end - 1 for end, p in zip(ends, wanted, strict=True) if p.aperture is not None
        ),
        delay=max(delay, 0.0),
        plc=plc,
        point=point,
        compliance=compliance,
        current_floor=smu.floor(wanted[0].source, min(segment.limit for segment in wanted)),
        source=wanted[0].source,
    )
