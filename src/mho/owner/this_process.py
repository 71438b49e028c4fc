"""Who this process is: for the note beside a lock, and in the names of sessions on a server."""

import getpass
import os
import platform
import secrets
from functools import cache


def number() -> int:
    """Its number on this computer."""
    return os.getpid()


def computer() -> str:
    """The name of this computer."""
    return platform.node() or "localhost"


def user() -> str:
    """Whose process this is, as far as the system says."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "?"


def session_suffix() -> str:
    """What the names of this process's sessions on a device server end with; no other's do."""
    return _suffix(os.getpid())


@cache
def _suffix(process: int) -> str:  # a forked process is another one
    return f"{computer()} {process} {secrets.token_hex(4)}"
