"""Relays at digital lines of the simulated card: the driver, its table, what is refused."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from selecting_benches import DAQ_LINES, PULSE, SMUS, actuator_of, ports_of, setup_of

from mho.bench import Points, RelayPath, Selection
from mho.clock import VirtualClock
from mho.device.layout import Address
from mho.drivers.ni_daq import NI_DAQ_LINES as DRIVER
from mho.drivers.ni_daq.connection import DeviceServer
from mho.drivers.ni_daq.digital_lines import DigitalLines
from mho.drivers.ni_daq.line_settings import NiDaqLinesSettings
from mho.errors import (
    CommandRejected,
    ConnectionFailed,
    SelectionError,
    SettingsError,
    UnsafeStateError,
)
from mho.half_select import HalfSelected
from mho.pausing import Pause
from mho.plugins import INSTRUMENTS, load
from mho.rehearsal import World
from mho.settings import read_device
from mho.simulated import simulated_device
from mho.walk import half_selected_in, read_jobs, walk

RELAYS = {
    "smu-te0": "port0/line0",
    "smu-te1": "port0/line5",
    "ground-te0": "port1/line2",
    "ground-te1": "port1/line3",
}
POINTS = Points({"smu": "TE", "ground": "(ground)"}, {"te0": "TE[0]", "te1": "TE[1]"})
PATHS = tuple(RelayPath(*one) for one in (("smu", "te0"), ("ground", "te1")))
SELECTION = Selection(cell=Address(0, 0), driven=PATHS[:1], paths=PATHS)

# By what closes a relay: the ports with every relay open, and with SELECTION.
STATES = {"high": ((0, 0), (1, 1 << 3)), "low": ((0b100001, 0b1100), (0b100000, 0b0100))}


@contextmanager
def served(**options):
    _, profile = read_device("resistor")
    world = World(simulated_device(profile, 0, "test"), VirtualClock(), 0)
    kind = load(INSTRUMENTS, "ni")
    server = kind.start(world, {}, 0, kind.settings(**options))
    try:
        yield server
    finally:
        server.stop()


class Placed:
    """A rehearsal that notes what a selector says is connected."""

    def __init__(self):
        self.clock, self.said = VirtualClock(), []

    def place(self, paths):
        self.said.append(frozenset(paths))


def settings(server, **more):
    given = {"model": "PCIe-6363", "relays": RELAYS, "timeout": 5.0, **more}
    return NiDaqLinesSettings(target=server.address, card="Dev1", **given)


def driven(server):
    return tuple(ports_of(server)[name] for name in ("port0", "port1"))


@pytest.mark.parametrize("active", ["high", "low"])
def test_a_selection_is_three_exchanges_and_lines_are_where_relays_want_them(active):
    is_open, is_selected = STATES[active]
    with served() as server:
        rehearsal = Placed()
        actuator = DRIVER.actuator(settings(server, active=active), POINTS, rehearsal)
        identity = actuator.connect()
        assert (identity.model, identity.address[:15]) == ("NI PCIe-6363", "4 lines of Dev1")
        assert driven(server) == is_open and actuator.selected() == frozenset()
        server.exchanges.clear()
        begun = rehearsal.clock.now()
        actuator.select(SELECTION)
        assert actuator.selected() == frozenset(PATHS)
        assert list(server.exchanges) == ["WriteDigitalLines"] * 2 + ["ReadDigitalLines"]
        assert len(server.exchanges) <= 4
        assert rehearsal.clock.now() - begun == pytest.approx(20e-3)
        assert driven(server) == is_selected
        server.exchanges.clear()
        actuator.off()
        actuator.off()
        assert list(server.exchanges) == ["WriteDigitalLines", "ReadDigitalLines"]
        assert driven(server) == is_open
        assert rehearsal.said == [frozenset(), frozenset(), frozenset(PATHS), frozenset()]
        actuator.select(SELECTION)
        actuator.disconnect()
        actuator.disconnect()
        assert driven(server) == is_selected  # a line keeps its state: `off` comes before


def test_relays_open_before_others_close():
    """Two sources would meet on a line while one relay closes faster than another opens."""
    with served() as server:
        actuator = DRIVER.actuator(settings(server), POINTS, Placed())
        actuator.connect()
        actuator.select(SELECTION)
        seen = []
        set_lines = actuator._lines.set
        actuator._lines.set = lambda states: (set_lines(states), seen.append(driven(server)))
        other = (RelayPath("smu", "te1"), RelayPath("ground", "te0"))
        actuator.select(Selection(cell=Address(0, 1), driven=other[:1], paths=other))
        assert seen == [(0, 0), (1 << 5, 1 << 2)]
        actuator.off()
        actuator.disconnect()


def test_a_line_that_is_not_where_it_was_brought_to_is_reported():
    with served() as server:
        actuator = DRIVER.actuator(settings(server), POINTS, Placed())
        actuator.connect()
        actuator.select(SELECTION)
        _port(server, "port0").state = 0b100000
        assert actuator.selected() == {RelayPath("smu", "te1"), RelayPath("ground", "te1")}
        actuator.off()
        actuator.disconnect()


def _port(server, name):
    (daq,) = (one for one in server._services if one.full_name == "nidaqmx_grpc.NiDAQmx")
    return daq._service._chassis.cards["Dev1"].ports[name]


def test_what_goes_wrong_is_told_and_opened_again():
    with served() as server:
        actuator = DRIVER.actuator(settings(server), POINTS, Placed())
        actuator.connect()
        actuator.select(SELECTION)
        actuator._connection.close()  # the line is lost
        actuator.off()
        assert driven(server) == (0, 0)
        server.faults = server.faults.model_copy(
            update={"rejects": {"WriteDigitalLines": -200_000}}
        )
        with pytest.raises(CommandRejected, match="refused lines 0000"):
            actuator.select(SELECTION)
        with pytest.raises(UnsafeStateError, match=r"its relays may be closed.*by hand"):
            actuator.off()
        actuator.disconnect()
        with pytest.raises(ConnectionFailed, match="is closed; open the bench again"):
            actuator.select(SELECTION)
    with pytest.raises(ConnectionFailed, match="no NI gRPC Device Server answers"):
        DRIVER.actuator(settings(server), POINTS, Placed()).connect()


def test_a_card_that_is_another_or_has_its_lines_elsewhere_is_refused():
    with served() as server:
        actuator = DRIVER.actuator(settings(server, model="PXIe-6363"), POINTS, Placed())
        with pytest.raises(SettingsError, match='Dev1 calls itself "PCIe-6363"'):
            actuator.connect()
        actuator.disconnect()
        other = DeviceServer(server.address, 5.0)
        with DigitalLines(other, "Dev1", ["port0/line5"], "another "):
            actuator = DRIVER.actuator(settings(server), POINTS, Placed())
            with pytest.raises(ConnectionFailed, match="another program uses it"):
                actuator.connect()
            assert driven(server) == (0, 0)
            actuator.disconnect()
        other.close()


@pytest.mark.parametrize("active", ["high", "low"])
def test_switched_off_without_a_run(active):
    chosen = {"active": active}
    with served() as server:
        left = DRIVER.actuator(settings(server, **chosen), POINTS, Placed())
        left.connect()
        left.select(SELECTION)
        owner = left._connection.owner
        open_all = DRIVER.switching_off(settings(server, **chosen))
        (found,) = open_all([owner], True)
        assert (found.terminal, found.failure) == ("relays", "")
        assert found.before == "closed: smu-te0, ground-te1"
        assert driven(server) == STATES[active][0]
        (found,) = open_all([], True)
        assert (found.before, found.failure) == ("open", "")
    with pytest.raises(ConnectionFailed, match="no NI gRPC Device Server answers"):
        open_all([], False)


BROKEN = [
    ('smu1-te0 = "port0/line0"\n', "", "relays.smu1-te0: is missing: a selection may connect"),
    ('ground-g1 = "port2/line0"\n', "", "relays.ground-g1: is missing: a selection may connect"),
    ("smu2-g1", "smu2-g7", "relays.smu2-g7: is no relay between a source and a line"),
    ("port0/line31", "port0/line32", "a PCIe-6363 has port0/line0 to line31, port1/line0 to"),
    ("port2/line0", "port3/line0", "port2/line0 to line7, no port3/line0"),
    ("port2/line0", "line0", '"line0" is no digital line; write "port0/line0"'),
    ("port0/line1", "port0/line00", "port0/line00 drives the relay smu1-te0 too"),
    ('model = "PCIe-6363"', 'model = "PXI-6733"', "a PXI-6733 has port0/line0 to line7, no port0/"),
    ('model = "PCIe-6363"', 'model = "USB-6501"', "model"),
    ('target = "simulator"\ncard', 'target = "nowhere"\ncard', "is not a target"),
    ('card = "Dev1"\n', "", "card"),
    ('card = "Dev1"\n', 'card = "Dev1/port0"\n', "card"),
    ('ground = "ground"', 'ground = "ground"\nactive = "up"', "active"),
    ('ground = "ground"', 'ground = "ground"\nsettling_time = "-1 ms"', "settling_time"),
    ('ground = "ground"', 'ground = "ground"\nsettling = "1 ms"', "settling"),
    ('gate = "smu2" }', 'gate = "smu1" }', "is at smu1, where TE is: two sources would meet"),
]


def test_the_table_of_a_bench_file(tmp_path):
    legal, refused = SMUS + DAQ_LINES, 0
    with setup_of(tmp_path, legal).open() as bench:
        assert len(bench.apply(PULSE).readings) == 2
        assert actuator_of(bench).selected() == {
            RelayPath("smu1", "te0"), RelayPath("smu2", "g0"),
        }  # fmt: skip
    for here, instead, said in BROKEN:
        text = legal.replace(here, instead)
        assert text != legal
        with pytest.raises(SettingsError) as caught:
            setup_of(tmp_path, text)
        assert said in str(caught.value), (here, instead, str(caught.value))
        refused += 1
    assert refused == len(BROKEN) == 16


def test_lines_that_stay_open_need_no_relay_to_ground(tmp_path):
    kept = [line for line in DAQ_LINES.splitlines() if not line.startswith("ground")]
    with setup_of(tmp_path, SMUS + "\n".join(kept)).open() as bench:
        assert len(bench.apply(PULSE).readings) == 2


def test_over_a_socket_and_within_the_process_the_same_rows(tmp_path):
    readings = []
    for wire in (False, True):
        with setup_of(tmp_path, SMUS + DAQ_LINES, wire=wire).open() as bench:
            readings.append(bench.apply(PULSE).readings)
    assert readings[0] == readings[1]


def test_a_bench_whose_lines_read_back_otherwise_never_comes_on(tmp_path, monkeypatch):
    setup = setup_of(tmp_path, SMUS + DAQ_LINES)
    world = setup.simulated_world(VirtualClock())
    read = DigitalLines.read
    is_told = []

    def stuck(self):
        is_told.append(True)
        return {**read(self), "port0/line2": False}

    monkeypatch.setattr(DigitalLines, "read", stuck)
    with (
        pytest.raises(SelectionError, match="not connected: smu2-g0"),
        setup.open(world=world),
    ):
        pytest.fail("it came on")
    assert is_told
    assert not any(drive.level for drive in world.drives().values()) and not world.hot_switches


CHIP = """
name = "2 x 2 chip"
write_at = "TE"
set_polarity = "positive"
read_voltage = "50 mV"
read_compliance = "100 uA"
pulse_width = "10 ms"
pulse_compliance = "5 mA"
contact_floor = "50 nS"
[terminals.TE]
min_voltage = "-2.6 V"
max_voltage = "2.6 V"
max_compliance = "10 mA"
[terminals.gate]
min_voltage = "0 V"
max_voltage = "4 V"
max_compliance = "1 mA"
bias = "3 V"
bias_compliance = "1 mA"
[array]
rows = 2
columns = 2
[array.lines]
TE = "columns"
gate = "rows"
[dose]
max_pulses = 20000
max_charge = "500 mC"
[model]
kind = "array"
[model.parameters]
cell = "cu-te-1t1r"
"""


def test_a_chip_is_walked_cell_by_cell(tmp_path):
    chip, bench = tmp_path / "chip.toml", tmp_path / "bench.toml"
    chip.write_text(CHIP, "utf-8")
    bench.write_text(SMUS + DAQ_LINES, "utf-8")
    jobs = read_jobs("ispp", str(bench), str(chip), "one-target", cells="all", seed=3)
    stops = list(walk(jobs, tmp_path / "runs", [], Pause()))
    assert [str(stop.job.setup.at) for stop in stops] == ["r0c0", "r0c1", "r1c0", "r1c1"]
    assert all(stop.outcome.error is None for stop in stops)
    half = half_selected_in(stops)
    assert isinstance(half, HalfSelected) and half.most[0] > 0


def test_the_lines_of_a_card_are_locked_apart_from_its_outputs():
    one, two = SimpleNamespace(address="Host:31763"), SimpleNamespace(address="host:31763")
    of_one, of_two = settings(one), settings(two, relays={"a-b": "port2/line1"})
    wanted = ["ni-daqmx host:31763 dev1 digital lines"]
    assert DRIVER.resources(of_one) == DRIVER.resources(of_two) == wanted
