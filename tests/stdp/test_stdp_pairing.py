"""STDP against a bench that notes what reaches it, and on simulated devices."""

import json
from functools import partial
from itertools import pairwise
from math import exp

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mho.bench.guard import GuardedBench
from mho.bench.limits import refusals
from mho.device.profile import TerminalLimits
from mho.errors import LimitError, SettingsError
from mho.job import read_job
from mho.protocols.stdp import STDP, Order, StdpRecipe, Verdict, stdp
from mho.protocols.stdp.results import window
from mho.protocols.stdp.spike import Biphasic, Exponential, FromFile, Rectangle, Triangle, pair
from mho.result import numbers
from mho.stimuli import Hold, Pulse, PulseTrain, Waveforms
from mho.testing.noting_bench import NotingBench
from mho.testing.profiles import make_limits, make_profile
from mho.testing.protocol_runs import bench_of, frame, run_shipped

SPIKE = {"shape": "rectangle", "amplitude": 1.0, "width": 1e-3}
CELL = {
    "terminals": {
        name: TerminalLimits(min_voltage=-2.6, max_voltage=2.6, max_compliance=5e-3)
        for name in ("TE", "BE")
    }
}


noting = partial(bench_of, NotingBench, **CELL)
recipe_for = partial(StdpRecipe, order="t_pre - t_post", differences=(5e-4,), pre=SPIKE, post=SPIKE)


run = partial(run_shipped, "stdp")


def at(both, moment):
    """Pre and post level at a moment."""
    ends = np.cumsum(both.durations)
    place = int(np.searchsorted(ends, moment, side="right"))
    return both.pre[place], both.post[place]


def test_a_positive_difference_of_this_paper_puts_the_postsynaptic_spike_first():
    pre, post = ((1e-3, 1.0),), ((1e-3, 0.5),)
    both = pair(pre, post, 4e-4, rest=1e-3)
    assert both.durations == pytest.approx((4e-4, 6e-4, 4e-4, 1e-3))
    assert both.pre == (0.0, 1.0, 1.0, 0.0)
    assert both.post == (0.5, 0.5, 0.0, 0.0)
    swapped = pair(pre, post, -4e-4, rest=1e-3)
    assert swapped.pre == (1.0, 1.0, 0.0, 0.0)
    assert swapped.post == (0.0, 0.5, 0.5, 0.0)


def test_spikes_far_apart_are_at_zero_between_them_and_at_once_share_their_pieces():
    both = pair(((1e-3, 1.0),), ((1e-3, 1.0),), 5e-3, rest=1e-3)
    assert both.durations == pytest.approx((1e-3, 4e-3, 1e-3, 1e-3))
    assert both.post == (1.0, 0.0, 0.0, 0.0) and both.pre == (0.0, 0.0, 1.0, 0.0)
    together = pair(((1e-3, 1.0),), ((1e-3, 1.0),), 0.0, rest=1e-3)
    assert together.durations == pytest.approx((1e-3, 1e-3))


@pytest.mark.parametrize(("order", "first"), [("t_pre - t_post", 0.0), ("t_post - t_pre", 1.0)])
def test_the_order_says_who_comes_first_and_stands_in_every_row(order, first):
    bench = noting()
    rows = list(stdp(bench, recipe_for(order=order)))
    (applied,) = (s for s in bench.applied if isinstance(s, Waveforms))
    assert dict(applied.levels)["TE"][0] == first
    assert [row.order for row in rows] == [Order(order)]


def test_the_spike_points_towards_set_whatever_polarity_that_is():
    for polarity, sign in (("positive", 1), ("negative", -1)):
        bench = noting(set_polarity=polarity)
        list(stdp(bench, recipe_for()))
        applied = bench.applied[-1]
        assert dict(applied.levels) == {
            "TE": (0.0, sign, sign, 0.0),
            "BE": (sign, sign, 0.0, 0.0),
        }


def test_the_difference_on_one_terminal_is_pre_minus_post():
    bench = noting()
    (row,) = stdp(bench, recipe_for(apply="difference on one"))
    assert bench.applied[-1].levels == (("TE", (-1.0, 0.0, 1.0, 0.0)),)
    assert (row.highest, row.lowest) == (1.0, -1.0)
    assert (row.pre_terminal, row.post_terminal) == ("TE", "")


