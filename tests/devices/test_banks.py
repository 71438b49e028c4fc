"""Banks of cells: what one device is by itself, many are together, each at its own time."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import ks_2samp

from mho import plugins, settings
from mho.device.bank import CellBank
from mho.device.model import DeviceModel
from mho.stimuli import Drive

READ, INTERVAL = 0.1, 10e-3
LIMIT = {"alpha-fe2o3": 7e-3}
SIGN = {"alpha-fe2o3": -1.0}
WIDTH = {"alpha-fe2o3": 150e-6}
"""Of a usual pulse; 10 ms elsewhere."""

KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "cu-te": ("cu-te", {}),
    "cu-te harsh": ("cu-te", {"preset": "harsh"}),
    "cu-te pristine": ("cu-te", {"formed": False}),
    "cu-te-1t1r": ("cu-te-1t1r", {"memristor": {"nonlinearity": 0.6}}),
    "cu-te-1t1r small": ("cu-te-1t1r", {"selector": "W/L 5"}),
    "cu-te-1t1r MOS": ("cu-te-1t1r", {"configuration": "MOS", "memristor": {"wear": True}}),
    # steep enough for more than single precision holds
    "cu-te-1t1r steep": ("cu-te-1t1r", {"memristor": {"set_slope": "4 mV", "reset_slope": "3 mV"}}),
    "alpha-fe2o3": ("alpha-fe2o3", {"wear": True, "endurance": {"life": 3}}),
    "constant-step": ("constant-step", {}),
    "soft-bounds": ("soft-bounds", {}),
    "exponential-step": ("exponential-step", {}),
    "threshold-power-law": ("threshold-power-law", {}),
}


def of(which: str, **more: Any) -> tuple[Any, Any]:
    kind, given = KINDS[which]
    loaded = plugins.load(plugins.DEVICES, kind)
    return loaded, settings.parse("test", {**given, **more}, loaded.parameters)


def bank_of(which: str, count: int, seed: int, **more: Any) -> CellBank:
    loaded, parameters = of(which, **more)
    bank: CellBank = loaded.bank(parameters, count, seed)
    return bank


class Alone:
    """One device by itself, through the interface that a bench uses."""

    def __init__(self, which: str, seed: int) -> None:
        loaded, parameters = of(which)
        kind = KINDS[which][0]
        self._device: DeviceModel = loaded.build(parameters, seed)
        self._limit, self._sign = LIMIT.get(kind, 5e-3), SIGN.get(kind, 1.0)

    def _drives(self, level: float) -> dict[str, Drive]:
        return {"TE": Drive(level, self._limit), "gate": Drive(3.0, 1e-3)}

    def pulse(self, amplitude: float, width: float) -> None:
        self._device.advance(self._drives(self._sign * amplitude), width)

    def rest(self, duration: float) -> None:
        self._device.advance(self._drives(0.0), duration)

    def read(self, count: int, interval: float) -> list[float]:
        found = []
        for _ in range(count):
            found.append(self._device.respond(self._drives(READ))["TE"].current / READ)
            self._device.advance(self._drives(0.0), interval)
        return found


def pulses(which: str, generator: np.random.Generator, count: int) -> tuple[Any, Any]:
    """Of both signs and of many strengths."""
    usual = WIDTH.get(KINDS[which][0], 10e-3)
    amplitude = generator.uniform(0.3, 2.3, count) * generator.choice([-1.0, 1.0], count)
    return amplitude, usual * 10.0 ** generator.uniform(-1.0, 1.0, count)


@pytest.mark.parametrize("which", [which for which in KINDS if KINDS[which][0] != "cu-te"])
def test_a_bank_of_one_does_what_one_device_does(which: str) -> None:
    """The very same numbers, but for the last digits.

    A bench always limits the current: it draws otherwise for a memristor alone than a bank does.
    """
    bank, alone, cell = bank_of(which, 1, 5), Alone(which, 5), np.zeros(1, np.intp)
    generator, moved = np.random.default_rng(1), set()
    for _ in range(60):
        amplitude, width = pulses(which, generator, 1)
        bank.pulse(cell, amplitude, width)
        alone.pulse(amplitude.item(), width.item())
        pause = generator.uniform(0.0, 1.0, 1)
        bank.rest(cell, pause)
        alone.rest(pause.item())
        found = bank.read(cell, READ, 3, np.full(1, INTERVAL))
        np.testing.assert_allclose(found[0], alone.read(3, INTERVAL), rtol=3e-5)
        moved.add(round(np.log(bank.conductance(cell)).item(), 3))
    assert len(moved) > 5


def _story(which: str, generator: np.random.Generator) -> list[tuple[float, float, float, int]]:
    """Amplitude, width, pause and reads of each step of a cell of its own; some have fewer."""
    steps = int(generator.integers(2, 7))
    amplitude, width = pulses(which, generator, steps)
    pause = generator.choice([0.0, 1e-3, 0.05, 2.0], steps)
    reads = generator.choice([0, 1, 5], steps)
    return list(zip(amplitude, width, pause, map(int, reads), strict=True))


def _looked_at(reads: np.ndarray) -> list[Any]:
    """State, noise of a second, and noise of the next moment."""
    state = np.log(reads.mean(axis=1))
    spread = np.log(reads.std(axis=1) + 1e-12)
    return [state, spread, reads[:, 1] / reads[:, 0] - 1.0]


@pytest.mark.parametrize("which", KINDS)
def test_many_are_distributed_as_single_ones(which: str) -> None:
    """Each with a story of its own; in the bank they take turns in groups that change."""
    count, generator = 250, np.random.default_rng(7)
    stories = [_story(which, generator) for _ in range(count)]
    singly = []
    for seed, story in enumerate(stories):
        alone = Alone(which, 1000 + seed)
        for amplitude, width, pause, reads in story:
            alone.pulse(amplitude, width)
            alone.rest(pause)
            alone.read(reads, INTERVAL)
        singly.append(alone.read(20, 0.05))
    bank = bank_of(which, count, 3)
    waiting = [list(story) for story in stories]
    while any(waiting):
        ready = np.array([cell for cell in range(count) if waiting[cell]])
        cells = generator.permutation(ready)[: int(generator.integers(1, ready.size + 1))]
        steps = [waiting[cell].pop(0) for cell in cells]
        amplitude, width, pause, reads = map(np.array, zip(*steps, strict=True))
        bank.pulse(cells, amplitude, width)
        bank.rest(cells, pause)
        for times in (1, 5):
            some = np.flatnonzero(reads == times)
            bank.read(cells[some], READ, times, np.full(some.size, INTERVAL))
    cells = generator.permutation(count)
    together = bank.read(cells, READ, 20, np.full(count, 0.05))
    for one, many in zip(_looked_at(np.array(singly)), _looked_at(together), strict=True):
        assert ks_2samp(one, many).pvalue > 1e-3


@pytest.mark.parametrize("which", KINDS)
def test_others_are_left_alone(which: str) -> None:
    """State and noise of those that are not asked for: their time stands still."""
    bank, everyone = bank_of(which, 40, 2), np.arange(40)
    bank.place(everyone, np.full(40, 5e-5))
    bank.pulse(everyone, *pulses(which, np.random.default_rng(0), 40))
    before = bank.conductance(everyone)
    some, others = np.arange(0, 40, 3), np.setdiff1d(everyone, np.arange(0, 40, 3))
    quiet = bank.read(others, READ, 1, np.zeros(others.size))
    for _ in range(3):
        bank.pulse(some, *pulses(which, np.random.default_rng(1), some.size))
        bank.rest(some, np.full(some.size, 5.0))
        bank.read(some, READ, 2, np.full(some.size, 1.0))
    np.testing.assert_array_equal(bank.conductance(everyone)[others], before[others])
    np.testing.assert_array_equal(bank.read(others, READ, 1, np.zeros(others.size)), quiet)
    assert np.mean(bank.conductance(some) != before[some]) > 0.5


@pytest.mark.parametrize("which", KINDS)
def test_the_order_of_cells_is_that_of_the_answers(which: str) -> None:
    bank, generator = bank_of(which, 30, 4), np.random.default_rng(3)
    everyone = np.arange(30)
    bank.place(everyone, np.full(30, 5e-5))
    bank.pulse(everyone, *pulses(which, generator, 30))
    cells = generator.permutation(30)
    np.testing.assert_array_equal(bank.conductance(cells), bank.conductance(everyone)[cells])
    energy = bank.pulse(cells, np.where(cells == 7, -2.3, 0.01), np.full(30, 0.1))
    assert energy.shape == (30,)
    assert np.argmax(energy) == np.flatnonzero(cells == 7)


@pytest.mark.parametrize("which", [which for which in KINDS if which != "alpha-fe2o3"])
def test_cells_of_one_seed_are_the_same_whatever_is_done_to_them(which: str) -> None:
    """What a cell is does not depend on what an algorithm does: all are judged on the same ones."""
    same: dict[str, Any] = {"cycle_to_cycle": False}
    if which.startswith("cu-te"):
        same["relaxation"] = False
    if KINDS[which][0] == "cu-te-1t1r":
        same = {"memristor": same}
    one, two, other = (bank_of(which, 50, seed, **same) for seed in (8, 8, 9))
    everyone, half = np.arange(50), np.arange(25)
    two.place(everyone, np.full(50, 4e-5))
    two.pulse(half, *pulses(which, np.random.default_rng(5), 25))
    strong = pulses(which, np.random.default_rng(6), 50)
    for bank in (one, two, other):
        bank.place(everyone, np.full(50, 5e-5))
        bank.pulse(everyone, *strong)
    np.testing.assert_allclose(one.conductance(everyone), two.conductance(everyone), rtol=1e-9)
    assert np.mean(one.conductance(everyone) != other.conductance(everyone)) > 0.3


@pytest.mark.parametrize("which", KINDS)
def test_it_is_put_where_it_is_to_be(which: str) -> None:
    bank, cells = bank_of(which, 50, 1), np.arange(10, 30)
    window = (4e-4, 2e-3) if which == "alpha-fe2o3" else (2e-5, 9e-5)
    wanted = np.geomspace(*window, 20)
    bank.place(cells, wanted)
    found = bank.conductance(cells)
    inside = np.abs(found / wanted - 1.0) < 1e-6
    assert inside.sum() >= 14  # some bounds of the step models do not reach it
    bank.rest(cells, np.full(20, 100.0))
    np.testing.assert_allclose(bank.conductance(cells), found, rtol=1e-3)  # settled
    reads = bank.read(cells, 0.05, 200, np.full(20, 1.0))
    np.testing.assert_allclose(reads.mean(axis=1), found, rtol=0.2)


@pytest.mark.parametrize("which", ["cu-te", "cu-te-1t1r", "constant-step", "threshold-power-law"])
@pytest.mark.parametrize("amplitude", [1.2, -1.2])
def test_the_energy_is_that_of_its_pieces(which: str, amplitude: float) -> None:
    whole, pieces = bank_of(which, 300, 6), bank_of(which, 300, 6)
    cells, width = np.arange(300), np.full(300, 10e-3)
    for bank in (whole, pieces):
        bank.place(cells, np.full(300, 4e-5))
    at_once = whole.pulse(cells, np.full(300, amplitude), width)
    total = np.zeros(300)
    for _ in range(100):
        total += pieces.pulse(cells, np.full(300, amplitude), width / 100)
    assert np.median(at_once) == pytest.approx(np.median(total), rel=0.4)
    assert np.median(at_once) == pytest.approx(1.2**2 * 4e-5 * 10e-3, rel=0.9)


def test_the_transistor_of_a_bank_is_the_one_of_its_parameters() -> None:
    """A small one leaves less of a SET; on the source a RESET from ground does next to nothing."""
    cells = np.arange(200)
    found = {}
    for which in ("cu-te-1t1r", "cu-te-1t1r small", "cu-te-1t1r MOS"):
        bank = bank_of(which, 200, 1)
        bank.pulse(cells, np.full(200, 2.2), np.full(200, 10e-3))
        top = np.median(bank.conductance(cells))
        bank.pulse(cells, np.full(200, -1.6), np.full(200, 10e-3))
        found[which] = top, np.median(bank.conductance(cells)) / top
    assert found["cu-te-1t1r"][0] > 2.0 * found["cu-te-1t1r small"][0]
    assert found["cu-te-1t1r"][1] < 0.05
    assert found["cu-te-1t1r MOS"][1] > 0.1


STILL: dict[str, Any] = {
    "cycle_to_cycle": False, "noise": False, "relaxation_spread": 0.0, "relaxation_back": 0.2,
}  # fmt: skip
"""Nothing is random about such memristors but what each is."""


@pytest.mark.parametrize("which", ["cu-te", "cu-te-1t1r"])
def test_each_cell_relaxes_in_its_own_time(which: str) -> None:
    more = STILL if which == "cu-te" else {"memristor": STILL}
    pauses, cells = np.array([0.0, 1e-3, 0.1, 3.0, 60.0]), np.arange(5)
    together, before = bank_of(which, 5, 2, **more), bank_of(which, 5, 2, **more)
    for bank in (together, before):
        bank.pulse(cells, np.full(5, 2.0), np.full(5, 10e-3))
        bank.pulse(cells, np.full(5, -1.0), np.full(5, 10e-3))
    together.rest(cells, pauses)
    found = together.conductance(cells)
    shift = np.log(found / before.conductance(cells))
    assert shift[0] == 0.0
    assert np.all(np.diff(np.abs(shift)) > 1e-3)
    for cell, pause in enumerate(pauses):
        alone = bank_of(which, 5, 2, **more)
        alone.pulse(cells, np.full(5, 2.0), np.full(5, 10e-3))
        alone.pulse(cells, np.full(5, -1.0), np.full(5, 10e-3))
        alone.rest(cells, np.full(5, pause))
        assert alone.conductance(cells)[cell] == pytest.approx(found[cell], rel=1e-9)


@pytest.mark.parametrize("which", ["cu-te", "cu-te-1t1r", "cu-te-1t1r MOS"])
def test_some_are_set_while_others_are_reset(which: str) -> None:
    """What is worked out for both at once is what is worked out for either."""
    more = STILL if which == "cu-te" else {"memristor": STILL}
    cells, generator = np.arange(200), np.random.default_rng(3)
    amplitude, width = pulses(which, generator, 200)
    at_once, apart = bank_of(which, 200, 2, **more), bank_of(which, 200, 2, **more)
    for bank in (at_once, apart):
        bank.place(cells, np.full(200, 5e-5))
    at_once.pulse(cells, amplitude, width)
    for some in (cells[amplitude > 0.0], cells[amplitude < 0.0]):
        apart.pulse(some, amplitude[some], width[some])
    both = at_once.conductance(cells), apart.conductance(cells)
    np.testing.assert_allclose(*both, rtol=1e-3)
    assert np.median(np.abs(np.log(both[0] / both[1]))) < 1e-5
    assert np.mean(np.abs(np.log(both[0] / 5e-5)) > 0.1) > 0.2
