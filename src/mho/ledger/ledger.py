"""The ledger of a sample: a SQLite file beside the sample file; ``sqlite3`` opens it.

It can be made again from the run folders, which are the truth (`mho.ledger.rebuild`). One file is
for the real cells and another one for those of rehearsals, so that neither is ever mistaken for the
other.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import disk_usage
from types import TracebackType
from typing import Self

from mho.condition import condition
from mho.dose import Charge, Dose, TerminalDose
from mho.errors import Problem, RecordingError, SettingsError
from mho.ledger.entry import BEGINNING, RUNNING, Entry
from mho.ledger.schema import SCHEMA, VERSION
from mho.recording.cell_state import CellState
from mho.recording.dose_file import recorded_dose
from mho.result import Result
from mho.sqlite_tables import all_or_nothing, result_columns
from mho.stimuli import Purpose

FACTS = {
    "run": "text",
    "protocol": "text",
    "recipe": "text",
    "bench": "text",
    "device": "text",
    "cell": "text",
    "campaign": "text",
    "step": "text",
    "status": "text",
    "started": "text",
    "rows": "number",
    "conductance": "number",
}
"""What a ledger knows of every run, beside its results."""

_UP = 1
"""Folders up from a ledger to what is moved with it: in a lab folder it is in ``samples``."""

_ROOM = 200_000
"""Bytes that SQLite needs beside a ledger to write in it."""

_PATIENCE = 30.0
"""Seconds to wait for another process that writes."""


def ledger_path(sample_file: Path, *, rehearsed: bool) -> Path:
    """Where the ledger of a sample is: beside its file."""
    kind = "rehearsal" if rehearsed else "ledger"
    return sample_file.with_suffix(f".{kind}.sqlite")


class Ledger:
    """The ledger at ``path``, made there if there is none; use it with ``with``.

    Several processes may use one ledger; they write one after the other. What was written survives
    the death of the process.

    Raises
    ------
    SettingsError
        The file is no ledger, is damaged, or of a newer mho.
    RecordingError
        It cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._explained():
            self._base = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
            try:
                self._base.execute("pragma journal_mode = wal")
                self._base.execute("pragma synchronous = normal")
                self._base.execute("pragma foreign_keys = on")
                self._prepare()
            except BaseException:
                self._base.close()
                raise

    def __enter__(self) -> Self:
        """The ledger itself."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file; may be called again."""
        with suppress(sqlite3.Error):
            self._base.close()

    # ---- what is written

    def put(self, entry: Entry, state: CellState | None = None) -> None:
        """Write a run, in place of what was written of it before.

        ``state`` is the simulated cell after it.

        Raises
        ------
        RecordingError
            It could not be written; what was there before still is.
        """
        with self._writing():
            self._base.execute("delete from runs where run = ?", (entry.run,))
            self._base.execute(
                "insert into runs values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    entry.run,
                    entry.cell,
                    self._from_here(entry.folder),
                    entry.protocol,
                    entry.recipe,
                    entry.bench,
                    entry.device,
                    entry.profile,
                    entry.started,
                    entry.stopped,
                    entry.status,
                    entry.reason,
                    entry.rows,
                    entry.conductance,
                    entry.campaign,
                    entry.step,
                    entry.repeat,
                ),
            )
            self._base.executemany(
                "insert into dose values (?, ?, ?, ?, ?, ?, ?)",
                (
                    (
                        entry.run,
                        at.terminal,
                        at.purpose,
                        at.pulses,
                        at.charge,
                        at.charge_either_way,
                        at.volt_seconds,
                    )
                    for at in recorded_dose(entry.dose)
                ),
            )
            self._base.executemany(
                "insert into results values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (entry.run, *result_columns(one), one.method, one.source, one.undetermined)
                    for one in entry.results
                ),
            )
            if state is not None:
                self._base.execute(
                    "insert or replace into states values (?, ?, ?, ?)",
                    (entry.world or entry.cell, entry.run, state.age, state.packed),
                )

    def forget(self, run: str) -> None:
        """Take a run out, with all that was written of it."""
        with self._writing():
            self._base.execute("delete from runs where run = ?", (run,))

    # ---- what is asked

    def dose(self, cell: str) -> Dose:
        """What a cell has suffered in all its runs."""
        dose = Dose()
        with self._explained():
            for terminal, purpose, pulses, charge, either_way, volt_seconds in self._base.execute(
                "select terminal, purpose, pulses, charge, charge_either_way, volt_seconds "
                "from life where cell = ?",
                (cell,),
            ):
                counted = {Purpose(purpose): Charge(charge, either_way, volt_seconds)}
                dose[terminal].merge(TerminalDose(pulses, counted))
        return dose

    def pulses(self) -> dict[str, dict[str, int]]:
        """Programming pulses that every cell has suffered, by cell and terminal."""
        found: dict[str, dict[str, int]] = {}
        with self._explained():
            for cell, terminal, pulses in self._base.execute(
                "select cell, terminal, sum(pulses) from life group by cell, terminal"
            ):
                found.setdefault(cell, {})[terminal] = pulses
        return found

    def runs(self, cell: str | None = None) -> list[Entry]:
        """Every run, or those of one cell, in the order in which they began."""
        where, values = ("", ()) if cell is None else (" where cell = ?", (cell,))
        with self._explained():
            found = self._base.execute(
                f"select * from runs{where} order by started, run", values
            ).fetchall()
            return [self._entry(*row) for row in found]

    def without_end(self, cell: str) -> list[Entry]:
        """The runs of a cell that go on, or whose process died."""
        with self._explained():
            found = self._base.execute(
                "select * from runs where cell = ? and status in (?, ?) order by started, run",
                (cell, BEGINNING, RUNNING),
            ).fetchall()
            return [self._entry(*row) for row in found]

    def cells_where(self, where: str) -> set[str]:
        """Cells with a run that meets a condition; see `mho.condition`.

        Raises
        ------
        SettingsError
            The condition cannot be read.
        """
        with self._explained():
            names = [name for (name,) in self._base.execute("select distinct name from results")]
            met = condition(where, FACTS, names)
            found = self._base.execute(
                f"select distinct cell from runs where {met.sql}", met.values
            )
            return {cell for (cell,) in found}

    def state(self, cell: str) -> CellState | None:
        """The simulated cell after its last run; None if it had none."""
        with self._explained():
            row = self._base.execute("select arrays from states where cell = ?", (cell,)).fetchone()
            try:
                return None if row is None else CellState.unpacked(row[0])
            except ValueError as error:
                raise sqlite3.DatabaseError(f"state of cell {cell}: {error}") from error

    def _entry(
        self,
        run: str,
        cell: str,
        folder: str,
        protocol: str,
        recipe: str,
        bench: str,
        device: str,
        profile: str,
        started: str,
        stopped: str | None,
        status: str,
        reason: str,
        rows: int,
        conductance: float | None,
        campaign: str,
        step: str,
        repeat: int,
    ) -> Entry:
        dose = Dose()
        for terminal, purpose, pulses, *charges in self._base.execute(
            "select terminal, purpose, pulses, charge, charge_either_way, volt_seconds "
            "from dose where run = ?",
            (run,),
        ):
            dose[terminal].merge(TerminalDose(pulses, {Purpose(purpose): Charge(*charges)}))
        results = self._base.execute(
            "select name, part, value, low, high, unit, method, source, undetermined "
            "from results where run = ?",
            (run,),
        )
        return Entry(
            run=run,
            cell=cell,
            folder=Path(os.path.normpath(self.path.parent / folder)),
            protocol=protocol,
            recipe=recipe,
            bench=bench,
            device=device,
            profile=profile,
            started=started,
            stopped=stopped,
            status=status,
            reason=reason,
            rows=rows,
            conductance=conductance,
            dose=dose,
            results=tuple(_result(*row) for row in results),
            campaign=campaign,
            step=step,
            repeat=repeat,
        )

    # ---- inside

    def _prepare(self) -> None:
        """Make the tables of a new file; refuse one that is not ours."""
        (version,) = self._base.execute("pragma user_version").fetchone()
        if version == 0:
            with self._writing():  # another process may have come first
                (version,) = self._base.execute("pragma user_version").fetchone()
                if version == 0:
                    (tables,) = self._base.execute("select count(*) from sqlite_master").fetchone()
                    if tables:
                        raise SettingsError([Problem(str(self.path), "is no ledger of mho")])
                    for statement in SCHEMA.split(";\n"):
                        self._base.execute(statement)
                    self._base.execute(f"pragma user_version = {VERSION}")
                    version = VERSION
        if version > VERSION:
            message = (
                f"is a ledger of version {version}, written by a newer mho; this one reads version "
                f"{VERSION}. Use the newer mho, or make the ledger again: mho ledger rebuild"
            )
            raise SettingsError([Problem(str(self.path), message)])

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """All of it or nothing, and nobody else meanwhile."""
        with self._explained(), all_or_nothing(self._base):
            yield

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """What SQLite says, in our errors."""
        try:
            yield
        except sqlite3.OperationalError as error:
            full = "" if disk_usage(self.path.parent).free > _ROOM else " (the disk is full)"
            raise RecordingError(
                f"the ledger {self.path} cannot be used: {error}{full}. The run folders hold "
                "everything; once this is mended, mho ledger rebuild makes it from them"
            ) from error
        except sqlite3.DatabaseError as error:
            message = (
                f"is damaged, or no ledger ({error}). The run folders hold everything: "
                "mho ledger rebuild makes it again from them"
            )
            raise SettingsError([Problem(str(self.path), message)]) from error

    def _from_here(self, folder: Path) -> str:
        """A run folder as the ledger names it: both may be moved together."""
        absolute = folder.resolve()
        try:
            here = Path(os.path.relpath(absolute, self.path.parent.resolve()))
        except ValueError:  # on another drive
            return str(absolute)
        return here.as_posix() if here.parts.count("..") <= _UP else str(absolute)


def _result(
    name: str,
    part: str,
    value: float | str | None,
    low: float | None,
    high: float | None,
    unit: str,
    method: str,
    source: str,
    undetermined: str,
) -> Result:
    return Result(
        name=name,
        part=part,
        value=value,
        interval=None if low is None and high is None else (low, high),
        unit=unit,
        method=method,
        source=source,
        undetermined=undetermined,
    )
