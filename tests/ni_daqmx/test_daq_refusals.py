"""Each refusal by its code: a legal case goes through first, then one thing of it is broken."""

from collections import Counter

import nidaqmx
import numpy as np
import pytest
from daq_lab import CONTINUOUS, FINITE, refused
from nidaqmx import stream_readers, stream_writers
from nidaqmx.constants import (
    AcquisitionType,
    EveryNSamplesEventType,
    LineGrouping,
    RegenerationMode,
    TaskMode,
    TriggerType,
)
from nidaqmx.error_codes import DAQmxErrors


def ao_channel(lab, name="Dev1/ao0", low=-10.0, high=10.0):
    lab.task().ao_channels.add_ao_voltage_chan(name, min_val=low, max_val=high)


def ai_channel(lab, name="Dev1/ai0", low=-10.0, high=10.0):
    lab.task().ai_channels.add_ai_voltage_chan(name, min_val=low, max_val=high)


def twice(lab, second="Dev1/ao1"):
    task = lab.ao()
    task.ao_channels.add_ao_voltage_chan(second)


def started(lab, rate=1e4, lines="Dev1/ao0", count=100, mode=FINITE):
    task = lab.ao(lines, rate=rate, count=count, mode=mode)
    channels = task.number_of_channels
    task.write(np.zeros(count if channels == 1 else (channels, count)))
    task.start()


def acquires(lab, rate=1e4, lines="Dev1/ai0", count=100, source=""):
    task = lab.task()
    task.ai_channels.add_ai_voltage_chan(lines)
    task.timing.cfg_samp_clk_timing(rate, source, samps_per_chan=count)
    task.start()


def lines_clocked(lab, line="Dev1/port0/line0"):
    task = lab.task()
    task.do_channels.add_do_chan(line)
    task.timing.cfg_samp_clk_timing(1e4, samps_per_chan=10)
    task.write([True, False] * 5)
    task.start()


def written(lab, values=(1.0, 2.0), high=5.0):
    task = lab.task()
    for line in ("Dev1/ao0", "Dev1/ao1"):
        task.ao_channels.add_ao_voltage_chan(line, max_val=high)
    task.write(list(values), auto_start=True)


def on_demand(lab, start=True):
    task = lab.ao()
    if start:
        task.start()
    task.write(1.0, auto_start=False)


def buffered(lab, samples=100, before=True):
    task = lab.ao(rate=1e4, count=100)
    if before:
        task.write(np.zeros(samples))
    task.start()


def sized(lab, size=200, written=200):
    task = lab.ao(rate=1e4, count=200, mode=CONTINUOUS)
    task.out_stream.output_buf_size = size
    task.write(np.zeros(written))
    task.start()


def in_two_parts(lab, sets_size=True):
    task = lab.ao(rate=1e4, count=200, mode=CONTINUOUS)
    if sets_size:
        task.out_stream.output_buf_size = 200
    task.write(np.zeros(100))
    task.write(np.zeros(100))


def overfull(lab, second=100):
    task = lab.ao(rate=1e4, count=200, mode=CONTINUOUS)
    task.out_stream.output_buf_size = 200
    task.write(np.zeros(100))
    task.write(np.zeros(second))


def refilled(lab, more=100):
    task = lab.ao(rate=1e3, count=100, mode=CONTINUOUS)
    task.out_stream.regen_mode = RegenerationMode.DONT_ALLOW_REGENERATION
    task.out_stream.output_buf_size = 100
    task.write(np.zeros(100))
    task.start()
    stream_writers.AnalogSingleChannelWriter(task.out_stream, auto_start=False).write_many_sample(
        np.zeros(more), timeout=0.5
    )


def started_once(lab, again=False):
    task = lab.ao(rate=1e4, count=2, mode=CONTINUOUS)
    task.write([0.0, 1.0])
    task.start()
    if again:
        task.start()


