"""The commands and their options; what they do is imported when one is called."""

import sys
from collections.abc import Callable, Sequence
from functools import wraps
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mho.cli.analyse_commands import analyse
from mho.cli.exit_codes import DONE, INTERRUPTED
from mho.interrupts import nothing_left_to_interrupt, termination_as_interrupt

if TYPE_CHECKING:
    from mho.job import Job, Said

_FOLDER = click.Path(path_type=Path, file_okay=False)
_DEFAULT_OUT = Path("data") / "runs"
_OUT = "Where run folders are made."
_SEED = click.IntRange(0, 2**63 - 1)
_WIRE = click.option(
    "--wire",
    is_flag=True,
    help="Rehearse over sockets, as real instruments are reached; the same rows, but slower.",
)
_MISSING = {
    "protocol": "mho list protocols shows what can be given.",
    "bench": "mho list benches shows what can be given, mho new bench lab writes your own.",
    "device": "mho list devices shows what can be given, mho new device cell writes your own.",
    "recipe": "mho list recipes shows what can be given, mho new recipe mine writes your own.",
    "instrument": "mho list instruments shows what can be given.",
    "folder": "A run folder is the last line that mho run printed; they stand in data/runs.",
}
"""What helps somebody who left out an argument or an option of this name."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code and never raises for a user's mistake."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a screen or a file that lacks a letter of ours
            stream.reconfigure(errors="replace")
    with termination_as_interrupt():
        code = _code_of(arguments)
        if arguments is None:  # this process is the command
            nothing_left_to_interrupt()
    return code


def _code_of(arguments: Sequence[str] | None) -> int:
    try:
        result = mho.main(args=arguments, prog_name="mho", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        if isinstance(error, click.MissingParameter) and error.param is not None:
            hint = _MISSING.get(error.param.name or "")
            if hint is not None:
                click.echo(hint, err=True)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        return DONE
    except Exception as error:
        from mho.cli.screen import explain

        code = explain(error)
        if code is None:
            raise
        return code
    return result if isinstance(result, int) else DONE


class _InOrder(click.Group):
    """Commands in the order in which a person meets them, not in that of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] == "help":
            raise click.UsageError(
                "help on all commands: mho --help; on one: mho COMMAND --help", ctx
            )
        return super().resolve_command(ctx, args)


@click.group(
    cls=_InOrder,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="mho", prog_name="mho")
def mho() -> None:
    """Program and characterise memristors and other analogue memory devices.

    Every measurement runs first on a simulated bench, through the same drivers, and every row is
    safe on disk before the next pulse is applied.

    \b
    First steps:
      mho demo            tune nine conductances on the simulated bench
      mho list            what is shipped: protocols, benches, devices, recipes
      mho describe ispp   what can be written into its recipes
      mho check ispp --bench ni-pxie-4139 --device cu-te-1t1r --recipe one-target
                          the plan and its worst case, nothing energised
    """


def _logged(command: Callable[..., int]) -> Callable[..., int]:
    """The command with an option ``--log``."""

    @click.option(
        "--log",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Add every message of the wire to this text file.",
    )
    @click.pass_context
    @wraps(command)
    def logged(context: click.Context, /, *, log: Path | None, **options: object) -> int:
        from mho.cli.log_file import log_to

        with log_to(log, context.command_path):
            return command(**options)

    return logged


@mho.command(short_help="Tune nine conductances on the simulated bench.")
@click.option("--out", type=_FOLDER, default=_DEFAULT_OUT, show_default=True, help=_OUT)
@click.option("--seed", type=_SEED, default=0, show_default=True)
@click.option("--bench", default="ni-pxie-4139", show_default=True, help="Shipped simulated bench.")
@_WIRE
@_logged
def demo(out: Path, seed: int, bench: str, wire: bool) -> int:
    """Tune nine conductances of a simulated 1T1R cell by ISPP.

    Two simulated PXIe-4139 answer to the unmodified NI client: one holds the gate at 3 V, one
    pulses and reads the top electrode. Ends with a table and leaves a run folder with run.h5,
    rows.csv and a figure.
    """
    from mho.cli.running import run_job
    from mho.job import read_job

    job = read_job("ispp", bench, "cu-te-1t1r", "nine-targets", seed=seed, wire=wire)
    return run_job(job, out, confirmed=True)


