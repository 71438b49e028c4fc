"""What stands at a terminal of the device: an output and its inputs, or ground."""

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from mho.bench import WiredTerminal
from mho.drivers.ni_daq.cards import OUTPUT_CURRENT, OUTPUT_RANGE, OUTPUT_SLEW
from mho.frozen import Frozen
from mho.quantities import Amperes, Hertz, Ohms, Volts, VoltsPerSecond


class CurrentInput(Frozen):
    """The analogue input that measures the current of a terminal, and the amplifier before it.

    A transimpedance amplifier, or a shunt with whatever amplifies its voltage.
    """

    input: str = Field(pattern=r"^ai\d{1,3}$", description='analogue input, "ai0"')
    gain: Ohms = Field(
        description='volts at the input for an ampere into the terminal: "1 kohm" is 1 V for 1 mA; '
        "negative where the amplifier inverts, or lies at the other end of the device"
    )
    bandwidth: Hertz = Field(
        gt=0, description="of the amplifier: nothing is read before it has settled to 0.1 %"
    )
    saturation: Volts = Field(
        default=10.0,
        gt=0,
        le=10,
        description="its output goes no further than this, either way; the largest current that "
        "can be measured is this, less the offset, over the gain",
    )
    offset: Volts = Field(default=0.0, description="at the input while no current flows")
    resistance: Ohms = Field(
        default=0.0,
        ge=0,
        le=1e6,
        description="in the line of the terminal: that of a shunt; 0 for a virtual ground",
    )

    wiring: Literal["differential", "RSE", "NRSE"] = Field(
        default="differential",
        description="of the input: against its partner (ai0 and ai8), the ground of the card, or "
        "AI SENSE",
    )

    @field_validator("gain")
    @classmethod
    def _some_gain(cls, gain: float) -> float:
        if not abs(gain) >= 1e-3:
            raise ValueError('no current could be told from it; write a gain, for example "1 kohm"')
        return gain

    @model_validator(mode="after")
    def _room_for_current(self) -> Self:
        if abs(self.offset) >= self.saturation:
            raise ValueError("the offset is as large as what the amplifier saturates at")
        return self

    @property
    def largest(self) -> float:
        """The largest current (A) that is measured either way."""
        return (self.saturation - abs(self.offset)) / abs(self.gain)


class VoltageInput(Frozen):
    """The analogue input that measures the voltage of a terminal."""

    input: str = Field(pattern=r"^ai\d{1,3}$", description='analogue input, "ai1"')
    offset: Volts = Field(default=0.0, description="at the input while the terminal is at 0 V")
    records_only: bool = Field(
        default=False,
        description="true reads it for records of waveforms only, so that the input of the current "
        "has the rate of the card to itself in everything else",
    )
    wiring: Literal["differential", "RSE", "NRSE"] = Field(
        default="differential",
        description="of the input: against its partner (ai0 and ai8), the ground of the card, or "
        "AI SENSE",
    )


class OutputTerminal(WiredTerminal):
    """A terminal that an analogue output drives."""

    output: str = Field(
        pattern=r"^([^\s,:/]+/)?ao\d{1,2}$",
        description='analogue output, "ao0"; that of another card with its name, "Dev2/ao0"',
    )
    current_unlimited: Literal[True] = Field(
        description="true says: I know that an analogue output does not limit the current; it "
        "gives up to max_current, and a compliance is only told of when it is passed"
    )
    max_current: Amperes = Field(
        default=OUTPUT_CURRENT,
        gt=0,
        le=1,
        description="the largest that flows: of the output, or of the buffer behind it",
    )
    range: Volts = Field(
        default=OUTPUT_RANGE, gt=0, le=OUTPUT_RANGE, description="it goes no further, either way"
    )
    slew: VoltsPerSecond = Field(
        default=OUTPUT_SLEW, gt=0, description="of the output, or of the buffer behind it"
    )
    current: CurrentInput | None = Field(
        default=None,
        description="the input that measures the current into this terminal; without it the "
        "terminal is driven and not read",
    )
    voltage: VoltageInput | None = Field(
        default=None,
        description="the input that measures the voltage of this terminal; where it is not read "
        "the voltage of a reading is what was sent, less what the resistance of the current input "
        "takes",
    )

    @property
    def inputs(self) -> tuple[str, ...]:
        """The analogue inputs of this terminal."""
        return tuple(one.input for one in (self.current, self.voltage) if one is not None)


class GroundedTerminal(WiredTerminal):
    """A terminal that stands at 0 V whatever happens: nothing drives it."""

    grounded_by: str = Field(
        pattern=r"^(wire|ai\d{1,3})$",
        description='"wire", or the input whose amplifier has this terminal at its virtual ground: '
        '"ai0". It stands as the current input of the terminal that is driven, whose current it '
        "measures on its way back, with the gain that it has for a current into that one",
    )


def _is_grounded(terminal: Any) -> str:
    if isinstance(terminal, dict):
        return "grounded" if "grounded_by" in terminal else "driven"
    return "grounded" if isinstance(terminal, GroundedTerminal) else "driven"


Terminal = Annotated[
    Annotated[OutputTerminal, Tag("driven")] | Annotated[GroundedTerminal, Tag("grounded")],
    Discriminator(_is_grounded),
]
