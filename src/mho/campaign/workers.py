"""Rehearsals of a campaign on Dask, on this computer or at a scheduler's address.

Cells know nothing of one another, so the files are the same however many workers there are, and a
worker that is killed loses nothing that was finished: its cell goes on elsewhere.
"""

import logging
import secrets
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path

from mho.campaign.campaign import CampaignFile, read_campaign
from mho.campaign.conduct import (
    Conduct,
    Finished,
    conduct_cell,
    jobs_of,
    sample_to_oneself,
    say_changed,
)
from mho.errors import ConnectionFailed, Problem, SettingsError
from mho.job import Job
from mho.ledger import Ledger, ledger_path
from mho.samples import Cell, cell_of, chosen_cells


def conduct_on_workers(
    file: CampaignFile, cells: Sequence[Cell], how: Conduct, workers: str
) -> Iterator[Finished]:
    """As `mho.campaign.conduct`, with the cells shared out among workers.

    Parameters
    ----------
    workers
        How many processes on this computer, or the address of a Dask scheduler.

    Raises
    ------
    ConnectionFailed
        Dask is not installed, the scheduler does not answer, or workers die again and again.
    SettingsError
        ``workers`` is neither a number nor an address.
    """
    try:
        import dask
        from dask.distributed import (
            Client,
            KilledWorker,
            LocalCluster,
            WorkerPlugin,
            as_completed,
        )
    except ImportError as error:
        raise ConnectionFailed(
            'rehearsals on several workers need Dask; install it with pip install "mho[workers]"'
        ) from error
    with ExitStack() as around:
        around.enter_context(sample_to_oneself(file, rehearsed=True))
        # Who closes a ledger last has to write all of it into one file: that is no worker.
        around.enter_context(Ledger(ledger_path(file.sample.path, rehearsed=True)))
        if workers.isdecimal() and int(workers) > 0:
            around.enter_context(dask.config.set(_NO_LOOKING))
            address = around.enter_context(
                LocalCluster(
                    n_workers=int(workers),
                    threads_per_worker=1,
                    processes=True,
                    dashboard_address=None,
                    silence_logs=logging.ERROR,  # that it kills those who end slowly
                )
            )
        elif "://" in workers or ":" in workers:
            address = workers
        else:
            message = f'"{workers}" is neither a number of workers nor the address of a scheduler'
            raise SettingsError([Problem("--workers", message)])
        try:
            client = around.enter_context(Client(address))
        except OSError as error:
            raise ConnectionFailed(f"no Dask scheduler answers at {workers}: {error}") from error
        if not isinstance(address, str):
            # Ctrl-C in a terminal goes to our workers, too; we tell them when to end.
            client.register_plugin(type("Deaf", (WorkerPlugin,), {"setup": _ignore_interrupts})())
        path, out = str(file.path.resolve()), str(how.out.resolve())
        # Dask gives the cell of a worker that died to another one, a few times.
        this = secrets.token_hex()
        names = [cell.name for cell in cells]
        size = _TOGETHER if len(names) >= _MANY else 1
        parts = [names[first : first + size] for first in range(0, len(names), size)]
        said: set[Path] = set()
        tasks = [client.submit(_cells, path, this, part, out, pure=False) for part in parts]
        for task in as_completed(tasks):
            try:
                finished = task.result()
            except KilledWorker as error:
                raise ConnectionFailed(
                    f"the workers that rehearsed a cell died one after the other ({error}). What "
                    "is finished stays: run the campaign again, it goes on from there"
                ) from error
            yield from finished
            say_changed(file, said, how)
            if how.is_to_end():
                client.cancel(tasks)
                return


_NO_LOOKING = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.system-monitor.interval": "10s",
}
"""Dask looks at each worker a hundred times a second to draw what it does; nobody asks for that."""


_MANY, _TOGETHER = 256, 4
"""Of so many cells, so many are one task: each takes Dask 7 ms, a tenth of what a cell takes."""


def _ignore_interrupts(_plugin: object, worker: object) -> None:  # noqa: ARG001 - Dask names it
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _cells(path: str, this: str, cells: list[str], out: str) -> list[Finished]:
    """All that is left on some cells, in a worker."""
    file, jobs = _read(path, this)
    how = Conduct(out=Path(out))
    return [
        finished
        for cell in cells
        for finished in conduct_cell(file, cell_of(file.sample, cell), jobs, how)
    ]


@lru_cache(maxsize=1)
def _read(path: str, this: str) -> tuple[CampaignFile, dict[str, Job]]:  # noqa: ARG001
    """The campaign and the jobs of its steps, read once by each worker in ``this`` carrying out."""
    file = read_campaign(Path(path))
    jobs = jobs_of(file, chosen_cells(file.sample, file.campaign.cells)[:1])
    return file, {name: job.once_checked() for name, job in jobs.items()}
