"""The older two-letter pulse commands: what reaches the device, and what is refused."""

import pytest

from mho.clock import RealClock, VirtualClock
from mho.rehearsal import World
from mho.sim_instruments.keithley_4200a import KeithleyOptions, source_pulses
from mho.sim_instruments.keithley_4200a.instrument import Keithley4200A
from mho.sim_instruments.keithley_4200a.wire import Wire

VENDOR = ("PS1", "PD1, 1e6", "PT1, 100e-6, 50e-6, 1e-6, 1e-6", "PV1, 2, 0, 5, 0.01", "TS1, 0",
          "PO1, 1, 0", "PG1, 0, 5")  # fmt: skip
"""The maker's program of five pulses, before it switches the output off."""


@pytest.fixture
def pulses(connect, noting):
    def make(**options):
        chosen = {"noise": 0, "chassis": {"pmus": [{"rpms": []}]}, **options}
        clock = chosen.pop("clock", None)
        device = noting(1e6)
        wiring = {"PMU1-1": "TE", "PMU1-2": "gate"}
        return connect(device, wiring, clock=clock, **chosen)

    return make


def on_time(line, terminal="TE"):
    """Volt-seconds, and seconds above half of the highest level."""
    stretches = [(time, levels.get(terminal, 0.0)) for time, levels in line.stretches()]
    top = max((abs(level) for _, level in stretches), default=0.0)
    return (
        sum(time * level for time, level in stretches),
        sum(time for time, level in stretches if top and abs(level) >= 0.5 * top),
    )


def tops(line, terminal="TE"):
    """How often the level rises to the highest one."""
    levels = [found.get(terminal, 0.0) for _, found in line.stretches()]
    high = [level > 0.9 * max(levels) for level in levels]
    return sum(after and not before for before, after in zip([False, *high], high, strict=False))


def test_the_makers_program_gives_its_five_pulses(pulses):
    line = pulses()
    line.tell(*VENDOR, "PO1, 0, 0")
    assert tops(line) == 5
    area, _ = on_time(line)
    assert area == pytest.approx(5 * 2 * 50e-6, rel=1e-3)
    assert line.clock.now() == pytest.approx(5 * 100e-6)
    assert line.instrument.world.drives() == {}


def test_it_is_busy_while_a_burst_plays(pulses):
    line = pulses(busy_poll=60e-6)
    line.tell(*VENDOR)
    answers = [line.ask("SP") for _ in range(10)]
    assert answers == ["16"] * 9 + ["0"]
    assert line.instrument.world.drives()["TE"].level == 0.0
    assert tops(line) == 5


def test_a_poll_lets_the_burst_pass(pulses):
    line = pulses()
    line.tell(*VENDOR)
    assert [line.ask("SP"), line.ask("SP")] == ["16", "0"]
    assert line.clock.now() == pytest.approx(500e-6)


@pytest.mark.parametrize("stop", ["PH1", "PA1"])
def test_a_halt_cuts_the_burst_and_leaves_the_level_at_rest(pulses, stop):
    line = pulses()
    line.tell(*VENDOR)
    line.clock.sleep(130e-6)
    line.tell(stop)
    line.clock.sleep(1.0)
    assert line.ask("SP") == "0"
    assert tops(line) == 2
    assert line.instrument.world.drives()["TE"].level == 0.0


def test_off_on_a_real_clock_cuts_at_once(pulses):
    line = pulses(clock=RealClock())
    line.tell(*VENDOR[:-1], "PT1, 1, 0.5, 1e-3, 1e-3", "PG1, 0, 100", "PO1, 0")
    assert line.ask("SP") == "0"
    assert line.instrument.world.drives() == {}


def test_complement_rests_high(pulses):
    line = pulses()
    line.tell(*VENDOR[:2], "PT1, 100e-6, 30e-6, 1e-6, 1e-6", "PV1, 2, -1, 5, 0.01", "PO1, 1, 1")
    assert line.instrument.world.drives()["TE"].level == pytest.approx(2, rel=1e-3)
    line.tell("PG1, 0, 1", "PO1, 0")
    area, _ = on_time(line)
    assert area == pytest.approx(2 * 70e-6 - 30e-6, rel=1e-3)


def test_continuous_output_is_not_busy_and_goes_on(pulses):
    line = pulses()
    line.tell(*VENDOR[:-1], "PG1, 1, 1")
    assert line.ask("SP") == "0"
    line.clock.sleep(1.05e-3)
    assert line.ask("SP") == "0"
    assert tops(line) == 11
    line.tell("PO1, 0")
    line.clock.sleep(1.0)
    assert tops(line) == 11


