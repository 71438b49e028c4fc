"""Faults to order, for tests of what a client does when things go wrong."""

from typing import Annotated

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


class Faults(Frozen):
    """What goes wrong. Calls are named as in the record of exchanges.

    That is the method, or the method with its attribute:
    ``"SetAttributeViBoolean[output_enabled]"``. A plain method name matches all its attributes.
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


NO_FAULTS = Faults()
