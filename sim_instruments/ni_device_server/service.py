"""What the device server asks of a service: NI-DCPower, NI-DAQmx."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from google.protobuf.message import Message


class Call(NamedTuple):
    """One call of a service: the types of its messages, and whether it answers with a stream."""

    request: type[Message]
    reply: type[Message]
    streams: bool = False


class Service(Protocol):
    """A service around the world's device. Requests and replies are NI's own messages."""

    @property
    def full_name(self) -> str:
        """Its name on the wire."""
        ...

    @property
    def calls(self) -> Mapping[str, Call]:
        """Every call that it answers."""
        ...

    def label(self, name: str, request: Any) -> str:
        """A call as it is recorded: its name, and in brackets the attribute it is about."""
        ...

    def answer(self, name: str, request: Any, is_there: Callable[[], bool]) -> Message:
        """Carry a call out; ``is_there`` tells whether its client still waits.

        Raises
        ------
        DriverRefused
            The driver refuses.
        SessionRefused
            The name of a session is refused.
        """
        ...

    def stream(self, name: str, request: Any, is_there: Callable[[], bool]) -> Iterator[Message]:
        """Carry out a call that streams; refuses as `answer` does, before the first message."""
        ...

    def forget(self) -> None:
        """Close all sessions, as when the server is started anew; outputs stay as they are."""
        ...

    def close(self) -> None:
        """Wake everything that waits."""
        ...
