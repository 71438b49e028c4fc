"""SMUs of a 4200A as sources of current, and as outputs that are off: word for word."""

from dataclasses import replace

import pytest
from gated_cell import OHMS, GatedCell, make_profile
from gated_cell_on_4200a import messages, simulated
from scripted_4200a import commands

from mho.bench.guard import GuardedBench
from mho.bench.limits import refusals
from mho.device.profile import TerminalLimits
from mho.drivers.keithley_4200a.ranges import source_range
from mho.drivers.keithley_4200a.settings import PulseTerminal, pulse_limits
from mho.errors import LimitError, ReplyError, UnsupportedError
from mho.stimuli import (
    OPEN,
    Drive,
    Family,
    Hold,
    Pulse,
    PulseTrain,
    Read,
    Source,
    Sweep,
    Waveforms,
)

CURRENT = Source.CURRENT
READ = Read(voltage=0.1, aperture=9e-3, compliance=1e-4, settle=1e-3)
PULSE = Pulse(terminal="gate", amplitude=-5e-8, width=20e-3, compliance=2.0, source=CURRENT)
TRAIN = PulseTrain(
    terminal="gate", amplitudes=(2e-8, -5e-8), width=20e-3, rest=20e-3, compliance=2.0,
    source=CURRENT,
)  # fmt: skip
SWEEP = Sweep(
    terminal="gate", levels=(1e-9, 2.5e-8, 5e-8), dwell=20e-3, aperture=5e-3, compliance=2.0,
    source=CURRENT,
)  # fmt: skip
METER = Hold(
    terminal="gate", level=0.0, count=3, interval=20e-3, aperture=9e-3, compliance=2.0,
    source=CURRENT,
)  # fmt: skip
SINGLE = replace(METER, count=1)
BIASED = replace(METER, level=3e-8)
GROUNDED = make_profile("grounded")


class FixedCell(GatedCell):
    """One whose potential stays where it is."""

    def advance(self, drives, duration):
        pass


def played(stimulus, device=None, profile=GROUNDED, **options):
    """What is sent, and the trace."""
    with simulated(device or FixedCell(), profile=profile, **options) as (bench, instrument):
        bench.__enter__()
        before = len(instrument.exchanges)
        trace = bench.apply(stimulus)
        sent = messages(instrument)[before:]
        bench.__exit__(None, None, None)
        return sent, trace


CHECK = ":ERROR:LAST:GET"


@pytest.mark.parametrize(
    ("profile", "then"),
    [(GROUNDED, "DV2,1,0,1e-06"), (make_profile(), "DV2")],
    ids=["grounded", "open"],
)
def test_a_pulse_of_current_is_one_reading_of_its_voltage(profile, then):
    sent, (reading,) = played(PULSE, profile=profile)
    assert sent == [
        "IT4,0,0,0.5;DI2,3,-5e-08,2", "TV2", "DI2,3,0,2", CHECK, then, CHECK
    ]  # fmt: skip
    assert reading.voltage == pytest.approx(0.3 - 5e-8 * OHMS)
    assert reading.current == -5e-8
    assert (reading.in_compliance, reading.status) == (False, "NBV")


def test_in_compliance_nobody_knows_the_current_of_a_pulse():
    _, (reading,) = played(replace(PULSE, compliance=0.1))
    assert reading.voltage == pytest.approx(-0.1)
    assert reading.current != reading.current
    assert (reading.in_compliance, reading.status) == (True, "CBV")


def test_a_single_reading_of_a_voltmeter_is_one_measurement():
    sent, (reading,) = played(SINGLE, profile=make_profile())
    assert sent == ["IT4,0,0,0.45;DI2,1,0,2", "TV2", "DI2,1,0,2", CHECK, "DV2", CHECK]
    assert reading.voltage == pytest.approx(0.3)
    assert (reading.current, reading.in_compliance, reading.status) == (0.0, False, "NBV")


def set_up(sent):
    return commands(sent[: sent.index("MD;ME1")])


