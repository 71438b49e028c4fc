"""Time may be cut anywhere: the states of many devices are distributed as after one pulse."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import ks_2samp

from mho.sim_instruments.devices.circuit import Circuit, LimitedSource
from mho.sim_instruments.devices.cu_te_memristor import CuTe
from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters
from mho.sim_instruments.devices.elementwise import elementwise
from mho.sim_instruments.devices.nmos import Nmos, NmosParameters
from mho.sim_instruments.devices.series_transistor import SeriesTransistor
from mho.stimuli import Drive

WIDTH = 10e-3
CASES = [
    ("bare", -1.0, 5e-3),
    ("bare", 1.2, 5e-3),
    ("limited", 2.0, 3e-4),
    ("limited", 1.4, 1e-4),
    ("transistor", -1.0, 5e-3),
    ("transistor", -0.5, 5e-3),
    ("transistor", 1.4, 5e-3),
    ("transistor", 2.0, 5e-3),
    ("source", 2.2, 5e-3),
]


def _circuit(kind: str, level: float, limit: float, n: int) -> Circuit | None:
    ops, levels = elementwise(n), np.full(n, level)
    if kind == "bare":
        return None
    if kind == "limited":
        return LimitedSource(levels, limit, ops)
    top = Drive(levels, limit)  # type: ignore[arg-type]
    configuration = "MOD" if kind == "transistor" else "MOS"
    return SeriesTransistor(Nmos(NmosParameters(), ops), configuration, 3.0, top, ops)


def _states(case: tuple[str, float, float], n: int, pieces: int, seed: int, read: bool) -> Any:
    """ln G of ``n`` devices after a full SET (and RESET) and a pulse cut so, read between or not.

    They are alike but for the chance of the present cycle, so that nothing else hides it.
    """
    kind, level, limit = case
    device = CuTe(n, CuTeParameters(device_to_device=False), seed)
    device.pulse(np.full(n, 2.2), 50e-3)
    if level > 0:
        device.pulse(np.full(n, -2.0), 50e-3)
    circuit = _circuit(kind, level, limit, n)
    for _ in range(pieces):
        device.pulse(np.full(n, level), WIDTH / pieces, circuit)
        if read:
            device.read(0.05)
            device.conductance()
    return np.log(device.conductance())


def _spread(values: Any) -> float:
    """Of the middle half: a few far outliers do not matter."""
    return float(np.subtract(*np.percentile(values, (75, 25))))


def _compare(case: tuple[str, float, float], n: int, cuts: tuple[int, ...]) -> None:
    """Not told from the whole at 1 %, for all cuts together."""
    whole = _states(case, n, 1, 1, read=False)
    assert _spread(whole) > 0.01
    chances = []
    for read in (False, True):
        for pieces in cuts:
            cut = _states(case, n, pieces, 100 + pieces + read, read)
            chances.append(ks_2samp(whole, cut, method="asymp").pvalue)
            assert _spread(cut) == pytest.approx(_spread(whole), rel=0.4)
    assert min(chances) * len(chances) > 0.01


@pytest.mark.parametrize("case", CASES, ids=str)
def test_ten_pieces_are_one(case: tuple[str, float, float]) -> None:
    _compare(case, 100, (10,))


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=str)
def test_any_number_of_pieces_is_one(case: tuple[str, float, float]) -> None:
    _compare(case, 400, (1, 2, 10, 50, 100))


@pytest.mark.parametrize("kind", ["limited", "transistor", "source"])
def test_steps_next_to_nothing_are_steps_all_the_same(kind: str) -> None:
    """From means of 1e-12 up, where a difference of two of them has no digits left."""
    n, seen = 400, 0
    for level in (*np.linspace(0.3, 0.62, 60), *np.linspace(-0.22, -0.15, 30)):
        start = 5.7e-6 if level > 0 else 1e-3
        device = CuTe(n, CuTeParameters(initial_conductance=start, relaxation=False), 3)
        device.pulse(np.full(n, level), WIDTH, _circuit(kind, float(level), 1e-3, n))
        step = np.log(device.conductance() / start) * np.sign(level)
        assert np.isfinite(step).all() and (step > -1e-12).all()
        seen += np.count_nonzero((step > 1e-14) & (step < 1e-9))
    assert seen > 10


def test_devices_one_at_a_time_are_distributed_as_many_at_once() -> None:
    many = _states(("transistor", -1.0, 5e-3), 400, 1, 1, read=False)
    single = []
    top, ops = Drive(-1.0, 5e-3), elementwise(1)
    circuit = SeriesTransistor(Nmos(NmosParameters(), ops), "MOD", 3.0, top, ops)
    for seed in range(100):
        device = CuTe(1, CuTeParameters(device_to_device=False), seed)
        device.pulse(2.2, 50e-3)
        device.pulse(-1.0, WIDTH, circuit)
        single.append(np.log(device.conductance()))
    assert ks_2samp(many, single, method="asymp").pvalue > 0.01


def test_a_current_limit_leaves_the_states_that_the_process_itself_leads_to() -> None:
    """Chance of steps of 0.0002 in the clock of the motion, each at the voltage it starts from.

    With 0.3 mA it is by Ohm's law, and nothing else than the rate law and the steps is taken over.
    """
    n, limit, top, width, tick = 1000, 3e-4, 2.0, 10e-3, 2e-4
    parameters = CuTeParameters(
        device_to_device=False, relaxation=False, set_jitter=0.0, initial_conductance=5.7e-6
    )
    device, x = CuTe(n, parameters, 1), np.full(n, np.log(5.7e-6))
    levels = np.full(n, top)
    device.pulse(levels, width, LimitedSource(levels, limit, elementwise(n)))
    generator = np.random.default_rng(2)
    rise, slope, spent, end = 0.98 / np.log(1000 / 5.7), 0.03, np.zeros(n), np.full(n, np.nan)
    for tick_number in range(30_000):
        stress = 0.70 + rise * tick * tick_number
        voltage = np.minimum(top, limit * np.exp(-x))
        speed = (np.exp((voltage - stress) / slope) - np.exp((0.15 - stress) / slope)) * slope
        takes = rise * tick / np.maximum(speed / 50e-3, 1e-9)
        over = np.isnan(end) & (spent + takes >= width)
        end[over] = x[over]
        spent = spent + takes
        if not np.isnan(end).any():
            break
        # inverse Gaussian, mean ``tick`` and variance 0.012 ``tick``
        x = x + generator.wald(tick, tick**3 / (0.012 * tick), n)
    found = np.log(device.conductance())
    assert found.mean() == pytest.approx(end.mean(), abs=0.006)
    assert ks_2samp(found, end, method="asymp").pvalue > 0.01
