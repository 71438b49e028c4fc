"""Programs: what the compilers make of stimuli, for SMUs and for pulse cards."""

import tracemalloc
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scripted_4200a import PROFILE

from mho.bench.limits import refusals
from mho.bench.plan_refusals import off_grid
from mho.drivers.keithley_4200a.codec.system_mode import LevelSweep, Sampling
from mho.drivers.keithley_4200a.compiler import pulse_program, smu_program
from mho.drivers.keithley_4200a.compiler.pulse_channels import PulseChannel
from mho.drivers.keithley_4200a.compiler.smu import Smu
from mho.drivers.keithley_4200a.compiler.smu_program import Steps
from mho.drivers.keithley_4200a.compiler.stimulus_compiler import StimulusCompiler
from mho.drivers.keithley_4200a.settings import (
    KeithleySettings,
    PulseTerminal,
    SmuTerminal,
    limits,
)
from mho.errors import LimitError, UnsupportedError
from mho.stimuli import Hold, Pulse, PulseTrain, Read, Sweep, Waveforms

SMU = Smu.of(SmuTerminal(channel="SMU1"), 50)
CHANNEL = {"TE": PulseChannel.of(PulseTerminal(channel="PMU1-1", current_unlimited=True))}
BOTH = {**CHANNEL, "BE": PulseChannel.of(PulseTerminal(channel="PMU1-2", current_unlimited=True))}

MILLISECONDS = st.integers(5, 50).map(lambda n: n * 1e-3)
MICROSECONDS = st.integers(1, 10_000).map(lambda n: n * 1e-6)
AMPLITUDES = st.lists(st.floats(-9, 9).map(lambda v: round(v, 3)), min_size=1, max_size=20)


def train(amplitudes=(1.0, 2.0), width=10e-3, rest=0.0, **changes):
    facts = {
        "terminal": "TE", "amplitudes": tuple(amplitudes), "width": width, "rest": rest,
        "compliance": 5e-3,
        "verify": Read(voltage=0.05, aperture=4e-3, settle=6e-3, compliance=1e-4),
    }  # fmt: skip
    return PulseTrain(**{**facts, **changes})


def test_each_stimulus_is_played_in_its_way():
    read = Read(voltage=0.05, aperture=9e-3, settle=1e-3, compliance=1e-4)
    hold = Hold(terminal="TE", level=0.1, count=2, interval=20e-3, aperture=9e-3, compliance=1e-4)
    sweep = Sweep(terminal="TE", levels=(0.0, 1.0), dwell=20e-3, aperture=5e-3, compliance=1e-3)
    pulse = Pulse(terminal="TE", amplitude=1.0, width=10e-3, compliance=1e-3, verify=read)
    kinds = [type(smu_program.compile_stimulus(s, SMU)) for s in (pulse, train(), sweep, hold)]
    assert kinds == [Steps, LevelSweep, LevelSweep, Sampling]


WIDTHS = MILLISECONDS | st.integers(5_000, 50_000).map(lambda n: n * 1e-6)


@settings(deadline=None)
@given(AMPLITUDES, WIDTHS, WIDTHS | st.just(0.0), st.integers(1, 3))
def test_a_train_as_a_list_keeps_levels_and_widths(amplitudes, width, rest, every):
    stimulus = train(amplitudes, width, rest, verify_every=every)
    program = smu_program.compile_stimulus(stimulus, SMU)
    assert isinstance(program, LevelSweep)
    assert program.point >= 5e-3 * (1 - 1e-9)
    assert width / program.point == pytest.approx(round(width / program.point))
    along = list(stimulus.score().at(stimulus.terminal))[:-1]
    levels = list(program.levels)
    for segment in along:
        number = round(segment.duration / program.point)
        if segment.duration != pytest.approx(number * program.point):
            assert segment.duration != width
            number = int(segment.duration / program.point) + 1
        assert {levels.pop(0) for _ in range(number)} == {segment.level}
    assert levels == [0.0]
    wanted = [segment.level for segment in along if segment.aperture is not None]
    assert [program.levels[i] for i in program.wanted] == wanted
    assert program.delay + program.plc / 50 == pytest.approx(program.point)


@pytest.mark.parametrize(
    ("width", "read", "point", "points"),
    [
        (20e-3, 20e-3, 20e-3, 2),
        (20e-3, 30e-3, 10e-3, 5),
        (20e-3, 21e-3, 5e-3, 9),  # the read lasts 25 ms
        (7.3e-3, 10e-3, 7.3e-3, 3),
    ],
)
def test_what_is_no_multiple_of_a_point_lasts_longer_not_the_pulse(width, read, point, points):
    verify = Read(voltage=0.05, aperture=4e-3, settle=read - 4e-3, compliance=1e-4)
    program = smu_program.compile_stimulus(train((1.0,) * 160, width, verify=verify), SMU)
    assert program.point == pytest.approx(point)
    assert program.points == 160 * points + 1


