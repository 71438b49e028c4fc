"""The mean motion of the alpha-Fe2O3 filament: its law, and that time may be cut anywhere."""

from typing import Any

import numpy as np
import pytest

from mho.sim_instruments.devices.alpha_fe2o3_memristor import AlphaFe2O3
from mho.sim_instruments.devices.alpha_fe2o3_parameters import AlphaFe2O3Parameters

SILENT: dict[str, Any] = {
    "device_to_device": False,
    "cycle_to_cycle": False,
    "wear": False,
    "drift": False,
    "noise": False,
}
WIDTH = 150e-6
LIMIT = 7e-3
P = AlphaFe2O3Parameters()


def _device(filament: float = 0.0, n: int = 1, **changes: Any) -> AlphaFe2O3:
    return AlphaFe2O3(
        n, AlphaFe2O3Parameters(**{**SILENT, "initial_filament": filament, **changes}), 1
    )


def _left(level: float, filament: float, limit: float) -> float:
    """What the source leaves to the film, by halving; the law of conduction written out."""
    low, high = 0.0, abs(level)
    for _ in range(60):
        u = 0.5 * (low + high)
        spread = P.rest_conductance * u * (u / 0.1) ** 0.07 * (1 + (u / 0.62) ** 8) ** (1.12 / 8)
        contact = 1 + u / P.contact_voltage if level > 0 else 1
        current = P.filament_conductance * filament * u / contact + spread
        low, high = (low, u) if u + 15 * current > abs(level) or current > limit else (u, high)
    return low


def _end(u: float) -> float:
    """Where a SET leads that leaves ``u`` volts to the film."""
    return u**6 / (u**6 + P.set_voltage**6)


def _euler(
    level: float, limit: float, duration: float, w: float, drive: float, h: float
) -> tuple[float, float, float]:
    """Filament, drive and hardness by small steps."""
    steps = 2000
    dt = duration / steps
    for _ in range(steps):
        u = _left(level, w, limit)
        if level < 0:
            w += P.set_rate * u**4 * max(_end(u) - w, 0.0) * dt
            drive += (u**4 - drive) / P.hardening_time * dt
            h = max(h, P.hardening * drive**0.25)
        else:
            w -= P.reset_rate * (u / h) ** 16 * w * dt
            drive -= drive / P.softening_time * dt
    return w, drive, h


@pytest.mark.parametrize(
    ("level", "limit", "duration", "filament", "tolerance"),
    [
        (-1.0, LIMIT, WIDTH, 0.1, 0.001),
        (-1.3, LIMIT, 10 * WIDTH, 0.1, 0.015),
        (-1.6, LIMIT, 20e-3, 0.0, 0.015),
        (-1.6, 1e-3, 20e-3, 0.0, 0.01),
        (-1.6, 5e-4, 2e-3, 0.0, 0.003),
        (-1.6, 2e-4, 20e-3, 0.0, 0.002),
        (0.9, LIMIT, 10 * WIDTH, 0.6, 0.01),
        (1.1, LIMIT, WIDTH, 0.9, 0.01),
        (1.1, 1e-3, 20e-3, 0.5, 0.002),
        (1.1, 2e-3, 2e-3, 0.7, 0.02),
        (1.2, 2e-3, 3e-3, 0.9, 0.03),
    ],
)
def test_it_follows_its_law(
    level: float, limit: float, duration: float, filament: float, tolerance: float
) -> None:
    """Against small steps of the equations in the text of the module, with halving for voltages.

    What is left is the error of few borders, the same however time is cut: 0.015 of the filament at
    most, while filaments differ by 0.1.
    """
    device = _device(filament)
    hardness = 0.5 if filament == 0.0 else 0.78
    device.pulse(level, duration, limit)
    w, drive, h = _euler(level, limit, duration, filament, 0.0, hardness)
    assert abs(w - filament) > 3 * tolerance
    assert device.filament == pytest.approx(w, abs=tolerance)
    assert device._drive == pytest.approx(drive, rel=0.2)  # its fourth root counts
    assert device._hardness == pytest.approx(h, rel=0.012)


@pytest.mark.parametrize("limit", [1.0, LIMIT, 2e-3, 5e-4, 1e-4])
@pytest.mark.parametrize("pieces", [2, 10, 100])
def test_a_pulse_cut_into_pieces_is_the_same_pulse(pieces: int, limit: float) -> None:
    whole, cut = _device(), _device()
    moved = []
    for level, duration in (
        (-1.3, 1.5e-3), (0.9, 1.5e-3), (-0.9, 2e-3), (1.4, 1e-2),
        (-1.6, 2e-2), (2.1, 0.1), (2.3, 0.3),
    ):  # fmt: skip
        before = whole.filament
        whole.pulse(level, duration, limit)
        for _ in range(pieces):
            cut.pulse(level, duration / pieces, limit)
        moved.append(abs(whole.filament - before))
        assert cut.filament == pytest.approx(whole.filament, rel=1e-9, abs=2e-9)
        assert cut._hardness == pytest.approx(whole._hardness, rel=1e-9)
        assert cut._drive == pytest.approx(whole._drive, rel=1e-9)
        for device in (whole, cut):
            device.rest(1e-3)
    assert max(moved) > (0.3 if limit >= 2e-3 else 5e-5)


