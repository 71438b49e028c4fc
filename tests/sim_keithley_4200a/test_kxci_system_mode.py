"""System mode: sweeps, steps, lists, sampling, buffers, timing, and being busy."""

import pytest

from mho.clock import RealClock

ONE_CHANNEL = ("DE;CH1;CH2;CH3;CH4", "CH1,'V1','I1',1,1")
SWEEP = (*ONE_CHANNEL, "SS;VR1,0,1,0.25,1e-3")


@pytest.fixture
def sweep(connect):
    line = connect()
    line.tell(*SWEEP)
    return line


def run(line, command="MD;ME1"):
    line.tell(command)
    line.wait()


def test_linear_sweep(sweep):
    run(sweep)
    assert sweep.data("V1") == pytest.approx([0, 0.25, 0.5, 0.75, 1.0], abs=1e-4)
    assert sweep.data("I1") == pytest.approx([0, 25e-6, 50e-6, 75e-6, 100e-6], abs=1e-8)
    assert sweep.ask("DO 'I1S'") == "N,N,N,N,N"
    assert sweep.ask("DO 'I1T'") == "20.000E-03,40.000E-03,60.000E-03,80.000E-03,100.00E-03"
    assert sweep.ask("DO 'CH1T'") == sweep.ask("DO 'V1T'")
    assert sweep.ask("RD 'I1', 5") == "100.00E-06"
    assert sweep.ask("RD 'I1', 6") == "0"
    assert sweep.refused("DO 'X'") == -993


def test_bc_clears_the_buffer(sweep):
    run(sweep)
    assert sweep.ask("RD 'I1', 5") == "100.00E-06"
    sweep.tell("BC")
    assert sweep.ask("RD 'I1', 5") == "0"
    assert sweep.ask("DO 'I1'") == ""


@pytest.mark.parametrize(("step", "points"), [(0.3, 4), (0.35, 4), (0.4, 4), (0.45, 3)])
def test_number_of_points_is_rounded(connect, step, points):
    line = connect()
    line.tell(*ONE_CHANNEL, f"SS;VR1,0,1,{step},1e-3")
    run(line)
    assert len(line.data("V1")) == points  # page 5-19: int(abs((stop - start) / step) + 1.5)


def test_downward_sweep_and_compliance(connect):
    line = connect()
    line.tell(*ONE_CHANNEL, "SS;VR1,2,0,0.5,1e-4")
    run(line)
    assert line.ask("DO 'I1S'") == "C,C,N,N,N"
    assert line.data("I1")[:2] == pytest.approx([1e-4, 1e-4], rel=1e-3)
    assert line.data("V1")[0] == pytest.approx(1.0, rel=1e-3)


def test_stop_on_compliance(connect):
    line = connect()
    line.tell(*ONE_CHANNEL, "EC 1", "SS;VR1,0,2,0.5,1.2e-4")
    run(line)
    assert line.ask("DO 'I1S'") == "N,N,N,C"


@pytest.mark.parametrize(("spacing", "points"), [(2, 11), (3, 26), (4, 51)])
def test_log_sweep(connect, spacing, points):
    line = connect(log_sweep_compliance=50e-6)
    line.tell(*ONE_CHANNEL, f"SS;VR{spacing}, 0.1, 1")
    run(line)
    volts = line.data("V1")
    assert len(volts) == points
    assert volts[0] == pytest.approx(0.1, rel=1e-2)
    assert line.ask("DO 'I1S'")[-1] == "C"
    assert line.refused("SS;VR2,-1,1") == -993


def test_current_sweep(connect):
    line = connect()
    line.tell(*ONE_CHANNEL[:1], "CH1,'V1','I1',2,1", "SS;IR1,0,1e-4,5e-5,10")
    run(line)
    assert line.data("V1") == pytest.approx([0, 0.5, 1.0], rel=1e-3, abs=1e-3)


def test_list_sweep_needs_equal_lengths(connect, noting):
    line = connect(noting(), {"SMU1": "TE", "SMU2": "gate"})
    line.tell(*ONE_CHANNEL, "CH2,'V2','I2',1,1")
    line.tell("SS;VL1,1,1e-3,0.5,1,0.5", "VL2,0,1e-3,1,2")
    assert line.refused("MD;ME1") == -991
    line.tell("SS;VL2,0,1e-3,1,2,3")
    run(line)
    assert line.data("I1") == pytest.approx([5e-5, 1e-4, 5e-5], rel=1e-3)
    assert line.data("V2") == pytest.approx([1, 2, 3], rel=1e-3)


def test_steps_repeat_the_sweep_and_var1_prime_follows_it(connect, noting):
    line = connect(noting(), {"SMU1": "TE", "SMU2": "gate"})
    line.tell(*ONE_CHANNEL, "CH2,'V2','I2',1,2", "CH3,'V3','I3',1,4")
    line.tell("SS;VR1,0.2,0.4,0.2,1e-3", "VP 1,0.5,3,1e-3", "RT 2", "FS 0.1")
    run(line)
    assert line.data("V1") == pytest.approx([0.2, 0.4] * 3, rel=1e-3)
    assert line.data("V2") == pytest.approx([1, 1, 1.5, 1.5, 2, 2], rel=1e-3)
    assert line.data("V3") == pytest.approx([0.5, 0.9] * 3, rel=1e-3)


