"""The simulated NI-SWITCH under the unmodified client over sockets, and the driver on it."""

from contextlib import contextmanager
from types import SimpleNamespace

import grpc
import niswitch
import pytest
from selecting_benches import PULSE, SMUS, setup_of

from mho.bench import Points, RelayPath, Selection
from mho.clock import VirtualClock
from mho.device.layout import Address
from mho.drivers.ni_switch import NI_SWITCH as DRIVER
from mho.drivers.ni_switch.settings import NiSwitchSettings
from mho.errors import (
    CommandRejected,
    ConnectionFailed,
    SelectionError,
    SettingsError,
    UnsafeStateError,
)
from mho.plugins import INSTRUMENTS, load
from mho.rehearsal import World
from mho.rehearsal.relays import SwitchedDevice
from mho.settings import read_device
from mho.sim_instruments.ni_switch.service import CALLS
from mho.simulated import simulated_device
from mho.stimuli import Drive

RESOURCE = "PXI1Slot8"
TOPOLOGY = "2737/2-Wire 4x64 Matrix"
WIRING = {f"{RESOURCE}/r0": "TE", f"{RESOURCE}/r3": "(ground)", f"{RESOURCE}/c5": "TE[0]"}

SELECT = """
[select]
kind = "ni-switch"
target = "simulator"
resource = "PXI1Slot8"
topology = "2737/2-Wire 4x64 Matrix"
ground = "r3"
sources = { TE = "r0", gate = "r1" }
lines = { TE = ["c0..c7"], gate = ["c8..c15"] }
"""

# What NI-SWITCH answers. Sources: NI's published service, its client's documentation and its
# system tests: names of channels and relays, order of indices, codes of errors.
REFUSED = [
    (lambda s: s.connect("r0", "r0"), -1074126827, "a channel to itself"),
    (lambda s: s.connect("r0", "r1"), -1074126831, "a row to a row"),
    (lambda s: s.connect("r0", "c64"), -1074135008, "no such column"),
    (lambda s: s.connect("r0", "c1"), -1074126836, "it exists already"),
    (lambda s: s.disconnect("r0", "c2"), -1074126840, "no such path"),
    (lambda s: s.get_path("r0", "c2"), -1074126840, "no such path"),
    (lambda s: s.connect_multiple("r0-c5"), -1074118620, "no list"),
    (lambda s: s.set_path("r0"), -1074126847, "no path list"),
    (lambda s: s.get_relay_position("k0"), -1074118618, "no relay"),
    (lambda s: s.get_relay_name(0), -1074135024, "indices count from 1"),
    (lambda s: setattr(s, "scan_list", "r0") or s._initiate_scan(), -1074118620, "no scan list"),
]


@contextmanager
def served(**switches):
    _, profile = read_device("resistor")
    device = SwitchedDevice(simulated_device(profile, 0, "test"), {"TE[0]": "TE"}, ["TE"], {})
    world, kind = World(device, VirtualClock(), 0), load(INSTRUMENTS, "ni")
    chosen = {RESOURCE: {"topology": TOPOLOGY, **switches}}
    server = kind.start(world, WIRING, 0, kind.settings(switches=chosen))
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def session(server, topology=TOPOLOGY, **more):
    with grpc.insecure_channel(server.address) as channel:
        options = niswitch.GrpcSessionOptions(channel, "")
        with niswitch.Session(RESOURCE, topology, grpc_options=options, **more) as one:
            yield one


def test_every_call_of_the_service_is_there():
    assert len(CALLS) == 58