def test_a_hold_of_current_is_a_sampling_with_the_others_held():
    sent, trace = played(BIASED)
    assert set_up(sent) == [
        "DE", "CH1", "CH2", "CH3",
        "CH2,'V2','I2',2,3", "CH1,'V1','I1',1,3", "CH3,'V3','I3',1,3",
        "SS", "IC2,3e-08,2", "VC1,0,0.001", "VC3,0,0.001",
        "SM DM2", "LI 'I2','V2'", "NR 3", "IN 0.02", "WT 0.011",
        "IT4,0,0,0.45", "EC 0", "BC", CHECK, "SP",
    ]  # fmt: skip
    assert "US;DV2,1,0,1e-06;DV1,1,0,0.001;DV3,1,0,0.001" in sent
    assert [r.voltage for r in trace] == pytest.approx([0.6] * 3)
    assert [r.current for r in trace] == pytest.approx([3e-8] * 3)
    assert not any(r.in_compliance for r in trace)


@pytest.mark.parametrize(
    ("stimulus", "levels", "wanted"),
    [
        (TRAIN, "IL2,1,2,2e-08,0,-5e-08,0,0", (2e-8, -5e-8)),
        (SWEEP, "IL2,1,2,1e-09,2.5e-08,5e-08,0", SWEEP.levels),
    ],
    ids=["train", "sweep"],
)
def test_trains_and_sweeps_of_current_are_lists(stimulus, levels, wanted):
    sent, trace = played(stimulus)
    assert {levels, "CH2,'V2','I2',2,1"} <= set(commands(sent))
    assert not any("RG" in message for message in sent)
    assert [r.current for r in trace] == pytest.approx(list(wanted))
    assert [r.voltage for r in trace] == pytest.approx([0.3 + i * OHMS for i in wanted])


def test_the_rests_of_a_train_off_any_grid_last_longer():
    sent, trace = played(replace(TRAIN, rest=20.001e-3))
    assert "IL2,1,2,2e-08,2e-08,0,0,0,-5e-08,-5e-08,0,0,0,0" in commands(sent)
    assert [r.current for r in trace] == pytest.approx([2e-8, -5e-8])
    assert [r.voltage for r in trace] == pytest.approx([0.5, -0.2])


def test_a_sweep_of_current_stops_in_compliance():
    stopping = replace(SWEEP, levels=(1e-8, 2e-8, 6e-8, 9e-8), compliance=0.7)
    _, trace = played(replace(stopping, stop_in_compliance=True))
    assert [r.in_compliance for r in trace] == [False, False, True]
    assert trace[-1].voltage == pytest.approx(0.7)


def test_pulses_of_one_range_share_a_program_and_no_other_source():
    with simulated(FixedCell(), profile=GROUNDED) as (bench, instrument), bench:
        readings = {}
        for amplitude in (-5e-8, 2e-8, 5e-7, -2e-10):
            found = bench.apply(replace(PULSE, amplitude=amplitude))[0]
            readings[amplitude] = found.current, round(found.voltage, 6)
        volts = bench.apply(
            Pulse(terminal="gate", amplitude=0.5, width=20e-3, compliance=1e-6)
        )[0]  # fmt: skip
        sources = [m.rpartition(";")[2] for m in messages(instrument) if "DI" in m]
    assert sources[::2] == [
        "DI2,3,-5e-08,2", "DI2,3,2e-08,2", "DI2,4,5e-07,2", "DI2,1,-2e-10,2"
    ]  # fmt: skip
    assert readings == {
        a: (a if abs(a) < 1e-7 else pytest.approx(float("nan"), nan_ok=True),
            round(min(max(0.3 + a * OHMS, -2.0), 2.0), 6))
        for a in readings
    }  # fmt: skip
    assert volts.current == pytest.approx(0.2 / OHMS)


@pytest.mark.parametrize("stimulus", [PULSE, TRAIN, SWEEP, BIASED, replace(BIASED, count=1)])
def test_zeros_from_an_open_interlock_are_no_data(stimulus):
    with pytest.raises(ReplyError, match=r"reads exactly 0 V and 0 A; is the interlock open"):
        played(stimulus, interlock_open=True)


@pytest.mark.parametrize("stimulus", [METER, SINGLE, PULSE, BIASED])
def test_a_voltmeter_or_a_short_may_read_0_v(stimulus):
    class Short(FixedCell):
        def respond(self, drives):
            found = super().respond(drives)
            return {**found, "gate": found["gate"]._replace(voltage=0.0, in_compliance=False)}

    class Shorted(Short):
        def respond(self, drives):
            found = super().respond(drives)
            gate = drives.get("gate")
            if gate is not None:  # a current limited by a voltage, as a device knows it
                current = gate.limit if gate.level > 0 else -gate.limit
                found["gate"] = found["gate"]._replace(current=current, in_compliance=True)
            return found

    device = Shorted(0.0)
    _, trace = played(stimulus, device)
    assert all(reading.voltage == 0.0 for reading in trace)
    assert not any(reading.in_compliance for reading in trace)


