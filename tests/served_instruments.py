"""``mho serve`` in a process of its own: what it prints, and the bench file that this is."""

import subprocess
import sys
from contextlib import contextmanager


def address_in(stdout):
    """The address in the lines that it prints."""
    for line in stdout:
        key, _, value = line.partition(" = ")
        if key in ("connection", "target"):
            return value.strip().strip('"')
    raise AssertionError("it ended without an address")


@contextmanager
def served_into(path, *arguments):
    """All that ``mho serve`` prints goes into a file, as a person would have it."""
    with (
        path.open("w", encoding="utf-8") as file,
        subprocess.Popen(
            [sys.executable, "-m", "mho", "serve", *arguments, "--port", "0"],
            stdout=file,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        try:
            said = process.stderr.readline()
            assert said.startswith("# it listens on "), said + process.stderr.read()
            yield
        finally:
            process.terminate()
