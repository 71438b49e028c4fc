"""Programming to conductances, target after target, by the algorithm of the recipe."""

from collections.abc import Iterator

from mho.bench import Bench
from mho.protocols.approach import END_REASONS, Verdict
from mho.protocols.breakdown import ends_at_breakdown
from mho.protocols.orders import NO_PULSE, Step, programmer
from mho.protocols.program.composite_cells import require_measured
from mho.protocols.program.recipe import ProgramRecipe
from mho.protocols.program.row import Phase, ProgramStep
from mho.protocols.programming import Window, require_programmable
from mho.protocols.quoting import brief
from mho.protocols.step_row import step_row
from mho.protocols.verify import read_if_compensated
from mho.quantities import MICROSIEMENS, SIEMENS


def _broken(row: ProgramStep) -> ProgramStep:
    return row._replace(verdict=Verdict.BREAKDOWN)


@ends_at_breakdown(_broken)
def program(bench: Bench, recipe: ProgramRecipe) -> Iterator[ProgramStep]:
    """Bring the device to each target in turn; one row a pulse with its look, or a look alone.

    Each target ends with a row of phase ``check``: the mean of many reads, some time later, which
    the algorithm never sees. What it learnt of the cell goes on to the next target. A lost contact
    ends the run.

    Raises
    ------
    SettingsError
        A target cannot be programmed or read; before any pulse.
    MhoError
        The algorithm orders what it may not.
    LimitError, UnsupportedError, InstrumentError
        From the bench. Rows yielded before are valid.
    """
    require_measured(recipe)
    windows = require_programmable(recipe, bench.profile, recipe.wanted)
    steering = programmer(bench, recipe)
    read_if_compensated(bench, recipe.read)
    learnt = recipe.learnt
    for index in range(recipe.repeats * len(windows)):
        window, turn = windows[index % len(windows)], 1 + index // len(windows)
        for step in steering.program(window, learnt):
            row = _row(bench, index, turn, window, step)
            yield row
        if step.verdict is Verdict.CONTACT_LOST:
            return
        learnt = {**learnt, **step.learnt}
        look = steering.judge(recipe.judge.after)
        checked = step._replace(pulsed=NO_PULSE, wait=recipe.judge.after, look=look, learnt={})
        yield _row(bench, index, turn, window, checked, Phase.CHECK)


def _row(
    bench: Bench,
    index: int,
    turn: int,
    window: Window,
    step: Step,
    phase: Phase = Phase.TUNING,
) -> ProgramStep:
    own = {"target_index": index, "round": turn, "phase": phase}
    return step_row(ProgramStep, bench, window, step, **own)


def progress(row: ProgramStep, recipe: ProgramRecipe) -> tuple[float, str]:
    """Share of targets done, and where the present one stands."""
    count = recipe.repeats * len(recipe.wanted)
    done = row.target_index + (row.verdict in END_REASONS)
    text = (
        f"target {row.target_index + 1} of {count}: {brief(row.target, SIEMENS)}, "
        f"pulse {row.pulse}, {MICROSIEMENS.of(row.conductance):.4g} uS"
    )
    return done / count, text
