"""Recording: rows safe on disk while the run goes on, one file for readers when it has ended.

The names below are loaded when first used: a row class needs no library that reads files.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mho.recording.columns import Column, LongName
    from mho.recording.documents import (
        RecordedInstrument,
        RunResults,
        RunStart,
        RunStop,
        read_start,
        read_stop,
    )
    from mho.recording.folder import RecordedRun, load, read_run, rebuild
    from mho.recording.following import follow

__all__ = [
    "Column",
    "LongName",
    "RecordedInstrument",
    "RecordedRun",
    "RunResults",
    "RunStart",
    "RunStop",
    "follow",
    "load",
    "read_run",
    "read_start",
    "read_stop",
    "rebuild",
]

_HOMES = {
    "columns": ("Column", "LongName"),
    "documents": (
        "RecordedInstrument",
        "RunResults",
        "RunStart",
        "RunStop",
        "read_start",
        "read_stop",
    ),
    "folder": ("RecordedRun", "load", "read_run", "rebuild"),
    "following": ("follow",),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"mho.recording.{home}"), name)
    raise AttributeError(f"module 'mho.recording' has no attribute {name!r}")
