"""What NI-SWITCH answers when it refuses, with the evidence for every code.

"NI" are NI's published codes and tests of nimi-python; "ivi.h" the IVI header. Codes marked
unverified were chosen here.
"""

from mho.sim_instruments.ni_device_server.refusals import DriverRefused

UNKNOWN_CHANNEL = -1074135008  # ivi.h
INVALID_VALUE = -1074135024  # ivi.h
ATTRIBUTE_NOT_SUPPORTED = -1074135022  # ivi.h
READ_ONLY = -1074135027  # ivi.h
INVALID_SESSION = -1074130544  # NI
INVALID_PATH = -1074126847  # NI
NO_SUCH_PATH = -1074126840  # NI
CONFIGURATION_CHANNEL = -1074126839  # NI
TWO_SOURCES = -1074126837  # NI
EXISTS = -1074126836  # NI
NO_PATH = -1074126831  # NI
TO_ITSELF = -1074126827  # NI
TIME_EXCEEDED = -1074126826  # NI
BAD_RESOURCE = -1074118654  # NI: invalid resource or topology
BAD_TOPOLOGY = -1074118643  # NI
BAD_LIST = -1074118620  # NI
BAD_RELAY = -1074118618  # NI
NOT_SCANNING = -1074118600  # unverified

TEXTS = {
    0: "No error.",
    UNKNOWN_CHANNEL: "Unknown channel or repeated capability name.",
    INVALID_VALUE: "Invalid value for parameter or property.",
    ATTRIBUTE_NOT_SUPPORTED: "Attribute or property not supported.",
    READ_ONLY: "Attribute is read-only.",
    INVALID_SESSION: "The session handle is not valid.",
    INVALID_PATH: "The path is not valid.",
    NO_SUCH_PATH: "No explicit path exists between the channels.",
    CONFIGURATION_CHANNEL: "A channel is a configuration channel.",
    TWO_SOURCES: "Both channels are connected to source channels; a path would connect them.",
    EXISTS: "An explicit connection exists between the channels already.",
    NO_PATH: "No path was found between the channels.",
    TO_ITSELF: "A channel cannot be connected to itself.",
    TIME_EXCEEDED: "The maximum time was exceeded before the operation completed.",
    BAD_RESOURCE: "Invalid resource name.",
    BAD_TOPOLOGY: "The topology is not supported by the module.",
    BAD_LIST: "The connection list is not valid.",
    BAD_RELAY: "The relay name is not valid.",
    NOT_SCANNING: "The module is not scanning.",
}


def text_of(code: int) -> str:
    """The text of a code."""
    return TEXTS.get(code, "The simulated driver refuses." if code < 0 else f"Status {code}.")


class SwitchError(DriverRefused):
    """NI-SWITCH refuses: a negative code and a text."""

    def __init__(self, code: int, detail: str = "") -> None:
        super().__init__(code, f"{text_of(code)} {detail}".rstrip())
