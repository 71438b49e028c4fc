"""The instruments of a bench, as one needs them to lock them and to switch them off."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mho import plugins
from mho.bench_file import BenchInstrument
from mho.errors import MhoError
from mho.plugin_kinds import Driver, SwitchedOff, SwitchOff


def resources(instruments: Iterable[BenchInstrument]) -> tuple[str, ...]:
    """What is locked while they are in use; nothing of a rehearsal."""
    return tuple(
        name
        for one in instruments
        if not one.rehearses
        for name in one.driver.resources(one.settings)
    )


def wired_to(
    instruments: Iterable[BenchInstrument], terminals: Collection[str]
) -> list[BenchInstrument]:
    """The instruments with nothing but these terminals; those without any are left out."""
    found = []
    for one in instruments:
        wired = getattr(one.settings, "terminals", None)
        if isinstance(wired, Mapping):
            used = {name: channel for name, channel in wired.items() if name in terminals}
            if not used:
                continue
            one = replace(one, settings=one.settings.model_copy(update={"terminals": used}))
        found.append(one)
    return found


def to_json(instruments: Iterable[BenchInstrument]) -> list[dict[str, Any]]:
    """The real ones, for `of_json` in another process."""
    return [
        {"name": one.name, "kind": one.kind, "settings": one.settings.model_dump(mode="json")}
        for one in instruments
        if not one.rehearses
    ]


def of_json(data: Iterable[Mapping[str, Any]]) -> list[BenchInstrument]:
    """The instruments that another process wrote."""
    found = []
    for one in data:
        driver: Driver = plugins.load(plugins.DRIVERS, one["kind"])
        chosen = driver.settings.model_validate(one["settings"])
        found.append(
            BenchInstrument(
                name=one["name"], kind=one["kind"], place="", driver=driver, settings=chosen
            )
        )
    return found


def prepared(instruments: Iterable[BenchInstrument]) -> list[SwitchOff]:
    """What switches the real ones off; everything that it needs is imported now."""
    return [one.driver.switching_off(one.settings) for one in instruments if not one.rehearses]


def switch_off(
    switches: Iterable[SwitchOff], sessions: Sequence[str], *, look: bool
) -> tuple[list[SwitchedOff], list[str]]:
    """Switch everything off, whatever fails on the way: what was found, and what failed.

    ``sessions`` and ``look`` are those of `mho.plugin_kinds.SwitchOff`.
    """
    found: list[SwitchedOff] = []
    failures: list[str] = []
    for switch in switches:
        try:
            found += switch(sessions, look)
        except MhoError as error:
            failures.append(str(error))
        except Exception as error:  # the next instrument must still be switched off
            failures.append(f"{type(error).__name__}: {error}")
    failures += [f"{one.terminal} ({one.channel}): {one.failure}" for one in found if one.failure]
    return found, failures
