"""Cells that die and contacts that are lost in mid-run."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from mho.device.model import DeviceModel, Response
from mho.sim_instruments.devices.alpha_fe2o3 import ALPHA_FE2O3
from mho.sim_instruments.devices.alpha_fe2o3_parameters import AlphaFe2O3Parameters
from mho.sim_instruments.devices.contact import LosableContact, losable
from mho.sim_instruments.devices.cu_te import CU_TE
from mho.sim_instruments.devices.cu_te_memristor import CuTe
from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters
from mho.sim_instruments.devices.elementwise import elementwise
from mho.sim_instruments.devices.endurance import Endurance, EnduranceParameters
from mho.sim_instruments.devices.one_transistor_one_resistor import (
    CU_TE_1T1R,
    OneTransistorOneResistorParameters,
)
from mho.stimuli import Drive

WIDTH = 10e-3
READ = {"TE": Drive(0.05, 1e-3), "gate": Drive(3.0, 1e-3)}
REST = {"TE": Drive(0.0, 1e-3), "gate": Drive(3.0, 1e-3)}


def _endurance(stuck_low_resistance: float, life: float = 3.0) -> EnduranceParameters:
    return EnduranceParameters(life=life, life_shape=1e6, stuck_low_resistance=stuck_low_resistance)


# -- endurance


def test_lives_are_weibull() -> None:
    parameters = EnduranceParameters(life=1500, life_shape=2.0)
    endurance = Endurance(parameters, elementwise(20_000), np.random.default_rng(1))
    alive = []
    for cycles in (275, 1500):
        endurance.cycles = np.full(20_000, float(cycles))
        alive.append(1 - endurance.dead.mean())
    assert alive == pytest.approx([np.exp(-((275 / 1500) ** 2)), np.exp(-1)], abs=0.01)


@pytest.mark.parametrize(("share", "stuck_at"), [(1.0, 1e-3), (0.0, 5.5e-6)])
def test_a_dead_cu_te_cell_stays_where_its_last_switching_left_it(
    share: float, stuck_at: float
) -> None:
    parameters = CuTeParameters(
        wear=True, endurance=_endurance(share), device_to_device=False, cycle_to_cycle=False,
        relaxation=False,
    )  # fmt: skip
    device = CuTe(1, parameters, 1)
    after = []
    for _ in range(5):
        for level in (2.2, -2.04):
            device.pulse(level, WIDTH)
            after.append(device.conductance())
    assert after[:4] == pytest.approx([1e-3, 5.7e-6] * 2, rel=0.03)
    # the RESET pulses that it still gets let it creep by a logarithm
    assert after[6:] == pytest.approx([stuck_at] * 4, rel=0.05)


@pytest.mark.parametrize(("share", "stuck_at"), [(1.0, 5.1e-3), (0.0, 0.56e-3)])
def test_a_dead_alpha_fe2o3_device_is_stuck(share: float, stuck_at: float) -> None:
    parameters = AlphaFe2O3Parameters(
        endurance=_endurance(share), device_to_device=False, cycle_to_cycle=False
    )
    device = ALPHA_FE2O3.build(parameters, 1)
    after = []
    for _ in range(5):
        for level in (-1.6, 2.3):
            device.advance({"TE": Drive(level, 20e-3)}, 40e-3)
            device.advance({}, 1e-3)
            after.append(device.memristor.conductance())
    assert after[:6] == pytest.approx([5.6e-3, 0.56e-3] * 3, rel=0.1)
    assert after[6:] == pytest.approx([stuck_at] * 4, rel=0.15)


def test_a_life_of_no_cycles_is_dead_from_the_start() -> None:
    parameters = CuTeParameters(wear=True, endurance=_endurance(0.0, life=0.0))
    device = CuTe(1, parameters, 1)
    device.pulse(2.2, WIDTH)
    assert device.conductance() == pytest.approx(7.7e-6)


def test_wear_alone_changes_nothing_before_the_end() -> None:
    """Lives have a generator of their own: a living cell has the same history with and without."""
    histories = []
    for wear in (False, True):
        device = CuTe(1, CuTeParameters(wear=wear, endurance=_endurance(0.5, life=1e9)), 7)
        histories.append([])
        for level in (2.2, -1.0, 0.05, 2.2, -0.7, 0.05):
            device.pulse(level, WIDTH)
            histories[-1].append(device.read(0.05))
    assert histories[0] == histories[1]


# -- contact


class Counter:
    """A 1 kohm device that knows which terminals it saw driven."""

    terminals = ("TE", "gate")

    def __init__(self) -> None:
        self.seen: list[set[str]] = []

    def advance(self, drives: Mapping[str, Drive], duration: float) -> None:
        self.seen.append(set(drives))

    def respond(self, drives: Mapping[str, Drive]) -> Mapping[str, Response]:
        return {name: Response(drive.level, 1e-3, False) for name, drive in drives.items()}


def _play(device: DeviceModel, *levels: float) -> list[float]:
    """Each level in two stretches and 0 V after it; the currents at TE at its end."""
    currents = []
    for level in levels:
        drives = {**READ, "TE": Drive(level, 1e-3)}
        device.advance(drives, WIDTH / 2)
        device.advance(drives, WIDTH / 2)
        currents.append(device.respond(drives)["TE"].current)
        device.advance(REST, WIDTH)
    return currents


def test_the_contact_is_lost_after_that_many_pulses() -> None:
    counter = Counter()
    device = LosableContact(counter, 2)
    assert _play(device, 0.05, 1.0, 0.1, -1.0, 0.05, 1.0) == [1e-3, 1e-3, 1e-3, 1e-3, 0.0, 0.0]
    assert counter.seen[-1] == {"gate"}
    assert device.respond(READ) == {"TE": (0.05, 0.0, False), "gate": (3.0, 1e-3, False)}
    lost = device.respond({"gate": Drive(3.0, 1e-3)})
    assert lost == {"TE": (0.0, 0.0, False), "gate": (3.0, 1e-3, False)}


def test_a_pulse_at_a_return_terminal_counts_and_the_gate_does_not() -> None:
    device = LosableContact(Counter(), 1)
    for _ in range(3):
        device.advance({**REST, "gate": Drive(3.0, 1e-3)}, WIDTH)
        device.advance({**REST, "gate": Drive(0.0, 1e-3)}, WIDTH)
    assert device.respond(READ)["TE"].current == 1e-3
    device.advance({**REST, "source": Drive(2.0, 1e-3)}, WIDTH)
    assert device.respond(READ)["TE"].current == 0.0


def test_never_by_default() -> None:
    counter = Counter()
    assert losable(counter, None) is counter


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        (CU_TE, CuTeParameters(contact_lost_after=2)),
        (ALPHA_FE2O3, AlphaFe2O3Parameters(contact_lost_after=2)),
        (
            CU_TE_1T1R,
            OneTransistorOneResistorParameters(memristor=CuTeParameters(contact_lost_after=2)),
        ),
    ],
)
def test_every_memristor_can_lose_its_contact(kind: Any, parameters: Any) -> None:
    device = kind.build(parameters, 1)
    currents = _play(device, 1.0, 0.05, -1.0, 0.05, 1.0, 0.05)
    assert [current == 0.0 for current in currents] == [False] * 3 + [True] * 3
    state = device.device.memristor.conductance()
    _play(device, 2.0, -2.0)
    assert device.device.memristor.conductance() == pytest.approx(state, rel=0.01)
