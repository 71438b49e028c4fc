"""Faults to order, the record of calls, and starting and stopping."""

import contextlib
import threading
import time

import nidcpower
import pytest

from mho import plugins
from mho.clock import VirtualClock
from mho.errors import ConnectionFailed, SettingsError
from mho.rehearsal import World
from mho.sim_instruments.ni_device_server.chassis import start_server
from mho.sim_instruments.ni_device_server.faults import NO_FAULTS, Fault, Faults


def test_reject_a_method_or_one_attribute(lab):
    with lab.session() as smu:
        lab.server.faults = Faults(
            rejects={"InitiateWithChannels": -1074118481, "SetAttributeViReal64[source_delay]": -7}
        )
        with pytest.raises(nidcpower.errors.DriverError) as error:
            smu.initiate()
        assert error.value.code == -1074118481
        with pytest.raises(nidcpower.errors.DriverError) as error:
            smu.source_delay = 1.0
        assert error.value.code == -7
        smu.voltage_level = 1.0
        lab.server.faults = NO_FAULTS
        smu.source_delay = 1.0
        smu.initiate()


def test_die_after_a_number_of_calls(open_lab):
    lab = open_lab(faults=Faults(dies_after=4))
    smu = lab.session()
    smu.voltage_level = 0.5
    with pytest.raises(nidcpower.errors.RpcError):
        smu.initiate()
    with pytest.raises(nidcpower.errors.RpcError):
        smu.close()
    assert lab.drives() == {}


def test_hang(lab):
    with lab.session() as smu:
        lab.server.faults = Faults(hangs={"CommitWithChannels": 0.2})
        begin = time.monotonic()
        smu.commit()
        assert 0.2 <= time.monotonic() - begin < 1.0


def test_stopping_ends_a_hang(lab):
    smu = lab.session()
    lab.server.faults = Faults(hangs={"CommitWithChannels": 60.0})
    ended = []

    def commit():
        with contextlib.suppress(nidcpower.errors.Error):
            smu.commit()
        ended.append(True)

    caller = threading.Thread(target=commit)
    caller.start()
    while "CommitWithChannels" not in lab.server.exchanges:
        time.sleep(1e-3)
    lab.server.stop()
    caller.join(timeout=5)
    assert ended == [True]


def test_empty_and_unreadable_replies(lab):
    with lab.session() as smu:
        smu.measure_when = nidcpower.MeasureWhen.AUTOMATICALLY_AFTER_SOURCE_COMPLETE
        with smu.initiate():
            lab.server.faults = Faults(answers={"FetchMultiple": b""})
            assert smu.fetch_multiple(1) == []
            lab.server.faults = Faults(answers={"GetAttributeViInt32[fetch_backlog]": b"\xff"})
            with pytest.raises(nidcpower.errors.RpcError):
                _ = smu.fetch_backlog
            assert smu.channel_count == 1


def test_faults_in_calls_picked_by_number(lab):
    with lab.session() as smu:
        lab.server.faults = Faults(
            calls=(
                Fault(at=2, times=2, carried_out=False, status="UNKNOWN", code=-1074118481),
                Fault(at=5, status="UNAVAILABLE"),
                Fault(at=7, carried_out=False, status="INVALID_ARGUMENT"),
                Fault(at=8, code=-5),
                Fault(at=10, reply=b"\xff"),
            )
        )
        smu.voltage_level = 0.1
        for _ in range(2):
            with pytest.raises(nidcpower.errors.DriverError) as error:
                smu.voltage_level = 0.2
            assert error.value.code == -1074118481
        assert smu.voltage_level == 0.1
        with pytest.raises(nidcpower.errors.RpcError, match="UNAVAILABLE"):
            smu.voltage_level = 0.3
        assert smu.voltage_level == 0.3
        with pytest.raises(ValueError, match="to order"):
            smu.voltage_level = 0.4
        with pytest.raises(nidcpower.errors.DriverError) as error:
            smu.voltage_level = 0.5
        assert error.value.code == -5
        assert smu.voltage_level == 0.5
        with pytest.raises(nidcpower.errors.RpcError, match="deserializing"):
            _ = smu.voltage_level


