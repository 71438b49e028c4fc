"""Pulse response: one pulse sampled as a waveform, for its current transient and its energy.

The pulse is a staircase of equal short steps, each measured: base level, plateau, base level.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple, Self

import pandas as pd
from pydantic import Field, model_validator

from mho.bench import Bench
from mho.device_profile import DeviceProfile
from mho.figure import Figure, Line, Panel
from mho.frozen import Frozen
from mho.merit.energy import plateau_energy
from mho.plugin_kinds import MeasurementProtocol, Plan, Planned
from mho.protocols.preparation import PreparationPulse, planned_preparation, prepare
from mho.protocols.quoting import answered, brief
from mho.quantities import (
    AMPERE,
    COULOMB,
    SECOND,
    SIEMENS,
    VOLT,
    Amperes,
    Seconds,
    Unit,
    Volts,
    Watts,
)
from mho.recording.columns import LongName
from mho.stimuli import Sweep, duration
from mho.summary import Summary

JOULE = Unit("J", "joules", "5 nJ")

MOST_SAMPLES = 1_000_000


class PulseResponseRecipe(Frozen):
    """A recipe for a sampled pulse. Units in files, SI floats in code."""

    does: Literal["set", "reset"] = "set"
    amplitude: Volts = Field(gt=0, description="magnitude; the profile gives the polarity")
    width: Seconds = Field(gt=0, description="of the plateau; whole samples")
    before: Seconds = Field(ge=0, description="at the base level before the plateau; whole samples")
    after: Seconds = Field(ge=0, description="at the base level after it; whole samples")
    base: Volts | None = Field(
        default=None, description="level before and after, with its sign; default: read voltage"
    )
    sample: Seconds = Field(gt=0, description="from sample to sample")
    aperture: Seconds | None = Field(
        default=None, gt=0, description="averaged at the end of a sample; default: all of it"
    )
    compliance: Amperes | None = Field(default=None, gt=0, description="default: the profile's")
    repeats: int = Field(default=1, ge=1, le=100_000)
    preparation: tuple[PreparationPulse, ...] = Field(
        default=(), description="pulses to the start state, before every repeat"
    )

    @model_validator(mode="after")
    def _whole_samples(self) -> Self:
        found = [
            f"{name} = {SECOND.show(span)} is no multiple of sample = {SECOND.show(self.sample)}"
            for name, span in (
                ("before", self.before),
                ("width", self.width),
                ("after", self.after),
            )
            if abs(round(span / self.sample) - span / self.sample) > 1e-6
        ]
        if self.aperture is not None and self.aperture > self.sample:
            found.append("aperture is longer than sample")
        if (self.before + self.width + self.after) / self.sample > MOST_SAMPLES:
            found.append(f"that is more than {MOST_SAMPLES} samples; lengthen sample")
        if found:
            raise ValueError("; ".join(found))
        return self


class Phase(StrEnum):
    """Which part of the waveform a sample belongs to."""

    BEFORE = "before"
    PULSE = "pulse"
    AFTER = "after"


class PulseResponseStep(NamedTuple):
    """One sample of the waveform. Currents are positive into the terminal."""

    time: Annotated[Seconds, LongName("time at the end of the sample, since the bench was opened")]
    repeat: Annotated[int, LongName("number of the pulse, from 1")]
    phase: Annotated[Phase, LongName("part of the waveform")]
    moment: Annotated[Seconds, LongName("end of the sample, since the waveform began")]
    sample: Annotated[Seconds, LongName("length of the sample")]
    terminal: Annotated[str, LongName("pulsed terminal")]
    level: Annotated[Volts, LongName("level asked for")]
    voltage: Annotated[Volts, LongName("measured voltage")]
    current: Annotated[Amperes, LongName("measured current")]
    power: Annotated[Watts, LongName("measured voltage times measured current")]
    in_compliance: Annotated[bool, LongName("the current limit was active")]
    status: Annotated[str, LongName("status of the sample as the instrument gave it")]


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
        trace = bench.apply(sweep)
        for number, (reading, phase) in enumerate(zip(trace, parts, strict=True), start=1):
            yield PulseResponseStep(
                reading.time,
                repeat,
                phase,
                number * recipe.sample,
                recipe.sample,
                sweep.terminal,
                sweep.levels[number - 1],
                reading.voltage,
                reading.current,
                reading.voltage * reading.current,
                reading.in_compliance,
                reading.status,
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
        terminal=profile.drive,
        levels=tuple(
            sign * recipe.amplitude if phase is Phase.PULSE else base for phase in phases(recipe)
        ),
        dwell=recipe.sample,
        aperture=recipe.aperture or recipe.sample,
        compliance=recipe.compliance or profile.pulse_compliance,
    )


def plan(recipe: PulseResponseRecipe, profile: DeviceProfile) -> Plan:
    """The waveform as it is, as often as it is repeated."""
    sweep = Planned(
        what="sampled pulse", stimulus=waveform(recipe, profile), at_most=recipe.repeats
    )
    prepared = planned_preparation(recipe.preparation, profile, recipe.repeats)
    return Plan(
        planned=(*prepared, sweep),
        pulses=recipe.repeats + sum(p.at_most for p in prepared),
        duration=sum(p.at_most * duration(p.stimulus) for p in (*prepared, sweep)),
    )


def summary(rows: pd.DataFrame, recipe: PulseResponseRecipe) -> Summary:
    """Conductance before and after, currents on the plateau, and energy of each pulse."""
    reasons: list[str] = []
    sources: list[str] = []
    lines: list[tuple[str, ...]] = []
    for repeat in sorted({int(number) for number in rows["repeat"]}):
        part = rows[rows["repeat"] == repeat]
        before, pulse, after = (part[part["phase"] == phase] for phase in Phase)

        def taken(pulse: pd.DataFrame = pulse) -> tuple[str, str, str]:
            energy = plateau_energy(pulse["voltage"], pulse["current"], pulse["sample"])
            return brief(energy.energy, JOULE), brief(energy.charge, COULOMB), energy.source

        energy, charge, source = answered(taken, reasons) or ("-", "-", "")
        if source and source not in sources:
            sources.append(source)
        lines.append(
            (
                str(repeat),
                _conductance(before.tail(1)),
                brief(float(pulse["current"].iloc[0]), AMPERE) if len(pulse) else "-",
                brief(float(pulse["current"].iloc[-1]), AMPERE) if len(pulse) else "-",
                energy,
                charge,
                _conductance(after.tail(1)),
                "yes" if pulse["in_compliance"].any() else "no",
            )
        )
    return Summary(
        title=f"Pulse response: {recipe.does.upper()}, {VOLT.show(recipe.amplitude)} for "
        f"{SECOND.show(recipe.width)}",
        headers=(
            "pulse",
            "G before",
            "I first",
            "I last",
            "energy",
            "charge",
            "G after",
            "compliance",
        ),
        rows=tuple(lines),
        notes=(
            f"I first, I last: samples of {SECOND.show(recipe.sample)} at the ends of the plateau; "
            "G before, after: the last sample at the base level",
            *reasons,
            *(f"source: {source}, of the plateau alone" for source in sources),
        ),
    )


def merits(rows: pd.DataFrame, recipe: PulseResponseRecipe) -> dict[str, float]:  # noqa: ARG001
    """Energy (J) and charge (C) of a pulse, means over the pulses."""
    pulse = rows[rows["phase"] == Phase.PULSE]
    total = answered(
        lambda: plateau_energy(pulse["voltage"], pulse["current"], pulse["sample"]), []
    )
    if total is None:
        return {}
    repeats = len(set(pulse["repeat"]))
    return {"energy": total.energy / repeats, "charge": total.charge / repeats}


def figure(rows: pd.DataFrame, recipe: PulseResponseRecipe) -> Figure:
    """Voltage and current against time, one colour a pulse."""
    total = recipe.before + recipe.width + recipe.after
    scale, unit = (1e-6, "µs") if total < 2e-3 else (1e-3, "ms") if total < 2 else (1.0, "s")
    repeats = sorted({int(number) for number in rows["repeat"]})

    def lines(column: str, divisor: float) -> tuple[Line, ...]:
        return tuple(
            Line(
                x=((part["moment"] - recipe.sample / 2) / scale).to_list(),
                y=(part[column] / divisor).to_list(),
                series=number,
                label=str(repeat) if len(repeats) > 1 and repeat in (1, repeats[-1]) else "",
                style="both" if len(part) <= 200 else "line",
            )
            for number, repeat in enumerate(repeats)
            if len(part := rows[rows["repeat"] == repeat])
        )

    voltage = lines("voltage", 1.0)
    current = tuple(
        Line(x=line.x, y=line.y, series=line.series, style=line.style)
        for line in lines("current", 1e-6)
    )
    return Figure(
        title="Pulse response",
        legend="pulse" if len(repeats) > 1 else "",
        panels=(
            Panel(x_label="", y_label="voltage (V)", lines=voltage, height=1.2),
            Panel(x_label=f"time ({unit})", y_label="current (µA)", lines=current, height=1.6),
        ),
    )


def progress(row: PulseResponseStep, recipe: PulseResponseRecipe) -> tuple[float, str]:
    """Share of the pulses done, and where the present one stands."""
    total = recipe.before + recipe.width + recipe.after
    done = row.repeat - 1 + (row.moment > total - recipe.sample / 2)
    text = f"pulse {row.repeat} of {recipe.repeats}: {brief(row.current, AMPERE)}"
    return done / recipe.repeats, text


def _conductance(sample: pd.DataFrame) -> str:
    if not len(sample) or not sample["voltage"].iloc[0]:
        return "-"
    return brief(float(sample["current"].iloc[0] / sample["voltage"].iloc[0]), SIEMENS)


PULSE_RESPONSE = MeasurementProtocol(
    name="pulse_response",
    title="Pulse response: voltage and current of one pulse against time",
    recipe=PulseResponseRecipe,
    row=PulseResponseStep,
    run=pulse_response,
    plan=plan,
    summary=summary,
    figure=figure,
    progress=progress,
    merits=merits,
)
