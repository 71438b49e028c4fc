"""The error that KXCI latches: how it is read, and what its codes mean. Pure.

Source: 4200A-SCS KXCI Remote Control Programming, 4200A-KXCI-907-01 Rev. E, p. 2-12 and 2-13 (the
meanings in our words) and 4-3.
"""

import re
from typing import NamedTuple

from mho.errors import ReplyError

LAST_ERROR = ":ERROR:LAST:GET"
CLEAR_ERROR = ":ERROR:LAST:CLEAR"

MEANINGS = {
    -993: "argument wrong or outside its limits",
    -992: "unknown command, or not in this form",
    -991: "illegal set-up",
    -990: "the trigger master card is missing",
    -989: "command not valid on the selected page",
    -988: "instrument not mapped",
    -987: "instrument skipped",
    -986: "unsupported command",
    -985: "file format",
    -984: "a file cannot be opened",
    -980: "not allowed while a test runs",
    -979: "no such SMU",
    -978: "no such pulse card",
    -975: "not valid in user mode",
    -974: "not valid in system mode",
    -973: "not valid during a CVU test",
    -972: "log file",
    -971: "CVU cable compensation",
    -970: "CVU cable compensation",
    -969: "bad argument for a pulse card",
    -968: "thermal limit of the pulse card",
    -967: "pulse parameters contradict each other",
    -966: "execution aborted",
    -965: "not allowed in this pulse mode",
    -964: "the voltage cannot be reached into the given load",
    -963: "too many samples on a channel; shorten the read windows",
    -962: "bad segment",
    -961: "unknown sequence",
    -960: "too many sequences",
    -959: "a ramp is slower than the pulse card can make",
    -958: "fewer than 3 segments in a sequence",
    -957: "the sequence is too short to measure",
    -956: "a segment starts elsewhere than the one before it stops",
    -955: "the solid-state relay cannot open on the ranges of an RPM",
    -954: "too many segments on a channel",
    -953: "a stepper without a sweeper",
    -952: "no sample rate fits the pulses; shorten the read windows",
    -951: "no sample rate fits the segments; shorten the read windows",
    -950: "power limit of the system (500 W)",
    -949: "too many pulse I-V points",
    -948: "sweeping channels have different numbers of steps",
    -947: "neither the high nor the low level is measured",
}

NO_SUCH_SMU = -979

_CODE = re.compile(r"\((-?\d+)\)\s*$|^\s*(-?\d+)\s*$")


class Fault(NamedTuple):
    """An error as the instrument tells it."""

    code: int
    text: str

    @property
    def meaning(self) -> str:
        """What the code means, in our words."""
        if -999 <= self.code <= -994:
            return "trouble at start-up, with a driver or the configuration of the 4200A"
        return MEANINGS.get(self.code, "a code that the manual does not list")

    def __str__(self) -> str:
        return f'"{self.text}", which means: {self.meaning}'


def fault_in(reply: str) -> Fault | None:
    """The error code in a reply, wherever one can stand: ``text (-992)`` or a bare ``-992``."""
    match = _CODE.search(reply)
    code = int(match[1] or match[2]) if match else 0
    return Fault(code, reply) if -999 <= code <= -900 else None


def latched(reply: str) -> Fault | None:
    """The error in the reply to `LAST_ERROR`; None if there is none.

    How "none" is told is not documented; empty, ``0``, ``ACK`` and ``No error. (0)`` are taken.

    Raises
    ------
    ReplyError
        Neither an error nor one of these.
    """
    fault = fault_in(reply)
    if fault is not None or reply in ("", "0", "ACK") or reply.casefold().startswith("no error"):
        return fault
    raise ReplyError(f'to {LAST_ERROR} the 4200A answered "{reply}", which is no error text')
