"""Standard pulse mode on a resistor: trains, sweeps, steps, windows, ranges, load line."""

import pytest

from mho.sim_instruments.keithley_4200a import Chassis, PmuCard, SmuCard

START = (
    ":PMU:INIT 0",
    ":PMU:PULSE:TIMES 1, 2e-6, 1e-6, 1e-7, 2e-7",
    ":PMU:OUTPUT:STATE 1, 1",
)


@pytest.fixture
def pulse(connect, make_resistor):
    """A line with PMU1-1 at a resistor."""

    def make(resistance=10e3, **more):
        line = connect(make_resistor(resistance), {"PMU1-1": "TE"}, **more)
        line.tell(*START)
        return line

    return make


def execute(line):
    line.tell(":PMU:EXECUTE")
    assert line.ask(":PMU:TEST:STATUS?") == "1"
    assert line.ask(":PMU:TEST:STATUS?") == "0"


def test_train_has_a_high_and_a_low_reading_a_pulse(pulse):
    line = pulse()
    line.tell(":PMU:PULSE:TRAIN 1, 0, 2", ":PMU:PULSE:BURST:COUNT 3")
    execute(line)
    assert line.ask(":PMU:DATA:COUNT? 1") == "3"
    points = line.points()
    assert [len(point) for point in points] == [8, 8, 8]
    for number, point in enumerate(points):
        high, low = point[:4], point[4:]
        assert float(high[0]) == pytest.approx(2 * 10e3 / (10e3 + 50), rel=2e-3)
        assert float(high[1]) == pytest.approx(199e-6, abs=2e-6)
        assert float(low[0]) == pytest.approx(0, abs=2e-3)
        assert high[3] == low[3] == "01010051"  # RPM, spot mean, 10 mA, 10 V, channel 1
        # flat top from 0.1 us for 0.85 us, read from 75 % to 90 % of it
        assert float(high[2]) == pytest.approx(number * 2e-6 + 1e-7 + 0.825 * 0.85e-6)
        assert float(low[2]) == pytest.approx(number * 2e-6 + 1.15e-6 + 0.825 * 0.85e-6)
    assert line.clock.now() == pytest.approx(6e-6)


def test_the_device_sees_the_pulse_as_timed(connect, noting):
    device = noting(1e9, terminals=("TE",))
    line = connect(device, {"PMU1-1": "TE"}, ramp_steps=2, noise=0, execute_overhead=1e-3)
    line.tell(*START, ":PMU:PULSE:TIMES 1, 2e-6, 1e-6, 1e-7, 2e-7, 3e-7")
    line.tell(":PMU:PULSE:TRAIN 1, 0.5, 1.5", ":PMU:LOAD 1, 1e7")
    execute(line)
    durations = [duration for duration, _ in line.stretches()]
    levels = [drives.get("TE") for _, drives in line.stretches()]
    # the relay closes at the start of the run; windows split top (0.85 us) and base (0.55 us)
    assert durations == pytest.approx(
        [1e-3, 3e-7, 5e-8, 5e-8, 0.765e-6, 0.085e-6, 1e-7, 1e-7, 0.495e-6, 0.055e-6], rel=1e-4
    )
    assert levels[0] is None
    assert levels[1:] == pytest.approx([0.5, 0.75, 1.25, 1.5, 1.5, 1.25, 0.75, 0.5, 0.5], rel=1e-4)
    line.tell(":PMU:OUTPUT:STATE 1, 0")
    assert line.instrument.world.drives() == {}


def test_load_line(pulse):
    line = pulse(200.0)
    line.tell(":PMU:MEASURE:RANGE 1, 2, 0.2", ":PMU:PULSE:TRAIN 1, 0, 2")
    execute(line)
    (point,) = line.points()
    assert float(point[0]) == pytest.approx(2 * 200 / 250, rel=2e-3)
    line.tell(":PMU:LOAD 1, 200")
    execute(line)
    (point,) = line.points()
    assert float(point[0]) == pytest.approx(2.0, rel=2e-3)


