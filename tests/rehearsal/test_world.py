"""The world of a rehearsal: sources, open terminals, lazy ageing, instruments that share it."""

import threading

import numpy as np
import pytest
from cell_with_potential import CellWithPotential

from mho.clock import RealClock, VirtualClock
from mho.rehearsal import World, unconnected
from mho.sim_instruments.devices.cu_te import CU_TE
from mho.sim_instruments.devices.resistor import RESISTOR
from mho.stimuli import OPEN, Drive, Source


def ampere(level: float, limit: float) -> Drive:
    return Drive(level, limit, Source.CURRENT)


@pytest.fixture
def world() -> World:
    return World(CellWithPotential(), VirtualClock(), 1)


@pytest.fixture
def resistor() -> World:
    return World(RESISTOR.build(RESISTOR.parameters(), 1), VirtualClock(), 1)


def test_an_open_terminal_has_a_potential_and_takes_nothing(world: World) -> None:
    assert world.read(0.0, "gate") == (0.6, 0.0, False)
    world.drive(0.0, "gate", Drive(1.0, 1e-3))
    world.drive(0.0, "gate", OPEN)
    assert world.read(0.0, "gate") == (0.6, 0.0, False)
    assert world.drives() == {}


@pytest.mark.parametrize("sign", [1, -1])
def test_a_current_source_holds_its_level_up_to_its_limit(resistor: World, sign: int) -> None:
    resistor.drive(0.0, "TE", ampere(sign * 1e-4, 2.0))
    assert resistor.read(0.0, "TE") == pytest.approx((sign * 1.0, sign * 1e-4, False))
    resistor.drive(0.0, "TE", ampere(sign * 1e-3, 2.0))
    assert resistor.read(0.0, "TE") == pytest.approx((sign * 2.0, sign * 2e-4, True))


def test_a_current_source_is_what_drives_the_terminal(resistor: World) -> None:
    drive = ampere(-1e-4, 2.0)
    resistor.drive(0.0, "TE", drive)
    assert resistor.drives() == {"TE": drive}


def test_a_source_of_0_a_is_a_voltmeter(world: World) -> None:
    world.drive(0.0, "gate", ampere(0.0, 2.0))
    assert world.read(1.0, "gate") == (0.6, 0.0, False)
    assert world.device.potential == 0.6  # type: ignore[attr-defined]
    world.drive(1.0, "gate", ampere(0.0, 0.5))
    assert world.read(1.0, "gate") == (0.5, 0.0, True)
    assert set(world.drives()) == {"gate"}


def test_a_current_charges_and_discharges_a_cell(world: World) -> None:
    world.drive(0.0, "gate", ampere(1e-7, 5.0))
    assert world.read(1.0, "gate") == pytest.approx((0.6 + 0.1 + 0.1, 1e-7, False))
    world.drive(1.0, "gate", ampere(-1e-7, 5.0))
    assert world.read(2.0, "gate") == pytest.approx((0.6 - 0.1, -1e-7, False))


def test_a_current_that_the_device_overrules_is_at_its_limit(world: World) -> None:
    """The cell is at 0.6 V: a source of +10 nA that may go to 0.1 V cannot push it in."""
    world.drive(0.0, "gate", ampere(1e-8, 0.1))
    response = world.read(0.0, "gate")
    assert response.current < 0.0
    assert response.in_compliance


def test_one_stretch_for_each_constant_drive(world: World) -> None:
    world.drive(0.0, "gate", Drive(1.0, 1e-3))
    world.drive(1.0, "gate", Drive(1.0, 1e-3))
    world.read(2.0, "drain")
    world.drive(3.0, "drain", ampere(1e-4, 2.0))
    world.read(1.0, "drain")  # the past is over
    world.read(5.0, "drain")
    assert world.device.stretches == [  # type: ignore[attr-defined]
        (2.0, {"gate": 1.0}),
        (1.0, {"gate": 1.0}),
        (2.0, {"gate": 1.0, "drain": 2.0}),
    ]


def test_what_is_connected_to_nothing_reads_its_own_level() -> None:
    assert unconnected(Drive(1.5, 1e-3)) == (1.5, 0.0, False)
    assert unconnected(ampere(-1e-3, 2.0)) == (-2.0, 0.0, True)
    assert unconnected(ampere(0.0, 2.0)) == unconnected(OPEN) == (0.0, 0.0, False)