def test_paths_relays_and_what_they_connect():
    with served() as server, session(server) as one:
        assert (one.instrument_model, one.channel_count) == ("NI PXIe-2737", 68)
        assert (one.num_of_rows, one.num_of_columns, one.number_of_relays) == (4, 64, 256)
        assert [one.get_channel_name(n) for n in (1, 4, 5, 68)] == ["r0", "r3", "c0", "c63"]
        assert [one.get_relay_name(n) for n in (1, 65, 256)] == ["kr0c0", "kr1c0", "kr3c63"]
        one.connect("r0", "c1")
        one.connect("c5", "r0")
        assert (one.get_path("r0", "c5"), one.get_path("c5", "r0")) == ("r0->c5", "c5->r0")
        assert one.is_debounced is False
        one.wait_for_debounce()
        assert one.is_debounced is True
        world = server.world
        assert world.clock.now() == pytest.approx(3.4e-3)
        world.drive(world.clock.now(), "TE", Drive(0.5, 1e-3))
        assert world.read(world.clock.now(), "TE").current == pytest.approx(5e-5)
        assert one.get_relay_position("kr0c5") == niswitch.RelayPosition.CLOSED
        assert one.get_relay_count("kr0c5") == 0
        can = niswitch.PathCapability
        found = [one.can_connect(*pair) for pair in (("r0", "c5"), ("r1", "c5"), ("r0", "r1"))]
        assert found == [can.PATH_EXISTS, can.PATH_AVAILABLE, can.PATH_UNSUPPORTED]
        one.disconnect("r0", "c5")
        assert world.read(world.clock.now(), "TE").current == 0.0
        assert world.hot_switches == 1
        assert one.get_relay_count("kr0c5") == 1
        one.connect_multiple("r1->c2, r2->c3")
        one.set_path("[c2->r3->c4]")
        one.relay_control("kr2c9", niswitch.RelayAction.CLOSE)
        closed = [one.get_relay_position(k).name for k in ("kr3c2", "kr3c4", "kr2c9", "kr2c10")]
        assert closed == ["CLOSED"] * 3 + ["OPEN"]
        one.disconnect_all()
        assert one.get_relay_position("kr3c4") == niswitch.RelayPosition.OPEN
        assert one.self_test() is None


def test_what_is_refused_carries_ni_s_code():
    refused = 0
    with served() as server, session(server) as one:
        one.connect("r0", "c1")
        for act, code, what in REFUSED:
            with pytest.raises(niswitch.errors.DriverError) as caught:
                act(one)
            assert caught.value.code == code, what
            refused += 1
        assert one.get_path("r0", "c1") == "r0->c1"  # none of it changed anything
    assert refused == len(REFUSED) == 11


def test_two_sources_and_configuration_channels():
    with served() as server, session(server) as one:
        one.channels["r0"].is_source_channel = True
        one.channels["r1"].is_source_channel = True
        one.channels["c9"].is_configuration_channel = True
        one.connect("r0", "c1")
        assert one.can_connect("r1", "c1") == niswitch.PathCapability.SOURCE_CONFLICT
        with pytest.raises(niswitch.errors.DriverError) as caught:
            one.connect("r1", "c1")
        assert caught.value.code == -1074126837
        with pytest.raises(niswitch.errors.DriverError) as caught:
            one.connect("r1", "c9")
        assert caught.value.code == -1074126839
        one.reset()
        one.connect("r1", "c9")


def test_scans_by_software_triggers():
    with served() as server, session(server) as one:
        one.scan_list = "r0->c1; r1->c2 & r2->c3;"
        one.trigger_input = niswitch.TriggerInput.SOFTWARE_TRIG
        with one.initiate():
            assert one.is_scanning
            one.send_software_trigger()
            assert one.get_path("r0", "c1") == "r0->c1"
            one.send_software_trigger()
            assert one.get_path("r2", "c3") == "r2->c3"
            assert not one.is_scanning
            one.wait_for_scan_complete()
            with pytest.raises(niswitch.errors.DriverError):
                one.get_path("r0", "c1")
            one._initiate_scan()


def test_sessions_are_named_and_topologies_seen():
    with served() as server:
        for topology, code in (("2739/2-Wire 16x16 Matrix", -1074118643), ("cross", -1074118654)):
            with pytest.raises(niswitch.errors.DriverError) as caught, session(server, topology):
                pass
            assert caught.value.code == code
        with session(server, "Configured Topology") as one:
            assert one.num_of_columns == 64
        with grpc.insecure_channel(server.address) as channel:
            options = niswitch.GrpcSessionOptions(channel, "")
            with pytest.raises(niswitch.errors.DriverError) as caught:
                niswitch.Session("PXI1Slot9", TOPOLOGY, grpc_options=options)
            assert caught.value.code == -1074118654
            alone = niswitch.Session("PXI1Slot9", "2532/1-Wire 8x64 Matrix", simulate=True,
                                     grpc_options=options)  # fmt: skip
            assert alone.num_of_rows == 8 and alone.simulate
            alone.close()


def settings(server, **more):
    return NiSwitchSettings(
        target=server.address, resource=RESOURCE, topology=TOPOLOGY, timeout=2.0, **more
    )


def matrix(server, **more):
    rehearsal = SimpleNamespace(clock=server.world.clock)
    return DRIVER.actuator(settings(server, **more), Points({}, {}), rehearsal)


def selection(driven, others=()):
    driven, others = (tuple(RelayPath(*one) for one in some) for some in (driven, others))
    return Selection(cell=Address(0, 0), driven=driven, paths=(*driven, *others))


