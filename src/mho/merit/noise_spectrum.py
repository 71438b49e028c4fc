"""Power spectral density of a read current, and its slope (1/f noise)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mho.merit import regression
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
    """Averaged periodogram (Bartlett, Hann window) of evenly spaced reads, and its log-log slope.

    Parameters
    ----------
    current
        Shape (n,), A, one every ``interval`` seconds. A missing read would shift all later ones,
        so none may be missing.
    segments
        Equal parts whose spectra are averaged.
    band
        Frequencies (Hz) of the slope; when None, all but the lowest (which the window smears) and
        the highest.

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
    length = len(i) // segments
    if length < 16:
        raise NotEnoughData(f"{what} needs 16 reads in each of {segments} segments, got {len(i)}")
    if is_constant(i):
        raise NotEnoughData(f"{what}: the current is constant")
    frequency, density = _periodogram(i[: length * segments].reshape(segments, length), interval)
    low, high = band or (frequency[1], frequency[-2])
    inside = (frequency >= low) & (frequency <= high) & (density > 0)
    if np.count_nonzero(inside) < 3:
        raise NotEnoughData(f"{what}: fewer than 3 frequencies between {low:g} and {high:g} Hz")
    fit = regression.line(what, np.log(frequency[inside]), np.log(density[inside]))
    return NoiseSpectrum(
        frequency=tuple(frequency.tolist()),
        density=tuple(density.tolist()),
        exponent=fit.parameter(0).mapped(lambda slope: -slope),
        band=(float(low), float(high)),
        r2=fit.r2,
        points=int(np.count_nonzero(inside)),
        source=f"periodogram averaged over {segments} segments, least squares of ln S on ln f",
    )


def _periodogram(parts: FloatArray, interval: float) -> tuple[FloatArray, FloatArray]:
    length = parts.shape[1]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    spectra = np.abs(np.fft.rfft((parts - parts.mean(axis=1, keepdims=True)) * window)) ** 2
    density = 2 * interval * np.mean(spectra, axis=0) / float(window @ window)
    frequency = np.asarray(np.fft.rfftfreq(length, interval), dtype=np.float64)
    return frequency[1:], np.asarray(density[1:], dtype=np.float64)
