"""Programming to conductances, target after target, by the algorithm of the recipe."""

from collections.abc import Iterator

from mho.bench import Bench
from mho.protocols.algorithms import built
from mho.protocols.approach import END_REASONS, Verdict
from mho.protocols.learnt import learnt_text
from mho.protocols.orders import NO_PULSE, Look, Programmer, Step
from mho.protocols.program.composite_cells import require_measured
from mho.protocols.program.recipe import ProgramRecipe
from mho.protocols.program.row import Phase, ProgramStep
from mho.protocols.programming import Window, means_of, require_programmable
from mho.protocols.quoting import brief
from mho.protocols.verify import read_if_compensated
from mho.quantities import MICROSIEMENS, SIEMENS


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
    profile = bench.profile
    require_measured(recipe)
    windows = require_programmable(recipe, profile, recipe.wanted)
    means = means_of(recipe, profile)
    algorithm = built(recipe.algorithm, recipe.settings, means, profile)
    programmer = Programmer(bench=bench, recipe=recipe, means=means, algorithm=algorithm)
    read_if_compensated(bench, recipe.read)
    learnt = recipe.learnt
    for index in range(recipe.repeats * len(windows)):
        window, turn = windows[index % len(windows)], 1 + index // len(windows)
        for step in programmer.program(window, learnt):
            row = _row(bench, index, turn, window, step)
            yield row
        if step.verdict is Verdict.CONTACT_LOST:
            return
        learnt = {**learnt, **step.learnt}
        look = programmer.judge(recipe.judge.after)
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
    pulsed, look = step.pulsed, step.look
    return ProgramStep(
        time=_ended(bench, look),
        target_index=index,
        round=turn,
        target=window.target,
        low=window.low,
        high=window.high,
        phase=phase,
        pulse=step.pulses,
        terminal=bench.profile.write_at,
        amplitude=pulsed.asked,
        width=pulsed.width,
        sent=pulsed.sent,
        sent_at_limit=pulsed.at_limit,
        pulse_voltage=pulsed.reading.voltage,
        pulse_current=pulsed.reading.current,
        pulse_in_compliance=pulsed.reading.in_compliance,
        wait=step.wait,
        voltage=look.voltage,
        current=look.current,
        conductance=look.mean,
        spread=look.spread,
        reads=len(look.readings),
        seconds=look.seconds,
        in_compliance=look.in_compliance,
        status=look.readings[-1].status if look.readings else "",
        confidence=step.confidence,
        verdict=step.verdict,
        learnt=learnt_text(step.learnt),
    )


def _ended(bench: Bench, look: Look) -> float:
    return look.readings[-1].time if look.readings else bench.clock.now()


def progress(row: ProgramStep, recipe: ProgramRecipe) -> tuple[float, str]:
    """Share of targets done, and where the present one stands."""
    count = recipe.repeats * len(recipe.wanted)
    done = row.target_index + (row.verdict in END_REASONS)
    text = (
        f"target {row.target_index + 1} of {count}: {brief(row.target, SIEMENS)}, "
        f"pulse {row.pulse}, {MICROSIEMENS.of(row.conductance):.4g} uS"
    )
    return done / count, text
