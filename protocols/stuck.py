"""A stuck device: pulses that no longer move its conductance."""

from statistics import fmean

UNMOVED = 0.01
"""Relative change of mean conductance below which a stretch of pulses has moved nothing."""


def unmoved(conductances: list[float]) -> bool:
    """Whether a stretch of reads (S) has the same mean in its halves, as nearly as noise tells."""
    half = len(conductances) // 2
    before, after = fmean(conductances[:half]), fmean(conductances[-half:])
    return abs(after - before) <= UNMOVED * abs(before)
