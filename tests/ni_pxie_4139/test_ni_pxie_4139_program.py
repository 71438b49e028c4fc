"""The compile step: programs against the score of the stimulus, and what is refused."""

from dataclasses import replace

import pytest
from compiling import compiled as compiled_by
from compiling import families, unhurried
from hypothesis import given
from hypothesis import strategies as st

from mho.bench.limits import refusals
from mho.device.profile import TerminalLimits
from mho.drivers.ni_pxie_4139.kept_programs import KeptPrograms
from mho.drivers.ni_pxie_4139.ranges import (
    CURRENT_RANGES,
    MAX_STEPS,
    MODELS,
    SAMPLE_RATE,
    VOLTAGE_RANGES,
    current_range,
    voltage_range,
)
from mho.errors import LimitError, UnsupportedError
from mho.stimuli import RETURN_TO_ZERO, Hold, Pulse, PulseTrain, Read, Sweep, duration
from mho.testing.profiles import make_profile

SMALL, LARGE = MODELS["20 W"], MODELS["40 W"]
DEVICE = make_profile(
    terminals={
        "TE": TerminalLimits(min_voltage=-100.0, max_voltage=100.0, max_compliance=10.0),
    }
)


def compiled(stimulus, model=SMALL, is_advanced=None):
    return compiled_by(stimulus, model.max_source_power, is_advanced)


def refused(stimulus, model=SMALL):
    """Why this SMU must not play it, with a device that suffers more than the SMU can do."""
    return refusals(stimulus, DEVICE, {"TE": model.limits()})


levels = st.floats(-6, 6).map(lambda level: round(level, 3))
widths = st.integers(500, 50_000).map(lambda number: number / 1e7)
apertures = st.integers(20, 50_000).map(lambda number: number / 1e6)
compliances = st.sampled_from([50e-9, 1e-6, 5e-5, 1e-4, 1e-3, 2.5e-3])
reads = st.builds(
    Read,
    voltage=levels,
    aperture=apertures,
    compliance=st.just(50e-9),
    settle=st.sampled_from([0.0, 1e-5, 1e-3]),
)
rests = st.sampled_from([0.0, 1e-5, 37e-6, 1e-3])
pulses = st.builds(
    Pulse,
    terminal=st.just("TE"),
    amplitude=levels,
    width=widths,
    compliance=compliances,
    rest=rests,
    verify=st.none() | reads,
)
holds = st.builds(
    lambda spare, aperture, **rest: Hold(
        terminal="TE", interval=aperture + spare, aperture=aperture, **rest
    ),
    spare=rests,
    aperture=apertures,
    level=levels,
    count=st.integers(1, 5),
    compliance=compliances,
)
trains = st.builds(
    PulseTrain,
    terminal=st.just("TE"),
    amplitudes=st.lists(levels, min_size=1, max_size=6).map(tuple),
    width=widths,
    compliance=compliances,
    rest=rests,
    verify=st.none() | reads,
    verify_every=st.integers(1, 3),
)
sweeps = st.builds(
    lambda spare, aperture, **rest: Sweep(
        terminal="TE", dwell=aperture + spare, aperture=aperture, **rest
    ),
    spare=rests,
    aperture=apertures,
    levels=st.lists(levels, min_size=1, max_size=6).map(tuple),
    compliance=compliances,
)


def played(programs):
    """The steps in the order of time, each with its start and end, and the readings' windows."""
    steps, windows, start = [], [], 0.0
    for program in programs:
        first, began = len(steps), start
        for step in program.steps * program.loops:
            end = start + step.source_delay + step.aperture_time
            steps.append((step, start, end))
            start = end
        for point in program.points:
            window = steps[first + point.first : first + point.first + point.number]
            windows.append((began + point.end, window))
    return steps, windows


@unhurried
@given(pulses | holds | trains | sweeps)
def test_programs_play_exactly_the_score(stimulus):
    for is_advanced in families(stimulus):
        assert_score(stimulus, compiled(stimulus, LARGE, is_advanced))


