"""The compile step: programs against the score of the stimulus, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from daq_benches import METER, settings, terminals
from hypothesis import given
from hypothesis import strategies as st

from mho.drivers.ni_daq.clocking import Clock
from mho.drivers.ni_daq.compile import compile_stimulus
from mho.errors import LimitError, UnsupportedError
from mho.stimuli import (
    Family,
    Hold,
    Pulse,
    PulseTrain,
    Read,
    Source,
    Sweep,
    Waveforms,
)

US = 1e-6
CLOCK = Clock(rate=1e6, input_rate=2e6, inputs_rate=8e6, buffer=1_000_000, streaming=True)
SHARED = replace(CLOCK, inputs_rate=1e6)
"""As a PCIe-6363 has it: two inputs at 500 kHz each."""
BOTH = terminals()
BOTH["gate"]["current"] = {**METER, "input": "ai1"}


PULSE = Pulse(terminal="TE", amplitude=0.5, width=100 * US, compliance=1e-3)


def compiled(stimulus, clock=CLOCK, wired=BOTH):
    return compile_stimulus(stimulus, settings(wired=wired, sample_rate=500e3).driven, clock)


def times(smallest, largest):
    return st.integers(smallest, largest).map(lambda ticks: ticks * US)


levels = st.integers(-2500, 2500).map(lambda millivolts: millivolts / 1e3)
limits = st.sampled_from((1e-4, 1e-3))
reads = st.builds(
    Read, voltage=levels, aperture=times(1, 300), settle=times(5, 100), compliance=limits
)
elsewhere = st.builds(replace, reads, terminal=st.just("gate"))
common = {"terminal": st.just("TE"), "compliance": limits}
pulses = st.builds(
    Pulse,
    **common,
    amplitude=levels,
    width=times(10, 500),
    rest=times(0, 300),
    verify=st.one_of(st.none(), reads, elsewhere),
)
trains = st.builds(
    PulseTrain,
    **common,
    amplitudes=st.lists(levels, min_size=1, max_size=9).map(tuple),
    width=times(10, 400),
    rest=times(5, 400),
    verify=st.one_of(st.none(), reads, elsewhere),
    verify_every=st.integers(1, 3),
)
sweeps = st.builds(
    lambda dwell, aperture, **rest: Sweep(
        dwell=dwell * US, aperture=min(dwell, aperture) * US, **rest
    ),
    **common,
    levels=st.lists(levels, min_size=1, max_size=12).map(tuple),
    dwell=st.integers(5, 300),
    aperture=st.integers(1, 300),
)
families = st.builds(
    Family,
    sweep=sweeps,
    stepped=st.just("gate"),
    steps=st.lists(levels, min_size=1, max_size=3).map(tuple),
    step_compliance=limits,
    settle=times(0, 50),
)
holds = st.builds(
    lambda interval, aperture, **rest: Hold(
        interval=interval * US, aperture=min(interval, aperture) * US, **rest
    ),
    **common,
    level=levels,
    count=st.integers(1, 40),
    interval=st.integers(5, 400),
    aperture=st.integers(1, 400),
)
waveforms = st.integers(1, 8).flatmap(
    lambda count: st.builds(
        Waveforms,
        terminal=st.just("TE"),
        durations=st.tuples(*[times(10, 300)] * count),
        levels=st.tuples(
            st.tuples(st.just("TE"), st.tuples(*[levels] * count)),
            st.tuples(st.just("gate"), st.tuples(*[levels] * count)),
        ),
        compliance=limits,
        verify=reads,
        measured=st.sets(st.integers(0, count - 1)).map(lambda found: tuple(sorted(found))),
    )
)
legal = st.one_of(pulses, trains, sweeps, families, holds, waveforms)


def expected(stimulus, terminal):
    """The level of each tick by the score."""
    played = []
    for segment in stimulus.score().at(terminal):
        played += [segment.level] * round(segment.duration / US)
    return np.array(played)


def played(program, terminal):
    """The level of each sample that the card plays."""
    return np.tile(program.rendered([terminal], {})[0], program.repeats)


@given(legal)
def test_a_program_plays_the_score_sample_by_sample(stimulus):
    program = compiled(stimulus)
    assert program.rate == 1e6
    assert not program.streams
    assert set(program.levels) == set(stimulus.score().terminals)
    for terminal in program.levels:
        wanted, found = expected(stimulus, terminal), played(program, terminal)
        if program.repeats > 1:  # the rest that closes it is what stands there anyway
            assert not wanted[len(found) :].any()
            wanted = wanted[: len(found)]
        np.testing.assert_array_equal(found, wanted)


@given(legal)
def test_every_reading_is_taken_within_its_level_after_the_amplifier_has_settled(stimulus):
    """Never at an edge; at the end of the aperture; after settling, but for levels that stay."""
    program = compiled(stimulus)
    score = stimulus.score()
    found = {name: iter(range(len(windows))) for name, windows in program.windows.items()}
    begin, before = 0, (0.0,) * len(score.terminals)
    for column in score.columns():
        end = begin + round(column[0].duration / US)
        levels_now = tuple(segment.level for segment in column)
        for name, segment in zip(score.terminals, column, strict=True):
            if segment.aperture is None:
                continue
            windows, number = program.windows[name], next(found[name])
            first, last = int(windows.starts[number]), int(windows.stops[number])
            settled = 1 if levels_now == before else 2  # 1.1 us at 1 MHz
            aperture = max(1, int(segment.aperture / US + 1e-6))
            assert last == end
            assert first == max(end - aperture, begin + settled)
            assert first < last
            assert windows.levels[number] == segment.level
            assert windows.limits[number] == segment.limit
            assert windows.moments[number] == pytest.approx(end * US)
        begin, before = end, levels_now
    assert all(next(left, None) is None for left in found.values())


@given(legal, st.integers(20, 3000), st.integers(0, 5))
def test_blocks_are_the_same_samples_and_then_rest(stimulus, size, more):
    program = compiled(stimulus)
    names = [*program.levels, "held"]
    whole = program.rendered(names, {"held": 0.7})
    blocks = program.blocks(names, {"held": 0.7}, size)
    count = -(-program.period // size)
    found = np.concatenate([next(blocks) for _ in range(count + more)], axis=1)
    np.testing.assert_array_equal(found[:, : program.period], whole)
    assert not found[:-1, program.period :].any()
    assert (found[-1] == 0.7).all()


def test_what_repeats_is_sent_once_and_ends_at_rest():
    train = PulseTrain(
        terminal="TE", amplitudes=(0.5,) * 300, width=20 * US, rest=30 * US, compliance=1e-3
    )
    program = compiled(train)
    assert (program.period, program.repeats, program.samples) == (50, 300, 15_000)
    assert program.rendered(["TE"], {})[0].tolist() == [0.5] * 20 + [0.0] * 30
    assert len(program.windows["TE"]) == 300
    # Nothing would be at rest after the last one of these.
    assert compiled(replace(train, rest=0.0)).repeats == 1
    assert compiled(Hold(
        terminal="TE", level=0.1, count=300, interval=50 * US, aperture=10 * US, compliance=1e-3
    )).repeats == 1  # fmt: skip


@pytest.mark.parametrize(
    ("count", "rate", "streams"), [(9, 1e6, False), (15, 500e3, False), (999, 40e3, True)]
)
def test_what_does_not_fit_the_buffer_is_played_by_a_slower_clock_then_streamed(
    count, rate, streams
):
    hold = Hold(
        terminal="TE", level=0.1, count=count, interval=0.1, aperture=10e-3, compliance=1e-3
    )
    program = compiled(hold)
    assert (program.rate, program.streams) == (rate, streams)
    assert program.ends[-2] == round(count * 0.1 * rate)
    windows = program.windows["TE"]
    assert (windows.stops - windows.starts == round(10e-3 * rate)).all()
    assert windows.moments[-1] == pytest.approx(count * 0.1)


def test_the_rest_that_closes_a_stimulus_is_never_shorter_than_asked():
    hold = Hold(
        terminal="TE", level=0.1, count=15, interval=0.100005, aperture=10e-3, compliance=1e-3
    )
    program = compiled(hold)
    assert program.rate == pytest.approx(1e6 / 3)
    assert int(program.ends[-1] - program.ends[-2]) == 17  # 51 us for 50 us


def test_a_clock_is_as_slow_as_readings_keep_samples_enough():
    """A thousand of a pulse, ten thousand of a read."""
    pulse = replace(PULSE, width=60e-3)
    assert compiled(pulse).rate == 40e3  # at least two samples in the closing 50 us
    assert compiled(replace(pulse, width=10e-3)).rate == 200e3
    read = Read(voltage=0.1, aperture=20e-3, settle=1e-3, compliance=1e-4)
    assert compiled(read.at("TE")).rate == 500e3
    assert compiled(replace(pulse, verify=read)).rate == 500e3
    assert compiled(replace(pulse, verify=replace(read, aperture=10e-3))).rate == 1e6


def test_inputs_share_the_rate_of_the_card_and_the_clock_follows():
    """Two at 500 kHz; where durations do not fit that, by the next that they fit, or refused."""
    both = Waveforms(
        terminal="TE", durations=(100 * US,) * 2, levels=(("TE", (0.5, 0.0)),), compliance=1e-3,
        verify=Read(voltage=0.1, aperture=90 * US, settle=90 * US, compliance=1e-4,
                    terminal="gate"),
        measured=(0,),
    )  # fmt: skip
    assert compiled(both).rate == 1e6
    assert compiled(both, SHARED).rate == 500e3
    odd = replace(both, durations=(105 * US, 75 * US), verify=replace(both.verify, settle=75 * US))
    assert compiled(odd, SHARED).rate == pytest.approx(1e6 / 3)
    with pytest.raises(UnsupportedError, match=r"share the 1 MHz .* multiples of 2 us .* 1 us in"):
        compiled(replace(both, durations=(101 * US, 100 * US)), SHARED)
    alone = replace(both, durations=(101 * US, 100 * US), measured=())
    assert compiled(alone, SHARED).rate == 1e6


def recording(durations, levels):
    return Waveforms(
        terminal="TE", durations=durations, levels=(("TE", levels), ("gate", levels[::-1])),
        compliance=1e-3, verify=Read(voltage=0.1, aperture=1e-3, settle=1e-3, compliance=1e-4),
        recorded=True,
    )  # fmt: skip


@given(
    st.integers(1, 6).flatmap(
        lambda n: st.tuples(st.tuples(*[times(2, 900)] * n), st.tuples(*[levels] * n))
    )
)
def test_a_record_is_of_every_sample_in_blocks_of_equal_length(drawn):
    stimulus = recording(*drawn)
    program = compiled(stimulus)
    samples = round(sum(stimulus.durations) * program.rate)
    assert set(program.record) == {"TE", "gate"}
    for name, record in program.record.items():
        assert len(record) <= 1000 and len(record) > min(samples, 1000) // 2
        assert (record.starts[0], record.stops[-1]) == (0, samples)
        assert (record.starts[1:] == record.stops[:-1]).all()
        assert len(set((record.stops - record.starts)[:-1])) <= 1
        whole = played(program, name)
        means = [whole[a:b].mean() for a, b in zip(record.starts, record.stops, strict=True)]
        np.testing.assert_allclose(record.levels, means, atol=1e-12)
        np.testing.assert_allclose(record.moments, (record.stops - 1) / program.rate)


def test_a_record_goes_before_a_reading_does():
    """Where its inputs cannot follow it goes without voltages for records only, then altogether."""
    wired = terminals(voltage={"input": "ai2", "records_only": True})
    wired["gate"]["voltage"] = {"input": "ai3", "records_only": True}
    even, odd = recording((90 * US,) * 2, (0.5, -0.5)), recording((91 * US,) * 2, (0.5, -0.5))
    program = compiled(even, SHARED, wired)
    assert set(program.record) == {"TE", "gate"} == set(program.voltages)
    assert program.rate == pytest.approx(200e3)  # three inputs, and reads of a millisecond
    program = compiled(odd, SHARED, wired)
    assert (set(program.record), program.voltages, program.rate) == ({"TE"}, (), 1e6)
    wired["gate"]["current"] = {**METER, "input": "ai1"}
    program = compiled(odd, SHARED, wired)
    assert (program.record, program.voltages, program.rate) == ({}, (), 1e6)
    assert not compiled(replace(even, recorded=False), SHARED, wired).voltages


def test_a_clock_is_slower_only_by_what_all_durations_share():
    hold = Hold(
        terminal="TE", level=0.1, count=30, interval=0.100003, aperture=10e-3, compliance=1e-3
    )
    assert compiled(hold).rate == 1e6
    assert compiled(hold).streams


@pytest.mark.parametrize(
    ("stimulus", "clock", "wired", "words"),
    [
        (replace(PULSE, width=10.4e-6), CLOCK, BOTH, "10.4 us is no multiple of the 1 us of the "
         "sample clock; take 10 us or 11 us"),
        (replace(PULSE, width=0.4e-6), CLOCK, BOTH, "400 ns is no multiple of the 1 us of the "
         "sample clock; take 1 us"),
        (replace(PULSE, width=2e-6), CLOCK, terminals(current={**METER, "bandwidth": 1e5}),
         "TE is to be read at a level that lasts 2 us; its amplifier of 100 kHz settles in 11 us"),
        (replace(PULSE, amplitude=9.0, width=4e-6), CLOCK, terminals(slew=1e6),
         "TE: a step of 9 V takes 9 us at 1 MV/s, longer than the 4 us of its level"),
        (replace(PULSE, source=Source.CURRENT, amplitude=1e-3, compliance=1.0), CLOCK, BOTH,
         "an analogue output sources voltages only"),
        (replace(PULSE, terminal="gate"), CLOCK, terminals(),
         r"gate is to be read, and no input measures its current; give \[terminals.gate.current\]"),
        (replace(PULSE, width=1.000001), replace(CLOCK, streaming=False), BOTH,
         "1000001 samples a channel at 1 MHz; the buffer holds 1000000"),
    ],
)  # fmt: skip
def test_what_the_card_cannot_play_is_refused_with_the_numbers(stimulus, clock, wired, words):
    with pytest.raises((UnsupportedError, LimitError), match=words):
        compiled(stimulus, clock, wired)
    assert len(compiled(PULSE).windows["TE"]) == 1


def test_a_step_of_the_slew_rate_is_played_however_it_goes():
    wired = terminals(slew=1e5)
    for there, back in ((1.0, -1.0), (-1.0, 1.0)):
        steps = Sweep(
            terminal="TE", levels=(there, back), dwell=20 * US, aperture=5 * US, compliance=1e-3
        )
        assert len(compiled(steps, wired=wired).windows["TE"]) == 2
        with pytest.raises(UnsupportedError, match=r"a step of 2\.2 V takes 22 us"):
            compiled(replace(steps, levels=(there * 1.1, back * 1.1)), wired=wired)
