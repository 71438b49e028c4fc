"""Errors and the status byte.

KXCI manual 4200A-KXCI-907-01 Rev. E pages 2-12, 2-13 (codes) and 3-3 to 3-5 (status byte). Only the
text of -992 is quoted from the manual; the other texts are paraphrased, unverified. Clients are to
match on the number in parentheses.
"""

from typing import Literal

ERRORS = {
    -949: "Too many pulse I-V points.",
    -950: "System power limit exceeded.",
    -951: "Segment Arb sample rate cannot be fitted.",
    -952: "Pulse sample rate cannot be fitted.",
    -953: "PMU stepper without sweeper.",
    -954: "Too many segments on a channel.",
    -955: "SSR cannot open on RPM ranges.",
    -956: "Segment start differs from previous stop.",
    -957: "Sequence too short to measure.",
    -958: "Fewer than 3 segments in a sequence.",
    -959: "Segment slew rate below minimum.",
    -960: "Too many sequences.",
    -961: "Unknown sequence.",
    -962: "Bad segment.",
    -963: "Too many samples on a channel.",
    -964: "Requested voltage not reachable into the given load.",
    -965: "Command not allowed in this pulse mode.",
    -966: "Execution aborted.",
    -967: "Pulse parameters are inconsistent.",
    -969: "PMU argument error.",
    -974: "Command not valid in system mode.",
    -975: "Command not valid in user mode.",
    -978: "No such pulse card.",
    -979: "No such SMU.",
    -980: "Command not allowed while a test is running.",
    -986: "Unsupported command.",
    -989: "Command not valid on the selected page.",
    -991: "Illegal setup.",
    -992: "KXCI command error.",
    -993: "KXCI argument error.",
    -947: "Neither high nor low acquisition enabled.",
    -948: "Sweeping channels have different step counts.",
}
"""Code -> text; page 2-12. Those that this simulated instrument never raises are left out."""

DATA_READY, SYNTAX_ERROR, BUSY, SERVICE_REQUEST = 1, 2, 16, 64


class Refused(Exception):
    """A command that the instrument refuses, with its KXCI code."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(error_text(code))


def error_text(code: int) -> str:
    """``KXCI command error. (-992)``: page 4-3."""
    return f"{ERRORS[code]} ({code})"


class Status:
    """The status byte, without its busy bit, and the last error."""

    def __init__(self, *, request_on_data: bool = False) -> None:
        self.flags = 0
        self.request_on_data = request_on_data
        self.last_error: int | None = None

    @property
    def requests_service(self) -> bool:
        """Bit 6, which the line SRQ follows."""
        return bool(self.flags & SERVICE_REQUEST)

    def data_ready(self) -> None:
        """All programmed measurements are done."""
        self.flags |= DATA_READY | (SERVICE_REQUEST if self.request_on_data else 0)

    def refuse(self, code: int) -> None:
        """Latch an error and set bits 1 and 6."""
        self.last_error = code
        self.flags |= SYNTAX_ERROR | SERVICE_REQUEST

    def clear_data(self) -> None:
        """What ``BC``, a new test and, over GPIB, the start of a data transfer clear."""
        self.flags &= ~DATA_READY

    def clear_errors(self) -> None:
        """What a device clear clears: bits 1 and 6."""
        self.flags &= ~(SYNTAX_ERROR | SERVICE_REQUEST)

    def polled(self, clears: Literal["nothing", "errors", "all"]) -> int:
        """The byte as it is, then what a poll clears; a serial poll clears all."""
        flags = self.flags
        if clears == "all":
            self.flags = 0
        elif clears == "errors":
            self.clear_errors()
        return flags
