"""Who holds a bench: the note beside a lock, for people and for whoever takes over."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a bench.

    Attributes
    ----------
    since
        ISO 8601, UTC.
    run
        The run folder, or "script".
    sessions
        What the names of its sessions on a device server end with; after its own, those of dead
        processes that it took over from.
    """

    process: int
    computer: str
    user: str
    since: str
    run: str
    sessions: tuple[str, ...] = ()

    def __str__(self) -> str:
        return (
            f"process {self.process} of {self.user} on {self.computer}, since {self.since} "
            f"({self.run})"
        )


def read_note(path: Path) -> Holder | None:
    """The note beside a lock; None if there is none.

    Raises
    ------
    ValueError
        It is not what this module writes.
    """
    try:
        note = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValueError(error.strerror or str(error)) from error
    if not isinstance(note, dict):
        raise ValueError("it is no table")
    note.pop("resource", None)
    try:
        sessions = tuple(str(name) for name in note.pop("sessions"))
        return Holder(**{**note, "process": int(note["process"])}, sessions=sessions)
    except (KeyError, TypeError) as error:
        raise ValueError(f"it lacks or has a key too many: {error}") from error


def note_path(where: Path, resource: str) -> Path:
    """A name that can be read; the digest keeps apart what only differs in odd letters."""
    readable = re.sub(r"[^A-Za-z0-9.-]+", "_", resource)[:80].strip("_.")
    digest = hashlib.sha256(resource.encode()).hexdigest()[:8]
    return where / f"{readable}-{digest}.json"


def write_note(resource: str, where: Path, holder: Holder) -> None:
    """Tell who holds a lock; whole or not at all."""
    path = note_path(where, resource)
    text = json.dumps({"resource": resource, **asdict(holder)}, indent=1, ensure_ascii=False)
    unfinished = path.with_suffix(".part")
    unfinished.write_text(text + "\n", "utf-8")
    unfinished.replace(path)
