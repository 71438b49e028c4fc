"""Terminals whose instrument does not limit the current: what a plan says, what stops a run."""

from math import nan

import pytest

from mho.bench.guard import GuardedBench
from mho.bench.plan import Plan, Planned
from mho.bench.replayed import ReplayedBench
from mho.bench.unlimited import unlimited
from mho.errors import LimitError
from mho.readings import Played, Reading, Trace
from mho.stimuli import Pulse, Read, Sweep
from mho.testing.noting_bench import NotingBench
from mho.testing.profiles import make_limits, make_profile

PROFILE = make_profile()
MOST = PROFILE.terminals["TE"].max_compliance
CARD = make_limits(instrument="a pulse card", limits_current=False, output_resistance=50.0)
PULSE = Pulse(terminal="TE", amplitude=2.0, width=1e-3, compliance=MOST)
LOOK = Read(voltage=0.05, aperture=1e-3, compliance=1e-4)
READ = Pulse(terminal="TE", amplitude=0.0, width=1e-3, compliance=1e-4, verify=LOOK)


class Answering(NotingBench):
    """Answers each stimulus with one reading of the current that a test wrote down."""

    current, exceeded, terminal = 0.0, False, "TE"

    def apply(self, stimulus):
        self.applied.append(stimulus)
        return Trace((Reading(0.0, 1.0, self.current, self.exceeded, "", self.terminal),))


def answering(card=CARD, **answer):
    bench = Answering(PROFILE, {"TE": card, "gate": make_limits()})
    for name, value in answer.items():
        setattr(bench, name, value)
    return bench, GuardedBench(bench)


PASSED = [
    (1.02 * MOST, False, "drew 5.1 mA at TE, where it may draw 5 mA"),
    (-2 * MOST, False, "drew 10 mA at TE"),
    (1.02 * MOST, True, "drew 5.1 mA or more at TE"),
    (-MOST, True, "drew 5 mA or more at TE"),  # the range ends there: nobody knows how much
]
NOT_PASSED = [(MOST, False), (0.5 * MOST, True), (nan, False), (nan, True), (0.0, False)]


@pytest.mark.parametrize(("current", "exceeded", "told"), PASSED)
def test_nothing_more_is_applied_where_the_device_drew_more_than_it_may(current, exceeded, told):
    bench, guarded = answering(current=current, exceeded=exceeded)
    trace = guarded.apply(PULSE)
    assert trace.readings[0].current == current  # it has been measured, and is to be recorded
    for stimulus in (PULSE, READ):
        with pytest.raises(LimitError, match=told) as raised:
            guarded.apply(stimulus)
        assert "a pulse card does not limit it: nothing more is applied at TE" in str(raised.value)
    assert bench.applied == [PULSE]


def test_a_run_that_goes_on_knows_what_was_drawn_before_it_broke_off():
    bench, _ = answering(current=2 * MOST)
    before = Trace((Reading(0.0, 1.0, 2 * MOST, False, "", "TE"),))
    guarded = GuardedBench(ReplayedBench(bench, [Played(before, 1.0)], lambda answer: None))
    assert guarded.apply(PULSE) is before
    with pytest.raises(LimitError, match="drew 10 mA at TE"):
        guarded.apply(PULSE)
    assert bench.applied == []


@pytest.mark.parametrize(("current", "exceeded"), NOT_PASSED)
def test_what_a_device_may_draw_stops_nothing(current, exceeded):
    bench, guarded = answering(current=current, exceeded=exceeded)
    for _ in range(3):
        guarded.apply(PULSE)
    assert len(bench.applied) == 3


@pytest.mark.parametrize(
    ("card", "terminal"), [(make_limits(), "TE"), (CARD, "gate")], ids=["an SMU", "elsewhere"]
)
def test_only_such_a_terminal_is_looked_at(card, terminal):
    bench, guarded = answering(card, current=1.0, terminal=terminal)
    for _ in range(2):
        guarded.apply(PULSE)
    assert len(bench.applied) == 2


def told(*stimuli, **changes):
    planned = tuple(
        Planned(what=f"step {n}", stimulus=one, at_most=1) for n, one in enumerate(stimuli)
    )
    card = make_limits(instrument="a pulse card", limits_current=False, **changes)
    return unlimited(
        Plan(planned=planned, duration=1.0), PROFILE, {"TE": card, "gate": make_limits()}
    )


def test_a_plan_says_from_which_resistance_on_the_device_draws_too_much():
    sweep = Sweep(terminal="TE", levels=(0.0, -1.0), dwell=1e-3, aperture=5e-4, compliance=MOST)
    (one,) = told(sweep, PULSE, READ, output_resistance=50.0)
    assert one.startswith("terminal TE: a pulse card does not limit the current")
    assert one.endswith("At 2 V (step 1) it draws more than its 5 mA (max_compliance) where it has "
                        "less than 350 ohm")  # fmt: skip
    (one,) = told(PULSE, output_resistance=50.0, compensates=True)  # 2 V stand at the device
    assert "less than 400 ohm" in one
    (one,) = told(PULSE, output_resistance=500.0)  # which let no more than 4 mA through
    assert one.endswith("the device must limit itself")
    (one,) = told()
    assert one.endswith("the device must limit itself")
    assert unlimited(Plan(planned=(), duration=1.0), PROFILE, {"TE": make_limits()}) == []
