"""The life of a cell while a run is made on it: what it has suffered, and in a rehearsal its state.

A run without a sample has a device that nobody knew before and nobody will know again.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from mho.clock import VirtualClock
from mho.device.layout import ArrayLayout, address_in
from mho.device.profile import DeviceProfile
from mho.dose import Dose
from mho.errors import Problem, SettingsError
from mho.half_select import HalfSelected
from mho.ledger import Entry, Ledger, ledger_path
from mho.ledger.entry import (
    BEGINNING,
    RUNNING,
    begun_entry,
    ended_entry,
    profile_digest,
    read_entry,
)
from mho.owner.lock import BenchLock
from mho.owner.owner import this_holder
from mho.recorded_results import results_of
from mho.recording.broken_run import BrokenRun
from mho.recording.cell_state import CellState, read_cell_state, write_cell_state
from mho.recording.documents import RecordedCell, RunStart
from mho.recording.folder import RecordedRun
from mho.rehearsal import World
from mho.samples import Cell
from mho.setup import Setup


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A cell before a run.

    Attributes
    ----------
    suffered
        What was done to it in all runs before.
    runs
        Those runs, in their order.
    state
        In a rehearsal: how the last of them left it; None if it had none.
    """

    cell: Cell
    rehearsed: bool
    suffered: Dose
    runs: tuple[Entry, ...]
    state: CellState | None

    @property
    def age(self) -> float:
        """In a rehearsal, simulated time (s) since it was made."""
        return 0.0 if self.state is None else self.state.age

    def half_selected(self, layout: ArrayLayout) -> HalfSelected:
        """What the cells of its array saw on their lines, in all runs on others of them."""
        found = HalfSelected(layout)
        if self.ledger.exists():
            with Ledger(self.ledger) as ledger:
                pulses = ledger.pulses()
            for name, of_cell in pulses.items():
                at = address_in(name.rpartition(".")[2])
                if at is not None and name.rpartition(".")[0] == self.cell.die:
                    found.add(at, of_cell)
        return found

    @property
    def ledger(self) -> Path:
        """Where its ledger is."""
        return ledger_path(self.cell.sample.path, rehearsed=self.rehearsed)

    def on_other_profiles(self, profile: DeviceProfile) -> tuple[Entry, ...]:
        """Runs whose device file promised something else than this one: their dose counts on."""
        digest = profile_digest(profile)
        return tuple(run for run in self.runs if run.profile != digest)

    def recorded(self, profile: DeviceProfile, waited: float) -> RecordedCell:
        """The cell as ``start.json`` names it, before a run that begins ``waited`` s later."""
        return RecordedCell(
            sample=self.cell.sample.sample.name,
            cell=self.cell.name,
            die=self.cell.die,
            row=self.cell.row,
            column=self.cell.column,
            rehearsed=self.rehearsed,
            profile=profile_digest(profile),
            age=self.age,
            waited=waited,
            world=self.cell.world if self.cell.world != self.cell.name else "",
            on_other_profiles=tuple(run.run for run in self.on_other_profiles(profile)),
        )


def read_life(cell: Cell, *, rehearsed: bool, broken: BrokenRun | None = None) -> Life:
    """What is known of a cell: what runs that go on have done so far is part of it.

    For a run that broke off and is to go on, it is the life before that run.

    Raises
    ------
    SettingsError
        The ledger is damaged or of a newer mho, or what a run did is not known.
    RecordingError
        The ledger cannot be used.
    """
    path = ledger_path(cell.sample.path, rehearsed=rehearsed)
    if not path.exists():
        return Life(cell=cell, rehearsed=rehearsed, suffered=Dose(), runs=(), state=None)
    with Ledger(path) as ledger:
        return _life(ledger, cell, rehearsed=rehearsed, broken=broken)


def _life(ledger: Ledger, cell: Cell, *, rehearsed: bool, broken: BrokenRun | None) -> Life:
    runs = [
        by_now(run) if run.status == RUNNING else run
        for run in ledger.runs(cell.name)
        if run.status != BEGINNING and (broken is None or run.run != broken.start.run_id)
    ]
    state = ledger.state(cell.world) if broken is None else broken.before
    suffered = Dose()
    for run in runs:
        suffered.merge(run.dose)
    return Life(cell=cell, rehearsed=rehearsed, suffered=suffered, runs=tuple(runs), state=state)


