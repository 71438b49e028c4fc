"""Limits between two terminals: what each may suffer on its own, the two together may not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mho.bench.guard import GuardedBench
from mho.bench.limits import refusals
from mho.device.profile import Across, TerminalLimits
from mho.errors import LimitError
from mho.stimuli import Family, Pulse, Read, Sweep, Waveforms
from mho.testing.noting_bench import NotingBench
from mho.testing.profiles import make_limits, make_profile

SIDE = TerminalLimits(min_voltage=-2, max_voltage=2, max_compliance=1e-2)
ACROSS = Across(terminals=("TE", "BE"), min_voltage=-1.5, max_voltage=2.5)
PROFILE = make_profile(terminals={"TE": SIDE, "BE": SIDE, "gate": SIDE}, across=(ACROSS,))
LIMITS = {name: make_limits() for name in PROFILE.terminals}
READ = Read(voltage=0.1, aperture=1e-3, compliance=1e-3)

volts = st.floats(-2, 2).map(lambda v: round(v, 2))
names = st.sampled_from(["TE", "BE", "gate"])


def pulse(terminal, amplitude):
    return Pulse(terminal=terminal, amplitude=amplitude, width=1e-3, compliance=1e-3, verify=READ)


def family(swept, levels, stepped, steps):
    sweep = Sweep(terminal=swept, levels=tuple(levels), dwell=1e-3, aperture=1e-4, compliance=1e-3)
    return Family(sweep=sweep, stepped=stepped, steps=tuple(steps), step_compliance=1e-3)


def waveforms(first, second):
    return Waveforms(
        terminal="TE", durations=(1e-3,) * len(first), compliance=1e-3, verify=READ,
        levels=(("TE", tuple(first)), ("BE", tuple(second))),
    )  # fmt: skip


few = st.lists(volts, min_size=1, max_size=3)
stimuli = st.one_of(
    st.builds(pulse, names, volts),
    st.builds(family, names, few, names, few),
    few.flatmap(lambda a: st.lists(volts, min_size=len(a), max_size=len(a)).map(
        lambda b: waveforms(a, b)
    )),
)  # fmt: skip
actions = st.lists(st.tuples(names, volts) | stimuli, max_size=6)


@settings(max_examples=500, deadline=None)
@given(actions)
def test_nothing_beyond_the_limit_between_two_terminals_gets_through(wanted):
    bench = NotingBench(PROFILE, LIMITS)
    guarded = GuardedBench(bench)
    held = dict.fromkeys(PROFILE.terminals, 0.0)

    def check(**levels):
        """With what is held, and after it has dropped."""
        for standing in (held, {}):
            together = {"TE": 0.0, "BE": 0.0, **standing, **levels}
            assert -1.5 - 1e-8 <= together["TE"] - together["BE"] <= 2.5 + 1e-8

    for action in wanted:
        try:
            if isinstance(action, tuple):
                guarded.bias(*action, 1e-3)
                held[action[0]] = action[1]
                check()
            else:
                guarded.apply(action)
        except LimitError:
            continue
        if not isinstance(action, tuple):
            terminals = action.terminals
            for together in zip(*(action.score().at(name) for name in terminals), strict=True):
                levels = zip(terminals, together, strict=True)
                check(**{name: plateau.level for name, plateau in levels})
            held.update(dict.fromkeys(terminals, 0.0))


def test_what_each_may_suffer_alone_may_meet_only_within_the_limit():
    assert refusals(pulse("TE", 2.0), PROFILE, LIMITS) == []
    assert refusals(waveforms((1.0, -1.0), (-1.5, 0.5)), PROFILE, LIMITS) == []
    (refusal,) = refusals(waveforms((1.0, -1.0), (-1.5, 0.6)), PROFILE, LIMITS)
    assert "-1 V at TE meets 600 mV at BE" in refusal
    assert "-1.5 V to 2.5 V" in refusal
    (refusal,) = refusals(pulse("TE", -1.6), PROFILE, LIMITS)
    assert "from TE to BE" in refusal
    (refusal,) = refusals(family("TE", (2.0,), "BE", (0.5, -1.0)), PROFILE, LIMITS)
    assert "2 V at TE meets -1 V at BE" in refusal


def test_a_bias_narrows_what_the_other_terminal_may_be_driven_to():
    guarded = GuardedBench(NotingBench(PROFILE, LIMITS))
    guarded.apply(pulse("TE", -1.4))
    guarded.bias("BE", 1.0, 1e-3)
    with pytest.raises(LimitError, match="meets 1 V at BE"):
        guarded.apply(pulse("TE", -1.4))
    with pytest.raises(LimitError):
        guarded.bias("TE", -1.4, 1e-3)
    guarded.apply(pulse("BE", 0.5))  # ends the bias
    guarded.apply(pulse("TE", -1.4))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"terminals": ("TE", "TE")}, "two different"),
        ({"terminals": ("TE", "drain")}, "TE, BE, gate"),
        ({"min_voltage": 1.0}, "less than or equal to 0"),
    ],
)
def test_the_profile_refuses(change, message):
    with pytest.raises(ValidationError, match=message):
        make_profile(
            terminals=dict(PROFILE.terminals),
            across=({**ACROSS.model_dump(), **change},),
        )


def test_biases_must_lie_within():
    held = SIDE.model_copy(update={"bias": 1.8, "bias_compliance": 1e-3})
    with pytest.raises(ValidationError, match="biases of TE and BE"):
        make_profile(terminals={"TE": SIDE, "BE": held}, across=(ACROSS,))
