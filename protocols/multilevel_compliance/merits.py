"""Figures of merit of compliance levels by name, for holding against published numbers."""

import numpy as np
import pandas as pd

from mho.protocols.multilevel_compliance.recipe import MultilevelComplianceRecipe
from mho.protocols.multilevel_compliance.report import levels


def merits(rows: pd.DataFrame, recipe: MultilevelComplianceRecipe) -> dict[str, float]:
    """Levels made, lowest and highest (S), smallest step from one compliance to the next (S)."""
    made = sorted(levels(rows, recipe), key=lambda level: level.compliance)
    means = [level.mean.value for level in made]
    found = {"levels": float(len(made))}
    if means:
        found |= {"lowest": min(means), "highest": max(means)}
    if len(means) > 1:
        found["smallest_step"] = float(np.min(np.diff(means)))
    return found