def test_of_hours_of_continuous_output_a_part_is_computed(pulses, monkeypatch):
    monkeypatch.setattr(source_pulses, "MAX_ACTIONS", 2000)
    line = pulses()
    line.tell(*VENDOR[:-1], "PT1, 1e-6, 5e-7, 1e-7, 1e-7", "PG1, 1, 1")
    line.clock.sleep(3600)
    line.tell("PG1, 0, 1", "PO1, 0")
    assert 100 < tops(line) < 2000


def test_a_burst_without_end_does_not_keep_all_waiting(pulses):
    line = pulses()
    line.instrument.activity.poll_limit = lambda: (1000).__le__
    line.tell(*VENDOR[:-1], "PG1, 0, 4294967295")
    assert line.ask("SP") == "16"
    line.tell("PO1, 0")
    assert line.ask("SP") == "0"


def test_a_trigger_from_outside_never_comes(pulses):
    line = pulses()
    line.tell(*VENDOR[:-1], "TS1, 3", "PG1, 2, 5")
    assert line.ask("SP") == "0"
    line.clock.sleep(1.0)
    line.tell("PO1, 0")
    assert on_time(line) == (0.0, 0.0)


def test_the_trigger_source_is_that_of_a_card(pulses):
    line = pulses(chassis={"pmus": [{"rpms": []}, {"rpms": []}]})
    line.tell("TS2, 1", "PO1, 1", "PO3, 1", "PG1, 0, 1")
    assert line.ask("SP") == "0"
    line.tell("PG3, 0, 1")
    assert line.ask("SP") == "16"
    line.tell("TS1, 0", "PG2, 0, 1", "PO2, 1", "PG2, 0, 1")
    assert line.instrument.source_pulses.plays_burst(2)


def test_two_channels_play_at_a_time_with_one_period(pulses):
    line = pulses()
    line.tell(*VENDOR[:-2], "PS2", "PD2, 1e6", "PV2, 1, 0, 5, 0.01",
              "PT2, 200e-6, 50e-6, 1e-6, 1e-6", "PO1, 1", "PO2, 1", "PG1, 0, 2",
              "PG2, 2, 3")  # fmt: skip
    assert [line.ask("SP"), line.ask("SP")] == ["16", "0"]
    assert line.clock.now() == pytest.approx(600e-6)
    assert (tops(line, "TE"), tops(line, "gate")) == (2, 3)
    assert on_time(line, "gate")[0] == pytest.approx(3 * 50e-6, rel=1e-3)


def test_delay_and_load(pulses):
    line = pulses()
    line.tell(*VENDOR[:-1], "PD1, 50", "TO1, 20e-6, 1", "PG1, 0, 1")
    assert line.instrument.source_pulses.channel(1).output is not None
    line.clock.sleep(10e-6)
    line.ask("SP")
    assert line.instrument.world.drives()["TE"].level == pytest.approx(0)
    line.ask("SP")
    area, _ = on_time(line)
    assert area == pytest.approx(2 * 2 * 50e-6, rel=1e-3)  # 1 Mohm in place of 50 ohm


def test_an_smu_reads_while_pulses_go_on(connect, noting):
    chassis = {"pmus": [{"rpms": []}]}
    line = connect(noting(1e6), {"SMU1": "gate", "PMU1-1": "TE"}, noise=0, chassis=chassis)
    line.tell(*VENDOR[:-1], "PG1, 1, 1", "US", "DV1,1,1,1e-3", "IT1")
    assert line.value("TI1") == pytest.approx(1e-6)
    assert tops(line) == 20  # in 2 ms


@pytest.mark.parametrize(
    "message",
    ["PS0", "PS9", "PD1, 0.5", "PD1, 2e6", "PD1", "PT1, 1e-6, 1e-6, 1e-6", "PT1, 2, 1, 1e-6, 1e-6",
     "PT1, 1e-6, 5e-7, 1e-9, 1e-7", "PT1, 1e-3, 5e-4, 1e-7, 40e-3", "PV1, 11, 0, 5, 0.01",
     "PV1, 1, -41, 20, 0.01", "PV1, 1, 0, 10, 0.01", "PV1, 1, 0, 5, 1", "PV1, 1", "TS1, 5", "TS1",
     "TO1, 2, 0", "TO1, 0", "PO1, 2", "PO1, 1, 2", "PO1", "PG1, 3, 1", "PG1, 0, 0",
     "PG1, 0, 4294967296", "PG1", "PH1, 1"],
)  # fmt: skip
def test_values_out_of_range_are_refused(pulses, message):
    line = pulses()
    assert line.refused(message) == -993
    assert line.instrument.source_pulses.channels[1].output is None