def test_of_two_step_sources_the_first_runs_faster(connect, noting):
    line = connect(noting(terminals=("TE", "a", "b")), {"SMU1": "TE", "SMU2": "a", "SMU3": "b"})
    line.tell(*ONE_CHANNEL, "CH2,'V2','I2',1,2", "CH3,'V3','I3',1,2")
    line.tell("SS;VR1,0.2,0.4,0.2,1e-3", "VP 1,1,2,1e-3", "VP 3,1,2,1e-3,2")
    run(line)
    assert line.data("V2") == pytest.approx([1, 1, 2, 2, 1, 1, 2, 2], rel=1e-3)
    assert line.data("V3") == pytest.approx([3, 3, 3, 3, 4, 4, 4, 4], rel=1e-3)


def test_current_limit_on_the_step_source_is_its_own(connect, noting):
    line = connect(noting(), {"SMU1": "TE", "SMU2": "gate"})
    line.tell(*ONE_CHANNEL, "CH2,'V2','I2',1,2", "SS;VR1,0.2,0.4,0.2,1e-3", "VP 1,1,2,1.5e-4")
    run(line)
    assert line.ask("DO 'I2S'") == "N,N,C,C"
    assert line.ask("DO 'I1S'") == "N,N,N,N"


def test_constants_and_common(connect, noting):
    line = connect(noting(), {"SMU1": "TE", "SMU2": "gate"})
    line.tell(*ONE_CHANNEL, "CH2,'V2','I2',3,3", "SS;VR1,0,1,1,1e-3")
    run(line)
    assert line.data("V2") == pytest.approx([0, 0], abs=1e-4)
    line.tell("DE;CH2,'V2','I2',1,3", "SS;VC2,2,1e-3")
    run(line)
    assert line.data("I2") == pytest.approx([2e-4, 2e-4], rel=1e-3)
    line.tell("SS;IC2,1e-5,5")
    assert line.refused("MD;ME1") == -991


def test_sampling(connect):
    line = connect()
    line.tell(*ONE_CHANNEL[:1], "CH1,'V1','I1',1,3", "SS;VC1,1,1e-3")
    line.tell("SM;NR 5", "IN 0.1", "WT 1")
    run(line)
    assert line.data("I1") == pytest.approx([1e-4] * 5, rel=1e-3)
    times = [float(time) for time in line.ask("DO 'I1T'").split(",")]
    assert times == pytest.approx([1.02, 1.12, 1.22, 1.32, 1.42])


def test_hold_delay_and_integration_reach_the_device_in_order(connect, noting):
    device = noting()
    line = connect(device, point_overhead=5e-3)
    line.clock.sleep(1.0)
    line.tell(*ONE_CHANNEL, "SS;VR1,0.1,0.3,0.1,1e-3", "HT 2", "DT 0.01", "IT1")
    run(line)
    assert device.stretches == [
        (1.0, {}),
        (2.017, {"TE": 0.1}),
        (0.017, {"TE": 0.2}),
        (0.017, {"TE": 0.3}),
    ]
    assert line.instrument.world.drives() == {}


def test_standby_can_be_declined(connect):
    line = connect()
    line.tell(*SWEEP, "ST 1,0")
    run(line)
    assert line.instrument.world.drives()["TE"].level == 1.0


def test_only_listed_quantities_are_measured(sweep):
    sweep.tell("SM DM2", "LI 'I1'")
    run(sweep)
    assert len(sweep.data("I1")) == 5
    assert sweep.data("V1") == pytest.approx([0, 0.25, 0.5, 0.75, 1.0])  # as programmed
    sweep.tell("SM DM2", "LI 'V1'")
    run(sweep)
    assert sweep.ask("DO 'I1'") == ""
    sweep.tell("SM DM1", "XN 'V1',1,0,1", "YA 'I1',1,0,1e-3", "XT 0,1")
    run(sweep)
    assert len(sweep.data("I1")) == 5


def test_busy_until_time_has_come(connect):
    line = connect(busy_poll=0.03)
    line.tell(*SWEEP, "MD;ME1")
    assert line.ask("RD 'I1', 1") == "0"
    assert line.ask("SP") == "16"
    assert line.ask("RD 'I1', 2") != "0"
    for message in ("MD", "BC", "DO 'I1'", "US", "ME1", "IT1", "*OPT?"):
        assert line.refused(message) == -980, message
    assert line.ask("SP") == "82"
    assert line.ask("SP") == "1"
    assert line.clock.now() == pytest.approx(0.12)


def test_a_client_may_sleep_on_the_shared_clock_instead(sweep):
    sweep.tell("MD;ME1")
    sweep.clock.sleep(0.1)
    assert sweep.ask("SP") == "1"
    assert sweep.clock.now() == pytest.approx(0.1)