def assert_score(stimulus, programs):
    """Only the closing return to rest may take longer, a common aperture of a uniform sequence."""
    steps, windows = played(programs)
    windows, rest, now = iter(windows), iter(steps), 0.0
    *segments, closing = stimulus.score().at(stimulus.terminal)
    shares_limit = isinstance(stimulus, PulseTrain)
    if programs[-1].rest:
        assert programs[-1].rest == closing.duration and not programs[-1].uniform
        assert segments[-1].level == 0.0
    else:
        segments.append(closing)
    for segment in segments:
        end = now + segment.duration
        inside = []
        while not inside or inside[-1][2] < end - 1e-9:
            inside.append(next(rest))
        assert inside[0][1] == pytest.approx(now, abs=1e-9)
        longest = end
        if segment is closing and programs[0].uniform:
            longest = max(end, now + programs[0].steps[0].aperture_time)
        assert end - 1e-9 <= inside[-1][2] <= longest + 1e-9
        for step, _, _ in inside:
            assert step.voltage_level == segment.level
            assert abs(segment.level) <= step.voltage_level_range
            assert step.current_limit <= step.current_limit_range
            assert step.source_delay >= 0
            assert (step.aperture_time * SAMPLE_RATE) == pytest.approx(
                round(step.aperture_time * SAMPLE_RATE)
            )
            assert step.current_limit == (stimulus.compliance if shares_limit else segment.limit)
        if segment.aperture is None:
            assert len(inside) == 1
        else:
            moment, window = next(windows)
            assert moment == pytest.approx(end, abs=1e-9)
            assert window[-1][2] == pytest.approx(end, abs=1e-9)
            measured_from = window[0][2] - window[0][0].aperture_time
            measured_for = sum(step.aperture_time for step, _, _ in window)
            assert measured_from >= end - segment.aperture - 1e-9
            if isinstance(stimulus, Pulse | Hold):
                assert measured_for == pytest.approx(segment.aperture, abs=1 / SAMPLE_RATE)
            else:
                assert measured_for >= 0.45 * segment.aperture
        now = end
    assert next(rest, None) is None
    assert next(windows, None) is None


@unhurried
@given(pulses | holds | trains | sweeps)
def test_a_uniform_sequence_has_one_range_limit_and_aperture(stimulus):
    for is_advanced in families(stimulus):
        for program in compiled(stimulus, LARGE, is_advanced):
            assert program.uniform is not is_advanced
            if program.uniform:
                shared = {s._replace(voltage_level=0, source_delay=0) for s in program.steps}
                assert len(shared) == 1
                assert program.loops == 1


def test_pulse_and_its_read_have_ranges_of_their_own():
    read = Read(voltage=0.05, aperture=1e-3, compliance=10e-6, settle=1e-4)
    pulse = Pulse(
        terminal="TE", amplitude=-1.5, width=1e-4, compliance=5e-3, rest=2e-4, verify=read
    )
    (program,) = compiled(pulse)
    found = [
        (s.voltage_level, s.voltage_level_range, s.current_limit, s.current_limit_range)
        for s in program.steps
    ]
    assert found == [
        (-1.5, 6.0, 5e-3, 10e-3),
        (0.0, 6.0, 5e-3, 10e-3),
        (0.05, 0.6, 10e-6, 10e-6),
        (0.0, 0.6, 5e-3, 10e-3),
    ]
    assert not program.uniform
    assert [point.first for point in program.points] == [0, 2]
    assert program.steps[0].aperture_time == pytest.approx(50e-6)
    assert program.steps[2].source_delay == pytest.approx(1e-4)


def test_the_return_to_zero_lasts_one_common_aperture_and_splits_no_read():
    sweep = Sweep(terminal="TE", levels=(0.1, 0.2), dwell=2e-3, aperture=1e-3, compliance=1e-3)
    (program,) = compiled(sweep)
    assert program.uniform
    assert [point.number for point in program.points] == [1, 1]
    assert [s.aperture_time for s in program.steps] == pytest.approx([1e-3] * 3)
    assert [s.source_delay for s in program.steps] == pytest.approx([1e-3, 1e-3, 0], abs=1e-9)
    assert {(s.voltage_level_range, s.current_limit_range) for s in program.steps} == {(0.6, 1e-3)}


