"""The set-up of a system-mode test as messages. Pure. Source: KXCI manual Rev. E, section 5."""

from collections.abc import Sequence

from mho.drivers.keithley_4200a import source_measure as text
from mho.drivers.keithley_4200a.numerals import numeral
from mho.drivers.keithley_4200a.smu_program import Sampling
from mho.drivers.keithley_4200a.smu_sweep import LevelSweep
from mho.drivers.keithley_4200a.source_measure import Constant


def messages(
    number: int, test: LevelSweep | Sampling, held: Sequence[Constant], present: Sequence[int]
) -> list[str]:
    """Everything before ``MD``: pages DE, SS and SM, then what needs no page.

    Parameters
    ----------
    number
        The driven SMU.
    held
        The other SMUs of the bench, constant through the test, without one that is stepped.
    present
        Numbers of all SMUs in the mainframe.
    """
    stepper = test.stepper if isinstance(test, LevelSweep) else None
    swept = isinstance(test, LevelSweep)
    stepped = None if stepper is None else stepper.number
    stops = isinstance(test, LevelSweep) and test.stops
    return [
        *text.channel_definitions(number, held, present, swept, stepped),
        *(_sweep(number, test) if isinstance(test, LevelSweep) else _sampling(number, test)),
        *text.constants(held),
        *text.listed(number),
        *([] if isinstance(test, LevelSweep) else _intervals(test)),
        f"{text.current_floor(number, test.current_floor)};{text.integration(test.plc)}"
        f";{text.stop_on_compliance(stops)};BC",
    ]


def _sweep(number: int, test: LevelSweep) -> list[str]:
    ramp, stepper = test.ramp, test.stepper
    levels = (
        text.level_list(number, test.levels, test.compliance)
        if ramp is None
        else text.linear_sweep(ramp.start, ramp.stop, ramp.step, test.compliance)
    )
    found = [f"SS;HT 0;DT {numeral(test.delay)}", levels]
    if stepper is not None:
        found.append(
            text.steps(stepper.ramp.start, stepper.ramp.step, stepper.count, stepper.compliance)
        )
    return found


def _sampling(number: int, test: Sampling) -> list[str]:
    return ["SS", *text.constants([Constant(number, test.level, test.compliance)])]


def _intervals(test: Sampling) -> list[str]:
    return [f"NR {test.points};IN {numeral(test.interval)};WT {numeral(test.wait)}"]
