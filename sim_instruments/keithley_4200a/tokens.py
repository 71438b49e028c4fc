"""From a message to its commands.

Several commands may share a message, separated by ``;`` or by a blank before the next mnemonic
(KXCI manual Rev. E pages 2-11, 5-44). Mnemonics are upper case; blanks around arguments mean
nothing; names stand in single quotes.
"""

import re
from functools import lru_cache
from typing import NamedTuple

_TWO_LETTERS = (
    "AB|AC|BC|CH|DE|DI|DM|DO|DR|DS|DT|DV|EC|EM|EX|FS|GD|GN|GP|GR|GT|HT|IC|ID|IL|IN|IP|IR|IT|LI|MD|ME|MP"
    "|NR|PA|PD|PE|PG|PH|PN|PO|PS|PT|PV|RD|RG|RI|RP|RS|RT|RV|SC|SM|SP|SR|SS|ST|SV|TI|TO|TS|TV|UL|US"
    "|VC|VF|VL|VM|VP|VR|VS|WT|XN|XT|YA|YB"
)
_HEAD = re.compile(r"([:*][A-Z:]+\??|[A-Z]{2})(.*)", re.DOTALL)
# a blank before a mnemonic separates commands, unless a comma asks for one more argument
_BLANK = re.compile(rf"(?<![,\s])\s+(?=(?:{_TWO_LETTERS})(?:[\s\d;,']|$)|[:*][A-Z])")
_CALL_FROM_PAGE = re.compile(r"UL[\s;]+(?:EX|GD|GN)")

_SHORT = 300
"""Messages of at most so many characters are remembered: what a client says again and again."""


class Command(NamedTuple):
    """A mnemonic and its arguments, blanks and quotes taken off."""

    mnemonic: str
    arguments: tuple[str, ...]


def parse(message: str) -> tuple[Command, ...]:
    """The commands of one message; what has no mnemonic comes back whole, without arguments."""
    return _remembered(message) if len(message) <= _SHORT else _parse(message)


def _parse(message: str) -> tuple[Command, ...]:
    message = message.strip()
    if message.startswith(("EX", "GD", "GN")):  # arrays and names as they are
        return (Command(message[:2], (message[2:].strip(),)),)
    if _CALL_FROM_PAGE.match(message):
        return (Command("UL", ()), *_parse(message[2:].lstrip(" ;")))
    quoted = "'" in message
    commands = []
    for part in _split(message, ";"):
        part = part.strip()
        if not part:
            continue
        if part[0] in ":*" or (" " not in part):
            commands.append(_command(part, quoted))
        else:
            commands.extend(_command(piece, quoted) for piece in _BLANK.split(part))
    return tuple(commands)


_remembered = lru_cache(maxsize=1024)(_parse)


def _split(text: str, separator: str) -> list[str]:
    """Split where no quote is open; of an odd number of quotes the first one opens nothing.

    One pass, however long the text is: a message may be a megabyte of quotes.
    """
    if "'" not in text:
        return text.split(separator)
    stretches = text.split("'")
    pieces: list[str] = []
    piece: list[str] = []
    for index, stretch in enumerate(stretches):
        if index:
            piece.append("'")
        if (len(stretches) - index) % 2:  # an even number of quotes follows
            first, *others = stretch.split(separator)
            piece.append(first)
            for other in others:
                pieces.append("".join(piece))
                piece = [other]
        else:
            piece.append(stretch)
    pieces.append("".join(piece))
    return pieces


def _command(text: str, quoted: bool) -> Command:
    match = _HEAD.match(text)
    if match is None:
        return Command(text, ())
    mnemonic, rest = match.groups()
    rest = rest.strip()
    if not rest:
        return Command(mnemonic, ())
    pieces = _split(rest, ",") if quoted else rest.split(",")
    return Command(mnemonic, tuple(piece.strip().strip("'").strip() for piece in pieces))
