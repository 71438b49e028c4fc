"""The score of every kind is what its fields mean, moment by moment; and so are its parts."""

import random

import pytest
from legal_stimuli import KINDS, legal
from what_stands import moments

from mho.stimuli import (
    Family,
    Held,
    Hold,
    Pause,
    Pulse,
    PulseTrain,
    Purpose,
    Read,
    Segment,
    Source,
    Sweep,
    Waveforms,
)
from mho.stimuli import duration as duration_of

PURPOSES = {
    "pulse": Purpose.PROGRAM,
    "read": Purpose.READ,
    "held": Purpose.HOLD,
    "rest": Purpose.HOLD,
}


def expected(stimulus):
    for moment in moments(stimulus):
        yield {
            name: Segment(
                stand.level, moment.lasts, stand.limit, stand.aperture, stand.source,
                PURPOSES[stand.what],
            )
            for name, stand in moment.at.items()
        }  # fmt: skip


def many(kind, count=200):
    rng = random.Random(f"{kind.__name__} score")
    for _ in range(count):
        yield legal(rng, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_the_score_is_what_the_fields_mean(kind):
    for stimulus in many(kind):
        score = stimulus.score()
        wanted = list(expected(stimulus))
        assert score.terminals == stimulus.terminals
        assert set(score.terminals) == set(wanted[0])
        found = [dict(zip(score.terminals, column, strict=True)) for column in score.columns()]
        assert found == wanted
        for name in score.terminals:
            assert list(score.at(name)) == [moment[name] for moment in wanted]
        readings = sum(s.aperture is not None for moment in wanted for s in moment.values())
        assert score.readings == readings
        lasts = sum(next(iter(moment.values())).duration for moment in wanted)
        assert duration_of(stimulus) == pytest.approx(lasts, rel=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_short_is_the_whole_score(kind):
    short = 0
    for stimulus in many(kind):
        if stimulus.short:
            score = stimulus.score()
            assert score.terminals == (stimulus.terminal,)
            (bar,) = score.bars()
            assert (bar.parts, bar.times) == ((stimulus.short,), 1)
            short += 1
    assert (short > 50) is (kind in (Pulse, Hold))


@pytest.mark.parametrize("kind", [Pulse, PulseTrain, Sweep, Family, Hold])
def test_the_parts_are_the_score_one_terminal_at_a_time(kind):
    """With what is held between them; without the return to rest after each."""
    for stimulus in many(kind):
        wanted = [
            {name: segment.drive for name, segment in moment.items()}
            for moment in list(expected(stimulus))[:-1]
        ]
        rest = dict.fromkeys(stimulus.terminals, 0.0)
        levels, lasts, readings = [], 0.0, 0
        standing = dict(rest)
        for part in stimulus.parts():
            match part:
                case Held():
                    standing[part.terminal] = part.level
                case Pause():
                    if part.duration:
                        levels.append(dict(standing))
                    lasts += part.duration
                case _:
                    (name,) = part.terminals
                    for moment in list(moments(part))[:-1]:
                        levels.append({**standing, name: moment.at[name].level})
                        lasts += moment.lasts
                        readings += moment.at[name].aperture is not None
        assert levels == [{name: drive.level for name, drive in one.items()} for one in wanted]
        assert standing == rest
        assert readings == stimulus.score().readings
        assert lasts == pytest.approx(duration_of(stimulus) - 50e-6, rel=1e-9, abs=1e-12)


def test_waveforms_cannot_be_taken_apart():
    assert all(list(stimulus.parts()) == [] for stimulus in many(Waveforms, 20))


def test_what_repeats_is_one_bar():
    shared = {"terminal": "TE", "width": 1e-3, "rest": 1e-3, "compliance": 1e-3}
    read = Read(voltage=0.1, aperture=1e-3, compliance=1e-3)

    def bars(stimulus):
        return [(len(bar.parts[0]), bar.times) for bar in stimulus.score().bars()]

    assert bars(PulseTrain(amplitudes=(1.0,) * 1000, **shared)) == [(2, 1000)]
    assert bars(PulseTrain(amplitudes=(1.0, -1.0) * 50, verify=read, verify_every=2, **shared)) == [
        (5, 50)
    ]
    train = PulseTrain(amplitudes=(1.0,) * 250, verify=read, verify_every=100, **shared)
    assert bars(train) == [(2, 99), (3, 1), (2, 99), (3, 1), (2, 50)]
    hold = Hold(terminal="TE", level=0.1, count=10**7, interval=1.0, aperture=1.0, compliance=1.0)
    assert bars(hold) == [(1, 10**7)]
    assert bars(Sweep(terminal="TE", levels=(1.0, 1.0, 2.0), dwell=1.0, aperture=1.0,
                      compliance=1.0)) == [(1, 2), (1, 1)]  # fmt: skip


def test_a_train_of_reads_far_apart_is_what_it_means():
    """More pulses between two reads than are written out in one bar."""
    read = Read(voltage=0.1, aperture=1e-3, compliance=1e-3, settle=1e-3)
    rng = random.Random(1)
    for every in (63, 64, 65, 66, 130):
        amplitudes = tuple(rng.choice((1.0, 1.0, 2.0)) for _ in range(300))
        train = PulseTrain(
            terminal="TE", amplitudes=amplitudes, width=1e-3, rest=1e-3, compliance=1e-3,
            verify=read, verify_every=every, source=Source.VOLTAGE,
        )  # fmt: skip
        columns = [{"TE": column[0]} for column in train.score().columns()]
        assert columns == list(expected(train))
        assert train.score().readings == 300 + 300 // every


def test_a_family_begins_each_curve_at_rest_where_it_has_to_settle():
    sweep = Sweep(terminal="TE", levels=(1.0,), dwell=2e-3, aperture=1e-3, compliance=1e-3)
    family = Family(
        sweep=sweep, stepped="gate", steps=(1.0, 2.0), step_compliance=1e-3, settle=5e-3
    )
    assert family.lead == pytest.approx(4e-3)
    found = [(te.level, gate.level) for te, gate in family.score().columns()]
    assert found == [(0, 1.0), (1.0, 1.0), (0, 2.0), (1.0, 2.0), (0, 0)]