def test_a_train_longer_than_the_buffer_takes_the_points_that_fit():
    """The best would be 5 ms, 9 a pulse."""
    verify = Read(voltage=0.05, aperture=4e-3, settle=17e-3, compliance=1e-4)
    program = smu_program.compile_stimulus(train((1.0,) * 1000, 20e-3, verify=verify), SMU)
    assert program.points <= 4096
    with pytest.raises(LimitError, match="4096"):
        smu_program.compile_stimulus(train((1.0,) * 2000, 20e-3, verify=verify), SMU)


def test_a_point_is_long_enough_for_a_fixed_integration():
    smu = Smu.of(SmuTerminal(channel="SMU1", integration="normal"), 50)
    verify = Read(voltage=0.05, aperture=20e-3, settle=20e-3, compliance=1e-4)
    program = smu_program.compile_stimulus(train((1.0,), 60e-3, verify=verify), smu)
    assert program.point == pytest.approx(20e-3) and program.points == 3 + 2 + 1


def test_a_train_whose_reads_have_a_higher_limit_is_played_level_by_level():
    verify = Read(voltage=0.05, aperture=4e-3, settle=6e-3, compliance=20e-3)
    program = smu_program.compile_stimulus(train(verify=verify), SMU)
    assert isinstance(program, Steps)
    read = [s for s in program.steps if s.read_after is not None]
    assert [s.reads_both for s in read] == [False, True, False, True]
    assert len(program.steps) == 5
    assert [s.current_floor for s in program.steps[:2]] == [10e-3, 100e-3]


def test_only_pulses_go_without_voltage_even_if_a_read_looks_like_one():
    verify = Read(voltage=0.05, aperture=3.65e-3, settle=3.65e-3, compliance=6e-3)
    program = smu_program.compile_stimulus(train(width=7.3e-3, verify=verify), SMU)
    assert [s.reads_both for s in program.steps[:4]] == [False, True, False, True]


def test_a_long_dwell_is_timed_by_the_computer():
    sweep = Sweep(terminal="TE", levels=(0.0, 1.0), dwell=10.0, aperture=0.1, compliance=1e-3)
    assert isinstance(smu_program.compile_stimulus(sweep, SMU), Steps)


def test_reads_are_ranged_no_lower_than_their_compliance_calls_for():
    assert smu_program.compile_stimulus(train(), SMU).current_floor == 100e-6
    preamp = Smu.of(SmuTerminal(channel="SMU1", preamp=True), 50)
    read = Hold(terminal="TE", level=0.1, count=1, interval=0.1, aperture=0.01, compliance=2e-9)
    assert smu_program.compile_stimulus(read, preamp).steps[0].current_floor == 10e-9


@pytest.mark.parametrize(("interval", "kind"), [(5e-3, Steps), (10e-3, Sampling), (10.5, Steps)])
def test_a_hold_is_sampled_where_its_interval_can_be(interval, kind):
    hold = Hold(terminal="TE", level=0.1, count=3, interval=interval, aperture=4e-3,
                compliance=1e-4)  # fmt: skip
    assert isinstance(smu_program.compile_stimulus(hold, SMU), kind)


def test_a_bench_file_may_let_an_smu_range_down_for_curves_over_decades():
    read = Hold(terminal="TE", level=0.1, count=1, interval=0.1, aperture=0.01, compliance=1e-2)
    for lowest, floor in ((None, 10e-3), (100e-9, 100e-9), (3e-6, 10e-6), (1.0, 10e-3)):
        smu = Smu.of(SmuTerminal(channel="SMU1", lowest_range=lowest), 50)
        assert smu_program.compile_stimulus(read, smu).steps[0].current_floor == floor


@pytest.mark.parametrize(
    ("aperture", "reason"),
    [
        (0.2, "duration of read level 100 ms is below 200 ms"),
        (1e-5, "aperture of read level 10 us is below 200 us"),
    ],
)
def test_apertures_that_do_not_fit_are_refused(aperture, reason):
    hold = Hold(terminal="TE", level=0.1, count=1, interval=0.1, aperture=aperture, compliance=1e-4)
    found = refusals(hold, PROFILE, {"TE": SMU.limits})
    assert found == [f"hold at TE: {reason}, what a 4200A SMU1 can"]


