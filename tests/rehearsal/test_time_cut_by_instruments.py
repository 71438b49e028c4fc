"""How an instrument cuts time does not matter: one pulse, sampled or not, on every bench.

Each time the bench stays and gets a device of another seed; devices are alike but for the chance of
their switching, so that nothing else hides it.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import ks_2samp

from mho import plugins, settings
from mho.bench import Bench
from mho.bench.composed import ComposedBench
from mho.clock import VirtualClock
from mho.laboratory import Setup, read_setup, simulated_device, simulated_instrument
from mho.rehearsal import World
from mho.stimuli import Drive, Pulse, Stimulus, Sweep


class Case(NamedTuple):
    device: str
    options: tuple[str, ...]
    level: float
    limit: float
    width: float
    read: dict[str, Drive]


def _cu_te(start: str, at: str = "model.parameters") -> tuple[str, ...]:
    quiet = ("device_to_device=false", "noise=false", "relaxation=false")
    return tuple(f"{at}.{key}" for key in (f'initial_conductance="{start}"', *quiet))


CELL = "model.parameters.memristor"
TOP = {"TE": Drive(0.05, 1e-3)}
CELL_READ = {**TOP, "gate": Drive(3.0, 1e-3)}
CHANNEL = {"drain": Drive(0.1, 1e-3), "source": Drive(0.0, 1e-3)}
ECRAM = tuple(f"model.parameters.{key}=false" for key in ("device_to_device", "noise"))

CASES = {
    "memristor, RESET": Case("cu-te", _cu_te("1 mS"), -1.0, 5e-3, 50e-3, TOP),
    "memristor, SET": Case("cu-te", _cu_te("6 uS"), 1.2, 5e-3, 50e-3, TOP),
    "memristor, limited SET": Case("cu-te", _cu_te("6 uS"), 2.0, 3e-4, 50e-3, TOP),
    "1T1R, RESET": Case("cu-te-1t1r", _cu_te("1 mS", CELL), -1.0, 5e-3, 50e-3, CELL_READ),
    "1T1R, SET": Case("cu-te-1t1r", _cu_te("6 uS", CELL), 1.4, 5e-3, 50e-3, CELL_READ),
    "MOS cell, SET": Case("cu-te-1t1r-mos", _cu_te("6 uS", CELL), 2.0, 5e-3, 50e-3, CELL_READ),
    "lithium ECRAM": Case("ecram-lithium", ECRAM, 4.0, 5e-5, 50e-3, CHANNEL),
    "metal-oxide ECRAM": Case("ecram-metal-oxide", ECRAM, 5.0, 1e-6, 150e-3, CHANNEL),
}
BENCHES = ("ideal", "ni-pxie-4139", "keithley-4200a")


class Room:
    """A rehearsal whose device can be taken for another one."""

    def __init__(self, setup: Setup) -> None:
        self.profile, self.clock = setup.profile, VirtualClock()
        self.world = World(simulated_device(setup.profile, 0, "test"), self.clock, 0)
        self.running = ExitStack()

    def instrument(self, name: str, wiring: Any, **options: Any) -> str:
        kind = plugins.load(plugins.INSTRUMENTS, name)
        chosen = settings.parse("test", options, kind.settings)
        running = simulated_instrument(kind, self.world, wiring, chosen, place="test")
        self.running.callback(running.stop)
        return running.address


@contextmanager
def _opened(bench: str, case: Case) -> Iterator[tuple[Bench, World]]:
    wired = ['terminals.source.channel="SMU5"'] if bench.startswith("keithley") else []
    has_source = case.device not in ("cu-te", "cu-te-1t1r")
    setup = read_setup(
        bench, case.device, bench_options=wired if has_source else (), device_options=case.options
    )
    room = Room(setup)
    (one,) = setup.instruments
    with room.running:
        instrument = one.driver.instrument(one.settings, room)
        with ComposedBench({"": instrument}, room.profile, room.clock) as entered:
            yield entered, room.world


def _stimulus(bench: Bench, case: Case, samples: int) -> Stimulus:
    common: dict[str, Any] = {"terminal": bench.profile.write_at, "compliance": case.limit}
    if not samples:
        return Pulse(amplitude=case.level, width=case.width, **common)
    dwell = case.width / samples
    return Sweep(levels=(case.level,) * samples, dwell=dwell, aperture=0.5 * dwell, **common)


@cache
def _ends(bench: str, name: str, samples: int, seeds: int) -> NDArray[np.float64]:
    """What each device takes at its read drives afterwards (ln A)."""
    case, found = CASES[name], []
    with _opened(bench, case) as (entered, world):
        first = 1000 * (100 * list(CASES).index(name) + 10 * samples + BENCHES.index(bench))
        for seed in range(first, first + seeds):
            world.device = simulated_device(entered.profile, seed, "test")
            list(entered.apply(_stimulus(entered, case, samples)))
            response = world.device.respond(case.read)[entered.profile.read_at or "TE"]
            found.append(np.log(response.current))
    return np.array(found)


def _compare(name: str, cuts: Iterable[tuple[str, int]], seeds: int) -> None:
    """Not told from the whole on the ideal bench at 1 %, for all cuts together."""
    whole = _ends("ideal", name, 0, seeds)
    assert whole.std() > 1e-5
    chances = [
        ks_2samp(whole, _ends(bench, name, samples, seeds), method="asymp").pvalue
        for bench, samples in cuts
    ]
    assert min(chances) * len(chances) > 0.01, chances


@pytest.mark.parametrize("name", ["memristor, RESET", "1T1R, SET", "lithium ECRAM"])
def test_a_sampled_pulse_leaves_what_a_whole_one_leaves(name: str) -> None:
    _compare(name, [("ideal", 10)], 100)


@pytest.mark.slow
@pytest.mark.parametrize("bench", BENCHES)
@pytest.mark.parametrize("name", CASES)
def test_no_bench_and_no_sampling_changes_where_400_devices_end(name: str, bench: str) -> None:
    cuts = [(bench, samples) for samples in (0, 1, 2, 10, 50)]
    _compare(name, cuts[1:] if bench == "ideal" else cuts, 400)
