"""What a ledger keeps of one run: read from its folder, which is the truth."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from mho.device.profile import DeviceProfile
from mho.dose import Dose
from mho.errors import Problem, SettingsError
from mho.recorded_results import results_of
from mho.recording import load
from mho.recording.documents import (
    STOP,
    RecordedCell,
    RunStart,
    RunStop,
    read_results,
    read_start,
    read_stop,
)
from mho.recording.dose_file import DOSE, dose_of, read_dose
from mho.result import Result

RUNNING = "running"


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


def read_entry(folder: Path) -> Entry:
    """What a run folder says of a run on a cell; one without an end counts as killed.

    Raises
    ------
    SettingsError
        Not a run folder, not one of a cell, or damaged.
    """
    start, stop = read_start(folder), read_stop(folder)
    cell = start.cell
    if cell is None:
        raise SettingsError([Problem(str(folder), "was made on no cell of a sample")])
    if stop is not None and stop.dose is not None:
        return _entry(folder, start, cell, stop, dose_of(stop.dose), stop.conductance)
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
    return _entry(folder, start, cell, stop, dose, last_conductance(rows))


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
    folder: Path,
    start: RunStart,
    cell: RecordedCell,
    stop: RunStop,
    dose: Dose,
    conductance: float | None,
) -> Entry:
    results = read_results(folder)
    if results is None and stop.exit_status == "success":  # killed after its stop was written
        results = results_of(folder)
    return Entry(
        run=start.run_id,
        cell=cell.cell,
        folder=folder,
        protocol=start.protocol,
        recipe=start.settings.get("recipe_source", ""),
        bench=start.bench,
        device=start.device,
        profile=cell.profile,
        started=start.start_time,
        stopped=stop.stop_time,
        status=stop.exit_status,
        reason=stop.reason,
        rows=stop.rows,
        conductance=conductance,
        dose=dose,
        results=() if results is None else results.results,
        campaign=start.campaign.name if start.campaign else "",
        step=start.campaign.step if start.campaign else "",
        repeat=start.campaign.repeat if start.campaign else 0,
    )
