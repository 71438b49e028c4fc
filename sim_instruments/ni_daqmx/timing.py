"""The sample clock of a task as it is set, and what it comes to on a card."""

import math
from dataclasses import dataclass, field
from typing import Any

from mho.sim_instruments.ni_daqmx import values
from mho.sim_instruments.ni_daqmx.card import Card
from mho.sim_instruments.ni_daqmx.errors import (
    INVALID_ATTRIBUTE_VALUE,
    INVALID_TIMING_TYPE,
    RATE_TIMES_CHANNELS_TOO_HIGH,
    SAMP_RATE_TOO_HIGH,
    DaqError,
)
from mho.sim_instruments.ni_daqmx.specifications import TIMEBASE

DEFAULT_RATE, DEFAULT_SAMPLES = 1000.0, 1000
SLOWEST = TIMEBASE / 2**32


@dataclass
class Timing:
    """As it is set; what is not, is None. ``others`` are properties without effect here."""

    kind: int = values.ON_DEMAND
    asked: float | None = None
    divisor: int | None = None
    source: str = ""
    edge: int = values.RISING
    mode: int = values.CONTINUOUS
    samples: int = DEFAULT_SAMPLES
    others: dict[str, Any] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Of the sample clock (Hz): the next one up that the timebase can be divided to."""
        return TIMEBASE / self.division

    @property
    def division(self) -> int:
        """What the timebase is divided by."""
        if self.divisor is not None:
            return self.divisor
        asked = DEFAULT_RATE if self.asked is None else self.asked
        return max(1, math.floor(TIMEBASE / asked * (1 + 1e-12)))

    @property
    def is_external(self) -> bool:
        """Whether the clock comes from somewhere else."""
        return self.source.strip().lower().rpartition("/")[2] not in (
            "",
            "onboardclock",
            "sampleclocktimebase",
        )


def fastest(card: Card, kind: int, channels: int) -> float:
    """The fastest sample clock (Hz) that a card has for so many channels."""
    if kind == values.AO:
        rates = card.ao_rates
        return rates[min(channels, len(rates)) - 1]
    if kind == values.AI:
        what = card.what
        return what.ai_single_rate if channels == 1 else what.ai_total_rate / channels
    if kind in (values.DI, values.DO):
        return max((port.rate for port in card.ports.values()), default=0.0)
    return TIMEBASE / 4


def check(timing: Timing, card: Card, kind: int, channels: int, *, static_lines: bool) -> None:
    """Refuse a sample clock that the card does not have.

    Raises
    ------
    DaqError
        Says which property, what was asked, and what there is.
    """
    if timing.mode == values.SINGLE_POINT and kind in (values.CI, values.CO):
        raise DaqError(INVALID_TIMING_TYPE)
    if static_lines:
        raise DaqError(INVALID_TIMING_TYPE, "Lines of this port have no sample clock.")
    if not SLOWEST <= (timing.asked or DEFAULT_RATE) < math.inf:
        raise DaqError(INVALID_ATTRIBUTE_VALUE, f"Sample Clock Rate: {timing.asked}.")
    least = 1 if timing.mode == values.SINGLE_POINT else 2
    if timing.samples < least and kind != values.CO:
        raise DaqError(
            INVALID_ATTRIBUTE_VALUE,
            f"Samples per Channel: {timing.samples}. Minimum: {least}.",
        )
    limit = fastest(card, kind, channels)
    if timing.rate > limit * (1 + 1e-9):
        alone = fastest(card, kind, 1)
        code = (
            SAMP_RATE_TOO_HIGH
            if timing.rate > alone * (1 + 1e-9)
            else (RATE_TIMES_CHANNELS_TOO_HIGH)
        )
        raise DaqError(
            code,
            f"Requested: {timing.rate:.6g} Hz with {channels} channels. Maximum: {limit:.6g} Hz.",
        )