def test_an_open_terminal_is_in_no_test_and_in_no_message():
    open_gate = make_profile()
    sweep = Sweep(
        terminal="drain", levels=(0.05, 0.1, 0.2), dwell=20e-3, aperture=5e-3, compliance=1e-4
    )  # fmt: skip
    train = PulseTrain(
        terminal="drain", amplitudes=(0.2, 0.3), width=20e-3, rest=20e-3, compliance=1e-4,
        verify=READ,
    )  # fmt: skip
    device = GatedCell()
    with simulated(device, profile=open_gate) as (bench, instrument), bench:
        for stimulus in (sweep, train, READ.at("drain"), replace(READ.at("drain"), count=3)):
            bench.apply(stimulus)
        bench.clock.sleep(60.0)
        sent = messages(instrument)
        about_gate = [c for c in commands(sent) if c[:3] in ("DV2", "DI2", "CH2")]
        assert about_gate == ["DV2"] + ["CH2"] * 3
        assert instrument.world.at("gate") == []
    assert "DV2,1,0,0.001" not in messages(instrument)
    assert instrument.world.at("gate") == [] and device.potential == 0.3


@pytest.mark.parametrize(
    ("level", "messages_told"),
    [
        (0.7, ["DV2,1,0.7,1e-06", CHECK, "DV2,1,0,1e-06;DV2", CHECK]),
        (0.0, ["DV2,1,0,1e-06", CHECK, "DV2", CHECK]),
    ],
)
def test_a_bias_comes_to_0_v_before_its_output_goes_off(level, messages_told):
    with simulated(profile=GROUNDED) as (bench, instrument), bench:
        before = len(instrument.exchanges)
        bench.bias("gate", level, 1e-6)
        bench.bias("gate", None)
        bench.bias("gate", None)  # costs nothing
        assert messages(instrument)[before:] == messages_told
        driven = instrument.world.at("gate")
        assert driven[-1] == OPEN and not driven[-2].level
        bench.bias("gate", level, 1e-6)
        assert instrument.world.drives()["gate"].level == level


@pytest.mark.parametrize(
    ("drive", "sent"),
    [
        (Drive(-4e-8, 2.0, CURRENT), ["DI2,3,-4e-08,2", CHECK, "DI2,1,0,2;DV2", CHECK]),
        (Drive(0.0, 2.0, CURRENT), ["DI2,1,0,2", CHECK, "DV2", CHECK]),
    ],
)
def test_a_held_current_comes_to_0_a_before_its_output_goes_off(drive, sent):
    device = GatedCell()
    with simulated(device, profile=make_profile()) as (bench, instrument), bench:
        before = len(instrument.exchanges)
        driver = bench._instruments[""]
        driver.hold("gate", drive)
        driver.hold("gate", OPEN)
        assert messages(instrument)[before:] == sent
        assert device.potential == 0.3 or drive.level
        driver.hold("gate", drive)
        held = replace(READ.at("drain"), count=3)
        before = len(instrument.exchanges)
        driver.play(held)
        told = commands(messages(instrument)[before:])
        assert f"IC2,{drive.level:g},2" in told and "CH2,'V2','I2',2,3" in told
        assert instrument.world.drives()["gate"] == drive
        before = len(instrument.exchanges)
        bench.off()
        told = messages(instrument)[before:]
        assert told.index("DI2,1,0,2") < told.index("DV2")
        assert not any(message.startswith("DV2,") for message in told)


def test_without_a_preamp_0_a_is_on_the_lowest_range_that_there_is():
    with simulated(profile=GROUNDED) as (bench, instrument), bench:
        bench._instruments[""].hold("drain", Drive(0.0, 2.0, CURRENT))
        assert messages(instrument)[-2:] == ["DI1,3,0,2", CHECK]


@pytest.mark.parametrize("before", [PULSE, METER, SINGLE, None], ids=lambda s: type(s).__name__)
def test_off_from_any_of_these_leaves_everything_off(before):
    device = FixedCell()
    with simulated(device, profile=make_profile()) as (bench, instrument), bench:
        if before is not None:
            bench.apply(before)
        for _ in range(2):
            bench.off()
            assert instrument.world.drives() == {}
        told = messages(instrument)
        assert not any(message.startswith("DV2,") for message in told)
        assert len(bench.apply(READ.at("drain"))) == 1
        assert instrument.world.drives().keys() == {"drain", "source"}


