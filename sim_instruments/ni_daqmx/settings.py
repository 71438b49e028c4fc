"""Settings of the simulated cards, and of the amplifiers before their inputs."""

import re
from typing import Literal

from pydantic import Field

from mho.frozen import Frozen
from mho.quantities import Amperes, Hertz, Ohms, Seconds, Volts
from mho.sim_instruments.ni_daqmx.specifications import Product


class CardSettings(Frozen):
    """A card. What is left out is as in the product's specification."""

    product: Product = Field(default="PCIe-6363", description="what kind of card it is")
    is_simulated: bool = Field(
        default=False,
        description="whether the card says of itself that it is one of NI's simulated devices; then"
        " inputs that are wired to nothing read what those read: sines, and lines that count",
    )
    ao_rates: tuple[float, ...] | None = Field(
        default=None,
        min_length=1,
        description="fastest sample clock (Hz) with one output in the task, two, and so on",
    )
    ao_current: Amperes = Field(
        default=5e-3, gt=0, description="largest current that an output drives"
    )
    ao_fifo: int | None = Field(
        default=None, ge=0, description="samples that the card takes from the buffer ahead"
    )
    ai_ranges: tuple[Volts, ...] | None = Field(
        default=None, min_length=1, description="magnitudes of the input ranges, smallest first"
    )
    ai_noise: tuple[Volts, ...] | None = Field(
        default=None, min_length=1, description="random noise (rms) in these ranges"
    )
    ai_start_delay: Seconds | None = Field(
        default=None, ge=0, description="from the edge of the sample clock to the sample"
    )


class AmplifierSettings(Frozen):
    """What stands between a terminal and an analogue input.

    Its output is ``gain`` times the current into the terminal, plus ``offset``. Where no output is
    wired to the terminal, an amplifier of currents holds it at 0 V: a virtual ground, which is lost
    once the amplifier saturates.
    """

    measures: Literal["current", "voltage"] = Field(
        default="current", description="the current into the terminal, or its voltage"
    )
    gain: Ohms = Field(
        default=100e3,
        description="V/A; negative where the amplifier inverts; of no meaning for a voltage",
    )
    shunt: Ohms = Field(
        default=0.0,
        ge=0,
        description="resistance that the current flows through before the terminal",
    )
    offset: Volts = Field(default=0.0, description="of its output")
    noise: Volts = Field(default=0.0, ge=0, description="rms, at the output, in each sample")
    saturation: Volts = Field(default=10.0, gt=0, description="largest magnitude of its output")
    bandwidth: Hertz | None = Field(
        default=None, gt=0, description="of its one pole; without it the amplifier is fast"
    )


DEFAULT_CARDS = {"Dev1": CardSettings()}
DEFAULT_AMPLIFIER = AmplifierSettings()

ANALOG_LINE = re.compile(r"(ao|ai)(\d+)", re.ASCII)
"""The name of one on its card."""


def is_line(channel: str) -> bool:
    """Whether a channel of a wiring is an analogue line of a card: ``Dev1/ao0``."""
    return ANALOG_LINE.fullmatch(channel.partition("/")[2].lower()) is not None
