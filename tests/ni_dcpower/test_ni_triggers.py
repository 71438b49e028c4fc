"""Triggers: digital edges between modules by line and by name, exported signals, shutdown."""

import nidcpower
import pytest

from mho.clock import RealClock
from mho.sim_instruments.ni_dcpower.errors import NiError
from mho.sim_instruments.ni_dcpower.lines import Lines, Listener
from mho.sim_instruments.ni_dcpower.terminals import (
    SIGNALS,
    Terminal,
    check_input,
    check_output,
    input_terminal,
)
from mho.sim_instruments.ni_dcpower.values import Event, Trigger
from mho.stimuli import OPEN

EVENT = nidcpower.Event
SEND = nidcpower.SendSoftwareEdgeTriggerType
TYPE = nidcpower.TriggerType
AUTOMATIC = nidcpower.MeasureWhen.AUTOMATICALLY_AFTER_SOURCE_COMPLETE

LINE_IN_USE = -1074107495
NOT_RUNNING = -1074118650
EVENT_TIMEOUT = -1074116059
INVALID_VALUE = -1074135024
SHUT_DOWN = -1074118575


def code_of(call, *arguments, **named):
    with pytest.raises(nidcpower.errors.DriverError) as error:
        call(*arguments, **named)
    return error.value.code


@pytest.fixture
def talker(lab):
    """At "te": 1 V, 10 ms after it is initiated its source is complete."""
    with lab.session("PXI1Slot2/0") as session:
        session.voltage_level = 1.0
        session.source_delay = 0.01
        session.aperture_time = 1e-3
        yield session


@pytest.fixture
def listener(lab):
    """At "gate": 0.5 V at a Source trigger."""
    with lab.session("PXI1Slot3/0") as session:
        session.voltage_level = 0.5
        session.source_delay = 0.001
        session.aperture_time = 1e-3
        session.source_trigger_type = TYPE.DIGITAL_EDGE
        yield session


def levels(lab):
    """What stands at each terminal; 0 V before its module has sourced."""
    return dict.fromkeys(lab.device.terminals, 0.0) | {
        name: drive.level for name, drive in lab.drives().items()
    }


@pytest.mark.parametrize(
    "terminal",
    [
        "/PXI1Slot2/SourceCompleteEvent",
        "/PXI1Slot2/Engine0/SourceCompleteEvent",
        " /pxi1slot2/engine0/sourcecompleteevent ",
        "PXI_Trig3",
        "/PXI1Slot3/PXI_Trig3",
        "/PXI1Slot2/pxi_trig3",
    ],
)
def test_an_event_of_one_module_triggers_another(lab, talker, listener, terminal):
    if "trig" in terminal.lower():
        talker.exported_source_trigger_output_terminal = "PXI_Trig4"
        talker.source_complete_event_output_terminal = "/PXI1Slot2/PXI_Trig3"
    listener.digital_edge_source_trigger_input_terminal = terminal
    assert listener.digital_edge_source_trigger_input_terminal == terminal
    listener.commit()
    listener.initiate()
    lab.clock.sleep(1.0)
    assert levels(lab)["gate"] == 0.0
    talker.initiate()
    assert levels(lab) == {"te": 1.0, "gate": 0.0}
    lab.clock.sleep(0.0099)
    assert code_of(listener.wait_for_event, EVENT.SOURCE_COMPLETE, timeout=0.0) == EVENT_TIMEOUT
    assert levels(lab)["gate"] == 0.0  # the source delay of the talker delays its event
    listener.wait_for_event(EVENT.SOURCE_COMPLETE)
    assert levels(lab) == {"te": 1.0, "gate": 0.5}
    assert lab.clock.now() == pytest.approx(1.0 + 0.010 + 0.001)