DRIVEN = (("r0", "c5"), ("r1", "c8"))
GROUNDED = tuple(("r3", f"c{n}") for n in range(9, 16))


def test_a_selection_is_four_exchanges_whatever_is_grounded():
    with served() as server:
        for more, paths in (({}, 0), ({"read_back": "all"}, len(GROUNDED))):
            actuator = matrix(server, **more)
            assert actuator.connect().model == "NI PXIe-2737"
            server.exchanges.clear()
            wanted = selection(DRIVEN, GROUNDED)
            actuator.select(wanted)
            assert actuator.selected() == frozenset(wanted.paths)
            assert list(server.exchanges) == [
                "DisconnectAll", "ConnectMultiple", *["GetPath"] * (2 + paths),
            ]  # fmt: skip
            actuator.off()
            actuator.off()
            assert list(server.exchanges)[-1:] == ["DisconnectAll"]
            actuator.disconnect()
            actuator.disconnect()
        assert server.world.hot_switches == 0


def test_a_relay_that_is_stuck_is_not_reported():
    wanted = selection(DRIVEN, GROUNDED)
    for stuck, more in (("kr0c5", {}), ("kr3c9", {"read_back": "all"})):
        with served(stuck_open=(stuck,)) as server:
            actuator = matrix(server, **more)
            actuator.connect()
            actuator.select(wanted)
            assert len(actuator.selected()) == len(wanted.paths) - 1
            actuator.off()
            actuator.disconnect()


def test_what_goes_wrong_is_told_and_opened_again():
    with served() as server:
        actuator = matrix(server)
        actuator.connect()
        actuator.select(selection(DRIVEN))
        actuator._connection.close()  # the line is lost
        actuator.off()
        with session(server) as look:
            assert look.get_relay_position("kr0c5") == niswitch.RelayPosition.OPEN
        with pytest.raises(CommandRejected, match="NI-SWITCH refuses, asked for connect_multiple"):
            actuator.select(selection([("r0", "c64")]))
        actuator._is_open = False
    with pytest.raises(UnsafeStateError, match="its relays may be closed"):
        actuator.off()
    with pytest.raises(ConnectionFailed, match="no NI gRPC Device Server answers"):
        matrix(server).connect()


def test_switched_off_without_a_run():
    with served() as server, session(server) as left:
        left.connect("r0", "c5")
        (found,) = DRIVER.switching_off(settings(server))([], True)
        assert (found.terminal, found.failure) == ("relays", "")
        assert left.get_relay_position("kr0c5") == niswitch.RelayPosition.OPEN


BROKEN = [
    ('"c8..c15"', '"c57..c64"', "gate[7] is there, but 2737/2-Wire 4x64 Matrix ends at c63"),
    ('gate = "r1"', 'gate = "r4"', "gate is there, but 2737/2-Wire 4x64 Matrix ends at r3"),
    ('gate = "r1"', 'gate = "c20"', "sources are at rows and lines at columns"),
    ('"2737/2-Wire 4x64 Matrix"', '"2737"', "is no topology of a matrix"),
    ('target = "simulator"\nres', 'target = "nowhere"\nres', "is not a target"),
    ('resource = "PXI1Slot8"\n', "", "resource"),
    ('topology = "2737', 'topology = "2799', "is no topology of a simulated matrix"),
]


def test_the_table_of_a_bench_file(tmp_path):
    legal, refused = SMUS + SELECT, 0
    with setup_of(tmp_path, legal).open() as bench:
        assert len(bench.apply(PULSE).readings) == 2
    for here, instead, said in BROKEN:
        text = legal.replace(here, instead)
        assert text != legal
        with pytest.raises(SettingsError) as caught:
            setup_of(tmp_path, text).open().__enter__()
        assert said in str(caught.value), str(caught.value)
        refused += 1
    assert refused == len(BROKEN) == 7


def test_over_a_socket_and_within_the_process_the_same_rows(tmp_path):
    readings = []
    for wire in (False, True):
        with setup_of(tmp_path, SMUS + SELECT, wire=wire).open() as bench:
            readings.append(bench.apply(PULSE).readings)
    assert readings[0] == readings[1]


def test_a_bench_with_a_stuck_relay_never_comes_on(tmp_path):
    text = SMUS + SELECT + '[select.simulator.switches.PXI1Slot8]\nstuck_open = ["kr1c8"]\n'
    setup = setup_of(tmp_path, text)
    world = setup.simulated_world(VirtualClock())
    with pytest.raises(SelectionError, match="not connected: r1-c8"), setup.open(world=world):
        pytest.fail("it came on")
    assert not any(drive.level for drive in world.drives().values()) and not world.hot_switches
