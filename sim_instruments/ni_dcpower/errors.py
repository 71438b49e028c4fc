"""What NI-DCPower answers when it refuses, with the evidence for every code.

"NI tests" are NI's own tests of nimi-python and grpc-device; "ivi.h" is the IVI header, whose
codes start at -1074135040. Codes marked unverified were chosen here: a driver must not rely on
them, nor on any wording.
"""

from mho.sim_instruments.ni_device_server.refusals import DriverRefused

INVALID_VALUE = -1074135024  # ivi.h; that NI-DCPower uses it for levels and ranges is unverified
VALUE_NOT_SUPPORTED = -1074135021  # ivi.h; unverified
ATTRIBUTE_NOT_SUPPORTED = -1074135022  # ivi.h
TYPES_DO_NOT_MATCH = -1074135019  # ivi.h; unverified
READ_ONLY = -1074135027  # NI tests
UNKNOWN_CHANNEL = -1074135008  # NI tests
BAD_OPTION = -1074134964  # NI tests: an unknown value in the option string
UNKNOWN_DEVICE = -1074118656  # NI tests
DEVICE_NOT_FOUND = -1074097793  # NI tests: a resource name that cannot be resolved
INVALID_SESSION = -1074130544  # NI tests: closed, or never opened
NOT_SUPPORTED = -1074118619  # NI tests: the device does not support the requested operation
ALREADY_RUNNING = -1074118652  # third-party code; also used here for what needs an idle channel
NOT_RUNNING = -1074118650  # nimi-python issue 745
ONE_CHANNEL_ONLY = -1074118522  # third-party code
EVENT_TIMEOUT = -1074116059  # NI measurement plug-in examples
FETCH_TIMEOUT = -1074097933  # NI measurement plug-in examples
CHANNEL_NAME_NOT_ALLOWED = -1074134971  # NI tests: for what a whole instrument has
NOT_ALL_CHANNELS = -1074118494  # NI tests: a legacy session does this to all of its channels
NO_SINGLE_CHANNEL = -1074118587  # NI tests: what a legacy session of several channels cannot do
LINE_IN_USE = -1074107495  # third-party code
SHUT_DOWN = -1074118575  # third-party code: until the device is reset; unverified for a shutdown
FILE_ACCESS = -1073807199  # VISA's "an error occurred while accessing the file"; unverified
CHANNEL_IN_USE = -1073807345  # VISA's "resource is locked"; unverified for NI-DCPower
INVALID_CONFIGURATION = -1074135016  # ivi.h; unverified
BUFFER_OVERFLOW = -1074118534  # unverified

TEXTS = {
    0: "No error.",
    INVALID_VALUE: "Invalid value for parameter or property.",
    VALUE_NOT_SUPPORTED: "The value is not supported.",
    ATTRIBUTE_NOT_SUPPORTED: "Attribute or property not supported.",
    TYPES_DO_NOT_MATCH: "The type of the attribute does not match.",
    READ_ONLY: "Attribute is read-only.",
    UNKNOWN_CHANNEL: "Unknown channel or repeated capability name.",
    BAD_OPTION: "The option string parameter contains an entry with an unknown option value.",
    UNKNOWN_DEVICE: "Device was not recognized. "
    "The device is not supported with this driver or version.",
    DEVICE_NOT_FOUND: "The specified device cannot be found.",
    INVALID_SESSION: "The session handle is not valid.",
    NOT_SUPPORTED: "This device does not support the requested operation.",
    ALREADY_RUNNING: "The session is already running.",
    NOT_RUNNING: "The session is not running.",
    ONE_CHANNEL_ONLY: "The requested function only allows a single channel to be specified.",
    EVENT_TIMEOUT: "The event did not occur within the timeout.",
    FETCH_TIMEOUT: "Maximum time exceeded before the operation completed.",
    CHANNEL_NAME_NOT_ALLOWED: "The channel or repeated capability name is not allowed.",
    NOT_ALL_CHANNELS: "The channel name string must represent all channels in the session because "
    "the session was not initialized with independent channels.",
    NO_SINGLE_CHANNEL: "The requested function is not available when multiple channels are present "
    "in the same session.",
    LINE_IN_USE: "The trigger line is in use.",
    SHUT_DOWN: "The channel was shut down by a trigger; reset it.",
    FILE_ACCESS: "The file cannot be accessed.",
    CHANNEL_IN_USE: "The channel is in use by another session.",
    INVALID_CONFIGURATION: "The configuration is not valid.",
    BUFFER_OVERFLOW: "The measurement buffer overflowed; measurements were lost.",
}


def text_of(code: int) -> str:
    """The text of a code."""
    return TEXTS.get(code, "The simulated driver refuses." if code < 0 else f"Status {code}.")


class NiError(DriverRefused):
    """NI-DCPower refuses: a negative code and a text."""

    def __init__(self, code: int, detail: str = "") -> None:
        super().__init__(code, f"{text_of(code)} {detail}".rstrip())
