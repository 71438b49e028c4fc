"""From one message to one reply."""

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
}

POLLS = frozenset(("SP", "RD", ":PMU:TEST:STATUS?", ":PMU:DATA:COUNT?"))
"""Queries with which a client waits for the end of a measurement."""


LOGGED = 200
"""Characters of a reply that are kept in the log."""


class Reply(NamedTuple):
    """The one reply to a message. Data carry the string terminator of KCon, ``ACK`` does not."""

    text: str
    is_data: bool


ACKNOWLEDGED = Reply("ACK", is_data=False)


def answer(instrument: Keithley4200A, message: str) -> Reply | None:
    """Carry out a message; its one reply, or None for an empty message.

    A refused command ends its message: what follows it is not carried out (unverified).
    """
    commands = parse(message)
    if not commands:
        return None
    with instrument.world.lock:
        return _carried_out(instrument, message, commands)


def _carried_out(instrument: Keithley4200A, message: str, commands: Sequence[Command]) -> Reply:
    if instrument.options.message_time:
        instrument.clock.sleep(instrument.options.message_time)
    instrument.catch_up(instrument.clock.now())
    replies = []
    reply: Reply | None = None
    for mnemonic, arguments in commands:
        entry = COMMANDS.get(mnemonic)
        try:
            if entry is None:
                raise Refused(-992)
            entry.check(instrument)
            text = entry.run(instrument, arguments)
        except Refused as refusal:
            instrument.status.refuse(refusal.code)
            is_query = entry.is_query if entry else "?" in mnemonic or mnemonic.endswith("GET")
            reply = _refusal(instrument, refusal.code, is_query)
            break
        if text is not None:
            replies.append(text)
    if reply is None:
        reply = _success(instrument, replies)
    instrument.exchanges.append(Exchange(message, reply.text[:LOGGED]))
    if instrument.run is not None and commands[-1].mnemonic in POLLS:
        instrument.let_poll_pass()
    return reply


def _success(instrument: Keithley4200A, replies: list[str]) -> Reply:
    if not replies:
        return ACKNOWLEDGED
    if len(replies) > 1:
        match instrument.options.several_queries:
            case "first":
                return Reply(replies[0], is_data=True)
            case "all":
                return Reply(instrument.options.reading_delimiter.join(replies), is_data=True)
    return Reply(replies[-1], is_data=True)


def _refusal(instrument: Keithley4200A, code: int, is_query: bool) -> Reply:
    options = instrument.options
    match options.failed_query if is_query else options.failed_setter:
        case "text":
            return Reply(error_text(code), is_data=True)
        case "code":
            return Reply(str(code), is_data=True)
        case "ACK":
            return ACKNOWLEDGED
    return Reply("", is_data=True)
