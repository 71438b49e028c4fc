"""Methods about cards, routes, texts of errors and what the whole system has."""

from typing import Any

from mho.sim_instruments.ni_daqmx import channel as channels
from mho.sim_instruments.ni_daqmx import control
from mho.sim_instruments.ni_daqmx.chassis import Chassis
from mho.sim_instruments.ni_daqmx.errors import text_of
from mho.sim_instruments.ni_daqmx.methods import Fields, Methods

METHODS = Methods()

CALIBRATED = {"year": 2020, "month": 1, "day": 1, "hour": 0, "minute": 0}
"""A fixed date, so that runs can be compared."""


@METHODS.method("ResetDevice")
def reset_device(chassis: Chassis, request: Any) -> None:
    """Abort the tasks of a card; its outputs go to 0 V and its lines are released."""
    card = channels.device_of(request.device_name, chassis.cards)
    for _, task in chassis.tasks:
        if any(channel.card is card for channel in task.channels):
            control.unreserve(chassis, task)
    now = chassis.now()
    for line in card.outputs.values():
        line.code = 0
        chassis.player.drive(now, line, 0)
    for port in card.ports.values():
        port.state = port.driven = 0


@METHODS.method("SelfTestDevice", "SelfCal", "RestoreLastExtCalConst")
def nothing_to_do(chassis: Chassis, request: Any) -> None:
    """Nothing is wrong with a simulated card."""
    channels.device_of(request.device_name, chassis.cards)


@METHODS.method("DeviceSupportsCal")
def supports_calibration(chassis: Chassis, request: Any) -> Fields:
    """Yes; it changes nothing."""
    channels.device_of(request.device_name, chassis.cards)
    return {"cal_supported": True}


@METHODS.method("GetExtCalLastDateAndTime", "GetSelfCalLastDateAndTime")
def calibration_date(chassis: Chassis, request: Any) -> Fields:
    """When it was calibrated."""
    channels.device_of(request.device_name, chassis.cards)
    return CALIBRATED


@METHODS.method("GetErrorString")
def error_string(_: Chassis, request: Any) -> Fields:
    """The text of a code."""
    return {"error_string": text_of(request.error_code)}
