"""Faults to order, for tests of what a client does when things go wrong."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from mho.frozen import Frozen
from mho.quantities import Seconds


def _from_hexadecimal(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return bytes.fromhex(value)
    except ValueError:
        raise ValueError(f'"{value}" is not bytes in hexadecimal; write "ff" or ""') from None


Bytes = Annotated[bytes, BeforeValidator(_from_hexadecimal)]


Status = Literal[
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "UNAUTHENTICATED",
]


class Fault(Frozen):
    """What goes wrong with one call, or with several in a row. Each part happens if it is named."""

    at: int = Field(ge=1, description="number of the call, counted from when the faults were set")
    times: int = Field(default=1, ge=1, description="how many calls in a row")
    restarts: bool = Field(
        default=False, description="the server forgets its sessions first; outputs stay as they are"
    )
    hangs: Seconds = Field(
        default=0.0, ge=0, description="time of the wall clock before anything is done"
    )
    carried_out: bool = Field(default=True, description="whether the call is carried out at all")
    status: Status | None = Field(
        default=None, description="gRPC status of the answer; none: it is answered with a reply"
    )
    code: int | None = Field(
        default=None,
        description="NI's code that comes with the answer: beside the status UNKNOWN the driver's "
        "error, in a reply a warning (positive) or an error without text",
    )
    reply: Bytes | None = Field(
        default=None, description="bytes in place of the encoded reply, in a file in hexadecimal"
    )


class Faults(Frozen):
    """What goes wrong. Calls are named as in the record of exchanges.

    That is the method, or the method with its attribute:
    ``"SetAttributeViBoolean[output_enabled]"``. A plain method name matches all its attributes.
    ``calls`` picks them by number.
    """

    dies_after: int | None = Field(
        default=None,
        ge=0,
        description="the server stops abruptly instead of answering call number dies_after + 1, "
        "counted from when these faults were set",
    )
    rejects: dict[str, int] = Field(
        default_factory=dict,
        description="call -> NI error code that it gets instead of being carried out",
    )
    hangs: dict[str, Seconds] = Field(
        default_factory=dict,
        description="call -> time of the wall clock that it hangs before it is carried out",
    )
    answers: dict[str, Bytes] = Field(
        default_factory=dict,
        description="call -> bytes sent in place of the encoded reply, after it was carried out; "
        'in a file in hexadecimal. "" is an empty reply, "ff" one that cannot be decoded',
    )
    calls: tuple[Fault, ...] = Field(
        default=(), description="faults in calls picked by their number, whatever they are"
    )

    def of_call(self, number: int) -> Fault | None:
        """What goes wrong with call ``number``, counted from 1."""
        return next((f for f in self.calls if f.at <= number < f.at + f.times), None)


NO_FAULTS = Faults()
