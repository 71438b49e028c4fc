"""Analogue outputs: at once, by the clock, once or over and over; what stands afterwards."""

import nidaqmx
import numpy as np
import pytest
from daq_lab import CONTINUOUS, refused
from nidaqmx.constants import RegenerationMode

LSB = 10 / 32768


def levels(lab, terminal="te"):
    """What stood at a terminal, and how long, without what no time passed at."""
    found = []
    for drives, lasts in lab.device.stretches:
        if found and found[-1][0] == drives[terminal]:
            found[-1][1] += lasts
        else:
            found.append([drives[terminal], lasts])
    return found


def test_a_written_value_stands_at_the_terminal_and_stays(lab):
    assert lab.volts() == 0.0
    task = lab.ao()
    task.write(1.25)
    assert lab.volts() == 1.25
    task.close()
    assert lab.volts() == 1.25


def test_values_are_those_of_a_16_bit_converter(lab):
    task = lab.ao()
    for volts in (0.1, -3.3333, 9.9, -10.0):
        task.write(volts)
        assert abs(lab.volts() - volts) <= LSB / 2
        assert round(lab.volts() / LSB) * LSB == lab.volts()
    task.write(10.0)
    assert lab.volts() == 10.0 - LSB


def test_a_finite_waveform_is_put_out_sample_by_sample_on_the_clock_of_the_world(either):
    lab = either
    task = lab.ao(rate=1000.0, count=6)
    assert task.write([1.25, 1.25, -1.25, 0.625, 0.625, 0.625]) == 6
    begun = lab.clock.now()
    task.start()
    assert not task.is_task_done()
    task.wait_until_done()
    assert task.is_task_done()
    assert lab.clock.now() - begun == pytest.approx(6e-3)
    lab.server.world.read(lab.clock.now(), "te")
    assert [level for level, _ in levels(lab)] == [1.25, -1.25, 0.625]
    assert [lasts for _, lasts in levels(lab)] == pytest.approx([2e-3, 1e-3, 3e-3])


def test_a_finite_task_of_a_second_passes_a_second(lab):
    task = lab.ao(rate=1000.0, count=1000)
    task.write(np.zeros(1000))
    task.start()
    task.wait_until_done()
    assert lab.clock.now() == pytest.approx(1.0)


def test_the_world_is_told_of_distinct_levels_only(lab):
    task = lab.ao(rate=1e5, count=100_000)
    task.write(np.repeat([1.25, 2.5, 1.25, 0.0], 25_000))
    lab.device.stretches.clear()
    task.start()
    task.wait_until_done()
    lab.server.world.read(lab.clock.now(), "te")
    assert [level for level, _ in lab.device.stretches] == [
        {"te": level, "be": 0.0} for level in (1.25, 2.5, 1.25, 0.0)
    ]


def test_the_last_value_is_held_after_stop_and_close(lab):
    task = lab.ao(rate=1000.0, count=2)
    task.write([1.25, 2.5])
    task.start()
    task.wait_until_done()
    task.stop()
    assert lab.volts() == 2.5
    task.close()
    assert lab.volts() == 2.5


def test_a_stop_in_the_middle_leaves_what_was_on(lab):
    task = lab.ao(rate=1000.0, count=100)
    task.write(np.repeat([1.25, 2.5], 50))
    task.start()
    lab.clock.sleep(60.5e-3)
    task.stop()
    lab.clock.sleep(1.0)
    assert lab.volts() == 2.5


def test_the_same_data_are_put_out_again_after_a_stop(lab):
    task = lab.ao(rate=1000.0, count=3)
    task.write([1.25, 2.5, 3.75])
    for _ in range(2):
        task.start()
        task.wait_until_done()
        assert lab.volts() == 3.75
        task.stop()
    task.write([5.0, 6.25, 7.5])
    task.start()
    task.wait_until_done()
    assert lab.volts() == 7.5


def test_a_task_that_was_stopped_begins_with_its_first_sample(lab):
    task = lab.ao(rate=1000.0, count=3)
    task.write([1.25, 2.5, 3.75])
    task.start()
    lab.clock.sleep(1.5e-3)
    task.stop()
    assert lab.volts() == 2.5
    task.start()
    assert lab.volts() == 1.25


def test_two_outputs_move_together(open_lab):
    lab = open_lab(wiring={"Dev1/ao0": "te", "Dev1/ao1": "be"})
    task = lab.ao("Dev1/ao0:1", rate=1000.0, count=3)
    task.write([[1.25, 2.5, 2.5], [-1.25, -1.25, -3.75]])
    lab.device.stretches.clear()
    task.start()
    task.wait_until_done()
    lab.server.world.read(lab.clock.now(), "te")
    assert [drives for drives, _ in lab.device.stretches] == [
        {"te": 1.25, "be": -1.25},
        {"te": 2.5, "be": -1.25},
        {"te": 2.5, "be": -3.75},
    ]


def test_fewer_samples_than_the_task_has_are_put_out_over_and_over(lab):
    task = lab.ao(rate=1000.0, count=5)
    task.write([1.25, 2.5])
    lab.device.stretches.clear()
    task.start()
    task.wait_until_done()
    lab.server.world.read(lab.clock.now(), "te")
    assert [level for level, _ in levels(lab)] == [1.25, 2.5, 1.25, 2.5, 1.25]


