"""Page DE: which channels take part, under which names. KXCI manual Rev. E 5-7 to 5-9."""

from dataclasses import replace

from mho.sim_instruments.keithley_4200a.arguments import count, integer, name
from mho.sim_instruments.keithley_4200a.command import Entry
from mho.sim_instruments.keithley_4200a.instrument import Keithley4200A
from mho.sim_instruments.keithley_4200a.status import Refused
from mho.sim_instruments.keithley_4200a.system_setup import (
    COMMON_MODE,
    CONSTANT,
    VAR1,
    Definition,
    Kind,
)

KINDS: dict[int, Kind | None] = {1: "V", 2: "I", COMMON_MODE: None}


def _define(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    """Page 5-7: ``CHn, 'V', 'I', mode, function``; bare is off."""
    role = f"SMU{integer(arguments, 0, 1, 9)}"
    instrument.smu(role)
    if count(arguments, 1, 5) == 1:
        _forget(instrument, role)
        return
    kind = KINDS[integer(arguments, 3, 1, 3)]
    function = integer(arguments, 4, 1, 4)
    if kind is None and function != CONSTANT:
        raise Refused(-991)
    _enter(instrument, role, Definition(name(arguments, 1), name(arguments, 2), kind, function))


def _define_source(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    """Page 5-9: ``VSn, 'name', function``."""
    role = f"VS{integer(arguments, 0, 1, 9)}"
    if count(arguments, 1, 3) == 1:
        _forget(instrument, role)
        return
    instrument.smu(role)
    function = integer(arguments, 2, 1, 4)
    _enter(instrument, role, Definition(name(arguments, 1), "", "V", function))


def _define_meter(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    """Page 5-8: ``VMn, 'name'``. A VM that no SMU is mapped to is refused here."""
    role = f"VM{integer(arguments, 0, 1, 9)}"
    if count(arguments, 1, 2) == 1:
        _forget(instrument, role)
        return
    instrument.smu(role)
    _enter(instrument, role, Definition(name(arguments, 1), "", None, CONSTANT, is_meter=True))


def _enter(instrument: Keithley4200A, role: str, definition: Definition) -> None:
    """Define a channel anew. A new VAR1 makes the old one a constant (unverified)."""
    _forget(instrument, role)
    definitions = instrument.setup.definitions
    if definition.function == VAR1 and instrument.options.second_var1 == "displaces":
        for other, old in definitions.items():
            if old.function == VAR1:
                definitions[other] = replace(old, function=CONSTANT)
                instrument.setup.lists.pop(other, None)
    definitions[role] = definition


def _forget(instrument: Keithley4200A, role: str) -> None:
    setup = instrument.setup
    for table in (setup.definitions, setup.lists, setup.constants):
        table.pop(role, None)


COMMANDS = {
    "CH": Entry(_define, page="DE"),
    "VS": Entry(_define_source, page="DE"),
    "VM": Entry(_define_meter, page="DE"),
}