def test_a_stimulus_that_changes_its_source_goes_in_parts():
    verify = replace(READ, voltage=0.6, compliance=1e-6)
    with simulated(FixedCell(), profile=GROUNDED) as (bench, _), bench:
        driver = bench._instruments[""]
        for stimulus in (PULSE, TRAIN):
            both = replace(stimulus, verify=verify)
            assert driver.plays(stimulus) and not driver.plays(both)
            with pytest.raises(UnsupportedError, match="one source, a voltage or a current"):
                driver.play(both)
            pulses = len(getattr(stimulus, "amplitudes", "1"))
            trace = bench.apply(both)
            assert len(trace) == 2 * pulses
            reads = [one for one in trace if one.voltage == pytest.approx(0.6)]
            assert [one.current for one in reads] == pytest.approx([0.3 / OHMS] * pulses)


def test_a_family_of_currents_goes_curve_by_curve():
    levels = (1e-6, 2e-6, 3e-6)
    sweep = replace(SWEEP, terminal="drain", levels=levels, compliance=0.4)
    family = Family(sweep=sweep, stepped="gate", steps=(0.5, 1.0), step_compliance=1e-6)
    with simulated(FixedCell(), profile=GROUNDED) as (bench, _), bench:
        assert not bench._instruments[""].plays(family)
        trace = bench.apply(family)
        assert [r.current for r in trace] == pytest.approx(levels * 2)


PULSE_CARD = PulseTerminal(channel="PMU1-1", current_unlimited=True)


def test_pulse_cards_source_no_current_and_do_not_open():
    limits = pulse_limits(PULSE_CARD)
    assert not limits.sources_current and not limits.opens
    profile = make_profile("grounded")
    found = refusals(PULSE, profile, dict.fromkeys(profile.terminals, limits))
    assert any("cannot source a current" in reason for reason in found)


@pytest.mark.parametrize(
    ("stimulus", "limit"),
    [
        (replace(PULSE, compliance=10e-3), "compliance of level 10 mV is below 20 mV"),
        (replace(PULSE, amplitude=0.2, compliance=1.0), "level 200 mA is above 105 mA"),
        (replace(PULSE, compliance=300.0), "compliance of level 300 V is above 210 V"),
        (replace(PULSE, amplitude=0.1, compliance=50.0), "power of level 5 W is above 2.205 W"),
        (replace(PULSE, width=1e-3), "duration of level 1 ms is below 5 ms"),
    ],
)
def test_what_limits_a_source_of_current_is_told_before_anything_is_sent(stimulus, limit):
    wide = TerminalLimits(min_voltage=-500, max_voltage=500, max_compliance=1.0)
    profile = make_profile("grounded")
    profile = profile.model_copy(update={"terminals": {**profile.terminals, "gate": wide}})
    with simulated(profile=profile) as (bench, instrument), GuardedBench(bench) as bench:
        before = len(instrument.exchanges)
        with pytest.raises(LimitError) as caught:
            bench.apply(stimulus)
        assert any(f"{limit}, what a 4200A SMU2 can" in said for said in caught.value.refusals)
        assert len(instrument.exchanges) == before


def test_no_waveforms_on_smus():
    waveforms = Waveforms(
        terminal="drain", durations=(1e-3,), levels=(("gate", (0.1,)),), compliance=1e-6,
        verify=READ,
    )  # fmt: skip
    with simulated() as (bench, _), bench:
        assert not bench._instruments[""].plays(waveforms)


@pytest.mark.parametrize(
    ("level", "preamp", "code"),
    [
        (0.0, False, 3), (0.0, True, 1), (1e-12, True, 11), (-5e-12, True, 12), (1e-10, True, 13),
        (1e-12, False, 3), (2e-9, True, 2), (5e-8, True, 3), (-1e-6, False, 4), (9e-6, False, 5),
        (1e-4, False, 6), (1e-3, False, 7), (-1e-2, True, 8), (0.1, False, 9), (0.105, False, 9),
        (0.2, False, 10),
    ],
)  # fmt: skip
def test_the_range_codes_of_currents(level, preamp, code):
    """KXCI manual Rev. E page 5-32."""
    assert source_range(Source.CURRENT, level, preamp) == code
