"""What can be chosen about the simulated 707B: cards, and faults."""

from typing import Literal

from pydantic import Field, field_validator

from mho.frozen import Frozen


class Faults(Frozen):
    """What goes wrong."""

    stuck_open: tuple[str, ...] = Field(
        default=(), description='relays that never close, "1A05"; they are reported as they are'
    )
    stuck_closed: tuple[str, ...] = Field(
        default=(), description="relays that never open again once they were closed"
    )
    silent_after: int | None = Field(
        default=None, ge=0, description="messages after which it answers nothing any more"
    )


class MatrixOptions(Frozen):
    """Options of the simulated matrix."""

    model: Literal["707B", "708B"] = Field(default="707B", description="which mainframe it is")
    slots: tuple[int, ...] = Field(
        default=(1,), min_length=1, description="slots with a card of 8 rows and 12 columns (7174A)"
    )
    serial: str = Field(default="SIM707", description="serial number in its identity")
    faults: Faults = Field(default=Faults(), description="what goes wrong")

    @field_validator("slots")
    @classmethod
    def _slots(cls, slots: tuple[int, ...]) -> tuple[int, ...]:
        if not all(1 <= slot <= 6 for slot in slots):
            raise ValueError("slots are numbered from 1 to 6")
        return slots


DEFAULT_OPTIONS = MatrixOptions()