class Stepper:
    """An instrument that drives the gate at moments of its own."""

    def __init__(self, world: World, terminal: str, moments: list[float]) -> None:
        self.world, self.terminal, self.moments = world, terminal, moments
        self.restored: int | None = None

    def catch_up(self, moment: float) -> None:
        while self.moments and self.moments[0] <= moment:
            now = self.moments.pop(0)
            self.world.drive(now, self.terminal, Drive(now, 1e-3))

    def state(self):  # type: ignore[no-untyped-def]
        return {"left": np.array(len(self.moments))}

    def restore(self, state) -> None:  # type: ignore[no-untyped-def]
        self.restored = int(state["left"])


def test_instruments_act_in_the_order_of_time_whoever_asks(world: World) -> None:
    """Neither of them is spoken to; a reading at one makes both do what was due before."""
    world.join("stepper", Stepper(world, "gate", [1.0, 3.0]))
    world.join("stepper", Stepper(world, "drain", [2.0]))
    world.read(4.0, "drain")
    assert world.drives() == {"gate": Drive(3.0, 1e-3), "drain": Drive(2.0, 1e-3)}
    assert world.count("stepper") == 2


def test_threads_do_not_tear_it(resistor: World) -> None:
    failed: list[BaseException] = []

    def hammer(level: float) -> None:
        try:
            for n in range(300):
                with resistor.lock:
                    resistor.drive(n * 1e-3, "TE", Drive(level, 1.0))
                    assert resistor.read(n * 1e-3, "TE").voltage == level
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=hammer, args=(level,)) for level in (0.1, 0.2, 0.3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


# -- state


def test_the_state_is_plain_arrays(tmp_path, world: World) -> None:  # type: ignore[no-untyped-def]
    world.drive(0.0, "gate", ampere(1e-7, 5.0))
    world.clock.sleep(1.0)
    world.read(0.5, "gate")
    np.savez(tmp_path / "state.npz", **world.state())
    with np.load(tmp_path / "state.npz", allow_pickle=False) as file:
        kept = dict(file)
    other = World(CellWithPotential(0.0), VirtualClock(), 7)
    other.restore(kept)
    assert other.clock.now() == 1.0
    assert other.drives() == world.drives()
    for one in (world, other):
        one.device.stretches.clear()  # type: ignore[attr-defined]
        assert one.read(2.0, "gate") == pytest.approx((0.6 + 0.2 + 0.1, 1e-7, False))
        assert one.device.stretches == [(1.5, {"gate": 5.0})]  # type: ignore[attr-defined]
    for name, array in world.state().items():
        assert array.dtype.kind in "biufU", name
        assert np.array_equal(array, other.state()[name]), name


def test_a_state_on_a_real_clock_counts_as_taken_now(world: World) -> None:
    world.drive(0.0, "gate", ampere(1e-7, 5.0))
    world.clock.sleep(10.0)
    clock = RealClock()
    other = World(CellWithPotential(), clock, 1)
    other.restore(world.state())
    assert other.read(clock.now(), "gate").voltage == pytest.approx(0.6 + 1.0 + 0.1, rel=1e-3)


def test_instruments_get_their_part_now_or_when_they_come(world: World) -> None:
    world.join("stepper", Stepper(world, "gate", [1.0, 3.0]))
    world.join("stepper", Stepper(world, "drain", [5.0]))
    state = world.state()
    other = World(CellWithPotential(), VirtualClock(), 1)
    first, second = Stepper(other, "gate", []), Stepper(other, "drain", [])
    other.join("stepper", first)
    other.restore(state)
    other.join("stepper", second)
    assert (first.restored, second.restored) == (2, 1)


def test_a_state_of_another_kind_or_version_is_refused(world: World) -> None:
    state = world.state()
    with pytest.raises(ValueError, match="version 99 was given; this mho reads version 2"):
        world.restore({**state, "version": np.array(99)})
    with pytest.raises(KeyError):
        World(CU_TE.build(CU_TE.parameters(), 1), VirtualClock(), 1).restore(state)


def test_taking_a_state_changes_nothing() -> None:
    histories = []
    for takes in (False, True):
        world = World(CU_TE.build(CU_TE.parameters(), 3), VirtualClock(), 3)
        read = []
        for number, level in enumerate((2.0, -1.0, 0.05, 0.05, 1.5, 0.05)):
            world.drive(number * 1e-2, "TE", Drive(level, 5e-3))
            if takes:
                world.state()
            read.append(world.read((number + 1) * 1e-2, "TE"))
        histories.append(read)
    assert histories[0] == histories[1]