def test_where_a_terminal_rests_open_its_return_to_zero_is_as_short_as_asked():
    train = PulseTrain(terminal="TE", amplitudes=(1.0, 1.1), width=1e-3, rest=2e-3, compliance=1e-3)
    for stimulus in (train, replace(train, amplitudes=(1.0,)), replace(train, rest=0.0)):
        programs, _ = KeptPrograms(20.0, rests_open=True).of(stimulus, is_advanced=False)
        (program,) = programs
        assert program.duration == pytest.approx(duration(stimulus), abs=1e-9)
        assert {point.number for point in program.points} == {10}  # pieces of 50 us
    many = replace(train, amplitudes=(1.0,) * 1000)
    ((program,), _) = KeptPrograms(20.0, rests_open=True).of(many, is_advanced=False)
    assert {point.number for point in program.points} == {1}


def test_200_pulses_with_reads_take_no_more_points_than_their_reads_need():
    train = PulseTrain(
        terminal="TE", amplitudes=(1.0,) * 200, width=1e-3, rest=1e-3, compliance=1e-3,
        verify=Read(voltage=0.1, aperture=1e-3, settle=1e-4, compliance=1e-4),
    )  # fmt: skip
    (program,) = compiled(train)
    # Half of a pulse is its reading; a read is as long as two of those.
    assert program.measurements == 200 * (1 + 1 + 2) + 1
    assert program.duration == pytest.approx(200 * (1e-3 + 1e-3 + 1.1e-3) + 0.5e-3)


def test_reads_are_split_evenly_where_pulses_are_shorter():
    train = PulseTrain(
        terminal="TE", amplitudes=(1.0,), width=1e-4, rest=1e-4, compliance=1e-3,
        verify=Read(voltage=0.1, aperture=1e-3, compliance=1e-4),
    )  # fmt: skip
    (program,) = compiled(train)
    assert [point.number for point in program.points] == [1, 20]
    assert program.steps[-1].source_delay + program.steps[-1].aperture_time == RETURN_TO_ZERO


def test_hold_of_many_loops_one_step_and_then_returns_to_zero():
    hold = Hold(terminal="TE", level=0.05, count=7, interval=0.5, aperture=0.1, compliance=1e-6)
    readings, zero = compiled(hold, is_advanced=True)
    assert (len(readings.steps), readings.loops, readings.measurements) == (1, 7, 7)
    assert readings.duration == pytest.approx(7 * 0.5)
    assert [p.end for p in readings.points] == pytest.approx([0.5 * n for n in range(1, 8)])
    assert [s.voltage_level for s in zero.steps] == [0.0]
    assert (zero.points, zero.duration) == ((), pytest.approx(RETURN_TO_ZERO))
    (both,) = compiled(hold, is_advanced=False)
    assert [s.voltage_level for s in both.steps] == [*[0.05] * 7, 0.0]
    assert [p.end for p in both.points] == pytest.approx([0.5 * n for n in range(1, 8)])


@pytest.mark.parametrize(
    ("amplitudes", "steps"),
    [((1.0,) * 9, 2), ((1.0, -0.8) * 50, 4), ((1.0, 1.1, 1.2, 1.3) * 2, 8), ((1.0, 1.1), 4)],
)
def test_a_train_that_repeats_few_pulses_loops_them(amplitudes, steps):
    train = PulseTrain(terminal="TE", amplitudes=amplitudes, width=1e-3, rest=2e-3, compliance=1e-3)
    (program,) = compiled(train, is_advanced=True)
    assert (len(program.steps), program.measurements) == (steps, 2 * len(amplitudes))
    assert program.rest == RETURN_TO_ZERO
    assert {step.voltage_level_range for step in program.steps} == {6.0}


