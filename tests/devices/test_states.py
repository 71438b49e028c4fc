"""The state of every device, of its noise and of a random generator, taken in the middle of things.

That readings on a bench go on as if nothing had happened is in ``tests/rehearsal``.
"""

from typing import Any

import numpy as np
import pytest

from mho import plugins, settings
from mho.device.arrays import generator_state, named, part_of, restore_generator
from mho.device.model import DeviceModel
from mho.sim_instruments.devices.conductance_noise import ConductanceNoise, NoiseParameters
from mho.sim_instruments.devices.cu_te_memristor import CuTe
from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters
from mho.sim_instruments.devices.elementwise import elementwise
from mho.stimuli import Drive

KINDS: dict[str, dict[str, Any]] = {
    "resistor": {},
    "open": {},
    "cu-te": {"wear": True, "contact_lost_after": 3},
    "cu-te-1t1r": {"source_line": True},
    "alpha-fe2o3": {},
    "nmos": {"noise_level": 0.01},
    "ecram": {"potential_swing": "1.5 V"},
    "constant-step": {},
    "soft-bounds": {},
    "exponential-step": {},
    "threshold-power-law": {},
}


def built(kind: str, seed: int) -> DeviceModel:
    loaded = plugins.load(plugins.DEVICES, kind)
    device: DeviceModel = loaded.build(settings.parse("test", KINDS[kind], loaded.parameters), seed)
    return device


def played(device: DeviceModel, random: np.random.Generator, steps: int) -> list[Any]:
    """Levels at the first terminal, reads of 0.1 V, rests: what it answers, and the last rest."""
    first, *others = device.terminals
    rest = {name: Drive(0.0, 1e-3) for name in others}
    answers = []
    for _ in range(steps):
        drives = {**rest, first: Drive(random.uniform(-2.5, 2.5), 5e-3)}
        device.advance(drives, 0.01)
        answers.append(device.respond(drives))
        drives = {**rest, first: Drive(0.1, 1e-3)}
        device.advance(drives, 0.01)
        answers.append(device.respond(drives))
        device.advance(rest, random.uniform(0.0, 2.0))
    return answers


@pytest.mark.parametrize("kind", KINDS)
def test_it_goes_on_where_it_was(kind: str) -> None:
    for steps in range(6):
        device, other = built(kind, 1), built(kind, 2)
        played(device, np.random.default_rng(5), steps)
        played(other, np.random.default_rng(6), 3)
        other.restore(device.state())
        ends = [played(one, np.random.default_rng(7), 4) for one in (device, other)]
        assert ends[0] == ends[1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_state_is_of_its_moment(kind: str) -> None:
    """It does not change with the device, and holds nothing that would need pickling."""
    device = built(kind, 1)
    played(device, np.random.default_rng(5), 2)
    state = device.state()
    before = {name: array.copy() for name, array in state.items()}
    played(device, np.random.default_rng(5), 2)
    for name, array in state.items():
        assert array.dtype.kind in "biuf"
        assert np.array_equal(array, before[name])


def test_many_devices_at_once() -> None:
    ends = []
    for seed in (1, 2):
        devices = CuTe(50, CuTeParameters(), seed)
        if seed == 1:
            devices.pulse(np.linspace(-2.0, 2.0, 50), 0.01)
            devices.rest(1.0)
            state = devices.state()
        else:
            devices.restore(state)
        devices.pulse(np.linspace(2.0, -2.0, 50), 0.01)
        devices.rest(1.0)
        ends.append(devices.read(np.full(50, 0.05)))
    assert np.array_equal(*ends)


def test_the_noise_forgets_what_it_had_worked_out_before() -> None:
    ends = []
    for seed in (1, 2):
        generator = np.random.default_rng(seed)
        noise = ConductanceNoise(NoiseParameters(), elementwise(1), generator, generator, 0.25)
        noise.advance(0.01)
        if seed == 1:
            state, words = noise.state(), generator_state(generator)
        else:
            noise.restore(state)
            restore_generator(generator, words)
        for _ in range(200):
            noise.advance(0.01)
        ends.append(noise.value())
    assert ends[0] == ends[1]


def test_a_generator_goes_on_where_it_was() -> None:
    generator, other = np.random.default_rng(1), np.random.default_rng(2)
    for half_words in (0, 1, 1, 2):  # one of them leaves half a word over
        generator.integers(0, 2**31, half_words, dtype=np.int32)
        restore_generator(other, generator_state(generator))
        draws = [
            (one.integers(0, 2**31, 3, dtype=np.int32).tolist(), one.standard_normal(3).tolist())
            for one in (generator, other)
        ]
        assert draws[0] == draws[1]


def test_parts_have_names_of_their_own() -> None:
    arrays = {"a": np.array(1.0), "b": np.array(2.0)}
    state = {**named("x", arrays), **named("xx", {"a": np.array(3.0)})}
    assert set(state) == {"x/a", "x/b", "xx/a"}
    assert part_of(state, "x") == arrays
