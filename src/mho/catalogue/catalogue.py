"""The catalogue: a SQLite file beside the run folders, brought up to date when it is asked.

It holds nothing that the folders do not say, and may be deleted at any time.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import pandas as pd

from mho.condition import condition
from mho.errors import Problem, RecordingError, SettingsError
from mho.recording.documents import (
    RESULTS,
    START,
    STOP,
    RunStart,
    RunStop,
    cell_of_run,
    read_results,
    read_start,
    read_stop,
)
from mho.sqlite_tables import all_or_nothing, result_columns

VERSION = 2
_PATIENCE = 30.0

_SCHEMA = """
create table runs (
    run text primary key, folder text not null, changed text not null,
    protocol text, recipe text, bench text, device text,
    sample text, cell text, operator text, note text, campaign text, step text,
    status text, started text, rows integer, conductance real, seed integer
);
create table tags (run text references runs on delete cascade, tag text);
create index tags_of_run on tags (run);
create table results (
    run text not null references runs on delete cascade,
    name text not null, part text not null, value, low real, high real, unit text not null
);
create index results_of_run on results (run);
create index results_by_name on results (name, value, run);
create table unreadable (folder text primary key, changed text, why text)
"""

FACTS = {
    "run": "text",
    "protocol": "text",
    "recipe": "text",
    "bench": "text",
    "device": "text",
    "sample": "text",
    "cell": "text",
    "operator": "text",
    "note": "text",
    "tag": "text",
    "campaign": "text",
    "step": "text",
    "status": "text",
    "started": "text",
    "rows": "number",
    "conductance": "number",
    "seed": "number",
}
"""What is known of every run, beside its results."""

_FACTS = (
    "run", "protocol", "recipe", "device", "bench", "sample", "cell", "status", "started", "rows",
    "conductance", "operator", "note", "campaign", "step", "seed", "folder",
)  # fmt: skip


def catalogue_path(folder: Path) -> Path:
    """Where the catalogue of the runs below a folder is."""
    return folder / ".catalogue.sqlite"


def runs(folder: str | Path = "data/runs", where: str = "") -> pd.DataFrame:
    """Every run below a folder that meets a condition, with its results; see `mho.catalogue`.

    One row a run, in the order in which they began. Results are columns by their names, those of a
    part of a run ``name [part]``; where a run has no such result stands NaN. What the folders say
    is looked at first.

    Raises
    ------
    SettingsError
        There is no such folder, or the condition cannot be read.
    """
    with Catalogue(Path(folder)) as catalogue:
        catalogue.update()
        return catalogue.select(where)


class Catalogue:
    """The catalogue of the runs below ``folder``; use it with ``with``.

    Raises
    ------
    SettingsError
        There is no such folder.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise SettingsError([Problem(str(folder), "is no folder; runs are made with mho run")])
        self._folder, self._path = folder, catalogue_path(folder)
        try:
            self._base = self._opened()
        except sqlite3.DatabaseError:  # damaged, or of another version: it is made again
            for ending in ("", "-wal", "-shm"):
                with suppress(OSError):
                    Path(f"{self._path}{ending}").unlink(missing_ok=True)
            with self._explained():
                self._base = self._opened()

    def __enter__(self) -> Self:
        """The catalogue itself."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._base.close()

    def update(self) -> tuple[str, ...]:
        """Look for runs that are new, changed or gone; returns what cannot be read, and why."""
        with self._explained():
            known = dict(self._base.execute("select folder, changed from runs"))
            known.update(self._base.execute("select folder, changed from unreadable"))
            found = dict(_run_folders(self._folder))
            with all_or_nothing(self._base):
                for gone in known.keys() - found.keys():
                    self._forget(gone)
                for folder, changed in sorted(found.items()):
                    if known.get(folder) != changed:
                        self._forget(folder)
                        self._add(folder, changed)
            rows = self._base.execute("select folder, why from unreadable order by folder")
            return tuple(f"{folder}: {why}" for folder, why in rows)

    def select(self, where: str = "") -> pd.DataFrame:
        """The runs that meet a condition; see `runs`."""
        with self._explained():
            names = [name for (name,) in self._base.execute("select distinct name from results")]
            met = condition(where, FACTS, names)
            facts = ", ".join(f'runs."{fact}"' for fact in _FACTS)
            rows = self._base.execute(
                f"select {facts} from runs where {met.sql} order by started, run",
                met.values,
            ).fetchall()
            frame = pd.DataFrame(rows, columns=list(_FACTS)).set_index("run")
            these = f"where run in (select runs.run from runs where {met.sql})"
            tags = dict(
                self._base.execute(
                    f"select run, group_concat(tag, ' ') from tags {these} group by run", met.values
                ).fetchall()
            )
            frame.insert(len(frame.columns) - 1, "tags", [tags.get(run, "") for run in frame.index])
            results = pd.DataFrame(
                self._base.execute(
                    f"select run, name, part, value, low, high, unit from results {these}",
                    met.values,
                ).fetchall(),
                columns=["run", "name", "part", "value", "low", "high", "unit"],
            )
        return _joined(frame, results)

    # ---- inside

    def _opened(self) -> sqlite3.Connection:
        base = sqlite3.connect(self._path, timeout=_PATIENCE, isolation_level=None)
        try:
            base.execute("pragma journal_mode = wal")
            base.execute("pragma synchronous = off")  # it can be made again
            base.execute("pragma foreign_keys = on")
            (version,) = base.execute("pragma user_version").fetchone()
            if version not in (0, VERSION):
                raise sqlite3.DatabaseError(f"version {version}")
            if version == 0:
                base.execute("begin immediate")
                if not base.execute("select count(*) from sqlite_master").fetchone()[0]:
                    for statement in _SCHEMA.split(";\n"):
                        base.execute(statement)
                base.execute(f"pragma user_version = {VERSION}")
                base.execute("commit")
        except BaseException:
            base.close()
            raise
        return base

    def _forget(self, folder: str) -> None:
        for table in ("runs", "unreadable"):
            self._base.execute(f"delete from {table} where folder = ?", (folder,))

    def _add(self, folder: str, changed: str) -> None:
        path = self._folder / folder
        try:
            start, stop, results = read_start(path), read_stop(path), read_results(path)
        except SettingsError as error:
            why = "; ".join(problem.message for problem in error.problems)
            self._base.execute("insert into unreadable values (?, ?, ?)", (folder, changed, why))
            return
        run = _free(self._base, start.run_id, folder)
        self._base.execute(
            f"insert into runs values ({', '.join('?' * 18)})",
            (run, folder, changed, *_facts(start, stop)),
        )
        self._base.executemany("insert into tags values (?, ?)", ((run, tag) for tag in start.tags))
        self._base.executemany(
            "insert into results values (?, ?, ?, ?, ?, ?, ?)",
            ((run, *result_columns(one)) for one in (() if results is None else results.results)),
        )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise RecordingError(
                f"the catalogue {self._path} cannot be used ({error}); it holds nothing that the "
                "run folders do not say, so it may be deleted"
            ) from error


def short_name(source: str) -> str:
    """The name of a settings file in a list: ``cu-te`` of ``device cu-te`` or ``my/cu-te.toml``."""
    if source.endswith(".toml"):
        return Path(source.replace("\\", "/")).stem
    return source.rpartition(" ")[2]


def _run_folders(top: Path) -> Iterator[tuple[str, str]]:
    """Each run folder below ``top``, from there, with when its files were changed."""
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        changed: dict[str, str] = {}
        inner = []
        with suppress(OSError), closing(os.scandir(folder)) as entries:
            for entry in entries:
                if entry.name in (START, STOP, RESULTS):
                    changed[entry.name] = str(entry.stat().st_mtime_ns)
                elif entry.is_dir(follow_symlinks=False):
                    inner.append(Path(entry.path))
        if START in changed:
            yield folder.relative_to(top).as_posix(), " ".join(sorted(changed.values()))
        else:
            waiting += inner


def _facts(start: RunStart, stop: RunStop | None) -> tuple[str | int | float | None, ...]:
    cell = start.cell
    names = (
        short_name(start.settings.get(f"{w}_source", "")) for w in ("recipe", "bench", "device")
    )
    return (
        start.protocol,
        *names,
        "" if cell is None else cell.sample,
        cell_of_run(start),
        start.operator,
        start.note,
        start.campaign.name if start.campaign else "",
        start.campaign.step if start.campaign else "",
        "running or killed" if stop is None else stop.exit_status,
        start.start_time,
        0 if stop is None else stop.rows,
        None if stop is None else stop.conductance,
        start.seed,
    )


def _free(base: sqlite3.Connection, run: str, folder: str) -> str:
    """The name of a run; a copy of a folder is another run, named by its folder."""
    taken = base.execute("select 1 from runs where run = ?", (run,)).fetchone()
    return run if taken is None else f"{run} ({folder})"


def _joined(frame: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """Runs with their results as further columns; ``attrs`` holds units and intervals."""
    named = results["name"].where(
        results["part"] == "", results["name"] + " [" + results["part"] + "]"
    )
    results = results.assign(column=named).drop_duplicates(["run", "column"])
    values = results.pivot(index="run", columns="column", values="value")
    for column in values:
        with suppress(ValueError, TypeError):
            values[column] = pd.to_numeric(values[column])
    joined = frame.join(values)
    joined.attrs["units"] = dict(zip(results["column"], results["unit"], strict=True))
    known = results[results["low"].notna() | results["high"].notna()]
    ends = zip(known["low"], known["high"], strict=True)
    names = zip(known["run"], known["column"], strict=True)
    joined.attrs["intervals"] = dict(zip(names, ends, strict=True))
    return joined
