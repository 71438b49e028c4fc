"""Which card serves which terminal: the bench file held against what the 4200A lists."""

from collections.abc import Iterator, Mapping

from mho.bench import InstrumentIdentity
from mho.drivers.keithley_4200a.codec.mainframe import OPTIONS, Cards, Identity
from mho.drivers.keithley_4200a.settings import PulseTerminal, SmuTerminal
from mho.errors import Problem, SettingsError


def refuse_other(mainframe: Identity, address: str) -> None:
    """Raise `SettingsError` if the instrument is no 4200A."""
    if "4200" not in mainframe.model:
        raise SettingsError(
            [Problem("connection", f'"{mainframe.model}" answers at {address}, not a 4200A')]
        )


def identities(
    terminals: Mapping[str, SmuTerminal | PulseTerminal],
    mainframe: Identity,
    cards: Cards,
    address: str,
) -> tuple[InstrumentIdentity, ...]:
    """One identity a terminal; serial number and version are those of the mainframe.

    Raises
    ------
    SettingsError
        A terminal's card is not in the mainframe, or another than the file says; everything at
        once.
    """
    problems = [
        Problem(f"terminals.{name}.{key}", message)
        for name, terminal in terminals.items()
        for key, message in (
            _smu_problems(terminal, cards)
            if isinstance(terminal, SmuTerminal)
            else _pulse_problems(terminal, cards)
        )
    ]
    if problems:
        raise SettingsError(problems)
    return tuple(
        InstrumentIdentity(
            terminal=name,
            model=f"{mainframe.model} {_token(terminal, cards)}",
            serial=mainframe.serial,
            address=f"{terminal.channel} at {address}",
            firmware=mainframe.firmware,
            note=_note(name, terminal, cards),
        )
        for name, terminal in terminals.items()
    )


def _note(name: str, terminal: SmuTerminal | PulseTerminal, cards: Cards) -> str:
    """Of an SMU that is not said to pass an RPM, where there are some: they start as pulsers."""
    if isinstance(terminal, PulseTerminal) or terminal.through_rpm is not None:
        return ""
    rpms = [
        f"PMU{card}-{2 - number % 2}"
        for card, pulse_card in sorted(cards.pulse_cards.items())
        for number in sorted(pulse_card.rpms)
    ]
    if not rpms:
        return ""
    return (
        f"terminal {name}: the 4200A has remote pulse modules (RPM) on {', '.join(rpms)}; if the "
        f"cable of {terminal.channel} goes through one, it is cut off there until the bench file "
        f'says so: through_rpm = "{rpms[0]}" in [terminals.{name}]'
    )


def _token(terminal: SmuTerminal | PulseTerminal, cards: Cards) -> str:
    if isinstance(terminal, SmuTerminal):
        return cards.smus[terminal.number].token
    return cards.pulse_cards[terminal.card].token


def _smu_problems(terminal: SmuTerminal, cards: Cards) -> Iterator[tuple[str, str]]:
    card = cards.smus.get(terminal.number)
    if card is None:
        yield "channel", _absent(terminal.channel, cards)
        return
    if terminal.high_power and not card.high_power:
        yield "high_power", f"is true, but the 4200A calls this SMU {card.token}; write false"
    if terminal.preamp and not card.preamp:
        yield "preamp", f"is true, but the 4200A calls this SMU {card.token}; write false"


def _pulse_problems(terminal: PulseTerminal, cards: Cards) -> Iterator[tuple[str, str]]:
    card = cards.pulse_cards.get(terminal.card)
    if card is None:
        yield "channel", _absent(terminal.channel, cards)
        return
    # Whether an RPM is counted within its card or through all cards is not documented.
    here = {int(terminal.channel[-1]), terminal.number}
    if terminal.rpm and not here & card.rpms:
        yield (
            "rpm",
            f"is true, but the 4200A calls this card {card.token}; write rpm = false, or see "
            "that the RPM is plugged in and known to KCon",
        )


def _absent(channel: str, cards: Cards) -> str:
    return (
        f"is {channel}, but {OPTIONS} lists {cards.listing or 'no cards'}; take a channel that "
        "is there, or look into KCon"
    )