def _job_options(command: Callable[..., int]) -> Callable[..., int]:
    """Everything that says which job: the same for ``run`` and ``check``."""
    files = "Shipped name or path of a TOML file."
    for decorate in (
        click.option("--yes", is_flag=True, help="Energise a real bench without asking."),
        click.option("--out", type=_FOLDER, default=_DEFAULT_OUT, show_default=True, help=_OUT),
        click.option("--seed", type=_SEED, help="Of a simulation; 0 unless given."),
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


@mho.command(short_help="Run a protocol and record it.")
@_job_options
@_WIRE
@_logged
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


@mho.command(short_help="Go on with a run that broke off.")
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Energise a real bench without asking.")
@_logged
def resume(folder: Path, yes: bool) -> int:
    """Go on with the run in the folder RUN after a kill, a fault or Ctrl-C, into the same folder.

    Settings are those of the run, whatever their files say by now. A rehearsal is played again
    from its seed, and must come to the same rows; then it goes on.
    """
    from mho.cli.running import resume_run

    return resume_run(folder, confirmed=yes)


@mho.command(short_help="Show plan and refusals; nothing is energised.")
@_job_options
@_logged
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


@mho.command(short_help="Switch everything on a bench off, also after a crash.")
@click.argument("bench")
@click.option(
    "--set",
    "options",
    multiple=True,
    metavar="KEY=VALUE",
    help="Overrule one value of the bench file. May be repeated.",
)
@click.option("--force", is_flag=True, help="Also while a living process uses the bench.")
@_logged
def off(bench: str, options: tuple[str, ...], force: bool) -> int:
    """Bring every output of BENCH to 0 V and switch it off, without a run.

    BENCH is a shipped name or the path of a TOML file. Says of each terminal how it was found. A
    bench that a living process uses is left alone, unless --force is given.
    """
    from mho.cli.switching_off import switch_bench_off

    return switch_bench_off(bench, options, force=force)


@mho.command("list", short_help="List protocols, benches, devices, recipes, instruments.")
@click.argument(
    "what",
    required=False,
    type=click.Choice(
        ["protocols", "benches", "devices", "recipes", "instruments", "samples", "campaigns"]
    ),
)
@click.option("--bench", help="With --device and recipes: which of them run there, and why not.")
@click.option("--device", help="See --bench.")
def list_(what: str | None, bench: str | None, device: str | None) -> int:
    """List what comes with mho, with installed plug-ins, and what is in the folders of a lab.

    \b
      mho list recipes --bench keithley-4200a --device resistor
                          which of them run there, and why the others do not
    """
    if bench is not None or device is not None:
        if what != "recipes":
            raise click.UsageError("--bench and --device belong to: mho list recipes")
        from mho.cli.fitting import show_fitting

        return show_fitting(bench, device)
    from mho.cli.listing import show_list

    return show_list(what)


@mho.command(short_help="Show every key of a settings file and its meaning.")
@click.argument("name", required=False)
@click.option("--markdown", is_flag=True, help="As Markdown; without NAME, everything.")
def describe(name: str | None, markdown: bool) -> int:
    """Show every key of NAME: how it is written, its range, its default, its meaning.

    NAME is a protocol (the keys of its recipes), a kind of bench, a device or a simulated
    instrument; without it, all names are listed.

    \b
      mho describe ispp
      mho describe keithley-4200a
    """
    from mho.cli.describing import describe as show

    return show(name, markdown=markdown)


@mho.command(short_help="Write a settings file of your own.")
@click.argument(
    "what",
    type=click.Choice(["bench", "device", "recipe", "instrument", "sample", "campaign", "lab"]),
)
@click.argument("name")
@click.option("--from", "source", metavar="SHIPPED", help="The shipped file to begin from.")
def new(what: str, name: str, source: str | None) -> int:
    """Write NAME.toml, a commented settings file of your own, into this folder.

    A bench, device, recipe or sample is for run and check, an instrument (a simulated one) for
    serve, a campaign for campaign. A lab is a folder for all of them: in it they are found by
    their names.
    """
    from mho.cli.listing import write_new

    return write_new(what, name, source)


@mho.command(short_help="Ask all recorded runs something.")
@click.argument("folder", default=_DEFAULT_OUT, type=click.Path(path_type=Path))
@click.option("--where", default="", metavar="CONDITION", help="Only runs of which this is true.")
@click.option("--sample", default="", help="Only runs on cells of this sample.")
@click.option("--show", "columns", multiple=True, metavar="NAME", help="Also this result.")
@click.option("--sort", default="", metavar="NAME", help="By this column; -NAME: largest first.")
@click.option("--csv", "as_csv", is_flag=True, help="All columns of all runs as CSV.")
@click.option("--json", "as_json", is_flag=True, help="All of it as JSON.")
def runs(
    folder: Path,
    where: str,
    sample: str,
    columns: tuple[str, ...],
    sort: str,
    as_csv: bool,
    as_json: bool,
) -> int:
    """List the runs below FOLDER (data/runs) that meet a condition, with their results.

    \b
      mho runs --where 'device = cu-te and read_window > 3' --show read_window
      mho runs --where 'protocol = ispp and conductance > 50 uS' --sort -started
      mho runs --where 'tag = wafer3 and not status = success' --csv > runs.csv

    Names are those of results (mho show RUN) and run, protocol, recipe, bench, device, sample,
    cell, operator, note, tag, campaign, step, status, started, rows, conductance, seed.
    Comparisons: = != < > <= >= and ~ (contains), joined by and, or, not and brackets.
    """
    from mho.cli.catalogue import show_runs

    return show_runs(folder, where, sample, sort, columns, as_csv=as_csv, as_json=as_json)


def _drawn(command: Callable[..., int]) -> Callable[..., int]:
    """Where a figure goes and what it looks like."""
    for decorate in (
        click.option(
            "--style",
            type=click.Path(path_type=Path),
            help="A matplotlib style file for fonts, lines, colours.",
        ),
        click.option(
            "--width",
            default="double",
            show_default=True,
            metavar="WIDTH",
            help='In print: single (89 mm), double (183 mm), or a length such as "85 mm".',
        ),
        click.option(
            "--format",
            "picture",
            type=click.Choice(["png", "pdf", "svg"]),
            help="PNG unless this or the name after --out says otherwise.",
        ),
        click.option(
            "--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write."
        ),
    ):
        command = decorate(command)
    return command


@mho.group(short_help="Steps over the cells of a sample.")
def campaign() -> None:
    """Steps over the cells of a sample; a campaign goes on where it stopped, also after a kill."""


_CAMPAIGN = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@campaign.command("check", short_help="The whole plan and every refusal.")
@_CAMPAIGN
def check_campaign(file: Path) -> int:
    """Show the plan of all steps over all cells; nothing is energised."""
    from mho.cli.campaigns import check_campaign as check

    return check(file)


@campaign.command("run", short_help="Carry out what is left of it.")
@_CAMPAIGN
@click.option("--out", type=_FOLDER, default=_DEFAULT_OUT, show_default=True, help=_OUT)
@click.option("--yes", is_flag=True, help="Energise a real bench without asking.")
@click.option(
    "--workers",
    default="",
    metavar="N|ADDRESS",
    help="Rehearse on N processes, or on a Dask scheduler's workers.",
)
@click.option("--json", "as_json", is_flag=True, help="Print where it stands as JSON at the end.")
@_logged
def run_campaign(file: Path, out: Path, yes: bool, workers: str, as_json: bool) -> int:
    """Carry out the campaign in FILE: what was done is not done again, what broke off goes on.

    Ctrl-C once ends it after the run that goes on, twice stops that run.
    """
    from mho.cli.campaigns import run_campaign as run

    return run(file, out, confirmed=yes, workers=workers, as_json=as_json)


@campaign.command("show", short_help="How each step stands on each cell.")
@_CAMPAIGN
@click.option("--result", default="", metavar="NAME", help="Show this result of each step.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def show_campaign(file: Path, result: str, as_json: bool) -> int:
    """Show how each step of the campaign in FILE stands on each cell, or a result of it."""
    from mho.cli.campaigns import show_campaign as show

    return show(file, result, as_json=as_json)


@campaign.command("plot", short_help="Map, yield and distribution of a result.")
@_CAMPAIGN
@click.option("--result", required=True, metavar="NAME", help="The result that is shown.")
@click.option("--step", default="", help="Of this step; needed where several have it.")
@click.option("--part", default="", help="Of this part of the run, where a run has several.")
@_drawn
def plot_campaign(
    file: Path,
    result: str,
    step: str,
    part: str,
    out: Path | None,
    picture: str | None,
    width: str,
    style: Path | None,
) -> int:
    """Draw the sample from above, coloured by a result of the campaign in FILE.

    With the yield (cells that have it) and, of a number, the cumulative distribution. Cells that
    have none are grey and hatched. Beside FILE unless --out is given.
    """
    from mho.cli.campaign_plots import plot_campaign as plot

    return plot(file, (result, step, part), out, picture, width, style)


@mho.group(short_help="What the cells of a sample have suffered.")
def ledger() -> None:
    """What the cells of a sample have suffered and shown, over all their runs."""


@ledger.command("show", short_help="Every cell, or every run of one.")
@click.argument("sample")
@click.option("--cell", help="The runs of this cell.")
@click.option("--rehearsal/--real", "rehearsed", default=None, help="Only those; else both.")
def show_ledger(sample: str, cell: str | None, rehearsed: bool | None) -> int:
    """Show the cells of SAMPLE: runs, how the last one ended, conductance, pulses, charge."""
    from mho.cli.samples import show_ledger as show

    return show(sample, cell, rehearsed=rehearsed)


@ledger.command("rebuild", short_help="Make it again from the run folders.")
@click.argument("sample")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
def rebuild_ledger(sample: str, runs: tuple[Path, ...]) -> int:
    """Make the ledger of SAMPLE again from every run below the folders RUNS.

    The run folders are the truth; a ledger that is lost, damaged or of another version is made
    from them. Runs of other samples are left out.
    """
    from mho.cli.samples import rebuild_ledger as rebuild

    return rebuild(sample, runs)


@mho.command(short_help="Show what a recorded run did and came to.")
@click.argument(
    "folder", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures of merit as JSON.")
def show(folder: tuple[Path, ...], as_json: bool) -> int:
    """Show what a recorded run did and what came of it; of several runs, side by side.

    Figures of merit come with their 95 % intervals, in SI units, as results.json and run.h5 have
    them; of a run that was killed they are made from its rows.
    """
    from mho.cli.recorded import compare_runs, show_json, show_run

    if as_json:
        return max(show_json(one) for one in folder)
    return show_run(folder[0]) if len(folder) == 1 else compare_runs(folder)


@mho.command(short_help="Draw the figure of a recorded run, or of several.")
@click.argument(
    "folder", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--result", default="", metavar="NAME", help="Of runs on cells: a map of it.")
@click.option("--part", default="", help="Of this part of a run, where a run has several.")
@_drawn
def plot(
    folder: tuple[Path, ...],
    result: str,
    part: str,
    out: Path | None,
    picture: str | None,
    width: str,
    style: Path | None,
) -> int:
    """Draw the figure of a recorded run; into the run folder unless --out is given.

    Several runs of one protocol are laid over one another; of many, or of runs whose figures do not
    fit together, the distributions of their results are drawn. Into this folder. A folder of runs,
    as mho run --cells makes one, stands for all of them; --result draws their cells from above,
    coloured by a result (mho show RUN lists them).

    The small print names run, device, bench, recipe and seed. Letters are 6 to 8 points high at
    the width given, unless the style file says otherwise.

    \b
      mho plot RUN --format pdf --width single        for a column of a journal
      mho plot RUN RUN --out talk.svg --style talk.mplstyle
      mho plot FOLDER --result conductance            cells of an array as a map
    """
    from mho.cli.plotting import plot_run, runs_in

    runs = runs_in(folder)
    if result or part:
        from mho.cli.cell_maps import plot_map

        return plot_map(runs, result, part, out, picture, width, style)
    if len(runs) == 1:
        return plot_run(runs[0], out, picture, width, style)
    from mho.cli.several_runs import plot_runs

    return plot_runs(runs, out, picture, width, style)


@mho.command(short_help="Write the rows of a run for Origin, Excel, xarray.")
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--csv", is_flag=True, help="Text: long names, units, names, then the rows.")
@click.option("--xlsx", is_flag=True, help='An Excel workbook; needs pip install "mho[xlsx]".')
@click.option("--hdf5", is_flag=True, help="run.h5 again, after a crash for example.")
@click.option("--decimal-comma", is_flag=True, help="1,5;2,5 in text instead of 1.5,2.5.")
@click.option("--out", type=_FOLDER, help="Folder for text and workbook; else the run folder.")
def export(
    folder: Path, csv: bool, xlsx: bool, hdf5: bool, decimal_comma: bool, out: Path | None
) -> int:
    """Write the rows of a recorded run for other programs, in SI units.

    Long names, units and comments stand in rows of their own, as Origin expects them. The curves
    of a sweep also come as one pair of columns a cycle.
    """
    from mho.cli.exporting import export_run

    return export_run(folder, out, csv=csv, xlsx=xlsx, hdf5=hdf5, decimal_comma=decimal_comma)


mho.add_command(analyse)


@mho.command(short_help="Hold simulated measurements against published numbers.")
@click.option("--device", help="Only the numbers measured on this device.")
@click.option("--seeds", type=click.IntRange(min=1), default=10, show_default=True)
@click.option("--json", "form", flag_value="json", help="Print JSON instead of tables.")
@click.option("--markdown", "form", flag_value="markdown", help="Print Markdown, as in the docs.")
def validate(device: str | None, seeds: int, form: str | None) -> int:
    """Measure every published number on the simulated benches and show both.

    Each number is measured as a user would, through driver, simulated instrument and recording,
    on several random devices; beside the median stands how many of them lie inside by themselves.
    Which numbers the device models were fitted to, and which follow from the recipe, is said. Exit
    code 1 if a median lies outside without an explanation.
    """
    from mho.cli.validating import show_validation

    return show_validation(device, seeds, form)


@mho.command(short_help="Serve a simulated instrument on loopback.")
@click.argument("instrument")
@click.option(
    "--settings",
    "source",
    metavar="FILE",
    help="TOML file: what is in the instrument, which terminal each channel is wired to, how it "
    "behaves, its faults. Without it everything is as mho new instrument shows it.",
)
@click.option(
    "--set",
    "options",
    multiple=True,
    metavar="KEY=VALUE",
    help='Overrule one value of the settings, e.g. --set message_time="2 ms" or '
    "--set wiring.SMU1=TE. May be repeated.",
)
@click.option(
    "--device",
    default="cu-te-1t1r",
    show_default=True,
    help="What stands in the fixture: shipped name or path of a TOML file.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="TCP port; 0 takes a free one. Unless given, that of the real instrument.",
)
@click.option("--seed", type=_SEED, default=0, show_default=True, help="Of device and noise.")
@click.option("--fast", is_flag=True, help="Virtual time: waits take no time.")
@_logged
def serve(
    instrument: str,
    source: str | None,
    options: tuple[str, ...],
    device: str,
    port: int | None,
    seed: int,
    fast: bool,
) -> int:
    """Serve a simulated INSTRUMENT on loopback until Ctrl-C.

    Any client of the real instrument can connect. Its channels are wired to the terminals of a
    simulated device. What it prints is a bench file that reaches it, with what is wired where,
    and how other clients connect, in its comments.

    \b
      mho list instruments                               what can be served
      mho serve keithley-4200a                           one with the usual cards
      mho serve keithley-4200a > served.toml             its bench file
      mho new instrument chassis --from keithley-4200a   cards, wiring, faults
      mho serve keithley-4200a --settings chassis.toml   that one
    """
    from mho.cli.serving import serve_instrument

    return serve_instrument(instrument, port, device, seed, fast, source, options)
