"""The sampled pulse: its waveform, and the loop over repeats."""

from collections.abc import Iterator

from mho.bench import Bench, Plan, Planned
from mho.device.profile import DeviceProfile
from mho.protocols.preparation import planned_preparation, prepare
from mho.protocols.pulse_response.recipe import PulseResponseRecipe
from mho.protocols.pulse_response.row import Phase, PulseResponseStep
from mho.protocols.quoting import brief
from mho.protocols.verify import ReadSettings, read_if_compensated
from mho.quantities import AMPERE
from mho.stimuli import Sweep, duration


def pulse_response(bench: Bench, recipe: PulseResponseRecipe) -> Iterator[PulseResponseStep]:
    """Apply the sampled pulse; one row a sample.

    Raises
    ------
    LimitError, UnsupportedError, InstrumentError
        From the bench. Rows yielded before are valid.
    """
    sweep = waveform(recipe, bench.profile)
    parts = phases(recipe)
    for repeat in range(1, recipe.repeats + 1):
        prepare(bench, recipe.preparation)
        read_if_compensated(bench, ReadSettings())
        trace = bench.apply(sweep)
        for number, (reading, phase) in enumerate(zip(trace, parts, strict=True), start=1):
            yield PulseResponseStep(
                time=reading.time,
                repeat=repeat,
                phase=phase,
                moment=number * recipe.sample,
                sample=recipe.sample,
                terminal=sweep.terminal,
                level=sweep.levels[number - 1],
                sent=trace.sent(sweep.levels[number - 1])
                if phase is Phase.PULSE
                else sweep.levels[number - 1],
                sent_at_limit=trace.at_limit,
                voltage=reading.voltage,
                current=reading.current,
                power=reading.voltage * reading.current,
                in_compliance=reading.in_compliance,
                status=reading.status,
            )


def phases(recipe: PulseResponseRecipe) -> tuple[Phase, ...]:
    """The phase of each sample."""
    spans = zip(Phase, (recipe.before, recipe.width, recipe.after), strict=True)
    return tuple(phase for phase, span in spans for _ in range(round(span / recipe.sample)))


def waveform(recipe: PulseResponseRecipe, profile: DeviceProfile) -> Sweep:
    """The stimulus: one level a sample."""
    sign = profile.set_sign if recipe.does == "set" else -profile.set_sign
    base = profile.read_voltage if recipe.base is None else recipe.base
    return Sweep(
        terminal=profile.write_at,
        levels=tuple(
            sign * recipe.amplitude if phase is Phase.PULSE else base for phase in phases(recipe)
        ),
        dwell=recipe.sample,
        aperture=recipe.aperture or recipe.sample,
        compliance=recipe.compliance or profile.pulse_compliance,
        read_up_to=abs(base),
        is_pulse=True,
    )


def plan(recipe: PulseResponseRecipe, profile: DeviceProfile) -> Plan:
    """The waveform as it is, as often as it is repeated."""
    sweep = Planned(
        what="sampled pulse", stimulus=waveform(recipe, profile), at_most=recipe.repeats
    )
    prepared = planned_preparation(recipe.preparation, profile, recipe.repeats)
    return Plan(
        planned=(*prepared, sweep),
        duration=sum(p.at_most * duration(p.stimulus) for p in (*prepared, sweep)),
    )


def progress(row: PulseResponseStep, recipe: PulseResponseRecipe) -> tuple[float, str]:
    """Share of the pulses done, and where the present one stands."""
    total = recipe.before + recipe.width + recipe.after
    done = row.repeat - 1 + (row.moment > total - recipe.sample / 2)
    text = f"pulse {row.repeat} of {recipe.repeats}: {brief(row.current, AMPERE)}"
    return done / recipe.repeats, text
