"""What a bench file says of the way from an instrument to a terminal of the device."""

from dataclasses import replace
from typing import Literal

from pydantic import Field

from mho.bench.bench import ChannelLimits
from mho.frozen import Frozen
from mho.quantities import Ohms


class WiredTerminal(Frozen):
    """Keys that the table of a terminal has, whatever instrument it is on."""

    series_resistance: Ohms | None = Field(
        default=None,
        ge=0,
        le=1e6,
        description="between where the instrument measures the voltage and the device (cable, "
        "probe, electrode, a resistor of your own); its share is taken off every measured voltage. "
        "That of the source itself, the 50 ohm of a pulse card, is known and no part of it",
    )
    compensate: Literal["nothing", "last read"] = Field(
        default="nothing",
        description='"last read": pulses are raised by what the conductance read before them will '
        "take through the series resistance, so that the amplitude asked for stands at the device; "
        "never beyond a limit of device or channel",
    )

    def wired(self, limits: ChannelLimits) -> ChannelLimits:
        """What a channel can do, with what this says of the way to the device."""
        return replace(
            limits,
            series_resistance=self.series_resistance,
            compensates=self.compensate == "last read",
        )
