"""What a run says of itself, at its start and at its stop."""

import json
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from mho.bench import Plan
from mho.bench.guard import GuardedBench
from mho.bench.recorder import SHORT
from mho.clock import VirtualClock
from mho.errors import UnsafeStateError
from mho.job import Job
from mho.life import Life
from mho.recording.columns import columns
from mho.recording.documents import RecordedInstrument, RecordedSelection, RunStart, RunStop
from mho.recording.dose_file import recorded_dose
from mho.recording.recorder import RunRecorder
from mho.recording.stimuli_file import drives
from mho.stimuli import duration
from mho.stimuli.score import RETURN_TO_ZERO

_PACKAGES = ("mho", "numpy", "pandas", "h5py", "pydantic", "nidcpower", "grpcio")


def started(job: Job, plan: Plan, life: Life | None, name: str, bench: GuardedBench) -> RunStart:
    """The start of a run, before its instruments are known."""
    setup = job.setup
    virtual = isinstance(bench.clock, VirtualClock)
    files = (
        ("bench", setup.bench_file, setup.bench_settings),
        ("device", setup.device_file, setup.profile.model_dump(mode="json")),
        ("recipe", job.recipe_file, job.recipe.model_dump(mode="json")),
    )
    settings = {}
    for what, file, resolved in files:
        settings[what] = file.text
        settings[f"{what}_source"] = file.place
        settings[f"{what}_options"] = "\n".join(file.overrides)
        settings[f"{what}_resolved"] = json.dumps(resolved)
    if job.cell is not None:
        settings["sample"] = job.cell.sample.file.text
        settings["sample_source"] = str(job.cell.sample.path.resolve())
    return RunStart(
        run_id=name,
        protocol=job.protocol.name,
        start_time=bench.clock.wall_time().isoformat(),
        time_source="virtual clock of the rehearsal" if virtual else "host clock",
        seed=setup.seed,
        bench=bench.name,
        device=setup.profile.name,
        settings=settings,
        instruments=(),
        versions=_versions(),
        columns=columns(job.row),
        short_stimuli=tuple(
            f"{planned.what}: {'; '.join(drives(planned.stimulus.score()))}"
            for planned in plan.planned
            if planned.stimulus.short and duration(planned.stimulus) <= SHORT + RETURN_TO_ZERO
        ),
        cell=None if life is None else life.recorded(setup.profile, job.waited),
        operator=job.said.operator,
        note=job.said.note,
        tags=job.said.tags,
        campaign=job.said.campaign,
        selected=_selected(job),
    )


def _selected(job: Job) -> RecordedSelection | None:
    """What a selector connects for the run."""
    selection, layout, selector = job.setup.selection, job.setup.profile.array, job.setup.selector
    if selection is None or selector is None:
        return None
    wiring = selector.wiring
    sharing = {} if layout is None else {
        name: len(layout.sharing(name, selection.cell)) for name in layout.lines
    }  # fmt: skip
    return RecordedSelection(
        row=selection.cell.row,
        column=selection.cell.column,
        paths=tuple(map(str, selection.paths)),
        sharing={name: count for name, count in sharing.items() if count},
        pulsed=wiring.followed(layout),
        parts=wiring.seen_parts(layout),
    )


def instruments_of(bench: GuardedBench) -> tuple[RecordedInstrument, ...]:
    """The instruments of an open bench."""
    return tuple(
        RecordedInstrument(
            terminal=identity.terminal,
            model=identity.model,
            serial=identity.serial,
            address=identity.address,
            firmware=identity.firmware,
            note=identity.note,
        )
        for identity in bench.identities
    )


@cache
def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def stopped(
    error: BaseException | None,
    rows: int,
    bench: GuardedBench,
    recorder: RunRecorder,
    observers_failed: list[str],
) -> RunStop:
    """How a run ended, by the error that ended it, if one did."""
    status: Literal["success", "abort", "fail"]
    if error is None:
        status, reason = "success", "the protocol ended"
    elif isinstance(error, KeyboardInterrupt):
        status, reason = "abort", f"interrupted ({error or 'Ctrl-C'})"
    else:
        status, reason = "fail", f"{type(error).__name__}: {error}"
    return RunStop(
        stop_time=bench.clock.wall_time().isoformat(),
        exit_status=status,
        reason=reason,
        rows=rows,
        duration=bench.passed,
        dose=recorded_dose(bench.dose),
        conductance=recorder.conductance,
        outputs_off=not isinstance(error, UnsafeStateError),
        observers_failed=tuple(observers_failed),
    )
