"""Analogue inputs: at once, by the clock, in parts, and what is lost or kept when nobody reads."""

import nidaqmx
import numpy as np
import pytest
from daq_lab import CONTINUOUS, refused
from nidaqmx.constants import OverwriteMode, ReadRelativeTo
from nidaqmx.stream_readers import (
    AnalogMultiChannelReader,
    AnalogSingleChannelReader,
    AnalogUnscaledReader,
)

from mho.sim_instruments.ni_daqmx.input_buffer import InputBuffer

LSB = 10 / 32768


def driven(lab, volts=2.5):
    lab.ao().write(volts)  # 2.5 mA through 1 kohm: 2.5 V behind the amplifier
    return lab


def test_a_reading_at_once_is_the_current_times_the_gain(either):
    driven(either)
    assert either.ai().read() == pytest.approx(2.5, abs=LSB)
    assert either.ai("Dev1/ai1").read() == pytest.approx(-2.5, abs=LSB)


def test_several_readings_at_once_take_time(lab):
    driven(lab)
    begun = lab.clock.now()
    assert lab.ai("Dev1/ai0").read(100) == pytest.approx([2.5] * 100, abs=LSB)
    assert 1e-5 < lab.clock.now() - begun < 1e-2


def test_a_finite_task_reads_on_its_clock_and_passes_its_time(lab):
    driven(lab)
    task = lab.ai("Dev1/ai0:1", rate=1000.0, count=50)
    data = np.array(task.read(50))
    assert data.shape == (2, 50)
    assert data[0] == pytest.approx(np.full(50, 2.5), abs=LSB)
    assert data[1] == pytest.approx(np.full(50, -2.5), abs=LSB)
    assert lab.clock.now() == pytest.approx(49e-3, abs=1e-6)  # the last sample, not its period
    task.wait_until_done()


def test_a_task_that_a_read_has_started_starts_anew_with_the_next(lab):
    driven(lab)
    task = lab.ai(rate=1000.0, count=10)
    assert len(task.read(10)) == len(task.read(10)) == 10


def test_a_finite_task_is_read_in_parts(lab):
    task = driven(lab).ai(rate=1000.0, count=10)
    task.start()
    assert len(task.read(4)) == 4
    assert task.in_stream.curr_read_pos == 4
    assert len(task.read(4)) == 4
    assert len(task.read(8)) == 2  # what is left
    assert refused(task.read, 1) == -200278
    task.stop()


def test_all_there_is_of_a_finite_task_is_all_that_comes(lab):
    task = driven(lab).ai(rate=1000.0, count=20)
    assert len(task.read(nidaqmx.constants.READ_ALL_AVAILABLE)) == 20


def test_all_there_is_of_a_continuous_task_is_what_has_come(lab):
    task = driven(lab).ai(rate=1000.0, count=1000, mode=CONTINUOUS)
    task.start()
    lab.clock.sleep(30.5e-3)
    assert len(task.read(nidaqmx.constants.READ_ALL_AVAILABLE)) == 31
    assert task.in_stream.avail_samp_per_chan == 0
    assert task.in_stream.total_samp_per_chan_acquired == 31


def test_a_read_that_takes_too_long_gets_the_part_that_came(either):
    task = driven(either).ai(rate=1000.0, count=100)
    reader = AnalogSingleChannelReader(task.in_stream)
    data = np.full(100, np.nan)
    with pytest.raises(nidaqmx.errors.DaqReadError) as error:
        reader.read_many_sample(data, 100, timeout=0.0301)
    assert error.value.error_code == -200284
    assert error.value.samps_per_chan_read == 31
    assert data[:31] == pytest.approx(np.full(31, 2.5), abs=LSB)
    task.stop()


def test_the_parts_of_several_channels_lie_one_after_the_other(lab):
    task = driven(lab).ai("Dev1/ai0:1", rate=1000.0, count=100)
    data = np.zeros((2, 100))
    with pytest.raises(nidaqmx.errors.DaqReadError) as error:
        AnalogMultiChannelReader(task.in_stream).read_many_sample(data, 100, timeout=9.9e-3)
    count = error.value.samps_per_chan_read
    assert count == 10
    flat = data.reshape(-1)
    assert flat[:10] == pytest.approx(np.full(10, 2.5), abs=LSB)
    assert flat[10:20] == pytest.approx(np.full(10, -2.5), abs=LSB)
    assert not flat[20:].any()
    task.stop()


@pytest.mark.parametrize(
    ("rate", "size"), [(100.0, 1000), (1e4, 10_000), (1e6, 100_000), (2e6, 1_000_000)]
)
def test_the_buffer_of_a_continuous_task_is_as_large_as_its_rate_asks_for(lab, rate, size):
    assert lab.ai(rate=rate, count=100, mode=CONTINUOUS).in_stream.input_buf_size == size


def test_unread_samples_are_not_overwritten(lab):
    task = lab.ai(rate=1000.0, count=100, mode=CONTINUOUS)
    task.in_stream.input_buf_size = 100
    task.start()
    lab.clock.sleep(99.5e-3)
    assert len(task.read(50)) == 50
    lab.clock.sleep(60e-3)
    assert refused(task.read, 1) == -200222
    assert refused(task.stop) == -200222
    task.start()
    assert len(task.read(50)) == 50  # it goes on afresh
    task.stop()


