"""Bytes of a link put together to messages, in bounded memory."""

import re
from collections import deque
from typing import NamedTuple

SHOWN = 100
"""Bytes of a message that is too long that are kept for the log."""


class TooLong(NamedTuple):
    """A message that was too long: its beginning."""

    beginning: bytes


class MessageInput:
    """Cuts what comes into messages, which end where ``breaks`` matches.

    Of a message of more than ``longest`` bytes no more is kept than its beginning.
    """

    def __init__(self, breaks: re.Pattern[bytes], longest: int) -> None:
        self._breaks, self._longest = breaks, longest
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._rest = bytearray()
        self._is_too_long = False
        self._messages: deque[bytes | TooLong] = deque()

    @property
    def has_message(self) -> bool:
        """A message is complete and waits."""
        return bool(self._messages)

    def next_message(self) -> bytes | TooLong:
        """The message that has waited longest."""
        return self._messages.popleft()

    def is_whole_message(self, data: bytes) -> bool:
        """``data`` is exactly one message, and nothing waits before it: nearly always so."""
        if self._rest or self._messages or self._is_too_long or len(data) > self._longest:
            return False
        found = self._breaks.search(data)
        return found is not None and found.end() == len(data)

    def take(self, data: bytes, *, is_end: bool = False) -> None:
        """Take bytes in; ``is_end``: with the last of them a message ends."""
        *endings, rest = self._breaks.split(data)
        for ending in endings:
            self._extend(ending)
            self._close()
        self._extend(rest)
        if is_end and self._rest:
            self._close()

    def _extend(self, piece: bytes) -> None:
        if self._is_too_long:
            return
        if len(self._rest) + len(piece) > self._longest:
            self._is_too_long = True
            self._rest += piece[:SHOWN]
            del self._rest[SHOWN:]
        else:
            self._rest += piece

    def _close(self) -> None:
        message = bytes(self._rest)
        self._messages.append(TooLong(message) if self._is_too_long else message)
        self._rest.clear()
        self._is_too_long = False
