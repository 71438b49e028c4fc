"""Time may be cut anywhere: pieces, sampled or not, give the distribution that the whole gives."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import ks_2samp

from mho.sim_instruments.devices.alpha_fe2o3 import AlphaFe2O3Cell
from mho.sim_instruments.devices.alpha_fe2o3_memristor import AlphaFe2O3
from mho.sim_instruments.devices.alpha_fe2o3_parameters import AlphaFe2O3Parameters
from mho.stimuli import Drive

WIDTH = 150e-6
LIMIT = 7e-3

# preparation, level, seconds, limit, what follows
CASES: dict[str, tuple[str, float, float, float, str]] = {
    "short SET": ("", -1.0, WIDTH, LIMIT, ""),
    "SET": ("", -1.2, 1e-3, LIMIT, ""),
    "limited SET": ("", -1.6, 2e-3, 5e-4, ""),
    "limited SET, then a RESET": ("", -1.6, 2e-3, 1e-3, "RESET"),
    "RESET of a soft filament": ("pulses", 1.0, 4e-3, LIMIT, ""),
    "RESET of a hard filament": ("sweep", 2.1, 0.1, LIMIT, ""),
    "limited RESET": ("sweep", 2.1, 0.3, 4e-3, ""),
    "RESET, then a SET": ("sweep", 2.3, 0.1, LIMIT, "SET"),
}


def _ends(case: str, pieces: int, sampled: bool, n: int, seed: int) -> Any:
    preparation, level, duration, limit, follows = CASES[case]
    device = AlphaFe2O3(n, AlphaFe2O3Parameters(), seed)

    def pulse(level: float, width: float, limit: float) -> None:
        device.pulse(np.full(n, level), width, np.full(n, limit))

    if preparation == "pulses":
        for _ in range(60):
            pulse(-1.0, WIDTH, LIMIT)
            device.rest(1e-3)
    elif preparation == "sweep":
        for step in np.arange(0.1, 1.601, 0.05):
            pulse(-float(step), 50e-3, LIMIT)
    for _ in range(pieces):
        pulse(level, duration / pieces, limit)
        if sampled:
            device.conduction()(np.full(n, level))
    if follows:
        pulse({"RESET": 1.0, "SET": -1.0}[follows], 5 * WIDTH, LIMIT)
    return np.log(device.conductance())


def _differ(case: str, pieces: int, n: int) -> float:
    """The chance of a Kolmogorov distance that large between whole and pieces."""
    seed = list(CASES).index(case)
    whole = _ends(case, 1, False, n, 1100 + seed)
    cut = _ends(case, pieces, pieces % 20 == 10, n, 1200 + 10 * seed + len(str(pieces)))
    assert whole.std() > 1e-3
    return float(ks_2samp(whole, cut).pvalue)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("pieces", [2, 10])
def test_pieces_are_not_told_from_the_whole(case: str, pieces: int) -> None:
    assert _differ(case, pieces, 100) > 0.01


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("pieces", [2, 10, 50, 100])
def test_pieces_are_not_told_from_the_whole_by_400_devices(case: str, pieces: int) -> None:
    assert _differ(case, pieces, 400) > 0.01


@pytest.mark.parametrize("pieces", [1, 2, 10])
def test_the_spread_of_a_pulse_is_that_of_its_parameter(pieces: int) -> None:
    """0.55 for 150 us; small steps only, so that the effect is in proportion."""
    n = 4000
    still = {"device_to_device": False, "noise": False, "set_rate_jitter": 0.0}
    parameters = AlphaFe2O3Parameters(**still, set_voltage_jitter=0.0, set_rate=10.0)
    device = AlphaFe2O3(n, parameters, 2)
    for _ in range(pieces):
        device.pulse(np.full(n, -1.0), WIDTH / pieces, np.full(n, LIMIT))
    assert device.filament.std() / device.filament.mean() == pytest.approx(0.55, rel=0.06)
    assert device.filament.mean() == pytest.approx(10 * WIDTH * 0.355, rel=0.1)


@pytest.mark.parametrize("level", [-1.0, 1.0])
def test_single_devices_do_not_notice_that_they_are_looked_at(level: float) -> None:
    ends = []
    for pieces in (1, 10):
        found = []
        for seed in range(100):
            parameters = AlphaFe2O3Parameters(initial_filament=0.1)
            memristor = AlphaFe2O3(1, parameters, 1000 * pieces + seed)
            cell = AlphaFe2O3Cell(memristor)
            for _ in range(pieces):
                cell.advance({"TE": Drive(level, LIMIT)}, WIDTH / pieces)
                if pieces > 1:
                    cell.respond({"TE": Drive(level, LIMIT)})
            found.append(memristor.conductance())
        ends.append(found)
    assert ks_2samp(*ends).pvalue > 0.01
    assert np.std(ends[1]) == pytest.approx(np.std(ends[0]), rel=0.35)
