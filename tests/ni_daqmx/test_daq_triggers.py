"""Tasks that wait for each other: start triggers, shared clocks, exported signals, counters."""

import numpy as np
import pytest
from daq_lab import CONTINUOUS, FINITE, refused
from nidaqmx.constants import Edge, Level, Signal, TriggerType

LSB = 10 / 32768
STEPS = np.array([1.25, 2.5, -1.25, 0.0])


def pair(lab, rate=1e4, count=100, ai_rate=None):
    """An output of four levels and an input, not yet started."""
    ao = lab.ao(rate=rate, count=count)
    ao.write(np.repeat(STEPS, count // 4))
    ai_count = count if ai_rate is None else round(count * ai_rate / rate)
    return ao, lab.ai(rate=ai_rate or rate, count=ai_count)


def assert_played(ai, ao, output_first=False):
    """Start both, the input first unless it is said otherwise: it sees what the output puts out."""
    for task in (ao, ai) if output_first else (ai, ao):
        task.start()
    assert np.array(ai.read(100)) == pytest.approx(np.repeat(STEPS, 25), abs=LSB)


def test_an_input_armed_on_the_output_is_played_with_it(either):
    lab = either
    ao, ai = pair(lab)
    ai.triggers.start_trigger.cfg_dig_edge_start_trig("/Dev1/ao/StartTrigger")
    ai.start()
    lab.clock.sleep(0.5)
    assert ai.in_stream.total_samp_per_chan_acquired == 0  # it waits
    ao.start()
    data = np.array(ai.read(100))
    assert data == pytest.approx(np.repeat(STEPS, 25), abs=LSB)


def test_a_sample_at_the_moment_of_a_step_sees_the_new_level(open_lab):
    lab = open_lab(cards={"Dev1": {"ai_noise": ["0 V"], "ai_start_delay": "0 s"}})
    ao, ai = pair(lab)
    ai.triggers.start_trigger.cfg_dig_edge_start_trig("/Dev1/ao/StartTrigger")
    assert_played(ai, ao)


def test_an_output_armed_on_the_input_is_played_with_it(lab):
    ao, ai = pair(lab)
    ao.triggers.start_trigger.cfg_dig_edge_start_trig("/Dev1/ai/StartTrigger")
    ao.start()
    lab.clock.sleep(0.1)
    assert lab.volts() == 0.0
    ai.start()
    assert np.array(ai.read(100)) == pytest.approx(np.repeat(STEPS, 25), abs=LSB)


def test_an_input_counts_the_output_s_clock(lab):
    ao, ai = pair(lab)
    ai.timing.samp_clk_src = "/Dev1/ao/SampleClock"
    ai.start()
    lab.clock.sleep(0.1)
    ao.start()
    data = np.array(ai.read(100))
    assert data == pytest.approx(np.repeat(STEPS, 25), abs=LSB)
    ao.wait_until_done()
    ai.wait_until_done()


def test_an_output_counts_the_input_s_clock(lab):
    ao, ai = pair(lab)
    ao.timing.samp_clk_src = "ai/SampleClock"
    assert_played(ai, ao, output_first=True)


def test_an_input_may_be_faster_than_the_output(lab):
    ao, ai = pair(lab, rate=1e4, count=100, ai_rate=1e5)
    ai.triggers.start_trigger.cfg_dig_edge_start_trig("/Dev1/ao/StartTrigger")
    ai.start()
    ao.start()
    assert np.array(ai.read(1000)) == pytest.approx(np.repeat(STEPS, 250), abs=LSB)


def test_an_input_may_be_slower_than_the_output(lab):
    ao, ai = pair(lab, rate=1e5, count=1000, ai_rate=1e4)
    ai.triggers.start_trigger.cfg_dig_edge_start_trig("/Dev1/ao/StartTrigger")
    assert_played(ai, ao)


def test_an_exported_trigger_is_at_the_line_it_was_exported_to(lab):
    ao, ai = pair(lab)
    ao.export_signals.export_signal(Signal.START_TRIGGER, "/Dev1/PFI3")
    ai.triggers.start_trigger.cfg_dig_edge_start_trig("PFI3")
    assert_played(ai, ao)


def test_an_exported_clock_is_at_the_line_it_was_exported_to(lab):
    ao, ai = pair(lab)
    ao.export_signals.samp_clk_output_term = "/Dev1/RTSI0"
    ai.timing.samp_clk_src = "/Dev1/RTSI0"
    assert_played(ai, ao)


def test_lines_of_the_backplane_lead_to_other_cards(open_lab):
    quiet = {"product": "PXIe-6363", "ai_noise": ["0 V"]}
    lab = open_lab(
        cards={"Dev1": quiet, "Dev2": quiet},
        wiring={"Dev1/ao0": "te", "Dev2/ai0": "be"},
        amplifiers={"Dev2/ai0": {"gain": "-1 kohm"}},
    )
    ao = lab.ao(rate=1e4, count=100)
    ao.write(np.repeat(STEPS, 25))
    ao.export_signals.export_signal(Signal.START_TRIGGER, "/Dev1/PXI_Trig2")
    ai = lab.ai("Dev2/ai0", rate=1e4, count=100)
    ai.triggers.start_trigger.cfg_dig_edge_start_trig("/Dev2/PXI_Trig2")
    assert_played(ai, ao)


def test_without_the_trigger_nothing_comes_within_the_time(lab):
    _, ai = pair(lab)
    ai.triggers.start_trigger.cfg_dig_edge_start_trig("/Dev1/PFI0")
    ai.start()
    begun = lab.clock.now()
    assert refused(ai.read, 1, timeout=2.0) == -200284
    assert lab.clock.now() - begun == pytest.approx(2.0)
    assert refused(ai.wait_until_done, 1.0) == -200560


def test_a_line_that_is_set_by_hand_triggers(lab):
    _, ai = pair(lab)
    ai.triggers.start_trigger.cfg_dig_edge_start_trig("/Dev1/PFI1")
    ai.start()
    line = lab.task()
    line.do_channels.add_do_chan("Dev1/port1/line1")
    line.write(False)
    assert ai.in_stream.total_samp_per_chan_acquired == 0
    line.write(True)
    assert len(ai.read(100)) == 100


def test_a_delay_comes_between_trigger_and_start(lab):
    lab.ao().write(2.5)
    ao, ai = pair(lab)
    ai.triggers.start_trigger.cfg_dig_edge_start_trig("/Dev1/ao/StartTrigger")
    ai.triggers.start_trigger.delay = 2.5e-3  # s: a quarter of the waveform
    ai.start()
    ao.start()
    data = np.array(ai.read(100))
    assert data[:75] == pytest.approx(np.repeat(STEPS, 25)[25:], abs=LSB)


def test_a_retriggerable_input_starts_with_every_trigger(lab):
    ai = lab.ai(rate=1e4, count=10)
    ai.triggers.start_trigger.cfg_dig_edge_start_trig("/Dev1/PFI0")
    ai.triggers.start_trigger.retriggerable = True
    ai.start()
    line = lab.task()
    line.do_channels.add_do_chan("Dev1/port1/line0")
    for count in (10, 20, 30):
        line.write(False)
        line.write(True)
        lab.clock.sleep(5e-3)
        assert ai.in_stream.total_samp_per_chan_acquired == count
    assert not ai.is_task_done()


@pytest.mark.parametrize("edge", [Edge.RISING, Edge.FALLING])
def test_a_counter_clocks_both(lab, edge):
    clock = lab.task()
    clock.co_channels.add_co_pulse_chan_freq("Dev1/ctr0", freq=1e4)
    clock.timing.cfg_implicit_timing(sample_mode=FINITE, samps_per_chan=100)
    ao, ai = pair(lab)
    for task in (ao, ai):
        task.timing.samp_clk_src = "/Dev1/Ctr0InternalOutput"
    ai.timing.samp_clk_active_edge = edge
    ai.start()
    ao.start()
    assert ai.in_stream.total_samp_per_chan_acquired == 0
    clock.start()
    assert np.array(ai.read(100)) == pytest.approx(np.repeat(STEPS, 25), abs=LSB)
    clock.wait_until_done()


def test_an_output_on_the_falling_edge_is_half_a_period_later(lab):
    clock = lab.task()
    clock.co_channels.add_co_pulse_chan_freq("Dev1/ctr0", freq=1e4)
    clock.timing.cfg_implicit_timing(sample_mode=FINITE, samps_per_chan=100)
    ao, ai = pair(lab)
    for task in (ao, ai):
        task.timing.samp_clk_src = "/Dev1/Ctr0InternalOutput"
    ao.timing.samp_clk_active_edge = Edge.FALLING
    ai.start()
    ao.start()
    clock.start()
    expected = np.concatenate(([0.0], np.repeat(STEPS, 25)[:-1]))
    assert np.array(ai.read(100)) == pytest.approx(expected, abs=LSB)


def test_a_clock_that_stops_gives_no_more_samples_and_goes_on_when_it_starts_again(lab):
    clock = lab.task()
    clock.co_channels.add_co_pulse_chan_freq("Dev1/ctr1", freq=1e4)
    clock.timing.cfg_implicit_timing(sample_mode=CONTINUOUS)
    ai = lab.ai(rate=1e4, count=100)
    ai.timing.samp_clk_src = "Ctr1InternalOutput"
    ai.start()
    clock.start()
    lab.clock.sleep(2.05e-3)
    clock.stop()
    lab.clock.sleep(1.0)
    assert ai.in_stream.total_samp_per_chan_acquired == 21
    clock.start()
    assert len(ai.read(100)) == 100


def test_a_stopped_task_waits_for_nothing(lab):
    ao, ai = pair(lab)
    ai.triggers.start_trigger.cfg_dig_edge_start_trig("/Dev1/ao/StartTrigger")
    ai.start()
    ai.stop()
    ao.start()
    ao.wait_until_done()
    assert ai.in_stream.total_samp_per_chan_acquired == 0


def by_hand(lab, number=0):
    """PFI0 ... as a line that is set by hand."""
    line = lab.task()
    line.do_channels.add_do_chan(f"Dev1/port1/line{number}")
    line.write(False)
    return line


@pytest.fixture
def ramp(lab):
    """An output that rises by 1 mV a sample at 10 kHz for as long as it is let, and its input."""
    ao = lab.ao(rate=1e4, count=4000)
    ao.write(np.arange(4000) * 1e-3)
    return ao


def clocked(lab, count=100):
    ai = lab.ai(rate=1e4, count=count)
    ai.triggers.start_trigger.cfg_dig_edge_start_trig("/Dev1/ao/StartTrigger")
    return ai


@pytest.mark.parametrize("edge", [Edge.RISING, Edge.FALLING])
def test_a_reference_trigger_keeps_what_came_before_it(lab, ramp, edge):
    ai, line = clocked(lab), by_hand(lab)
    ai.triggers.reference_trigger.cfg_dig_edge_ref_trig(
        "/Dev1/PFI0", pretrigger_samples=40, trigger_edge=edge
    )
    ai.start()
    ramp.start()
    lab.clock.sleep(2.05e-3)
    line.write(True)  # too early: 21 samples have come
    line.write(False)
    lab.clock.sleep(100e-3)
    assert refused(ai.read, 100, timeout=0.1) == -200284
    line.write(True)
    lab.clock.sleep(10e-3)
    line.write(False)
    data = np.array(ai.read(100))
    came = 2022 - 1000 + 1000 + (100 if edge is Edge.FALLING else 0)
    assert np.diff(data) == pytest.approx(np.full(99, 1e-3), abs=2.1 * LSB)
    assert data[40] == pytest.approx(came * 1e-3, abs=3e-3)
    ai.wait_until_done()
    assert refused(ai.read, 1, timeout=0.1) == -200278


def test_what_a_reference_trigger_leaves_is_read_from_where_one_likes(lab, ramp):
    from nidaqmx.constants import ReadRelativeTo

    ai, line = clocked(lab), by_hand(lab)
    ai.triggers.reference_trigger.cfg_dig_edge_ref_trig("/Dev1/PFI0", pretrigger_samples=40)
    ai.start()
    ramp.start()
    lab.clock.sleep(50e-3)
    line.write(True)
    whole = np.array(ai.read(100))
    for relative, offset, first in (
        (ReadRelativeTo.FIRST_PRETRIGGER_SAMPLE, 0, 0),
        (ReadRelativeTo.REFERENCE_TRIGGER, 0, 40),
        (ReadRelativeTo.REFERENCE_TRIGGER, -10, 30),
        (ReadRelativeTo.FIRST_SAMPLE, 0, 0),
    ):
        ai.in_stream.relative_to, ai.in_stream.offset = relative, offset
        assert np.array(ai.read(20)) == pytest.approx(whole[first : first + 20])


def test_a_reference_trigger_is_refused_where_no_card_has_it(lab):
    def code(task, before=10, **others):
        task.triggers.reference_trigger.cfg_dig_edge_ref_trig(
            others.get("at", "/Dev1/PFI0"), pretrigger_samples=before
        )
        if others.get("pause"):
            task.triggers.pause_trigger.dig_lvl_src = "/Dev1/PFI1"
            task.triggers.pause_trigger.trig_type = TriggerType.DIGITAL_LEVEL
        return refused(task.start)

    right = lab.ai(rate=1e4, count=100)
    right.triggers.reference_trigger.cfg_dig_edge_ref_trig("/Dev1/PFI0", pretrigger_samples=10)
    right.start()
    right.close()
    ao = lab.ao(rate=1e4, count=100)
    ao.write(np.zeros(100))
    assert code(ao) == -200452
    assert code(lab.ai(rate=1e4, count=100, mode=CONTINUOUS)) == -200358
    assert code(lab.ai(rate=1e4, count=100), 99) == -200213
    assert code(lab.ai(rate=1e4, count=100), 1) == -200077
    assert code(lab.ai(rate=1e4, count=100), at="/Dev1/PFI99") == -89120
    assert code(lab.ai(rate=1e4, count=100), pause=True) == -200628
    assert code(lab.ai()) == -200262


def pausing(task, when=Level.HIGH, at="/Dev1/PFI0"):
    task.triggers.pause_trigger.trig_type = TriggerType.DIGITAL_LEVEL
    task.triggers.pause_trigger.dig_lvl_src = at
    task.triggers.pause_trigger.dig_lvl_when = when


@pytest.mark.parametrize("when", [Level.HIGH, Level.LOW])
def test_a_pause_trigger_halts_an_input_and_it_goes_on(lab, when):
    ai, line = lab.ai(rate=1e4, count=100), by_hand(lab)
    line.write(when is Level.LOW)
    pausing(ai, when)
    ai.start()
    lab.clock.sleep(2.05e-3)
    line.write(when is Level.HIGH)
    lab.clock.sleep(1.0)
    assert ai.in_stream.total_samp_per_chan_acquired == 21
    assert not ai.is_task_done()
    line.write(when is Level.LOW)
    begun = lab.clock.now()
    assert len(ai.read(100)) == 100
    assert lab.clock.now() - begun == pytest.approx(78.5e-4, abs=1.5e-4)
    ai.wait_until_done()


def test_an_output_that_pauses_stands_still_and_takes_with_it_what_it_clocks(lab, ramp):
    line, ai = by_hand(lab), lab.ai(rate=1e4, count=100)
    ai.timing.samp_clk_src = "/Dev1/ao/SampleClock"
    pausing(ramp)
    ai.start()
    ramp.start()
    lab.clock.sleep(5.05e-3)
    line.write(True)
    lab.clock.sleep(0.5)
    assert lab.volts() == pytest.approx(50e-3, abs=LSB)
    assert ai.in_stream.total_samp_per_chan_acquired == 51
    line.write(False)
    assert np.diff(ai.read(100)) == pytest.approx(np.full(99, 1e-3), abs=2.1 * LSB)


def test_a_task_on_another_s_clock_misses_its_edges_while_it_pauses(lab, ramp):
    line, ai = by_hand(lab), lab.ai(rate=1e4, count=100)
    ai.timing.samp_clk_src = "/Dev1/ao/SampleClock"
    pausing(ai)
    ai.start()
    line.write(True)
    ramp.start()
    lab.clock.sleep(5.05e-3)
    assert ai.in_stream.total_samp_per_chan_acquired == 0
    line.write(False)
    lab.clock.sleep(5e-3)
    line.write(True)
    lab.clock.sleep(5e-3)
    line.write(False)
    data = np.array(ai.read(100))
    assert data[[0, 49]] == pytest.approx([51e-3, 100e-3], abs=3e-3)
    assert data[50] == pytest.approx(151e-3, abs=3e-3)


def test_a_pause_trigger_is_refused_where_it_is_not_simulated(lab):
    counter = lab.task()
    counter.co_channels.add_co_pulse_chan_freq("Dev1/ctr0")
    counter.timing.cfg_implicit_timing(sample_mode=FINITE, samps_per_chan=10)
    pausing(counter)
    assert refused(counter.start) == -200452
    ai = lab.ai(rate=1e4, count=100)
    pausing(ai, at="/Dev1/PFI99")
    assert refused(ai.start) == -89120
    on_demand = lab.ai()
    pausing(on_demand)
    assert refused(on_demand.start) == -200262


def test_no_clock_goes_from_a_card_of_one_bus_to_one_of_another(open_lab):
    lab = open_lab(cards={"Dev1": {}, "Dev2": {"product": "PXIe-6363"}, "Dev3": {}})
    for source, code in (("Dev2", -89125), ("Dev4", -89120), ("Dev3", None)):
        ao = lab.ao(rate=1e4, count=100)
        ao.write(np.zeros(100))
        ao.timing.samp_clk_src = f"/{source}/ai/SampleClock"
        if code is None:
            ao.start()
        else:
            assert refused(ao.start) == code
        ao.close()
