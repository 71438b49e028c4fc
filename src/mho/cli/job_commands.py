"""``mho demo``, ``run``, ``check`` and ``resume``: a job, planned and carried out."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mho.cli.options import DEFAULT_OUT, FOLDER, OUT, SEED, WIRE, logged

if TYPE_CHECKING:
    from mho.job import Job, Said


@click.command(short_help="Tune nine conductances on the simulated bench.")
@click.option("--out", type=FOLDER, default=DEFAULT_OUT, show_default=True, help=OUT)
@click.option("--seed", type=SEED, default=0, show_default=True)
@click.option("--bench", default="ni-pxie-4139", show_default=True, help="Shipped simulated bench.")
@WIRE
@logged
def demo(out: Path, seed: int, bench: str, wire: bool) -> int:
    """Tune nine conductances of a simulated 1T1R cell by ISPP.

    Two simulated PXIe-4139 answer to the unmodified NI client: one holds the gate at 3 V, one
    pulses and reads the top electrode. Ends with a table and leaves a run folder with run.h5,
    rows.csv and a figure.

    With --bench ni-daq: spike pairs on both electrodes of a simulated synapse (STDP), the fit of
    its window, and what of the spikes stood at the device.
    """
    from mho.cli.running import run_job
    from mho.job import read_job

    what, options = ("ispp", bench, "cu-te-1t1r", "nine-targets"), list[str]()
    if bench == "ni-daq":
        what, options = ("stdp", bench, "alpha-fe2o3", "published"), ["repeats=6"]
    return run_job(read_job(*what, seed=seed, options=options, wire=wire), out, confirmed=True)


def _job_options(command: Callable[..., int]) -> Callable[..., int]:
    """Everything that says which job: the same for ``run`` and ``check``."""
    files = "Shipped name or path of a TOML file."
    for decorate in (
        click.option("--yes", is_flag=True, help="Energise a real bench without asking."),
        click.option("--out", type=FOLDER, default=DEFAULT_OUT, show_default=True, help=OUT),
        click.option("--seed", type=SEED, help="Of a simulation; 0 unless given."),
        click.option(
            "--tag", "tags", multiple=True, help="A word to find the run by. May be repeated."
        ),
        click.option("--note", default="", help="Why it is measured, what is special."),
        click.option("--operator", default="", help="Who measures."),
        click.option(
            "--after",
            metavar="TIME",
            default="0 s",
            help="In a rehearsal: how long after the last run on that cell.",
        ),
        click.option(
            "--cells",
            metavar="CELLS",
            help="Cells one after the other, a run for each: r0c0,r3c4, r0c0..r3c7, or all.",
        ),
        click.option("--cell", help="The cell of that sample, or of an array, e.g. r3c4."),
        click.option("--sample", help="Sample file, by name or path: the run is made on its cell."),
        click.option(
            "--set",
            "options",
            multiple=True,
            metavar="KEY=VALUE",
            help='Overrule one value of the recipe, e.g. --set tolerance="1 %"; with "bench." or '
            '"device." before the key, of those files. May be repeated.',
        ),
        click.option("--recipe", required=True, help=files),
        click.option("--device", help=f"{files} May be left to the sample."),
        click.option("--bench", required=True, help=files),
        click.argument("protocol"),
    ):
        command = decorate(command)
    return command


def _jobs_on_cells(
    protocol: str,
    bench: str,
    device: str | None,
    recipe: str,
    cells: str,
    cell: str | None,
    after: str,
    options: tuple[str, ...],
    seed: int | None,
    sample: str | None,
    said: "Said",
    *,
    wire: bool = False,
) -> "list[Job]":
    """A job for each cell of ``--cells``."""
    from mho.walk import read_jobs

    if cell is not None:
        raise click.UsageError("--cell and --cells: give one of the two")
    if after != "0 s":
        raise click.UsageError("--after belongs to a run on one cell; take it out")
    return read_jobs(
        protocol, bench, device, recipe, cells=cells, options=options, seed=seed, wire=wire,
        sample=sample, said=said,
    )  # fmt: skip


@click.command(short_help="Run a protocol and record it.")
@_job_options
@WIRE
@logged
def run(
    protocol: str,
    bench: str,
    device: str | None,
    recipe: str,
    sample: str | None,
    cell: str | None,
    cells: str | None,
    after: str,
    operator: str,
    note: str,
    tags: tuple[str, ...],
    options: tuple[str, ...],
    seed: int | None,
    out: Path,
    yes: bool,
    wire: bool,
) -> int:
    """Run PROTOCOL and record it.

    The plan and its worst case come first; on a real bench nothing is energised before you agree.
    The last line printed is the run folder.
    """
    from mho.cli.running import run_job
    from mho.job import Said, read_job

    if cells is not None:
        from mho.cli.walking import run_cells

        return run_cells(
            _jobs_on_cells(
                protocol, bench, device, recipe, cells, cell, after, options, seed, sample,
                Said(operator=operator, note=note, tags=tags), wire=wire,
            ),
            out,
            confirmed=yes,
        )  # fmt: skip
    job = read_job(
        protocol,
        bench,
        device,
        recipe,
        options=options,
        seed=seed,
        wire=wire,
        sample=sample,
        cell=cell,
        after=after,
        said=Said(operator=operator, note=note, tags=tags),
    )
    return run_job(job, out, confirmed=yes)


@click.command(short_help="Show plan and refusals; nothing is energised.")
@_job_options
@logged
def check(
    protocol: str,
    bench: str,
    device: str | None,
    recipe: str,
    sample: str | None,
    cell: str | None,
    cells: str | None,
    after: str,
    operator: str,
    note: str,
    tags: tuple[str, ...],
    options: tuple[str, ...],
    seed: int | None,
    out: Path,
    yes: bool,
) -> int:
    """Show the plan of PROTOCOL and every refusal; needs no instrument, energises nothing."""
    del out, yes
    from mho.cli.checking import check_job
    from mho.job import Said, read_job

    if cells is not None:
        from mho.cli.walking import check_cells

        return check_cells(
            _jobs_on_cells(
                protocol, bench, device, recipe, cells, cell, after, options, seed, sample,
                Said(operator=operator, note=note, tags=tags),
            )
        )  # fmt: skip
    job = read_job(
        protocol,
        bench,
        device,
        recipe,
        options=options,
        seed=seed,
        sample=sample,
        cell=cell,
        after=after,
        said=Said(operator=operator, note=note, tags=tags),
    )
    return check_job(job)


@click.command(short_help="Go on with a run that broke off.")
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Energise a real bench without asking.")
@logged
def resume(folder: Path, yes: bool) -> int:
    """Go on with the run in the folder RUN after a kill, a fault or Ctrl-C, into the same folder.

    Settings are those of the run, whatever their files say by now. A rehearsal is played again
    from its seed, and must come to the same rows; then it goes on.
    """
    from mho.cli.running import resume_run

    return resume_run(folder, confirmed=yes)
