"""Cells that stick, jump, die, short or become noisy: verdicts, rows, and no pulse more."""

from functools import partial

import pytest
from troubled_cell import TroubledCell

from mho.programming.algorithm import End
from mho.protocols.approach import END_REASONS
from mho.protocols.program import PROGRAM, Phase, ProgramRecipe, program
from mho.stimuli import Pulse
from mho.testing import bench_of, frame

MOST = 60
ENDS = {
    "": {"reached"},
    "jumps": {"reached"},
    "sticks": {"stuck", "amplitude limit", "pulse budget", "noise limited"},
    "dies": {"contact lost"},
    "shorts": {"stuck", "amplitude limit", "pulse budget"},
    "becomes noisy": {"noise limited", "pulse budget", "reached"},
}
ALGORITHMS = (
    "adaptive", "ispp", "ispp_averaged", "incremental_width", "predicted_width", "step_towards",
)  # fmt: skip

recipe_for = partial(
    ProgramRecipe,
    targets=(60e-6, 30e-6),
    tolerance=0.03,
    pulses={"most": MOST, "shortest": 1e-3, "longest": 50e-3},
    longest_look=1.0,
    judge={"lasts": 1.0},
)


@pytest.mark.parametrize("trouble", ENDS)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_it_ends_in_a_word_with_its_rows_and_no_pulse_more(algorithm, trouble):
    bench = bench_of(TroubledCell, trouble=trouble)
    recipe = recipe_for(algorithm=algorithm)
    rows = list(program(bench, recipe))
    tuning = [row for row in rows if row.phase is Phase.TUNING]
    ends = {row.target_index: row.verdict for row in tuning}
    assert all(end in END_REASONS and end in set(End) for end in ends.values())
    pulses = [one for one in bench.applied if isinstance(one, Pulse) and one.amplitude]
    assert len(pulses) == sum(row.amplitude == row.amplitude for row in rows)
    assert all(row.pulse <= MOST for row in rows)
    assert len(pulses) <= PROGRAM.plan(recipe, bench.profile).pulses
    if algorithm == "adaptive":
        assert ends[0] in ENDS[trouble], ends
    if trouble == "dies":
        assert rows[-1].verdict == "contact lost" and len(pulses) == bench.at
    assert PROGRAM.summary(frame(rows), recipe).rows and list(PROGRAM.results(frame(rows), recipe))


def test_the_troubles_tell_a_cell_without_from_one_with():
    """Each of them changes what comes out."""
    found = {}
    for trouble in ENDS:
        bench = bench_of(TroubledCell, trouble=trouble)
        rows = list(program(bench, recipe_for(algorithm="adaptive")))
        found[trouble] = tuple((row.pulse, row.verdict) for row in rows)
    assert len(set(found.values())) == len(ENDS)


def test_a_jump_after_the_end_is_seen_by_the_judge_alone():
    class JumpsLater(TroubledCell):
        def apply(self, stimulus):
            if getattr(stimulus, "count", 0) == 100:  # the reads that judge
                self.x += 0.5
            return super().apply(stimulus)

    rows = list(program(bench_of(JumpsLater), recipe_for(targets=(60e-6,))))
    assert rows[-1].verdict == "reached"
    assert rows[-2].conductance == pytest.approx(60e-6, rel=0.03)
    assert rows[-1].conductance > 80e-6
    table = frame(rows)
    assert PROGRAM.summary(table, recipe_for(targets=(60e-6,))).rows[0][-1] == "no"
