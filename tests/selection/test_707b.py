"""The simulated 707B under an unmodified PyVISA, and the driver against both of its doors."""

import re
import socket
import tomllib
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import pyvisa
from selecting_benches import MATRIX_707B, PULSE, SMUS, actuator_of, setup_of

from mho.bench import Points, RelayPath, Selection
from mho.clock import VirtualClock
from mho.device.layout import Address
from mho.drivers.keithley_707b import KEITHLEY_707B as DRIVER
from mho.drivers.keithley_707b import tsp
from mho.drivers.keithley_707b.settings import Keithley707BSettings, channel, path
from mho.errors import CommandRejected, ConnectionFailed, ReplyError, SettingsError
from mho.rehearsal import World
from mho.rehearsal.relays import SwitchedDevice
from mho.settings import read_device
from mho.sim_instruments.keithley_707b import KEITHLEY_707B as SIMULATED
from mho.simulated import simulated_device
from mho.stimuli import Drive

TRANSCRIPT = Path(__file__).parents[1] / "transcripts" / "keithley_707b.toml"
WIRING = {"A": "TE", "H": "(ground)", "101": "TE[0]"}


@contextmanager
def simulated(door, wiring=WIRING, **options):
    _, profile = read_device("resistor")
    device = simulated_device(profile, 0, "test")
    device = SwitchedDevice(device, {"TE[0]": "TE"}, ["TE"], {})
    world, chosen = World(device, VirtualClock(), 0), SIMULATED.settings(**options)
    if door == "socket":
        running = SIMULATED.start(world, wiring, 0, chosen)
    else:
        running = SIMULATED.rehearse(world, wiring, chosen)
    try:
        yield running
    finally:
        running.stop()
        running.stop()


@contextmanager
def client(running):
    resource, library = running.address.split()
    line = pyvisa.ResourceManager(library).open_resource(resource)
    line.read_termination = line.write_termination = "\n"
    line.timeout = 5000
    try:
        yield line
    finally:
        line.close()


@pytest.mark.parametrize("door", ["socket", "pyvisa-sim"])
def test_transcript(door):
    exchanges = tomllib.loads(TRANSCRIPT.read_text("utf-8"))["exchange"]
    assert len(exchanges) > 25
    with simulated(door) as running, client(running) as line:
        for exchange in exchanges:
            assert exchange["source"]
            line.write(exchange["send"])
            if "reply" in exchange or "reply_pattern" in exchange:
                pattern = exchange.get("reply_pattern") or re.escape(exchange["reply"])
                assert re.fullmatch(pattern, line.read()), exchange
        assert line.query("print(errorqueue.count)").startswith("2")  # what was refused above


def test_what_is_closed_is_connected_in_the_world():
    with simulated("socket") as running, client(running) as line:
        world = running.mainframe.world
        world.drive(0.0, "TE", Drive(1.0, 1e-3))
        assert world.read(0.0, "TE").current == 0.0
        line.write('channel.close("1A01")')
        assert line.query("*OPC?") == "1"
        assert world.read(world.clock.now(), "TE").current == pytest.approx(1e-4)
        assert world.clock.now() == pytest.approx(4e-3)  # the relay, not the client
        assert world.hot_switches == 1  # it was told while TE stood at 1 V
        line.write('channel.exclusiveclose("1H01")')
        line.query("*OPC?")
        assert world.read(world.clock.now(), "TE").current == 0.0


def test_sequential_relays_take_their_times_one_after_the_other():
    with simulated("socket") as running, client(running) as line:
        clock = running.mainframe.world.clock
        line.write("channel.connectsequential = channel.ON")
        line.write('channel.close("1A01,1B02,1C03")')
        line.query("*OPC?")
        assert clock.now() == pytest.approx(12e-3)


def test_odd_clients_hurt_nobody():
    odd = [b"\xff\xfe\n", b"print(\n", b'channel.close("1A01\n', b"a" * 70_000 + b"\n", b"\n",
           b"print(" * 50 + b"\n", b"channel.close()\n", b"channel.close(nil)\n",
           b"while true do end\n", b'print(channel.getclose(""))\n']  # fmt: skip
    with simulated("socket") as running:
        for data in odd:
            with socket.create_connection(("127.0.0.1", running.port), timeout=5) as raw:
                raw.sendall(data + b"*IDN?\n")
                assert b"707B" in raw.recv(4096)
        assert running.mainframe.closed == ()


