"""What the lines of the cards stood at within one block, and what reads it."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mho.sim_instruments.ni_daqmx.line import HALF_SCALE, DigitalPort, OutputLine, codes_of
from mho.sim_instruments.ni_daqmx.runs import (
    AnalogRun,
    AnalogSource,
    DigitalRun,
)
from mho.sim_instruments.ni_daqmx.ticks import Train

SINE, WAVE = 100, 0.6
"""Samples in a period of the sine on an input that is wired to nothing, and its amplitude over
half the distance of the channel's limits."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Lines = Sequence[Sequence[tuple[DigitalPort, int]]]


class Record:
    """What one line or port stood at within a block: moments of change, and what it then was."""

    def __init__(self, before: int) -> None:
        self._moments: list[Floats] = []
        self._codes: list[Ints] = [np.array([before])]

    def add(self, moments: Floats, codes: Ints) -> None:
        """Later changes."""
        self._moments.append(moments)
        self._codes.append(codes)

    def at(self, moments: Floats) -> Ints:
        """What it stood at at these moments."""
        changes = np.concatenate(self._moments) if self._moments else np.empty(0)
        where = np.searchsorted(changes, moments, side="right")
        return np.asarray(np.concatenate(self._codes)[where])


class Block:
    """One block: what the outputs did in it."""

    def __init__(self) -> None:
        self.lines: dict[int, Record] = {}
        self.ports: dict[int, Record] = {}
        self.steps: list[tuple[float, OutputLine, int]] = []


def unwired(source: AnalogSource, run: AnalogRun, train: Train, block: Block) -> Floats:
    """What an input reads that no terminal is wired to."""
    if source.follows is not None:
        line = source.follows
        record = block.lines.get(id(line))
        if record is None:
            return np.full(train.edges, line.volts)
        return np.asarray(record.at(train.moments()) * (line.full_scale / HALF_SCALE))
    if source.waves:
        numbers = run.ticks.taken - train.edges + np.arange(train.edges)
        middle, swing = (source.high + source.low) / 2, (source.high - source.low) / 2
        return np.asarray(middle + WAVE * swing * np.sin(numbers * (2 * math.pi / SINE)))
    return np.zeros(train.edges)


def within_limits(volts: Floats, deviations: Floats, source: AnalogSource) -> NDArray[np.int16]:
    """The codes of a sine that stays within the channel's limits, its noise as well."""
    noise = min(source.noise, (source.high - source.low) / 50) * deviations
    return codes_of(np.clip(volts + noise, source.low, source.high), source.full_scale)


def lines_at(run: DigitalRun, train: Train, block: Block) -> NDArray[np.int64]:
    """The samples of one train, one row a channel, the lines of a channel as bits."""
    rows = []
    moments = train.moments()
    first = run.ticks.taken - train.edges
    for lines in run.channels:
        row = np.zeros(train.edges, dtype=np.int64)
        for place, (port, bit) in enumerate(lines):
            if run.counts and not port.driven >> bit & 1:
                states = (first + np.arange(train.edges)) >> (bit % 8)
            else:
                record = block.ports.get(id(port))
                states = (
                    np.full(train.edges, port.state >> bit)
                    if record is None
                    else record.at(moments) >> bit
                )
            row |= (states & 1) << place
        rows.append(row.astype(np.int64))
    return np.stack(rows)


def ports_of(channels: Lines) -> list[DigitalPort]:
    """The ports that channels have lines of."""
    return list({id(port): port for lines in channels for port, _ in lines}.values())


def with_lines(port: DigitalPort, channels: Lines, samples: NDArray[np.generic]) -> Ints:
    """The states of a port as the samples of channels, one row each, make it."""
    state = np.full(samples.shape[1], port.state, dtype=np.int64)
    for row, lines in zip(samples.astype(np.int64), channels, strict=True):
        for place, (other, bit) in enumerate(lines):
            if other is port:
                state = state & ~(1 << bit) | ((row >> place) & 1) << bit
    return state
