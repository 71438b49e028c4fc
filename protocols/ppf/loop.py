"""The loop over intervals, and what it applies."""

from collections.abc import Iterator

from mho.bench import Bench, Plan, Planned
from mho.bench.plan import most_pulses
from mho.device.profile import DeviceProfile
from mho.protocols.contact import contact_lost, is_silent, planned_contact_reads
from mho.protocols.ppf.recipe import PpfRecipe
from mho.protocols.ppf.row import PpfStep, Verdict
from mho.protocols.preparation import planned_preparation, prepare
from mho.protocols.quoting import brief
from mho.protocols.verify import verify_read
from mho.quantities import SECOND, SIEMENS
from mho.stimuli import PulseTrain, duration


def ppf(bench: Bench, recipe: PpfRecipe) -> Iterator[PpfStep]:
    """Apply pulses at each interval; one row a pulse, and one for each start state.

    Raises
    ------
    LimitError, UnsupportedError, InstrumentError
        From the bench. Rows yielded before are valid.
    """
    for repeat in range(1, recipe.repeats + 1):
        for interval in recipe.intervals:
            prepare(bench, recipe.preparation, recipe.read)
            bench.clock.sleep(recipe.recovery)
            steps: list[PpfStep] = []
            for stimulus in trains(recipe, bench.profile, interval):
                trace = bench.apply(stimulus)
                taken = iter(trace)
                for amplitude in stimulus.amplitudes:
                    pulsed, read = next(taken), next(taken)
                    steps.append(
                        PpfStep(
                            time=read.time,
                            repeat=repeat,
                            interval=interval,
                            pulse=len(steps),
                            terminal=stimulus.terminal,
                            amplitude=amplitude,
                            width=stimulus.width,
                            sent=trace.sent(amplitude),
                            sent_at_limit=trace.at_limit,
                            pulse_voltage=pulsed.voltage,
                            pulse_current=pulsed.current,
                            pulse_in_compliance=pulsed.in_compliance,
                            voltage=read.voltage,
                            current=read.current,
                            conductance=read.conductance,
                            in_compliance=read.in_compliance,
                            status=read.status,
                            verdict=Verdict.GOES_ON,
                        )
                    )
            silent = any(is_silent(step, bench.profile) for step in steps)
            if silent and contact_lost(bench, recipe.read):
                steps[-1] = steps[-1]._replace(verdict=Verdict.CONTACT_LOST)
            yield from steps
            if steps[-1].verdict is Verdict.CONTACT_LOST:
                return


def trains(
    recipe: PpfRecipe, profile: DeviceProfile, interval: float
) -> tuple[PulseTrain, PulseTrain]:
    """The start read, as a pulse of 0 V, and the pulses at an interval, each with its read."""
    sign = profile.set_sign if recipe.does == "set" else -profile.set_sign
    read = verify_read(recipe.read, profile)

    def train(amplitudes: tuple[float, ...]) -> PulseTrain:
        return PulseTrain(
            terminal=profile.write_at,
            amplitudes=amplitudes,
            width=recipe.width or profile.pulse_width,
            compliance=recipe.compliance or profile.pulse_compliance,
            rest=max(0.0, round(interval - read.settle - read.aperture, 12)),
            verify=read,
        )

    return train((0.0,)), train((sign * recipe.amplitude,) * recipe.pulses)


def plan(recipe: PpfRecipe, profile: DeviceProfile) -> Plan:
    """The trains at the shortest and the longest interval, and how often there is one."""
    runs = recipe.repeats * len(recipe.intervals)
    prepared = planned_preparation(recipe.preparation, profile, runs, recipe.read)
    contact = planned_contact_reads(recipe.read, profile, runs)
    extremes = dict.fromkeys((min(recipe.intervals), max(recipe.intervals)))
    planned = [
        Planned(what=f"{what}, {SECOND.show(interval)}", stimulus=train, at_most=runs)
        for interval in extremes
        for what, train in zip(
            ("start read", "pulses"), trains(recipe, profile, interval), strict=True
        )
    ]
    seconds = sum(p.at_most * duration(p.stimulus) for p in (*prepared, contact))
    for interval in recipe.intervals:
        seconds += recipe.repeats * sum(duration(t) for t in trains(recipe, profile, interval))
    return Plan(
        planned=(*prepared, *planned, contact),
        budget=runs * (recipe.pulses + 1) + most_pulses(prepared),
        duration=seconds + runs * recipe.recovery,
    )


def progress(row: PpfStep, recipe: PpfRecipe) -> tuple[float, str]:
    """Share of passes through the list that are done, and where the present one stands."""
    last = row.interval == recipe.intervals[-1] and row.pulse == recipe.pulses
    text = f"pass {row.repeat} of {recipe.repeats}: interval {SECOND.show(row.interval)}"
    return (row.repeat - 1 + last) / recipe.repeats, f"{text}, {brief(row.conductance, SIEMENS)}"
