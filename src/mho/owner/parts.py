"""The parts of a bench, as one needs them to switch off: a driver and its settings each."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mho import plugins
from mho.errors import MhoError
from mho.frozen import Frozen
from mho.plugin_kinds import Driver, Found

SwitchOff = Callable[[Sequence[str], bool], Sequence[Found]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One instrument of a bench: the name of its driver's plug-in, and its settings."""

    driver: str
    kind: Driver
    settings: Frozen

    @property
    def is_rehearsed(self) -> bool:
        """True if nothing real can be energised."""
        return self.kind.rehearses(self.settings)

    @property
    def resources(self) -> tuple[str, ...]:
        """What is locked while it is in use; nothing in a rehearsal."""
        return () if self.is_rehearsed else tuple(self.kind.resources(self.settings))

    def to_json(self) -> dict[str, Any]:
        """For `of_json`, in another process."""
        return {"driver": self.driver, "settings": self.settings.model_dump(mode="json")}


def of_json(data: Mapping[str, Any]) -> Part:
    """The part that another process wrote."""
    kind: Driver = plugins.load(plugins.DRIVERS, data["driver"])
    return Part(
        driver=data["driver"], kind=kind, settings=kind.settings.model_validate(data["settings"])
    )


def prepared(parts: Iterable[Part]) -> list[SwitchOff]:
    """What switches the real ones off; everything that it needs is imported now."""
    return [part.kind.switching_off(part.settings) for part in parts if not part.is_rehearsed]


def switch_off(
    switches: Iterable[SwitchOff], sessions: Sequence[str], *, look: bool
) -> tuple[list[Found], list[str]]:
    """Switch everything off, whatever fails on the way: what was found, and what failed.

    Parameters
    ----------
    sessions
        What the names of sessions that others left on a device server end with.
    look
        Ask first what is on; takes a moment.
    """
    found: list[Found] = []
    failures: list[str] = []
    for switch in switches:
        try:
            found += switch(sessions, look)
        except MhoError as error:
            failures.append(str(error))
        except Exception as error:  # the next instrument must still be switched off
            failures.append(f"{type(error).__name__}: {error}")
    failures += [f"terminal {one.terminal} ({one.channel}): {one.failure}" for one in found if one.failure]
    return found, failures
