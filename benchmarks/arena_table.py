"""The table of programming algorithms: what is true, what it costs, and the bounds beside it.

The Cu:Te 1T1R cell, 200 devices x 9 targets from 10 to 180 uS, at 3, 1 and 0.5 %; what counts is
the mean over 10 s begun 1 s after the end. Each with its 95 % interval, with the seconds of CPU it
took, what was said against what came, and the target where least is true.

    python benchmarks/arena_table.py [--devices 200] [--seed 0] [--preset harsh] [--elsewhere]

``--elsewhere`` also plays every algorithm where the controller's form or its numbers are wrong:
slopes off by 2, the harsh preset, alpha-Fe2O3, step models, a threshold power law.
"""

import argparse
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from mho.arena.banks import banks_of
from mho.arena.contest import Arena, Entrant, rounds, spread_targets
from mho.arena.entrants import entrants_of
from mho.arena.means import Terms
from mho.arena.standings import Standing, by_target, calibration, ranked
from mho.device.bank import CellBank
from mho.device.profile import DeviceProfile
from mho.merit.estimate import Estimate
from mho.settings import read_device

TOLERANCES = (0.03, 0.01, 0.005)
ENTRANTS = (
    "ispp", "ispp_averaged", "incremental_width", "adaptive", "adaptive:prior=false",
    "adaptive:quiet=true",
)  # fmt: skip
ENDS = (10e-6, 180e-6)
ELSEWHERE: tuple[tuple[str, str, str | None, Mapping[str, Any]], ...] = (
    ("slopes off by 2", "cu-te-1t1r", None,
     {"memristor": {"reset_slope": "50 mV", "set_slope": "15 mV", "map_spread": "25 %"}}),
    ("harsh", "cu-te-1t1r", "harsh", {}),
    ("alpha-Fe2O3", "alpha-fe2o3", None, {}),
    ("threshold power law", "threshold-power-law", None, {}),
    ("constant step", "constant-step", None, {}),
    ("soft bounds", "soft-bounds", None, {}),
    ("exponential step", "exponential-step", None, {}),
)  # fmt: skip


def arena_of(
    device: str,
    devices: int,
    seed: int,
    preset: str | None = None,
    changes: Mapping[str, Any] | None = None,
    ends: tuple[float, float] | None = None,
) -> Arena:
    """Nine targets on so many devices."""
    _, profile = read_device(device)
    profile = _changed(profile, changes or {})
    cells: Callable[[int, int], CellBank] = banks_of(profile, preset)
    terms = Terms()
    return Arena(
        profile=profile,
        cells=cells,
        devices=devices,
        targets=spread_targets(profile, cells, 9, terms, ends),
        terms=terms,
        seed=seed,
    )


def _changed(profile: DeviceProfile, changes: Mapping[str, Any]) -> DeviceProfile:
    if profile.model is None or not changes:
        return profile
    parameters = {**profile.model.parameters, **changes}
    model = profile.model.model_copy(update={"parameters": parameters})
    return profile.model_copy(update={"model": model})


def percent(share: Estimate) -> str:
    """With its interval."""
    if not np.isfinite(share.value):
        return "-"
    return f"{100 * share.value:.1f} ({100 * share.low:.1f}-{100 * share.high:.1f})"


def row(one: Standing) -> str:
    """One algorithm at one tolerance."""
    return (
        f"| {one.name} | {percent(one.true)} | {100 * one.declared.value:.1f} "
        f"| {percent(one.false_accept)} | {one.pulses.value:.0f} ({one.pulses_p95:.0f}) "
        f"| {one.reads.value:.0f} | {one.time.value:.1f} | {one.stress.value:.3g} "
        f"| {one.energy.value:.2g} |"
    )


HEADER = (
    "| algorithm | true % | declared % | false % of declared | pulses (p95) | reads | time s "
    "| stress V s | energy J |\n|---|---|---|---|---|---|---|---|---|"
)


def play(arena: Arena, entrants: list[Entrant], *, at_length: bool) -> None:
    """Every tolerance, printed as it is known."""
    for found in rounds(arena, entrants, TOLERANCES):
        print(
            f"\n{100 * found.tolerance:g} %: noise ceiling {percent(found.ceiling)} %, "
            f"{found.fewest_pulses:.1f} pulses by perfect knowledge\n\n{HEADER}"
        )
        for one in ranked(found.standings):
            print(row(one), flush=True)
        if not at_length:
            continue
        for one in found.standings:
            trial = found.trials[one.name]
            said = ", ".join(
                f"{100 * b.said:.0f} -> {100 * b.true.value:.0f} ({b.cells})"
                for b in calibration(trial)
            )
            if said:
                worst = min(by_target(trial), key=lambda target: target[1].value)
                ceiling = dict(found.ceiling_by_target)[worst[0]]
                print(
                    f"\n{one.name}: said -> true % (cells): {said}; least at "
                    f"{worst[0] * 1e6:.3g} uS: {percent(worst[1])}, ceiling there "
                    f"{percent(ceiling)}"
                )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--preset")
    parser.add_argument("--elsewhere", action="store_true")
    given = parser.parse_args()
    start = time.process_time()
    arena = arena_of("cu-te-1t1r", given.devices, given.seed, given.preset, ends=ENDS)
    play(arena, entrants_of(ENTRANTS), at_length=True)
    print(f"\n{time.process_time() - start:.0f} s of CPU")
    if given.elsewhere:
        for name, device, preset, changes in ELSEWHERE:
            print(f"\n## {name}")
            other = arena_of(device, max(given.devices // 10, 1), given.seed, preset, changes)
            play(other, entrants_of(ENTRANTS[:4]), at_length=False)


if __name__ == "__main__":
    main()