def segments_of(tests):
    return [s for q in sequences_of(tests) for s in q.segments * min(q.loops, 3)]


def sequences_of(tests, channel=0):
    return [q for t in tests for q in t.parts[channel].plays]


def whole_ticks(seconds):
    return abs(seconds * 1e8 - round(seconds * 1e8)) < 1e-5


@settings(deadline=None)
@given(AMPLITUDES, MICROSECONDS, MICROSECONDS, MICROSECONDS, st.sampled_from([1e-4, 5e-3]))
def test_pulses_of_a_pulse_card_are_closed_gapless_and_exact(amplitudes, width, rest, read, limit):
    verify = Read(voltage=0.05, aperture=read, settle=1e-6, compliance=limit)
    for stimulus in (
        Pulse(terminal="TE", amplitude=amplitudes[0], width=width, compliance=5e-3,
              rest=rest, verify=verify),
        train(amplitudes, width, rest, verify=verify),
        Sweep(terminal="TE", levels=tuple(amplitudes), dwell=width, aperture=width,
              compliance=5e-3),
    ):  # fmt: skip
        try:
            tests = pulse_program.compile_pulses(stimulus, CHANNEL)
        except UnsupportedError:  # no sample rate fits windows so unlike
            assert isinstance(stimulus, PulseTrain)
            continue
        segments = segments_of(tests)
        levels = [(s.start, s.stop) for s in segments]
        assert levels[0][0] == 0.0 == levels[-1][1]
        assert all(a[1] == b[0] for a, b in pairwise(levels))
        assert all(2e-8 - 1e-15 <= s.duration <= 1 and whole_ticks(s.duration) for s in segments)
        closing = 50e-6 * (len(tests) - 1)
        assert sum(s.duration for s in segments) == pytest.approx(
            stimulus.score().duration + closing
        )
        windows = [s for s in segments if s.window]
        wanted = [p for p in stimulus.score().at(stimulus.terminal) if p.aperture is not None]
        assert [s.stop for s in windows] == [p.level for p in wanted]
        for segment, plateau in zip(windows, wanted, strict=True):
            begin, end = segment.window
            assert 0 <= begin < end == segment.duration
            assert end - begin <= plateau.aperture + 1e-12
            assert end - begin >= plateau.aperture - 110e-9
        assert all(len(q.segments) >= 3 for q in sequences_of(tests))


@settings(deadline=None)
@given(AMPLITUDES, st.integers(1, 1000), MICROSECONDS, st.floats(0.1, 1.0))
def test_a_hold_of_a_pulse_card_loops(levels, number, interval, share):
    aperture = round(interval * share, 8)
    hold = Hold(terminal="TE", level=levels[0], count=number, interval=interval,
                aperture=aperture, compliance=1e-4)  # fmt: skip
    tests = pulse_program.compile_pulses(hold, CHANNEL)
    assert len(tests[0].ends) == number
    segments = segments_of(tests)
    assert segments[0].start == 0.0 == segments[-1].stop
    assert all(a.stop == b.start for a, b in pairwise(segments))
    assert all(2e-8 - 1e-15 <= s.duration <= 1 and whole_ticks(s.duration) for s in segments)
    assert all(len(q.segments) >= 3 for q in sequences_of(tests))
    stored = sum(len(q.segments) for q in sequences_of(tests))
    played = sum(len(q.segments) * q.loops for q in sequences_of(tests))
    assert stored <= min(played, 140)
    durations = [sum(s.duration for s in q.segments) * q.loops for q in sequences_of(tests)]
    assert sum(durations) == pytest.approx(number * interval + 50e-6)


def test_a_long_level_is_cut_into_segments_of_a_second():
    pulse = Pulse(terminal="TE", amplitude=1.0, width=0.9, rest=3.5, compliance=1e-4)
    read = Read(voltage=0.1, settle=2.2, aperture=0.3, compliance=1e-4)
    (test,) = pulse_program.compile_pulses(
        Pulse(terminal="TE", amplitude=1.0, width=0.9, rest=3.5, compliance=1e-4, verify=read),
        CHANNEL,
    )
    segments = segments_of([test])
    assert max(s.duration for s in segments) <= 1.0
    assert len(segments) > 8
    assert pulse.width == 0.9


def test_what_arithmetic_leaves_of_zero_is_zero():
    sweep = Sweep(terminal="TE", levels=(-1e-17, 0.1, 0.1 + 1e-16, 3e-17), dwell=1e-4,
                  aperture=5e-5, compliance=1e-4)  # fmt: skip
    tests = pulse_program.compile_pulses(sweep, CHANNEL)
    assert [s.stop for s in segments_of(tests)] == [0.0, 0.1, 0.1, 0.1, 0.0, 0.0, 0.0]
    assert len(tests[0].ends) == 4


