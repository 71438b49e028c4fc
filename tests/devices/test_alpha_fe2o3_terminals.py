"""The alpha-Fe2O3 synapse through its terminals: Ag at TE, FTO at BE."""

from typing import Any

import numpy as np
import pytest

from mho.clock import VirtualClock
from mho.rehearsal import World
from mho.sim_instruments.devices.alpha_fe2o3 import ALPHA_FE2O3
from mho.sim_instruments.devices.alpha_fe2o3_parameters import AlphaFe2O3Parameters
from mho.stimuli import Drive

LIMIT = 7e-3


def _device(seed: int = 1, **parameters: Any) -> Any:
    return ALPHA_FE2O3.build(AlphaFe2O3Parameters(**parameters), seed)


def _drives(top: float, bottom: float | None = None, limit: float = LIMIT) -> dict[str, Drive]:
    drives = {"TE": Drive(top, limit)}
    return drives if bottom is None else {**drives, "BE": Drive(bottom, limit)}


def test_the_device_sees_te_minus_be() -> None:
    histories = []
    for bottom in (None, 0.0, 0.4, -0.7):
        device = _device()
        history = []
        for level in (-1.1, 0.0, 0.1, 0.9, 0.1):
            drives = _drives(level + (bottom or 0.0), bottom)
            device.advance(drives, 1e-3)
            history.append(device.respond(drives)["TE"].current)
        histories.append(history)
    for history in histories[1:]:
        assert history == pytest.approx(histories[0], rel=1e-9)


def test_what_goes_into_te_comes_out_of_be() -> None:
    device = _device(initial_filament=0.5)
    responses = device.respond(_drives(0.3, 0.2))
    assert responses["TE"].voltage == 0.3
    assert responses["BE"].voltage == 0.2
    assert responses["TE"].current == -responses["BE"].current
    assert 0.1e-3 < responses["TE"].current < 0.2e-3


@pytest.mark.parametrize(("tight", "loose"), [("TE", "BE"), ("BE", "TE")])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_source_with_the_smaller_limit_leaves_its_level(
    tight: str, loose: str, sign: int
) -> None:
    device = _device(initial_filament=1.0, noise=False)
    drives = {tight: Drive(sign * 1.0, 1e-3), loose: Drive(sign * 0.1, LIMIT)}
    responses = device.respond(drives)
    assert responses[tight].in_compliance
    assert not responses[loose].in_compliance
    assert responses[tight].current == sign * 1e-3 == -responses[loose].current
    assert responses[loose].voltage == sign * 0.1
    left = responses[tight].voltage - sign * 0.1
    assert 0.3 < sign * left < 0.45
    across = left if tight == "TE" else -left
    again = device.respond(_drives(across))["TE"]
    assert abs(again.current) == pytest.approx(1e-3, rel=1e-6)


def test_an_open_te_takes_nothing_and_stands_at_the_other_end() -> None:
    device = _device(initial_filament=0.5)
    drives = {"BE": Drive(2.0, LIMIT)}
    device.advance(drives, 1.0)
    assert device.respond(drives) == {"TE": (2.0, 0.0, False), "BE": (2.0, 0.0, False)}
    assert device.memristor.filament == pytest.approx(0.5, rel=0.01)


def test_equal_levels_draw_nothing() -> None:
    device = _device(initial_filament=0.5)
    device.advance(_drives(0.7, 0.7), 1.0)
    before = str(device.memristor._noise._stream.bit_generator.state)
    assert device.respond(_drives(0.7, 0.7)) == {"TE": (0.7, 0, False), "BE": (0.7, 0, False)}
    assert str(device.memristor._noise._stream.bit_generator.state) == before


def test_two_spikes_on_two_terminals() -> None:
    """Pre at TE, post at BE, as in the paper; dt = t_pre - t_post > 0 potentiates."""
    width, piece = 150e-6, 25e-6
    time = (np.arange(-60, 180) + 0.5) * piece

    def spike(start: float) -> list[float]:
        t = time - start
        tail = 0.3 * np.exp(-(t - width) / 0.4e-3)
        return np.where(t < 0, 0.0, np.where(t < width, -1.0, tail)).tolist()

    changes = {}
    parameters = {"initial_filament": 0.12, "device_to_device": False, "set_rate_jitter": 0.1}
    for delay in (-0.2e-3, 0.2e-3):
        change = []
        for seed in range(12):
            device = _device(seed, **parameters, reset_rate_jitter=0.1)
            world, before = World(device, VirtualClock(), 0), device.memristor.conductance()
            for number, (pre, post) in enumerate(zip(spike(delay), spike(0.0), strict=True)):
                world.drive(number * piece, "TE", Drive(pre, LIMIT))
                world.drive(number * piece, "BE", Drive(post, LIMIT))
            change.append(device.memristor.conductance() / before - 1)
        changes[delay] = np.mean(change)
    assert 0.05 < changes[0.2e-3] < 0.2
    assert -0.6 < changes[-0.2e-3] < -0.1


def test_the_same_seed_gives_the_same_history() -> None:
    histories = []
    for seed in (3, 3, 4):
        device = _device(seed)
        history = []
        for level in (-1.2, 0.1, 1.0, 0.1, -1.6, 2.3, 0.1):
            device.advance(_drives(level), 1e-3)
            history.append(device.respond(_drives(level)))
        histories.append(history)
    assert histories[0] == histories[1]
    assert histories[0] != histories[2]
