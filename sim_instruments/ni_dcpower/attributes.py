"""Every attribute the simulated module knows: kind, default, and which values it takes.

Defaults stand in the reference text of NI-DCPower (nimi-python); those that NI documents only as
"by device" are unverified: ranges, limits, custom transient response, measure buffer size. An
attribute of NI-DCPower that is not in this table is refused, read or written. Sense, transient
response, DC noise rejection and the like are stored and read back but change no reading: cables
and loop dynamics are not simulated.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mho.sim_instruments.ni_dcpower.errors import INVALID_VALUE, VALUE_NOT_SUPPORTED, NiError
from mho.sim_instruments.ni_dcpower.specifications import (
    CURRENT_RANGES,
    DELTA_TIMES,
    MAX_DELAY,
    MAX_RECORD,
    MIN_PULSE_OFF,
    OVERRANGE,
    PULSE_CURRENT_RANGES,
    ROUNDING,
    SAMPLE_RATE,
    VERSION_40W,
    VOLTAGE_RANGES,
    Range,
    fitting,
)
from mho.sim_instruments.ni_dcpower.values import (
    ASYMMETRIC,
    DC_CURRENT,
    DC_VOLTAGE,
    NO_TRIGGER,
    POWER_LINE_CYCLES,
    PULSE_CURRENT,
    PULSE_VOLTAGE,
    SECONDS,
    SEQUENCE,
    SINGLE_POINT,
    SOFTWARE_EDGE,
    SYMMETRIC,
)

Settings = Mapping[str, Any]
Accept = Callable[[Any, Settings], Any]
"""Gives the value as the hardware takes it, or raises `NiError`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute.

    ``per_step``: an advanced sequence may hold it. ``sources``: written while a single point
    runs, it makes the output source again at once. ``idle_only``: refused while running
    (unverified which ones hardware refuses).
    """

    name: str
    kind: str
    default: Any = None
    accept: Accept | None = None
    read_only: bool = False
    per_step: bool = False
    sources: bool = False
    idle_only: bool = False


def any_value(value: Any, _: Settings) -> Any:
    """Anything of the right kind."""
    return value


def between(low: float, high: float) -> Accept:
    """Numbers from ``low`` to ``high``."""

    def accept(value: Any, _: Settings) -> Any:
        if not low - 1e-15 <= value <= high * ROUNDING:
            raise NiError(INVALID_VALUE, f"Requested value: {value:g}, valid: {low:g} to {high:g}.")
        return value

    return accept


def one_of(*values: int) -> Accept:
    """One of a set of values."""

    def accept(value: Any, _: Settings) -> Any:
        if value not in values:
            raise NiError(INVALID_VALUE, f"Requested value: {value}, valid: {values}.")
        return value

    return accept


def only(*values: Any) -> Accept:
    """A feature of which the module, or this model of it, has these values alone."""

    def accept(value: Any, _: Settings) -> Any:
        if value not in values:
            raise NiError(VALUE_NOT_SUPPORTED, f"Requested value: {value}, supported: {values}.")
        return value

    return accept


def coerced(ranges: tuple[Range, ...]) -> Accept:
    """A range, coerced up to the next hardware range."""
    return lambda value, _: fitting(ranges, value).full_scale


def whole_samples(value: Any, settings: Settings) -> Any:
    """An aperture time, coerced up to whole samples, in whatever unit it came."""
    unit = 1.0
    if settings["APERTURE_TIME_UNITS"] == POWER_LINE_CYCLES:
        unit = 1 / settings["POWER_LINE_FREQUENCY"]
    if not 0 <= value < math.inf:
        raise NiError(INVALID_VALUE, f"Requested aperture time: {value:g}.")
    samples = value * unit * SAMPLE_RATE
    whole = max(1, math.ceil(samples - 1e-6))
    return value if abs(samples - whole) < 1e-6 else whole / SAMPLE_RATE / unit


def _level(name: str, ranges: tuple[Range, ...]) -> Attribute:
    largest = ranges[-1].full_scale * OVERRANGE
    return Attribute(
        name=name, kind="Real64", default=0.0, accept=between(-largest, largest),
        per_step=True, sources=True,
    )  # fmt: skip


def _limit(name: str, ranges: tuple[Range, ...], default: float) -> tuple[Attribute, ...]:
    largest = ranges[-1].full_scale * OVERRANGE

    def limit(suffix: str, value: float, low: float, high: float) -> Attribute:
        return Attribute(
            name=name + suffix, kind="Real64", default=value, accept=between(low, high),
            per_step=True, sources=True,
        )  # fmt: skip

    return (
        limit("", default, 0.0, largest),
        limit("_HIGH", default, 0.0, largest),
        limit("_LOW", -default, -largest, 0.0),
    )


def _range(name: str, ranges: tuple[Range, ...], default: float) -> Attribute:
    return Attribute(
        name=name, kind="Real64", default=default, accept=coerced(ranges),
        per_step=True, sources=True,
    )  # fmt: skip


def _real(name: str, default: float, accept: Accept, *, per_step: bool = True) -> Attribute:
    return Attribute(name=name, kind="Real64", default=default, accept=accept, per_step=per_step)


def _choice(name: str, default: int, accept: Accept, **flags: bool) -> Attribute:
    return Attribute(name=name, kind="Int32", default=default, accept=accept, **flags)


def _switch(name: str, default: bool, accept: Accept = any_value, **flags: bool) -> Attribute:
    return Attribute(name=name, kind="Boolean", default=default, accept=accept, **flags)


def _told(name: str, kind: str) -> Attribute:
    return Attribute(name=name, kind=kind, read_only=True)


_V, _I, _IP = VOLTAGE_RANGES, CURRENT_RANGES, PULSE_CURRENT_RANGES
_DELAY = between(0.0, MAX_DELAY)
_FREQUENCY = between(0.0, 20e6)
_AUTORANGES = ("VOLTAGE_LEVEL", "CURRENT_LIMIT", "CURRENT_LEVEL", "VOLTAGE_LIMIT")
_TRIGGERS = ("START", "SOURCE", "MEASURE", "SEQUENCE_ADVANCE", "PULSE")
_EVENTS = (
    "SOURCE_COMPLETE", "MEASURE_COMPLETE", "SEQUENCE_ITERATION_COMPLETE", "SEQUENCE_ENGINE_DONE",
    "PULSE_COMPLETE", "READY_FOR_PULSE_TRIGGER",
)  # fmt: skip
_TERMINALS = (
    *(f"EXPORTED_{name}_TRIGGER_OUTPUT_TERMINAL" for name in _TRIGGERS),
    *(f"{name}_EVENT_OUTPUT_TERMINAL" for name in _EVENTS),
)

_ROWS = (
    # what the output does
    _choice("SOURCE_MODE", SINGLE_POINT, one_of(SINGLE_POINT, SEQUENCE), idle_only=True),
    _choice(
        "OUTPUT_FUNCTION", DC_VOLTAGE, one_of(DC_VOLTAGE, DC_CURRENT, PULSE_VOLTAGE, PULSE_CURRENT),
        per_step=True, sources=True,
    ),
    _switch("OUTPUT_ENABLED", True, per_step=True, sources=True),
    _switch("OUTPUT_CONNECTED", True, sources=True),
    _level("VOLTAGE_LEVEL", _V), _range("VOLTAGE_LEVEL_RANGE", _V, 6.0),
    *_limit("CURRENT_LIMIT", _I, 0.01), _range("CURRENT_LIMIT_RANGE", _I, 0.01),
    _level("CURRENT_LEVEL", _I), _range("CURRENT_LEVEL_RANGE", _I, 0.01),
    *_limit("VOLTAGE_LIMIT", _V, 6.0), _range("VOLTAGE_LIMIT_RANGE", _V, 6.0),
    _level("PULSE_VOLTAGE_LEVEL", _V), _level("PULSE_BIAS_VOLTAGE_LEVEL", _V),
    _range("PULSE_VOLTAGE_LEVEL_RANGE", _V, 6.0),
    *_limit("PULSE_CURRENT_LIMIT", _IP, 0.01), *_limit("PULSE_BIAS_CURRENT_LIMIT", _IP, 0.01),
    _range("PULSE_CURRENT_LIMIT_RANGE", _IP, 0.01),
    _level("PULSE_CURRENT_LEVEL", _IP), _level("PULSE_BIAS_CURRENT_LEVEL", _IP),
    _range("PULSE_CURRENT_LEVEL_RANGE", _IP, 0.01),
    *_limit("PULSE_VOLTAGE_LIMIT", _V, 6.0), *_limit("PULSE_BIAS_VOLTAGE_LIMIT", _V, 6.0),
    _range("PULSE_VOLTAGE_LIMIT_RANGE", _V, 6.0),
    *(_choice(f"{name}_AUTORANGE", 0, one_of(0, 1), sources=True) for name in _AUTORANGES),
    _choice("COMPLIANCE_LIMIT_SYMMETRY", SYMMETRIC, one_of(SYMMETRIC, ASYMMETRIC), sources=True),
    _switch("OVERRANGING_ENABLED", False, sources=True),
    _real("OUTPUT_RESISTANCE", 0.0, only(0.0)),
    _switch("OVP_ENABLED", False, only(False)),
    _choice("CURRENT_LIMIT_BEHAVIOR", 0, only(0)),
    _choice("TRANSIENT_RESPONSE", 1038, one_of(1038, 1039, 1041, 1042), per_step=True),
    _real("VOLTAGE_GAIN_BANDWIDTH", 5e3, _FREQUENCY),
    _real("VOLTAGE_COMPENSATION_FREQUENCY", 50e3, _FREQUENCY),
    _real("VOLTAGE_POLE_ZERO_RATIO", 0.16, between(0.125, 8.0)),
    _real("CURRENT_GAIN_BANDWIDTH", 40e3, _FREQUENCY),
    _real("CURRENT_COMPENSATION_FREQUENCY", 250e3, _FREQUENCY),
    _real("CURRENT_POLE_ZERO_RATIO", 4.0, between(0.125, 8.0)),
    # when
    _real("SOURCE_DELAY", 0.01667, _DELAY),
    _real("PULSE_ON_TIME", 0.034, between(VERSION_40W.min_pulse_on, MAX_DELAY)),
    _real("PULSE_OFF_TIME", 0.034, between(MIN_PULSE_OFF, MAX_DELAY)),
    _real("PULSE_BIAS_DELAY", 0.01667, _DELAY),
    _choice("SEQUENCE_LOOP_COUNT", 1, between(1, 2**31 - 1), idle_only=True),
    _switch("SEQUENCE_LOOP_COUNT_IS_FINITE", True, idle_only=True),
    _real("SEQUENCE_STEP_DELTA_TIME", 1.0, between(*DELTA_TIMES)),
    _switch("SEQUENCE_STEP_DELTA_TIME_ENABLED", False, idle_only=True),
    Attribute(
        name="ACTIVE_ADVANCED_SEQUENCE", kind="String", default="", accept=any_value,
        idle_only=True,
    ),
    Attribute(
        name="ACTIVE_ADVANCED_SEQUENCE_STEP", kind="Int64", default=0, accept=between(-1, 2**31),
        idle_only=True,
    ),
    *(
        _choice(
            f"{name}_TRIGGER_TYPE", NO_TRIGGER, only(NO_TRIGGER, SOFTWARE_EDGE), idle_only=True
        )
        for name in _TRIGGERS
    ),
    _choice("SHUTDOWN_TRIGGER_TYPE", NO_TRIGGER, only(NO_TRIGGER)),
    *(
        Attribute(name=name, kind="String", default="", accept=only(""))
        for name in _TERMINALS
    ),
    # measuring
    _choice("MEASURE_WHEN", 0, one_of(1025, 1026, 1027), idle_only=True),
    _real("APERTURE_TIME", 0.01666666, whole_samples),
    _choice("APERTURE_TIME_UNITS", SECONDS, one_of(SECONDS, POWER_LINE_CYCLES)),
    _choice("APERTURE_TIME_AUTO_MODE", 1135, only(1135)),
    _real("POWER_LINE_FREQUENCY", 60.0, one_of(50, 60), per_step=False),
    _choice("SAMPLES_TO_AVERAGE", 1, between(1, 511)),
    _switch("RESET_AVERAGE_BEFORE_MEASUREMENT", True),
    _choice("AUTORANGE", 0, only(0)),
    _choice("AUTO_ZERO", 0, only(0)),
    _choice("DC_NOISE_REJECTION", 1044, one_of(1043, 1044), per_step=True),
    _choice("SENSE", 1008, one_of(1008, 1009), per_step=True),
    _choice("MEASURE_RECORD_LENGTH", 1, between(1, MAX_RECORD), per_step=True, idle_only=True),
    _switch("MEASURE_RECORD_LENGTH_IS_FINITE", True, idle_only=True),
    _choice("MEASURE_BUFFER_SIZE", 1_800_000, between(1000, 268_435_455), idle_only=True),
    _told("MEASURE_RECORD_DELTA_TIME", "Real64"),
    _told("FETCH_BACKLOG", "Int32"),
    # the module and its session
    _choice("INSTRUMENT_MODE", 1061, only(1061)),
    _choice("SELF_CALIBRATION_PERSISTENCE", 1045, one_of(1045, 1046)),
    _choice("POWER_ALLOCATION_MODE", 1058, only(1058)),
    _told("ACTUAL_POWER_ALLOCATION", "Real64"),
    Attribute(name="MERGED_CHANNELS", kind="String", default="", accept=only("")),
    _switch("QUERY_INSTRUMENT_STATUS", False),
    _told("AUXILIARY_POWER_SOURCE_AVAILABLE", "Boolean"),
    _told("SIMULATE", "Boolean"),
    _told("CHANNEL_COUNT", "Int32"),
    *(
        _told(name, "String")
        for name in (
            "DRIVER_SETUP", "INSTRUMENT_MANUFACTURER", "INSTRUMENT_MODEL", "SERIAL_NUMBER",
            "INSTRUMENT_FIRMWARE_REVISION", "IO_RESOURCE_DESCRIPTOR", "LOGICAL_NAME",
            "SPECIFIC_DRIVER_DESCRIPTION", "SPECIFIC_DRIVER_PREFIX", "SPECIFIC_DRIVER_REVISION",
            "SPECIFIC_DRIVER_VENDOR", "SUPPORTED_INSTRUMENT_MODELS",
        )
    ),
)  # fmt: skip

ATTRIBUTES: Mapping[str, Attribute] = {row.name: row for row in _ROWS}
DEFAULTS: Settings = {row.name: row.default for row in _ROWS if not row.read_only}