def test_load_line_compensation(pulse):
    line = pulse(200.0, noise=0)
    line.tell(":PMU:LLEC:CONFIGURE 1, 1", ":PMU:MEASURE:RANGE 1, 2, 0.2")
    line.tell(":PMU:PULSE:TRAIN 1, 0, 2")
    execute(line)
    (point,) = line.points()
    assert float(point[0]) == pytest.approx(2.0, rel=1e-6)
    assert point[3] == "31010061"
    line.tell(":PMU:PULSE:TRAIN 1, 0, 9")
    execute(line)
    (point,) = line.points()
    assert float(point[0]) == pytest.approx(8.0, rel=1e-6)  # 10 V behind 50 ohm
    assert point[3] == "11011061"  # compensation failed, source compliance


@pytest.mark.parametrize(
    ("amplitude", "word", "limit"), [(5, "01010811", 1e-6), (-5, "01010411", -1e-6)]
)
def test_overflow_of_a_current_range(pulse, amplitude, word, limit):
    line = pulse()
    line.tell(":PMU:MEASURE:RANGE 1, 2, 5e-7", f":PMU:PULSE:TRAIN 1, 0, {amplitude}")
    execute(line)
    (point,) = line.points()
    assert float(point[1]) == limit
    assert point[3] == word


def test_auto_range_and_limited_auto_range(pulse):
    line = pulse(noise=0)
    line.tell(":PMU:MEASURE:RANGE 1, 0", ":PMU:PULSE:TRAIN 1, 0, 5")
    execute(line)
    (point,) = line.points()
    assert (point[3], point[7]) == ("01010041", "01010001")
    line.tell(":PMU:MEASURE:RANGE 1, 1, 1e-4")
    execute(line)
    (point,) = line.points()
    assert (point[3], point[7]) == ("01010041", "01010031")


def test_current_ranges_without_rpm_and_at_40_volts(connect, make_resistor):
    chassis = Chassis(pmus=(PmuCard(rpms=()),))
    line = connect(make_resistor(), {"PMU1-2": "TE"}, chassis=chassis)
    line.tell(":PMU:INIT 0", ":PMU:MEASURE:RANGE 2, 2, 1e-6", ":PMU:PULSE:TRAIN 2, 0, 1")
    line.tell(":PMU:OUTPUT:STATE 2, 1")
    execute(line)
    assert line.points(2)[0][3] == "00010052"  # no RPM, 10 mA is the smallest; channel 2
    line.tell(":PMU:SOURCE:RANGE 2, 40", ":PMU:PULSE:TIMES 2, 1e-5, 1e-6, 1e-7, 1e-7")
    execute(line)
    assert line.points(2)[0][3] == "00010036"  # 40 V, 100 uA
    line.tell(":PMU:SOURCE:RANGE 2, 10", ":PMU:MEASURE:RANGE 2, 2, 0.5")
    assert line.refused(":PMU:EXECUTE") == -967


def test_amplitude_sweep_both_ways(pulse):
    line = pulse()
    line.tell(":PMU:SWEEP:PULSE:AMPLITUDE 1, 0, 2, 0.5, 0, 1", ":PMU:MEASURE:PIV 1, 1, 0")
    execute(line)
    points = line.points()
    assert [len(point) for point in points] == [4] * 10
    expected = [0, 0.5, 1, 1.5, 2, 2, 1.5, 1, 0.5, 0]
    assert [float(point[0]) for point in points] == pytest.approx(expected, abs=0.02)
    assert line.ask(":PMU:DATA:GET 1, 4, 1, VH") == points[4][0]
    assert line.ask(":PMU:DATA:GET 1, 0, 2, SH VH") == ";".join(
        f"{point[3]},{point[0]}" for point in points[:2]
    )


def test_base_and_dc_sweeps(pulse):
    line = pulse()
    line.tell(":PMU:SWEEP:PULSE:BASE 1, 0, 1, 1, 2, 0")
    execute(line)
    points = line.points()
    assert [float(p[0]) for p in points] == pytest.approx([2, 2], abs=0.02)
    assert [float(p[4]) for p in points] == pytest.approx([0, 1], abs=0.02)
    line.tell(":PMU:SWEEP:DC 1, 1, 2, 1, 0")
    execute(line)
    assert [float(p[4]) for p in line.points()] == pytest.approx([1, 2], abs=0.02)


