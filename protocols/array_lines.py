"""The lines of an array, as protocols on whole arrays name them, and its cells read one by one."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from mho.bench import Bench
from mho.device.profile import DeviceProfile
from mho.errors import Problem, SettingsError
from mho.frozen import Frozen
from mho.quantities import Seconds, Siemens, Volts
from mho.readings import Trace
from mho.stimuli import Multiply

Floats = NDArray[np.float64]
Names = Annotated[tuple[str, ...], Field(min_length=1, max_length=512)]


class Lines(Frozen):
    """Terminals of the device that are lines of an array: those of a row go together."""

    gates: Names = Field(description="where the cells of a row are written, row by row")
    reads: Names = Field(description="where the cells of a row are read, row by row")
    columns: Names = Field(description="where the currents of a column come together")


class LineReads(Frozen):
    """How an array is read: all rows at once, currents at the columns."""

    voltage: Volts = Field(default=0.1, gt=0, description="of an input of 1")
    settle: Seconds = Field(default=100e-6, ge=0, description="before measuring")
    aperture: Seconds = Field(default=100e-6, gt=0, description="a current is averaged over this")


class Range(Frozen):
    """Conductances that weights are mapped to."""

    lowest: Siemens = Field(ge=0, description="the smallest weight")
    highest: Siemens = Field(gt=0, description="the largest weight")

    @property
    def middle(self) -> float:
        """A weight of 0 (S)."""
        return 0.5 * (self.lowest + self.highest)

    @property
    def span(self) -> float:
        """From end to end (S)."""
        return self.highest - self.lowest


def require_lines(lines: Lines, rows: int, columns: int, profile: DeviceProfile) -> None:
    """Refuse a device that has not these lines.

    Raises
    ------
    SettingsError
        All that is wrong at once.
    """
    found = []
    for what, names, count in (
        ("gates", lines.gates, rows),
        ("reads", lines.reads, rows),
        ("columns", lines.columns, columns),
    ):
        if len(names) != count:
            found.append(
                Problem(f"recipe: lines.{what}", f"names {len(names)} lines; it takes {count}")
            )
        missing = [name for name in names if name not in profile.terminals]
        if missing:
            found.append(
                Problem(
                    f"recipe: lines.{what}",
                    f"{', '.join(missing)}: no such terminal on {profile.name}, which has "
                    f"{', '.join(profile.terminals)}; take an array whose terminals are its lines",
                )
            )
    if found:
        raise SettingsError(found)


def product(lines: Lines, reads: LineReads, inputs: Floats, profile: DeviceProfile) -> Multiply:
    """Inputs (as parts of the read voltage) at the read lines, currents at the columns."""
    levels = (float(one) * reads.voltage for one in inputs)
    return Multiply(
        inputs=tuple(zip(lines.reads, levels, strict=True)),
        outputs=lines.columns,
        aperture=reads.aperture,
        compliance=profile.read_compliance,
        settle=reads.settle,
    )


def currents(trace: Trace) -> Floats:
    """Out of the columns (A): what flows through the cells."""
    return np.array([-reading.current for reading in trace])


def conductances(bench: Bench, lines: Lines, reads: LineReads, average: int = 1) -> Floats:
    """Of all cells (S), row after row; shape (rows, columns)."""
    rows = len(lines.reads)
    found = np.zeros((rows, len(lines.columns)))
    for row in range(rows):
        one = product(lines, reads, np.eye(rows)[row], bench.profile)
        for _ in range(average):
            found[row] += currents(bench.apply(one))
    return found / (average * reads.voltage)
