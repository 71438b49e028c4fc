"""Which slots hold a module, and which terminal each is wired to."""

from collections.abc import Iterable, Mapping

import numpy as np

from mho.errors import Problem
from mho.rehearsal import World
from mho.sim_instruments.ni_dcpower.module import Module
from mho.sim_instruments.ni_dcpower.noise import NOISE_KEY, Meter
from mho.sim_instruments.ni_dcpower.rack import KIND, Rack
from mho.sim_instruments.ni_dcpower.specifications import VERSION_20W, VERSION_40W


def wired_slots(
    wiring: Mapping[str, str], terminals: Iterable[str]
) -> tuple[dict[str, str], list[Problem]]:
    """Slot -> terminal, and what is wrong with the wiring."""
    known = tuple(terminals)
    problems: list[Problem] = []
    wired: dict[str, str] = {}
    for channel, terminal in wiring.items():
        slot, _, number = channel.partition("/")
        if not slot or number not in ("", "0"):
            problems.append(
                Problem(
                    f"wiring.{channel}", 'write the channel as "PXI1Slot2/0": a PXIe-4139 has one'
                )
            )
        elif terminal not in known:
            problems.append(
                Problem(
                    f"wiring.{channel}",
                    f'the device has no terminal "{terminal}"; it has {", ".join(known)}',
                )
            )
        elif terminal in wired.values() or slot.lower() in map(str.lower, wired):
            problems.append(Problem(f"wiring.{channel}", f'"{terminal}" or {slot} is wired twice'))
        else:
            wired[slot] = terminal
    return wired, problems


def all_slots(wired: Mapping[str, str], slots: Iterable[str]) -> list[str]:
    """Those that are wired, and those that hold a module all the same."""
    taken = {slot.lower() for slot in wired}
    return [*wired, *(slot for slot in slots if slot.lower() not in taken)]


def wrong_versions(
    version_40w: Iterable[str], slots: Iterable[str], wiring: Iterable[str]
) -> list[Problem]:
    """40 W versions in slots without a module."""
    there = list(slots)
    known = {slot.lower() for slot in (*there, *map(_slot, wiring))}
    return [
        Problem(f"version_40w[{n}]", f"{channel}: no module; there are {', '.join(there)}")
        for n, channel in enumerate(version_40w)
        if _slot(channel).lower() not in known
    ]


def rack(
    world: World,
    wired: Mapping[str, str],
    slots: Iterable[str],
    version_40w: Iterable[str],
    *,
    calibration_errors: bool,
) -> Rack:
    """The modules of these slots, each with noise of its own."""
    there = all_slots(wired, slots)
    large = {_slot(channel).lower() for channel in version_40w}
    number = world.count(KIND)
    entropy = [world.seed, NOISE_KEY, number] if number else [world.seed, NOISE_KEY]
    seeds = np.random.SeedSequence(entropy).spawn(len(there))
    modules = {
        slot.lower(): Module(
            slot=slot,
            rank=rank,
            version=VERSION_40W if slot.lower() in large else VERSION_20W,
            terminal=wired.get(slot),
            world=world,
            meter=Meter(meter_seed, calibration_errors=calibration_errors),
        )
        for rank, (slot, meter_seed) in enumerate(zip(there, seeds, strict=True))
    }
    return Rack(world, modules)


def _slot(channel: str) -> str:
    return channel.partition("/")[0]
