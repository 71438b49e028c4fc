"""Methods about errors, calibration dates, output cutoff, and what IVI asks of every driver."""

from typing import Any

from mho.sim_instruments.ni_dcpower.channel import Channel
from mho.sim_instruments.ni_dcpower.cutoff import reasons
from mho.sim_instruments.ni_dcpower.errors import (
    ATTRIBUTE_NOT_SUPPORTED,
    INVALID_VALUE,
    NiError,
    text_of,
)
from mho.sim_instruments.ni_dcpower.methods import Fields, Methods, ServerState, chosen
from mho.sim_instruments.ni_dcpower.session_methods import FIRMWARE, REVISION

METHODS = Methods()

AMBIENT = 25.0
"""Temperature that the modules report (deg C)."""
CALIBRATED = {"year": 1940, "month": 3, "day": 1, "hour": 0, "minute": 0}
"""What NI's simulated modules report (NI tests): nobody takes it for a calibration."""
CALIBRATION_INTERVAL = 12
"""Recommended interval of external calibration (months)."""


@METHODS.method("ErrorMessage")
def error_message(_: ServerState, request: Any) -> Fields:
    """The text of a code."""
    return {"error_message": text_of(request.error_code)}


@METHODS.method("GetError")
def get_error(state: ServerState, request: Any) -> Fields:
    """The latest refusal in this session, which is then forgotten."""
    session = state.session(request)
    error, session.error = session.error, None
    return {"code": 0, "description": ""} if error is None else _described(error)


def _described(error: NiError) -> Fields:
    return {"code": error.code, "description": str(error)}


@METHODS.method("ClearError")
def clear_error(state: ServerState, request: Any) -> None:
    """Forget the latest refusal."""
    state.session(request).error = None


@METHODS.method("ErrorQuery")
def error_query(state: ServerState, request: Any) -> Fields:
    """The module itself never has an error."""
    state.session(request)
    return {"error_code": 0, "error_message": text_of(0)}


@METHODS.method("RevisionQuery")
def revision_query(state: ServerState, request: Any) -> Fields:
    """The texts that are attributes, too."""
    state.session(request)
    return {"instrument_driver_revision": REVISION, "firmware_revision": FIRMWARE}


@METHODS.method("GetNextCoercionRecord")
def next_coercion(state: ServerState, request: Any) -> Fields:
    """Nothing is recorded."""
    state.session(request)
    return {"coercion_record": ""}


@METHODS.method("GetNextInterchangeWarning")
def next_interchange_warning(state: ServerState, request: Any) -> Fields:
    """There is none."""
    state.session(request)
    return {"interchange_warning": ""}


@METHODS.method("ClearInterchangeWarnings", "ResetInterchangeCheck", "InvalidateAllAttributes")
def nothing_to_do(state: ServerState, request: Any) -> None:
    """Warnings and cached values, of which there are none."""
    state.session(request)


@METHODS.each_channel("GetAttributeViSession", "SetAttributeViSession")
def session_attribute(_: Channel, request: Any) -> None:
    """No attribute is a session."""
    raise NiError(ATTRIBUTE_NOT_SUPPORTED, f"Attribute: number {request.attribute_id}.")


@METHODS.one_channel("QueryLatchedOutputCutoffState")
def output_cutoff_state(channel: Channel, request: Any) -> Fields:
    """Whether the output has been cut off for a reason."""
    return {"output_cutoff_state": bool(channel.module.cutoffs & _reasons(request))}


@METHODS.each_channel("ClearLatchedOutputCutoffState")
def clear_output_cutoff(channel: Channel, request: Any) -> None:
    """Forget that it was; the output is connected again when it next sources."""
    channel.module.cutoffs &= ~_reasons(request)


def _reasons(request: Any) -> int:
    number = chosen(request, "output_cutoff_reason")
    found = reasons(number)
    if found is None:
        raise NiError(INVALID_VALUE, f"Output cutoff reason: {number}.")
    return found


@METHODS.method("ReadCurrentTemperature", "GetExtCalLastTemp", "GetSelfCalLastTemp")
def temperature(state: ServerState, request: Any) -> Fields:
    """Always the same temperature."""
    state.session(request)
    return {"temperature": AMBIENT}


@METHODS.method("GetExtCalLastDateAndTime", "GetSelfCalLastDateAndTime")
def calibration_date(state: ServerState, request: Any) -> Fields:
    """A fixed date, so that runs can be compared."""
    state.session(request)
    return CALIBRATED


@METHODS.method("GetExtCalRecommendedInterval")
def calibration_interval(state: ServerState, request: Any) -> Fields:
    """Months."""
    state.session(request)
    return {"months": CALIBRATION_INTERVAL}
