"""Odd clients: any request at all, sessions that are dropped, sequences and waits without end."""

import threading
import tracemalloc
from collections import deque

import grpc
import nidcpower
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nidcpower import nidcpower_pb2, nidcpower_pb2_grpc

from mho.clock import RealClock
from mho.sim_instruments.ni_dcpower.module import Measurement
from mho.sim_instruments.ni_dcpower.results import KEPT_FETCHED, Results

OF_THE_SERVER = tracemalloc.Filter(True, "*sim_instruments*ni_d*")
SERVICE = nidcpower_pb2.DESCRIPTOR.services_by_name["NiDCPower"]
CALLS = {method.name: method for method in SERVICE.methods}
ATTRIBUTES = list(dict(nidcpower_pb2.NiDCPowerAttribute.items()).values())

INTEGERS = st.sampled_from([0, 1, -1, 2, 1006, 1007, 1014, 1015, 1020, 1021, 1025, 1049, 2**31 - 1])
NUMBERS = st.sampled_from([0.0, 1e-3, -1.0, 1.0, 61.0, 1e300, float("nan"), float("inf")])
TEXTS = st.sampled_from(
    ["", "0", "PXI1Slot2/0", "PXI1Slot2", "7", "0-9999999", "\0", "²", "/", "PXI_Trig0", "ready",
     "/PXI1Slot3/SourceCompleteEvent", " , ,", "a" * 10_000]
)  # fmt: skip
SPECIAL = {
    "attribute_id": st.sampled_from([*ATTRIBUTES, 1, 2**31 - 1]),
    "attribute_ids": st.lists(st.sampled_from(ATTRIBUTES), max_size=3),
    "timeout": st.sampled_from([0.0, 0.1, -1.0, float("nan"), float("inf")]),
    "file_path": st.sampled_from(["", "relative", "\0", "/", "/no/such/folder/file"]),
    "count": st.sampled_from([0, 1, 3, -1, 2**31 - 1]),
    "session_name": st.sampled_from(["", "smu", "other"]),
}
NOT_MADE = {"Close", "InitializeWithChannels", "InitializeWithIndependentChannels"}


def values(field):
    if field.name in SPECIAL:
        return SPECIAL[field.name]
    kinds = {
        field.CPPTYPE_STRING: TEXTS if field.type == field.TYPE_STRING else st.binary(max_size=9),
        field.CPPTYPE_BOOL: st.booleans(),
        field.CPPTYPE_DOUBLE: NUMBERS,
        field.CPPTYPE_ENUM: INTEGERS,
    }
    one = kinds.get(field.cpp_type, INTEGERS)
    if field.cpp_type == field.CPPTYPE_MESSAGE:
        return None
    return st.lists(one, max_size=3) if field.is_repeated else one


@st.composite
def requests(draw):
    name = draw(st.sampled_from(sorted(set(CALLS) - NOT_MADE)))
    fields = {}
    for field in CALLS[name].input_type.fields:
        strategy = values(field)
        if strategy is not None and draw(st.integers(0, 4)):
            fields[field.name] = draw(strategy)
    return name, fields


@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(requests(), min_size=1, max_size=12))
def test_any_request_is_answered_or_refused_by_a_code(lab, raw, made):
    """One after the other in one session; after them it still works."""
    raw.code("InitializeWithIndependentChannels", resource_name="PXI1Slot2/0", session_name="smu")
    for name, fields in made:
        code = raw.code(name, **fields)
        assert code == 0 or code < -1_000_000_000, (name, fields)
    for name in ("Abort", "Reset", "Commit", "Initiate", "Abort"):
        assert raw.code(name) == 0


def test_bytes_that_are_no_request(lab):
    call = lab.wire.unary_unary("/nidcpower_grpc.NiDCPower/MeasureMultiple")
    for garbage in (b"\xff" * 50, b"\x0a\xff", b"x"):
        with pytest.raises(grpc.RpcError) as error:
            call(garbage)
        assert error.value.code() is grpc.StatusCode.INTERNAL
    with pytest.raises(grpc.RpcError) as error:
        lab.wire.unary_unary("/nidcpower_grpc.NiDCPower/NoSuchCall")(b"")
    assert error.value.code() is grpc.StatusCode.UNIMPLEMENTED
    with lab.session() as session:
        assert session.channel_count == 1


def test_a_client_that_vanishes_leaves_a_session_that_another_attaches_to(lab):
    lab.session("PXI1Slot2", name="lost").voltage_level = 0.5
    lab.wire = lab.connect()
    with pytest.raises(nidcpower.errors.DriverError, match="'lost'"):
        lab.session("PXI1Slot2", name="new")
    found = lab.session("PXI1Slot2", name="lost")
    assert found.voltage_level == 0.5
    found.close()
    lab.session("PXI1Slot2", name="new").close()


def test_many_sessions_one_after_the_other_leave_nothing(lab):
    for _ in range(60):
        lab.session().close()
    tracemalloc.start()
    before = tracemalloc.take_snapshot()
    for _ in range(60):
        lab.session().close()
    after = tracemalloc.take_snapshot()
    tracemalloc.stop()
    grown = sum(
        row.size_diff
        for row in after.filter_traces([OF_THE_SERVER]).compare_to(
            before.filter_traces([OF_THE_SERVER]), "filename"
        )
    )
    assert grown < 100_000


