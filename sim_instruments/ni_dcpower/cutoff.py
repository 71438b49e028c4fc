"""Output cutoff: what disconnects an output, and stays latched until it is cleared.

Cut off are voltages that are put out and currents that are measured, and a current that saturates
its range. Rates of change are not simulated: a simulated output moves in no time.
"""

from collections.abc import Iterator
from enum import IntFlag

from mho.sim_instruments.ni_dcpower.attribute import Settings
from mho.sim_instruments.ni_dcpower.module import Measurement
from mho.sim_instruments.ni_dcpower.operating_point import OperatingPoint


class Cutoff(IntFlag):
    """Reasons; values of NI-DCPower's output cutoff reasons."""

    VOLTAGE_OUTPUT_HIGH = 1
    VOLTAGE_OUTPUT_LOW = 2
    CURRENT_MEASURE_HIGH = 4
    CURRENT_MEASURE_LOW = 8
    VOLTAGE_CHANGE_HIGH = 16
    VOLTAGE_CHANGE_LOW = 32
    CURRENT_CHANGE_HIGH = 64
    CURRENT_CHANGE_LOW = 128
    CURRENT_SATURATED = 512
    VOLTAGE_MEASURE_HIGH = 1024
    VOLTAGE_MEASURE_LOW = 2048


NONE = Cutoff(0)
ALL = -1
"""Stands for every reason."""


def reasons(asked: int) -> Cutoff | None:
    """The reasons a number stands for; None if for none."""
    if asked == ALL:
        return Cutoff(sum(Cutoff))
    return Cutoff(asked) if asked in {int(reason) for reason in Cutoff} else None


def exceeded(settings: Settings, point: OperatingPoint, measured: Measurement) -> Cutoff:
    """What is to be cut off, if anything."""
    if not settings["OUTPUT_CUTOFF_ENABLED"] or not (point.enabled and point.connected):
        return NONE
    found = NONE
    for reason in _beyond(settings, "VOLTAGE_OUTPUT", measured.voltage):
        found |= reason
    for reason in _beyond(settings, "CURRENT_MEASURE", measured.current):
        found |= reason
    overrange = settings["OUTPUT_CUTOFF_CURRENT_OVERRANGE_ENABLED"]
    if overrange and abs(measured.current) >= point.ranges[1].full_scale:
        found |= Cutoff.CURRENT_SATURATED
    return found


def _beyond(settings: Settings, name: str, value: float) -> Iterator[Cutoff]:
    if value > settings[f"OUTPUT_CUTOFF_{name}_LIMIT_HIGH"]:
        yield Cutoff[f"{name}_HIGH"]
    if value < settings[f"OUTPUT_CUTOFF_{name}_LIMIT_LOW"]:
        yield Cutoff[f"{name}_LOW"]
