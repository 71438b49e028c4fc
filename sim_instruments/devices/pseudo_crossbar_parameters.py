"""Parameters of an array of three-terminal electrochemical cells."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mho.frozen import Frozen
from mho.quantities import Fraction, Ohms, Seconds, Volts
from mho.sim_instruments.devices.ecram_parameters import EcramParameters


class FaultyCell(Frozen):
    """A cell that is not as the others."""

    row: int = Field(ge=0, description="where it is, from 0")
    column: int = Field(ge=0, description="where it is, from 0")
    is_: Literal["stuck", "slow", "dead", "leaky"] = Field(
        alias="is",
        description="stuck: no pulse moves it; slow: pulses move it less; dead: its channel does "
        "not conduct; leaky: electrons pass its gate, so that it forgets",
    )
    at: Fraction | None = Field(
        default=None, ge=0, le=1, description="where it is stuck, as a part of the range"
    )
    factor: float = Field(
        default=10.0, gt=0, description="how many times less a pulse moves a slow one"
    )

    time: Seconds = Field(
        default=5.0, gt=0, description="in which a leaky one forgets 63 % of its state"
    )

    @model_validator(mode="after")
    def _where(self) -> Self:
        if (self.is_ == "stuck") is (self.at is None):
            raise ValueError('"at" belongs to a stuck cell, and it needs one')
        return self

    @property
    def speed(self) -> float:
        """How far a pulse moves it, of a sound cell."""
        return {"stuck": 0.0, "slow": 1.0 / self.factor}.get(self.is_, 1.0)

    @property
    def leak(self) -> float:
        """Of its state per second; 0 for one that does not forget."""
        return 1.0 / self.time if self.is_ == "leaky" else 0.0


class PseudoCrossbarParameters(Frozen):
    """Rows and columns of cells: a gate line and a read line a row, a channel line a column."""

    rows: int = Field(default=2, ge=1, le=512, description="gate lines, and read lines")
    columns: int = Field(default=2, ge=1, le=512, description="channel lines")
    cell: EcramParameters = Field(
        default=EcramParameters(),
        description="what every cell is; temperature, breakdown_time and the shape of the noise do "
        "not count here: reads scatter by noise_level, each for itself",
    )
    access_voltage: Volts | None = Field(
        default=None,
        gt=0,
        description="of a device in series with each gate, below which no ion moves; a plan is "
        "refused whose pulses leave it outside: between half of one and a whole one, the potential "
        "of a cell in its way; left out: none",
    )
    sharing: Seconds | None = Field(
        default=None,
        gt=0,
        description="time in which cells on a floating gate line become alike, where they have a "
        "potential and no access device; left out: never",
    )
    up_factor: float = Field(
        default=1.0, gt=0, description="how many times further a pulse up moves than one down"
    )
    segment: Ohms = Field(
        default=0.0, ge=0, description="of read and channel lines, from cell to cell"
    )
    faulty: tuple[FaultyCell, ...] = Field(default=(), description="cells that are not as others")

    @model_validator(mode="after")
    def _inside(self) -> Self:
        outside = [
            f"r{one.row}c{one.column}"
            for one in self.faulty
            if one.row >= self.rows or one.column >= self.columns
        ]
        if outside:
            raise ValueError(
                f"faulty: {', '.join(outside)} lies outside {self.rows} rows and "
                f"{self.columns} columns, counted from 0"
            )
        return self


Lines = Annotated[tuple[str, ...], "names of lines"]


def gate_lines(rows: int) -> Lines:
    """Names of the gate lines."""
    return tuple(f"g{row}" for row in range(rows))


def read_lines(rows: int) -> Lines:
    """Names of the read lines."""
    return tuple(f"r{row}" for row in range(rows))


def channel_lines(columns: int) -> Lines:
    """Names of the channel lines."""
    return tuple(f"c{column}" for column in range(columns))
