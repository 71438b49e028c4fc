"""Measures published numbers as a user would: driver, simulated instrument, recording."""

import gc
import os
import signal
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from math import inf, isfinite, nan
from multiprocessing import active_children
from pathlib import Path

from mho.errors import MhoError, SettingsError
from mho.job import read_job
from mho.merit.estimate import Estimate
from mho.merit.reporting import attempt
from mho.plugins import unknown
from mho.recorded_results import results_of
from mho.result import Result
from mho.run import execute
from mho.validation.comparison import Comparison, Figure
from mho.validation.over_devices import OverDevices, over_devices
from mho.validation.published import Measured, Published, references

Run = tuple[str, str, str, str, tuple[str, ...]]
"""Protocol, recipe, device, bench and options: what is run once a seed, for all its numbers."""

Results = dict[tuple[str, str], Figure | str] | str
"""Figures of merit of a run by name and part, or why there are none."""

_LOOK_AFTER = 50_000
"""New objects between two looks of the garbage collector."""


def validate(
    device: str | None = None,
    seeds: int = 10,
    report: Callable[[str], None] = lambda _: None,
) -> list[Comparison]:
    """Measure every published number that names a figure of merit, on each of its benches.

    Parameters
    ----------
    device
        Only numbers measured on this device.
    seeds
        Random devices for each number.
    report
        Told what has been measured, line by line.

    Raises
    ------
    SettingsError
        Nothing was published about this device.
    """
    published = [
        (reference.source.name, number)
        for reference in references().values()
        for number in reference.number
        if number.measured is not None
    ]
    known = sorted({number.device for _, number in published if number.device is not None})
    if device is not None and device not in known:
        raise SettingsError([unknown("device with published numbers", device, known, "--device")])
    wanted = [(paper, number) for paper, number in published if device in (None, number.device)]
    results = measure(plays_of([number for _, number in wanted], seeds), report)
    return [
        comparison(paper, number, bench, [_of_seed(results, seed) for seed in range(count)])
        for paper, number in wanted
        for count in (devices_of(number, seeds),)
        for bench in number.benches
    ]


def devices_of(number: Published, seeds: int) -> int:
    """How many random devices it takes: one figure of them all, or ``seeds`` figures."""
    return number.devices if number.over_devices else seeds


def plays_of(numbers: Iterable[Published], seeds: int) -> list[tuple[Run, int]]:
    """The runs that numbers take, each with the seeds of its devices; none twice."""
    plays = [
        (run, seed)
        for number in numbers
        for run in runs_of(number)
        for seed in range(devices_of(number, seeds))
    ]
    return list(dict.fromkeys(plays))


def runs_of(number: Published) -> Iterator[Run]:
    """The runs that a number takes."""
    for bench in number.benches:
        for measured in (number.measured, number.over):
            if measured is not None:
                yield _run(number, measured, bench)


def measure(
    tasks: Sequence[tuple[Run, int]], report: Callable[[str], None] = lambda _: None
) -> dict[tuple[Run, int], Results]:
    """Every run with its seed, on all cores.

    A run that fails gives the reason instead; ``report`` is told of each as it is done.
    """
    results: dict[tuple[Run, int], Results] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(max_workers=cores(), initializer=ready_to_play) as pool,
    ):
        measuring = [pool.submit(play, run, seed, Path(folder)) for run, seed in tasks]
        try:
            for (run, seed), measured in zip(tasks, measuring, strict=True):
                results[run, seed] = measured.result()
                protocol, recipe, device, bench, options = run
                changes = "".join(f", {option}" for option in options)
                report(f"{protocol} {recipe} on {device}{changes}, {bench}, seed {seed}")
        except BaseException:  # Ctrl-C: nobody waits for what is still being measured
            for process in active_children():
                process.kill()
            raise
    return results


def comparison(
    paper: str, number: Published, bench: str, by_seed: Sequence[dict[Run, Results]]
) -> Comparison:
    """A number against the results of its runs, one mapping a seed.

    A number over devices has one figure for each of so many seeds.
    """
    found = [_figure(number, bench, results) for results in by_seed]
    if number.over_devices is not None:
        whole = range(0, len(found) - number.devices + 1, number.devices)
        found = [_of_devices(number.over_devices, found[n : n + number.devices]) for n in whole]
    return Comparison(
        paper=paper,
        number=number,
        bench=bench,
        figures=tuple(figure if isinstance(figure, Figure) else None for figure in found),
        failure=next((figure for figure in found if isinstance(figure, str)), ""),
    )


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _run(number: Published, measured: Measured, bench: str) -> Run:
    options = (*measured.options, *number.bench_options.get(bench, ()))
    return (measured.protocol, measured.recipe, measured.device, bench, options)


def _of_seed(results: dict[tuple[Run, int], Results], seed: int) -> dict[Run, Results]:
    return {run: found for (run, of), found in results.items() if of == seed}


def _figure(number: Published, bench: str, results: dict[Run, Results]) -> Figure | str:
    """The figure of one seed, or why there is none."""
    found = []
    for measured in (number.measured, number.over):
        if measured is None:
            continue
        of_run = results[_run(number, measured, bench)]
        if isinstance(of_run, str):
            return of_run
        result = of_run.get((measured.merit, measured.part))
        if result is None:
            return f'the protocol {measured.protocol} gave no figure of merit "{measured.merit}"'
        if isinstance(result, str):
            return result
        found.append(result)
    figure = found[0] if len(found) == 1 else found[0] / found[1]
    return figure if isfinite(figure.value) else f"{number.merit} is not a number"


def _of_devices(kind: OverDevices, found: Sequence[Figure | str]) -> Figure | str:
    """The figure of all devices; a device without one leaves them without it."""
    reason = next((figure for figure in found if isinstance(figure, str)), "")
    devices = [
        Estimate(value=figure.value, low=figure.low, high=figure.high)
        for figure in found
        if isinstance(figure, Figure)
    ]
    together, why = attempt(partial(over_devices, kind, devices))
    if reason or together is None:
        return reason or why
    return Figure(together.value, together.low, together.high)


def ready_to_play() -> None:
    """How a process that plays runs begins.

    Ctrl-C reaches every process of a terminal; here it is for the one that started these. Readings
    are kept by the ten thousand and refer to nothing, so that looking through them for what could
    be freed is seldom worth it.
    """
    gc.freeze()
    gc.set_threshold(_LOOK_AFTER)
    signal.signal(signal.SIGINT, lambda *_: None)  # SIG_IGN would be undone by an open bench


def play(run: Run, seed: int, folder: Path) -> Results:
    """One run: its figures of merit, or why there are none.

    Its files are in ``folder`` meanwhile.
    """
    protocol, recipe, device, bench, options = run
    try:
        job = read_job(protocol, bench, device, recipe, options=options, seed=seed)
        with tempfile.TemporaryDirectory(dir=folder) as own:
            outcome = execute(job, own)
            if outcome.error is not None:
                return str(outcome.error)
            found = results_of(outcome.folder)
            return found.problem or {
                (result.name, result.part): _figure_of(result) for result in found.results
            }
    except MhoError as error:
        return str(error)


def _figure_of(result: Result) -> Figure | str:
    """A result as a figure, or why it is none."""
    if result.value is None or isinstance(result.value, str):
        return result.undetermined or f'{result.name} is a word, "{result.value}"'
    low, high = result.interval or (nan, nan)
    return Figure(result.value, -inf if low is None else low, inf if high is None else high)
