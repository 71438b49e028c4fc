"""A session of NI's client whose every exchange is logged, with NI's runtime or a device server.

At DEBUG: ``->`` a call with its arguments or a setting with its value, ``<-`` what came of it,
``!!`` the error that came instead.
"""

import logging
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, TypeVar, cast

from mho.drivers.ni_pxie_4139.session import SmuSession

Result = TypeVar("Result")

_LOG = logging.getLogger("mho.drivers.ni_pxie_4139")


def logged(what: str, details: str, do: Callable[[], Result]) -> Result:
    """Do one exchange, with a line in the log before and one after it."""
    _LOG.debug("-> %s%s", what, details)
    try:
        result = do()
    except BaseException as error:
        _LOG.debug("!! %s: %s: %s", what, type(error).__name__, error)
        raise
    # Of what is returned only text and measurements come from the instrument.
    _LOG.debug("<- %s: %s", what, _shown(result) if isinstance(result, Sequence) else "done")
    return result


def open_logged(resource: str, how: str, opened: Callable[[], Any]) -> SmuSession:
    """The session that ``opened`` gives, logged from the opening on; ``how`` it is opened.

    If nobody listens by then it is NI's own, so that a closed-loop step costs nothing more.
    """
    session = logged(f"{resource} open", f" ({how})", opened)
    if _LOG.isEnabledFor(logging.DEBUG):
        session = _LoggedSession(session, resource)
    return cast(SmuSession, session)


class _LoggedSession:
    """Satisfies `SmuSession`; passes everything on, and logs it."""

    __slots__ = ("_resource", "_session")

    def __init__(self, session: Any, resource: str) -> None:
        object.__setattr__(self, "_session", session)
        object.__setattr__(self, "_resource", resource)

    def __setattr__(self, name: str, value: Any) -> None:
        what = f"{self._resource} {name}"
        logged(what, f" = {_shown(value)}", lambda: setattr(self._session, name, value))

    def __getattr__(self, name: str) -> Any:
        what = f"{self._resource} {name}"
        if not callable(getattr(SmuSession, name, None)):
            return logged(what, "", lambda: getattr(self._session, name))
        method = getattr(self._session, name)

        def call(*arguments: Any, **options: Any) -> Any:
            shown = [_shown(value) for value in arguments]
            shown += [f"{key}={_shown(value)}" for key, value in options.items()]
            return logged(what, f"({', '.join(shown)})", lambda: method(*arguments, **options))

        return call


def _shown(value: object) -> str:
    return str(value) if isinstance(value, Enum) else repr(value)
