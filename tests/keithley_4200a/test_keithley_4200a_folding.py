"""Folding: repeats become loops of sequences, and unfolding gives back what was asked for."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mho.drivers.keithley_4200a.compiler import pulse_program
from mho.drivers.keithley_4200a.compiler.folding import folded
from mho.drivers.keithley_4200a.compiler.pulse_channels import PulseChannel
from mho.drivers.keithley_4200a.compiler.pulse_levels import levels
from mho.drivers.keithley_4200a.settings import PulseTerminal
from mho.errors import LimitError
from mho.stimuli import Hold, PulseTrain, Read, Sweep, Waveforms

CHANNELS = {
    name: PulseChannel.of(PulseTerminal(channel=channel, current_unlimited=True))
    for name, channel in (("TE", "PMU1-1"), ("BE", "PMU1-2"))
}
READ = Read(voltage=0.05, aperture=4e-6, settle=6e-6, compliance=1e-4)


def train(amplitudes, **changes):
    facts = {
        "terminal": "TE", "amplitudes": tuple(amplitudes), "width": 10e-6, "rest": 10e-6,
        "compliance": 5e-3, "verify": READ,
    }  # fmt: skip
    return PulseTrain(**{**facts, **changes})


def compiled(stimulus):
    (test,) = pulse_program.compile_pulses(stimulus, CHANNELS)
    return test


def unfolded(sequences):
    return [s for q in sequences for _ in range(q.loops) for s in q.segments]


def asked(stimulus, terminal="TE"):
    return [s for level in levels(list(stimulus.score().at(terminal)), 1e-7, 10.0) for s in level]


def stored(test):
    return sum(len(q.segments) for q in test.parts[0].plays)


def assert_plays(test, stimulus):
    wanted = asked(stimulus)
    if len(wanted) >= 3:  # fewer are cut finer, as a sequence needs three
        assert unfolded(test.parts[0].plays) == wanted
    assert len({tuple(q.loops for q in part.plays) for part in test.parts}) == 1
    lengths = [[sum(s.duration for s in q.segments) for q in part.plays] for part in test.parts]
    assert lengths[0] == pytest.approx(lengths[1])
    for part in test.parts:
        assert sum(len(q.segments) for q in part.plays) <= 2048
        assert 1 <= len(part.plays) <= 512
        assert all(len(q.segments) >= 3 and q.loops >= 1 for q in part.plays)


MOTIFS = st.lists(
    st.tuples(st.lists(st.sampled_from([1.0, -1.0, 2.0, 0.5, 0.0]), min_size=1, max_size=6),
              st.integers(1, 200)),
    min_size=1, max_size=4,
)  # fmt: skip


@settings(deadline=None)
@given(MOTIFS, st.integers(1, 8), st.sampled_from([0.0, 10e-6]), st.integers(1, 3))
def test_a_folded_train_is_the_train(motifs, every, rest, cycles):
    amplitudes = [a for motif, times in motifs for a in motif * times] * cycles
    stimulus = train(amplitudes, verify_every=every, rest=rest)
    test = None
    with suppress(LimitError):  # reads may fall differently into each repeat
        test = compiled(stimulus)
    if test is None:
        assert len(asked(stimulus)) > 2048
        return
    assert_plays(test, stimulus)
    assert len(test.ends) == len(amplitudes) + len(amplitudes) // every
    assert test.duration == pytest.approx(stimulus.score().duration)


@given(st.lists(st.integers(0, 3), max_size=60), st.integers(1, 30), st.integers(1, 40))
def test_stretches_cover_any_list(items, times, worth):
    items = items * times
    stretches = folded(items, 100, worth)
    again = [x for begin, end, loops in stretches for x in items[begin:end] * loops]
    assert again == items
    if len(items) >= 3:
        assert all(end - begin >= 3 for begin, end, _ in stretches)
    assert all(s.saved >= worth for s in stretches if s.loops > 1)


@pytest.mark.parametrize(
    ("stimulus", "most"),
    [
        (train([1.0] * 10_000), 30),
        (train([1.0, -1.0] * 5_000), 60),
        (train([1.0] * 10_000, rest=0.0), 40),
        (train([1.0] * 10_000, verify_every=2), 60),
        (train([1.0] * 10_000, verify_every=10), 150),
        (train([1.0] * 10_000, verify_every=3000), 100),
        (train([1.0] * 5_000 + [-1.0] * 5_000), 60),
        (train(([1.0] * 50 + [-1.0] * 50) * 100), 2048),
        (train([n / 100 for n in range(1, 101)] * 100), 2048),
        (train([1.0, -1.0] * 5_000, verify=None), 60),
        (Hold(terminal="TE", level=0.1, count=60_000, interval=1e-4, aperture=5e-5,
              compliance=1e-4), 20),
        (Sweep(terminal="TE", levels=tuple(n / 50 for n in range(50)) * 100, dwell=1e-4,
               aperture=5e-5, compliance=1e-3), 400),
        (Waveforms(terminal="TE", durations=(1e-5,) * 6000,
                   levels=(("TE", (1.0, 0.0, -1.0) * 2000),), compliance=1e-4, verify=READ), 60),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_repeats_fits_a_channel(stimulus, most):
    test = compiled(stimulus)
    assert_plays(test, stimulus)
    assert stored(test) <= most


def test_channels_that_play_together_are_cut_at_the_same_moments():
    waveforms = Waveforms(
        terminal="TE",
        durations=(1e-5, 2e-5) * 1000,
        levels=(("TE", (1.0, 0.0) * 1000), ("BE", (0.0, 0.0, -1.0, -1.0) * 500)),
        compliance=1e-4,
        verify=READ,
    )
    test = compiled(waveforms)
    assert_plays(test, waveforms)
    assert unfolded(test.parts[1].plays) == asked(waveforms, "BE")
    assert max(q.loops for q in test.parts[0].plays) >= 490


def test_what_takes_one_message_an_array_is_not_folded():
    assert len(compiled(train([1.0] * 20)).parts[0].plays) == 1


def test_what_does_not_repeat_is_refused_beyond_what_a_channel_holds():
    with pytest.raises(LimitError, match="2048"):
        compiled(train([n / 1000 for n in range(1, 1001)]))


def test_more_sequences_than_a_channel_plays_are_refused():
    sweep = Sweep(
        terminal="TE", levels=tuple(n / 100 for n in range(280) for _ in range(9)), dwell=1e-4,
        aperture=5e-5, compliance=1e-3,
    )  # fmt: skip
    with pytest.raises(LimitError, match="512"):
        compiled(sweep)