def test_a_continuous_task_repeats_its_buffer_until_it_is_stopped(lab):
    task = lab.ao(rate=1000.0, count=4, mode=CONTINUOUS)
    task.write([0.0, 1.25, 2.5, 3.75])
    task.start()
    lab.clock.sleep(9.5e-3)
    assert not task.is_task_done()
    assert task.out_stream.total_samp_per_chan_generated == 10
    assert refused(task.wait_until_done, 0.01) == -200560
    task.stop()
    assert task.is_task_done()


def test_new_samples_replace_those_that_are_repeated(lab):
    task = lab.ao(rate=1000.0, count=2, mode=CONTINUOUS)
    task.write([1.25, 1.25])
    task.start()
    lab.clock.sleep(3e-3)
    task.write([5.0, 5.0])
    lab.clock.sleep(3e-3)
    task.is_task_done()
    assert lab.volts() == 5.0


def streamed(lab, size=100):
    task = lab.ao(rate=1000.0, count=size, mode=CONTINUOUS)
    task.out_stream.regen_mode = RegenerationMode.DONT_ALLOW_REGENERATION
    task.out_stream.output_buf_size = size
    return task


def test_without_regeneration_each_sample_is_put_out_once(open_lab):
    lab = open_lab(cards={"Dev1": {"ao_fifo": 0}})
    task = streamed(lab)
    data = np.arange(400) * 10 * LSB
    task.write(data[:100])
    task.start()
    for start in range(100, 400, 50):
        assert task.write(data[start : start + 50]) == 50
        assert task.out_stream.curr_write_pos == start + 50
        assert task.out_stream.space_avail == 0
    task.stop()
    lab.server.world.read(lab.clock.now(), "te")
    found = [level for level, _ in levels(lab) if level]
    assert found == pytest.approx(data[1 : len(found) + 1])
    assert 250 <= len(found) <= 350


def test_without_regeneration_a_missing_sample_stops_the_task_before_an_old_one(open_lab):
    lab = open_lab(cards={"Dev1": {"ao_fifo": 0}})
    task = streamed(lab)
    task.write(np.linspace(0, 1, 100))
    task.start()
    lab.clock.sleep(0.2)
    assert refused(task.is_task_done) == -200290
    assert refused(task.write, np.zeros(10)) == -200290
    assert refused(task.wait_until_done) == -200290
    assert abs(lab.volts() - 1.0) < LSB
    assert refused(task.stop) == -200290
    task.stop()  # told once; the task has stopped


def test_a_finite_record_may_be_written_in_parts_while_it_runs(lab):
    task = lab.ao(rate=1000.0, count=1000)
    task.out_stream.regen_mode = RegenerationMode.DONT_ALLOW_REGENERATION
    task.out_stream.output_buf_size = 200
    task.write(np.full(200, 0.625))
    task.start()
    for level in (1.25, 1.5, 2.0, 2.5):
        assert task.write(np.full(200, level)) == 200
    task.wait_until_done()
    assert lab.volts() == 2.5
    assert lab.clock.now() == pytest.approx(1.0)


def test_an_output_drives_no_more_current_than_it_can(open_lab):
    lab = open_lab(cards={"Dev1": {"ao_current": "2 mA", "ai_noise": ["0 V"]}})
    lab.ao().write(6.25)
    assert lab.ai().read() == pytest.approx(2.0, abs=LSB)  # V, at 1 kohm of the amplifier


def test_reset_takes_the_outputs_to_zero_and_ends_the_tasks(lab):
    task = lab.ao(rate=1000.0, count=2, mode=CONTINUOUS)
    task.write([3.75, 5.0])
    task.start()
    lab.clock.sleep(1e-2)
    lab.system().devices["Dev1"].reset_device()
    assert lab.volts() == 0.0
    assert task.is_task_done()


@pytest.mark.parametrize(
    "product", ["PCIe-6363", "PXIe-6363", "PXI-6733", "PCIe-6738", "PXIe-6343"]
)
def test_every_product_has_its_lines_and_rates(open_lab, product):
    from mho.sim_instruments.ni_daqmx.specifications import SPECIFICATIONS

    what = SPECIFICATIONS[product]
    lab = open_lab(cards={"Dev1": {"product": product}}, wiring={}, amplifiers={})
    device = lab.system().devices["Dev1"]
    assert device.product_type == product
    assert len(device.ao_physical_chans) == what.ao
    assert len(device.ai_physical_chans) == what.ai
    assert len(device.do_lines) == sum(port.lines for port in what.ports)
    task = lab.ao(f"Dev1/ao0:{what.ao - 1}", rate=what.ao_rates[-1], count=10)
    task.write(np.zeros((what.ao, 10)))
    task.start()
    task.wait_until_done()
    task.close()
    task = lab.ao("Dev1/ao0", rate=what.ao_rates[0] * 1.01, count=10)
    assert refused(task.write, np.zeros(10)) == -200332


def test_tasks_are_seen_by_whoever_knows_their_name(lab):
    first = lab.task("ramp")
    first.ao_channels.add_ao_voltage_chan("Dev1/ao0")
    second = nidaqmx.Task("ramp", grpc_options=lab.options("ramp"))
    assert second.channel_names == ["Dev1/ao0"]
    second.write(1.25)
    assert lab.volts() == 1.25
