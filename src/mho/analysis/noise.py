"""Noise of a read current: its spectrum, and telegraph noise where there are two levels."""

import numpy as np

from mho.analysis.data import Analysis, Data, figure_of
from mho.errors import Problem, SettingsError
from mho.figure import Axis, Line, Panel
from mho.merit.noise_spectrum import NoiseSpectrum, noise_spectrum
from mho.merit.relative_deviation import relative_deviation
from mho.merit.reporting import RATIO, attempt, measured
from mho.merit.samples import FloatArray
from mho.merit.telegraph import Telegraph, telegraph
from mho.quantities import AMPERE, HERTZ, SECOND, SIEMENS
from mho.summary import Summary

_GAP, _UNEVEN = 1.5, 0.02
"""Steps of time above this many medians break a record; more scatter than this share is uneven."""

_SHOWN, _VISITS_SHOWN = 4000, 40
"""Reads, and changes of level, that a figure of the record shows at most."""


def noise(data: Data, *, interval: float | None = None) -> Analysis:
    """RSD, exponent of the spectrum, and both levels of telegraph noise with their times.

    The longest stretch of evenly spaced reads is taken.

    Parameters
    ----------
    interval
        s from read to read, where there is no column of times.

    Raises
    ------
    SettingsError
        No current or conductance, no times, or times that are not even.
    NotEnoughData
        Fewer than 4 usable reads.
    """
    quantity = "current" if "current" in data.frame else "conductance"
    data.need("an analysis of noise", quantity, *(("time",) if interval is None else ()))
    unit = AMPERE if quantity == "current" else SIEMENS
    reads = data.frame[quantity].to_numpy(dtype=float)
    time, step, notes = _record(data, interval)
    reads = reads[time]
    source = f"{len(reads)} reads of the {quantity}, one every {SECOND.show(float(f'{step:.4g}'))}"
    held = (
        int(data.frame["in_compliance"].to_numpy(bool)[time].sum())
        if "in_compliance" in data.frame
        else 0
    )
    if held:
        source += f", {held} of them held by the current limit"
    rsd, rsd_why = attempt(lambda: relative_deviation(reads, interval=step))
    spectrum, why = attempt(lambda: noise_spectrum(reads, interval=step))
    trap, no_trap = attempt(lambda: telegraph(reads, interval=step))
    if held == len(reads):
        rsd = spectrum = trap = None
        rsd_why = why = no_trap = "the current limit held every read"
    symbol = unit.symbol
    of_spectrum = "slope of the spectrum" if spectrum is None else spectrum.source
    of_trap = "two levels" if trap is None else trap.source
    results = [
        measured(
            "mean", symbol, float(np.nanmean(reads)), method="mean of the reads", source=source
        ),
        measured(
            "rsd",
            RATIO,
            None if rsd is None else rsd.rsd,
            method="sd over mean, not detrended; reads as alike as they are seen to be",
            source=source,
            why=rsd_why,
        ),
        measured(
            "noise_exponent",
            RATIO,
            None if spectrum is None else spectrum.exponent,
            method=of_spectrum,
            source=source,
            why=why,
        ),
    ]
    for name, in_unit, value in (
        ("telegraph_amplitude", RATIO, None if trap is None else trap.amplitude),
        ("telegraph_low", symbol, None if trap is None else trap.low),
        ("telegraph_high", symbol, None if trap is None else trap.high),
        ("telegraph_time_low", "s", None if trap is None else trap.time_low),
        ("telegraph_time_high", "s", None if trap is None else trap.time_high),
    ):
        results.append(measured(name, in_unit, value, method=of_trap, source=source, why=no_trap))
    return Analysis(
        summary=Summary(
            title=f"Noise of {data.name}",
            headers=(),
            rows=(),
            notes=(source, *notes, *data.notes),
        ),
        results=tuple(results),
        figure=figure_of(
            f"Noise of the {quantity}",
            (
                _record_panel(reads, step, trap, Axis(quantity, unit)),
                *(_spectrum_panels(spectrum, quantity)),
                _histogram(reads, trap, Axis(quantity, unit)),
            ),
        ),
    )


