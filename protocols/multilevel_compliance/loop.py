"""The sweeps of a series of levels, and what they apply."""

from collections.abc import Iterator

from mho.bench import Bench, Plan, Planned
from mho.device.profile import DeviceProfile
from mho.protocols.iv.loop import plan as iv_plan
from mho.protocols.iv.loop import sweep_cycle
from mho.protocols.iv.row import IvPoint, Verdict
from mho.protocols.multilevel_compliance.recipe import MultilevelComplianceRecipe
from mho.protocols.preparation import planned_preparation, prepare
from mho.protocols.quoting import brief
from mho.quantities import AMPERE
from mho.stimuli import duration


def multilevel_compliance(bench: Bench, recipe: MultilevelComplianceRecipe) -> Iterator[IvPoint]:
    """RESET, then SET under a current limit, for each limit in turn; rows are those of `iv`.

    Every RESET with its SET is one cycle of the file; ``compliance`` of its SET sweep is the level.

    Raises
    ------
    LimitError, UnsupportedError, InstrumentError
        From the bench. Rows yielded before are valid.
    """
    prepare(bench, recipe.prepare)
    series = recipe.cycle_compliances(bench.profile)
    for cycle, (_, sweeps) in enumerate(series, start=1):
        for point in sweep_cycle(bench, sweeps, cycle, last=cycle == len(series)):
            yield point
        if point.verdict is not Verdict.GOING_ON:
            return


def plan(recipe: MultilevelComplianceRecipe, profile: DeviceProfile) -> Plan:
    """Every sweep of the series with its reads, and the preparation."""
    planned = [*planned_preparation(recipe.prepare, profile)]
    for compliance in recipe.compliances:
        for one in iv_plan(recipe.sweeps(profile.set_sign, compliance), profile).planned:
            planned.append(
                Planned(
                    what=f"{one.what} of {AMPERE.show(compliance)}",
                    stimulus=one.stimulus,
                    at_most=one.at_most * recipe.cycles,
                )
            )
    seconds = sum(one.at_most * duration(one.stimulus) for one in planned)
    return Plan(planned=tuple(planned), duration=seconds)


def progress(row: IvPoint, recipe: MultilevelComplianceRecipe) -> tuple[float, str]:
    """Share of the series done."""
    number = len(recipe.compliances)
    total = number * recipe.cycles
    share = (row.cycle - 1 + (row.branch + 1) / 4) / total
    compliance = recipe.compliances[(row.cycle - 1) % number]
    text = f"level {row.cycle} of {total}: {AMPERE.show(compliance)}, {brief(row.current, AMPERE)}"
    return (1.0 if row.verdict is not Verdict.GOING_ON else share), text