@pytest.mark.parametrize(
    "terminal",
    ["", "PXI_Trig2", "/PXI1Slot4/SourceCompleteEvent", "/DAQ/PFI12", "/DAQ/ao/StartTrigger"],
)
def test_nothing_comes_from_elsewhere(lab, talker, listener, terminal):
    talker.source_complete_event_output_terminal = "PXI_Trig3"
    listener.digital_edge_source_trigger_input_terminal = terminal
    listener.initiate()
    talker.initiate()
    assert code_of(listener.wait_for_event, EVENT.SOURCE_COMPLETE, timeout=1.0) == EVENT_TIMEOUT
    listener.send_software_edge_trigger(SEND.SOURCE)  # may stand in for the digital edge
    listener.wait_for_event(EVENT.SOURCE_COMPLETE)
    assert levels(lab)["gate"] == 0.5


def test_an_edge_before_the_listener_runs_is_lost(lab, talker, listener):
    listener.digital_edge_source_trigger_input_terminal = "/PXI1Slot2/SourceCompleteEvent"
    talker.initiate()
    talker.wait_for_event(EVENT.SOURCE_COMPLETE)
    listener.initiate()
    assert code_of(listener.wait_for_event, EVENT.SOURCE_COMPLETE, timeout=1.0) == EVENT_TIMEOUT
    talker.voltage_level = 2.0  # sources again
    listener.wait_for_event(EVENT.SOURCE_COMPLETE)


def test_an_aborted_listener_hears_nothing(lab, talker, listener):
    listener.digital_edge_source_trigger_input_terminal = "/PXI1Slot2/SourceCompleteEvent"
    listener.initiate()
    listener.abort()
    talker.initiate()
    talker.wait_for_event(EVENT.SOURCE_COMPLETE)
    assert levels(lab)["gate"] == 0.0


@pytest.mark.parametrize("order", ["PXI1Slot2,PXI1Slot3", "PXI1Slot3,PXI1Slot2"])
def test_channels_of_one_session_hear_each_other_in_any_order(lab, order):
    with lab.session(order) as session:
        talker, listener = session.channels["PXI1Slot2/0"], session.channels["PXI1Slot3/0"]
        session.source_delay = 0.001
        listener.voltage_level = 0.5
        listener.source_trigger_type = TYPE.DIGITAL_EDGE
        listener.digital_edge_source_trigger_input_terminal = "/PXI1Slot2/SourceTrigger"
        talker.voltage_level = 1.0
        with session.initiate():
            session.wait_for_event(EVENT.SOURCE_COMPLETE)
            assert levels(lab) == {"te": 1.0, "gate": 0.5}


def test_two_sequences_step_by_step(lab, talker, listener):
    """The listener steps with the talker: its Source trigger is the talker's; both measure."""
    for session in (talker, listener):
        session.source_mode = nidcpower.SourceMode.SEQUENCE
    talker.set_sequence([0.1, 0.2, 0.3], [0.01] * 3)
    listener.set_sequence([1.1, 1.2, 1.3], [0.001] * 3)
    listener.digital_edge_source_trigger_input_terminal = "/PXI1Slot2/Engine0/SourceTrigger"
    listener.initiate()
    talker.initiate()
    listener.wait_for_event(EVENT.SEQUENCE_ENGINE_DONE)
    voltages = [measurement.voltage for measurement in listener.fetch_multiple(3)]
    assert voltages == pytest.approx([1.1, 1.2, 1.3], abs=1e-3)
    # the talker's third step begins at 2 x (10 ms + 1 ms), the listener needs 1 ms + 1 ms more
    assert lab.clock.now() == pytest.approx(0.022 + 0.002)
    seen = [
        (round(now["te"], 3), round(now["gate"], 3))
        for now, duration in lab.device.stretches
        if now.keys() == {"te", "gate"} and duration > 0
    ]
    assert list(dict.fromkeys(seen)) == [(0.1, 1.1), (0.2, 1.2), (0.3, 1.3)]


