"""A table as a text file that Origin, Excel and any script read."""

import csv
from pathlib import Path

from mho.errors import RecordingError
from mho.recording.tables import Table


def write_csv(path: Path, table: Table, *, decimal_comma: bool = False) -> None:
    """Write a table, UTF-8; nothing stands where a value is not known.

    ``decimal_comma``: numbers with a comma, and semicolons between them, as spreadsheets of half of
    Europe write them.

    Raises
    ------
    RecordingError
        It cannot be written.
    """
    between, decimal = (";", ",") if decimal_comma else (",", ".")
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=between, lineterminator="\n").writerows(table.heads)
            table.cells.to_csv(
                file, sep=between, decimal=decimal, header=False, index=False, lineterminator="\n"
            )
    except OSError as error:
        raise RecordingError(f"{path} cannot be written: {error.strerror or error}") from error
