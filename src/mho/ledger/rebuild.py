"""A ledger made again from the run folders."""

from collections.abc import Iterable
from pathlib import Path

from mho.errors import SettingsError
from mho.ledger.entry import read_entry
from mho.ledger.ledger import Ledger
from mho.recording.cell_state import read_cell_state
from mho.recording.documents import START, read_start


def rebuilt(
    path: Path, sample: str, folders: Iterable[Path], *, rehearsed: bool
) -> tuple[int, list[str]]:
    """Make the ledger at ``path`` again from every run of a sample below ``folders``.

    The old one stays until the new one is whole, and where there is no run at all. Returns how many
    runs are in it, and what was left out and why, in sentences.

    Raises
    ------
    RecordingError
        It cannot be written; the old one is as it was.
    """
    unfinished = path.with_suffix(".part")
    _remove(unfinished)
    left_out: list[str] = []
    made = 0
    ages: dict[str, float] = {}
    with Ledger(unfinished) as ledger:
        for folder in run_folders(folders):
            try:
                start = read_start(folder)
                cell = start.cell
                if cell is None or cell.sample != sample or cell.rehearsed is not rehearsed:
                    continue
                entry, state = read_entry(folder), read_cell_state(folder, "after")
            except SettingsError as error:
                left_out += (str(problem) for problem in error.problems)
                continue
            # Age, not the date: a computer's clock may have been set back.
            world = entry.world or entry.cell
            if state is not None and state.age < ages.get(world, 0.0):
                state = None
            if state is not None:
                ages[world] = state.age
            ledger.put(entry, state)
            made += 1
    if made:
        _remove(path)
        unfinished.replace(path)
    _remove(unfinished)
    return made, left_out


def run_folders(within: Iterable[Path]) -> list[Path]:
    """Every run folder below some folders, each once, sorted."""
    return sorted({start.parent for top in within for start in top.rglob(START)})


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
