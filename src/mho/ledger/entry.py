"""What a ledger keeps of one run: read from its folder, which is the truth."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from mho.device.profile import DeviceProfile
from mho.dose import Dose
from mho.errors import Problem, SettingsError
from mho.recording import load
from mho.recording.documents import (
    STOP,
    RunResults,
    RunStart,
    RunStop,
    read_results,
    read_start,
    read_stop,
)
from mho.recording.dose_file import DOSE, dose_of, read_dose
from mho.result import Result

BEGINNING, RUNNING = "beginning", "running"
"""How a run stands: its folder is made next, or just was; or it may apply something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One run of a cell.

    Attributes
    ----------
    profile
        Digest of the device profile as it was understood: another one is another promise of what
        the cell may suffer.
    conductance
        Siemens, of the last row that has one; None if no row has.
    world
        Whose simulated state the run left, where it is not that of its cell alone; a ledger does
        not give it back.
    """

    run: str
    cell: str
    folder: Path
    protocol: str
    recipe: str
    bench: str
    device: str
    profile: str
    started: str
    stopped: str | None
    status: str
    reason: str
    rows: int
    conductance: float | None
    dose: Dose
    results: tuple[Result, ...] = ()
    campaign: str = ""
    step: str = ""
    repeat: int = 0
    world: str = ""


def read_entry(folder: Path) -> Entry:
    """What a run folder says of a run on a cell; one without an end counts as killed.

    Raises
    ------
    SettingsError
        Not a run folder, not one of a cell, or damaged.
    """
    start, stop = read_start(folder), read_stop(folder)
    if start.cell is None:
        raise SettingsError([Problem(str(folder), "was made on no cell of a sample")])
    if stop is not None and stop.dose is not None:
        return ended_entry(folder, start, stop, read_results(folder))
    dose = read_dose(folder)
    if dose is None:
        message = f"has neither {DOSE} nor a dose in {STOP}: a part of the folder is missing"
        raise SettingsError([Problem(str(folder), message)])
    rows = load(folder)
    stop = stop or RunStop(
        stop_time=start.start_time,
        exit_status="killed",
        reason="its process ended without writing a stop",
        rows=len(rows),
        duration=0.0,
    )
    stop = replace(stop, conductance=last_conductance(rows))
    return _entry(folder, start, stop, dose, read_results(folder))


def begun_entry(folder: Path, start: RunStart) -> Entry:
    """What is known of a run on a cell that begins."""
    stop = RunStop(
        stop_time=start.start_time, exit_status="killed", reason="", rows=0, duration=0.0
    )
    return replace(_entry(folder, start, stop, Dose(), None), status=RUNNING, stopped=None)


def ended_entry(folder: Path, start: RunStart, stop: RunStop, results: RunResults | None) -> Entry:
    """What is known of a run on a cell that has come to its end, from what is in its folder."""
    return _entry(folder, start, stop, dose_of(stop.dose or ()), results)


def last_conductance(rows: pd.DataFrame) -> float | None:
    """Siemens, of the last row that has a conductance; None if none has."""
    if "conductance" not in rows:
        return None
    known = rows["conductance"].dropna()
    return float(known.iloc[-1]) if len(known) else None


def profile_digest(profile: DeviceProfile) -> str:
    """Short name of what a profile says; the simulated device is no part of it."""
    text = profile.model_dump_json(exclude={"model"})
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _entry(
    folder: Path, start: RunStart, stop: RunStop, dose: Dose, results: RunResults | None
) -> Entry:
    cell, campaign = start.cell, start.campaign
    return Entry(
        run=start.run_id,
        cell="" if cell is None else cell.cell,
        folder=folder,
        protocol=start.protocol,
        recipe=start.settings.get("recipe_source", ""),
        bench=start.bench,
        device=start.device,
        profile="" if cell is None else cell.profile,
        started=start.start_time,
        stopped=stop.stop_time,
        status=stop.exit_status,
        reason=stop.reason,
        rows=stop.rows,
        conductance=stop.conductance,
        dose=dose,
        results=() if results is None else results.results,
        campaign=campaign.name if campaign else "",
        step=campaign.step if campaign else "",
        repeat=campaign.repeat if campaign else 0,
        world="" if cell is None else cell.world,
    )