def test_steps_need_a_sweep_and_equal_counts(connect, noting):
    line = connect(noting(), {"PMU1-1": "TE", "PMU1-2": "gate"})
    line.tell(*START, ":PMU:PULSE:TIMES 2, 2e-6, 1e-6, 1e-7, 1e-7", ":PMU:OUTPUT:STATE 2, 1")
    line.tell(":PMU:STEP:DC 2, 1, 2, 1", ":PMU:PULSE:TRAIN 1, 0, 1")
    assert line.refused(":PMU:EXECUTE") == -953
    line.tell(":PMU:SWEEP:PULSE:AMPLITUDE 1, 1, 3, 1, 0, 0")
    execute(line)
    assert [round(float(p[0])) for p in line.points(1)] == [1, 2, 3, 1, 2, 3]
    assert [round(float(p[0])) for p in line.points(2)] == [1, 1, 1, 2, 2, 2]
    line.tell(":PMU:SWEEP:DC 2, 0, 1, 1, 0")
    assert line.refused(":PMU:EXECUTE") == -948


def test_two_channels_share_one_time_axis(connect, noting):
    device = noting(1e9)
    line = connect(device, {"PMU1-1": "TE", "PMU1-2": "gate"}, ramp_steps=1, noise=0)
    line.tell(*START, ":PMU:OUTPUT:STATE 2, 1", ":PMU:MEASURE:MODE 0")
    line.tell(":PMU:PULSE:TIMES 2, 2e-6, 1e-6, 1e-7, 1e-7, 5e-7", ":PMU:PULSE:TRAIN 2, 0, 3")
    line.tell(":PMU:PULSE:TIMES 1, 2e-6, 1e-6, 1e-7, 1e-7", ":PMU:PULSE:TRAIN 1, 0, 1")
    execute(line)
    seen = [
        (duration, tuple(round(level, 2) for level in (drives["TE"], drives["gate"])))
        for duration, drives in line.stretches()
    ]
    assert [levels for _, levels in seen] == [
        (0.5, 0), (1, 0), (1, 1.5), (1, 3), (0.5, 3), (0, 3), (0, 1.5), (0, 0),
    ]  # fmt: skip
    assert [duration for duration, _ in seen] == pytest.approx(
        [1e-7, 4e-7, 1e-7, 4e-7, 1e-7, 4e-7, 1e-7, 4e-7]
    )


def test_averaging_lowers_the_noise_and_the_count(pulse):
    line = pulse()
    line.tell(":PMU:PULSE:TRAIN 1, 0, 1", ":PMU:PULSE:BURST:COUNT 400")
    execute(line)
    assert line.ask(":PMU:DATA:COUNT? 1") == "400"
    single = [float(point[1]) for point in line.points()]
    line.tell(":PMU:MEASURE:MODE 3")
    execute(line)
    ((_, mean, *_),) = line.points()
    spread = max(single) - min(single)
    assert abs(float(mean) - 99.5e-6) < spread / 40


@pytest.mark.parametrize(("mode", "count"), [(2, 3 * 308), (4, 308)])
def test_waveforms(pulse, mode, count):
    line = pulse(noise=0)
    line.tell(":PMU:PULSE:TRAIN 1, 0, 1", ":PMU:PULSE:BURST:COUNT 3", f":PMU:MEASURE:MODE {mode}")
    line.tell(":PMU:PULSE:TIMES 1, 3e-6, 1e-6, 1e-7, 1e-7, 2.2e-7")
    execute(line)
    # from 0.2 D before to 0.2 D after a pulse of D = 1.1 us, at 200 MSa/s
    assert line.ask(":PMU:DATA:COUNT? 1") == str(count)
    points = line.points()
    assert [float(p[2]) for p in points[:2]] == pytest.approx([0, 5e-9])
    volts = [float(p[0]) for p in points[:308]]
    assert volts[44 + 10] == pytest.approx(0.5, abs=5e-3)  # half way up the rise
    assert max(volts) == pytest.approx(0.995, abs=2e-3)
    assert volts[0] == volts[-1] == 0
    assert points[0][3] == "01020051"
    assert len(points[0]) == 4


def test_sample_rate_is_lowered_so_that_everything_fits(pulse):
    line = pulse(noise=0)
    line.tell(":PMU:PULSE:TIMES 1, 2e-3, 1e-3, 1e-4, 1e-4", ":PMU:PULSE:TRAIN 1, 0, 1")
    line.tell(":PMU:MEASURE:MODE 2", ":PMU:SAMPLE:RATE 1e5")
    execute(line)
    assert line.ask(":PMU:DATA:COUNT? 1") == str(int(1.1e-3 * 1.2 * 1e5))
    line.tell(":PMU:PULSE:BURST:COUNT 1000")
    execute(line)
    assert 60000 <= int(line.ask(":PMU:DATA:COUNT? 1")) <= 65536