def test_a_poll_that_finds_it_busy_moves_virtual_time_to_the_end(sweep):
    sweep.tell("MD;ME1")
    assert sweep.ask("SP") == "16"
    assert sweep.clock.now() == pytest.approx(0.1)
    assert sweep.ask("SP") == "1"


def test_abort_keeps_what_is_measured_and_switches_off(sweep):
    sweep.tell("MD;ME1")
    sweep.clock.sleep(0.05)
    sweep.tell("ME4")
    assert sweep.instrument.world.drives() == {}
    assert sweep.ask("SP") == "1"
    assert len(sweep.data("I1")) == 2


def test_append_and_repeat(sweep):
    run(sweep)
    run(sweep, "ME3")
    assert len(sweep.data("I1")) == 10
    sweep.tell("ME2")
    sweep.clock.sleep(0.25)  # two and a half sweeps
    assert sweep.ask("RD 'I1', 2") != "0"
    assert int(sweep.ask("SP")) & 16
    sweep.tell("ME4")
    assert int(sweep.ask("SP")) & 16 == 0
    assert len(sweep.data("I1")) == 5


def test_no_more_than_4096_readings(connect):
    line = connect()
    line.tell(*ONE_CHANNEL[:1], "CH1,'V1','I1',1,3", "SS;VC1,1,1e-3", "SM;NR 4096", "IT1")
    run(line)
    run(line, "ME3")
    assert len(line.data("I1")) == 4096


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("SS;VR1,0,1.023,0.001,1e-3", None),
        ("SS;VR1,0,1.024,0.001,1e-3", -993),
        ("SS;VR1,0,1,0,1e-3", -993),
        ("SS;VR1,0,1,0.1", -993),
        ("SS;VP 0,1,32,1e-3", None),
        ("SS;VP 0,1,33,1e-3", -993),
        ("SS;VC1,300,1e-3", -993),
        ("SS;VC7,1,1e-3", -979),
        ("SS;HT 655.4", -993),
        ("SS;DT 6.6", -993),
        ("SS;RT 11", -993),
        ("SM;NR 4097", -993),
        ("SM;IN 11", -993),
        ("SM;DM3", -993),
        ("SM;LI 'A','B','C','D','E','F','G'", -993),
        ("MD;ME5", -993),
        ("DE;CH1,'TOOLONG','I1',1,1", -993),
        ("DE;CH1,'V1','I1',3,1", -991),
        ("DE;VM1,'M'", -979),
        ("DE;VR1,0,1,0.1,1e-3", -989),
        ("SS;ME1", -989),
        ("SR 1, 0.1", None),
        ("SR 1, 3", -993),
        ("RV 1, 20, 1e-3", None),
        ("AC 1", None),
    ],
)
def test_limits(connect, message, code):
    assert connect().refused(message) == code


def test_list_of_4096_values_and_no_more(connect):
    line = connect()
    line.tell("SS;VL1,1,1e-3," + ",".join(["0.1"] * 4096))
    assert line.refused("VL1,1,1e-3," + ",".join(["0.1"] * 4097)) == -993


def test_voltages_below_a_millivolt_become_zero(connect):
    line = connect(noise=0)
    line.tell(*ONE_CHANNEL, "SS;VR1,0.0009,1.0009,0.5,1e-3")
    run(line)
    assert line.data("V1") == pytest.approx([0, 0.5, 1.0])
    assert line.refused("SS;VR1,0,1,0.0005,1e-3") == -993


def test_power_up_definitions_take_part(connect, noting):
    line = connect(noting(), {"SMU3": "TE", "SMU4": "gate"})
    run(line)
    assert len(line.data("V3")) == 101
    assert line.data("V3")[-1] == pytest.approx(1.0, rel=1e-3)
    assert line.data("V4")[0] == pytest.approx(0.0, abs=1e-3)


def test_level_that_an_smu_cannot_give_is_refused_at_the_start(connect):
    line = connect()
    line.tell(*ONE_CHANNEL, "SS;VR1,0,250,50,1e-3")
    assert line.refused("MD;ME1") == -993
    assert line.ask("SP") == "66"


def test_voltmeter_and_source_roles(connect, noting):
    line = connect(noting(), {"SMU1": "TE", "SMU2": "gate"})
    line.tell(*ONE_CHANNEL, "MP 2, VS1", "VS1,'VS1',3", "SS;VR1,0,1,1,1e-3", "SC1, 2")
    run(line)
    assert line.data("VS1") == pytest.approx([2, 2], rel=1e-3)


def test_reading_delimiter(connect):
    line = connect(reading_delimiter="\x0e")
    line.tell(*SWEEP)
    run(line)
    assert line.ask("DO 'I1'").count("\x0e") == 4


def test_on_a_real_clock_a_sweep_plays_in_real_time(connect):
    clock = RealClock()
    line = connect(clock=clock)
    line.tell(*SWEEP, "IT3", "MD;ME1")
    began, polls = clock.now(), 0
    while int(line.ask("SP")) & 16:
        polls += 1
        clock.sleep(1e-3)
        assert clock.now() - began < 60
    assert polls > 1
    assert clock.now() - began > 0.5
    assert line.data("I1")[-1] == pytest.approx(1e-4, rel=1e-3)
