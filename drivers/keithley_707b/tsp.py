"""What is said to a 707B and what its answers mean; text only (707B/708B reference, TSP commands).

An error says nothing on the line: it waits in the error queue.
"""

from collections.abc import Iterable

from mho.errors import ReplyError

IDENTIFY = "*IDN?"
SETTLED = "*OPC?"
"""Answered with 1 once every relay has settled."""
CLOSED = 'print(channel.getclose("allslots"))'
OPEN_ALL = 'channel.open("allslots")'
FORGET_ERRORS = "errorqueue.clear()"
ERRORS = 'print("errors", errorqueue.count)'
NEXT_ERROR = "print(errorqueue.next())"


def close(channels: Iterable[str]) -> str:
    """Close these relays, all or none of them; the others stay as they are."""
    return f'channel.close("{",".join(channels)}")'


def states(channels: Iterable[str]) -> str:
    """Ask for the state of these relays."""
    return f'print(channel.getstate("{",".join(channels)}"))'


def closed(reply: str) -> list[str]:
    """The channels in the answer to `CLOSED`; ``nil`` where there is none.

    Raises
    ------
    ReplyError
        It is no list of channels.
    """
    reply = reply.strip()
    if reply == "nil":
        return []
    found = [one.strip() for one in reply.split(";")]
    if not all(len(one) == 4 and one.isalnum() for one in found):
        raise ReplyError(f'the 707B answers "{reply[:100]}" to {CLOSED}, which lists no channels')
    return found


def settled(reply: str) -> None:
    """See that the answer to `SETTLED` is 1.

    Raises
    ------
    ReplyError
        It is not.
    """
    if reply.strip() not in ("1", "1.00000e+00"):
        raise ReplyError(f'the 707B answers "{reply[:100]}" to {SETTLED}, where 1 was expected')


def error(reply: str) -> str:
    """The answer to `NEXT_ERROR` for people; empty if the queue was."""
    code, _, rest = reply.partition("\t")
    try:
        number = round(float(code))
    except ValueError:
        return reply.strip()
    text = rest.partition("\t")[0].strip()
    return f"{number}, {text}" if number else ""


def is_error_count(reply: str) -> bool:
    """Whether a reply answers `ERRORS`."""
    return reply.startswith("errors")


def error_count(reply: str) -> int:
    """The number in the answer to `ERRORS`."""
    try:
        return round(float(reply.partition("\t")[2]))
    except ValueError:
        raise ReplyError(f'the 707B answers "{reply[:100]}" to {ERRORS}') from None