def test_every_pair_is_prepared_and_read_before_and_after():
    bench = noting([2e-5])
    prepared = ({"does": "reset", "amplitude": 2.0}, {"does": "set", "amplitude": 1.0, "count": 2})
    recipe = recipe_for(differences=(1e-3, -1e-3), repeats=2, preparation=prepared)
    rows = list(stdp(bench, recipe))
    kinds = [type(s) for s in bench.applied]
    assert kinds == [Pulse, PulseTrain, Hold, Waveforms] * 4
    assert (bench.applied[0].amplitude, bench.applied[1].amplitudes) == (-2.0, (1.0, 1.0))
    assert [(row.repeat, row.difference) for row in rows] == [
        (1, 1e-3), (1, -1e-3), (2, 1e-3), (2, -1e-3),
    ]  # fmt: skip
    # The noting bench answers a Hold with 20 uS and a waveform with 10 uS.
    assert rows[0].change == pytest.approx(-0.5)


def test_lost_contact_ends_the_run():
    rows = list(stdp(noting([0.0]), recipe_for(differences=(1e-3, 2e-3, 3e-3))))
    assert [row.verdict for row in rows] == [Verdict.CONTACT_LOST]


def test_an_exponential_spike_decays_from_its_amplitude_and_is_cut():
    pieces = Exponential(
        shape="exponential", amplitude=-1.2, constant=1e-3, length=5e-3, steps=50
    ).pieces()
    assert len(pieces) == 50
    assert sum(duration for duration, _ in pieces) == pytest.approx(5e-3)
    for number, (duration, level) in enumerate(pieces):
        assert duration == pytest.approx(1e-4)
        assert level == pytest.approx(-1.2 * exp(-(number + 0.5) * 0.1), abs=1e-6)


def test_shapes():
    assert Rectangle(**SPIKE).pieces() == ((1e-3, 1.0),)
    triangle = Triangle(shape="triangle", amplitude=1.0, width=3e-3, steps=3).pieces()
    assert [level for _, level in triangle] == [0.5, 1.0, 0.5]
    assert sum(duration for duration, _ in triangle) == pytest.approx(3e-3)
    main, *tail = Biphasic(
        shape="biphasic", amplitude=1.0, width=1e-3, tail=-0.3, tail_constant=1e-3,
        tail_length=3e-3, tail_steps=30,
    ).pieces()  # fmt: skip
    assert main == (1e-3, 1.0) and len(tail) == 30
    assert tail[10][1] == pytest.approx(-0.3 * exp(-1.05), abs=1e-6)


def test_a_spike_from_a_file_is_kept_with_the_run(tmp_path):
    path = tmp_path / "spike.csv"
    path.write_text("time,voltage\n# comment\n0,1\n1e-3,-0.5\n3e-3,0\n", encoding="utf-8")
    spike = {"shape": "file", "file": str(path)}
    recipe = recipe_for(pre=spike)
    assert recipe.pre.pieces() == ((1e-3, 1.0), (2e-3, -0.5))
    kept = json.loads(json.dumps(recipe.model_dump(mode="json")))
    path.unlink()
    assert StdpRecipe.model_validate(kept) == recipe


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0,1\n", "two lines or more"),
        ("0,1\n0,2\n", "times must increase"),
        ("0,1\n1,2,3\n", "line 2 of the data"),
        ("0,1\n1,nan\n", "line 2 of the data"),
        (None, "cannot be read"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path, text, message):
    path = tmp_path / "spike.csv"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(ValidationError, match=message):
        FromFile(shape="file", file=str(path))


def test_mistakes_are_refused():
    with pytest.raises(ValidationError, match="give them two terminals"):
        recipe_for(post_terminal="TE")
    with pytest.raises(ValidationError, match="sign opposite"):
        Biphasic(shape="biphasic", amplitude=1, width=1, tail=0.1, tail_constant=1, tail_length=1)
    with pytest.raises(SettingsError, match="order"):
        read_job("stdp", "ideal", "alpha-fe2o3", "published", options=["order=later - sooner"])


class Synapse(NotingBench):
    """Its weight grows by 20 % exp(-dt/0.4 ms) for dt > 0, shrinks by 10 % exp(dt/0.2 ms) else."""

    change = 0.0

    def next_conductance(self, stimulus):
        if isinstance(stimulus, Waveforms):
            starts = [
                sum(stimulus.durations[: next(n for n, level in enumerate(track) if level)])
                for _, track in sorted(stimulus.levels, reverse=True)
            ]
            dt = starts[0] - starts[1]  # TE carries the presynaptic spike
            return 1e-4 * (1 + (0.2 * exp(-dt / 4e-4) if dt > 0 else -0.1 * exp(dt / 2e-4)))
        return 1e-4


