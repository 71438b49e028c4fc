"""From one message to its replies.

Over Ethernet every message has one reply, a setter's is ``ACK``. Over GPIB setters are silent and
every query has a line of its own. KXCI manual Rev. E pages 2-4, 2-10, 2-11.
"""

from collections.abc import Sequence
from typing import NamedTuple

from mho.sim_instruments.keithley_4200a import (
    buffer_commands,
    channel_definition,
    general_commands,
    measurement_setup,
    pulse_commands,
    segment_commands,
    smu_settings,
    source_pulse_commands,
    source_setup,
    user_library,
    user_mode,
)
from mho.sim_instruments.keithley_4200a.command import Entry
from mho.sim_instruments.keithley_4200a.instrument import Exchange, Keithley4200A
from mho.sim_instruments.keithley_4200a.status import Refused, error_text
from mho.sim_instruments.keithley_4200a.tokens import Command, parse

COMMANDS: dict[str, Entry] = {
    **general_commands.COMMANDS,
    **smu_settings.COMMANDS,
    **buffer_commands.COMMANDS,
    **user_mode.COMMANDS,
    **channel_definition.COMMANDS,
    **source_setup.COMMANDS,
    **measurement_setup.COMMANDS,
    **user_library.COMMANDS,
    **pulse_commands.COMMANDS,
    **segment_commands.COMMANDS,
    **source_pulse_commands.COMMANDS,
}

POLLS = frozenset(("SP", "RD", ":PMU:TEST:STATUS?", ":PMU:DATA:COUNT?"))
"""Queries with which a client waits for the end of a measurement."""

LOGGED = 200
"""Characters of a reply that are kept in the log."""

LOGGED_MESSAGE = 4000
"""Characters of a message that are kept in the log."""


MAX_COMMANDS = 1000
"""In one message. The real limit is unknown; without any, one message could keep all waiting."""


class Reply(NamedTuple):
    """A reply. Data carry the string terminator of KCon, ``ACK`` does not.

    ``transfers``: they are measured data.
    """

    text: str
    is_data: bool
    transfers: bool = False


ACKNOWLEDGED = Reply("ACK", is_data=False)


def answer(instrument: Keithley4200A, message: str) -> list[Reply]:
    """Carry out a message; its replies, none for an empty message.

    A refused command ends its message: what follows it is not carried out (unverified).
    """
    commands = parse(message)
    if not commands:
        return []
    if len(commands) > MAX_COMMANDS:
        return refuse(instrument, message)
    with instrument.world.lock:
        return _carried_out(instrument, message, commands)


def refuse(instrument: Keithley4200A, message: str) -> list[Reply]:
    """Refuse a message unread, as a setter that is no command; ``message`` is its beginning."""
    with instrument.world.lock:
        instrument.status.refuse(-992)
        silent = instrument.options.over_gpib
        replies = [] if silent else [_failed(instrument, -992, is_query=False)]
        _note(instrument, message, replies)
        return replies


def _carried_out(
    instrument: Keithley4200A, message: str, commands: Sequence[Command]
) -> list[Reply]:
    if instrument.options.message_time:
        instrument.clock.sleep(instrument.options.message_time)
    activity = instrument.activity
    if activity.plays:
        is_poll = all(command.mnemonic in POLLS for command in commands)
        activity.catch_up(instrument.clock.now(), as_poll=is_poll)
    data: list[Reply] = []
    refused: int | None = None
    promised = instrument.late_replies.promised
    for index, (mnemonic, arguments) in enumerate(commands):
        entry = COMMANDS.get(mnemonic)
        try:
            if entry is None:
                raise Refused(-992)
            entry.check(instrument)
            text = entry.run(instrument, arguments)
        except Refused as refusal:
            instrument.status.refuse(refusal.code)
            refused = refusal.code
            commands = commands[: index + 1]
            break
        if text is not None:
            data.append(Reply(text, is_data=True, transfers=entry.transfers))
    replies = _replies(instrument, commands, data, refused)
    if instrument.late_replies.promised > promised and instrument.options.ex_reply == "value":
        replies = [reply for reply in replies if reply is not ACKNOWLEDGED]
    _note(instrument, message, replies)
    if activity.plays and commands[-1].mnemonic in POLLS:
        activity.let_poll_pass()
    return replies


def _note(instrument: Keithley4200A, message: str, replies: Sequence[Reply]) -> None:
    text = replies[0].text[:LOGGED] if replies else ""
    instrument.exchanges.append(Exchange(message[:LOGGED_MESSAGE], text))


def _replies(
    instrument: Keithley4200A, commands: Sequence[Command], data: list[Reply], refused: int | None
) -> list[Reply]:
    options = instrument.options
    if refused is not None:
        is_query = _is_query(commands[-1].mnemonic)
        if commands[-1].mnemonic == "EX":
            return _refused_call(instrument, refused)
        failed = _failed(instrument, refused, is_query=is_query)
        if not options.over_gpib:
            return [failed]
        if is_query:
            data = [*data, failed]
    if not data:
        return [] if options.over_gpib else [ACKNOWLEDGED]
    if len(data) == 1:
        return data
    match options.several_queries:
        case "first":
            return data[:1]
        case "all":
            joined = options.reading_delimiter.join(reply.text for reply in data)
            return [data[-1]._replace(text=joined)]
        case "lines":
            return data
        case "usual" if options.over_gpib:
            return data
    return data[-1:]


def _refused_call(instrument: Keithley4200A, code: int) -> list[Reply]:
    """In place of ACK, of the return value, or of both."""
    options = instrument.options
    acknowledged = not options.over_gpib and options.ex_reply != "value"
    replies = [_failed(instrument, code, is_query=False)] if acknowledged else []
    if options.returns_value:
        replies.append(_failed(instrument, code, is_query=True))
    return replies


def _is_query(mnemonic: str) -> bool:
    entry = COMMANDS.get(mnemonic)
    return entry.is_query if entry else "?" in mnemonic or mnemonic.endswith("GET")


def _failed(instrument: Keithley4200A, code: int, *, is_query: bool) -> Reply:
    options = instrument.options
    style: str = options.failed_query if is_query else options.failed_setter
    if style == "usual":
        style = "code" if options.over_gpib else "empty"
    match style:
        case "text":
            return Reply(error_text(code), is_data=True)
        case "code":
            return Reply(str(code), is_data=True)
        case "ACK":
            return ACKNOWLEDGED
    return Reply("", is_data=True)
