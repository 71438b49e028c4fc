"""Page UL: user modules are called, and asked for their values. KXCI manual Rev. E 4-7 to 4-13.

The modules are Python functions: those of installed packages (entry-point group
``mho.user_modules``) and those that the settings name. What a real 4200A shows on its console
(``GR``, ``GD``) goes to the log.
"""

import logging

from mho.sim_instruments.keithley_4200a.command import Entry
from mho.sim_instruments.keithley_4200a.instrument import Keithley4200A
from mho.sim_instruments.keithley_4200a.module_call import ModuleCall, split_call, written
from mho.sim_instruments.keithley_4200a.run import Run
from mho.sim_instruments.keithley_4200a.status import Refused
from mho.sim_instruments.keithley_4200a.user_modules import Parameter, UserModule

_LOG = logging.getLogger("mho.sim_instruments.keithley_4200a")

Arguments = tuple[str, ...]


def _execute(instrument: Keithley4200A, arguments: Arguments) -> None:
    """Page 4-7. Busy until the module ends, then bit 0; the values stay until the next call."""
    library, name, texts = split_call(",".join(arguments))
    call = ModuleCall(
        instrument,
        _module(instrument, library, name),
        texts,
        replies=instrument.options.returns_value,
    )
    instrument.module_call = call
    if instrument.options.returns_value:
        instrument.late_replies.promise()
    instrument.begin(Run(call.script, instrument.clock.now(), cleanup=call.abort))


def _module(instrument: Keithley4200A, library: str, name: str) -> UserModule:
    try:
        return instrument.user_modules()[library, name]
    except KeyError:
        raise Refused(-986) from None


def _by_name(instrument: Keithley4200A, arguments: Arguments) -> str:
    """Page 4-10: ``GN name [count]``."""
    name, count = _asked(arguments)
    call = _last_call(instrument)
    for parameter in call.module.parameters:
        if parameter.name == name:
            return _value(instrument, call, parameter, count)
    raise Refused(-993)


def _by_position(instrument: Keithley4200A, arguments: Arguments) -> str:
    """Page 4-11: ``GP position [count]``, from 1 over all parameters."""
    position, count = _asked(arguments)
    call = _last_call(instrument)
    parameters = call.module.parameters
    if not position.isdecimal() or not 1 <= int(position) <= len(parameters):
        raise Refused(-993)
    return _value(instrument, call, parameters[int(position) - 1], count)


def _asked(arguments: Arguments) -> tuple[str, int | None]:
    """Name or position, and how many elements; a blank or a comma between them."""
    words = " ".join(arguments).split()
    if len(words) == 1:
        return words[0], None
    if len(words) != 2 or not words[1].isdecimal() or int(words[1]) < 1:
        raise Refused(-993)
    return words[0], int(words[1])


def _last_call(instrument: Keithley4200A) -> ModuleCall:
    if instrument.module_call is None:
        raise Refused(-992)
    return instrument.module_call


def _value(
    instrument: Keithley4200A, call: ModuleCall, parameter: Parameter, count: int | None
) -> str:
    value = call.value(parameter)
    text = written(value[:count] if isinstance(value, tuple) else value)
    return f"PARAM VALUE = {text}" if instrument.options.fetch_reply == "named" else text


def _return_value(instrument: Keithley4200A, arguments: Arguments) -> None:  # noqa: ARG001
    """Page 4-12: on the console."""
    outcome = _last_call(instrument).outcome
    _LOG.info("Return Value = %s", outcome.returned if outcome else None)


def _describe(instrument: Keithley4200A, arguments: Arguments) -> None:
    """Page 4-9: on the console, and only after a call."""
    words = " ".join(arguments).split()
    if len(words) != 2:
        raise Refused(-993)
    _last_call(instrument)
    module = _module(instrument, *words)
    rows = (
        f"{parameter.name} ({parameter.kind}, {'output' if parameter.is_output else 'input'})"
        for parameter in module.parameters
    )
    _LOG.info("%s %s: %s. %s", *words, module.about, ", ".join(rows))


def _abort(instrument: Keithley4200A, arguments: Arguments) -> None:  # noqa: ARG001
    instrument.activity.abort()


COMMANDS = {
    "EX": Entry(_execute, page="UL"),
    "GN": Entry(_by_name, page="UL", is_query=True, transfers=True),
    "GP": Entry(_by_position, page="UL", is_query=True, transfers=True),
    "GR": Entry(_return_value, page="UL"),
    "GD": Entry(_describe, page="UL"),
    "AB": Entry(_abort, page="UL", while_busy=True),
}