def test_an_endless_sequence_on_a_virtual_clock_lets_another_client_in(lab):
    """Its end is waited for in vain; the other aborts it."""
    session = lab.session(name="smu")
    session.source_mode = nidcpower.SourceMode.SEQUENCE
    session.set_sequence([0.1, 0.2], [1e-5, 1e-5])
    session.aperture_time = 1e-5
    session.sequence_loop_count_is_finite = False
    session.initiate()
    outcome = []

    def wait():
        try:
            session.wait_for_event(nidcpower.Event.SEQUENCE_ENGINE_DONE, timeout=1e9)
        except nidcpower.errors.DriverError as error:
            outcome.append(error.code)

    waiting = threading.Thread(target=wait)
    waiting.start()
    other = lab.session(name="smu")
    while not other.fetch_backlog:  # it plays
        pass
    other.abort()
    waiting.join()
    assert outcome == [-1074118650]


def test_a_client_that_vanishes_while_it_waits_holds_nobody_up(open_lab):
    """More of them than the server has threads."""
    lab = open_lab(clock=RealClock())
    session = lab.session(name="smu")
    session.source_trigger_type = nidcpower.TriggerType.SOFTWARE_EDGE
    session.initiate()
    request = nidcpower_pb2.WaitForEventWithChannelsRequest(
        vi={"name": "smu"}, event_id_raw=1030, timeout=1e6
    )
    stub = nidcpower_pb2_grpc.NiDCPowerStub(lab.connect())
    for number in range(1, 41):
        call = stub.WaitForEventWithChannels.future(request)
        while lab.server.exchanges.count("WaitForEventWithChannels") < number:
            pass  # it has reached a thread
        call.cancel()
    assert session.channel_count == 1


def test_a_sequence_has_a_longest_length(lab, raw, monkeypatch):
    monkeypatch.setattr("mho.sim_instruments.ni_dcpower.sequences.MOST_STEPS", 3)
    with lab.session(name="smu") as session:
        session.source_mode = nidcpower.SourceMode.SEQUENCE
        assert raw.code("SetSequence", values=[0.1] * 4) == -1074135024
        assert raw.code("SetSequence", values=[0.1] * 3) == 0


def test_a_simulated_session_fetches_no_more_than_a_buffer(lab, raw):
    with lab.session(name="smu", options="Simulate=1") as session:
        session.measure_when = nidcpower.MeasureWhen.AUTOMATICALLY_AFTER_SOURCE_COMPLETE
        session.initiate()
        assert raw.code("FetchMultiple", count=2**31 - 1, timeout=1.0) == -1074097933
        assert raw.code("FetchMultiple", count=1000, timeout=1.0) == 0


def test_a_long_train_in_bounded_memory(lab, raw):
    """17 bytes a measurement, 16 a step; no object for each."""
    steps = 5_000
    lab.device.stretches = deque(maxlen=0)
    with lab.session(name="smu") as session:
        session.source_mode = nidcpower.SourceMode.SEQUENCE
        session.output_function = nidcpower.OutputFunction.PULSE_VOLTAGE
        session.pulse_on_time = session.pulse_off_time = 1e-4
        session.source_delay = session.pulse_bias_delay = session.aperture_time = 1e-5
        tracemalloc.start()
        raw("SetSequence", values=[0.5, 1.0] * (steps // 2), source_delays=[1e-5] * steps)
        session.initiate()
        session.wait_for_event(nidcpower.Event.SEQUENCE_ENGINE_DONE, timeout=1e3)
        mine = tracemalloc.take_snapshot().filter_traces([OF_THE_SERVER]).statistics("filename")
        tracemalloc.stop()
        assert sum(row.size for row in mine) < steps * 50
        reply = raw("FetchMultiple", count=steps, timeout=1.0)
    assert reply.actual_count == len(reply.voltage_measurements) == steps
    assert list(reply.voltage_measurements[:4]) == pytest.approx([0.5, 1.0] * 2, abs=1e-3)


def test_a_record_without_end_stops_when_nobody_fetches(lab):
    """A client that vanished leaves nothing that would have to be caught up with for hours."""
    session = lab.session()
    session.measure_when = nidcpower.MeasureWhen.AUTOMATICALLY_AFTER_SOURCE_COMPLETE
    session.measure_record_length_is_finite = False
    session.measure_buffer_size = 1000
    session.aperture_time = session.source_delay = 1e-5
    session.initiate()
    lab.clock.sleep(1e9)
    with pytest.raises(nidcpower.errors.DriverError, match="overflow"):
        session.fetch_multiple(1)
    assert lab.device.reads < 2000


def test_results_fetched_bit_by_bit_are_all_there_once():
    results = Results(10**6)
    expected = []
    taken = []
    for number in range(3 * KEPT_FETCHED):
        results.add(Measurement(float(number), -float(number), number % 3 == 0))
        expected.append(float(number))
        if number % 7 == 0:
            assert results.holds(5) is (len(results) >= 5)
            part = results.take(min(5, len(results)))
            assert [-v for v in part.voltages] == list(part.currents)
            assert [bool(x) for x in part.in_compliance] == [v % 3 == 0 for v in part.voltages]
            taken += part.voltages
    taken += results.take(len(results)).voltages
    assert taken == expected
    assert len(results) == 0


def test_the_buffer_tells_of_what_it_lost():
    results = Results(2)
    for _ in range(2):
        results.add(Measurement(0.0, 0.0, False))
    assert results.holds(2)
    results.add(Measurement(0.0, 0.0, False))
    assert len(results) == 2
    with pytest.raises(Exception, match="overflow"):
        results.holds(1)
