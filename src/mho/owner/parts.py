"""The instruments of a bench, as one needs them to lock them and to switch them off."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from mho import plugins
from mho.bench_file import BenchInstrument
from mho.bench_select import BenchSelector
from mho.errors import MhoError
from mho.plugin_kinds import ActuatorKind, Driver, SwitchedOff, SwitchOff
from mho.selector_wiring import SelectorWiring

Part: TypeAlias = BenchInstrument | BenchSelector
"""What a run has to itself; a selector comes after all instruments."""


def resources(instruments: Iterable[Part]) -> tuple[str, ...]:
    """What is locked while they are in use; nothing of a rehearsal."""
    return tuple(
        name
        for one in instruments
        if not one.rehearses
        for name in one.driver.resources(one.settings)
    )


def wired_to(instruments: Iterable[Part], terminals: Collection[str]) -> list[Part]:
    """The instruments with nothing but these terminals; those without any are left out."""
    found: list[Part] = []
    for one in instruments:
        wired = getattr(one.settings, "terminals", None)
        if isinstance(wired, Mapping):
            used = {name: channel for name, channel in wired.items() if name in terminals}
            if not used:
                continue
            one = replace(one, settings=one.settings.model_copy(update={"terminals": used}))
        found.append(one)
    return found


def to_json(instruments: Iterable[Part]) -> list[dict[str, Any]]:
    """The real ones, for `of_json` in another process."""
    return [
        {
            "name": one.name,
            "kind": one.kind,
            "settings": one.settings.model_dump(mode="json"),
            "wiring": one.wiring.model_dump(mode="json")
            if isinstance(one, BenchSelector)
            else None,
        }
        for one in instruments
        if not one.rehearses
    ]


def of_json(data: Iterable[Mapping[str, Any]]) -> list[Part]:
    """The instruments that another process wrote."""
    found: list[Part] = []
    for one in data:
        if one["wiring"] is not None:
            selector: ActuatorKind = plugins.load(plugins.ACTUATORS, one["kind"])
            found.append(
                BenchSelector(
                    name=one["name"],
                    kind=one["kind"],
                    place="",
                    driver=selector,
                    settings=selector.settings.model_validate(one["settings"]),
                    wiring=SelectorWiring.model_validate(one["wiring"]),
                )
            )
            continue
        driver: Driver = plugins.load(plugins.DRIVERS, one["kind"])
        chosen = driver.settings.model_validate(one["settings"])
        found.append(
            BenchInstrument(
                name=one["name"], kind=one["kind"], place="", driver=driver, settings=chosen
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Switch:
    """What switches one part of a bench off; relays wait until every output is at 0 V."""

    name: str
    off: SwitchOff
    is_relays: bool


def prepared(instruments: Iterable[Part]) -> list[Switch]:
    """What switches the real ones off; everything that it needs is imported now."""
    return [
        Switch(one.name, one.driver.switching_off(one.settings), isinstance(one, BenchSelector))
        for one in instruments
        if not one.rehearses
    ]


def switch_off(
    switches: Iterable[Switch], sessions: Sequence[str], *, look: bool
) -> tuple[list[SwitchedOff], list[str]]:
    """Switch everything off, whatever fails on the way: what was found, and what failed.

    ``sessions`` and ``look`` are those of `mho.plugin_kinds.SwitchOff`.
    """
    found: list[SwitchedOff] = []
    failures: list[str] = []
    for switch in switches:
        if switch.is_relays and (failures or any(one.failure for one in found)):
            failures.append(
                f"{switch.name}: its relays were left as they are; under voltage they weld"
            )
            continue
        try:
            found += switch.off(sessions, look)
        except MhoError as error:
            failures.append(str(error))
        except Exception as error:  # the next instrument must still be switched off
            failures.append(f"{type(error).__name__}: {error}")
    failures += [f"{one.terminal} ({one.channel}): {one.failure}" for one in found if one.failure]
    return found, failures
