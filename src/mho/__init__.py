"""mho programs and characterises analogue memory devices, rehearsed first on simulated instruments.

The names below are loaded when first used, so that importing mho costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mho.job import read_job
    from mho.laboratory import open_bench
    from mho.recorded_results import results_of
    from mho.recording import load
    from mho.run import execute

__all__ = ["execute", "load", "open_bench", "read_job", "results_of"]

_HOMES = {
    "execute": "mho.run",
    "load": "mho.recording",
    "open_bench": "mho.laboratory",
    "read_job": "mho.job",
    "results_of": "mho.recorded_results",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'mho' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
