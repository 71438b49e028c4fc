"""What the cards can do: the one table of their channels, rates and ranges.

Source: tables of public clients that were written against hardware, NI's data sheets and its
register level example for the X series (names, channels, ranges). What none says is marked; a bench
file may say it otherwise (`slew`, `range`, `max_current` of a terminal). Nothing of it was seen on
hardware. Volts, amperes, seconds, samples a second.
"""

from dataclasses import dataclass, replace
from typing import Literal

TIMEBASE = 100e6
"""Sample clocks are this (Hz) divided by a whole number; a rate between two would be moved."""

OUTPUT_RANGE = 10.0
OUTPUT_CURRENT = 5e-3
"""What an analogue output drives into a load (widely known, not in our sources)."""

OUTPUT_SLEW = 20e6
"""V/s (unverified)."""

MOST_READINGS = 1_000_000
"""Readings of one stimulus: what a run can still handle; the card does not mind."""

LONGEST_APERTURE = 1e3


Model = Literal[
    "PCIe-6363",
    "PXIe-6363",
    "PCIe-6343",
    "PXIe-6343",
    "PCI-6733",
    "PXI-6733",
    "PCIe-6738",
    "PXIe-6738",
]
"""The name under which NI-DAQmx knows a kind of card (product type)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One kind of card.

    ``bus`` is what carries clocks and triggers from card to card: the backplane of a PXI chassis,
    or an RTSI cable. ``output_rates`` are the highest by the number of outputs that run,
    ``input_rate`` is that of one input, ``inputs_rate`` of several together, which a multiplexer
    takes one after the other; ``ports`` are the numbers of digital lines.
    """

    bus: Literal["PXI", "RTSI"]
    outputs: int
    output_rates: tuple[float, ...]
    ports: tuple[int, ...]
    inputs: int = 0
    input_rate: float = 0.0
    inputs_rate: float = 0.0
    input_ranges: tuple[float, ...] = ()

    def output_rate(self, outputs: int) -> float:
        """Samples a second at which so many outputs run on one clock."""
        return self.output_rates[min(outputs, len(self.output_rates)) - 1]


_PCIE_6363 = Card(
    bus="RTSI",
    outputs=4,
    inputs=32,
    output_rates=(TIMEBASE / 35, 2.0e6, 1.54e6, 1.25e6),  # of two and three: unverified
    input_rate=2e6,
    inputs_rate=1e6,
    input_ranges=(0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
    ports=(32, 8, 8),
)
_PCIE_6343 = Card(
    bus="RTSI",
    outputs=4,
    inputs=32,
    output_rates=(917_431.0, 719_424.0, 617_283.0, 549_450.0),  # of several: unverified
    input_rate=500e3,
    inputs_rate=500e3,
    input_ranges=(0.2, 1.0, 5.0, 10.0),
    ports=(32, 8, 8),
)
_PCI_6733 = Card(bus="RTSI", outputs=8, output_rates=(1e6,), ports=(8,))  # of several: unverified
_PCIE_6738 = Card(
    bus="RTSI",
    outputs=32,
    output_rates=(*(1e6,) * 8, 400e3),  # eight of different banks
    ports=(2, 8),
)

CARDS: dict[str, Card] = {
    "PCIe-6363": _PCIE_6363,
    "PXIe-6363": replace(_PCIE_6363, bus="PXI"),
    "PCIe-6343": _PCIE_6343,
    "PXIe-6343": replace(_PCIE_6343, bus="PXI"),
    "PCI-6733": _PCI_6733,
    "PXI-6733": replace(_PCI_6733, bus="PXI"),
    "PCIe-6738": _PCIE_6738,
    "PXIe-6738": replace(_PCIE_6738, bus="PXI"),
}
"""By model."""
