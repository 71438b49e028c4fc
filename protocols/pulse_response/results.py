"""Results of sampled pulses from their rows: energy, charge and progress."""

import pandas as pd

from mho.merit.energy import plateau_energy
from mho.protocols.pulse_response.recipe import PulseResponseRecipe
from mho.protocols.pulse_response.row import Phase, Verdict
from mho.protocols.quoting import brief, value_or_reason
from mho.quantities import (
    AMPERE,
    COULOMB,
    JOULE,
    SECOND,
    SIEMENS,
    VOLT,
)
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
    if (rows["verdict"] == Verdict.CONTACT_LOST).any():
        reasons.append("the run ended early: contact lost")
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
    total = value_or_reason(
        lambda: plateau_energy(pulse["voltage"], pulse["current"], pulse["sample"]), []
    )
    if total is None:
        return {}
    repeats = len(set(pulse["repeat"]))
    return {"energy": total.energy / repeats, "charge": total.charge / repeats}


def _conductance(sample: pd.DataFrame) -> str:
    if not len(sample) or not sample["voltage"].iloc[0]:
        return "-"
    return brief(float(sample["current"].iloc[0] / sample["voltage"].iloc[0]), SIEMENS)
