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
    ("transistor", -1.0, 5e-3),
    ("transistor", -0.5, 5e-3),
    ("transistor", 1.4, 5e-3),
]


def _circuit(kind: str, level: float, limit: float, n: int) -> Circuit | None:
    ops, levels = elementwise(n), np.full(n, level)
    if kind == "bare":
        return None
    if kind == "limited":
        return LimitedSource(levels, limit, ops)
    top = Drive(levels, limit)  # type: ignore[arg-type]
    return SeriesTransistor(Nmos(NmosParameters(), ops), "MOD", 3.0, top, ops)


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


def _compare(case: tuple[str, float, float], n: int, cuts: tuple[int, ...]) -> None:
    whole = _states(case, n, 1, 1, read=False)
    assert whole.std() > 0.03
    for read in (False, True):
        for pieces in cuts:
            cut = _states(case, n, pieces, 100 + pieces + read, read)
            found = ks_2samp(whole, cut, method="asymp")
            assert found.pvalue > 0.01, (case, pieces, read)
            assert cut.std() == pytest.approx(whole.std(), rel=0.25)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_ten_pieces_are_one(case: tuple[str, float, float]) -> None:
    _compare(case, 100, (10,))


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=str)
def test_any_number_of_pieces_is_one(case: tuple[str, float, float]) -> None:
    _compare(case, 400, (2, 10, 50, 100))


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