def test_data_come_in_blocks_and_stay(pulse):
    line = pulse()
    line.tell(":PMU:PULSE:TRAIN 1, 0, 1", ":PMU:PULSE:BURST:COUNT 3000")
    execute(line)
    assert len(line.points()) == 2048
    assert line.ask(":PMU:DATA:GET 1, 2048, 2048").count(";") == 951
    assert line.ask(":PMU:DATA:GET 1, 3000") == ""
    assert line.refused(":PMU:DATA:GET 1, 0, 2049") == -969
    assert line.refused(":PMU:DATA:GET 1, 0, 1, XX") == -969
    assert line.ask(":PMU:DATA:COUNT? 1") == "3000"
    assert line.ask(":PMU:DATA:COUNT? 2") == "0"


def test_count_grows_while_it_runs_and_abort_keeps_the_data(pulse):
    line = pulse(busy_poll=2.1e-6)
    line.tell(":PMU:PULSE:TRAIN 1, 0, 1", ":PMU:PULSE:BURST:COUNT 10", ":PMU:EXECUTE")
    assert [line.ask(":PMU:DATA:COUNT? 1") for _ in range(3)] == ["0", "1", "2"]
    assert line.refused(":PMU:EXECUTE") == -980
    assert line.refused(":PMU:INIT 0") == -980
    line.tell(":PMU:ABORT")
    assert line.ask(":PMU:TEST:STATUS?") == "0"
    assert line.ask(":PMU:DATA:COUNT? 1") == "3"
    assert line.instrument.world.drives() == {}


def test_output_off_in_the_middle_reaches_nothing_more(connect, noting):
    device = noting(1e9, terminals=("TE",))
    line = connect(device, {"PMU1-1": "TE"})
    line.tell(*START, ":PMU:PULSE:TRAIN 1, 1, 2", ":PMU:PULSE:BURST:COUNT 10", ":PMU:EXECUTE")
    line.clock.sleep(5e-6)
    line.tell(":PMU:OUTPUT:STATE 1, 0")
    line.wait()
    assert line.instrument.world.drives() == {}
    assert sum(duration for duration, drives in line.stretches() if drives) <= 5.001e-6


def test_output_stays_at_the_base_after_the_run(pulse):
    line = pulse()
    line.tell(":PMU:PULSE:TRAIN 1, 0.5, 1")
    execute(line)
    assert line.instrument.world.drives()["TE"].level == pytest.approx(0.5, rel=1e-2)


def test_pulses_do_not_pass_an_rpm_that_is_switched_to_the_smu(connect, make_resistor):
    line = connect(make_resistor(), {"SMU1": "TE", "PMU1-1": "TE"})
    line.tell("US;DV1,1,1,1e-3", ":PMU:RPM:CONFIGURE PMU1-1, 2", *START)
    line.tell(":PMU:PULSE:TRAIN 1, 0, 5")
    execute(line)
    (point,) = line.points()
    assert abs(float(point[1])) < 5e-6
    assert point[3] == "03010051"
    assert line.value("TI1") == pytest.approx(1e-4, rel=1e-3)


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ((), -967),  # no levels
        ((":PMU:OUTPUT:STATE 1, 0",), -991),
        ((":PMU:PULSE:TRAIN 1,0,1", ":PMU:MEASURE:PIV 1,0,0"), -947),
        ((":PMU:PULSE:TRAIN 1,0,6", ":PMU:LOAD 1,50"), -964),
        ((":PMU:PULSE:TRAIN 1,0,11",), -964),
        ((":PMU:PULSE:TRAIN 1,-6,6",), -967),
        ((":PMU:PULSE:TRAIN 1,0,1", ":PMU:PULSE:TIMES 1,50e-9,30e-9,20e-9,20e-9"), -967),
        ((":PMU:PULSE:TRAIN 1,0,1", ":PMU:PULSE:TIMES 1,1e-6,5e-7,1e-8,1e-7"), -967),
        ((":PMU:PULSE:TRAIN 1,0,1", ":PMU:PULSE:TIMES 1,1e-6,1e-7,1e-7,1.1e-7"), -967),
        ((":PMU:PULSE:TRAIN 1,0,1", ":PMU:PULSE:TIMES 1,1e-6,9e-7,1e-7,1e-7"), -967),
        ((":PMU:PULSE:TRAIN 1,0,1", ":PMU:PULSE:TIMES 1,1e-6,5e-7,1e-7,1e-7,1e-8"), -967),
        ((":PMU:PULSE:TRAIN 1,0,1", ":PMU:SOURCE:RANGE 1,40"), None),
        (
            (":PMU:PULSE:TRAIN 1,0,1", ":PMU:SOURCE:RANGE 1,40",
             ":PMU:PULSE:TIMES 1,2e-6,2e-7,5e-8,5e-8"), -967,
        ),
        ((":PMU:PULSE:TRAIN 1,0,1", ":PMU:PULSE:TIMES 1,1,0.1,1e-2,1e-2"), -959),
        ((":PMU:PULSE:TRAIN 1,0,5", ":PMU:PULSE:TIMES 1,1,0.1,1e-2,1e-2"), None),
        (
            (":PMU:SWEEP:PULSE:AMPLITUDE 1,0,1,1e-3,0,0", ":PMU:PULSE:BURST:COUNT 100"), -949,
        ),
        ((":PMU:PULSE:TRAIN 1,0,1",), None),
    ],
)  # fmt: skip
def test_checks_at_execute(pulse, messages, code):
    line = pulse()
    line.tell(*messages)
    assert line.refused(":PMU:EXECUTE") == code


