"""The shipped device profiles: valid, with their units, and with a model that can be built."""

import tomllib
from importlib.resources import files
from typing import Any

import numpy as np
import pytest

from mho.device_profile import DeviceProfile
from mho.plugins import DEVICES, load
from mho.sim_instruments.devices import Drive

FOLDER = files("mho.data") / "devices"
CONTEXT = {"quoted_units": True}
NAMES = ("cu-te-1t1r", "cu-te", "resistor", "open")


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


@pytest.mark.parametrize("name", NAMES)
def test_its_model_has_its_terminals(name: str) -> None:
    profile = _profile(name)
    device = _device(profile)
    assert set(profile.terminals) <= set(device.terminals)
    response = device.respond({profile.drive: Drive(profile.read_voltage, 1e-4)})
    assert response[profile.drive].voltage == pytest.approx(profile.read_voltage)


def test_every_shipped_profile_is_tested() -> None:
    assert {path.name for path in FOLDER.iterdir()} >= {f"{name}.toml" for name in NAMES}


def test_a_lost_contact_reads_below_the_floor_and_a_device_above() -> None:
    for name in NAMES:
        profile = _profile(name)
        drives = {"TE": Drive(profile.read_voltage, 1e-4), "gate": Drive(3.0, 1e-3)}
        if "gate" not in profile.terminals:
            del drives["gate"]
        response = _device(profile).respond(drives)["TE"]
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
    device = _device(profile, memristor={"device_to_device": False, "cycle_to_cycle": False})
    limits = profile.terminals["gate"]
    assert limits.bias is not None
    drives = {"TE": Drive(2.3, profile.pulse_compliance), "gate": Drive(limits.bias, 1e-3)}
    device.advance(drives, profile.pulse_width)
    response = device.respond(drives)["TE"]
    assert not response.in_compliance
    assert response.current == pytest.approx(2e-3, rel=0.1)
