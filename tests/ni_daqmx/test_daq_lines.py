"""Digital lines: put out at once or by the clock, and read back."""

import numpy as np
import pytest
from daq_lab import refused
from nidaqmx import stream_readers
from nidaqmx.constants import LineGrouping


def out(lab, lines, grouping=LineGrouping.CHAN_FOR_ALL_LINES):
    task = lab.task()
    task.do_channels.add_do_chan(lines, line_grouping=grouping)
    return task


def into(lab, lines, grouping=LineGrouping.CHAN_FOR_ALL_LINES):
    task = lab.task()
    task.di_channels.add_di_chan(lines, line_grouping=grouping)
    return task


def test_a_line_is_read_back_and_stays(either):
    task = out(either, "Dev1/port0/line3")
    back = into(either, "Dev1/port0/line3")
    assert not back.read()
    task.write(True)
    assert back.read()
    task.close()
    assert back.read()


def test_lines_of_a_port_at_their_places(lab):
    out(lab, "Dev1/port0/line0:3").write(0b1010)
    assert into(lab, "Dev1/port0/line0:7").read() == 0b1010
    out(lab, "Dev1/port0/line4:7").write(0xF0)
    assert into(lab, "Dev1/port0").read() == 0b11111010


def test_one_channel_a_line(lab):
    task = out(lab, "Dev1/port0/line0:3", LineGrouping.CHAN_PER_LINE)
    assert task.number_of_channels == 4
    task.write([True, False, True, True])
    back = into(lab, "Dev1/port0/line0:3", LineGrouping.CHAN_PER_LINE)
    assert back.read() == [True, False, True, True]
    assert task.read() == [True, False, True, True]


def test_lines_by_the_clock_are_read_back_by_the_clock(lab):
    pattern = np.random.default_rng(5).integers(0, 256, 200)
    task = out(lab, "Dev1/port0/line0:7")
    task.timing.cfg_samp_clk_timing(1e5, samps_per_chan=200)
    task.write(pattern.astype(np.uint32))
    back = into(lab, "Dev1/port0/line0:7")
    back.timing.cfg_samp_clk_timing(1e5, source="/Dev1/do/SampleClock", samps_per_chan=200)
    back.start()
    task.start()
    assert back.read(200) == pattern.tolist()
    task.wait_until_done()


def test_analogue_and_digital_outputs_share_a_clock(lab):
    ao = lab.ao(rate=1e5, count=100)
    ao.write(np.repeat([1.25, 0.0], 50))
    lines = out(lab, "Dev1/port0/line0:7")
    lines.timing.cfg_samp_clk_timing(1e5, source="/Dev1/ao/SampleClock", samps_per_chan=100)
    lines.write(np.repeat([1, 2], 50).astype(np.uint32))
    lines.start()
    ao.start()
    lab.clock.sleep(0.4e-3)
    back = into(lab, "Dev1/port0/line0:7")
    assert back.read() == 1
    ao.wait_until_done()
    assert back.read() == 2
    assert lab.volts() == 0.0


def test_lines_hold_their_last_state_after_the_task(lab):
    task = out(lab, "Dev1/port1")
    task.write(0x5A)
    task.close()
    assert into(lab, "Dev1/port1").read() == 0x5A


def test_lines_that_are_held_by_a_task_cannot_be_had_by_another(lab):
    first, second = out(lab, "Dev1/port0/line0:3"), out(lab, "Dev1/port0/line3:5")
    first.start()
    assert refused(second.start) == -50103
    first.stop()
    second.start()
    assert refused(first.write, 1) == -50103


def test_a_simulated_card_counts_on_lines_that_nobody_drives(open_lab):
    lab = open_lab(cards={"Dev1": {"is_simulated": True}})
    back = into(lab, "Dev1/port0/line0:7")
    back.timing.cfg_samp_clk_timing(1e3, samps_per_chan=300)
    assert back.read(300) == [n % 256 for n in range(300)]


def test_lines_as_bytes_and_as_waveforms_are_the_same_lines(lab):
    task = out(lab, "Dev1/port2")
    task.write(0b0000_0110)
    back = into(lab, "Dev1/port2")
    data = np.zeros(8, dtype=bool)
    stream_readers.DigitalSingleChannelReader(back.in_stream).read_one_sample_multi_line(data)
    assert data.tolist() == [False, True, True, False, False, False, False, False]


@pytest.mark.parametrize("line", ["Dev1/port3", "Dev1/port0/line32", "Dev1/port1/line8", "Dev1/p"])
def test_lines_that_are_not_there(lab, line):
    assert refused(out, lab, line) == refused(into, lab, line) == -200170
