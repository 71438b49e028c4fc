"""What the cards can do.

From NI's published tables and its register level example for the X series (names, product numbers,
channels, ranges), and third-party code; what none tells is marked unverified, and can be set
otherwise for a card in the settings of the simulated chassis.
"""

from dataclasses import dataclass, replace
from typing import Literal

Product = Literal[
    "PCIe-6363",
    "PXIe-6363",
    "PCIe-6343",
    "PXIe-6343",
    "PCI-6733",
    "PXI-6733",
    "PCIe-6738",
    "PXIe-6738",
]

X_SERIES, AO_SERIES = 15858, 14647
"""Product categories, as NI numbers them."""
PCI, PCIE, PXIE, PXI = 12582, 13612, 14706, 12583
"""Bus types, as NI numbers them."""

TIMEBASE = 100e6
"""Sample clocks are this, divided by a whole number (Hz)."""
AI_RANGES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Magnitudes (V)."""
AI_NOISE = (17e-6, 25e-6, 38e-6, 55e-6, 82e-6, 162e-6, 315e-6)
"""Random noise (V rms) in these ranges; the first and the last are known, the others unverified."""


@dataclass(frozen=True)
class Port:
    """Lines of a digital port; ``rate`` is the fastest sample clock, 0 for a static port."""

    lines: int
    rate: float = 0.0


@dataclass(frozen=True)
class Specification:
    """One product. Rates in samples a second, levels in volts.

    Attributes
    ----------
    ao_rates
        Fastest sample clock with one output in the task, two, and so on; the last one counts for
        more.
    ai_single_rate, ai_total_rate
        Fastest sample clock with one input, and samples a second of all inputs together.
    ao_fifo
        Samples that the card itself takes from the buffer ahead; unverified.
    ai_start_delay
        From the edge of the sample clock to the sample (s).
    """

    category: int
    bus: int
    product_number: int
    ao: int
    ao_rates: tuple[float, ...]
    ports: tuple[Port, ...]
    counters: int
    ai: int = 0
    ai_single_rate: float = 0.0
    ai_total_rate: float = 0.0
    ai_ranges: tuple[float, ...] = AI_RANGES
    ai_noise: tuple[float, ...] = AI_NOISE
    ai_start_delay: float = 70e-9
    ao_range: float = 10.0
    ao_fifo: int = 8191


_STATIC = Port(8)
_6363 = Specification(
    category=X_SERIES, bus=PCIE, product_number=0x7435, ao=4,
    ao_rates=(TIMEBASE / 35, 2.0e6, TIMEBASE / 65, 1.25e6),  # of two and three unverified
    ports=(Port(32, 10e6), _STATIC, _STATIC), counters=4,
    ai=32, ai_single_rate=2e6, ai_total_rate=1e6,
)  # fmt: skip
_6343 = Specification(
    category=X_SERIES, bus=PCIE, product_number=0x742D, ao=4, ao_rates=(TIMEBASE / 109,),
    ports=(Port(32, 1e6), _STATIC, _STATIC), counters=4,
    ai=32, ai_single_rate=500e3, ai_total_rate=500e3,
    ai_ranges=(0.2, 1.0, 5.0, 10.0), ai_noise=(25e-6, 55e-6, 162e-6, 315e-6),  # noise unverified
)  # fmt: skip
_6733 = Specification(
    category=AO_SERIES, bus=PCI, product_number=0x2410, ao=8, ao_rates=(1e6,),
    ports=(Port(8, 10e6),), counters=2, ao_fifo=16_384,
)  # fmt: skip
_6738 = Specification(
    category=AO_SERIES, bus=PCIE, product_number=0x7927, ao=32, ao_rates=(*(1e6,) * 8, 400e3),
    ports=(Port(2, 10e6), _STATIC), counters=4, ao_fifo=65_535,
)  # fmt: skip

SPECIFICATIONS: dict[str, Specification] = {
    "PCIe-6363": _6363,
    "PXIe-6363": replace(_6363, bus=PXIE, product_number=0x7434),
    "PCIe-6343": _6343,
    "PXIe-6343": replace(_6343, bus=PXIE, product_number=0x742C),
    "PCI-6733": _6733,
    "PXI-6733": replace(_6733, bus=PXI),
    "PCIe-6738": _6738,
    "PXIe-6738": replace(_6738, bus=PXIE),
}
"""By product. Product numbers of the AO series are unverified."""