@pytest.mark.parametrize("order", ["t_pre - t_post", "t_post - t_pre"])
def test_the_verdict_finds_amplitudes_and_time_constants_in_either_order(order):
    bench = Synapse(make_profile(**CELL), {"TE": make_limits(), "BE": make_limits()})
    differences = tuple(n * 1e-4 for n in range(-9, 10) if n)
    recipe = recipe_for(order=order, differences=differences)
    rows = frame(stdp(bench, recipe))
    fit = window(rows, recipe)
    assert fit.order.value == order
    potentiating = (fit.a_plus, fit.tau_plus) if order == "t_pre - t_post" else (
        fit.a_minus.mapped(lambda value: -value), fit.tau_minus,
    )  # fmt: skip
    assert potentiating[0].value == pytest.approx(20, rel=1e-3)
    assert potentiating[1].value == pytest.approx(4e-4, rel=1e-3)
    merits = numbers(STDP.results(rows, recipe))
    side = "positive" if order == "t_pre - t_post" else "negative"
    assert merits[f"a_{side}"] == pytest.approx(0.2, rel=1e-3)
    assert merits[f"tau_{side}"] == pytest.approx(4e-4, rel=1e-3)
    other = {"positive": "negative", "negative": "positive"}[side]
    assert merits[f"trend_{side}"] == -1 and merits[f"trend_{other}"] == 1
    table = STDP.summary(rows, recipe)
    assert order in table.notes[0]
    up, down = table.rows if order == "t_pre - t_post" else reversed(table.rows)
    assert up[3].startswith("20") and down[3].startswith("-10")
    assert order in STDP.figure(rows, recipe).title


spikes = st.one_of(
    st.fixed_dictionaries(
        {
            "shape": st.just("rectangle"),
            "amplitude": st.floats(-2.6, 2.6),
            "width": st.floats(1e-4, 1e-2),
        }
    ),
    st.fixed_dictionaries(
        {
            "shape": st.just("triangle"),
            "amplitude": st.floats(-2.6, 2.6),
            "width": st.floats(1e-3, 1e-2),
            "steps": st.integers(1, 9),
        }
    ),
    st.fixed_dictionaries(
        {
            "shape": st.just("biphasic"),
            "amplitude": st.floats(0, 2.6),
            "width": st.floats(1e-4, 1e-2),
            "tail": st.floats(-2.6, 0),
            "tail_constant": st.floats(1e-4, 1e-2),
            "tail_length": st.floats(1e-3, 1e-2),
            "tail_steps": st.integers(1, 10),
        }
    ),
)
recipes = st.fixed_dictionaries(
    {
        "order": st.sampled_from(list(Order)),
        "differences": st.lists(st.floats(-0.02, 0.02), min_size=1, max_size=6).map(tuple),
        "pre": spikes,
        "post": spikes,
    },
    optional={
        "repeats": st.integers(1, 3),
        "apply": st.sampled_from(["two terminals", "difference on one"]),
        "rest": st.floats(1e-6, 1.0),
        "preparation": st.just(({"does": "set", "amplitude": 1.0, "count": 2},)),
    },
)


THREE_PULSES_IN_A_PAIR_THAT_IS_EXTREME_IN_NOTHING = {
    "order": Order.PRE_MINUS_POST,
    "differences": (0.015625, 0.001953125),
    "pre": {
        "shape": "biphasic",
        "amplitude": 2.0,
        "width": 0.00390625,
        "tail": 0.0,
        "tail_constant": 0.0078125,
        "tail_length": 0.0078125,
        "tail_steps": 1,
    },
    "post": {"shape": "triangle", "amplitude": 1.0, "width": 0.0078125, "steps": 1},
    "apply": "difference on one",
}


@settings(max_examples=200, deadline=None)
@given(recipes, st.sampled_from([0.0, 1e-5]))
@example(THREE_PULSES_IN_A_PAIR_THAT_IS_EXTREME_IN_NOTHING, 1e-5)
def test_whatever_is_applied_was_planned(given_recipe, conductance):
    recipe = StdpRecipe(**given_recipe)
    bench = noting([conductance])
    bench.limits = dict.fromkeys(("TE", "BE"), make_limits(min_width=1e-9))
    plan = STDP.plan(recipe, bench.profile)
    refused = [r for p in plan.planned for r in refusals(p.stimulus, bench.profile, bench.limits)]
    guarded = GuardedBench(bench)
    if refused:
        assert recipe.apply == "difference on one"  # up to 5.2 V between two spikes of 2.6 V
        return
    list(stdp(guarded, recipe))
    assert guarded.dose.most_pulses <= plan.pulses
    assert bench.clock.now() <= plan.duration * (1 + 1e-9)
    planned = [p.stimulus for p in plan.planned if isinstance(p.stimulus, Waveforms)]

    def highest(waveforms):
        return max(max(track) for one in waveforms for _, track in one.levels)

    def lowest(waveforms):
        return min(min(track) for one in waveforms for _, track in one.levels)

    applied = [s for s in bench.applied if isinstance(s, Waveforms)]
    assert lowest(planned) <= lowest(applied) and highest(applied) <= highest(planned)
    assert min(min(s.durations) for s in planned) <= min(min(s.durations) for s in applied)