def _record(data: Data, interval: float | None) -> tuple[slice, float, list[str]]:
    """The longest evenly spaced stretch, its step (s), and what was left out."""
    count = len(data.frame)
    if count < 2:
        raise SettingsError([Problem(str(data.place), f"has {count} reads; noise needs more")])
    if interval is not None:
        return slice(0, count), interval, []
    time = data.frame["time"].to_numpy(dtype=float)
    steps = np.diff(time)
    step = float(np.nanmedian(steps))
    if not step > 0:
        raise SettingsError(
            [Problem(str(data.place), "its times do not increase; give --where, or --interval")]
        )
    # A gap, a step back, and a time that is not known break the record.
    breaks = np.flatnonzero(~((steps > 0) & (steps < _GAP * step))) + 1
    edges = np.concatenate([[0], breaks, [count]])
    longest = int(np.argmax(np.diff(edges)))
    taken = slice(int(edges[longest]), int(edges[longest + 1]))
    inner = np.diff(time[taken])
    if len(inner) == 0:
        raise SettingsError([Problem(str(data.place), "no two of its reads are evenly spaced")])
    step = float(np.mean(inner))
    scatter = float(np.std(inner)) / step
    if scatter > _UNEVEN:
        message = (
            f"its reads are not evenly spaced: steps of {inner.min():.3g} to {inner.max():.3g} s. "
            "A spectrum needs even ones; --where column=value takes a part"
        )
        raise SettingsError([Problem(str(data.place), message)])
    notes = []
    if len(edges) > 2:
        notes.append(
            f"the longest of {len(edges) - 1} stretches without a gap: rows {taken.start + 1} to "
            f"{taken.stop} of {count}; --where column=value takes another part"
        )
    return taken, step, notes


def _record_panel(reads: FloatArray, step: float, trap: Telegraph | None, axis: Axis) -> Panel:
    visits = 0 if trap is None else trap.visits
    most = _VISITS_SHOWN * len(reads) // visits if visits else _SHOWN
    shown = slice(0, min(max(most, 200), _SHOWN))
    time = (step * np.arange(len(reads)))[shown]
    label = "reads" if len(time) == len(reads) else f"reads 1 to {len(time)}"
    lines = [Line(x=time.tolist(), y=reads[shown].tolist(), style="line", label=label)]
    if trap is not None:
        levels = np.where(trap.states, trap.high.value, trap.low.value)[shown]
        lines.append(Line(x=time.tolist(), y=levels.tolist(), series=1, label="levels"))
    return Panel(x=Axis("time", SECOND), y=axis, lines=tuple(lines), height=1.3)


def _spectrum_panels(spectrum: NoiseSpectrum | None, quantity: str) -> tuple[Panel, ...]:
    if spectrum is None:
        return ()
    f, s = np.array(spectrum.frequency), np.array(spectrum.density)
    inside = (f >= spectrum.band[0]) & (f <= spectrum.band[1])
    slope = -spectrum.exponent.value
    at = float(np.mean(np.log(s[inside]) - slope * np.log(f[inside])))
    line = np.exp(at + slope * np.log(f[inside]))
    symbol = "A²/Hz" if quantity == "current" else "S²/Hz"
    label = f"f^{slope:.2f}, R2 {spectrum.r2:.3f}"
    return (
        Panel(
            x=Axis("frequency", HERTZ, "log"),
            y=Axis(f"density ({symbol})", None, "log"),
            lines=(
                Line(x=f.tolist(), y=s.tolist(), style="line", label="spectrum"),
                Line(x=f[inside].tolist(), y=line.tolist(), series=1, label=label),
            ),
            height=1.3,
        ),
    )


def _histogram(reads: FloatArray, trap: Telegraph | None, axis: Axis) -> Panel:
    finite = reads[np.isfinite(reads)]
    count, edges = np.histogram(finite, bins=60)
    lines = [
        Line(x=edges[:-1].tolist(), y=count.astype(float).tolist(), style="steps", label="reads")
    ]
    if trap is not None:
        top = float(count.max())
        for level, name in ((trap.low.value, "levels"), (trap.high.value, "")):
            lines.append(Line(x=[level, level], y=[0.0, top], series=1, label=name))
    return Panel(x=axis, y=Axis("reads"), lines=tuple(lines))
