"""PyVISA: the only module that imports it. Sockets, GPIB, and whatever a VISA library reaches.

Framing (manual p. 2-4, 2-10): over a socket both sides end with a NUL byte, the answers with KCon's
string terminator before it. Over GPIB the answers end with that terminator, with EOI, or both, and
the status byte comes by a serial poll of the bus: ``SP`` is not for GPIB (manual p. 4-6).

If somebody listens to the logger when the link is opened, every message is logged, at DEBUG: ``->``
what is sent, ``<-`` what comes (also what was left over), ``!!`` what fails, ``--`` opening and
closing.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mho.drivers.keithley_4200a.codec.mainframe import IDENTIFY
from mho.errors import ConnectionFailed, InstrumentTimeout, MhoError

_LOG = logging.getLogger("mho.drivers.keithley_4200a")

_QUIET_MS = 50
"""Milliseconds without a byte after which nothing more is on its way."""

_MAX_LEFT_OVER = 1000
"""More answers than these nobody leaves unread."""

_TRIAL_MS = 1000
"""Milliseconds for an answer while the terminator is being found out."""

_ENDS = {"none": "", "CR": "\r", "LF": "\n", "CRLF": "\n"}
"""Last character of an answer over GPIB; EOI ends one as well."""

_ADVICE = (
    "Start KXCI on the 4200A (Clarius must be closed), compare the address with KCon (factory "
    "setting: GPIB; port 1225 on Ethernet), and see that no other program is connected"
)


class VisaLink:
    """Satisfies `mho.drivers.keithley_4200a.conversation.wire.Link`."""

    def __init__(self, resource: Any, place: str, timeout: float) -> None:
        import pyvisa

        self.place = place
        self.acknowledges = place.split()[0].upper().endswith("::SOCKET")
        self._resource = resource
        self._faults = (pyvisa.errors.Error, OSError)
        self._timed_out = pyvisa.constants.StatusCode.error_timeout
        self._unsupported = pyvisa.constants.StatusCode.error_nonsupported_operation
        self._timeout = round(timeout * 1000)
        # Over GPIB, EOI is what ends a message; CR LF before it is what PyVISA's users send.
        self._end = b"\0" if self.acknowledges else b"\r\n"
        resource.timeout = self._timeout

    def find_terminator(self, terminator: str) -> None:
        """Find out how answers end (``auto``), or take it as given.

        Raises
        ------
        ConnectionFailed
            Nobody answers.
        """
        if terminator != "auto":
            ends, patience = [_ENDS[terminator]], self._timeout
            if self.acknowledges:  # a NUL ends them, or a line feed where nothing is right
                ends = ["\0", "\n"]
        else:
            ends, patience = ["\n", "\r", ""], min(_TRIAL_MS, self._timeout)
            if self.acknowledges:
                ends.insert(0, "\0")
        for end in ends:
            self._resource.read_termination = end
            try:
                self.drain()
                self._resource.timeout = patience
                self.write(IDENTIFY)
                self.read()  # while a test runs, perhaps an empty one
                return
            except InstrumentTimeout:
                continue
            finally:
                self._resource.timeout = self._timeout
                patience = min(_TRIAL_MS, patience)
        raise ConnectionFailed(f"nothing answers {IDENTIFY} at {self.place}. {_ADVICE}")

    def write(self, message: str) -> None:
        """Send one message."""
        try:
            self._resource.write_raw(message.encode("ascii") + self._end)
        except self._faults as error:
            raise self._error_for(error, f"sending {message[:100]}") from error

    def read(self) -> str:
        """The next answer without its terminators; a byte that is not ASCII becomes U+FFFD."""
        try:
            reply: bytes = self._resource.read_raw()
        except self._faults as error:
            raise self._error_for(error, "waiting for an answer") from error
        return _text(reply)

    def serial_poll(self) -> int:
        """The status byte as the bus tells it; this clears data ready, error and request."""
        try:
            found: int = self._resource.read_stb()
        except (*self._faults, NotImplementedError) as error:
            code = getattr(error, "error_code", self._unsupported)
            if code == self._unsupported:
                raise ConnectionFailed(
                    f"{self.place}: this VISA library makes no serial poll, which tells on GPIB "
                    "when a test has ended. Install NI-VISA, or put KCon to Ethernet and connect "
                    'to "TCPIP0::<host>::1225::SOCKET @py"'
                ) from error
            raise self._error_for(error, "during a serial poll") from error
        return found

    def drain(self) -> list[str]:
        """Read until nothing has come for 50 ms; what came."""
        left_over: list[str] = []
        self._resource.timeout = _QUIET_MS
        try:
            for _ in range(_MAX_LEFT_OVER):
                left_over.append(_text(self._resource.read_raw()))
        except self._faults as error:
            failure = self._error_for(error, "reading what was left over")
            if not isinstance(failure, InstrumentTimeout):
                raise failure from error
        finally:
            self._resource.timeout = self._timeout
        return left_over

    def close(self) -> None:
        """Hang up. The resource manager stays: PyVISA shares it with whoever else uses it."""
        try:
            self._resource.close()
        except self._faults:
            return

    def _error_for(self, error: Exception, doing: str) -> MhoError:
        if getattr(error, "error_code", None) == self._timed_out:
            return InstrumentTimeout(
                f"{self.place}: no answer within {self._timeout / 1000:g} s, {doing}"
            )
        return ConnectionFailed(
            f"{self.place}: the connection is gone, {doing}: {error}. {_ADVICE}"
        )


class _LoggedVisaLink(VisaLink):
    """A class of its own, so that a link nobody listens to costs nothing more."""

    def write(self, message: str) -> None:
        _LOG.debug("-> %s", message)
        with _failures_logged():
            super().write(message)

    def read(self) -> str:
        with _failures_logged():
            reply = super().read()
        _LOG.debug("<- %s", reply)
        return reply

    def serial_poll(self) -> int:
        _LOG.debug("-> serial poll")
        with _failures_logged():
            status = super().serial_poll()
        _LOG.debug("<- %d", status)
        return status

    def drain(self) -> list[str]:
        with _failures_logged():
            left_over = super().drain()
        for reply in left_over:
            _LOG.debug("<- %s", reply)
        return left_over

    def close(self) -> None:
        _LOG.debug("-- close %s", self.place)
        super().close()


@contextmanager
def _failures_logged() -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        _LOG.debug("!! %s: %s", type(error).__name__, error)
        raise


def _text(reply: bytes) -> str:
    return reply.decode("ascii", "replace").strip("\0\r\n ")


def open_link(connection: str, timeout: float, terminator: str) -> VisaLink:
    """Connect to ``"<resource>"`` or ``"<resource> <library>"``.

    Raises
    ------
    ConnectionFailed
        No PyVISA, no VISA library, no instrument, or nobody answers; says how to mend it.
    """
    manager = import_library(connection)
    name = connection.partition(" ")[0]
    is_logged = _LOG.isEnabledFor(logging.DEBUG)
    _LOG.debug("-- open %s", connection)
    with _connecting(f"{connection} cannot be opened", _ADVICE):
        resource = manager.open_resource(name, open_timeout=round(timeout * 1000))
    link = (_LoggedVisaLink if is_logged else VisaLink)(resource, connection, timeout)
    try:
        link.find_terminator(terminator)
        if not link.acknowledges:
            link.serial_poll()  # what it told somebody else before is over
    except BaseException:
        link.close()
        raise
    return link


def import_library(connection: str) -> Any:
    """PyVISA's resource manager with the library that ``connection`` names.

    Raises
    ------
    ConnectionFailed
        No PyVISA, or no VISA library.
    """
    try:
        import pyvisa
    except ModuleNotFoundError as error:
        raise ConnectionFailed("PyVISA is not installed: pip install pyvisa pyvisa-py") from error
    library = connection.partition(" ")[2]
    with _connecting(f"no VISA library{f' {library}' if library else ''}", _LIBRARY_ADVICE):
        return pyvisa.ResourceManager(library.strip())


_LIBRARY_ADVICE = (
    "Install NI-VISA, or install pyvisa-py (pip install pyvisa-py) and end the connection of the "
    'bench file with " @py"'
)


@contextmanager
def _connecting(what: str, advice: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # backends raise bare Exception, ValueError, OSError as they like
        _LOG.debug("!! %s: %s", what, error)
        raise ConnectionFailed(f"{what}: {error}. {advice}") from error
