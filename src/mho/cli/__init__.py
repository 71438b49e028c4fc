"""The command line: ``mho``. Exit codes: 0 done, 1 stopped, 2 wrong input, 130 interrupted."""

from mho.cli.commands import main

__all__ = ["main"]
