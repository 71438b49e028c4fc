"""Results of sampled pulses from their rows: energy, charge and progress."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from mho.merit import estimate
from mho.merit.energy import plateau_energy
from mho.merit.reporting import attempt, measured, taken_from
from mho.protocols.delivered import as_pulses, delivered_notes, delivered_results
from mho.protocols.pulse_response.recipe import PulseResponseRecipe
from mho.protocols.pulse_response.row import Phase
from mho.protocols.quoting import brief, value_or_reason
from mho.quantities import (
    AMPERE,
    COULOMB,
    JOULE,
    SECOND,
    SIEMENS,
    VOLT,
)
from mho.result import Result
from mho.summary import Summary


def summary(rows: pd.DataFrame, recipe: PulseResponseRecipe) -> Summary:
    """Conductance before and after, currents on the plateau, and energy of each pulse."""
    reasons: list[str] = []
    sources: list[str] = []
    lines: list[tuple[str, ...]] = []
    for repeat in sorted({int(number) for number in rows["repeat"]}):
        part = rows[rows["repeat"] == repeat]
        before, pulse, after = (part[part["phase"] == phase] for phase in Phase)

        def energy_cells(pulse: pd.DataFrame = pulse) -> tuple[str, str, str]:
            energy = plateau_energy(pulse["voltage"], pulse["current"], pulse["sample"])
            return brief(energy.energy, JOULE), brief(energy.charge, COULOMB), energy.source

        energy, charge, source = value_or_reason(energy_cells, reasons) or ("-", "-", "")
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
            *delivered_notes(sampled_pulses(rows)),
            f"I first, I last: samples of {SECOND.show(recipe.sample)} at the ends of the plateau; "
            "G before, after: the last sample at the base level",
            *reasons,
            *(f"source: {source}, of the plateau alone" for source in sources),
        ),
    )


def sampled_pulses(rows: pd.DataFrame) -> pd.DataFrame:
    """The samples of the pulse itself, each as a pulse."""
    pulse = rows[rows["phase"] == Phase.PULSE]
    return as_pulses(pulse, "level", "voltage", "current", "sample")


def results(rows: pd.DataFrame, recipe: PulseResponseRecipe) -> Iterator[Result]:
    """Energy (J) and charge (C) of a pulse, largest current (A) on the plateau."""
    pulse = rows[rows["phase"] == Phase.PULSE]
    energies, charges, samples = [], [], 0
    why = "no plateau was sampled"
    for _, one in pulse.groupby("repeat", sort=True):
        found, reason = attempt(
            partial(plateau_energy, one["voltage"], one["current"], one["sample"])
        )
        why = reason or why
        if found is not None:
            energies.append(found.energy)
            charges.append(found.charge)
            samples += found.points
    source = taken_from(pulse, "samples on the plateau").text
    mean = f"mean of {len(energies)} pulses, Student t interval"
    for name, unit, values, what in (
        ("energy", "J", energies, "sum of V I dt"),
        ("charge", "C", charges, "sum of I dt"),
    ):
        value = estimate.mean(np.array(values)) if values else None
        method = f"{mean}; {what} over {samples} samples of {SECOND.show(recipe.sample)}"
        yield measured(name, unit, value, method=method, source=source, why=why)
    yield measured(
        "largest_current",
        "A",
        float(pulse["current"].abs().max()) if len(pulse) else None,
        method=f"largest magnitude of {len(pulse)} samples",
        source=source,
        why=why,
    )
    yield from delivered_results(sampled_pulses(rows), energy=False)


def _conductance(sample: pd.DataFrame) -> str:
    if not len(sample) or not sample["voltage"].iloc[0]:
        return "-"
    return brief(float(sample["current"].iloc[0] / sample["voltage"].iloc[0]), SIEMENS)