def set_while(lab, running=False):
    task = lab.ao(rate=1e4, count=2, mode=CONTINUOUS)
    task.write([0.0, 1.0])
    if running:
        task.start()
    task.timing.samp_clk_rate = 2e4


def configured_while(lab, running=False):
    task = lab.ao(rate=1e4, count=2, mode=CONTINUOUS)
    task.write([0.0, 1.0])
    if running:
        task.start()
    task.timing.cfg_samp_clk_timing(2e4, samps_per_chan=2)


def triggered(lab, source="/Dev1/ao/StartTrigger"):
    task = lab.ai(rate=1e4, count=100)
    task.triggers.start_trigger.cfg_dig_edge_start_trig(source)
    task.control(TaskMode.TASK_VERIFY)


def exported(lab, terminal="/Dev1/PFI0"):
    task = lab.ai(rate=1e4, count=100)
    task.export_signals.start_trig_output_term = terminal
    task.control(TaskMode.TASK_VERIFY)


def with_trigger(lab, clocked=True):
    task = lab.ai(rate=1e4 if clocked else 0.0, count=100)
    task.triggers.start_trigger.trig_type = TriggerType.DIGITAL_EDGE
    task.control(TaskMode.TASK_VERIFY)


def two_inputs(lab, second=False):
    acquires(lab)
    if second:
        acquires(lab, lines="Dev1/ai1")


def two_lines(lab, line="Dev1/port0/line1"):
    for name in ("Dev1/port0/line0", line):
        task = lab.task()
        task.do_channels.add_do_chan(name)
        task.start()


def device(lab, name="Dev1"):
    assert nidaqmx.system.Device(name, grpc_options=lab.options()).product_type


def of_device(lab, name="ai_max_single_chan_rate"):
    assert getattr(lab.system().devices["Dev1"], name)


def of_task(lab, output=False):
    task = lab.ai(rate=1e4, count=10)
    if output:
        assert task.out_stream.output_buf_size is not None
    assert task.in_stream.input_buf_size


def of_one_device(lab, alone=False):
    task = lab.ai(rate=1e4, count=10)
    timing = task.timing[lab.system().devices["Dev1"]] if alone else task.timing
    assert timing.samp_clk_rate == 1e4


def read_of(lab, input_=True):
    task = lab.ai() if input_ else lab.ao()
    reader = stream_readers.AnalogSingleChannelReader(task.in_stream)
    reader.verify_array_shape = False
    reader.read_many_sample(np.zeros(3), 3)


def write_of(lab, output=True):
    task = lab.ao() if output else lab.ai()
    writer = stream_writers.AnalogSingleChannelWriter(task.out_stream, auto_start=True)
    writer.verify_array_shape = False
    writer.write_many_sample(np.zeros(3))


def fits(lab, room=10):
    task = lab.ai(rate=1e4, count=10)
    reader = stream_readers.AnalogSingleChannelReader(task.in_stream)
    reader.verify_array_shape = False
    reader.read_many_sample(np.zeros(room), 10)


def named(lab, channel="Dev1/ai0"):
    task = lab.ai()
    interpreter = task._interpreter
    assert interpreter.get_chan_attribute_int32(task._handle, channel, 0x187F) == 10100


def reset_limit(lab, resets=False):
    task = lab.task()
    channel = task.ai_channels.add_ai_voltage_chan("Dev1/ai0")
    if resets:
        del channel.ai_max
    assert channel.ai_max == 5.0


def known_task(lab, closed=False):
    task = lab.ao()
    handle, interpreter = task._handle, task._interpreter
    if closed:
        task.close()
    interpreter.stop_task(handle)


def every_n(lab, kind=EveryNSamplesEventType.ACQUIRED_INTO_BUFFER):
    task = lab.ai(rate=1e4, count=10)
    if kind is EveryNSamplesEventType.ACQUIRED_INTO_BUFFER:
        task.register_every_n_samples_acquired_into_buffer_event(5, lambda *_: 0)
    else:
        task.register_every_n_samples_transferred_from_buffer_event(5, lambda *_: 0)