def test_a_handshake_by_two_lines(lab, talker, listener):
    """Each waits for the other's Source Complete; the first step is set off by software."""
    for session, levels_ in ((talker, [0.1, 0.2]), (listener, [1.1, 1.2])):
        session.source_mode = nidcpower.SourceMode.SEQUENCE
        session.measure_when = AUTOMATIC
        session.set_sequence(levels_, [0.01] * 2)
        session.source_trigger_type = TYPE.DIGITAL_EDGE
    talker.source_complete_event_output_terminal = "PXI_Trig0"
    listener.source_complete_event_output_terminal = "PXI_Trig1"
    talker.digital_edge_source_trigger_input_terminal = "PXI_Trig1"
    listener.digital_edge_source_trigger_input_terminal = "PXI_Trig0"
    listener.initiate()
    talker.initiate()
    assert code_of(talker.wait_for_event, EVENT.SOURCE_COMPLETE, timeout=1.0) == EVENT_TIMEOUT
    talker.send_software_edge_trigger(SEND.SOURCE)
    listener.wait_for_event(EVENT.SEQUENCE_ENGINE_DONE)
    assert len(talker.fetch_multiple(2)) == len(listener.fetch_multiple(2)) == 2
    assert lab.clock.now() == pytest.approx(1.0 + 4 * 0.01 + 0.001)


def test_modules_trigger_each_other_on_a_real_clock(open_lab):
    lab = open_lab(clock=RealClock())
    with lab.session("PXI1Slot2/0") as talker, lab.session("PXI1Slot3/0") as listener:
        talker.source_delay = listener.source_delay = 0.001
        talker.source_complete_event_output_terminal = "PXI_Trig0"
        listener.voltage_level = 0.5
        listener.source_trigger_type = TYPE.DIGITAL_EDGE
        listener.digital_edge_source_trigger_input_terminal = "PXI_Trig0"
        listener.initiate()
        talker.initiate()
        listener.wait_for_event(EVENT.SOURCE_COMPLETE, timeout=60.0)
        assert levels(lab)["gate"] == 0.5


def test_start_and_advance_by_line(lab, talker, listener):
    listener.source_trigger_type = TYPE.NONE
    listener.source_mode = nidcpower.SourceMode.SEQUENCE
    listener.set_sequence([0.1, 0.2], [0.001] * 2)
    listener.sequence_loop_count = 2
    listener.start_trigger_type = TYPE.DIGITAL_EDGE
    listener.digital_edge_start_trigger_input_terminal = "PXI_Trig7"
    listener.sequence_advance_trigger_type = TYPE.DIGITAL_EDGE
    listener.digital_edge_sequence_advance_trigger_input_terminal = "PXI_Trig7"
    talker.source_complete_event_output_terminal = "PXI_Trig7"
    listener.initiate()
    assert listener.fetch_backlog == 0
    talker.initiate()
    listener.wait_for_event(EVENT.SEQUENCE_ITERATION_COMPLETE)
    lab.clock.sleep(1.0)
    assert listener.fetch_backlog == 2
    talker.voltage_level = 0.0
    listener.wait_for_event(EVENT.SEQUENCE_ENGINE_DONE)
    assert listener.fetch_backlog == 4


def test_measure_and_pulse_by_line(lab, talker, listener):
    listener.source_trigger_type = TYPE.NONE
    listener.measure_when = nidcpower.MeasureWhen.ON_MEASURE_TRIGGER
    listener.digital_edge_measure_trigger_input_terminal = "/PXI1Slot2/SourceCompleteEvent"
    assert listener.measure_trigger_type == TYPE.DIGITAL_EDGE  # the default
    listener.initiate()
    lab.clock.sleep(1.0)
    assert listener.fetch_backlog == 0
    talker.initiate()
    assert len(listener.fetch_multiple(1)) == 1
    listener.abort()
    listener.reset()
    listener.output_function = nidcpower.OutputFunction.PULSE_VOLTAGE
    listener.pulse_voltage_level = 0.75
    listener.pulse_trigger_type = TYPE.DIGITAL_EDGE
    listener.digital_edge_pulse_trigger_input_terminal = "/PXI1Slot2/SourceCompleteEvent"
    listener.initiate()
    talker.voltage_level = 2.0
    lab.clock.sleep(0.011)
    listener.wait_for_event(EVENT.SOURCE_COMPLETE)
    assert levels(lab)["gate"] == 0.75


def test_a_channel_measures_at_its_own_event(lab, talker):
    talker.measure_when = nidcpower.MeasureWhen.ON_MEASURE_TRIGGER
    talker.digital_edge_measure_trigger_input_terminal = "Engine0/SourceCompleteEvent"
    talker.initiate()
    assert len(talker.fetch_multiple(1)) == 1


