"""How many calls a waveform takes, whatever its length, and what a long record takes of memory."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from nidaqmx.constants import RegenerationMode
from nidaqmx.stream_readers import AnalogSingleChannelReader
from nidaqmx.stream_writers import AnalogSingleChannelWriter


@pytest.mark.parametrize("count", [100, 100_000])
def test_a_waveform_and_its_currents_take_at_most_thirty_calls(either, count):
    ao, ai = either.ao(rate=1e5, count=count), either.ai(rate=1e5, count=count)
    ai.triggers.start_trigger.cfg_dig_edge_start_trig("/Dev1/ao/StartTrigger")
    ao.write(np.zeros(count))
    ai.start()
    ao.start()
    ao.wait_until_done()
    assert len(ai.read(count)) == count
    ao.close()
    ai.close()
    assert len(either.server.exchanges) == 30
    assert Counter(label.partition("[")[0] for label in either.server.exchanges) == {
        "GetSystemInfoAttributeUInt32": 6, "CreateTask": 2, "GetTaskAttributeString": 3,
        "CreateAOVoltageChan": 1, "CreateAIVoltageChan": 1, "CfgSampClkTiming": 2,
        "CfgDigEdgeStartTrig": 1, "GetChanAttributeInt32": 6, "WriteAnalogF64": 1,
        "StartTask": 2, "WaitUntilTaskDone": 1, "GetReadAttributeString": 1, "ReadAnalogF64": 1,
        "ClearTask": 2,
    }  # fmt: skip


def test_a_streamed_record_takes_one_call_a_block(lab):
    blocks, size = 10, 1000
    ao, ai = lab.ao(rate=1e5, count=blocks * size), lab.ai(rate=1e5, count=blocks * size)
    ai.triggers.start_trigger.cfg_dig_edge_start_trig("/Dev1/ao/StartTrigger")
    ao.out_stream.regen_mode = RegenerationMode.DONT_ALLOW_REGENERATION
    ao.out_stream.output_buf_size = 2 * size
    writer = AnalogSingleChannelWriter(ao.out_stream, auto_start=False)
    reader = AnalogSingleChannelReader(ai.in_stream)
    writer.verify_array_shape = reader.verify_array_shape = False
    levels = 1.25 * np.arange(blocks) / 4
    for level in levels[:2]:
        writer.write_many_sample(np.full(size, level))
    ai.start()
    ao.start()
    before, data = len(lab.server.exchanges), np.empty(size)
    for number in range(blocks):
        reader.read_many_sample(data, size)
        assert data == pytest.approx(np.full(size, levels[number]), abs=1e-3)
        if number + 2 < blocks:
            writer.write_many_sample(np.full(size, levels[number + 2]))
    ao.wait_until_done()
    assert len(lab.server.exchanges) - before == blocks + (blocks - 2) + 1


LONG = """
import sys
import resource
import numpy as np
import nidaqmx
from nidaqmx.constants import AcquisitionType, RegenerationMode
from nidaqmx.stream_readers import AnalogSingleChannelReader
from nidaqmx.stream_writers import AnalogSingleChannelWriter
from mho.clock import VirtualClock
from mho.rehearsal import World, in_process
from mho.sim_instruments.devices.resistor import RESISTOR
from mho.sim_instruments.ni_device_server.chassis import start_server
from mho.sim_instruments.ni_device_server.options import NiOptions

def peak():
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale / 1e6

device = RESISTOR.build(RESISTOR.parameters.model_validate({"resistance": "1 kohm"}), 1)
terminal = device.terminals[0]
options = NiOptions.model_validate({"amplifiers": {"Dev1/ai0": {"gain": "1 kohm"}}})
server = start_server(
    World(device, VirtualClock(), 1), {"Dev1/ao0": terminal, "Dev1/ai0": terminal}, None, options
)
total, size = int(sys.argv[1]), 250_000
wire = in_process.connection_to(server.address)
grpc_options = nidaqmx.GrpcSessionOptions(wire, "")
ao, ai = nidaqmx.Task(grpc_options=grpc_options), nidaqmx.Task(grpc_options=grpc_options)
ao.ao_channels.add_ao_voltage_chan("Dev1/ao0")
ai.ai_channels.add_ai_voltage_chan("Dev1/ai0")
for task in (ao, ai):
    task.timing.cfg_samp_clk_timing(
        1e6, sample_mode=AcquisitionType.FINITE, samps_per_chan=total
    )
ai.triggers.start_trigger.cfg_dig_edge_start_trig("/Dev1/ao/StartTrigger")
ao.out_stream.regen_mode = RegenerationMode.DONT_ALLOW_REGENERATION
ao.out_stream.output_buf_size, ai.in_stream.input_buf_size = 2 * size, 4 * size
writer = AnalogSingleChannelWriter(ao.out_stream, auto_start=False)
reader = AnalogSingleChannelReader(ai.in_stream)
writer.verify_array_shape = reader.verify_array_shape = False

def block(number):
    return np.repeat(1.25 * ((np.arange(size // 1000) + number) % 3), 1000)

writer.write_many_sample(block(0))
writer.write_many_sample(block(1))
ai.start()
ao.start()
data, blocks, early = np.empty(size), total // size, 0.0
for number in range(blocks):
    reader.read_many_sample(data, size, timeout=60)
    assert abs(data - block(number)).max() < 0.01
    if number + 2 < blocks:
        writer.write_many_sample(block(number + 2), timeout=60)
    if number == 3:
        early = peak()
ao.wait_until_done(60)
print(early, peak(), len(server.exchanges))
server.stop()
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="its memory is not counted so on Windows")
@pytest.mark.timeout(600)
def test_ten_million_samples_go_through_in_flat_memory(tmp_path):
    script = Path(tmp_path) / "long.py"
    script.write_text(LONG, "utf-8")
    found = subprocess.run(
        [sys.executable, str(script), "10000000"],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONUTF8": "1"},
    )  # fmt: skip
    early, late, exchanges = map(float, found.stdout.split())
    assert late < 300
    assert late - early < 20
    assert exchanges <= 30 + 2 * 40