def every_n_of_output(lab, kind=EveryNSamplesEventType.TRANSFERRED_FROM_BUFFER):
    task = lab.ao(rate=1e4, count=10)
    if kind is EveryNSamplesEventType.ACQUIRED_INTO_BUFFER:
        task.register_every_n_samples_acquired_into_buffer_event(5, lambda *_: 0)
    else:
        task.register_every_n_samples_transferred_from_buffer_event(5, lambda *_: 0)


def done_twice(lab, twice=False):
    task = lab.ai(rate=1e4, count=10)
    for _ in range(1 + twice):
        task.register_done_event(lambda *_: 0)


def waited(lab, timeout=1.0):
    task = lab.ai(rate=1e3, count=500)
    task.start()
    task.wait_until_done(timeout)


def regenerated(lab, mode=RegenerationMode.ALLOW_REGENERATION.value):
    task = lab.ao(rate=1e4, count=10)
    task._interpreter.set_write_attribute_int32(task._handle, 0x1453, mode)


def mode_of(lab, mode=AcquisitionType.FINITE.value):
    task = lab.ao(rate=1e4, count=10)
    task._interpreter.set_timing_attribute_int32(task._handle, 0x1300, mode)


def port_by_bytes(lab, port="Dev1/port1"):
    task = lab.task()
    task.do_channels.add_do_chan(port, line_grouping=LineGrouping.CHAN_FOR_ALL_LINES)
    stream_writers.DigitalSingleChannelWriter(
        task.out_stream, auto_start=True
    ).write_one_sample_port_byte(1)


