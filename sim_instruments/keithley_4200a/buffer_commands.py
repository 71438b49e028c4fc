"""The reading buffers of system mode. KXCI manual Rev. E pages 5-37, 5-38, 5-41."""

# ruff: noqa: ARG001 - all handlers have one signature

from mho.sim_instruments.keithley_4200a.arguments import integer, name
from mho.sim_instruments.keithley_4200a.command import Entry
from mho.sim_instruments.keithley_4200a.instrument import Keithley4200A
from mho.sim_instruments.keithley_4200a.number_format import engineering
from mho.sim_instruments.keithley_4200a.status import Refused
from mho.sim_instruments.keithley_4200a.system_setup import BUFFER_SIZE, Sample


def _clear_buffers(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    """Page 5-37; the values of a user module go, too (unverified)."""
    instrument.setup.buffers.clear()
    instrument.module_call = None
    instrument.status.clear_data()


def _buffer(instrument: Keithley4200A, arguments: tuple[str, ...]) -> str:
    """Page 5-38: the whole buffer; times and letters under a name with suffix T or S."""
    samples, field = _samples(instrument, name(arguments, 0, longest=7))
    digits = instrument.digits if instrument.options.digits_follow_rs else 5
    join = instrument.options.reading_delimiter.join
    if field == "T":
        return join(engineering(sample.time, digits).strip() for sample in samples)
    if field == "S":
        return join(sample.letter for sample in samples)
    return join(sample.letter + engineering(sample.value, digits) for sample in samples)


def _point(instrument: Keithley4200A, arguments: tuple[str, ...]) -> str:
    """Page 5-41: one point from 1 on, without letter; ``0`` where there is none (yet)."""
    samples, field = _samples(instrument, name(arguments, 0, longest=7))
    index = integer(arguments, 1, 1, BUFFER_SIZE)
    if index > len(samples):
        return "0"
    sample = samples[index - 1]
    if field == "S":
        return sample.letter
    digits = instrument.digits if instrument.options.digits_follow_rs else 5
    return engineering(sample.time if field == "T" else sample.value, digits).strip()


def _samples(instrument: Keithley4200A, asked: str) -> tuple[list[Sample], str]:
    setup = instrument.setup
    for text, field in ((asked, ""), (asked[:-1], asked[-1])):
        if field not in ("", "T", "S"):
            break
        if text.startswith("CH") and text[2:].isdigit() and text not in setup.buffers:
            definition = setup.definitions.get(f"SMU{text[2:]}")
            text = definition.voltage_name if definition else text
        if text in setup.buffers:
            return setup.buffers[text], field
    known = {
        known
        for definition in setup.definitions.values()
        for known in (definition.voltage_name, definition.current_name)
    }
    if asked in known or asked[:-1] in known:
        return [], ""
    raise Refused(-993)


COMMANDS = {
    "BC": Entry(_clear_buffers),
    "DO": Entry(_buffer, is_query=True, transfers=True),
    "RD": Entry(_point, is_query=True, transfers=True, while_busy=True),
}