def test_a_set_ends_where_the_limited_source_drives_it_no_further() -> None:
    ends = []
    for limit in (1e-4, 2e-4, 4e-4, 6e-4, 8e-4, 1e-3, 2e-3, LIMIT):
        device = _device()
        device.pulse(-1.6, 1.0, limit)
        end = device.filament
        device.pulse(-1.6, 10.0, limit)
        assert device.filament == pytest.approx(end, abs=1e-4)
        u = _left(-1.6, end, limit)
        assert end == pytest.approx(_end(u), abs=0.02)
        ends.append(end)
    assert ends == sorted(ends) and len(set(ends)) == len(ends)
    assert ends[0] < 0.01 and ends[-1] > 0.85


def test_no_voltage_of_set_polarity_makes_it_more_resistive() -> None:
    """Any voltage, time and limit, on states that RESETs of any kind left."""
    rng = np.random.default_rng(3)
    n = 200
    device = AlphaFe2O3(n, AlphaFe2O3Parameters(noise=False, drift=False), 20)
    grew = 0
    for _ in range(100):
        before = device.conductance()
        limit = 10 ** rng.uniform(-6, -2, n)
        device.pulse(-rng.uniform(0.01, 1.8, n), 10 ** rng.uniform(-6, 0), limit)
        change = device.conductance() / before - 1
        assert change.min() > -1e-12
        grew += int(np.sum(change > 0.01))
        device.pulse(rng.uniform(0.5, 2.3, n), 10 ** rng.uniform(-5, -1), np.full(n, LIMIT))
    assert grew > 1000


def test_a_reset_never_adds() -> None:
    rng = np.random.default_rng(4)
    n = 200
    device = AlphaFe2O3(n, AlphaFe2O3Parameters(noise=False, drift=False, wear=False), 21)
    broke = 0
    for _ in range(50):
        limits = 10 ** rng.uniform(-4, -2, n), 10 ** rng.uniform(-6, -2, n)
        device.pulse(-rng.uniform(0.8, 1.8, n), 10 ** rng.uniform(-4, -1), limits[0])
        before = device.filament
        device.pulse(rng.uniform(0.01, 2.3, n), 10 ** rng.uniform(-5, 0), limits[1])
        assert np.all(device.filament <= before * (1 + 1e-12)) and np.all(device.filament >= 0)
        broke += int(np.sum(device.filament < 0.5 * before))
    assert broke > 200


def test_pulses_leave_a_soft_filament_and_a_sweep_a_hard_one() -> None:
    soft, hard = _device(), _device()
    for _ in range(40):
        soft.pulse(-1.0, WIDTH, LIMIT)
        soft.rest(2.5e-3)
    for level in np.arange(0.02, 1.601, 0.02):
        hard.pulse(-float(level), 20e-3, LIMIT)
    for device, hardness in ((soft, 0.8), (hard, 2.0)):
        assert device._hardness == pytest.approx(hardness, abs=0.1)
        start = device.filament
        for _ in range(80):
            device.pulse(1.0, WIDTH, LIMIT)
            device.rest(1e-3)
        assert (device.filament < 0.2 * start) == (device is soft)
        assert (device.filament > 0.999 * start) == (device is hard)


def test_pulses_of_a_train_do_not_add_up_to_a_sweep() -> None:
    hardness = []
    for rest in (150e-6, 2.5e-3):
        device = _device()
        for _ in range(16):
            device.pulse(-1.0, WIDTH, LIMIT)
            device.rest(rest)
        hardness.append(device._hardness)
    assert hardness[0] == pytest.approx(hardness[1], rel=0.005)


def test_a_filament_is_born_soft_after_a_rupture_only() -> None:
    device = _device()
    device.pulse(-1.6, 20e-3, LIMIT)
    hard = device._hardness
    device.pulse(2.1, 50e-3, LIMIT)
    assert device.filament > 0.5 * device._peak
    device.pulse(-1.0, WIDTH, LIMIT)
    assert device._hardness == hard
    device.pulse(2.3, 0.3, LIMIT)
    assert device.filament < 0.5 * device._peak
    device.pulse(-0.1, 1.0, LIMIT)
    assert device._hardness == hard
    device.pulse(-1.0, WIDTH, LIMIT)
    assert device._hardness < 0.9


@pytest.mark.parametrize("level", [-0.1, 0.1])
@pytest.mark.parametrize("filament", [0.0, 0.02, 0.3, 1.0])
def test_a_read_moves_nothing(level: float, filament: float) -> None:
    """Held all of the published retention time."""
    device = _device(filament)
    before = device.conductance()
    for _ in range(10):
        device.pulse(level, 1.49e3, LIMIT)
    assert device.conductance() == pytest.approx(before, rel=2e-5)


def test_extreme_levels_can_be_computed() -> None:
    for level in (-200.0, -1e-9, 1e-9, 200.0):
        for limit in (1e-12, 1.0):
            device = _device(0.5)
            device.pulse(level, 1.0, limit)
            assert 0.0 <= device.filament <= 1.0
    device = _device(0.5)
    device.pulse(200.0, 1.0, 1e6)
    assert device.filament < 1e-30


def test_arrays_and_floats_agree() -> None:
    rng = np.random.default_rng(3)
    n = 40
    many, one = _device(n=n), [_device() for _ in range(n)]
    for _ in range(30):
        level, limit = rng.uniform(-1.8, 2.4, n), rng.choice([1e-4, LIMIT, 20e-3], n)
        width = float(rng.choice([WIDTH, 10e-3]))
        many.pulse(level, width, limit)
        for device, v, c in zip(one, level.tolist(), limit.tolist(), strict=True):
            device.pulse(v, width, c)
        expected = [device.conductance() for device in one]
        np.testing.assert_allclose(many.conductance(), expected, rtol=1e-12)
