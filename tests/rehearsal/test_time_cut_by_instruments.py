"""How an instrument cuts time does not matter: one pulse, sampled or not, on every bench.

Each time the bench stays and its device becomes that of another seed; devices are alike but for the
chance of their switching, so that nothing else hides it.
"""

from collections.abc import Iterator, Sequence
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
from mho.device.arrays import named
from mho.laboratory import read_setup
from mho.rehearsal import World
from mho.setup import Setup
from mho.sim_instruments.devices.contact import LosableContact
from mho.simulated import simulated_device, simulated_instrument
from mho.stimuli import Drive, Pulse, Stimulus, Sweep


class Case(NamedTuple):
    """Pulses at ``levels``, one after another, and how the device is read in the end."""

    device: str
    options: tuple[str, ...]
    levels: tuple[float, ...]
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

ALPHA = tuple(f"model.parameters.{key}=false" for key in ("device_to_device", "noise", "drift"))
_LIVES = "model.parameters.endurance={ life = 3, life_shape = 1, stuck_low_resistance = 0.5 }"
WORN = (*_cu_te("6 uS"), "model.parameters.wear=true", _LIVES)
WORN_ALPHA = (*ALPHA, "model.parameters.wear=true", _LIVES)
LOST = (*_cu_te("1 mS"), "model.parameters.contact_lost_after=2")

CASES = {
    "memristor, RESET": Case("cu-te", _cu_te("1 mS"), (-1.0,), 5e-3, 50e-3, TOP),
    "memristor, SET": Case("cu-te", _cu_te("6 uS"), (1.2,), 5e-3, 50e-3, TOP),
    "memristor, limited SET": Case("cu-te", _cu_te("6 uS"), (2.0,), 3e-4, 50e-3, TOP),
    "1T1R, RESET": Case("cu-te-1t1r", _cu_te("1 mS", CELL), (-1.0,), 5e-3, 50e-3, CELL_READ),
    "1T1R, SET": Case("cu-te-1t1r", _cu_te("6 uS", CELL), (1.4,), 5e-3, 50e-3, CELL_READ),
    "MOS cell, SET": Case("cu-te-1t1r-mos", _cu_te("6 uS", CELL), (2.0,), 5e-3, 50e-3, CELL_READ),
    "alpha-Fe2O3, SET": Case("alpha-fe2o3", ALPHA, (-1.2,), 7e-3, 50e-3, TOP),
    "alpha-Fe2O3, RESET": Case("alpha-fe2o3", ALPHA, (-1.4, 1.3), 7e-3, 50e-3, TOP),
    "worn memristor": Case("cu-te", WORN, (1.8, -1.6) * 3, 5e-3, 50e-3, TOP),
    "worn alpha-Fe2O3": Case("alpha-fe2o3", WORN_ALPHA, (-1.4, 1.6) * 3, 7e-3, 50e-3, TOP),
    "lost contact": Case("cu-te", LOST, (-1.0, 1.2, 1.2), 5e-3, 50e-3, TOP),
    "lithium ECRAM": Case("ecram-lithium", ECRAM, (4.0,), 5e-5, 50e-3, CHANNEL),
    "metal-oxide ECRAM": Case("ecram-metal-oxide", ECRAM, (5.0,), 1e-6, 150e-3, CHANNEL),
}
BENCHES = ("ideal", "ni-pxie-4139", "keithley-4200a")

RESTED = 1.0
"""Seconds after the last level at which devices are read: instruments leave it at other times.

A 4200A ends a sweep by a step at rest, as long as the others, in which an oxide channel relaxes.
"""

PULSE_CARDS, CARD = "keithley-4200a-pmu", 50.0
"""Ohms of each channel of a pulse card, which an ideal bench has as well where they compare."""
ON_PULSE_CARDS = tuple(
    name
    for name, case in CASES.items()
    if "gate" not in case.read and case.device in ("cu-te", "alpha-fe2o3") and "limited" not in name
)


class Room:
    """A rehearsal whose device can be taken for another one."""

    def __init__(self, setup: Setup, series: float) -> None:
        self.profile, self.clock = setup.profile, VirtualClock()
        device = simulated_device(setup.profile, 0, "test")
        ohms = {name: series for name in setup.profile.terminals if series}
        self.world = World(device, self.clock, 0, ohms)
        self.running = ExitStack()

    def instrument(self, name: str, wiring: Any, **options: Any) -> str:
        kind = plugins.load(plugins.INSTRUMENTS, name)
        chosen = settings.parse("test", options, kind.settings)
        running = simulated_instrument(kind, self.world, wiring, chosen, place="test")
        self.running.callback(running.stop)
        return running.address


