"""The shipped device profiles: valid, with their units, and with a model that can be built."""

import tomllib
from importlib.resources import files
from typing import Any

import numpy as np
import pytest

from mho.device.layout import line_name
from mho.device.profile import DeviceProfile
from mho.plugins import DEVICES, load
from mho.simulated import simulated_device
from mho.stimuli import Drive

FOLDER = files("mho.data") / "devices"
CONTEXT = {"quoted_units": True}
NAMES = sorted(
    path.name.removesuffix(".toml") for path in FOLDER.iterdir() if path.name.endswith(".toml")
)
OURS = (
    "alpha-fe2o3", "cu-te", "cu-te-1t1r", "cu-te-1t1r-mos", "cu-te-1t1r-source-line",
    "cu-te-pristine", "nmos", "open", "resistor",
)  # fmt: skip


SETTLED = {"device_to_device": False, "cycle_to_cycle": False, "noise": False, "relaxation": False}


def _profile(name: str) -> DeviceProfile:
    settings = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    return DeviceProfile.model_validate(settings, context=CONTEXT)


def _device(profile: DeviceProfile, seed: int = 1, **changes: Any) -> Any:
    assert profile.model is not None
    kind = load(DEVICES, profile.model.kind)
    parameters = kind.parameters.model_validate(
        {**profile.model.parameters, **changes}, context=CONTEXT
    )
    return kind.build(parameters, seed)


def _held(profile: DeviceProfile, drive: Drive) -> dict[str, Drive]:
    """The driven terminal so, and the others at the biases of the profile."""
    biases = {
        name: Drive(limits.bias, limits.bias_compliance)
        for name, limits in profile.terminals.items()
        if limits.bias is not None and limits.bias_compliance is not None
    }
    return {profile.write_at: drive, **biases}


@pytest.mark.parametrize("name", NAMES)
def test_its_model_has_its_terminals(name: str) -> None:
    profile = _profile(name)
    device = simulated_device(profile, 1, name)
    ends = {one: one if profile.array is None else line_name(one, 0) for one in profile.terminals}
    assert set(ends.values()) <= set(device.terminals)
    written = ends[profile.write_at]
    response = device.respond({written: Drive(profile.read_voltage, 1e-4)})
    assert response[written].voltage == pytest.approx(profile.read_voltage)


@pytest.mark.parametrize("name", OURS)
def test_a_lost_contact_reads_below_the_floor_and_a_device_above(name: str) -> None:
    profile = _profile(name)
    drives = _held(profile, Drive(profile.read_voltage, profile.read_compliance))
    response = _device(profile).respond(drives)[profile.write_at]
    assert not response.in_compliance
    above = response.current / response.voltage > profile.contact_floor
    assert above == (name != "open")


@pytest.mark.parametrize("name", ["cu-te", "cu-te-1t1r"])
def test_the_reset_curve_is_what_the_model_does(name: str) -> None:
    profile = _profile(name)
    assert profile.reset_curve is not None
    gate = {"gate": Drive(3.0, 1e-3)} if name == "cu-te-1t1r" else {}
    for point in profile.reset_curve:
        left = []
        for seed in range(40):
            device = _device(profile, seed)
            for level in (2.3, -point.amplitude):
                drives = {"TE": Drive(level, profile.pulse_compliance), **gate}
                device.advance(drives, profile.pulse_width)
            left.append(device.memristor.conductance())
        assert np.median(left) == pytest.approx(point.conductance, rel=0.15)


def test_a_full_set_stays_out_of_compliance() -> None:
    profile = _profile("cu-te-1t1r")
    device = _device(profile, memristor=SETTLED)
    limits = profile.terminals["gate"]
    assert limits.bias is not None
    drives = {"TE": Drive(2.0, profile.pulse_compliance), "gate": Drive(limits.bias, 1e-3)}
    device.advance(drives, profile.pulse_width)
    response = device.respond(drives)["TE"]
    assert not response.in_compliance
    # published: 2 V over an LRS of 1 kohm and 120 ohm of transistor
    assert response.current == pytest.approx(2.0 / 1120.0, rel=0.02)


@pytest.mark.parametrize("name", OURS)
def test_the_profile_lets_its_device_be_set_and_read(name: str) -> None:
    """A full SET and the read after it stay below their current limits."""
    profile = _profile(name)
    device = _device(profile)
    limits = profile.terminals[profile.write_at]
    published = {"alpha-fe2o3": -1.6, "nmos": 4.0}.get(name, 2.0)
    assert limits.min_voltage <= published <= limits.max_voltage
    pulse = _held(profile, Drive(published, profile.pulse_compliance))
    for _ in range(80):
        device.advance(pulse, profile.pulse_width)
    assert not device.respond(pulse)[profile.write_at].in_compliance
    read = _held(profile, Drive(profile.read_voltage, profile.read_compliance))
    assert not device.respond(read)[profile.write_at].in_compliance


def test_a_pristine_cell_is_formed_by_the_published_sweep() -> None:
    device = _device(_profile("cu-te-pristine"))
    for level in np.arange(0.02, 2.001, 0.02):
        drives = {"TE": Drive(float(level), 5e-3)}
        device.advance(drives, 10e-3)
        if level < 1.3:
            assert device.respond(drives)["TE"].current < 1e-8
    response = device.respond({"TE": Drive(0.05, 1e-4)})["TE"]
    assert response.current / 0.05 == pytest.approx(1e-3, rel=0.25)