@settings(max_examples=40, deadline=None)
@given(recipes, st.lists(st.sampled_from([0.0, 1e-5, 5e-5]), min_size=1, max_size=9))
def test_whatever_was_recorded_has_a_verdict_a_figure_and_a_progress(given_recipe, conductances):
    recipe = StdpRecipe(**given_recipe)
    rows = list(stdp(noting(conductances), recipe))
    assert len(STDP.summary(frame(rows), recipe).rows) == 2
    assert len(STDP.figure(frame(rows), recipe).panels) == 2
    shares = [STDP.progress(row, recipe)[0] for row in rows]
    assert all(0 <= share <= 1 for share in shares)
    assert all(a.time < b.time for a, b in pairwise(rows))


@pytest.mark.parametrize(
    ("bench", "recipe"),
    [
        ("ideal", "published"),
        pytest.param("ideal", "published-one-terminal", marks=pytest.mark.slow),
        pytest.param("ni-pxie-4139", "published-one-terminal", marks=pytest.mark.slow),
    ],
)
def test_published_spikes_potentiate_alpha_fe2o3_where_pre_comes_after_post(bench, recipe):
    """Paper: dt = t_pre - t_post > 0 potentiates, < 0 depresses, within 1 ms (Fig. 3f)."""
    changes = []
    for seed in range(3):
        read, rows = run(bench, "alpha-fe2o3", recipe, seed=seed)
        fit = window(frame(rows), read)
        assert fit.order.value == "t_pre - t_post"
        assert fit.a_plus.low > 0 and fit.a_minus.low > 0
        assert 1e-4 < fit.tau_plus.value < 1e-3 and 1e-4 < fit.tau_minus.value < 1e-3
        changes.append(frame(rows)[["difference", "change"]])
    both = pd.concat(changes)
    for sign in (1, -1):
        side = both[sign * both["difference"] > 0]
        near_to_far = pd.cut(side["difference"].abs(), [0, 0.35e-3, 0.55e-3, 0.75e-3, 1.1e-3])
        medians = sign * side["change"].groupby(near_to_far, observed=True).median()
        assert len(medians) == 4 and medians.is_monotonic_decreasing and medians.iloc[-1] > 0


def test_the_difference_on_one_terminal_does_to_the_device_what_two_terminals_do():
    both = [
        frame(run("ideal", "alpha-fe2o3", "published", options=["repeats=1", f"apply={how}"])[1])
        for how in ("two terminals", "difference on one")
    ]
    assert np.allclose(both[0]["change"], both[1]["change"], atol=0.02)
    assert (both[0]["highest"] == both[1]["highest"]).all()


def test_the_4139_refuses_spikes_on_two_terminals_before_anything_is_energised():
    job = read_job("stdp", "ni-pxie-4139", "alpha-fe2o3", "published")
    assert any("time axis" in refusal for refusal in job.refusals())
    with job.setup.open() as bench:
        recipe = job.recipe.model_copy(update={"preparation": ()})
        with pytest.raises(LimitError, match="time axis"):
            list(stdp(bench, recipe))


def test_the_4139_plays_spikes_on_one_terminal():
    recipe, rows = run("ni-pxie-4139", "cu-te", "one-terminal", options=["repeats=2"])
    ideal = frame(run("ideal", "cu-te", "one-terminal", options=["repeats=2"])[1])
    table = frame(rows)
    assert len(table) == len(ideal) == 2 * len(recipe.differences)
    assert np.corrcoef(table["change"], ideal["change"])[0, 1] > 0.9


def test_a_lost_contact_is_no_weight_change():
    class Losing(Synapse):
        pairs = 0

        def next_conductance(self, stimulus):
            self.pairs += isinstance(stimulus, Waveforms)
            return 0.0 if self.pairs == 19 else super().next_conductance(stimulus)

    bench = Losing(make_profile(**CELL), {"TE": make_limits(), "BE": make_limits()})
    differences = tuple(n * 1e-4 for n in range(-9, 10) if n)
    recipe = recipe_for(differences=differences, repeats=2)
    rows = frame(stdp(bench, recipe))
    assert rows["verdict"].iloc[-1] == Verdict.CONTACT_LOST and len(rows) == 19
    fit = window(rows, recipe)
    assert fit.points == 18
    assert fit.a_minus.value == pytest.approx(10, rel=1e-3)
    assert STDP.summary(rows, recipe).rows[1][1] == "9"
    drawn = STDP.figure(rows, recipe).panels[0].lines[0]
    assert len(drawn.y) == 18 and min(drawn.y) > -0.11
