"""Plays the tasks of all cards up to a moment, in the order of time.

Outputs are put out and inputs acquired in blocks. Within a block the world is told of an output
that is wired to it only where its code changes, and asked for readings as `stretches` says; all
else is arithmetic on whole arrays.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mho.rehearsal import World
from mho.sim_instruments.ni_daqmx.block import (
    Block,
    Record,
    lines_at,
    ports_of,
    unwired,
    with_lines,
    within_limits,
)
from mho.sim_instruments.ni_daqmx.line import HALF_SCALE, OutputLine, codes_of
from mho.sim_instruments.ni_daqmx.runs import (
    AnalogRun,
    AnalogSource,
    DigitalRun,
    InputRun,
    OutputRun,
)
from mho.sim_instruments.ni_daqmx.stretches import filled, low_passed, probes
from mho.sim_instruments.ni_daqmx.ticks import Train
from mho.stimuli import Drive

BLOCK = 100_000
"""Samples of one task that are played in one go."""
SETTLED = 12.0
"""Time constants after which a pole has settled to less than a code."""
Floats = NDArray[np.float64]


class Player:
    """Plays against a world. ``noise`` is that of the cards' converters and of the amplifiers."""

    def __init__(self, world: World, noise: np.random.Generator) -> None:
        self._world = world
        self.noise = noise
        self._limits: dict[int, float] = {}

    def wire(self, line: OutputLine, limit: float) -> None:
        """From now on this output drives at most so many amperes."""
        self._limits[id(line)] = limit

    def drive(self, moment: float, line: OutputLine, code: int) -> None:
        """Tell the world that an output stands at ``code`` from ``moment`` on."""
        if line.terminal is not None:
            volts = code * (line.full_scale / HALF_SCALE)
            drive = Drive(volts, self._limits[id(line)])
            self._world.drive(moment, line.terminal, drive, line.shunt)

    def play(
        self, outputs: Sequence[OutputRun], inputs: Sequence[InputRun], begin: float, end: float
    ) -> None:
        """Play what is due after ``begin`` and until ``end``; no task has more than `BLOCK`."""
        block = Block()
        for run in outputs:
            for train, samples in run.take(end, BLOCK):
                self._put_out(block, run, train, samples)
        taken = [(run, run.ticks.take(end, BLOCK)) for run in inputs if run.ended is None]
        wired = [
            (run, train, source)
            for run, trains in taken
            if isinstance(run, AnalogRun)
            for train in trains
            for source in run.sources
            if source.line is not None and source.line.terminal is not None
        ]
        read = self._through(block, wired, begin)
        for acquisition, trains in taken:
            for train in trains:
                if isinstance(acquisition, AnalogRun):
                    codes = self._converted(acquisition, train, block, read)
                    acquisition.put(codes, train.end)
                elif isinstance(acquisition, DigitalRun):
                    acquisition.put(lines_at(acquisition, train, block), train.end)

    # ---- outputs

    def _put_out(
        self, block: Block, run: OutputRun, train: Train, samples: NDArray[np.generic]
    ) -> None:
        moments = train.moments()
        for row, line in zip(samples, run.lines, strict=False):
            codes = np.asarray(row, dtype=np.int64)
            record = block.lines.setdefault(id(line), Record(line.code))
            record.add(moments, codes)
            if line.terminal is not None:
                before = np.concatenate(([line.code], codes[:-1]))
                block.steps += [
                    (float(moments[n]), line, int(codes[n]))
                    for n in np.flatnonzero(codes != before)
                ]
            line.code = int(codes[-1])
        for port in ports_of(run.channels):
            record = block.ports.setdefault(id(port), Record(port.state))
            state = with_lines(port, run.channels, samples)
            record.add(moments, state)
            port.state = int(state[-1])

    # ---- the world

    def _through(
        self,
        block: Block,
        wired: Sequence[tuple[InputRun, Train, AnalogSource]],
        begin: float,
    ) -> dict[tuple[int, Train], Floats]:
        """Go through the block, change by change; gives the amplifiers' outputs by source."""
        steps = sorted(block.steps, key=lambda step: step[0])
        moments = np.array([moment for moment, _, _ in steps])
        bounds = {
            train: [
                0,
                *np.searchsorted(train.moments(), moments, side="left").tolist(),
                train.edges,
            ]
            for _, train, _ in wired
        }
        read: dict[tuple[int, Train], list[Floats]] = {(id(s), train): [] for _, train, s in wired}
        since = begin
        for stretch in range(len(steps) + 1):
            if stretch:
                since, line, code = steps[stretch - 1]
                self.drive(since, line, code)
            until = steps[stretch][0] if stretch < len(steps) else math.inf
            if until <= since and stretch:
                continue
            asked: list[tuple[float, int, int]] = []
            chosen: list[list[int]] = []
            for number, (_, train, _) in enumerate(wired):
                first, last = bounds[train][stretch], bounds[train][stretch + 1]
                wanted = probes(last - first)
                chosen.append(wanted)
                asked += [(train.moment(first + n), number, n) for n in wanted]
            answers: list[list[float]] = [[] for _ in wired]
            for moment, number, _ in sorted(asked):
                source = wired[number][2]
                answers[number].append(self._answer(moment, source))
            for number, (_, train, source) in enumerate(wired):
                first, last = bounds[train][stretch], bounds[train][stretch + 1]
                if last > first:
                    values = filled(chosen[number], answers[number], last - first)
                    read[id(source), train].append(
                        self._followed(values, source, since, train, first)
                    )
                elif until < math.inf:
                    self._passes(source, since, until, train, first)
        return {
            (id(source), train): self._at_output(read[id(source), train], source)
            for _, train, source in wired
        }

    def _answer(self, moment: float, source: AnalogSource) -> float:
        """What the amplifier would give at ``moment`` if it were fast (V)."""
        assert source.line is not None and source.line.terminal is not None  # noqa: S101
        response = self._world.read(moment, source.line.terminal)
        amplifier = source.line.amplifier
        if amplifier.measures == "voltage":
            return response.voltage + amplifier.offset
        return response.current * amplifier.gain + amplifier.offset

    def _followed(
        self, values: Floats, source: AnalogSource, since: float, train: Train, first: int
    ) -> Floats:
        """What the pole of the amplifier makes of a stretch that began at ``since``."""
        assert source.line is not None  # noqa: S101
        bandwidth = source.line.amplifier.bandwidth
        if bandwidth is None:
            return values
        pole = 1 / (2 * math.pi * bandwidth)
        if source.pole_at is not None:
            since = max(since, source.pole_at)
        before = source.pole if source.pole_at is not None else float(values[0])
        ahead = max(0.0, train.moment(first) - since)
        values = low_passed(values, ahead, train.period, before, pole)
        source.pole = float(values[-1])
        source.pole_at = train.moment(first + len(values) - 1)
        return values

    def _at_output(self, parts: list[Floats], source: AnalogSource) -> Floats:
        """What the amplifier gives, with its noise, as far as it goes."""
        assert source.line is not None  # noqa: S101
        amplifier = source.line.amplifier
        values = np.concatenate(parts)
        if amplifier.noise:
            values = values + amplifier.noise * self.noise.standard_normal(len(values))
        return np.clip(values, -amplifier.saturation, amplifier.saturation)

    def _passes(
        self, source: AnalogSource, since: float, until: float, train: Train, first: int
    ) -> None:
        """A stretch without a sample still moves the pole, if the next sample will tell."""
        assert source.line is not None  # noqa: S101
        bandwidth = source.line.amplifier.bandwidth
        if bandwidth is None:
            return
        pole = 1 / (2 * math.pi * bandwidth)
        if first < train.edges and train.moment(first) - until > SETTLED * pole:
            return
        began = since if source.pole_at is None else max(since, source.pole_at)
        value = np.array([self._answer(until, source)])
        before = source.pole if source.pole_at is not None else float(value[0])
        source.pole = float(low_passed(value, until - began, 1.0, before, pole)[0])
        source.pole_at = until

    # ---- inputs

    def _converted(
        self,
        run: AnalogRun,
        train: Train,
        block: Block,
        read: dict[tuple[int, Train], Floats],
    ) -> NDArray[np.int16]:
        """The codes of one train, one row a channel."""
        rows = []
        for source in run.sources:
            volts = read.get((id(source), train))
            if volts is None:
                volts = unwired(source, run, train, block)
            deviations = self.noise.standard_normal(train.edges)
            if source.waves:
                rows.append(within_limits(volts, deviations, source))
            else:
                rows.append(codes_of(volts + source.noise * deviations, source.full_scale))
        return np.stack(rows)
