"""Properties: none that is an enumeration reads 0, what is set is read back, and what is not there
is refused.
"""

import enum
from collections import Counter

import grpc
import nidaqmx
import pytest
from daq_lab import refused
from nidaqmx._stubs import nidaqmx_pb2, nidaqmx_pb2_grpc
from nidaqmx.constants import (
    AcquisitionType,
    BusType,
    ChannelType,
    OverwriteMode,
    ProductCategory,
    RegenerationMode,
    SampleTimingType,
    TerminalConfiguration,
    TriggerType,
    UsageTypeAI,
)
from nidaqmx.error_codes import DAQmxErrors

SERVICE = nidaqmx_pb2.DESCRIPTOR.services_by_name["NiDAQmx"]


def properties(thing):
    """Everything that a client's object offers to read, deprecated names left out."""
    found = {}
    for name in dir(type(thing)):
        if name.startswith("_") or not isinstance(getattr(type(thing), name), property):
            continue
        text = getattr(type(thing), name).fget.__doc__ or ""
        if "deprecated" in text.lower():
            continue
        found[name] = name
    return list(found)


def read_all(thing):
    """How the properties of an object are answered: their values, and how many are refused."""
    values, codes = {}, Counter()
    for name in properties(thing):
        try:
            values[name] = getattr(thing, name)
        except nidaqmx.DaqError as error:
            codes[error.error_code] += 1
    return values, codes