class HeldCell:
    """A cell that nobody else makes a run on meanwhile, with its ledger open."""

    def __init__(self, ledger: Ledger, life: Life) -> None:
        self._ledger, self.life = ledger, life
        self._after: CellState | None = None

    def announce(self, folder: Path, start: RunStart) -> None:
        """Write that a run is about to begin: its folder is made next."""
        self._ledger.put(replace(begun_entry(folder, start), status=BEGINNING))

    def begin(self, folder: Path, start: RunStart, dose: Dose) -> None:
        """Write that a run begins, or goes on: should its process die, it is known of.

        ``dose`` is what it did before it broke off.
        """
        if self.life.state is not None:
            write_cell_state(folder, "before", self.life.state)
        self._ledger.put(replace(begun_entry(folder, start), dose=dose))

    def leave(self, folder: Path, world: World, waited: float) -> None:
        """In a rehearsal: write how a run leaves the cell, before it is said that it has ended.

        Raises
        ------
        RecordingError
            It cannot be written.
        """
        age = self.life.age + waited + world.clock.now()
        self._after = CellState(age, world.laid_aside())
        write_cell_state(folder, "after", self._after)

    def end(self, folder: Path, ended: RecordedRun | None) -> Entry:
        """Write what a run did to the cell.

        ``ended`` is what is in its folder, where that was read already.

        Raises
        ------
        SettingsError, RecordingError
            It cannot be written; ``mho ledger rebuild`` makes it up.
        """
        if ended is None or ended.stop is None:
            entry = read_entry(folder)
        else:
            entry = ended_entry(folder, ended.start, ended.stop, ended.results)
        self._ledger.put(entry, self._after)
        return entry

    def discard(self, run: str) -> None:
        """Take a run back that never came to a bench."""
        self._ledger.forget(run)


@contextmanager
def held(
    cell: Cell, *, rehearsed: bool, run: Path, broken: BrokenRun | None = None
) -> Iterator[HeldCell]:
    """A cell that nobody else makes a run on meanwhile; see `read_life`.

    Raises
    ------
    BenchInUse
        Another process makes a run on it; says which.
    SettingsError, RecordingError
        As `read_life`.
    """
    path = ledger_path(cell.sample.path, rehearsed=rehearsed).resolve()
    names = {cell.name, *([cell.world] if rehearsed else [])}
    lock = BenchLock([f"cell {name} of {path}" for name in names], this_holder(str(run.resolve())))
    lock.take()
    try:
        with Ledger(path) as ledger:
            for dead in ledger.without_end(cell.name):  # nobody has it now: their processes died
                if dead.status == BEGINNING:  # before it could apply anything
                    shutil.rmtree(dead.folder, ignore_errors=True)
                    ledger.forget(dead.run)
                elif dead.status == RUNNING:
                    ledger.put(by_now(dead), read_cell_state(dead.folder, "after"))
            life = _life(ledger, cell, rehearsed=rehearsed, broken=broken)
            yield HeldCell(ledger, life)
    finally:
        lock.release()


def world_of(life: Life, setup: Setup, clock: VirtualClock, waited: float) -> World:
    """The world of a rehearsal on a cell, as its last run left it.

    ``waited`` seconds have passed since, with nothing at its terminals.

    Raises
    ------
    SettingsError
        The profile names no simulated device, or another one than that of the runs before.
    """
    world = setup.simulated_world(clock)
    if life.state is None:
        return world
    try:
        world.restore(life.state.world)
    except (KeyError, ValueError) as error:
        raise SettingsError(
            [
                Problem(
                    f"cell {life.cell.name}",
                    f"its state after {life.runs[-1].run if life.runs else 'its last run'} is that "
                    f"of another simulated device than {setup.profile.name} has now ({error}); "
                    "take the device file of those runs, or begin with a new sample",
                )
            ]
        ) from error
    if waited:
        world.device.advance({}, waited)
    return world


def by_now(entry: Entry) -> Entry:
    """A run that the ledger knows no end of, as its folder tells it."""
    try:
        found = read_entry(entry.folder)
        if found.status == "success" and not found.results:  # it died before they were made
            found = replace(found, results=results_of(entry.folder).results)
        return found
    except SettingsError as error:
        message = (
            f"what its run {entry.run} did is not known, because that folder cannot be read. Put "
            "it back; or if it is lost, mho ledger rebuild makes the ledger without it"
        )
        raise SettingsError([*error.problems, Problem(f"cell {entry.cell}", message)]) from error