def test_ranges_follow_level_and_compliance():
    def ranges(level, compliance):
        pulse = Pulse(terminal="TE", amplitude=level, width=1e-4, compliance=compliance)
        (test,) = pulse_program.compile_pulses(pulse, CHANNEL)
        return test.parts[0].voltage_range, test.parts[0].current_range

    assert ranges(2.0, 5e-3) == (10.0, 10e-3)
    assert ranges(-2.0, 80e-9) == (10.0, 100e-9)
    assert ranges(12.0, 1e-6) == (40.0, 100e-6)
    assert ranges(1.0, 0.5) == (40.0, 0.8)
    with pytest.raises(LimitError, match="900 mA"):
        ranges(1.0, 0.9)


@pytest.mark.parametrize(
    ("pulse", "why"),
    [
        ({"width": 1.005e-6}, "10 ns"),
        ({"width": 120e-9}, "40 ns"),
        ({"amplitude": 20.0, "width": 300e-9}, "250 ns"),
    ],
)
def test_what_a_pulse_card_cannot_time_is_refused(pulse, why):
    facts = {"terminal": "TE", "amplitude": 1.0, "width": 1e-6, "compliance": 1e-4}
    with pytest.raises(UnsupportedError, match=why):
        pulse_program.compile_pulses(Pulse(**{**facts, **pulse}), CHANNEL)


@settings(deadline=None)
@given(st.integers(10_000, 10**7))
def test_what_a_check_says_of_durations_is_what_the_compiler_says(tenths_of_ns):
    pulse = Pulse(terminal="TE", amplitude=1.0, width=tenths_of_ns * 1e-10, compliance=1e-4)
    (said,) = off_grid(pulse, {"TE": CHANNEL["TE"].limits}) or ("",)
    if said:
        assert "10 ns of a 4225-PMU (PMU1-1); take" in said
        with pytest.raises(UnsupportedError, match="10 ns"):
            pulse_program.compile_pulses(pulse, CHANNEL)
    else:
        assert pulse_program.compile_pulses(pulse, CHANNEL)


def test_the_nearest_durations_are_named_for_each_that_is_off_the_grid():
    stimulus = train((1.0, 2.0), 1.005e-6, 2.5e-6, verify=None)
    assert off_grid(stimulus, {"TE": CHANNEL["TE"].limits}) == [
        "pulsetrain at TE: 1.005 us is no multiple of the 10 ns of a 4225-PMU (PMU1-1); take 1 us "
        "or 1.01 us"
    ]
    assert off_grid(stimulus, {"TE": SMU.limits}) == []


def test_more_segments_than_a_channel_holds_are_refused():
    with pytest.raises(LimitError, match="2048"):
        pulse_program.compile_pulses(train([n / 1e3 for n in range(600)], 1e-6, 1e-6), CHANNEL)


def test_a_channel_that_is_not_driven_plays_zero_as_long():
    hold = Hold(terminal="BE", level=1.0, count=9, interval=1e-3, aperture=5e-4, compliance=1e-4)
    for stimulus in (hold, train([1.0, 2.0], terminal="BE")):
        (test,) = pulse_program.compile_pulses(stimulus, BOTH)
        assert [part.number for part in test.parts] == [2, 1]
        driven, silent = (sequences_of([test], channel) for channel in (0, 1))
        assert [q.loops for q in silent] == [q.loops for q in driven]
        for ours, theirs in zip(silent, driven, strict=True):
            assert {(s.start, s.stop, s.window) for s in ours.segments} == {(0.0, 0.0, None)}
            assert [s.duration for s in ours.segments] == [s.duration for s in theirs.segments]


