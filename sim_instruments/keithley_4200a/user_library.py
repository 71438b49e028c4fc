"""Page UL: this instrument has no user libraries, and says so.

``EX`` of any module is refused with -986. KXCI manual Rev. E pages 4-7 to 4-13.
"""

# ruff: noqa: ARG001 - all handlers have one signature

from mho.sim_instruments.keithley_4200a.command import Entry
from mho.sim_instruments.keithley_4200a.instrument import Keithley4200A
from mho.sim_instruments.keithley_4200a.status import Refused


def _no_library(instrument: Keithley4200A, arguments: tuple[str, ...]) -> str:
    raise Refused(-986)


def _abort(instrument: Keithley4200A, arguments: tuple[str, ...]) -> None:
    """Nothing runs, so nothing is to be done."""


COMMANDS = {
    "EX": Entry(_no_library, page="UL"),
    "GN": Entry(_no_library, page="UL", is_query=True),
    "GP": Entry(_no_library, page="UL", is_query=True),
    "GR": Entry(_no_library, page="UL"),
    "GD": Entry(_no_library, page="UL"),
    "AB": Entry(_abort, page="UL", while_busy=True),
}
