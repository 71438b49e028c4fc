"""A ladder of levels, programmed one after another in several orders, each judged twice."""

from collections.abc import Iterator, Mapping

from mho.bench import Bench
from mho.protocols.approach import END_REASONS, Verdict
from mho.protocols.ladder.recipe import LadderRecipe, Visit
from mho.protocols.ladder.row import LadderStep, Order, Phase
from mho.protocols.orders import NO_PULSE, Programmer, Step, programmer
from mho.protocols.programming import Window, require_programmable
from mho.protocols.quoting import brief
from mho.protocols.step_row import step_row
from mho.protocols.verify import read_if_compensated
from mho.quantities import MICROSIEMENS, SIEMENS


def ladder(bench: Bench, recipe: LadderRecipe) -> Iterator[LadderStep]:
    """Program every level in every order; one row a pulse with its look, or a look alone.

    Each level is judged by a long mean at once, and once more later. One that lies outside then is
    programmed again as often as the recipe says. What the algorithm learnt goes on from level to
    level. A lost contact ends the run.

    Raises
    ------
    SettingsError
        A level cannot be programmed or read; before any pulse.
    MhoError
        The algorithm orders what it may not.
    LimitError, UnsupportedError, InstrumentError
        From the bench. Rows yielded before are valid.
    """
    windows = require_programmable(recipe, bench.profile, recipe.levels)
    steering = programmer(bench, recipe)
    read_if_compensated(bench, recipe.read)
    learnt: Mapping[str, float] = recipe.learnt
    for number, visit in enumerate(recipe.visits()):
        for row, step in _visited(steering, recipe, number, visit, windows[visit.level], learnt):
            yield row
            learnt = {**learnt, **step.learnt}
        if row.verdict is Verdict.CONTACT_LOST:
            return


def _visited(
    steering: Programmer,
    recipe: LadderRecipe,
    number: int,
    visit: Visit,
    window: Window,
    learnt: Mapping[str, float],
) -> Iterator[tuple[LadderStep, Step]]:
    """Program a level and judge it; again, while it is outside later and that is allowed."""

    def row(attempt: int, step: Step, phase: Phase) -> tuple[LadderStep, Step]:
        return _row(steering.bench, number, visit, window, attempt, step, phase), step

    for attempt in range(1, recipe.again + 2):
        for step in steering.program(window, learnt):
            yield row(attempt, step, Phase.TUNING)
        if step.verdict is Verdict.CONTACT_LOST:
            return
        learnt = {**learnt, **step.learnt}
        for phase, after in ((Phase.CHECK, recipe.judge.after), (Phase.LATER, recipe.later)):
            look = steering.judge(after)
            step = step._replace(pulsed=NO_PULSE, wait=after, look=look, learnt={})
            yield row(attempt, step, phase)
        if window.low <= step.look.mean <= window.high:
            return


def _row(
    bench: Bench,
    number: int,
    visit: Visit,
    window: Window,
    attempt: int,
    step: Step,
    phase: Phase,
) -> LadderStep:
    own = {
        "visit": number,
        "order": Order(visit.order),
        "round": visit.round,
        "level": visit.level,
        "attempt": attempt,
        "phase": phase,
    }
    return step_row(LadderStep, bench, window, step, **own)


def progress(row: LadderStep, recipe: LadderRecipe) -> tuple[float, str]:
    """Share of visits done, and where the present one stands."""
    count = len(recipe.orders) * recipe.repeats * len(recipe.levels)
    done = row.visit + (row.verdict in END_REASONS)
    text = (
        f"{row.order}, round {row.round} of {recipe.repeats}, level {row.level + 1} of "
        f"{len(recipe.levels)}: {brief(row.target, SIEMENS)}, "
        f"{MICROSIEMENS.of(row.conductance):.4g} uS"
    )
    return done / count, text
