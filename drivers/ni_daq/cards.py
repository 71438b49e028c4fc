"""What the cards can do: the one table of their channels, rates and ranges.

Source: tables of public clients that were written against hardware, NI's data sheets. What neither
says is marked; a bench file may say it otherwise (`slew`, `range`, `max_current` of a terminal).
Nothing of it was seen on hardware. Volts, amperes, seconds, samples a second.
"""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One kind of card.

    ``output_rates`` are the highest by the number of outputs that run, ``input_rate`` is that of
    one input, ``inputs_rate`` of several together, which a multiplexer takes one after the other.
    """

    outputs: int
    inputs: int
    output_rates: tuple[float, ...]
    input_rate: float
    inputs_rate: float
    input_ranges: tuple[float, ...]

    def highest_rate(self, outputs: int, inputs: int) -> float:
        """Samples a second at which so many outputs and inputs run on one clock."""
        output = self.output_rates[min(outputs, len(self.output_rates)) - 1]
        return min(output, self.input_rate if inputs < 2 else self.inputs_rate / inputs)


_X6363 = Card(
    outputs=4,
    inputs=32,
    output_rates=(TIMEBASE / 35, 2.0e6, 1.54e6, 1.25e6),  # of several: unverified
    input_rate=2e6,
    inputs_rate=1e6,
    input_ranges=(0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),  # unverified
)
_X6343 = Card(
    outputs=4,
    inputs=32,
    output_rates=(917_431.0, 719_424.0, 617_283.0, 549_450.0),  # of several: unverified
    input_rate=500e3,
    inputs_rate=500e3,
    input_ranges=(0.2, 1.0, 5.0, 10.0),  # unverified
)

CARDS = {
    "PCIe-6363": _X6363,
    "PXIe-6363": _X6363,
    "PCIe-6343": _X6343,
    "PXIe-6343": _X6343,
}
"""By the name under which NI-DAQmx knows them (product type)."""

_X_SERIES_PORTS = (32, 8, 8)
PORTS = {
    "PCIe-6363": _X_SERIES_PORTS,
    "PXIe-6363": _X_SERIES_PORTS,
    "PXIe-6343": _X_SERIES_PORTS,
    "PXI-6733": (8,),
    "PCIe-6738": (2, 8),
}
"""Digital lines of each port, by the same names."""
