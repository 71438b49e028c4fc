"""How the methods of the NI-DCPower service are written down, and what they work on.

A request comes in as NI's protobuf message; a method gives the fields of its reply, or raises the
`NiError` it is refused with, which GetError then tells once more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mho.sim_instruments.ni_dcpower.channel import Channel
from mho.sim_instruments.ni_dcpower.errors import (
    ATTRIBUTE_NOT_SUPPORTED,
    NOT_ALL_CHANNELS,
    ONE_CHANNEL_ONLY,
    NiError,
)
from mho.sim_instruments.ni_dcpower.rack import Rack
from mho.sim_instruments.ni_dcpower.sessions import Session, Sessions

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ServerState:
    """What the methods work on. ``attribute_names`` maps ids to names as in `ATTRIBUTES`."""

    rack: Rack
    sessions: Sessions
    attribute_names: Mapping[int, str]

    def session(self, request: Any) -> Session:
        """The session a request belongs to."""
        return self.sessions[request.vi.name]

    def channels(self, request: Any) -> list[Channel]:
        """The channels a request addresses; older methods always mean all of them."""
        return self.session(request).select(getattr(request, "channel_name", ""))

    def all_or_some(self, request: Any) -> list[Channel]:
        """The channels to reset, commit, initiate or abort.

        They are all the session has if it has no independent channels.
        """
        session = self.session(request)
        channels = self.channels(request)
        if not session.independent and len(set(channels)) < len(session.channels):
            raise NiError(NOT_ALL_CHANNELS)
        return channels

    def attribute(self, number: int) -> str:
        """The name of an attribute."""
        if number not in self.attribute_names:
            raise NiError(ATTRIBUTE_NOT_SUPPORTED, f"Attribute: number {number}.")
        return self.attribute_names[number]


Method = Callable[[ServerState, Any], Fields | None]
Register = Callable[[Callable[..., Any]], Callable[..., Any]]


class Methods:
    """Methods by their names on the wire."""

    def __init__(self) -> None:
        self.table: dict[str, Method] = {}

    def method(self, *names: str) -> Register:
        """A function of the state and the request."""

        def register(function: Method) -> Method:
            self.table.update(dict.fromkeys(names, function))
            return function

        return register

    def each_channel(self, *names: str) -> Register:
        """A function of a channel and the request, done to every channel addressed."""

        def register(function: Callable[[Channel, Any], None]) -> Callable[[Channel, Any], None]:
            def act(state: ServerState, request: Any) -> None:
                for channel in state.channels(request):
                    function(channel, request)

            self.table.update(dict.fromkeys(names, act))
            return function

        return register

    def all_or_some(self, *names: str) -> Register:
        """Like `each_channel`, for what a session without independent channels does to all."""

        def register(function: Callable[[Channel, Any], None]) -> Callable[[Channel, Any], None]:
            def act(state: ServerState, request: Any) -> None:
                for channel in state.all_or_some(request):
                    function(channel, request)

            self.table.update(dict.fromkeys(names, act))
            return function

        return register

    def one_channel(self, *names: str) -> Register:
        """A function of a channel and the request that answers; several channels are refused."""

        def register(
            function: Callable[[Channel, Any], Fields],
        ) -> Callable[[Channel, Any], Fields]:
            def act(state: ServerState, request: Any) -> Fields:
                channels = state.channels(request)
                if len(channels) != 1:
                    raise NiError(ONE_CHANNEL_ONLY)
                return function(channels[0], request)

            self.table.update(dict.fromkeys(names, act))
            return function

        return register


def remembering(method: Method) -> Method:
    """A method whose refusals the session remembers, for GetError."""

    def act(state: ServerState, request: Any) -> Fields | None:
        try:
            return method(state, request)
        except NiError as error:
            session = state.sessions.get(request.vi.name) if hasattr(request, "vi") else None
            if session is not None:
                session.error = error
            raise

    return act


def chosen(request: Any, name: str) -> Any:
    """The value of a field; that of an enum is sent either typed or raw."""
    if f"{name}_enum" not in request.DESCRIPTOR.oneofs_by_name:
        return getattr(request, name)
    raw = f"{name}_raw"
    return getattr(request, raw if request.WhichOneof(f"{name}_enum") == raw else name)
