"""The sweeps themselves."""

from collections.abc import Iterator

from mho.bench import Bench, Plan, Planned
from mho.device.profile import DeviceProfile
from mho.protocols.contact import draws_nothing
from mho.protocols.iv.recipe import IvRecipe, sides
from mho.protocols.iv.row import IvPoint, Part, Side, Verdict
from mho.protocols.preparation import planned_preparation, prepare
from mho.protocols.staircase import Direction, Stretch
from mho.protocols.verify import repeated_reads, verify_read
from mho.readings import Reading
from mho.stimuli import Hold, Sweep, duration

_PARTS = {Direction.OUT: Part.OUT, Direction.BACK: Part.BACK}


def iv(bench: Bench, recipe: IvRecipe) -> Iterator[IvPoint]:
    """Sweep the driven terminal from corner to corner, cycle by cycle; one row per level.

    Each stretch of one polarity is one sweep with the current limit of its side; ``reads`` verify
    reads may follow each. A cycle whose current never exceeds what the contact floor of the
    profile lets pass ends the run.

    Raises
    ------
    LimitError, UnsupportedError, InstrumentError
        From the bench. Rows yielded before are valid.
    """
    prepare(bench, recipe.prepare)
    for cycle in range(1, recipe.cycles + 1):
        for point in sweep_cycle(bench, recipe, cycle, last=cycle == recipe.cycles):
            yield point
        if point.verdict is not Verdict.GOING_ON:
            return


def sweep_cycle(bench: Bench, recipe: IvRecipe, cycle: int, *, last: bool) -> Iterator[IvPoint]:
    """One cycle of a recipe; only its last row may end the run."""
    played = sides(recipe, bench.profile)
    swept: list[IvPoint] = []
    for number, (stretch, sweep) in enumerate(played, start=1):
        points = _stretch(bench, recipe, cycle, stretch, sweep)
        swept += (point for point in points if point.part is not Part.READ)
        if number == len(played):
            verdict = Verdict.COMPLETE if last else Verdict.GOING_ON
            if draws_nothing(swept, bench.profile):
                verdict = Verdict.CONTACT_LOST
            points[-1] = points[-1]._replace(verdict=verdict)
        yield from points


def reads_after(recipe: IvRecipe, profile: DeviceProfile) -> Hold | None:
    """The verify reads that follow a stretch, if any are asked for."""
    if not recipe.reads:
        return None
    read = verify_read(recipe.read, profile)
    return repeated_reads(recipe.read, profile, recipe.reads, read.settle + read.aperture)


def _stretch(
    bench: Bench, recipe: IvRecipe, cycle: int, stretch: Stretch, sweep: Sweep
) -> list[IvPoint]:
    profile = bench.profile
    side = Side.SET if stretch.sign == profile.set_sign else Side.RESET
    read_voltage = abs(verify_read(recipe.read, profile).voltage)

    def point(
        reading: Reading, part: Part, branch: int, level: float, dwell: float, compliance: float
    ) -> IvPoint:
        return IvPoint(
            time=reading.time,
            cycle=cycle,
            side=side,
            branch=branch,
            part=part,
            terminal=sweep.terminal,
            level=level,
            dwell=dwell,
            compliance=compliance,
            read_voltage=read_voltage,
            voltage=reading.voltage,
            current=reading.current,
            conductance=reading.conductance,
            in_compliance=reading.in_compliance,
            status=reading.status,
            verdict=Verdict.GOING_ON,
        )

    points = [
        point(
            reading,
            _PARTS[step.direction],
            step.branch,
            step.level,
            sweep.dwell,
            sweep.compliance,
        )
        for step, reading in zip(stretch.steps, bench.apply(sweep), strict=True)
    ]
    hold = reads_after(recipe, profile)
    if hold is not None:
        branch = stretch.steps[-1].branch
        points += [
            point(reading, Part.READ, branch, hold.level, hold.interval, hold.compliance)
            for reading in bench.apply(hold)
        ]
    return points


def plan(recipe: IvRecipe, profile: DeviceProfile) -> Plan:
    """Every sweep of a cycle, the verify reads after each, and the preparation."""
    played = sides(recipe, profile)
    planned = [*planned_preparation(recipe.prepare, profile)]
    planned += [
        Planned(
            what="SET sweep" if stretch.sign == profile.set_sign else "RESET sweep",
            stimulus=sweep,
            at_most=recipe.cycles,
        )
        for stretch, sweep in played
    ]
    hold = reads_after(recipe, profile)
    if hold is not None:
        at_most = recipe.cycles * len(played)
        planned.append(Planned(what="verify reads", stimulus=hold, at_most=at_most))
    seconds = sum(one.at_most * duration(one.stimulus) for one in planned)
    return Plan(planned=tuple(planned), duration=seconds)


def progress(row: IvPoint, recipe: IvRecipe) -> tuple[float, str]:
    """Share of the cycles done."""
    branches = len(recipe.corners) - 1
    share = (row.cycle - 1 + (row.branch + 1) / branches) / recipe.cycles
    text = f"cycle {row.cycle} of {recipe.cycles}: {row.level:g} V, {row.current:.3g} A"
    return (1.0 if row.verdict is not Verdict.GOING_ON else share), text
