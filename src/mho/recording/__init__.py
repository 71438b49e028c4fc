"""Recording: rows safe on disk while the run goes on, one file for readers when it has ended."""

from mho.recording.columns import Column, LongName, columns
from mho.recording.folder import RunStart, RunStop, load, read_start, read_stop, rebuild

__all__ = [
    "Column",
    "LongName",
    "RunStart",
    "RunStop",
    "columns",
    "load",
    "read_start",
    "read_stop",
    "rebuild",
]