@pytest.mark.parametrize(
    "change",
    [
        {"amplitudes": (1.0, 1.1, 1.2, 1.3, 1.4)},
        {"amplitudes": (1.0, -1.0, 1.0, -1.0, 1.0)},
        {"rest": 0.0},
        {"verify": Read(voltage=0.1, aperture=1e-3, compliance=1e-4)},
        {"amplitudes": (1.0,) * (MAX_STEPS // 2 + 1)},
        {"amplitudes": ()},
    ],
)
def test_other_trains_do_not(change):
    train = PulseTrain(
        terminal="TE", **{"amplitudes": (1.0,) * 3, "width": 1e-3, "rest": 2e-3,
                          "compliance": 1e-3, **change},
    )  # fmt: skip
    assert families(train) == [False]


def long_train(count, **change):
    facts = {"width": 1e-4, "rest": 1e-4, "compliance": 1e-3, **change}
    return PulseTrain(terminal="TE", amplitudes=(1.0,) * count, **facts)


@pytest.mark.parametrize("most", range(5, 12))
@pytest.mark.parametrize("verify", [None, Read(voltage=0.1, aperture=1e-4, compliance=1e-3)])
def test_what_is_too_long_for_one_sequence_is_cut_at_rest(monkeypatch, verify, most):
    monkeypatch.setattr("mho.drivers.ni_pxie_4139.uniform.MAX_STEPS", most)
    train = long_train(11, verify=verify, verify_every=2)
    programs = compiled(train)
    assert len(programs) > 2
    assert all(len(program.steps) <= most for program in programs)
    for program in programs:
        assert program.steps[-1].voltage_level in ((0.0,) if verify is None else (0.0, 0.1))
    assert_score(train, programs)


@pytest.mark.parametrize(
    "stimulus",
    [
        long_train(11, rest=0.0),
        long_train(11, rest=0.0, verify=Read(voltage=0.1, aperture=5e-5, compliance=1e-3),
                   verify_every=11),
    ],
)  # fmt: skip
def test_a_train_is_never_cut_within_or_right_after_a_pulse(monkeypatch, stimulus):
    monkeypatch.setattr("mho.drivers.ni_pxie_4139.uniform.MAX_STEPS", 10)
    with pytest.raises(UnsupportedError, match="without a rest among them"):
        compiled(stimulus)


def test_a_hold_or_sweep_is_cut_where_it_must(monkeypatch):
    monkeypatch.setattr("mho.drivers.ni_pxie_4139.uniform.MAX_STEPS", 10)
    monkeypatch.setattr("mho.drivers.ni_pxie_4139.kept_programs.MAX_STEPS", 10)
    hold = Hold(terminal="TE", level=0.1, count=25, interval=1e-3, aperture=1e-4, compliance=1e-3)
    sweep = Sweep(terminal="TE", levels=(0.1,) * 25, dwell=1e-3, aperture=1e-4, compliance=1e-3)
    for stimulus in (hold, sweep):
        assert families(stimulus) == [False]
        programs = compiled(stimulus)
        assert [len(program.steps) for program in programs] == [10, 10, 6]
        assert_score(stimulus, programs)


def pulse(amplitude=1.0, width=1e-4, compliance=1e-3, rest=0.0, verify=None):
    return Pulse(
        terminal="TE",
        amplitude=amplitude,
        width=width,
        compliance=compliance,
        rest=rest,
        verify=verify,
    )


@pytest.mark.parametrize(
    ("stimulus", "words"),
    [
        (pulse(amplitude=60.1, compliance=1e-3), "level 60.1 V is above 60 V"),
        (pulse(compliance=3.1), "compliance of level 3.1 A is above 3 A"),
        (pulse(compliance=1e-9), "compliance of level 1 nA is below 20 nA"),
        (pulse(compliance=float("nan")), "compliance of level nan A is above 3 A"),
        (pulse(amplitude=-21.0, compliance=1.0), "power of level 21 W is above 20 W"),
        (pulse(width=49e-6), "duration of level 49 us is below 50 us"),
    ],
)
def test_beyond_the_smu_is_refused_with_its_limit_named(stimulus, words):
    assert f"pulse at TE: {words}, what NI PXIe-4139 can" in refused(stimulus)


def test_the_limit_that_a_read_shares_with_the_pulses_of_its_train_counts_for_its_power():
    train = PulseTrain(
        terminal="TE", amplitudes=(1.0,), width=1e-4, compliance=1.0, rest=1e-4,
        verify=Read(voltage=22.0, aperture=1e-3, compliance=1e-3),
    )  # fmt: skip
    with pytest.raises(LimitError, match="22 W"):
        compiled(train)
    assert compiled(train, LARGE)


@pytest.mark.parametrize("stimulus", [pulse(amplitude=60.1), pulse(compliance=3.1)])
def test_what_no_range_holds_is_not_encoded(stimulus):
    with pytest.raises(LimitError, match="no range"):
        compiled(stimulus)


def test_all_refusals_come_at_once():
    verify = Read(voltage=70.0, aperture=1e-3, compliance=1e-6)
    found = refused(pulse(amplitude=80.0, verify=verify))
    assert [reason.split(" is ")[0] for reason in found] == [
        "pulse at TE: level 80 V", "pulse at TE: read level 70 V",
    ]  # fmt: skip


def test_more_power_needs_the_larger_model():
    strong = pulse(amplitude=-21.0, compliance=1.0)
    assert refused(strong) and not refused(strong, LARGE)
    assert compiled(strong, LARGE)


@pytest.mark.parametrize(
    ("stimulus", "model", "words"),
    [
        (pulse(width=9e-6), LARGE, "10 us"),
        (pulse(rest=9e-6, verify=Read(voltage=0.1, aperture=1e-3, compliance=1e-6)), SMALL, "9 us"),
        (Hold(terminal="TE", level=1, count=1, interval=1e-4, aperture=2e-4, compliance=1e-3),
         SMALL, "does not fit"),
        (Hold(terminal="TE", level=1, count=1, interval=20, aperture=10, compliance=1e-3),
         SMALL, "aperture of 10 s"),
        (Hold(terminal="TE", level=1, count=1, interval=200, aperture=1, compliance=1e-3),
         SMALL, "167 s"),
        (PulseTrain(terminal="TE", amplitudes=(1.0,), width=1e-4, compliance=1e-3, rest=1e-5,
                    verify=Read(voltage=0.1, aperture=1.1, compliance=1e-5)),
         SMALL, "shorten the aperture"),
        (PulseTrain(terminal="TE", amplitudes=(1.0,), width=1e-4, compliance=1e-6, rest=0,
                    verify=Read(voltage=0.1, aperture=1e-3, compliance=1e-5)),
         SMALL, "share one current limit"),
    ],
)  # fmt: skip
def test_what_a_sequence_cannot_do_is_unsupported(stimulus, model, words):
    with pytest.raises(UnsupportedError, match=words):
        compiled(stimulus, model)


def test_shortest_pulses_are_played():
    for width, model in ((50e-6, SMALL), (10e-6, LARGE)):
        (program,) = compiled(pulse(width=width), model)
        assert program.duration == pytest.approx(width + RETURN_TO_ZERO)


def test_ranges_are_the_smallest_that_hold():
    for table, choose in ((VOLTAGE_RANGES, voltage_range), (CURRENT_RANGES, current_range)):
        for largest, beyond in zip(table, (*table[1:], float("inf")), strict=True):
            assert choose(largest) == largest
            assert choose(largest * 1.01) == beyond
    assert voltage_range(-0.7) == 6.0


def test_limits_repeat_the_table():
    limits = SMALL.limits()
    assert (limits.instrument, limits.max_voltage, limits.max_compliance) == (
        "NI PXIe-4139",
        60.0,
        3.0,
    )
    assert limits.max_aperture == pytest.approx(9.32, rel=1e-3)
    assert (LARGE.limits().min_width, LARGE.limits().max_source_power) == (10e-6, 40.0)
