"""Training in the memory: read the product, compare, write the outer product; vector by vector.

The slots in which a row and a column fire are drawn with the magnitudes of input and error as
probabilities, so that on the average a cell moves by their product (Gokmen and Vlasov, Frontiers
in Neuroscience 10, 333, 2016).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import nan
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field

from mho.bench import Bench, Plan, Planned
from mho.device.profile import DeviceProfile
from mho.frozen import Frozen
from mho.protocols import columns
from mho.protocols.array_lines import (
    Floats,
    LineReads,
    Lines,
    Range,
    conductances,
    currents,
    product,
    require_lines,
)
from mho.quantities import Amperes, Seconds, Siemens, Volts
from mho.recording.columns import LongName
from mho.stimuli import OuterProduct, duration
from mho.stimuli.arrays import Slots


class TrainingSettings(Frozen):
    """How an array is trained."""

    lines: Lines = Field(description="the lines of the array")
    range: Range = Field(description="of the cells; weights count in parts of it")
    epochs: int = Field(default=12, ge=1, le=10_000, description="times through all vectors")
    time_slots: int = Field(default=10, ge=1, le=1000, description="of time for one outer product")
    amplitude: Volts = Field(
        gt=0, description="over a cell that is written; each line takes half of it"
    )
    width: Seconds | None = Field(
        default=None,
        gt=0,
        description="of a pulse in a slot, and of the gap after it; left out: pulse_width of the "
        "device",
    )
    slope: float = Field(
        default=20.0, gt=0, description="of the logistic function, per part of the range"
    )
    reads: LineReads = Field(default=LineReads(), description="how the array is read")
    hold: Seconds = Field(
        default=20.0,
        ge=0,
        description="at rest after the last epoch, before the cells are read once more; 0: they "
        "are not",
    )
    seed: int = Field(default=0, ge=0, description="of vectors and slots")


class Phase(StrEnum):
    """What a row tells."""

    VECTOR = "vector"
    WEIGHT = "weight"
    KEPT = "weight kept"


class Verdict(StrEnum):
    """Whether the run goes on, and if not, how it ended."""

    GOES_ON = "goes on"
    COMPLETE = "complete"
    BREAKDOWN = "breakdown"


class TrainingRow(NamedTuple):
    """What one output said to one vector; or a cell, after an epoch or a time at rest."""

    time: columns.Time
    phase: Annotated[Phase, LongName("output for a vector, or weight after an epoch or at rest")]
    epoch: Annotated[int, LongName("number of the epoch, from 1; 0: before the first")]
    vector: Annotated[int, LongName("number of the vector in the epoch, from 1; 0: a weight")]
    output: Annotated[int, LongName("number of the output, from 0; -1: a weight")]
    input_1: Annotated[float, LongName("first input; NaN for a weight")]
    input_2: Annotated[float, LongName("second input; NaN for a weight")]
    label: Annotated[int, LongName("what the output should say, 0 or 1; -1: a weight")]
    signal: Annotated[float, LongName("weighted sum in parts of the range; NaN for a weight")]
    probability: Annotated[float, LongName("logistic function of the signal; NaN for a weight")]
    row: Annotated[int, LongName("row of the cell, from 0; -1: an output")]
    column: Annotated[int, LongName("column of the cell, from 0; -1: an output")]
    conductance: Annotated[Siemens, LongName("of the cell; NaN for an output")]
    current: Annotated[Amperes, LongName("difference of the currents; NaN for a weight")]
    in_compliance: columns.InCompliance
    verdict: Annotated[Verdict, LongName("whether the run goes on, or how it ended")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be learnt.

    Attributes
    ----------
    vectors
        Shape (vectors, rows), -1 ... 1; an input that is always 1 is a bias.
    labels
        Shape (vectors, outputs), 0 or 1.
    pairs
        Whether an output is the difference of two columns; else a reference current, that of cells
        in the middle of the range, is subtracted from each.
    """

    vectors: Floats
    labels: Floats
    pairs: bool

    @property
    def columns(self) -> int:
        """How many lines that takes."""
        outputs = int(self.labels.shape[1])
        return 2 * outputs if self.pairs else outputs

    def signals(self, flowing: Floats, inputs: Floats, settings: TrainingSettings) -> Floats:
        """Differences of current (A), shape (outputs,)."""
        if self.pairs:
            return np.asarray(flowing[0::2] - flowing[1::2])
        return np.asarray(flowing - settings.range.middle * settings.reads.voltage * inputs.sum())

    def errors(self, errors: Floats) -> Floats:
        """As the columns take them."""
        if not self.pairs:
            return errors
        return np.column_stack([errors, -errors]).ravel()


def broken(row: TrainingRow) -> TrainingRow:
    """The row that ends a training in which a gate broke down."""
    return row._replace(verdict=Verdict.BREAKDOWN)


def gate_lines(settings: TrainingSettings) -> tuple[str, ...]:
    """The gate lines."""
    return settings.lines.gates


