"""NI's client: the members of its session that this driver uses, and what its errors mean.

``nidcpower`` imports without NI's runtime and without grpc; only opening a session
(`connection.py`) needs either.
"""

# NI documents the members that the protocols below repeat.
# ruff: noqa: D102

from collections.abc import Sequence
from typing import Any, Protocol

from nidcpower import Event, OutputFunction, Sense, SourceMode, errors

from mho.drivers.ni_grpc_channel import rpc_meaning, rpc_status
from mho.errors import (
    CommandRejected,
    ConnectionFailed,
    InstrumentTimeout,
    MhoError,
)
from mho.stimuli import Source

SEQUENCE_DONE = Event.SEQUENCE_ENGINE_DONE
SEQUENCE = SourceMode.SEQUENCE
SINGLE_POINT = SourceMode.SINGLE_POINT
FUNCTIONS = {Source.VOLTAGE: OutputFunction.DC_VOLTAGE, Source.CURRENT: OutputFunction.DC_CURRENT}
AUTORANGE = 1
"""Of a limit: its range is the smallest that holds it, whatever range is sent."""
SENSE = {"local": Sense.LOCAL, "remote": Sense.REMOTE}

DriverError = errors.DriverError

FAULTS: tuple[type[Exception], ...] = (errors.Error, ValueError)
"""What a session raises; the client turns INVALID_ARGUMENT into a plain ValueError."""

TIMEOUTS = frozenset({-1074116059, -1074097933})
"""Wait for event, and time exceeded (codes used by NI's measurement plug-in examples)."""

_NO_MODULE = frozenset({-1074118656, -1074097793})
"""Device not recognised, device cannot be found (NI's own tests)."""

_SESSION_LOST = -1074130544
"""The session handle is not valid (tests of NI's server: closed, or the server restarted)."""


class Measurement(Protocol):
    """One measurement of a sequence; ``in_compliance`` is True while the limit is active."""

    @property
    def voltage(self) -> float: ...
    @property
    def current(self) -> float: ...
    @property
    def in_compliance(self) -> bool: ...


class SmuSession(Protocol):
    """The members of ``nidcpower.Session`` that this driver uses. Volts, amperes, seconds.

    One setting or one call is one exchange. While an advanced sequence is active, the properties
    it was created with mean its active step.
    """

    source_mode: Any
    sense: Any
    output_function: Any
    output_enabled: bool
    output_connected: bool
    voltage_level: float
    voltage_level_range: float
    current_limit: float
    current_limit_range: float
    current_limit_autorange: int
    current_level: float
    current_level_range: float
    voltage_limit: float
    voltage_limit_range: float
    voltage_limit_autorange: int
    aperture_time: float
    source_delay: Any
    sequence_loop_count: int
    active_advanced_sequence: str
    active_advanced_sequence_step: int

    @property
    def instrument_model(self) -> str: ...
    @property
    def serial_number(self) -> str: ...
    @property
    def instrument_firmware_revision(self) -> str: ...

    def commit(self) -> None: ...
    def initiate(self) -> object: ...
    def abort(self) -> None: ...
    def reset(self) -> None: ...
    def disable(self) -> None: ...
    def close(self) -> None: ...
    def wait_for_event(self, event_id: Any, timeout: float) -> None: ...
    def fetch_multiple(self, count: int, timeout: float) -> Sequence[Measurement]: ...
    def set_sequence(self, values: Sequence[float], source_delays: Sequence[float]) -> None: ...
    def create_advanced_sequence(
        self, sequence_name: str, property_names: Sequence[str], set_as_active_sequence: bool
    ) -> None: ...
    def create_advanced_sequence_step(self, set_as_active_step: bool) -> None: ...
    def delete_advanced_sequence(self, sequence_name: str) -> None: ...


DEFAULTS: dict[str, object] = {
    "source_mode": SourceMode.SINGLE_POINT,
    "output_function": OutputFunction.DC_VOLTAGE,
    "sequence_loop_count": 1,
    "sense": Sense.LOCAL,
}
"""What a reset or disable leaves, of the properties that need not be sent then (NI-DCPower)."""

AFTER_RESET: dict[str, object] = {**DEFAULTS, "output_connected": True}
"""What a reset leaves; after a disable the relay is open."""


def switch_off(session: SmuSession, *, opens: bool = False, is_open: bool = False) -> None:
    """Abort, disable the output, reset; then open the relay, if the terminal ``opens``.

    Neither abort nor close switches an output off. What is set after an abort is applied at the
    next commit only (NI, Programming States), so the reset, which disables the output and
    commits, is what counts; the other two bring the output down earlier where they can. A reset
    closes the relay, for it commits the default of Output Connected, so a terminal that is to
    stay open is not reset where the relay ``is_open`` already: `disable` does all that a reset
    does, and opens the relay (NI-DCPower). How long a relay takes is not published.
    """
    for step in (session.abort, lambda: setattr(session, "output_enabled", False)):
        try:
            step()
        except errors.DriverError:
            continue
    if not (opens and is_open):
        session.reset()
    if opens:
        session.disable()


def is_unavailable(error: Any) -> bool:
    """True if no server took the exchange, or none was left to answer it."""
    return isinstance(error, errors.RpcError) and rpc_status(error) == "UNAVAILABLE"


def is_not_there(error: BaseException | None) -> bool:
    """True if there is no module of that name."""
    return isinstance(error, DriverError) and error.code in _NO_MODULE


def is_taken(error: Any) -> bool:
    """True if the server has a session of that name already."""
    return isinstance(error, errors.RpcError) and rpc_status(error) == "ALREADY_EXISTS"


def meaning(error: Exception, where: str, asked: str) -> MhoError:
    """The error of ours for a fault of NI's client, by code and never by text.

    ``where`` names terminal and resource, ``asked`` what was to be done.
    """
    match error:
        case errors.DriverError() if error.code in TIMEOUTS:
            return InstrumentTimeout(f"{where} did not finish in time ({asked}): {error}")
        case errors.DriverError() if error.code == _SESSION_LOST:
            return ConnectionFailed(
                f"{where}: its session is gone ({asked}): {error}. The server was restarted or "
                "another program closed the session; open the bench again"
            )
        case errors.DriverError():
            return CommandRejected(f"{where} refused {asked}: {error.code}: {error.description}")
        case errors.RpcError():
            return rpc_meaning(error, where, asked)
        case ValueError():
            return CommandRejected(f"{where} refused {asked}: {error}")
    return ConnectionFailed(f"{where}: NI-DCPower cannot be used ({asked}): {error}")


def opening_failure(error: Exception, resource: str, place: str) -> ConnectionFailed:
    """Why no session could be opened on ``resource`` at ``place``, and how to mend it."""
    match error:
        case errors.DriverNotInstalledError():
            why = (
                "the NI-DCPower runtime is not installed on this computer. Install it from "
                'ni.com/downloads, or set target = "<host>:31763" (NI gRPC Device Server) or '
                '"simulator" in the bench file'
            )
        case errors.UnsupportedConfigurationError():
            why = (
                f"NI-DCPower does not run on this platform ({error}). Set target = "
                '"<host>:31763" (NI gRPC Device Server) or "simulator" in the bench file'
            )
        case errors.DriverTooOldError():
            why = f"the NI-DCPower runtime of {place} is too old for this client; update it"
        case errors.DriverError():
            why = (
                f"NI-DCPower of {place} cannot open it ({error.code}: {error.description}). "
                "Compare the resource name with NI MAX, and close other programs that use it"
            )
        case _:
            why = str(meaning(error, place, "open a session"))
    return ConnectionFailed(f"{resource}: {why}")