def test_a_positive_code_is_a_warning(lab):
    with lab.session() as smu:
        lab.server.faults = Faults(calls=(Fault(at=1, code=7),))
        with pytest.warns(nidcpower.errors.DriverWarning, match="Warning 7"):
            smu.voltage_level = 0.5
        assert smu.voltage_level == 0.5


def test_a_restart_forgets_sessions_and_leaves_outputs(lab):
    smu = lab.session(name="mine")
    smu.voltage_level = 0.5
    smu.initiate()
    begin = time.monotonic()
    lab.server.faults = Faults(calls=(Fault(at=1, restarts=True, hangs=0.2),))
    with pytest.raises(nidcpower.errors.DriverError) as error:
        smu.abort()
    assert error.value.code == -1074130544
    assert time.monotonic() - begin >= 0.2
    assert lab.drives()["te"].level == 0.5
    with lab.session(name="mine") as smu:
        smu.reset()
    assert lab.drives()["te"].level == 0.0


def test_a_broken_device_is_an_error_not_a_hang(lab):
    def fail(*_):
        raise ZeroDivisionError("device is broken")

    with lab.session() as smu:
        smu.voltage_level = 0.5
        lab.device.respond = fail
        with smu.initiate():
            with pytest.raises(nidcpower.errors.RpcError, match="device is broken"):
                smu.measure_multiple()
            assert smu.voltage_level == 0.5
        smu.measure_when = nidcpower.MeasureWhen.AUTOMATICALLY_AFTER_SOURCE_COMPLETE
        with smu.initiate():
            with pytest.raises(nidcpower.errors.RpcError, match="device is broken"):
                smu.fetch_multiple(1)
            with pytest.raises(nidcpower.errors.DriverError):
                smu.fetch_multiple(1)


def test_the_record_of_calls(lab):
    with lab.session() as smu:
        lab.server.exchanges.clear()
        smu.voltage_level = 0.5
        _ = smu.output_enabled
        smu.initiate()
        assert list(lab.server.exchanges) == [
            "SetAttributeViReal64[voltage_level]",
            "GetAttributeViBoolean[output_enabled]",
            "InitiateWithChannels",
        ]


def test_a_taken_port_and_wrong_wiring(lab):
    port = int(lab.server.address.rpartition(":")[2])
    with pytest.raises(ConnectionFailed, match=str(port)):
        start_server(World(lab.device, VirtualClock(), 1), {}, port)
    with pytest.raises(SettingsError) as error:
        start_server(
            World(lab.device, VirtualClock(), 1),
            {"PXI1Slot2/0": "te", "PXI1Slot3/0": "te", "PXI1Slot4/1": "gate", "PXI1Slot5/0": "x"},
        )
    assert len(error.value.problems) == 3


def test_the_port_is_free_after_stop_and_no_thread_is_left(lab):
    with lab.session() as smu:
        _ = smu.voltage_level
    before = time.monotonic()
    lab.server.stop()
    lab.server.stop()
    assert time.monotonic() - before < 0.5
    assert not [t for t in threading.enumerate() if t.name.startswith("ni-dcpower")]
    port = int(lab.server.address.rpartition(":")[2])
    start_server(World(lab.device, VirtualClock(), 1), {}, port).stop()


def test_the_plug_in():
    class Two:
        terminals = ("te", "gate")

    kind = plugins.load(plugins.INSTRUMENTS, "ni")
    assert kind.port == 31763
    options = kind.settings()
    assert kind.wiring(["te", "gate"], options) == {"PXI1Slot2/0": "te", "PXI1Slot3/0": "gate"}
    server = kind.start(World(Two(), VirtualClock(), 1), kind.wiring(["te"], options), 0, options)
    assert server.address.startswith("127.0.0.1:")
    server.stop()
