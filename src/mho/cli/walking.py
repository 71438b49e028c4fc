"""``mho run --cells``: the plan once, the question, a run for each cell, what came of them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from rich.markup import escape

from mho.cli.checking import print_plan
from mho.cli.exit_codes import DONE, INTERRUPTED, STOPPED, WRONG_INPUT
from mho.cli.pause_key import pause_key
from mho.cli.reaching import ask_for
from mho.cli.running import progress_bar, reporter
from mho.cli.screen import console, explain, is_interactive, print_refusals, say
from mho.clock import RealClock
from mho.errors import MhoError
from mho.interrupts import came, deferred, termination_as_interrupt
from mho.job import Job
from mho.owner.owner import require_free
from mho.pausing import Pause
from mho.recording.documents import read_results
from mho.recording.folder import run_name
from mho.walk import Stop, cell_name, half_selected_in, walk


def check_cells(jobs: Sequence[Job]) -> int:
    """Show the plan of one cell, and every refusal of any."""
    refused = _refused(jobs)
    print_plan(jobs[0])
    say(f"the same on {len(jobs)} cells, a run for each", console())
    if refused:
        print_refusals(refused)
        return WRONG_INPUT
    if not jobs[0].setup.rehearses:
        require_free(jobs[0].setup.parts, jobs[0].setup.profile.terminals)
    console().print("nothing is refused; nothing was energised")
    return DONE


def run_cells(jobs: Sequence[Job], out: Path, *, confirmed: bool) -> int:
    """Make a run on each cell; they stand in one folder, which is printed last."""
    first = jobs[0]
    refused = _refused(jobs)
    print_plan(first)
    say(f"the same on {len(jobs)} cells, a run for each", console())
    if refused:
        print_refusals(refused)
        return WRONG_INPUT
    require_free(first.setup.parts, first.setup.profile.terminals)
    if not confirmed and not first.setup.rehearses:
        if not is_interactive():
            print_refusals(["nobody is here to agree to the plan; give --yes to run unattended"])
            return WRONG_INPUT
        click.confirm(f"Energise {len(jobs)} devices, one after the other?", abort=True)
    folder = out / run_name(f"{first.protocol.name}_cells", RealClock().wall_time())
    stops: list[Stop] = []
    code = DONE
    with termination_as_interrupt(), deferred():
        pause = Pause()
        with progress_bar() as progress, pause_key(pause):
            walked = walk(
                _asked([job.once_checked() for job in jobs], confirmed=confirmed),
                folder,
                [reporter(first.protocol, first, progress, says=False)],
                pause,
            )
            try:
                for stop in walked:
                    stops.append(stop)
                    progress.console.print(escape(_line(stop)), soft_wrap=True)
                    if stop.outcome is not None and stop.outcome.error is not None:
                        explain(stop.outcome.error)
                        interrupted = isinstance(stop.outcome.error, KeyboardInterrupt)
                        code = INTERRUPTED if interrupted else STOPPED
            except MhoError as error:  # a run that could not be opened; the others are kept
                explain(error)
                code = STOPPED
        _say_all(stops, len(jobs))
        if any(stop.outcome is not None for stop in stops):
            click.echo(str(folder))
    if any(stop.refused for stop in stops):
        code = code or STOPPED
    return INTERRUPTED if came() else code


def _refused(jobs: Sequence[Job]) -> list[str]:
    """Every refusal: of the plan once, of the life of each cell."""
    found = jobs[0].refusals()
    if found:
        return found
    plan = jobs[0].plan()
    for job in jobs[1:]:
        found += (f"{cell_name(job)}: {why}" for why in job.dose_refusals(plan, job.life()))
    return found


def _asked(jobs: Sequence[Job], *, confirmed: bool) -> Iterator[Job]:
    for job in jobs:
        if not job.setup.rehearses:
            ask_for(job, confirmed=confirmed)
        yield job


def _line(stop: Stop) -> str:
    name = cell_name(stop.job)
    if stop.outcome is None:
        return f"{name}: refused: {'; '.join(stop.refused)}"
    ended = stop.outcome.stop
    status = ended.exit_status
    said = status if status == "success" else f"{status}: {ended.reason}"
    results = None
    if status == "success":
        results = read_results(stop.outcome.folder)
    shown = [
        f"{one.name} {one.value if isinstance(one.value, str) else format(one.value, '.4g')}"
        for one in (results.results if results else ())
        if one.value is not None and not one.part
    ]
    return f"{name}: {said}, {ended.rows} rows{', ' + ', '.join(shown[:2]) if shown else ''}"


def _say_all(stops: Sequence[Stop], wanted: int) -> None:
    to = console()
    counts = Counter(
        "refused" if stop.outcome is None else stop.outcome.stop.exit_status for stop in stops
    )
    left = wanted - len(stops)
    said = [f"{count} {what}" for what, count in counts.items()]
    said += [f"{left} not begun"] if left else []
    say(f"{wanted} cells: {', '.join(said)}", to)
    half = half_selected_in(stops)
    most = None if half is None else half.most
    if most is not None:
        pulses, cell, terminal = most
        say(
            f"half-selected: at most {pulses} programming pulses at one terminal, at {terminal} of "
            f"{cell}, while other cells on its line were selected",
            to,
        )
