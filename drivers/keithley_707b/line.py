"""The line to a 707B through PyVISA: a line feed ends every message, both ways.

If somebody listens to the logger, every message is logged at DEBUG: ``->`` what is sent, ``<-``
what comes, ``!!`` what fails.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from mho.errors import ConnectionFailed, InstrumentTimeout

_LOG = logging.getLogger("mho.drivers.keithley_707b")

_ADVICE = (
    "See that the mainframe is on, compare the address with its front panel (port 5025 on "
    "Ethernet), and that no other program is connected"
)
_LIBRARY_ADVICE = (
    "Install NI-VISA, or install pyvisa-py (pip install pyvisa-py) and end the connection of the "
    'bench file with " @py"'
)


class Line:
    """One open connection.

    Raises
    ------
    ConnectionFailed
        No PyVISA, no VISA library, or nobody at that address; says how to mend it.
    """

    def __init__(self, connection: str, timeout: float) -> None:
        self.place = connection
        self._timeout = timeout
        manager = import_library(connection)
        with _connecting(f"{connection} cannot be opened", _ADVICE):
            self._resource: Any = manager.open_resource(
                connection.partition(" ")[0], open_timeout=round(timeout * 1000)
            )
            self._resource.timeout = round(timeout * 1000)
            self._resource.read_termination = self._resource.write_termination = "\n"
        _LOG.debug("-- open %s", connection)

    def write(self, message: str) -> None:
        """Send one message."""
        _LOG.debug("-> %s", message)
        with self._faults(f"sending {message[:100]}"):
            self._resource.write(message)

    def read(self) -> str:
        """The next answer."""
        with self._faults("waiting for an answer"):
            reply = str(self._resource.read())
        _LOG.debug("<- %s", reply)
        return reply

    def query(self, message: str) -> str:
        """Send one message and read its answer.

        Raises
        ------
        InstrumentTimeout
            None came in time.
        ConnectionFailed
            The connection is gone.
        """
        self.write(message)
        return self.read()

    def close(self) -> None:
        """Hang up."""
        _LOG.debug("-- close %s", self.place)
        with suppress(Exception):  # a connection that is gone says so in many ways
            self._resource.close()

    @contextmanager
    def _faults(self, doing: str) -> Iterator[None]:
        import pyvisa

        try:
            yield
        except (pyvisa.errors.Error, OSError) as error:
            _LOG.debug("!! %s: %s", doing, error)
            timed_out = pyvisa.constants.StatusCode.error_timeout
            if getattr(error, "error_code", None) == timed_out:
                raise InstrumentTimeout(
                    f"the matrix at {self.place}: no answer within {self._timeout:g} s, {doing}"
                ) from error
            raise ConnectionFailed(
                f"the matrix at {self.place}: the connection is gone, {doing}: {error}. {_ADVICE}"
            ) from error


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


@contextmanager
def _connecting(what: str, advice: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # backends raise bare Exception, ValueError, OSError as they like
        _LOG.debug("!! %s: %s", what, error)
        raise ConnectionFailed(f"{what}: {error}. {advice}") from error