def train(bench: Bench, settings: TrainingSettings, task: Task) -> Iterator[TrainingRow]:
    """Train; one row an output and vector, and after each epoch one a cell; at rest once more.

    Raises
    ------
    SettingsError
        The device has not these lines; before any pulse.
    LimitError, UnsupportedError, InstrumentError
        From the bench. Rows yielded before are valid.
    """
    require_lines(settings.lines, task.vectors.shape[1], task.columns, bench.profile)
    rng = np.random.default_rng([settings.seed, 1])
    yield from _weights(bench, settings, 0)
    for epoch in range(1, settings.epochs + 1):
        for number, index in enumerate(rng.permutation(len(task.vectors)), start=1):
            inputs, labels = task.vectors[index], task.labels[index]
            trace = bench.apply(product(settings.lines, settings.reads, inputs, bench.profile))
            signal = task.signals(currents(trace), inputs, settings)
            parts = signal / (settings.range.span * settings.reads.voltage)
            probability = 1.0 / (1.0 + np.exp(-np.clip(settings.slope * parts, -500, 500)))
            limited = any(reading.in_compliance for reading in trace)
            for output in range(len(labels)):
                yield TrainingRow(
                    time=trace[-1].time,
                    phase=Phase.VECTOR,
                    epoch=epoch,
                    vector=number,
                    output=output,
                    input_1=float(inputs[0]),
                    input_2=float(inputs[1]),
                    label=int(labels[output]),
                    signal=float(parts[output]),
                    probability=float(probability[output]),
                    row=-1,
                    column=-1,
                    conductance=nan,
                    current=float(signal[output]),
                    in_compliance=limited,
                    verdict=Verdict.GOES_ON,
                )
            rows, cols = drawn(inputs, task.errors(labels - probability), settings.time_slots, rng)
            if rows:
                bench.apply(outer(settings, bench.profile, rows, cols))
        yield from _weights(bench, settings, epoch)
    if settings.hold:
        bench.clock.sleep(settings.hold)
        yield from _weights(bench, settings, settings.epochs, Phase.KEPT)


def drawn(
    inputs: Floats, errors: Floats, slots: int, rng: np.random.Generator
) -> tuple[Slots, Slots]:
    """The slots of an outer product: four phases, one for each pair of signs; without empty slots.

    A row of positive input fires +1 with columns of positive error, and so on: where input and
    error agree the cell is raised, where they do not it is lowered.
    """
    rows, cols = list[tuple[int, ...]](), list[tuple[int, ...]]()
    for of_input in (1, -1):
        for of_error in (1, -1):
            to = of_input * of_error
            fire_rows = rng.random((slots, len(inputs))) < np.clip(of_input * inputs, 0.0, 1.0)
            fire_cols = rng.random((slots, len(errors))) < np.clip(of_error * errors, 0.0, 1.0)
            for row, col in zip(fire_rows, fire_cols, strict=True):
                if row.any() or col.any():
                    rows.append(tuple(int(to) if one else 0 for one in row))
                    cols.append(tuple(int(to) if one else 0 for one in col))
    return tuple(rows), tuple(cols)


def outer(
    settings: TrainingSettings, profile: DeviceProfile, rows: Slots, cols: Slots
) -> OuterProduct:
    """As a stimulus."""
    return OuterProduct(
        rows=settings.lines.gates,
        columns=settings.lines.columns,
        row_slots=rows,
        column_slots=cols,
        amplitude=profile.set_sign * settings.amplitude,
        width=settings.width or profile.pulse_width,
        gap=settings.width or profile.pulse_width,
        compliance=profile.pulse_compliance,
    )


def _weights(
    bench: Bench, settings: TrainingSettings, epoch: int, phase: Phase = Phase.WEIGHT
) -> Iterator[TrainingRow]:
    found = conductances(bench, settings.lines, settings.reads)
    last = epoch == settings.epochs and (phase is Phase.KEPT or not settings.hold)
    for row, cells in enumerate(found):
        for column, conductance in enumerate(cells):
            is_end = last and row == len(found) - 1 and column == len(cells) - 1
            yield TrainingRow(
                time=bench.clock.now(),
                phase=phase,
                epoch=epoch,
                vector=0,
                output=-1,
                input_1=nan,
                input_2=nan,
                label=-1,
                signal=nan,
                probability=nan,
                row=row,
                column=column,
                conductance=float(conductance),
                current=nan,
                in_compliance=False,
                verdict=Verdict.COMPLETE if is_end else Verdict.GOES_ON,
            )


def training_plan(settings: TrainingSettings, task: Task, profile: DeviceProfile) -> Plan:
    """Every product, and outer products in which all lines fire in all slots."""
    require_lines(settings.lines, task.vectors.shape[1], task.columns, profile)
    times = settings.epochs * len(task.vectors)
    ones = np.ones(task.vectors.shape[1])
    planned = []
    for sign in (1, -1):
        inputs = product(settings.lines, settings.reads, sign * ones, profile)
        planned.append(
            Planned(
                what="product", stimulus=inputs, at_most=times + (settings.epochs + 2) * len(ones)
            )
        )
        fired = tuple((sign,) * len(ones) for _ in range(2 * settings.time_slots))
        others = tuple((sign,) * task.columns for _ in range(2 * settings.time_slots))
        written = outer(settings, profile, fired, others)
        planned.append(Planned(what="outer product", stimulus=written, at_most=times))
    reads, writes = planned[0], planned[1]
    seconds = reads.at_most * duration(reads.stimulus) + 2 * times * duration(writes.stimulus)
    return Plan(planned=tuple(planned), duration=seconds + settings.hold)


def training_progress(row: TrainingRow, settings: TrainingSettings) -> tuple[float, str]:
    """Share of epochs that are done."""
    return row.epoch / settings.epochs, f"epoch {row.epoch} of {settings.epochs}"
