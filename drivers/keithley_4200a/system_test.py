"""The set-up of a system-mode test as messages. Pure. Source: KXCI manual Rev. E, section 5."""

from collections.abc import Sequence

from mho.drivers.keithley_4200a import source_measure as text
from mho.drivers.keithley_4200a.numerals import numeral
from mho.drivers.keithley_4200a.smu_program import ListSweep, Sampling
from mho.drivers.keithley_4200a.source_measure import Constant


def messages(
    number: int, test: ListSweep | Sampling, held: Sequence[Constant], present: Sequence[int]
) -> list[str]:
    """Everything before ``MD``: pages DE, SS and SM, then what needs no page.

    Parameters
    ----------
    number
        The driven SMU.
    held
        The other SMUs of the bench, constant through the test.
    present
        Numbers of all SMUs in the mainframe.
    """
    swept = isinstance(test, ListSweep)
    return [
        *text.channel_definitions(number, held, present, swept),
        *(_sweep(number, test) if isinstance(test, ListSweep) else _sampling(number, test)),
        *text.constants(held),
        *text.listed(number),
        *([] if isinstance(test, ListSweep) else _intervals(test)),
        f"{text.current_floor(number, test.current_floor)};{text.integration(test.plc)};BC",
    ]


def _sweep(number: int, test: ListSweep) -> list[str]:
    return [
        f"SS;HT 0;DT {numeral(test.delay)}",
        text.level_list(number, test.levels, test.compliance),
    ]


def _sampling(number: int, test: Sampling) -> list[str]:
    return ["SS", *text.constants([Constant(number, test.level, test.compliance)])]


def _intervals(test: Sampling) -> list[str]:
    return [f"NR {test.points};IN {numeral(test.interval)};WT {numeral(test.wait)}"]