@pytest.mark.parametrize(
    ("trigger", "terminal"),
    [
        ("source", "/PXI1Slot2/SourceCompleteEvent"),
        ("source", "SourceCompleteEvent"),
        ("measure", "MeasureCompleteEvent"),
        ("measure", "/PXI1Slot2/Engine0/MeasureTrigger"),
        ("source", "/PXI1Slot3/NoSuchEvent"),
    ],
)
def test_routes_that_there_are_not_are_refused_at_commit(lab, talker, trigger, terminal):
    setattr(talker, f"{trigger}_trigger_type", TYPE.DIGITAL_EDGE)
    setattr(talker, f"digital_edge_{trigger}_trigger_input_terminal", terminal)
    assert code_of(talker.commit) == INVALID_VALUE
    assert code_of(talker.initiate) == INVALID_VALUE


@pytest.mark.parametrize(
    ("name", "terminal"),
    [
        ("digital_edge_start_trigger_input_terminal", "PXI_Trig8"),
        ("digital_edge_start_trigger_input_terminal", "nonsense"),
        ("digital_edge_start_trigger_input_terminal", "Engine1/SourceCompleteEvent"),
        ("digital_edge_start_trigger_input_terminal", "/PXI1Slot3/Engine1/SourceCompleteEvent"),
        ("digital_edge_shutdown_trigger_input_terminal", "/PXI1Slot3/SourceCompleteEvent"),
        ("exported_start_trigger_output_terminal", "/PXI1Slot3/SourceCompleteEvent"),
        ("source_complete_event_output_terminal", "PXI_Trig10"),
    ],
)
def test_terminals_that_there_are_not(talker, name, terminal):
    assert code_of(setattr, talker, name, terminal) == INVALID_VALUE
    assert getattr(talker, name) == ""


def test_a_line_has_one_driver(lab, listener):
    talker = lab.session("PXI1Slot2/0")
    talker.source_complete_event_output_terminal = "PXI_Trig0"
    talker.commit()
    listener.measure_complete_event_output_terminal = "/PXI1Slot3/pxi_trig0"
    assert code_of(listener.commit) == LINE_IN_USE
    assert code_of(listener.initiate) == LINE_IN_USE
    talker.measure_complete_event_output_terminal = "PXI_Trig0"
    assert code_of(talker.commit) == LINE_IN_USE  # two signals of its own
    talker.measure_complete_event_output_terminal = ""
    talker.close()
    assert code_of(listener.commit) == LINE_IN_USE  # it outlives the session
    with lab.session("PXI1Slot2/0", reset=True):
        listener.commit()


def test_shutdown_opens_the_relay_until_a_reset(lab, talker, listener):
    listener.source_trigger_type = TYPE.NONE
    listener.shutdown_trigger_type = TYPE.DIGITAL_EDGE
    listener.digital_edge_shutdown_trigger_input_terminal = "PXI_Trig5"
    talker.source_complete_event_output_terminal = "PXI_Trig5"
    listener.initiate()
    assert levels(lab)["gate"] == 0.5
    talker.initiate()
    talker.wait_for_event(EVENT.SOURCE_COMPLETE)
    assert lab.drives().get("gate", OPEN) == OPEN
    listener.voltage_level = 0.25
    assert lab.drives().get("gate", OPEN) == OPEN
    listener.abort()
    assert code_of(listener.initiate) == SHUT_DOWN
    assert code_of(listener.commit) == SHUT_DOWN
    listener.reset()
    listener.initiate()
    assert "gate" in lab.drives()


def test_an_aborted_channel_is_not_shut_down(lab, talker, listener):
    listener.source_trigger_type = TYPE.NONE
    listener.shutdown_trigger_type = TYPE.DIGITAL_EDGE
    listener.digital_edge_shutdown_trigger_input_terminal = "PXI_Trig5"
    talker.source_complete_event_output_terminal = "PXI_Trig5"
    listener.initiate()
    listener.abort()
    talker.initiate()
    talker.wait_for_event(EVENT.SOURCE_COMPLETE)
    assert levels(lab)["gate"] == 0.5
    listener.initiate()