REFUSALS = {
    DAQmxErrors.ATTR_NOT_SUPPORTED.value,
    DAQmxErrors.ATTRIBUTE_NOT_SUPPORTED_IN_TASK_CONTEXT.value,
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_every_property_of_the_client_is_answered_or_refused_by_a_code(lab):
    """An enumeration that reads 0, or a number it does not have, raises ValueError here."""
    ai, ao = lab.ai(rate=1e4, count=100), lab.ao(rate=1e4, count=100)
    do, di, co = lab.task(), lab.task(), lab.task()
    do.do_channels.add_do_chan("Dev1/port0/line0")
    di.di_channels.add_di_chan("Dev1/port0/line1")
    co.co_channels.add_co_pulse_chan_freq("Dev1/ctr0")
    system = lab.system()
    things = [system, system.devices["Dev1"], system.devices["Dev1"].ai_physical_chans[0],
              system.devices["Dev1"].ao_physical_chans[0], system.devices["Dev1"].do_lines[0],
              system.devices["Dev1"].do_ports[1]]  # fmt: skip
    for task in (ai, ao, do, di, co):
        triggers = task.triggers
        things += [task, task.timing, task.in_stream, task.out_stream, task.export_signals,
                   task.channels[0] if hasattr(task.channels, "__getitem__") else task.channels,
                   triggers.start_trigger, triggers.reference_trigger, triggers.pause_trigger,
                   triggers.arm_start_trigger]  # fmt: skip
    answered, kinds = Counter(), set()
    for thing in things:
        values, codes = read_all(thing)
        assert set(codes) <= REFUSALS, (thing, codes)
        answered["answered"] += len(values)
        answered["refused"] += sum(codes.values())
        kinds |= {type(value) for value in values.values() if isinstance(value, enum.Enum)}
    assert answered["answered"] > 800 and answered["refused"] > 100
    assert kinds >= {AcquisitionType, BusType, ChannelType, OverwriteMode, ProductCategory,
                     RegenerationMode, SampleTimingType, TerminalConfiguration, TriggerType,
                     UsageTypeAI}  # fmt: skip


def test_a_card_tells_what_it_is(lab):
    device = lab.system().devices["Dev1"]
    assert (device.product_type, device.product_category) == (
        "PCIe-6363",
        ProductCategory.X_SERIES_DAQ,
    )
    assert device.bus_type is BusType.PCIE and not device.is_simulated
    assert device.ao_max_rate == pytest.approx(2_857_142.857)
    assert device.ao_voltage_rngs == [-10.0, 10.0]
    assert (device.ai_max_single_chan_rate, device.ai_max_multi_chan_rate) == (2e6, 1e6)
    assert [len(device.ai_physical_chans), len(device.ao_physical_chans)] == [32, 4]
    assert [len(device.do_lines), len(device.di_ports), len(device.ci_physical_chans)] == [48, 3, 4]
    assert "/Dev1/ao/StartTrigger" in device.terminals
    assert [port.do_port_width for port in device.do_ports] == [32, 8, 8]
    assert lab.system().driver_version >= (24, 5, 0)


def test_names_are_found_in_any_case_and_with_blanks(lab):
    task = lab.task()
    task.ao_channels.add_ao_voltage_chan("dev1/AO0, DEV1/ao2")
    task.write([1.25, 0.0])
    assert lab.volts() == 1.25


@pytest.mark.parametrize("rate", [1000.0, 3000.0, 1e5, 99_999.0, 1.7e6])
def test_the_rate_is_the_next_one_up_of_the_timebase(lab, rate):
    task = lab.ai(rate=rate, count=10)
    found = task.timing.samp_clk_rate
    divisor = task.timing.samp_clk_timebase_div
    assert found == 100e6 / divisor
    assert rate * (1 - 1e-9) <= found < 100e6 / (divisor + 1) * (1 + 2 / divisor)


def test_what_is_set_is_read_back_and_reset(lab):
    task = lab.ai(rate=1e4, count=10)
    for thing, name, value in (
        (task.timing, "samp_quant_samp_mode", AcquisitionType.CONTINUOUS),
        (task.in_stream, "overwrite", OverwriteMode.OVERWRITE_UNREAD_SAMPLES),
        (task.in_stream, "input_buf_size", 12_345),
        (task.triggers.start_trigger, "retriggerable", True),
        (task.ai_channels.all, "ai_dither_enable", False),
        (task.channels, "description", "current of te"),
    ):
        before = getattr(thing, name)
        setattr(thing, name, value)
        assert getattr(thing, name) == value != before
        delattr(thing, name)
    assert task.in_stream.overwrite is OverwriteMode.DO_NOT_OVERWRITE_UNREAD_SAMPLES


def test_channels_that_differ_have_no_common_value(lab):
    task = lab.task()
    task.ai_channels.add_ai_voltage_chan("Dev1/ai0", min_val=-1, max_val=1)
    task.ai_channels.add_ai_voltage_chan("Dev1/ai1", min_val=-5, max_val=5)
    assert task.ai_channels["Dev1/ai0"].ai_max == 1.0
    with pytest.raises(nidaqmx.DaqError, match="differs between the channels"):
        _ = task.ai_channels.all.ai_max


def test_an_unknown_property_fails_loudly(lab):
    task = lab.ai(rate=1e4, count=10)
    interpreter, handle = task._interpreter, task._handle
    assert interpreter.get_timing_attribute_double(handle, 0x1344) == 1e4
    assert refused(interpreter.get_timing_attribute_double, handle, 0x9999) == -200197


def test_raw_requests_with_typed_enumerations_are_understood(lab):
    """Clients made from NI's protocol files send names where the Python client sends numbers."""
    stub = nidaqmx_pb2_grpc.NiDAQmxStub(lab.wire)
    task = stub.CreateTask(nidaqmx_pb2.CreateTaskRequest(session_name="raw")).task
    stub.CreateAOVoltageChan(
        nidaqmx_pb2.CreateAOVoltageChanRequest(
            task=task, physical_channel="Dev1/ao0", min_val=-10, max_val=10,
            units=nidaqmx_pb2.VOLTAGE_UNITS2_VOLTS,
        )
    )  # fmt: skip
    stub.CfgSampClkTiming(
        nidaqmx_pb2.CfgSampClkTimingRequest(
            task=task, rate=1e3, active_edge=nidaqmx_pb2.EDGE1_RISING, samps_per_chan=4,
            sample_mode=nidaqmx_pb2.ACQUISITION_TYPE_FINITE_SAMPS,
        )
    )  # fmt: skip
    mode = stub.GetTimingAttributeInt32(
        nidaqmx_pb2.GetTimingAttributeInt32Request(
            task=task, attribute=nidaqmx_pb2.TIMING_ATTRIBUTE_SAMP_QUANT_SAMP_MODE
        )
    )
    assert mode.value == mode.value_raw == 10178
    stub.WriteAnalogF64(
        nidaqmx_pb2.WriteAnalogF64Request(
            task=task, num_samps_per_chan=4, write_array=[0.0, 1.25, 2.5, 3.75], auto_start=True,
            data_layout=nidaqmx_pb2.GROUP_BY_GROUP_BY_SCAN_NUMBER, timeout=10,
        )
    )  # fmt: skip
    stub.WaitUntilTaskDone(nidaqmx_pb2.WaitUntilTaskDoneRequest(task=task, time_to_wait=10))
    assert lab.volts() == 3.75
    stub.ClearTask(nidaqmx_pb2.ClearTaskRequest(task=task))


def outcome(stub, name, request):
    """How a call is answered."""
    try:
        getattr(stub, name)(request)
    except grpc.RpcError as error:
        trailer = {entry.key: entry.value for entry in error.trailing_metadata() or ()}
        if error.code() is grpc.StatusCode.UNIMPLEMENTED:
            return "not implemented"
        return "refused" if int(trailer.get("ni-error", 0)) < 0 else f"{name}: {error.details()}"
    return "answered"


def test_no_call_breaks_the_server(lab):
    """Any call with nothing in it is answered, refused by a code, or not implemented."""
    task = lab.ai()
    outcomes = Counter()
    stub = nidaqmx_pb2_grpc.NiDAQmxStub(lab.wire)
    for method in SERVICE.methods:
        if method.server_streaming or method.name in ("CreateTask", "LoadTask"):
            continue
        request = getattr(nidaqmx_pb2, f"{method.name}Request")()
        outcomes[outcome(stub, method.name, request)] += 1
        if "task" in request.DESCRIPTOR.fields_by_name and method.name not in ENDING:
            request.task.CopyFrom(task._handle)
            outcomes[outcome(stub, method.name, request)] += 1
    assert set(outcomes) == {"answered", "refused", "not implemented"}, outcomes
    assert outcomes["answered"] > 10 and outcomes["refused"] > 250
    assert sum(outcomes.values()) > 700


ENDING = ("ClearTask", "TaskControl")
