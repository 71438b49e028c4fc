"""Random recipes, right and wrong: refused in words, or run inside every limit."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mho.bench.guard import GuardedBench
from mho.bench.limits import refusals
from mho.errors import LimitError, SettingsError
from mho.protocols.approach import END_REASONS
from mho.protocols.ispp import ISPP, IsppRecipe
from mho.stimuli import Pulse
from mho.testing.noting_bench import NotingBench
from mho.testing.profiles import make_limits, make_profile

PROFILE = make_profile()
LIMITS = {"TE": make_limits(), "gate": make_limits()}

magnitudes = st.one_of(st.floats(-1, 4), st.sampled_from([0.0, 2.6, 2.7, float("nan"), 1e9]))
recipes = st.fixed_dictionaries(
    {"targets": st.lists(st.floats(-1e-6, 1e-3), min_size=0, max_size=3)},
    optional={
        "tolerance": st.floats(-0.1, 1.5),
        "step": st.floats(-0.1, 1),
        "max_pulses": st.integers(0, 60),
        "after_set": st.sampled_from(["continue", "step back", "restart", "never"]),
        "stuck_after": st.integers(0, 30),
        "rest": st.floats(-1e-3, 1e-2),
        "width": st.floats(0, 0.1),
        "compliance": st.floats(0, 0.1),
        "set": st.fixed_dictionaries({}, optional={"amplitude": magnitudes, "limit": magnitudes}),
        "reset": st.fixed_dictionaries(
            {}, optional={"amplitude": magnitudes, "limit": magnitudes, "margin": magnitudes}
        ),
        "read": st.fixed_dictionaries(
            {}, optional={"voltage": magnitudes, "aperture": st.floats(-1, 20)}
        ),
        "check": st.fixed_dictionaries({}, optional={"reads": st.integers(-1, 30)}),
    },
)


@settings(max_examples=1000, deadline=None)
@given(recipes, st.lists(st.floats(0, 1e-3) | st.just(0.0), min_size=1, max_size=30))
def test_a_random_recipe_is_refused_in_words_or_stays_inside_the_limits(settings_, conductances):
    try:
        recipe = IsppRecipe.model_validate(settings_)
        plan = ISPP.plan(recipe, PROFILE)
    except (ValidationError, SettingsError):
        return
    bench = NotingBench(PROFILE, LIMITS, conductances)
    predicted = [r for p in plan.planned for r in refusals(p.stimulus, PROFILE, LIMITS)]
    try:
        rows = list(ISPP.run(GuardedBench(bench), recipe))
    except LimitError:
        # The plan had said so, for this very recipe.
        assert predicted or plan.pulses > PROFILE.dose.max_pulses
        rows = []
    for stimulus in bench.applied:
        assert refusals(stimulus, PROFILE, LIMITS) == []
    assert sum(isinstance(s, Pulse) for s in bench.applied) <= plan.pulses
    assert bench.clock.now() <= plan.duration * (1 + 1e-9)
    if rows:
        assert rows[-1].verdict in END_REASONS


def test_the_random_recipes_are_not_all_refused():
    with pytest.raises(ValidationError):
        IsppRecipe.model_validate({"targets": []})
    assert IsppRecipe.model_validate({"targets": [1e-5], "max_pulses": 60})
