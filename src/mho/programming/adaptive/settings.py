"""What can be chosen of the adaptive controller."""

from pydantic import Field

from mho.frozen import Frozen
from mho.quantities import Fraction


class AdaptiveSettings(Frozen):
    """Bayesian programming: learnt switching curves, sequential verify, confirmed verdicts."""

    sure: Fraction = Field(
        default=0.97,
        gt=0,
        lt=1,
        description="probability at which a look ends, at least the confidence that is asked for",
    )
    price: Fraction = Field(
        default=0.003,
        gt=0,
        lt=1,
        description="of a pulse, as the probability of success that it has to be expected to gain",
    )
    reach: float = Field(
        default=2.0,
        gt=0,
        description="standard deviations by which a look may still go well for a cell: one that "
        "even so would not be accepted is pulsed again at once",
    )
    reads: int = Field(default=32, ge=2, description="most reads for each doubling of a look")
    prior: bool = Field(
        default=True,
        description="start from what was measured on this type of device, if its file has that",
    )
    quiet: bool = Field(
        default=False,
        description="where another state promises more than this one is worth, exchange it by a "
        "small kick: the cost is pulses",
    )
    kick: Fraction = Field(
        default=0.06,
        gt=0,
        lt=1,
        description="where quiet: step of ln G by which a state is exchanged for another one",
    )
    kicks: int = Field(default=25, ge=0, description="where quiet: most states that are exchanged")