@pytest.mark.parametrize(
    "message",
    ["PS1", "PS 1", "PD1, 1", "PD 1,1e6", "PT1, 1, 0.5, 33e-3, 33e-3",
     "PT1, 1e-6, 5e-7, 10e-9, 10e-9",
     "PV1, 10, -10, 5, 0.8", "PV1, 40, -40, 20", "TS1, 4", "TO1, 0, 0", "PO1, 0", "PO1, 0, 1",
     "PG1, 1, 1", "PG1, 0, 4294967295", "PG2, 0", "PH1", "PA2"],
)  # fmt: skip
def test_values_in_range_are_taken_on_every_page(pulses, message):
    line = pulses()
    for page in ("DE", "US", "UL"):
        line.tell(page, message)


def test_what_does_not_fit_together_is_found_at_the_trigger(pulses):
    for message, code in (
        ("PT1, 1e-6, 9.99e-7, 1e-7, 1e-7", -967),
        ("PT1, 1e-6, 1e-7, 2e-7, 2e-7", -967),
        ("PT1, 100e-9, 50e-9, 10e-9, 10e-9;PV1, 2, 0, 20, 0.01", -967),
        ("PT1, 1, 0.5, 33e-3, 33e-3;PV1, 1, 0, 5, 0.01", -959),
    ):
        line = pulses()
        line.tell(*VENDOR[:-1], message)
        assert line.refused("PG1, 0, 1") == code, message


def test_levels_that_do_not_reach_the_load(pulses):
    line = pulses()
    line.tell("PV1, 5, 0, 5, 0.01", "PO1, 1", "PO1, 0", "PV1, 6, 0, 5, 0.01")
    assert line.refused("PO1, 1") == -964
    line.tell("PD1, 1e6", "PO1, 1")


def test_both_sets_of_commands_are_not_mixed(pulses):
    line = pulses()
    line.tell(*VENDOR[:-1])
    line.tell(":PMU:INIT 0", ":PMU:PULSE:TRAIN 1, 0, 1", ":PMU:OUTPUT:STATE 1, 1")
    assert line.refused("PO1, 1") == -965
    line.tell("PS2", "PO2, 1")
    assert line.refused(":PMU:EXECUTE") == -965
    line.tell("PS2", ":PMU:EXECUTE")


@pytest.mark.parametrize(("message", "code"), [("PN1", -986), ("PE1, 1", -986), ("VF1", -986),
                                               ("PC1", -992), ("PS3", -978)])  # fmt: skip
def test_what_it_does_not_know(pulses, message, code):
    assert pulses().refused(message) == code


def test_reset_ends_everything(pulses):
    line = pulses(clock=VirtualClock())
    line.tell(*VENDOR[:-1], "PG1, 1, 1", "*RST")
    assert line.instrument.world.drives() == {}
    line.clock.sleep(1.0)
    line.tell("BC")
    assert on_time(line) == (0.0, 0.0)
    assert line.instrument.source_pulses.channel(1).load == 50.0


def test_another_instrument_in_the_same_world_finds_the_pulses_played(noting):
    """Whoever brings the device up to date plays them, and they play nothing within themselves."""
    device, clock = noting(1e6), VirtualClock()
    world = World(device, clock, 1)
    chassis = {"pmus": [{"rpms": []}]}
    options = KeithleyOptions(noise=0, chassis=chassis)
    first = Wire(Keithley4200A(world, {"PMU1-1": "TE"}, options))
    second = Wire(Keithley4200A(world, {"SMU1": "gate"}, options))
    for message in (*VENDOR[:-1], "PG1, 1, 1"):
        assert [frame.text for frame in first.receive(message.encode() + b"\0")] == [b"ACK"]
    second.receive(b"US;DV1,1,1,1e-3;IT1\0")
    (frame,) = second.receive(b"TI1\0")
    assert frame.text == b"NAI 1.0000E-06"
    assert sum(levels.get("TE", 0.0) > 1.9 for _, levels in device.stretches) >= 19
    first.receive(b"DE;CH2;CH3;CH4\0CH1,'V1','I1',1,3\0SM;NR 3\0MD;ME1\0")
    assert [found.text for _ in range(2) for found in first.receive(b"SP\0")] == [b"16", b"1"]