CASES = [
    (ao_channel, {"name": "Dev1/ao4"}, "PHYSICAL_CHAN_DOES_NOT_EXIST"),
    (ao_channel, {"name": "Dev1/ai0"}, "PHYSICAL_CHAN_DOES_NOT_EXIST"),
    (ao_channel, {"name": "Dev2/ao0"}, "INVALID_DEVICE_ID"),
    (ao_channel, {"name": "ao0"}, "INVALID_DEVICE_ID"),
    (ao_channel, {"low": 10.0}, "MIN_NOT_LESS_THAN_MAX"),
    (ao_channel, {"high": 10.1}, "INVALID_ATTRIBUTE_VALUE"),
    (ai_channel, {"name": "Dev1/ai32"}, "PHYSICAL_CHAN_DOES_NOT_EXIST"),
    (ai_channel, {"name": "Dev1/_ao4_vs_aognd"}, "PHYSICAL_CHAN_DOES_NOT_EXIST"),
    (ai_channel, {"low": 11.0, "high": 12.0}, "INVALID_ATTRIBUTE_VALUE"),
    (ai_channel, {"low": 1.0, "high": 1.0}, "MIN_NOT_LESS_THAN_MAX"),
    (twice, {"second": "Dev1/ao0"}, "CHAN_ALREADY_IN_TASK"),
    (started, {"rate": 2.9e6}, "SAMP_RATE_TOO_HIGH"),
    (started, {"rate": 2.5e6, "lines": "Dev1/ao0:1"}, "SAMPLE_RATE_NUM_CHANS_CONVERT_PERIOD_COMBO"),
    (started, {"rate": 1.4e6, "lines": "Dev1/ao0:3"}, "SAMPLE_RATE_NUM_CHANS_CONVERT_PERIOD_COMBO"),
    (started, {"rate": -1.0}, "INVALID_ATTRIBUTE_VALUE"),
    (started, {"count": 1}, "INVALID_ATTRIBUTE_VALUE"),
    (acquires, {"rate": 2.1e6}, "SAMP_RATE_TOO_HIGH"),
    (acquires, {"rate": 6e5, "lines": "Dev1/ai0:1"}, "SAMPLE_RATE_NUM_CHANS_CONVERT_PERIOD_COMBO"),
    (acquires, {"source": "/Dev1/PFI99"}, "INVALID_ROUTING_SOURCE_TERMINAL_NAME_ROUTING"),
    (acquires, {"count": 1}, "INVALID_ATTRIBUTE_VALUE"),
    (lines_clocked, {"line": "Dev1/port1/line0"}, "INVALID_TIMING_TYPE"),
    (written, {"values": (1.0,)}, "WRITE_NUM_CHANS_MISMATCH"),
    (written, {"values": (1.0, 5.1)}, "INVALID_AO_DATA_WRITE"),
    (written, {"values": (1.0, float("nan"))}, "INVALID_AO_DATA_WRITE"),
    (on_demand, {"start": False}, "CANNOT_WRITE_WHEN_AUTO_START_FALSE_AND_TASK_NOT_RUNNING"),
    (buffered, {"before": False}, "OUTPUT_BUFFER_EMPTY"),
    (buffered, {"samples": 1}, "OUTPUT_BUF_SIZE_TOO_SMALL_TO_START_GEN"),
    (sized, {"written": 199}, "OUTPUT_BUF_SIZE_TOO_SMALL_TO_START_GEN"),
    (sized, {"size": 199}, "NO_MORE_SPACE"),
    (in_two_parts, {"sets_size": False}, "WRITE_FAILS_BUFFER_SIZE_AUTO_CONFIGURED"),
    (overfull, {"second": 101}, "NO_MORE_SPACE"),
    (refilled, {"more": 10_000}, "SAMPLES_CAN_NOT_YET_BE_WRITTEN"),
    (started_once, {"again": True}, "CAN_NOT_PERFORM_OP_WHILE_TASK_RUNNING"),
    (set_while, {"running": True}, "CANNOT_SET_PROPERTY_WHEN_TASK_RUNNING"),
    (configured_while, {"running": True}, "CAN_NOT_PERFORM_OP_WHILE_TASK_RUNNING"),
    (triggered, {"source": "/Dev1/nowhere"}, "INVALID_ROUTING_SOURCE_TERMINAL_NAME_ROUTING"),
    (triggered, {"source": "/Dev9/PFI0"}, "INVALID_ROUTING_SOURCE_TERMINAL_NAME_ROUTING"),
    (exported, {"terminal": "RTSI"}, "INVALID_ROUTING_DESTINATION_TERMINAL_NAME_ROUTING"),
    (exported, {"terminal": "/Dev1/ai/SampleClock"},
     "INVALID_ROUTING_DESTINATION_TERMINAL_NAME_ROUTING"),
    (with_trigger, {"clocked": False}, "TRIG_WHEN_ON_DEMAND_SAMP_TIMING"),
    (two_inputs, {"second": True}, "PAL_RESOURCE_RESERVED"),
    (two_lines, {"line": "Dev1/port0/line0"}, "PAL_RESOURCE_RESERVED"),
    (device, {"name": "Dev7"}, "INVALID_DEVICE_ID"),
    (of_device, {"name": "tcpip_hostname"}, "ATTR_NOT_SUPPORTED"),
    (of_task, {"output": True}, "ATTRIBUTE_NOT_SUPPORTED_IN_TASK_CONTEXT"),
    (of_one_device, {"alone": True}, "M_STUDIO_OPERATION_DOES_NOT_SUPPORT_DEVICE_CONTEXT"),
    (read_of, {"input_": False}, "READ_NO_INPUT_CHANS_IN_TASK"),
    (write_of, {"output": False}, "WRITE_NO_OUTPUT_CHANS_IN_TASK"),
    (fits, {"room": 9}, "READ_BUFFER_TOO_SMALL"),
    (named, {"channel": "Dev1/ai1"}, "CHAN_NOT_IN_TASK"),
    (reset_limit, {"resets": True}, "AI_MAX_NOT_SPECIFIED"),
    (known_task, {"closed": True}, "INVALID_TASK"),
    (every_n, {"kind": EveryNSamplesEventType.TRANSFERRED_FROM_BUFFER},
     "EVERY_N_SAMPS_TRANSFERRED_FROM_BUFFER_EVENT_NOT_SUPPORTED_BY_DEVICE"),
    (every_n_of_output, {"kind": EveryNSamplesEventType.ACQUIRED_INTO_BUFFER},
     "EVERY_N_SAMPLES_ACQ_INTO_BUFFER_EVENT_NOT_SUPPORTED_BY_DEVICE"),
    (done_twice, {"twice": True}, "DONE_EVENT_ALREADY_REGISTERED"),
    (waited, {"timeout": 0.4}, "WAIT_UNTIL_DONE_DOES_NOT_INDICATE_DONE"),
    (regenerated, {"mode": 0}, "INVALID_ATTRIBUTE_VALUE"),
    (mode_of, {"mode": 7}, "INVALID_ATTRIBUTE_VALUE"),
    (port_by_bytes, {"port": "Dev1/port0"}, "INVALID_ATTRIBUTE_VALUE"),
]  # fmt: skip


