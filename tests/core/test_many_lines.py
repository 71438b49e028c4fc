"""Stimuli of few and many lines: judged and counted as if each line came alone, but once.

Lines that play the same share their segments. The same score with segments of its own for each line
has to give the same refusals and the same doses to the last bit, and both what follows from the
fields of the stimulus.
"""

import random
from dataclasses import replace
from math import nan

import pytest

from mho.bench.bounds import Bounds
from mho.bench.dose_limits import DoseLimits
from mho.bench.limits import refusals
from mho.device.profile import Across, Dose, TerminalLimits
from mho.dose import _Tally, measured_dose, worst_dose
from mho.readings import Reading
from mho.stimuli import Bar, Multiply, OuterProduct, Purpose
from mho.stimuli.alike import leading
from mho.testing.profiles import make_limits, make_profile

WIDE = TerminalLimits(min_voltage=-3, max_voltage=3, max_compliance=1e-2, rests="grounded")
TIGHT = TerminalLimits(min_voltage=-1.5, max_voltage=3, max_compliance=1e-2, rests="grounded")
CHANNEL = make_limits(min_width=1e-9, min_aperture=1e-9)


def names_of(rows, columns):
    gates, reads = ([f"{kind}{n}" for n in range(rows)] for kind in "gr")
    return gates, reads, [f"c{n}" for n in range(columns)]


def profile_of(rng, gates, reads, columns):
    """Some lines may have less than others, some pairs of lines; most have the same."""
    terminals = {
        name: TIGHT if rng.random() < 0.02 else WIDE for name in (*gates, *reads, *columns)
    }
    across = ()
    if rng.random() < 0.3:
        most = rng.choice([3.0, 5.0])
        across = (Across(terminals=("g0", "c0"), min_voltage=-most, max_voltage=most),)
    dose = Dose(max_pulses=rng.choice([3, 10**6]), max_charge=rng.choice([2e-9, 1.0]))
    return make_profile(
        terminals=terminals, across=across, write_at="g0", read_at="r0", dose=dose, reset_curve=None
    )


def outer_of(rng, gates, columns, slots=None):
    count = slots or rng.randint(1, 6)
    entries = (-1, 0, 0, 1)
    rows, cols = (
        tuple(tuple(rng.choices(entries, k=len(names))) for _ in range(count))
        for names in (gates, columns)
    )
    return OuterProduct(
        rows=tuple(gates), columns=tuple(columns), row_slots=((1,) * len(gates), *rows[1:]),
        column_slots=cols, amplitude=rng.choice([2.0, 4.0, 7.0]), width=1e-6,
        gap=rng.choice([0.0, 3e-6]), compliance=rng.choice([1e-3, 5e-3]),
    )  # fmt: skip


def multiply_of(rng, reads, columns):
    return Multiply(
        inputs=tuple((name, rng.choice([0.1, 0.1, 0.1, -0.2, 4.0])) for name in reads),
        outputs=tuple(columns), aperture=1e-6, compliance=1e-3, settle=rng.choice([0.0, 1e-6]),
    )  # fmt: skip


class Unshared:
    """A stimulus whose lines share no segments."""

    def __init__(self, stimulus):
        self._stimulus = stimulus
        score, own = stimulus.score(), {}

        def apart(line, part):  # a line that plays a part again plays the same object again
            copied = tuple(one._replace() for one in part)
            return own.setdefault((line, id(part)), copied)

        bars = [
            Bar(tuple(apart(*one) for one in enumerate(bar.parts)), bar.times)
            for bar in score.bars()
        ]
        closing = tuple(one._replace() for one in score.closing)
        self._score = replace(score, write=lambda: iter(bars), closing=closing)

    def __getattr__(self, name):
        return getattr(self._stimulus, name)

    def score(self):
        return self._score


def readings_for(rng, score):
    return [
        Reading(0.0, rng.choice([nan, rng.uniform(-3, 3)]), rng.choice([nan, 1e-3]), False)
        for _ in range(score.readings)
    ]


