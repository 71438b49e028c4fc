"""Faults to order, for tests of what a client does when things go wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    r"""What goes wrong. Calls are named as in the record of exchanges.

    That is the method, or the method with its attribute:
    ``"SetAttributeViBoolean[output_enabled]"``. A plain method name matches all its attributes.

    Attributes
    ----------
    dies_after
        The server stops abruptly instead of answering call number ``dies_after + 1``, counted from
        when these faults were set.
    rejects
        Call -> NI error code that it gets instead of being carried out.
    hangs
        Call -> seconds of the wall clock for which it hangs before it is carried out.
    answers
        Call -> bytes sent in place of the encoded reply, after it was carried out. ``b""`` is an
        empty reply, ``b"\\xff"`` one that cannot be decoded.
    """

    dies_after: int | None = None
    rejects: Mapping[str, int] = field(default_factory=dict)
    hangs: Mapping[str, float] = field(default_factory=dict)
    answers: Mapping[str, bytes] = field(default_factory=dict)


NO_FAULTS = Faults()
