"""What the 4200A says about itself: *IDN? and *OPT?. Pure. Source: KXCI manual, p. 2-11 and 4-4."""

import re
from dataclasses import dataclass

from mho.errors import ReplyError

IDENTIFY = "*IDN?"
OPTIONS = "*OPT?"

_SMU = re.compile(r"(HP)?SMU(PA)?(\d)")
_PULSE_CARD = re.compile(r"PMU(\d)(?:RPM(\d)(?:-(\d))?)?")


@dataclass(frozen=True, slots=True)
class Identity:
    """The mainframe."""

    model: str
    serial: str
    firmware: str


@dataclass(frozen=True, slots=True)
class SmuCard:
    """An SMU in the mainframe; ``token`` is the 4200A's own word for it."""

    token: str
    high_power: bool
    preamp: bool


@dataclass(frozen=True, slots=True)
class PulseCard:
    """A 4225-PMU in the mainframe and the numbers of its channels that have an RPM."""

    token: str
    rpms: frozenset[int]


@dataclass(frozen=True, slots=True)
class Cards:
    """Everything in the mainframe; SMUs and pulse cards by number."""

    listing: str
    smus: dict[int, SmuCard]
    pulse_cards: dict[int, PulseCard]


def identity(reply: str) -> Identity:
    """Read ``KEITHLEY INSTRUMENTS,KI4200A,1442736,V1.8.1``.

    Raises
    ------
    ReplyError
        Not four fields.
    """
    fields = [field.strip() for field in reply.split(",")]
    if len(fields) != 4:
        raise ReplyError(f'to {IDENTIFY} came "{reply}", which is not maker,model,serial,version')
    return Identity(*fields[1:])


def cards(reply: str) -> Cards:
    """Read ``SMU1,SMUPA2,HPSMU3,PMU1RPM1-2``; empty slots and other cards are left out.

    Raises
    ------
    ReplyError
        Nothing was listed.
    """
    if not reply.strip(" ,"):
        raise ReplyError(f'to {OPTIONS} came "{reply}", which lists no card')
    smus: dict[int, SmuCard] = {}
    pulse_cards: dict[int, PulseCard] = {}
    for token in (field.strip() for field in reply.split(",")):
        if match := _SMU.fullmatch(token):
            smus[int(match[3])] = SmuCard(token, match[1] is not None, match[2] is not None)
        elif match := _PULSE_CARD.fullmatch(token):
            rpms = frozenset(int(number) for number in match.group(2, 3) if number)
            pulse_cards[int(match[1])] = PulseCard(token, rpms)
    return Cards(reply, smus, pulse_cards)
