"""Recording: rows safe on disk while the run goes on, one file for readers when it has ended.

What reads and writes run folders is loaded when first used: a row class needs columns only.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mho.recording.columns import Column, LongName, columns

if TYPE_CHECKING:
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


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'mho.recording' has no attribute {name!r}")
    return getattr(import_module("mho.recording.folder"), name)
