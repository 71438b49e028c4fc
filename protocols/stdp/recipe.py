"""The operator's choices for STDP."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mho.frozen import Frozen
from mho.protocols.preparation import PreparationPulse
from mho.protocols.stdp.row import Order
from mho.protocols.stdp.spike import Spike
from mho.protocols.verify import ReadSettings
from mho.quantities import Amperes, Seconds

Difference = Annotated[Seconds, Field(ge=-1000, le=1000)]


class StdpRecipe(Frozen):
    """A recipe for spike-timing dependent plasticity. Units in files, SI floats in code."""

    order: Order = Field(
        description='what a positive difference means: "t_pre - t_post" (this paper: the '
        'postsynaptic spike comes first) or "t_post - t_pre" (most papers)'
    )
    differences: tuple[Difference, ...] = Field(
        min_length=1, max_length=10_000, description="from the start of one spike to the other's"
    )
    repeats: int = Field(
        default=1, ge=1, le=100_000, description="how often the whole list is measured"
    )
    pre: Spike = Field(description="the presynaptic spike")
    post: Spike = Field(description="the postsynaptic spike")
    apply: Literal["two terminals", "difference on one"] = Field(
        default="two terminals",
        description='"two terminals": pre- and postsynaptic spike each on its own; "difference on '
        'one": pre minus post on the presynaptic terminal, for a device or bench that has one',
    )
    pre_terminal: str = Field(
        default="TE", min_length=1, description="terminal of the presynaptic spike"
    )
    post_terminal: str = Field(
        default="BE", min_length=1, description="terminal of the postsynaptic spike"
    )
    compliance: Amperes | None = Field(
        default=None,
        gt=0,
        description="current limit of the spikes; left out: pulse_compliance of the device",
    )
    rest: Seconds = Field(default=1e-3, gt=0, description="at 0 V between the spikes and the read")
    preparation: tuple[PreparationPulse, ...] = Field(
        default=(), description="pulses to the start state, before every pair"
    )
    read: ReadSettings = Field(
        default=ReadSettings(), description="how the device is read before and after each pair"
    )

    @model_validator(mode="after")
    def _two_terminals(self) -> Self:
        if self.apply == "two terminals" and self.pre_terminal == self.post_terminal:
            raise ValueError(
                f"both spikes are on {self.pre_terminal}; give them two terminals or write "
                'apply = "difference on one"'
            )
        return self
