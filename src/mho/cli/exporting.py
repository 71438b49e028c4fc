"""``mho export``: the rows of a recorded run for other programs."""

from contextlib import suppress
from pathlib import Path

import click

from mho import plugins
from mho.cli.exit_codes import DONE
from mho.cli.recorded import file_name, made
from mho.errors import MhoError, Problem, SettingsError
from mho.plugin_kinds import MeasurementProtocol
from mho.recorded_results import results_of
from mho.recording import RecordedRun, RunResults, read_run, rebuild
from mho.recording.csv_table import write_csv
from mho.recording.tables import Table, curves_table, results_table, rows_table
from mho.recording.workbook import write_workbook


def export_run(
    folder: Path, out: Path | None, *, csv: bool, xlsx: bool, hdf5: bool, decimal_comma: bool
) -> int:
    """Write what was asked for, and print the path of each file."""
    if not (csv or xlsx or hdf5):
        message = "say as what: --csv, --xlsx, --hdf5; several are possible"
        raise SettingsError([Problem("export", message)])
    if decimal_comma and not csv:
        message = "is for --csv; numbers in a workbook are shown as its reader's language has it"
        raise SettingsError([Problem("--decimal-comma", message)])
    run = read_run(folder)
    for difference in run.differences:
        click.echo(difference, err=True)
    if hdf5:
        click.echo(str(rebuild(run.folder, _results(run))))
    if csv or xlsx:
        _export_tables(run, out or run.folder, csv=csv, xlsx=xlsx, decimal_comma=decimal_comma)
    return DONE


def _export_tables(
    run: RecordedRun, out: Path, *, csv: bool, xlsx: bool, decimal_comma: bool
) -> None:
    if not out.is_dir():
        raise SettingsError([Problem(f"--out {out}", "is no folder; give one that is there")])
    name = f"{run.start.run_id}" if out != run.folder else file_name(run.start)
    tables: list[Table] = made(run, "table", lambda: _tables(run))
    if csv:
        for table in tables:
            path = out / f"{name}_{table.name}.csv"
            write_csv(path, table, decimal_comma=decimal_comma)
            click.echo(str(path))
    if xlsx:
        path = out / f"{name}.xlsx"
        write_workbook(path, tables, _about(run))
        click.echo(str(path))


def _results(run: RecordedRun) -> RunResults | None:
    """None where its protocol, or this version of it, is not installed here."""
    with suppress(MhoError):
        return results_of(run)
    return None


def _tables(run: RecordedRun) -> list[Table]:
    found = [rows_table(run)]
    with suppress(SettingsError):  # a protocol that is not installed here
        protocol: MeasurementProtocol = plugins.load(plugins.PROTOCOLS, run.start.protocol)
        if protocol.curves is not None:
            found.append(curves_table(run, protocol.curves))
    results = _results(run)
    if results is not None and results.results:
        found.append(results_table(results.results))
    return found


def _about(run: RecordedRun) -> dict[str, str]:
    start, stop = run.start, run.stop
    return {
        "run": start.run_id,
        "protocol": start.protocol,
        "bench": start.bench,
        "device": start.device,
        "seed": str(start.seed),
        "start": start.start_time,
        "times by": start.time_source,
        "end": stop.stop_time if stop else "",
        "exit status": stop.exit_status if stop else "",
        "reason": stop.reason if stop else "",
        "instruments": "; ".join(
            f"{one.terminal}: {one.model}, serial {one.serial}" for one in start.instruments
        ),
        "versions": ", ".join(f"{name} {number}" for name, number in start.versions.items()),
    }
