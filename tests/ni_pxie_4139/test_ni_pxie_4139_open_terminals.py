"""Open terminals: the relay, what stands before it opens, and where it stays open."""

from dataclasses import replace

import pytest
from gated_cell import assert_opened_at_zero, make_profile
from gated_cell_on_ni import GATE, bench_on, listening, simulated

from mho.drivers.ni_pxie_4139 import NI_PXIE_4139
from mho.sim_instruments.ni_device_server.faults import Fault, Faults
from mho.stimuli import OPEN, Drive, Hold, Pulse, PulseTrain, Read, Source, Sweep

CURRENT = Source.CURRENT
GROUND = Drive(0.0, 1e-6)
READ = Read(voltage=0.1, aperture=9e-3, compliance=1e-4, settle=1e-3, terminal="drain")
PULSE = Pulse(terminal="gate", amplitude=1.0, width=10e-3, compliance=1e-6)
WRITE_READ = replace(PULSE, rest=0.5, verify=READ)
DRAIN = READ.at("gate")
METER = Hold(
    terminal="gate", level=0.0, count=1, interval=20e-3, aperture=9e-3, compliance=2.5,
    source=CURRENT,
)  # fmt: skip
TRAIN = PulseTrain(
    terminal="gate", amplitudes=(1.0, -1.0, 0.0), width=10e-3, compliance=1e-6, rest=5e-3,
    verify=READ,
)  # fmt: skip
SWEEP = Sweep(
    terminal="gate", levels=(0.5, -0.5), dwell=20e-3, aperture=9e-3, compliance=1e-6
)  # fmt: skip


@pytest.fixture(autouse=True)
def logged(caplog):
    """Sessions are logged only where somebody listens when they are opened."""
    caplog.set_level("DEBUG", "mho.drivers.ni_pxie_4139")


@pytest.fixture
def server():
    with simulated() as server:
        yield server
        assert_opened_at_zero(server.world)


@pytest.fixture
def bench(server):
    with bench_on(server) as bench:
        yield bench


@pytest.fixture
def grounded(server):
    with bench_on(server, profile=make_profile(rests="grounded")) as bench:
        server.world.changes.clear()
        yield bench


def gate_of(server):
    return server.world.drives().get("gate", OPEN)


# ---- a terminal that rests open


def test_it_is_open_from_the_first_exchange_to_the_last(server):
    with bench_on(server) as bench:
        assert server.world.drives() == {"drain": Drive(0.0, 1e-3), "source": Drive(0.0, 1e-3)}
        for _ in range(3):
            bench.apply(DRAIN)
        bench.off()
        bench.apply(DRAIN)
    assert server.world.at("gate") == []
    server.world.clock.sleep(100.0)
    assert server.world.device.potential == 0.3
    with bench_on(server) as bench:
        bench.apply(DRAIN)
    assert server.world.at("gate") == []


@pytest.mark.parametrize(
    ("stimulus", "driven"),
    [
        (PULSE, [Drive(1.0, 1e-6), GROUND]),
        (replace(PULSE, amplitude=-1e-8, compliance=2.5, source=CURRENT),
         [Drive(-1e-8, 2.5, CURRENT), Drive(0.0, 2.5, CURRENT)]),
        (WRITE_READ, [Drive(1.0, 1e-6), GROUND]),
        (replace(WRITE_READ, amplitude=0.0), []),
        (METER, [Drive(0.0, 2.5, CURRENT)]),
        (replace(METER, count=3), [Drive(0.0, 2.5, CURRENT)]),
        (TRAIN, [Drive(1.0, 1e-6), GROUND, OPEN, Drive(-1.0, 1e-6), GROUND]),
        (SWEEP, [Drive(0.5, 1e-6), Drive(-0.5, 1e-6), GROUND]),
        (DRAIN, []),
    ],
)  # fmt: skip
def test_it_is_driven_while_it_is_written_and_open_again_afterwards(
    server, bench, stimulus, driven
):
    for _ in range(2):
        server.world.changes.clear()
        bench.apply(stimulus)
        assert server.world.at("gate") == (driven and [*driven, OPEN])
        assert "gate" not in server.world.drives()


def test_a_bias_of_another_terminal_leaves_it_open(server, bench):
    bench.bias("drain", 0.2, 1e-4)
    bench.bias("drain", 0.0, 1e-4)
    assert server.world.at("gate") == []


def test_the_charge_stays_through_reads_and_rests(server, bench):
    bench.apply(PULSE)
    before = server.world.device.potential
    first = bench.apply(DRAIN)[0].conductance
    server.world.clock.sleep(1000.0)
    assert bench.apply(DRAIN)[0].conductance == pytest.approx(first, rel=1e-3)
    assert bench.apply(METER)[0].voltage == pytest.approx(before, abs=1e-4)
    assert server.world.device.potential == before


def test_a_closed_loop_step_at_an_open_gate(bench):
    bench.apply(PULSE)
    with listening(GATE) as wire:
        bench.apply(replace(PULSE, amplitude=1.1))
        assert wire.take() == [
            "voltage_level = 1.1", "output_connected = True", "initiate()",
            "fetch_multiple(2, 0.1)", "abort()",
            "output_connected = False", "commit()",
        ]  # fmt: skip
        bench.apply(DRAIN)
        assert wire.take() == []