def test_unread_samples_may_be_overwritten_if_that_is_what_was_asked_for(lab):
    task = lab.ai(rate=1000.0, count=100, mode=CONTINUOUS)
    task.in_stream.input_buf_size = 100
    task.in_stream.overwrite = OverwriteMode.OVERWRITE_UNREAD_SAMPLES
    task.start()
    lab.clock.sleep(250.5e-3)
    assert refused(task.read, 1) == -200279
    assert len(task.read(100)) == 100
    task.stop()


def test_the_latest_samples_can_be_read(lab):
    lab.ao().write(1.25)
    task = lab.ai(rate=1000.0, count=100, mode=CONTINUOUS)
    task.in_stream.overwrite = OverwriteMode.OVERWRITE_UNREAD_SAMPLES
    task.start()
    lab.clock.sleep(50.5e-3)
    task.in_stream.relative_to = ReadRelativeTo.MOST_RECENT_SAMPLE
    task.in_stream.offset = -10
    begun = lab.clock.now()
    assert task.read(10) == pytest.approx([1.25] * 10, abs=LSB)
    assert lab.clock.now() == begun  # they were there
    task.in_stream.relative_to = ReadRelativeTo.FIRST_SAMPLE
    task.in_stream.offset = 0
    assert len(task.read(3)) == 3
    assert task.in_stream.curr_read_pos == 3
    task.stop()


def test_the_buffer_against_a_list():
    rng = np.random.default_rng(7)
    for size in (1, 5, 8):
        buffer, all_of_it = InputBuffer(2, size, np.int16), np.empty((2, 0), dtype=np.int16)
        for _ in range(60):
            new = rng.integers(-100, 100, (2, int(rng.integers(0, 12)))).astype(np.int16)
            buffer.put(new)
            all_of_it = np.concatenate((all_of_it, new), axis=1)
            assert buffer.acquired == all_of_it.shape[1]
            start = int(rng.integers(buffer.oldest, buffer.acquired + 1))
            count = int(rng.integers(0, buffer.acquired - start + 1))
            assert (buffer.get(start, count) == all_of_it[:, start : start + count]).all()


def test_ranges_are_the_smallest_that_holds_the_limits(lab):
    device = lab.system().devices["Dev1"]
    assert sorted(set(map(abs, device.ai_voltage_rngs))) == [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0]
    for low, high, full in ((-0.1, 0.1, 0.1), (-0.15, 0.1, 0.2), (0.0, 3.0, 5.0), (-7, 7, 10.0)):
        task = lab.task()
        channel = task.ai_channels.add_ai_voltage_chan("Dev1/ai0", min_val=low, max_val=high)
        assert (channel.ai_rng_high, channel.ai_rng_low, channel.ai_max) == (full, -full, full)
        task.close()


def test_readings_are_codes_of_the_range_and_end_at_it(lab):
    lab.ao().write(2.3456)
    task = lab.task()
    task.ai_channels.add_ai_voltage_chan("Dev1/ai0", min_val=-2, max_val=2)
    assert task.read() == 2 - 2 / 32768
    lab.ao().write(-9.0)
    assert task.read() == -2.0
    lab.ao().write(1.2345)
    value = task.read()
    assert abs(value - 1.2345) < LSB / 2 + 1 / 32768
    assert (value * 32768 / 2).is_integer()


def test_the_noise_of_the_card_is_that_of_its_range(open_lab):
    lab = open_lab(cards={"Dev1": {}})
    for full, rms in ((0.1, 17e-6), (10.0, 315e-6)):
        task = lab.task()
        task.ai_channels.add_ai_voltage_chan("Dev1/ai5", min_val=-full, max_val=full)
        task.timing.cfg_samp_clk_timing(1e6, samps_per_chan=20_000)
        data = np.array(task.read(20_000))
        task.close()
        quantised = np.hypot(rms, full / 32768 / np.sqrt(12))
        assert np.std(data) == pytest.approx(quantised, rel=0.05)
        assert abs(np.mean(data)) < 5 * rms / np.sqrt(20_000)


def test_the_same_seed_gives_the_same_noise_and_another_one_does_not(open_lab):
    def noise(seed):
        lab = open_lab(cards={"Dev1": {}}, seed=seed)
        return lab.ai("Dev1/ai5", rate=1e5, count=50).read(50)

    assert noise(1) == noise(1) != noise(2)


def test_unscaled_readings_are_the_codes(lab):
    lab.ao().write(2.5)
    task = lab.ai("Dev1/ai0:1", rate=1000.0, count=5)
    data = np.zeros((2, 5), dtype=np.int16)
    AnalogUnscaledReader(task.in_stream).read_int16(data, 5)
    assert np.all(np.abs(data[0] - 8192) <= 1) and np.all(np.abs(data[1] + 8192) <= 1)


def test_an_output_is_read_back_without_a_wire(lab):
    task = lab.ao("Dev1/ao0:3")
    task.write([1.25, -2.5, 3.75, -5.0])
    back = lab.ai(",".join(f"Dev1/_ao{n}_vs_aognd" for n in range(4)))
    assert back.read() == pytest.approx([1.25, -2.5, 3.75, -5.0], abs=LSB)


def test_a_simulated_card_reads_a_sine_within_the_limits_where_nothing_is_wired(open_lab):
    lab = open_lab(cards={"Dev1": {"is_simulated": True}})
    assert lab.system().devices["Dev1"].is_simulated
    task = lab.task()
    task.ai_channels.add_ai_voltage_chan("Dev1/ai7", min_val=1.0, max_val=3.0)
    task.timing.cfg_samp_clk_timing(1e4, samps_per_chan=200)
    data = np.array(task.read(200))
    assert 1.0 <= data.min() < 1.6 and 2.4 < data.max() <= 3.0
