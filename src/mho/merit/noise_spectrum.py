"""Power spectral density of a read current, and its slope (1/f noise)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from mho.merit.estimate import Estimate
from mho.merit.samples import FloatArray, NotEnoughData, is_constant


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseSpectrum:
    """One-sided spectrum S(f) of a current and S ~ f^-exponent.

    Attributes
    ----------
    frequency, density
        Hz and A^2/Hz, zero frequency left out.
    exponent
        1 for 1/f noise, 2 above the corner of a telegraph noise, 0 for white noise.
    """

    frequency: tuple[float, ...]
    density: tuple[float, ...]
    exponent: Estimate
    band: tuple[float, float]
    r2: float
    points: int
    source: str


def noise_spectrum(
    current: ArrayLike,
    *,
    interval: float,
    segments: int = 8,
    band: tuple[float, float] | None = None,
) -> NoiseSpectrum:
    """Spectrum of evenly spaced reads (Welch 1967, Hann window, half overlap), and its slope.

    The slope is a weighted line through logarithmic bins of ln S: each is corrected for the bias of
    a logarithm and weighed by the freedom that is left when neighbouring lines and overlapping
    segments share what they see. A sum of few Lorentzians has no exponent; the interval then widens
    by how badly the line fits.

    Parameters
    ----------
    current
        Shape (n,), A, one every ``interval`` seconds. A missing read would shift all later ones,
        so none may be missing.
    segments
        Parts, as many half overlapping ones are averaged.
    band
        Frequencies (Hz) of the slope; when None, all but the lowest three (which the window smears)
        and the highest.

    Raises
    ------
    NotEnoughData
        A read is not finite, fewer than 16 reads a segment, a constant current, or fewer than 3
        frequencies in the band.
    """
    what = "the noise spectrum"
    i = np.asarray(current, dtype=np.float64)
    missing = int(np.count_nonzero(~np.isfinite(i)))
    if missing:
        raise NotEnoughData(f"{what} needs evenly spaced reads; {missing} are missing")
    length = 2 * len(i) // (segments + 1)
    if length < 16:
        raise NotEnoughData(f"{what} needs 16 reads in each of {segments} segments, got {len(i)}")
    if is_constant(i):
        raise NotEnoughData(f"{what}: the current is constant")
    starts = range(0, len(i) - length + 1, length // 2)
    parts = np.array([i[start : start + length] for start in starts])
    frequency, density = _periodogram(parts, interval)
    low, high = band or (frequency[2], frequency[-2])
    inside = (frequency >= low * 0.999) & (frequency <= high * 1.001) & (density > 0)
    if np.count_nonzero(inside) < 3:
        raise NotEnoughData(f"{what}: fewer than 3 frequencies between {low:g} and {high:g} Hz")
    exponent, r2 = _slope(what, frequency[inside], density[inside], _independent(parts))
    return NoiseSpectrum(
        frequency=tuple(frequency.tolist()),
        density=tuple(density.tolist()),
        exponent=exponent,
        band=(float(low), float(high)),
        r2=r2,
        points=int(np.count_nonzero(inside)),
        source=f"Welch, Hann window, {len(parts)} half overlapping segments; weighted line through "
        "logarithmic bins of ln S",
    )


_BINS = 6
"""A decade."""

_NEXT, _NEXT_BUT_ONE = 4 / 9, 1 / 36
"""Squared correlation of neighbouring lines under a Hann window."""

_FREEDOM_OF_A_GOOD_FIT = 60
"""Of the Student quantile, where the scatter is no more than the freedom of the lines explains."""


def _slope(
    what: str, frequency: FloatArray, density: FloatArray, independent: float
) -> tuple[Estimate, float]:
    """Minus the slope of ln S on ln f through logarithmic bins, and how much it explains."""
    x, y = np.log(frequency), np.log(density)
    y = y - (special.digamma(independent) - np.log(independent))
    places = np.floor(np.log10(frequency / frequency[0]) * _BINS + 1e-9)
    centres, means, variances = [], [], []
    for place in np.unique(places):
        inside = places == place
        lines = int(np.count_nonzero(inside))
        shared = 1 + 2 * _NEXT * (1 - 1 / lines) + 2 * _NEXT_BUT_ONE * max(1 - 2 / lines, 0.0)
        centres.append(float(np.mean(x[inside])))
        means.append(float(np.mean(y[inside])))
        variances.append(float(special.polygamma(1, independent)) * shared / lines)
    if len(centres) < 3:
        raise NotEnoughData(f"{what}: the band is too narrow for a slope")
    weights = 1 / np.sqrt(np.array(variances))
    design = np.column_stack([np.array(centres), np.ones(len(centres))]) * weights[:, None]
    target = np.array(means) * weights
    inverse = np.linalg.inv(design.T @ design)
    slope, intercept = inverse @ design.T @ target
    misfit = float(np.sum((target - design @ (slope, intercept)) ** 2)) / (len(centres) - 2)
    freedom = _FREEDOM_OF_A_GOOD_FIT if misfit <= 1 else len(centres) - 2
    error = float(np.sqrt(inverse[0, 0] * max(1.0, misfit)))
    away = y - np.mean(y)
    left = y - slope * x - intercept
    return Estimate.of(-float(slope), error, freedom), 1 - float(left @ left) / float(away @ away)


def _independent(parts: FloatArray) -> float:
    """How many segments the half overlapping ones are worth."""
    count, length = parts.shape
    window = _window(length)
    step = length // 2
    overlap = float(window[: length - step] @ window[step:]) / float(window @ window)
    return float(count / (1 + 2 * overlap**2 * (1 - 1 / count)))


def _window(length: int) -> FloatArray:
    return np.asarray(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length), dtype=np.float64)


def _periodogram(parts: FloatArray, interval: float) -> tuple[FloatArray, FloatArray]:
    length = parts.shape[1]
    window = _window(length)
    spectra = np.abs(np.fft.rfft((parts - parts.mean(axis=1, keepdims=True)) * window)) ** 2
    density = 2 * interval * np.mean(spectra, axis=0) / float(window @ window)
    frequency = np.asarray(np.fft.rfftfreq(length, interval), dtype=np.float64)
    return frequency[1:], np.asarray(density[1:], dtype=np.float64)