def test_channels_and_paths_are_the_same_thing():
    for text in ("1A05", "6H48", "1AA5"):
        assert channel(path(text)) == text
    assert path("2B10") == RelayPath("B", "210")


def test_answers_that_are_none():
    assert tsp.closed("nil") == [] and tsp.closed("1A01;1C03\n") == ["1A01", "1C03"]
    assert tsp.error("0.00000e+00\tQueue Is Empty\t0\t0") == ""
    wrong = ["", "1A01,1A02", "yes", "1A1"]
    for reply in wrong:
        with pytest.raises(ReplyError):
            tsp.closed(reply)
    with pytest.raises(ReplyError):
        tsp.settled("0")


def matrix(running, **more):
    settings = Keithley707BSettings(connection=running.address, timeout=0.3, **more)
    points = Points({"A": "TE", "B": "gate"}, {"101": "TE[0]", "112": "gate[0]"})
    return DRIVER.actuator(settings, points, SimpleNamespace())


def selection(*paths):
    paths = tuple(RelayPath(*one) for one in paths)
    return Selection(cell=Address(0, 0), driven=paths, paths=paths)


@pytest.mark.parametrize("door", ["socket", "pyvisa-sim"])
def test_the_driver_selects_and_lets_go(door):
    with simulated(door) as running:
        actuator = matrix(running)
        identity = actuator.connect()
        assert (identity.model, identity.serial) == (
            "KEITHLEY INSTRUMENTS INC. MODEL 707B",
            "SIM707",
        )
        before = len(running.mainframe.messages)
        actuator.select(selection(("A", "101"), ("B", "112")))
        assert actuator.selected() == {RelayPath("A", "101"), RelayPath("B", "112")}
        assert len(running.mainframe.messages) - before == 4
        assert running.mainframe.closed == ("1A01", "1B12")
        actuator.off()
        actuator.off()
        assert running.mainframe.closed == ()
        actuator.disconnect()


def test_a_line_that_broke_is_made_anew_to_open_relays():
    with simulated("socket") as running:
        actuator = matrix(running)
        actuator.connect()
        actuator.select(selection(("A", "101")))
        actuator._line.close()
        actuator.off()
        assert running.mainframe.closed == ()
        actuator.disconnect()


def test_what_the_driver_refuses():
    told = 0
    with simulated("socket", model="708B") as running:
        with pytest.raises(SettingsError, match='is "707B", but it calls itself "KEITHLEY'):
            matrix(running).connect()
        actuator = matrix(running, model="708B")
        actuator.connect()
        running.mainframe._forbidden.update(running.mainframe._channels)
        actuator.select(selection(("A", "101")))
        with pytest.raises(CommandRejected, match=r"refused .*forbidden to close"):
            actuator.selected()
        told += 2
    with simulated("socket", wiring={}, slots=(2,)) as running:
        with pytest.raises(SettingsError, match="lacks a channel between these rows and columns"):
            matrix(running).connect()
        with pytest.raises(SettingsError, match=r"wiring\.101: is no row"):
            SIMULATED.start(running.mainframe.world, WIRING, 0, running.mainframe.options)
        told += 2
    with simulated("socket", faults={"silent_after": 0}) as running:
        with pytest.raises(ConnectionFailed, match="See that a 707B is there"):
            matrix(running).connect()
        told += 1
    with pytest.raises(ConnectionFailed, match="that the mainframe is on"):
        matrix(running).connect()  # nobody listens there any more
    assert told + 1 == 6


def test_switched_off_without_a_run():
    with simulated("socket") as running:
        settings = Keithley707BSettings(connection=running.address, timeout=0.5)
        with client(running) as line:
            line.write('channel.close("1A01,1B02")')
            line.query("*OPC?")
        (found,) = DRIVER.switching_off(settings)([], True)
        assert (found.before, found.failure) == ("closed: 1A01, 1B02", "")
        assert running.mainframe.closed == ()
        (found,) = DRIVER.switching_off(settings)([], True)
        assert found.before == "open"


def test_over_a_socket_and_within_the_process_the_same_rows(tmp_path):
    readings = []
    for wire in (False, True):
        setup = setup_of(tmp_path, SMUS + MATRIX_707B, wire=wire)
        with setup.open() as bench:
            place = actuator_of(bench)._line.place
            assert place.endswith("@py" if wire else "@sim")
            readings.append(bench.apply(PULSE).readings)
    assert readings[0] == readings[1]