@contextmanager
def _opened(bench: str, case: Case, series: float) -> Iterator[tuple[Bench, World]]:
    wired = ['terminals.source.channel="SMU5"'] if bench.startswith("keithley") else []
    has_source = case.device not in ("cu-te", "cu-te-1t1r", "alpha-fe2o3")
    setup = read_setup(
        bench, case.device, bench_options=wired if has_source else (), device_options=case.options
    )
    room = Room(setup, series)
    (one,) = setup.instruments
    with room.running:
        instrument = one.driver.instrument(one.settings, room)
        with ComposedBench({"": instrument}, room.profile, room.clock) as entered:
            yield entered, room.world


def _stimulus(bench: Bench, case: Case, level: float, samples: int) -> Stimulus:
    common: dict[str, Any] = {"terminal": bench.profile.write_at, "compliance": case.limit}
    if not samples:
        return Pulse(amplitude=level, width=case.width, **common)
    dwell = case.width / samples
    return Sweep(levels=(level,) * samples, dwell=dwell, aperture=0.5 * dwell, **common)


@cache
def _ends(
    bench: str, name: str, samples: int, seeds: int, series: float = 0.0, look: int = 1
) -> NDArray[np.float64]:
    """What each device takes at its read drives once rested (ln A), lost contact or not."""
    case, found = CASES[name], []
    with _opened(bench, case, series) as (entered, world):
        clock = world.clock
        assert isinstance(clock, VirtualClock)
        at = (*BENCHES, PULSE_CARDS).index(bench)
        first = 1000 * look * (1000 * list(CASES).index(name) + 10 * samples + at)
        first += 10**9 * (look - 1)
        for seed in range(first, first + seeds):
            other = simulated_device(entered.profile, seed, "test")
            world.restore({**world.state(), **named("device", other.state())})
            for level in case.levels:
                began = clock.now()
                list(entered.apply(_stimulus(entered, case, level, samples)))
            clock.advance_to(began + case.width + RESTED)
            world.read(clock.now(), entered.profile.write_at)
            inside = world.device
            if isinstance(inside, LosableContact):
                inside = inside.device
            response = inside.respond(case.read)[entered.profile.read_at or "TE"]
            found.append(np.log(response.current))
    return np.array(found)


def _told_apart(
    name: str, cuts: Sequence[tuple[str, int]], seeds: int, series: float, look: int
) -> dict[tuple[str, int], float]:
    """The chances of those cuts that differ from the whole on the ideal bench; 1 % for all."""
    whole = _ends("ideal", name, 0, look * seeds, series, look)
    assert whole.std() > 1e-5
    chances = {
        (bench, samples): ks_2samp(
            whole, _ends(bench, name, samples, look * seeds, look=look), method="asymp"
        ).pvalue
        for bench, samples in cuts
    }
    return {cut: chance for cut, chance in chances.items() if chance * len(cuts) <= 0.01}


def _compare(name: str, cuts: Sequence[tuple[str, int]], seeds: int, series: float = 0.0) -> None:
    """One in a hundred sound cases differs: what does so is looked at in twice as many others."""
    if doubted := _told_apart(name, cuts, seeds, series, 1):
        confirmed = _told_apart(name, list(doubted), seeds, series, 2)
        assert not confirmed, (doubted, confirmed)


@pytest.mark.parametrize("name", ["memristor, RESET", "1T1R, SET", "lithium ECRAM"])
def test_a_sampled_pulse_leaves_what_a_whole_one_leaves(name: str) -> None:
    _compare(name, [("ideal", 10)], 100)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("bench", BENCHES)
@pytest.mark.parametrize("name", CASES)
def test_no_bench_and_no_sampling_changes_where_600_devices_end(name: str, bench: str) -> None:
    cuts = [(bench, samples) for samples in (0, 1, 2, 10, 50)]
    _compare(name, cuts[1:] if bench == "ideal" else cuts, 600)


@pytest.mark.parametrize(
    "name", ["memristor, RESET", pytest.param("lost contact", marks=pytest.mark.slow)]
)
def test_a_pulse_card_does_what_an_ideal_source_of_its_resistance_does(name: str) -> None:
    _compare(name, [(PULSE_CARDS, 0), (PULSE_CARDS, 10)], 200, CARD)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", ON_PULSE_CARDS)
def test_no_sampling_by_a_pulse_card_changes_where_600_devices_end(name: str) -> None:
    cuts = [(PULSE_CARDS, samples) for samples in (0, 1, 2, 10, 50)]
    _compare(name, cuts, 600, CARD)