def test_off_leaves_it_open_and_the_others_at_0_v(server, bench):
    with listening(GATE) as wire:
        bench.off()
        assert wire.take() == ["abort()", "output_enabled = False", "disable()"]
        assert server.world.at("gate") == []
        assert {drive.level for drive in server.world.drives().values()} == {0.0}
        bench.apply(PULSE)
        assert "output_connected = True" in wire.take()  # whatever a disable leaves there
    assert bench.apply(DRAIN)[0].voltage == pytest.approx(0.1, abs=1e-3)


@pytest.mark.parametrize(
    "drive", [Drive(1.5, 1e-6), Drive(-1e-8, 2.5, CURRENT), Drive(0.0, 2.5, CURRENT)]
)
def test_off_grounds_it_before_it_opens_it_where_it_is_driven(server, bench, drive):
    (instrument,) = bench._instruments.values()
    instrument.hold("gate", drive)
    assert gate_of(server) == drive
    with listening(GATE) as wire:
        bench.off()
        assert wire.take() == ["abort()", "output_enabled = False", "reset()", "disable()"]
    changes = server.world.at("gate")
    assert changes[0] == drive and changes[-1] == OPEN
    assert (changes[-2].level, changes[-2].source) == (0.0, "voltage")


def test_off_again_and_again(server, bench):
    bench.bias("gate", 1.0, 1e-6)
    for _ in range(3):
        bench.off()
        assert gate_of(server) == OPEN


# ---- opening by a bias


@pytest.mark.parametrize("level", [1.5, -0.7])
def test_0_v_comes_first_then_the_relay(server, grounded, level):
    grounded.bias("gate", level, 1e-6)
    with listening(GATE) as wire:
        grounded.bias("gate", None)
        assert wire.take() == [
            "voltage_level = 0.0", "abort()", "output_connected = False", "commit()",
        ]  # fmt: skip
        grounded.bias("gate", None)
        assert wire.take() == []
    assert server.world.at("gate") == [Drive(level, 1e-6), GROUND, OPEN]


def test_0_a_comes_first_then_the_relay(server, bench):
    (instrument,) = bench._instruments.values()
    instrument.hold("gate", Drive(1e-8, 2.5, CURRENT))
    with listening(GATE) as wire:
        instrument.hold("gate", OPEN)
        assert wire.take()[0] == "current_level = 0.0"
    assert server.world.at("gate") == [
        Drive(1e-8, 2.5, CURRENT), Drive(0.0, 2.5, CURRENT), OPEN,
    ]  # fmt: skip


def test_the_next_bias_connects_it(server, grounded):
    grounded.bias("gate", None)
    assert gate_of(server) == OPEN
    with listening(GATE) as wire:
        grounded.bias("gate", 0.5, 1e-6)
        sent = wire.take()
    assert sent.index("output_connected = True") < sent.index("initiate()")
    assert gate_of(server) == Drive(0.5, 1e-6)


@pytest.mark.parametrize("stimulus", [PULSE, METER, SWEEP, replace(METER, count=2)])
def test_the_next_stimulus_connects_it_and_ends_grounded(server, grounded, stimulus):
    for one in (stimulus, SWEEP, stimulus):
        grounded.bias("gate", None)
        server.world.changes.clear()
        trace = grounded.apply(one)
        assert gate_of(server) == GROUND
        assert all(drive != OPEN for drive in server.world.at("gate"))
        assert len(trace) == one.score().readings


def test_while_it_is_open_others_are_read(server, grounded):
    grounded.bias("gate", 1.0, 1e-6)
    server.world.clock.sleep(10.0)
    grounded.bias("gate", None)
    first = grounded.apply(DRAIN)[0].conductance
    server.world.clock.sleep(100.0)
    assert grounded.apply(DRAIN)[0].conductance == pytest.approx(first, rel=1e-3)
    assert gate_of(server) == OPEN


def test_off_grounds_what_does_not_rest_open(server, grounded):
    grounded.bias("gate", None)
    grounded.off()
    assert gate_of(server).level == 0.0 and gate_of(server) != OPEN


def test_a_lost_session_is_replaced_and_the_gate_grounded_and_opened_again(server, bench):
    bench.bias("gate", 1.5, 1e-6)
    server.faults = Faults(calls=(Fault(at=1, restarts=True),))
    bench.off()
    *_, grounded, opened = server.world.at("gate")
    assert (grounded.level, grounded.source, opened) == (0.0, "voltage", OPEN)
    assert bench.apply(METER)[0].voltage == pytest.approx(server.world.device.potential, abs=1e-4)


def test_limits_say_that_a_terminal_opens():
    from mho.settings import parse

    smu = {"resource": GATE, "model": "20 W"}
    settings = parse(
        "bench", {"target": "simulator", "terminals": {"gate": smu}}, NI_PXIE_4139.settings
    )
    assert NI_PXIE_4139.limits(settings, make_profile())["gate"].opens