@settings(deadline=None)
@given(AMPLITUDES, st.lists(MICROSECONDS, min_size=1, max_size=20), st.sampled_from([1e-4, 5e-3]))
def test_waveforms_share_one_time_axis(amplitudes, durations, limit):
    number = min(len(amplitudes), len(durations))
    waveforms = Waveforms(
        terminal="BE",
        durations=tuple(durations[:number]),
        levels=(
            ("TE", tuple(amplitudes[:number])),
            ("BE", tuple(-level for level in amplitudes[:number])),
        ),
        compliance=5e-3,
        verify=Read(voltage=0.1, aperture=1e-4, settle=1e-5, compliance=limit),
    )
    tests = pulse_program.compile_pulses(waveforms, BOTH)
    assert len(tests) == (1 if limit == 5e-3 else 2)
    assert [part.number for part in tests[-1].parts] == [2, 1]
    assert [len(test.ends) for test in tests] == [0] * (len(tests) - 1) + [1]
    for test in tests:
        lengths = [
            sum(s.duration for q in sequences_of([test], channel) for s in q.segments)
            for channel in (0, 1)
        ]
        assert lengths == pytest.approx([test.duration] * 2)
    reads = [s for s in segments_of(tests) if s.window]
    assert [s.stop for s in reads] == [0.1]
    others = [s for q in sequences_of(tests, 1) for s in q.segments]
    assert not any(s.window for s in others)
    assert all(a.stop == b.start for a, b in pairwise(others))


@pytest.mark.parametrize("gate", [SmuTerminal(channel="SMU2"), PulseTerminal(
    channel="PMU1-1", current_unlimited=True
)])  # fmt: skip
def test_waveforms_on_two_terminals_need_channels_of_a_pulse_card(gate):
    waveforms = Waveforms(
        terminal="TE",
        durations=(1e-3,),
        levels=(("TE", (1.0,)), ("gate", (1.0,))),
        compliance=1e-3,
        verify=Read(voltage=0.1, aperture=1e-4, compliance=1e-3),
    )
    settings = KeithleySettings(
        connection="GPIB0::17::INSTR", terminals={"TE": SmuTerminal(channel="SMU1"), "gate": gate}
    )
    found = refusals(waveforms, PROFILE, limits(settings, PROFILE))
    assert any(
        "TE, gate are to be driven together" in reason and "4200A SMU1 and" in reason
        for reason in found
    )
    smus = {"TE": SMU, "gate": Smu.of(SmuTerminal(channel="SMU2"), 50)}
    assert not StimulusCompiler(smus, {}).plays(waveforms)
    assert not StimulusCompiler({"TE": SMU}, {"gate": CHANNEL["TE"]}).plays(waveforms)


def test_an_edge_is_no_shorter_than_the_pulse_card_makes_it():
    """20 ns on the 10 V range, 50 ns on the 40 V range (KXCI manual, p. 7-18)."""
    facts = {"channel": "PMU1-1", "current_unlimited": True}
    with pytest.raises(ValidationError, match="transition"):
        PulseTerminal(**facts, transition=10e-9)
    pulse = Pulse(terminal="TE", amplitude=9.0, width=1e-6, compliance=1e-3)
    for edge, amplitude, possible in (
        (20e-9, 9.0, True), (40e-9, 11.0, False), (50e-9, 11.0, True)
    ):  # fmt: skip
        channels = {"TE": PulseChannel.of(PulseTerminal(**facts, transition=edge))}
        wanted = replace(pulse, amplitude=amplitude)
        if possible:
            assert pulse_program.compile_pulses(wanted, channels)
        else:
            with pytest.raises(UnsupportedError, match="50 ns"):
                pulse_program.compile_pulses(wanted, channels)


def rested(seconds):
    read = Read(voltage=0.05, aperture=4e-3, compliance=1e-4)
    return Pulse(
        terminal="TE", amplitude=1.0, width=1e-3, compliance=1e-4, rest=seconds, verify=read
    )


@pytest.mark.parametrize("seconds", [2100.0, 1e6, 1e12])
def test_what_lasts_too_long_is_refused_before_it_is_written_out(seconds):
    long = train(rest=seconds, width=20e-3)
    pulse = rested(seconds)
    tracemalloc.start()
    try:
        for compiled, why in (
            (lambda: smu_program.compile_stimulus(long, SMU), "more than the 4096"),
            (
                lambda: pulse_program.compile_pulses(long, CHANNEL),
                "more than the 2048 segments of at most 1 s",
            ),
            (
                lambda: pulse_program.compile_pulses(pulse, CHANNEL),
                "more than the 2048 segments of at most 1 s",
            ),
        ):
            with pytest.raises(LimitError, match=why):
                compiled()
        assert tracemalloc.get_traced_memory()[1] < 1e6
    finally:
        tracemalloc.stop()


def test_a_channel_is_filled_by_a_level_of_as_many_seconds_as_it_holds_segments():
    (test,) = pulse_program.compile_pulses(rested(2040.0), CHANNEL)
    ((_, segments),) = test.bars[0]
    assert 2040 <= len(segments) <= 2048
    with pytest.raises(LimitError, match="2048"):
        pulse_program.compile_pulses(rested(2049.0), CHANNEL)
