"""NI's client: the members of its tasks that this driver uses, and what its errors mean.

``nidaqmx`` imports without NI's runtime and without grpc; only opening a task (`connection.py`)
needs either.
"""

# NI documents the members that the protocols below repeat.
# ruff: noqa: D102

import logging
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from nidaqmx import errors
from nidaqmx.constants import (
    AcquisitionType,
    Edge,
    LineGrouping,
    RegenerationMode,
    TaskMode,
    TerminalConfiguration,
)

from mho.drivers.ni_grpc_channel import rpc_meaning, rpc_status
from mho.errors import (
    CommandRejected,
    ConnectionFailed,
    InstrumentTimeout,
    MhoError,
)

FINITE = AcquisitionType.FINITE
CONTINUOUS = AcquisitionType.CONTINUOUS
RISING = Edge.RISING
RESERVE = TaskMode.TASK_RESERVE
UNRESERVE = TaskMode.TASK_UNRESERVE
REPEATING = RegenerationMode.ALLOW_REGENERATION
STREAMED = RegenerationMode.DONT_ALLOW_REGENERATION
WIRINGS = {
    "differential": TerminalConfiguration.DIFF,
    "RSE": TerminalConfiguration.RSE,
    "NRSE": TerminalConfiguration.NRSE,
}
LINE_BY_LINE = LineGrouping.CHAN_PER_LINE

DaqError = errors.DaqError

FAULTS: tuple[type[Exception], ...] = (errors.Error, ValueError)
"""What a task raises; ValueError where the channel to a server is closed already."""

_TIMEOUTS = frozenset({-200284, -200474, -200560})
"""Samples not yet there; time-out of an operation; not done in time."""

_RESERVED = frozenset({-50103, -200022, -200587, -200597, -201105})
_NO_CARD = -200220
_NO_CHANNEL = -200170
_NO_TASK = -200088
_RAN_DRY = frozenset({-200290, -200291, -200288, -200016, -200621})
_OVERRUN = frozenset({-200279, -200222, -200010})
_NO_ROUTE = frozenset({-89124, -89125, -89136, -89137, -89139, -89141, -89142})

_LOG = logging.getLogger("mho.drivers.ni_daq")

Result = TypeVar("Result")


class Task(Protocol):
    """The members of ``nidaqmx.Task`` that this driver uses. Volts, seconds, samples a second."""

    ao_channels: Any
    ai_channels: Any
    do_channels: Any
    timing: Any
    triggers: Any
    out_stream: Any
    in_stream: Any

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def close(self) -> None: ...
    def control(self, action: Any) -> None: ...
    def wait_until_done(self, timeout: float) -> None: ...


def logged(what: str, details: str, do: Callable[[], Result]) -> Result:
    """Do one exchange, with a line in the log before and one after it."""
    _LOG.debug("-> %s%s", what, details)
    try:
        result = do()
    except BaseException as error:
        _LOG.debug("!! %s: %s: %s", what, type(error).__name__, error)
        raise
    _LOG.debug("<- %s: %s", what, "done" if result is None else result)
    return result


def is_unavailable(error: Any) -> bool:
    """True if no server took the exchange, or none was left to answer it."""
    return isinstance(error, errors.RpcError) and rpc_status(error) == "UNAVAILABLE"


def is_timeout(error: Any) -> bool:
    """True if something was not done in time."""
    return isinstance(error, DaqError) and error.error_code in _TIMEOUTS


def is_reserved(error: Any) -> bool:
    """True if somebody else has the channels."""
    return isinstance(error, DaqError) and error.error_code in _RESERVED


def is_not_there(error: Any) -> bool:
    """True if there is no card of that name."""
    return isinstance(error, DaqError) and error.error_code == _NO_CARD


def meaning(error: Exception, where: str, asked: str) -> MhoError:
    """The error of ours for a fault of NI's client, by code and never by text.

    ``where`` names card and place, ``asked`` what was to be done.
    """
    match error:
        case errors.DaqNotFoundError():
            return ConnectionFailed(
                f"{where}: the NI-DAQmx runtime is not installed on this computer. Install it from "
                'ni.com/downloads, or set target = "<host>:31763" (NI gRPC Device Server) or '
                '"simulator" in the bench file'
            )
        case errors.DaqNotSupportedError():
            return ConnectionFailed(
                f"{where}: NI-DAQmx does not run on this platform ({error}). Set target = "
                '"<host>:31763" (NI gRPC Device Server) or "simulator" in the bench file'
            )
        case errors.DaqFunctionNotSupportedError():
            return ConnectionFailed(
                f"{where}: the NI-DAQmx runtime is too old for this client ({error}); update it"
            )
        case errors.DaqError():
            return _daq_meaning(error, where, asked)
        case errors.RpcError():
            return rpc_meaning(error, where, asked)
        case ValueError():
            return CommandRejected(f"{where} refused {asked}: {error}")
    return ConnectionFailed(f"{where}: NI-DAQmx cannot be used ({asked}): {error}")


def _daq_meaning(error: Any, where: str, asked: str) -> MhoError:
    code, text = error.error_code, " ".join(str(error).split())
    if code in _TIMEOUTS:
        return InstrumentTimeout(f"{where} did not finish in time ({asked}): {text}")
    if code == _NO_CARD:
        return ConnectionFailed(
            f"{where}: NI-DAQmx knows no card of this name ({text}). Compare it with NI MAX"
        )
    if code == _NO_CHANNEL:
        return ConnectionFailed(f"{where}: the card has no such channel ({text})")
    if code == _NO_TASK:
        return ConnectionFailed(
            f"{where}: its task is gone ({asked}): {text}. The server was restarted or another "
            "program cleared the task; open the bench again"
        )
    if code in _RESERVED:
        return ConnectionFailed(
            f"{where}: another program uses it ({asked}): {text}. Close test panels and other "
            "programs that have its channels"
        )
    if code in _NO_ROUTE:
        return ConnectionFailed(
            f"{where}: clock or start trigger cannot go from card to card ({asked}): {text}. Have "
            "NI MAX identify the PXI chassis, or tell it of the RTSI cable between the cards, and "
            "see that no other program holds its trigger lines"
        )
    if code in _RAN_DRY:
        return CommandRejected(
            f"{where}: samples did not reach the output in time, so it stopped ({asked}): {text}. "
            "Lower sample_rate, or set streaming = false"
        )
    if code in _OVERRUN:
        return CommandRejected(
            f"{where}: samples of the inputs were lost ({asked}): {text}. Lower sample_rate, or "
            "set streaming = false"
        )
    return CommandRejected(f"{where} refused {asked}: {text}")