@pytest.mark.parametrize("kind", ["outer product", "product"])
def test_lines_that_share_their_segments_are_judged_and_counted_as_if_they_did_not(kind):
    rng = random.Random(kind)
    passed, refused, shared = 0, 0, 0
    for _ in range(100):
        gates, reads, columns = names_of(rng.choice([1, 2, 9, 40]), rng.choice([1, 4, 9, 60]))
        profile = profile_of(rng, gates, reads, columns)
        limits = dict.fromkeys(profile.terminals, CHANNEL)
        outer = kind == "outer product"
        one = outer_of(rng, gates, columns) if outer else multiply_of(rng, reads, columns)
        other = Unshared(one)
        score, apart = one.score(), other.score()
        assert leading(apart) == tuple(range(len(apart.terminals)))
        shared += len(set(leading(score))) < len(score.terminals)
        assert worst_dose(score) == worst_dose(apart)
        assert score.readings == apart.readings == (1 if outer else len(columns))
        readings = readings_for(rng, score)
        assert measured_dose(score, readings) == measured_dose(apart, readings)
        for wrong in (readings[:-1], [*readings, *readings[:1]]):
            with pytest.raises(ValueError, match="readings than the stimulus asks for"):
                measured_dose(score, wrong)
        told = [
            DoseLimits(profile).refusals(worst_dose(score)),
            refusals(one, profile, limits),
        ]
        word = type(one).__name__.lower()
        assert told == [
            DoseLimits(profile).refusals(worst_dose(apart)),
            [reason.replace("unshared", word) for reason in refusals(other, profile, limits)],
        ]
        refused += any(told)
        passed += not any(told)
    assert min(passed, refused) >= 15, (passed, refused)
    assert shared >= 30, shared


def test_the_dose_of_an_outer_product_follows_from_its_slots():
    rng = random.Random("slots")
    pulses = {True: 0, False: 0}
    for _ in range(60):
        gates, _, columns = names_of(rng.choice([2, 30]), rng.choice([3, 40]))
        one = outer_of(rng, gates, columns)
        fired = [
            (rows, cols)
            for rows, cols in zip(one.row_slots, one.column_slots, strict=True)
            if any(rows) or any(cols)
        ]
        found = worst_dose(one.score())
        assert set(found) == {*gates, *columns}
        for index, names in enumerate((gates, columns)):
            for line, name in enumerate(names):
                entries = [slot[index][line] for slot in fired]
                before = [0, *entries[:-1]] if not one.gap else [0] * len(entries)
                begun = sum(now not in (0, last) for now, last in zip(entries, before, strict=True))
                at = found[name]
                assert at.pulses == begun
                assert at.charge == pytest.approx(
                    one.compliance * (one.width + one.gap) * len(fired), rel=1e-12
                )
                assert at.charges[Purpose.PROGRAM].volt_seconds == pytest.approx(
                    one.amplitude / 2 * one.width * sum(map(abs, entries)), rel=1e-12
                )
                pulses[bool(one.gap)] += begun
    assert min(pulses.values()) > 1000, pulses


def test_one_line_beyond_its_limit_is_found_among_five_hundred():
    rng = random.Random("one")
    gates, reads, columns = names_of(256, 256)
    limits = dict.fromkeys((*gates, *reads, *columns), CHANNEL)
    terminals = dict.fromkeys(limits, WIDE)
    dose = Dose(max_pulses=10**6, max_charge=1.0)
    for _ in range(5):
        victim = rng.choice([*gates, *columns])
        sound = replace(outer_of(rng, gates, columns, slots=10), amplitude=4.0, compliance=1e-3)
        sign = 1 if victim in gates else -1
        narrow = TerminalLimits(min_voltage=-3, max_voltage=1.9, max_compliance=1e-2)
        profiles = [
            make_profile(
                terminals={**terminals, **changed}, write_at="r0", dose=dose, reset_curve=None
            )
            for changed in ({}, {victim: narrow})
        ]
        told = [refusals(sound, profile, limits) for profile in profiles]
        names, slots = (
            (gates, sound.row_slots) if victim in gates else (columns, sound.column_slots)
        )
        fires = sum(slot[names.index(victim)] == sign for slot in slots)
        assert told[0] == []
        assert len(told[1]) == (fires > 0)
        if fires:
            assert told[1][0].startswith(f"outerproduct at {victim}: level 2 V")


def test_what_is_alike_in_an_array_is_judged_once(monkeypatch):
    """Counted, so that it holds on any machine: 512 lines take few judgements and few sums."""
    held, added = [], []
    hold, add = Bounds.hold, _Tally.add
    monkeypatch.setattr(Bounds, "hold", lambda *a, **k: held.append(1) or hold(*a, **k))
    monkeypatch.setattr(_Tally, "add", lambda *a: added.append(1) or add(*a))
    rng = random.Random("count")
    gates, reads, columns = names_of(256, 256)
    limits = dict.fromkeys((*gates, *reads, *columns), CHANNEL)
    profile = make_profile(
        terminals=dict.fromkeys(limits, WIDE), write_at="r0", reset_curve=None,
        dose=Dose(max_pulses=10**6, max_charge=1.0),
    )  # fmt: skip
    quiet = tuple(tuple(int(rng.random() < 0.1) for _ in gates) for _ in range(20))
    one = replace(
        outer_of(rng, gates, columns), row_slots=quiet[:10], column_slots=quiet[10:], amplitude=4.0
    )
    assert refusals(one, profile, limits) == []
    assert 4 <= len(held) <= 8, len(held)  # parts: two levels of rows, two of columns, one read
    worst_dose(one.score())
    assert len(added) <= 250 * 11, len(added)  # of 512 lines times 11 bars
