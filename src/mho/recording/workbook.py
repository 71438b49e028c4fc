"""Tables as sheets of an Excel workbook."""

from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path

from mho.errors import Problem, RecordingError, SettingsError
from mho.recording.tables import Table

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
"""Of a sheet, in every version of Excel since 2007."""


def write_workbook(path: Path, tables: Sequence[Table], about: Mapping[str, str]) -> None:
    """Write each table as a sheet, and a last one with what the run says of itself.

    Raises
    ------
    SettingsError
        XlsxWriter is not installed, or a table has no room in a sheet.
    RecordingError
        It cannot be written.
    """
    try:
        import xlsxwriter
        from xlsxwriter.exceptions import XlsxWriterException
    except ImportError:
        message = 'a workbook needs XlsxWriter: pip install "mho[xlsx]"; --csv needs nothing'
        raise SettingsError([Problem("--xlsx", message)]) from None
    for table in tables:
        rows, columns = len(table.cells) + len(table.heads), len(table.long_names)
        if rows > MOST_ROWS or columns > MOST_COLUMNS:
            message = (
                f"{rows} rows and {columns} columns of {table.name} do not go into a sheet of at "
                f"most {MOST_ROWS} and {MOST_COLUMNS}; --csv takes them"
            )
            raise SettingsError([Problem("--xlsx", message)])
    try:
        # Row after row goes to the disk, so that a long run needs little memory.
        with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
            bold = book.add_format({"bold": True})
            for table in tables:
                sheet = book.add_worksheet(table.name)
                sheet.freeze_panes(len(table.heads), 0)
                for number, head in enumerate(table.heads):
                    for column, text in enumerate(head):
                        sheet.write_string(number, column, text, bold)
                for number, row in enumerate(
                    table.cells.itertuples(index=False, name=None), start=len(table.heads)
                ):
                    for column, cell in enumerate(row):
                        if isinstance(cell, str):
                            sheet.write_string(number, column, cell)
                        elif isfinite(cell):
                            sheet.write_number(number, column, cell)
            sheet = book.add_worksheet("run")
            for number, (name, text) in enumerate(about.items()):
                sheet.write_string(number, 0, name, bold)
                sheet.write_string(number, 1, text)
    except (OSError, XlsxWriterException) as error:
        raise RecordingError(f"{path} cannot be written: {error}") from error
