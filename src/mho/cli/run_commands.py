"""``mho runs``, ``show``, ``plot`` and ``export``: recorded runs."""

from pathlib import Path

import click

from mho.cli.options import DEFAULT_OUT, FOLDER, drawn


@click.command(short_help="Ask all recorded runs something.")
@click.argument("folder", default=DEFAULT_OUT, type=click.Path(path_type=Path))
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


@click.command(short_help="Show what a recorded run did and came to.")
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


@click.command(short_help="Draw the figure of a recorded run, or of several.")
@click.argument(
    "folder", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--result", default="", metavar="NAME", help="Of runs on cells: a map of it.")
@click.option("--part", default="", help="Of this part of a run, where a run has several.")
@drawn
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


@click.command(short_help="Write the rows of a run for Origin, Excel, xarray.")
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--csv", is_flag=True, help="Text: long names, units, names, then the rows.")
@click.option("--xlsx", is_flag=True, help='An Excel workbook; needs pip install "mho[xlsx]".')
@click.option("--hdf5", is_flag=True, help="run.h5 again, after a crash for example.")
@click.option("--decimal-comma", is_flag=True, help="1,5;2,5 in text instead of 1.5,2.5.")
@click.option("--out", type=FOLDER, help="Folder for text and workbook; else the run folder.")
def export(
    folder: Path, csv: bool, xlsx: bool, hdf5: bool, decimal_comma: bool, out: Path | None
) -> int:
    """Write the rows of a recorded run for other programs, in SI units.

    Long names, units and comments stand in rows of their own, as Origin expects them. The curves
    of a sweep also come as one pair of columns a cycle.
    """
    from mho.cli.exporting import export_run

    return export_run(folder, out, csv=csv, xlsx=xlsx, hdf5=hdf5, decimal_comma=decimal_comma)