def test_a_software_shutdown_needs_to_be_configured(lab, talker):
    talker.initiate()
    talker.send_software_edge_trigger(SEND.SHUTDOWN)
    assert levels(lab)["te"] == 1.0
    talker.abort()
    talker.shutdown_trigger_type = TYPE.SOFTWARE_EDGE
    talker.initiate()
    talker.send_software_edge_trigger(SEND.SHUTDOWN)
    assert lab.drives().get("te", OPEN) == OPEN


def test_triggers_need_a_running_session(talker):
    assert code_of(talker.send_software_edge_trigger, SEND.SOURCE) == NOT_RUNNING


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        (trigger.name, suffix)
        for trigger in Trigger
        for suffix in ("", "WithChannels")
        if suffix or trigger is not Trigger.SHUTDOWN  # which has calls with channels only
    ],
)
def test_the_configure_calls_write_the_attributes(lab, raw, name, suffix):
    with lab.session(name="smu") as session:
        words = "".join(word.capitalize() for word in name.split("_"))
        kind = f"{name.lower()}_trigger_type"
        raw(f"ConfigureSoftwareEdge{words}Trigger{suffix}")
        assert getattr(session, kind) == TYPE.SOFTWARE_EDGE
        raw(
            f"ConfigureDigitalEdge{words}Trigger{suffix}", input_terminal="PXI_Trig6", edge_raw=1017
        )
        assert getattr(session, kind) == TYPE.DIGITAL_EDGE
        terminal = f"digital_edge_{name.lower()}_trigger_input_terminal"
        assert getattr(session, terminal) == "PXI_Trig6"
        if name != "MEASURE":  # which cannot be disabled
            raw(f"Disable{words}Trigger{suffix}")
            assert getattr(session, kind) == TYPE.NONE


@pytest.mark.parametrize("suffix", ["", "WithChannels"])
@pytest.mark.parametrize("signal", [*Event, *Trigger])
def test_export_signal(lab, raw, signal, suffix):
    with lab.session(name="smu") as session:
        export = f"ExportSignal{suffix}"
        code = raw.code(export, signal_raw=signal, output_terminal="/PXI1Slot2/PXI_Trig0")
        if signal is Trigger.SHUTDOWN:
            assert code == -1074135021
            return
        assert code == 0
        name = (
            f"exported_{signal.name.lower()}_trigger_output_terminal"
            if isinstance(signal, Trigger)
            else f"{signal.name.lower()}_event_output_terminal"
        )
        assert getattr(session, name) == "/PXI1Slot2/PXI_Trig0"
        assert raw.code(export, signal_raw=7, output_terminal="") == INVALID_VALUE


def test_terminals_by_themselves():
    slots = ("a", "b")
    assert input_terminal("", Trigger.START, "a", slots) is None
    assert input_terminal("/A/PXI_Trig7", Trigger.START, "a", slots) == Terminal("", "pxi_trig7")
    for signal in SIGNALS:
        assert input_terminal(f"/B/{signal}", Trigger.PULSE, "a", slots) == Terminal("b", signal)
    own = 0
    for signal in SIGNALS:
        try:
            input_terminal(signal, Trigger.MEASURE, "a", slots)
            own += 1
        except NiError:
            pass
    assert (len(SIGNALS), own) == (12, 5)
    check_input("", line_only=True)
    check_output("")


def test_lines_by_themselves():
    heard = []
    lines = Lines()
    line = Terminal("", "pxi_trig0")
    assert not lines.heard
    lines.listen(line, Listener("b", Trigger.SOURCE, lambda *edge: heard.append(edge)))
    lines.emit("a", Event.SOURCE_COMPLETE, 1.0)
    lines.export("a", {Event.SOURCE_COMPLETE: line})
    lines.emit("a", Event.MEASURE_COMPLETE, 2.0)
    lines.emit("a", Event.SOURCE_COMPLETE, 3.0)
    lines.export("a", {})
    lines.emit("a", Event.SOURCE_COMPLETE, 4.0)
    assert heard == [(Trigger.SOURCE, 3.0)]
    lines.silence("b")
    assert not lines.heard
