"""Pages SM and MD: what is measured, and when. KXCI manual Rev. E 5-22 to 5-28."""

# ruff: noqa: ARG001 - all handlers have one signature

from mho.sim_instruments.keithley_4200a.arguments import between, count, integer, name, number
from mho.sim_instruments.keithley_4200a.command import Entry
from mho.sim_instruments.keithley_4200a.instrument import Keithley4200A
from mho.sim_instruments.keithley_4200a.run import Run
from mho.sim_instruments.keithley_4200a.status import Refused
from mho.sim_instruments.keithley_4200a.system_setup import BUFFER_SIZE
from mho.sim_instruments.keithley_4200a.system_test import SystemTest


def _display(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    """Page 5-22: graph or list; begins a new choice of quantities (unverified)."""
    integer(arguments, 0, 1, 2)
    instrument.setup.shown.clear()


def _listed(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    """Page 5-23: up to six names a line, lines add up."""
    count(arguments, *range(1, 7))
    for index in range(len(arguments)):
        instrument.setup.shown[name(arguments, index)] = None


def _axis(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    """Page 5-25 ...: what ``XN``, ``YA`` and ``YB`` show is measured; limits mean nothing here."""
    count(arguments, 4)
    integer(arguments, 1, 1, 3)
    number(arguments, 2)
    number(arguments, 3)
    instrument.setup.shown[name(arguments, 0)] = None


def _time_axis(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    between(arguments, 0, 0, 9999)
    between(arguments, 1, 0.01, 9999)


def _readings(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    instrument.setup.readings = integer(arguments, 0, 1, BUFFER_SIZE)


def _interval(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    instrument.setup.interval = between(arguments, 0, 0.01, 10)


def _wait(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    instrument.setup.wait = between(arguments, 0, 0, 100)


def _measure(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    """Page 5-28: once, repeat, append, abort. Bare ``ME`` is once."""
    mode = integer(arguments, 0, 1, 4) if arguments else 1
    if mode == 4:
        instrument.activity.abort()
        return
    if instrument.activity.run is not None:
        raise Refused(-980)
    test = SystemTest(instrument, clears=mode != 3)
    if mode != 3:
        instrument.setup.buffers.clear()
    instrument.begin(
        Run(test.script, instrument.clock.now(), cleanup=test.stand_by, repeats=mode == 2)
    )


COMMANDS = {
    "DM": Entry(_display, page="SM"),
    "LI": Entry(_listed, page="SM"),
    "XN": Entry(_axis, page="SM"),
    "YA": Entry(_axis, page="SM"),
    "YB": Entry(_axis, page="SM"),
    "XT": Entry(_time_axis, page="SM"),
    "NR": Entry(_readings, page="SM"),
    "IN": Entry(_interval, page="SM"),
    "WT": Entry(_wait, page="SM"),
    "ME": Entry(_measure, page="MD", while_busy=True),
}