@pytest.mark.parametrize(("act", "broken", "name"), CASES)
def test_the_legal_case_goes_through_and_the_broken_one_is_refused(open_lab, act, broken, name):
    act(open_lab())
    assert refused(act, open_lab(), **broken) == DAQmxErrors[name].value


def test_many_codes_are_met():
    found = Counter(name for _, _, name in CASES)
    assert (len(CASES), len(found)) == (59, 35)


def test_a_task_without_channels_does_nothing(lab):
    task = lab.task()
    for act in (task.start, lambda: task.control(TaskMode.TASK_VERIFY), lambda: task.read()):
        assert refused(act) == DAQmxErrors.CAN_NOT_PERFORM_OP_WHEN_NO_CHANS_IN_TASK.value


def test_a_refused_start_holds_nothing(lab):
    first, second = lab.ao(rate=1e4, count=10), lab.ao(rate=1e4, count=10)
    assert refused(first.start) == DAQmxErrors.OUTPUT_BUFFER_EMPTY.value
    second.write(np.zeros(10))
    second.start()
    second.wait_until_done()


def test_errors_say_what_was_asked_and_what_there_is(lab):
    task = lab.ao()
    with pytest.raises(nidaqmx.DaqError, match=r"Requested: 11 V to 11 V.*Maximum: 10 V"):
        task.write(11.0)
    with pytest.raises(nidaqmx.DaqError, match=r"Dev1/ao9.*PCIe-6363"):
        task.ao_channels.add_ao_voltage_chan("Dev1/ao9")


@pytest.mark.parametrize(
    ("behaviour", "known", "status"),
    [
        (nidaqmx.SessionInitializationBehavior.INITIALIZE_SERVER_SESSION, True, "ALREADY_EXISTS"),
        (
            nidaqmx.SessionInitializationBehavior.ATTACH_TO_SERVER_SESSION,
            False,
            "FAILED_PRECONDITION",
        ),
    ],
)
def test_names_of_tasks_are_those_of_sessions(either, behaviour, known, status):
    import grpc

    if known:
        either.task("mine")
    options = either.options("mine", initialization_behavior=behaviour)
    with pytest.raises(nidaqmx.errors.RpcError) as error:
        nidaqmx.Task("mine", grpc_options=options)
    assert error.value.rpc_code is grpc.StatusCode[status]


def test_what_is_not_simulated_is_said_to_be_not_implemented(either):
    task = either.task()
    with pytest.raises(nidaqmx.errors.RpcError, match="not supported by the NI gRPC Device Server"):
        task.ai_channels.add_ai_bridge_chan("Dev1/ai0")
