"""PPF: paired-pulse facilitation, and with more than two pulses the dependence on their rate.

No source paper of this project measures it; the definitions are those of `mho.merit.paired_pulse`.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple, Self

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from mho.bench import Bench
from mho.device_profile import DeviceProfile
from mho.figure import Figure, Line, Panel
from mho.frozen import Frozen
from mho.merit.estimate import mean
from mho.merit.exponential import ExponentialFit
from mho.merit.paired_pulse import facilitation_decay, paired_pulse_index
from mho.plugin_kinds import MeasurementProtocol, Plan, Planned
from mho.protocols.contact import contact_lost, is_silent, planned_contact_reads
from mho.protocols.preparation import PreparationPulse, planned_preparation, prepare
from mho.protocols.quoting import INTERVALS, NONE, answered, brief, limited_reads, quoted
from mho.protocols.verify import ReadSettings, verify_read
from mho.quantities import SECOND, SIEMENS, Amperes, Seconds, Siemens, Volts
from mho.recording.columns import LongName
from mho.stimuli import PulseTrain, duration
from mho.summary import Summary

MICRO = 1e-6


class PpfRecipe(Frozen):
    """A recipe for paired pulses. Units in files, SI floats in code.

    An interval runs from the end of a pulse to the start of the next. The read of a pulse lies at
    the end of its interval, so every pulse is read equally long after it, and no interval can be
    shorter than the read.
    """

    does: Literal["set", "reset"] = "set"
    amplitude: Volts = Field(gt=0, description="magnitude; the profile gives the polarity")
    width: Seconds | None = Field(default=None, gt=0, description="default: the profile's")
    compliance: Amperes | None = Field(default=None, gt=0, description="default: the profile's")
    intervals: tuple[Annotated[Seconds, Field(gt=0)], ...] = Field(min_length=1, max_length=10_000)
    pulses: int = Field(default=2, ge=2, le=100_000, description="2 for pairs; more for rates")
    repeats: int = Field(default=1, ge=1, le=100_000, description="of the whole list")
    response: Literal["conductance", "change", "pulse current"] = Field(
        default="conductance",
        description="what is compared: the conductance after a pulse, the change of conductance "
        "by it (its ratio scatters widely unless it is far above the read noise), or the current "
        "during it",
    )
    index: Literal["ratio", "increase"] = Field(
        default="ratio", description="last over first response, or their difference over the first"
    )
    recovery: Seconds = Field(default=0.0, ge=0, description="at 0 V after the preparation")
    preparation: tuple[PreparationPulse, ...] = Field(
        default=(), description="pulses to the start state, before every interval"
    )
    read: ReadSettings = ReadSettings(settle=0.0, aperture=1e-3)

    @model_validator(mode="after")
    def _room_for_the_read(self) -> Self:
        least = self.read.settle + self.read.aperture
        short = [SECOND.show(interval) for interval in self.intervals if interval < least]
        if short:
            raise ValueError(
                f"the read of {SECOND.show(least)} does not fit into intervals of "
                f"{', '.join(short)}; shorten read.settle and read.aperture or leave them out"
            )
        return self


class Verdict(StrEnum):
    """Whether the run goes on after this pulse."""

    GOES_ON = "goes on"
    CONTACT_LOST = "contact lost"


class PpfStep(NamedTuple):
    """A pulse and the read at the end of its interval. Pulse 0, of 0 V, reads the start state.

    Currents are positive into the terminal.
    """

    time: Annotated[Seconds, LongName("time at the end of the read, since the bench was opened")]
    repeat: Annotated[int, LongName("pass through the list of intervals, from 1")]
    interval: Annotated[Seconds, LongName("from the end of a pulse to the start of the next")]
    pulse: Annotated[int, LongName("number of the pulse at this interval, from 1; 0: none yet")]
    terminal: Annotated[str, LongName("pulsed terminal")]
    amplitude: Annotated[Volts, LongName("pulse amplitude")]
    width: Annotated[Seconds, LongName("pulse width")]
    pulse_current: Annotated[Amperes, LongName("current during the pulse")]
    pulse_in_compliance: Annotated[bool, LongName("the current limit was active in the pulse")]
    voltage: Annotated[Volts, LongName("measured read voltage")]
    current: Annotated[Amperes, LongName("measured read current")]
    conductance: Annotated[Siemens, LongName("conductance, read current over read voltage")]
    in_compliance: Annotated[bool, LongName("the current limit was active in the read")]
    status: Annotated[str, LongName("status of the read as the instrument gave it")]
    verdict: Annotated[Verdict, LongName("whether the run goes on")]


def ppf(bench: Bench, recipe: PpfRecipe) -> Iterator[PpfStep]:
    """Apply pulses at each interval; one row a pulse, and one for each start state.

    Raises
    ------
    LimitError, UnsupportedError, InstrumentError
        From the bench. Rows yielded before are valid.
    """
    for repeat in range(1, recipe.repeats + 1):
        for interval in recipe.intervals:
            prepare(bench, recipe.preparation)
            bench.clock.sleep(recipe.recovery)
            steps: list[PpfStep] = []
            for stimulus in trains(recipe, bench.profile, interval):
                trace = iter(bench.apply(stimulus))
                for amplitude in stimulus.amplitudes:
                    pulsed, read = next(trace), next(trace)
                    steps.append(
                        PpfStep(
                            read.time,
                            repeat,
                            interval,
                            len(steps),
                            stimulus.terminal,
                            amplitude,
                            stimulus.width,
                            pulsed.current,
                            pulsed.in_compliance,
                            read.voltage,
                            read.current,
                            read.conductance,
                            read.in_compliance,
                            read.status,
                            Verdict.GOES_ON,
                        )
                    )
            last = steps[-1]
            if is_silent(last, bench.profile) and contact_lost(bench, recipe.read):
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
            terminal=profile.drive,
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
    prepared = planned_preparation(recipe.preparation, profile, runs)
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
        pulses=runs * (recipe.pulses + 1) + sum(p.at_most for p in prepared),
        duration=seconds + runs * recipe.recovery,
    )


def indices(rows: pd.DataFrame, recipe: PpfRecipe) -> pd.DataFrame:
    """One line per whole repeat and interval: ``first``, ``last`` (S or A), ``index`` (percent).

    Where the contact was lost there is none.
    """
    found = []
    for key, part in rows.groupby(["interval", "repeat"]):
        ordered = part.sort_values("pulse")
        lost = (part["verdict"] == Verdict.CONTACT_LOST).any()
        if len(ordered) == recipe.pulses + 1 and not lost:
            match recipe.response:
                case "conductance":
                    responses = ordered["conductance"].to_numpy()[1:]
                case "change":
                    responses = np.diff(ordered["conductance"].to_numpy())
                case "pulse current":
                    responses = ordered["pulse_current"].to_numpy()[1:]
            found.append((*key, float(responses[0]), float(responses[-1])))
    table = pd.DataFrame(found, columns=["interval", "repeat", "first", "last"], dtype=float)
    table["index"] = paired_pulse_index(table["first"], table["last"], definition=recipe.index)
    return table


def summary(rows: pd.DataFrame, recipe: PpfRecipe) -> Summary:
    """The index at each interval, and its decay with the interval."""
    table = indices(rows, recipe)
    unit = "uA" if recipe.response == "pulse current" else "uS"
    lines = []
    for interval in sorted(set(table["interval"])):
        part = table[table["interval"] == interval]
        finite = part["index"][np.isfinite(part["index"])].to_numpy()
        lines.append(
            (
                SECOND.show(interval),
                f"{part['first'].mean() / MICRO:.4g}",
                f"{part['last'].mean() / MICRO:.4g}",
                quoted(mean(finite)) if len(finite) else NONE,
                str(len(part)),
            )
        )
    reasons: list[str] = []
    fit = answered(lambda: _decay(table, recipe), reasons)
    meaning = "100 last/first" if recipe.index == "ratio" else "100 (last - first)/first"
    notes = [
        f"response: {recipe.response}; index: {meaning}, pulse {recipe.pulses} against pulse 1; "
        f"{INTERVALS}",
        "interval: from the end of a pulse to the start of the next, the read at its end",
    ]
    if fit is not None:
        notes.append(
            f"decay: C = {quoted(fit.amplitude)} %, tau = {quoted(fit.constant, 1e-3)} ms, R2 "
            f"{fit.r2:.3f}; source: {fit.source}, level fixed at {fit.level.value:g} %"
        )
    if (rows["verdict"] == Verdict.CONTACT_LOST).any():
        notes.append("the run ended early: contact lost")
    return Summary(
        title="Paired-pulse facilitation",
        headers=("interval", f"first ({unit})", f"last ({unit})", "index (%)", "repeats"),
        rows=tuple(lines),
        notes=(*notes, *limited_reads(rows), *reasons),
    )


def merits(rows: pd.DataFrame, recipe: PpfRecipe) -> dict[str, float]:
    """Figures of merit by name; the index as a fraction, the time constant in seconds."""
    table = indices(rows, recipe)
    found = {}
    for name, interval in (("shortest", min(recipe.intervals)), ("longest", max(recipe.intervals))):
        of_interval = table["index"][table["interval"] == interval]
        if len(of_interval):
            found[f"index_{name}"] = float(of_interval.mean()) / 100
    fit = answered(lambda: _decay(table, recipe), [])
    if fit is not None:
        found["decay_constant"] = fit.constant.value
    return found


def figure(rows: pd.DataFrame, recipe: PpfRecipe) -> Figure:
    """The index against the interval with its fit; beneath, the conductance pulse by pulse."""
    table = indices(rows, recipe)
    lines = [
        Line(
            x=(table["interval"] / 1e-3).to_list(),
            y=table["index"].to_list(),
            label="index",
            style="points",
        )
    ]
    fit = answered(lambda: _decay(table, recipe), [])
    low, high = min(recipe.intervals), max(recipe.intervals)
    intervals = sorted(set(recipe.intervals))
    if fit is not None:
        x = np.geomspace(low, high, 200)
        y = fit.level.value + fit.amplitude.value * np.exp(-x / fit.constant.value)
        lines.append(
            Line(
                x=(x / 1e-3).tolist(),
                y=y.tolist(),
                series=len(intervals),
                label="exponential fit",
            )
        )
    first = rows[rows["repeat"] == 1]
    traces = tuple(
        Line(
            x=part["pulse"].to_list(),
            y=(part["conductance"] / MICRO).to_list(),
            series=number,
            label=SECOND.show(interval) if number in (0, len(intervals) - 1) else "",
            style="both",
        )
        for number, interval in enumerate(intervals)
        if len(part := first[first["interval"] == interval].sort_values("time"))
    )
    return Figure(
        title=f"Paired pulses, response: {recipe.response}",
        legend=" ",
        shared_x=False,
        panels=(
            Panel(
                x_label="interval (ms)",
                y_label=f"index, {recipe.index} (%)",
                lines=tuple(lines),
                x_scale="log" if high > 20 * low else "linear",
                height=1.6,
            ),
            Panel(x_label="pulse number, first pass", y_label="conductance (µS)", lines=traces),
        ),
    )


def progress(row: PpfStep, recipe: PpfRecipe) -> tuple[float, str]:
    """Share of passes through the list that are done, and where the present one stands."""
    last = row.interval == recipe.intervals[-1] and row.pulse == recipe.pulses
    text = f"pass {row.repeat} of {recipe.repeats}: interval {SECOND.show(row.interval)}"
    return (row.repeat - 1 + last) / recipe.repeats, f"{text}, {brief(row.conductance, SIEMENS)}"


def _decay(table: pd.DataFrame, recipe: PpfRecipe) -> ExponentialFit:
    return facilitation_decay(table["interval"], table["index"], definition=recipe.index)


PPF = MeasurementProtocol(
    name="ppf",
    title="PPF: paired pulses at a list of intervals",
    recipe=PpfRecipe,
    row=PpfStep,
    run=ppf,
    plan=plan,
    summary=summary,
    figure=figure,
    progress=progress,
    merits=merits,
)
