"""Potentiation and depression: the stimuli, and the loop over series, cycles and branches."""

from collections.abc import Iterator
from math import nan

from mho.bench import Bench
from mho.device.profile import DeviceProfile
from mho.protocols.breakdown import watched
from mho.protocols.contact import CONTACT_READS, contact_lost, is_silent
from mho.protocols.gate_watch import Watch
from mho.protocols.ltp_ltd.recipe import (
    LtpLtdRecipe,
    PulseShape,
    branch_of,
    series,
    shapes,
)
from mho.protocols.ltp_ltd.row import Direction, LtpLtdStep, Verdict
from mho.protocols.preparation import prepare
from mho.protocols.verify import read_if_compensated, verify_read
from mho.stimuli import Pulse, PulseTrain

Stimuli = tuple[tuple[Pulse | PulseTrain, tuple[PulseShape, ...]], ...]
"""Stimuli in their order, each with the pulses it consists of."""


def ltp_ltd(bench: Bench, recipe: LtpLtdRecipe) -> Iterator[LtpLtdStep]:
    """Potentiate and depress by open-loop pulses; one row a pulse, and one for each start state.

    A run whose reads lie below the contact floor of the profile ends there: three of a branch, in a
    row or not (those of a train may be noisier than the floor is high), and then further ones. So
    does one whose written terminal breaks down, with all rows of the stimulus that shows it.

    Raises
    ------
    LimitError, UnsupportedError, InstrumentError
        From the bench. Rows yielded before are valid.
    """
    bench, gate = watched(bench)
    for index, amplitude in enumerate(series(recipe)):
        for cycle in range(1, recipe.cycles + 1):
            if cycle == 1 or recipe.prepare == "each cycle":
                prepare(bench, recipe.preparation, recipe.read)
            for direction in Direction:
                for step in _branch(bench, recipe, direction, amplitude, gate):
                    yield step._replace(series=index, cycle=cycle)
                    if step.verdict is not Verdict.GOES_ON:
                        return


def stimuli(
    recipe: LtpLtdRecipe, profile: DeviceProfile, direction: Direction, amplitude: float | None
) -> Stimuli:
    """What a branch applies: the start state first, by the read after a pulse of 0 V.

    That pulse costs nothing on a bench that has to switch over between trains and plain reads.
    """
    branch = branch_of(recipe, direction)
    pulses = shapes(recipe, profile, direction, amplitude)
    compliance = branch.compliance or profile.pulse_compliance
    verify = verify_read(recipe.read, profile)
    start = PulseShape(0.0, pulses[0].width, read=True)

    def train(shapes: tuple[PulseShape, ...], every: int) -> PulseTrain:
        return PulseTrain(
            terminal=profile.write_at,
            amplitudes=tuple(shape.amplitude for shape in shapes),
            width=shapes[0].width,
            compliance=compliance,
            rest=recipe.rest,
            verify=verify,
            verify_every=every,
        )

    def single(shape: PulseShape) -> Pulse:
        return Pulse(
            terminal=profile.write_at,
            amplitude=shape.amplitude,
            width=shape.width,
            compliance=compliance,
            rest=recipe.rest if shape.read else 0.0,
            verify=verify if shape.read else None,
        )

    if recipe.apply == "train" and branch.last_width is None:
        return ((train((start,), 1), (start,)), (train(pulses, recipe.read_every), pulses))
    return tuple((single(shape), (shape,)) for shape in (start, *pulses))


def _branch(
    bench: Bench,
    recipe: LtpLtdRecipe,
    direction: Direction,
    amplitude: float | None,
    gate: Watch | None,
) -> Iterator[LtpLtdStep]:
    number = silent = 0
    is_read = True  # the state it starts from is
    for stimulus, pulses in stimuli(recipe, bench.profile, direction, amplitude):
        if isinstance(stimulus, Pulse) and stimulus.amplitude and not is_read:
            read_if_compensated(bench, recipe.read)
        trace = bench.apply(stimulus)
        taken = iter(trace)
        steps = []
        for shape in pulses:
            pulsed = next(taken)
            read = next(taken) if shape.read else None
            is_read = read is not None
            last = read or pulsed
            if read is not None:
                silent += is_silent(read, bench.profile)
            steps.append(
                LtpLtdStep(
                    time=last.time,
                    series=0,
                    cycle=0,
                    direction=direction,
                    pulse=number,
                    terminal=stimulus.terminal,
                    amplitude=shape.amplitude,
                    width=shape.width,
                    sent=trace.sent(shape.amplitude),
                    sent_at_limit=trace.at_limit,
                    pulse_voltage=pulsed.voltage,
                    pulse_current=pulsed.current,
                    pulse_in_compliance=pulsed.in_compliance,
                    read=shape.read,
                    voltage=nan if read is None else read.voltage,
                    current=nan if read is None else read.current,
                    conductance=nan if read is None else read.conductance,
                    in_compliance=read is not None and read.in_compliance,
                    status=last.status,
                    verdict=Verdict.GOES_ON,
                )
            )
            number += 1
        if silent >= CONTACT_READS:
            silent = 0
            if contact_lost(bench, recipe.read):
                steps[-1] = steps[-1]._replace(verdict=Verdict.CONTACT_LOST)
        if gate is not None and gate.is_broken:
            steps[-1] = steps[-1]._replace(verdict=Verdict.BREAKDOWN)
        yield from steps
        if isinstance(stimulus, Pulse) and stimulus.verify is None:
            bench.clock.sleep(recipe.rest)


def progress(row: LtpLtdStep, recipe: LtpLtdRecipe) -> tuple[float, str]:
    """Share of branches done, and where the present one stands."""
    cycles = row.series * recipe.cycles + row.cycle - 1
    branches = 2 * cycles + (row.direction is Direction.DEPRESSION)
    branches += row.pulse == branch_of(recipe, row.direction).pulses
    return branches / (2 * len(series(recipe)) * recipe.cycles), (
        f"series {row.series + 1} of {len(series(recipe))}, cycle {row.cycle} of {recipe.cycles}: "
        f"{row.direction}, pulse {row.pulse}"
    )
