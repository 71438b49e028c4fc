"""What is known of a type of device before one of its cells is programmed.

`characterise` measures it and writes it into the device profile; without it `adaptive` starts
from a broad one (`mho.programming.adaptive.start`). Stress curves are volts at the driven
terminal, with what stands in series, for pulses of ``pulse_width``.
"""

from typing import Annotated, Self

from pydantic import Field, model_validator

from mho.frozen import Frozen
from mho.quantities import Fraction, Seconds, Siemens, Volts


class StressPoint(Frozen):
    """A conductance, and the amplitude that just moves it on."""

    conductance: Siemens = Field(gt=0, description="of the cell")
    amplitude: Volts = Field(
        gt=0,
        description="magnitude of a pulse that brings a cell from far away to this conductance",
    )


class StressCurve(Frozen):
    """One polarity: which amplitude leads to which conductance, and how single pulses scatter.

    ``|V| = s(x0) + v ln(exp((s(x) - s(x0)) / v) - 1)`` is the amplitude that moves x = ln G from x0
    to x; s is straight in x between the points and beyond them.
    """

    points: Annotated[tuple[StressPoint, ...], Field(min_length=2)] = Field(
        description="the curve s; linear in ln G between its points"
    )
    slope: Volts = Field(
        gt=0, description="v: volts of amplitude that make a pulse e times as fast"
    )
    spread: Volts = Field(ge=0, description="sd of the curve's amplitudes, cell to cell")
    cycle_spread: Volts = Field(
        default=0.03, ge=0, description="sd of them after the other polarity has moved the cell far"
    )
    steepness_spread: Fraction = Field(
        default=0.1, ge=0, description="relative sd of the steepness of the curve, cell to cell"
    )
    slope_spread: Fraction = Field(default=0.2, ge=0, description="relative sd of v, cell to cell")
    grain: float = Field(
        default=0.01, gt=0, description="variance over mean of a step of ln G: step granularity"
    )


class NoisePoint(Frozen):
    """A conductance, and how much it fluctuates there."""

    conductance: Siemens = Field(gt=0, description="of the cell")
    deviation: float = Field(gt=0, lt=1, description="relative sd of single reads, settled")


class NoiseAtTime(Frozen):
    """A share of the variance of the noise, and how long it stays correlated."""

    time: Seconds = Field(ge=0, description="correlation time; 0: from read to read anew")
    share: float = Field(gt=0, le=1, description="of the variance")


class NoiseLaw(Frozen):
    """How the conductance of a cell that has settled fluctuates."""

    points: Annotated[tuple[NoisePoint, ...], Field(min_length=1)] = Field(
        description="against conductance; ln of one linear in ln of the other between points"
    )
    times: Annotated[tuple[NoiseAtTime, ...], Field(min_length=1)] = Field(
        description="the mean spectrum of the noise, as correlation times and their shares"
    )
    spread: float = Field(
        default=0.3,
        ge=0,
        description="sd of ln of the relative sd, cell to cell and state to state",
    )
    scatter: float = Field(
        default=0.2, ge=0, description="sd of ln of the relative sd, state to state of one cell"
    )
    time_spread: float = Field(
        default=0.5,
        ge=0,
        description="sd of the exponent by which a state's shares differ from the mean ones: share "
        "times time to this power",
    )
    rearranging_step: float = Field(
        default=0.05, gt=0, description="step of ln G after which noise is that of another state"
    )
    fresh: float = Field(
        default=1.0, ge=0, description="how much more a state just made fluctuates, relatively"
    )
    fresh_time: Seconds = Field(default=3.0, gt=0, description="in which it settles (1/e)")
    fresh_step: float = Field(
        default=0.015, gt=0, description="step of ln G that makes a state fresh (1/e)"
    )

    @model_validator(mode="after")
    def _shares_add_up(self) -> Self:
        total = sum(part.share for part in self.times)
        if abs(total - 1.0) > 0.01:
            raise ValueError(f"the shares of times add up to {total:.3g}; they must add up to 1")
        return self


class Prior(Frozen):
    """What `characterise` measured on cells of one type of device."""

    device: str = Field(description="the name of the type of device it was measured on")
    pulse_width: Seconds = Field(gt=0, description="of the pulses that the curves were taken with")
    set: StressCurve = Field(description="what SET pulses do")
    reset: StressCurve = Field(description="what RESET pulses do")
    noise: NoiseLaw = Field(description="what a cell does when left alone")
    relaxation: float = Field(
        default=0.003,
        ge=0,
        description="sd of ln G per decade of time after a step of 1 of ln G; grows as the root of "
        "the step",
    )
