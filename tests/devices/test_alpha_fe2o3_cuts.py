"""Time may be cut anywhere: pieces, sampled or not, give the distribution that the whole gives."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import ks_2samp

from mho.laboratory import read_setup
from mho.sim_instruments.devices.alpha_fe2o3 import AlphaFe2O3Cell
from mho.sim_instruments.devices.alpha_fe2o3_memristor import AlphaFe2O3
from mho.sim_instruments.devices.alpha_fe2o3_parameters import AlphaFe2O3Parameters
from mho.stimuli import Drive, Hold, Pulse

WIDTH = 150e-6
LIMIT = 7e-3

# preparation, level, seconds, limit, what follows
CASES: dict[str, tuple[str, float, float, float, str]] = {
    "short SET": ("", -1.0, WIDTH, LIMIT, ""),
    "SET": ("", -1.2, 1e-3, LIMIT, ""),
    "limited SET": ("", -1.6, 2e-3, 5e-4, ""),
    "limited SET, then a RESET": ("", -1.6, 2e-3, 1e-3, "RESET"),
    "RESET of a soft filament": ("pulses", 1.0, 4e-3, LIMIT, ""),
    "limited RESET of a soft filament": ("pulses", 1.2, 2e-3, 1e-3, ""),
    "RESET of a hard filament": ("sweep", 2.1, 0.1, LIMIT, ""),
    "limited RESET of a hard filament": ("sweep", 2.1, 0.3, 3.5e-3, ""),
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


def _assert_alike(whole: Any, cuts: list[Any]) -> None:
    """No cut is told from the whole at 1 %, by all comparisons together."""
    assert np.std(whole) > 1e-3
    chances = [float(ks_2samp(whole, cut).pvalue) for cut in cuts]
    assert min(chances) > 0.01 / len(chances), chances


@pytest.mark.parametrize("n", [400, pytest.param(10_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("case", CASES)
def test_pieces_are_not_told_from_the_whole(case: str, n: int) -> None:
    seed = 10 * list(CASES).index(case)
    whole = _ends(case, 1, False, n, seed)
    cuts = [(2, False), (10, True), (100, False), (100, True)]
    found = [_ends(case, *cut, n, seed + k) for k, cut in enumerate(cuts, 1)]
    _assert_alike(whole, found)


# level, limit, seconds; what a slow instrument can play in 100 pieces too
HELD: dict[str, tuple[float, float, float]] = {
    "SET": (-0.9, LIMIT, 0.5),
    "limited SET": (-1.6, 5e-4, 0.5),
    "RESET": (1.25, LIMIT, 1.0),
    "limited RESET": (1.45, 1.2e-3, 1.0),
}


def _held(bench: str, case: str, pieces: int, filaments: int, seed: int) -> Any:
    """Ln G of one device after a level held for a time, read so often; a filament each time."""
    level, limit, duration = HELD[case]
    still = ("device_to_device", "wear", "drift", "noise")
    options = [f"model.parameters.{name}=false" for name in still]
    setup = read_setup(bench, "alpha-fe2o3", seed=seed, device_options=options)
    found = []
    with setup.open() as opened:
        for _ in range(filaments):
            opened.apply(Pulse(terminal="TE", amplitude=2.3, width=0.5, compliance=LIMIT))
            if level > 0:
                opened.apply(Pulse(terminal="TE", amplitude=-1.0, width=10e-3, compliance=LIMIT))
            held = Hold(
                terminal="TE", level=level, count=pieces, interval=duration / pieces,
                aperture=2e-3, compliance=limit,
            )  # fmt: skip
            opened.apply(held)
            read = Hold(
                terminal="TE", level=0.1, count=1, interval=20e-3, aperture=10e-3, compliance=2e-3
            )
            found.append(opened.apply(read).readings[0].conductance)
    return np.log(found[1:])


@pytest.mark.parametrize(
    ("case", "bench", "filaments"),
    [
        pytest.param(
            case, bench, filaments,
            marks=pytest.mark.slow if filaments == 400 or (n + m) % 2 else (),
        )
        for n, case in enumerate(HELD)
        for m, bench in enumerate(("ideal", "ni-pxie-4139", "keithley-4200a"))
        for filaments in (40, 400)
    ],
)  # fmt: skip
def test_a_level_read_while_it_is_held_does_what_it_does_unread(
    bench: str, case: str, filaments: int
) -> None:
    whole = _held(bench, case, 1, filaments, 1)
    _assert_alike(whole, [_held(bench, case, k, filaments, 1 + k) for k in (2, 10, 100)])


@pytest.mark.parametrize("pieces", [1, 2, 10])
def test_the_spread_of_a_pulse_is_that_of_its_parameter(pieces: int) -> None:
    """For 150 us; small steps only, so that the effect is in proportion."""
    n = 4000
    still = {"device_to_device": False, "noise": False, "set_rate_jitter": 0.0}
    parameters = AlphaFe2O3Parameters(**still, set_voltage_jitter=0.0, set_rate=10.0)
    device = AlphaFe2O3(n, parameters, 2)
    for _ in range(pieces):
        device.pulse(np.full(n, -1.0), WIDTH / pieces, np.full(n, LIMIT))
    spread = device.filament.std() / device.filament.mean()
    assert spread == pytest.approx(parameters.pulse_jitter, rel=0.06)
    end = 1 / (1 + parameters.set_voltage**6)
    assert device.filament.mean() == pytest.approx(10 * WIDTH * end, rel=0.1)


@pytest.mark.parametrize("level", [-1.0, 1.0])
def test_single_devices_do_not_notice_that_they_are_looked_at(level: float) -> None:
    ends = []
    for pieces in (1, 10):
        found = []
        for seed in range(400):
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
    one, other = (np.subtract(*np.percentile(end, [75, 25])) for end in ends)
    assert one == pytest.approx(other, rel=0.35)  # a few lie far out
