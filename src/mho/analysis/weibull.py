"""The Weibull law of lifetimes: of many cells, some of which may have survived."""

import numpy as np

from mho.analysis.data import Analysis, figure_of
from mho.errors import Problem, SettingsError
from mho.figure import Axis, Line, Panel
from mho.merit.endurance import WeibullFit, weibull_likelihood
from mho.merit.reporting import COUNT, RATIO, attempt, counted, measured
from mho.merit.samples import FloatArray, usable
from mho.summary import Summary


def weibull(
    lifetimes: FloatArray, censored: FloatArray, *, name: str, notes: tuple[str, ...]
) -> Analysis:
    """Shape and scale by likelihood, survivors counted as such.

    Parameters
    ----------
    lifetimes, censored
        Shape (cells,): cycles, and 1 where the cell had not failed by then.

    Raises
    ------
    SettingsError
        A cell is neither 0 nor 1.
    NotEnoughData
        No usable lifetime.
    """
    odd = censored[~np.isin(censored, (0.0, 1.0)) & np.isfinite(censored)]
    if len(odd):
        message = (
            f"{odd[0]:g} is neither 0, the cell had failed, nor 1, it had not; {len(odd)} of "
            f"{len(censored)} are no such number"
        )
        raise SettingsError([Problem(f"{name}, column censored", message)])
    what = "an analysis of lifetimes"
    (life, alive), ignored = usable(
        what, 1, positive=("lifetime",), lifetime=lifetimes, censored=censored
    )
    failed = int(np.count_nonzero(alive < 0.5))
    fit, why = attempt(lambda: weibull_likelihood(life, alive > 0.5))
    source = f"{len(life)} cells, {failed} of which failed"
    method = "Weibull likelihood" if fit is None else fit.source
    shape = None if fit is None else fit.shape
    scale = None if fit is None else fit.scale
    if ignored:
        told = "do not have a lifetime above zero and a 0 or 1 of whether it was censored"
        notes = (*notes, f"{ignored} of {len(lifetimes)} lines {told}: they are left out")
    return Analysis(
        summary=Summary(
            title=f"Lifetimes of {name}",
            headers=("cells", "failed", "survived", "shortest", "longest"),
            rows=(
                (
                    str(len(life)),
                    str(failed),
                    str(len(life) - failed),
                    f"{life.min():.4g}",
                    f"{life.max():.4g}",
                ),
            ),
            notes=notes,
        ),
        results=(
            measured("weibull_shape", RATIO, shape, method=method, source=source, why=why),
            measured("weibull_scale", COUNT, scale, method=method, source=source, why=why),
            counted("failures", failed, method="count", source=source),
            counted("survivors", len(life) - failed, method="count", source=source),
        ),
        figure=figure_of("Weibull plot of lifetimes", (_panel(life, alive > 0.5, fit),)),
    )


def _panel(life: FloatArray, survived: np.ndarray, fit: WeibullFit | None) -> Panel:
    at, share = _failed_by(life, survived)
    lines = [
        Line(x=at.tolist(), y=np.log(-np.log1p(-share)).tolist(), style="points", label="failures")
    ]
    if fit is not None:
        x = np.geomspace(life.min(), life.max(), 50)
        y = fit.shape.value * np.log(x / fit.scale.value)
        label = f"shape {fit.shape.value:.3g}, scale {fit.scale.value:.4g}"
        lines.append(Line(x=x.tolist(), y=y.tolist(), series=1, label=label))
    if survived.any():
        alive = np.sort(life[survived])
        low = min([-3.0, *lines[0].y])
        lines.append(
            Line(x=alive.tolist(), y=[low] * len(alive), series=2, style="points", label="survived")
        )
    return Panel(
        x=Axis("lifetime (cycles)", None, "log"),
        y=Axis("ln(-ln(1 - F))"),
        lines=tuple(lines),
        height=2.2,
    )


def _failed_by(life: FloatArray, survived: np.ndarray) -> tuple[FloatArray, FloatArray]:
    """Lifetimes of failures and median ranks that allow for survivors (L. G. Johnson)."""
    order = np.lexsort((survived, life))
    count, rank = len(life), 0.0
    at, share = [], []
    for place, which in enumerate(order):
        if survived[which]:
            continue
        rank += (count + 1 - rank) / (1 + count - place)
        at.append(float(life[which]))
        share.append((rank - 0.3) / (count + 0.4))
    return np.array(at), np.array(share)