def test_chassis_power(connect, make_resistor):
    high_power = SmuCard(model="4210")
    chassis = Chassis(smus=(high_power,) * 5, pmus=(PmuCard(), PmuCard(), PmuCard()))
    line = connect(make_resistor(), {"PMU1-1": "TE"}, chassis=chassis)
    line.tell(*START, ":PMU:PULSE:TRAIN 1,0,1", ":PMU:OUTPUT:STATE 2,1", ":PMU:PULSE:TRAIN 2,0,1")
    line.tell(":PMU:OUTPUT:STATE 5,1", ":PMU:PULSE:TRAIN 5,0,1")
    assert line.refused(":PMU:EXECUTE") is None
    line.wait()
    line.tell(":PMU:SOURCE:RANGE 1,40", ":PMU:SOURCE:RANGE 2,40")
    line.tell(":PMU:PULSE:TIMES 1,2e-6,1e-6,1e-7,1e-7", ":PMU:PULSE:TIMES 2,2e-6,1e-6,1e-7,1e-7")
    assert line.refused(":PMU:EXECUTE") == -950


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (":PMU:SOURCE:RANGE 1,20", -969),
        (":PMU:SOURCE:RANGE 3,10", -978),
        (":PMU:SOURCE:RANGE 9,10", -969),
        (":PMU:MEASURE:RANGE 1,3", -969),
        (":PMU:MEASURE:RANGE 1,2,1", -969),
        (":PMU:LOAD 1,0", -969),
        (":PMU:MEASURE:MODE 5", -969),
        (":PMU:PULSE:BURST:COUNT 10001", -969),
        (":PMU:TIMES:PIV 1,0.9,0.1", -969),
        (":PMU:TIMES:PIV 1,0.1,0.9", None),
        (":PMU:PIV:TIMES 1,0.1,0.9", None),
        (":PMU:TIMES:WAVEFORM 1,0.1,2", -969),
        (":PMU:SAMPLE:RATE 500", -969),
        (":PMU:RETAIN:CONFIG 1,1", None),
        (":PMU:CONNECTION:COMP 1,1,1", None),
        (":PMU:CONNECTION:COMP 1,2,1", -969),
        (":PMU:SARB:SEQ:TIME 1,1,1e-6", -965),
        (":PMU:SARB:WFM:SEQ:LIST 1,1,1", -965),
        (":PMU:NONSENSE 1", -992),
    ],
)
def test_arguments(pulse, message, code):
    assert pulse().refused(message) == code


def test_init_comes_first_and_clears(connect, make_resistor):
    line = connect(make_resistor(), {"PMU1-1": "TE"})
    assert line.refused(":PMU:PULSE:TRAIN 1,0,1") == -965
    assert line.refused(":PMU:EXECUTE") == -965
    line.tell(*START, ":PMU:PULSE:TRAIN 1,0,1")
    execute(line)
    line.tell(":PMU:INIT 0")
    assert line.ask(":PMU:DATA:COUNT? 1") == "0"
    assert line.instrument.world.drives() == {}
