"""Every attribute the simulated module knows: kind, default, and which values it takes.

Defaults stand in the reference text of NI-DCPower; those that NI documents only as "by device"
are unverified: ranges, limits, custom transient response, output cutoff, measure buffer size. An
attribute of NI-DCPower that is not in this table is one that a PXIe-4139 does not have, and is
refused, read or written. Sense, transient response, DC noise rejection and the like are stored and
read back but change no reading: cables and loop dynamics are not simulated. An output resistance
acts in DC voltage; in DC current it is stored only.
"""

from collections.abc import Mapping

from mho.sim_instruments.ni_dcpower.attribute import (
    Attribute,
    Settings,
    any_value,
    between,
    choice,
    level,
    limits,
    one_of,
    only,
    range_row,
    real,
    reported,
    switch,
    text,
    whole_samples,
)
from mho.sim_instruments.ni_dcpower.errors import NOT_SUPPORTED, TYPES_DO_NOT_MATCH, NiError
from mho.sim_instruments.ni_dcpower.module_attributes import MODULE_ATTRIBUTES
from mho.sim_instruments.ni_dcpower.specifications import (
    CURRENT_RANGES,
    DELTA_TIMES,
    MAX_AUTORANGE_DELAY,
    MAX_DELAY,
    MAX_RECORD,
    MIN_PULSE_OFF,
    PULSE_CURRENT_RANGES,
    VERSION_40W,
    VOLTAGE_RANGES,
)
from mho.sim_instruments.ni_dcpower.trigger_attributes import TRIGGER_ATTRIBUTES
from mho.sim_instruments.ni_dcpower.values import (
    ASYMMETRIC,
    DC_CURRENT,
    DC_VOLTAGE,
    POWER_LINE_CYCLES,
    PULSE_CURRENT,
    PULSE_VOLTAGE,
    SECONDS,
    SEQUENCE,
    SINGLE_POINT,
    SYMMETRIC,
)

_V, _I, _IP = VOLTAGE_RANGES, CURRENT_RANGES, PULSE_CURRENT_RANGES
_DELAY = between(0.0, MAX_DELAY)
_FREQUENCY = between(0.0, 20e6)
_RATIO = between(0.125, 8.0)
_RESISTANCE = between(0.0, 1e9)
"""NI gives the range of output resistances as a figure only; negative ones are left out here."""
_AUTORANGES = ("VOLTAGE_LEVEL", "CURRENT_LIMIT", "CURRENT_LEVEL", "VOLTAGE_LIMIT")

_OUTPUT = (
    choice("SOURCE_MODE", SINGLE_POINT, one_of(SINGLE_POINT, SEQUENCE), idle_only=True),
    choice(
        "OUTPUT_FUNCTION", DC_VOLTAGE, one_of(DC_VOLTAGE, DC_CURRENT, PULSE_VOLTAGE, PULSE_CURRENT),
        per_step=True, sources=True,
    ),
    switch("OUTPUT_ENABLED", True, per_step=True, sources=True),
    switch("OUTPUT_CONNECTED", True, sources=True),
    level("VOLTAGE_LEVEL", _V), range_row("VOLTAGE_LEVEL_RANGE", _V, 6.0),
    *limits("CURRENT_LIMIT", _I, 0.01), range_row("CURRENT_LIMIT_RANGE", _I, 0.01),
    level("CURRENT_LEVEL", _I), range_row("CURRENT_LEVEL_RANGE", _I, 0.01),
    *limits("VOLTAGE_LIMIT", _V, 6.0), range_row("VOLTAGE_LIMIT_RANGE", _V, 6.0),
    level("PULSE_VOLTAGE_LEVEL", _V), level("PULSE_BIAS_VOLTAGE_LEVEL", _V),
    range_row("PULSE_VOLTAGE_LEVEL_RANGE", _V, 6.0),
    *limits("PULSE_CURRENT_LIMIT", _IP, 0.01), *limits("PULSE_BIAS_CURRENT_LIMIT", _IP, 0.01),
    range_row("PULSE_CURRENT_LIMIT_RANGE", _IP, 0.01),
    level("PULSE_CURRENT_LEVEL", _IP), level("PULSE_BIAS_CURRENT_LEVEL", _IP),
    range_row("PULSE_CURRENT_LEVEL_RANGE", _IP, 0.01),
    *limits("PULSE_VOLTAGE_LIMIT", _V, 6.0), *limits("PULSE_BIAS_VOLTAGE_LIMIT", _V, 6.0),
    range_row("PULSE_VOLTAGE_LIMIT_RANGE", _V, 6.0),
    *(choice(f"{name}_AUTORANGE", 0, one_of(0, 1), sources=True) for name in _AUTORANGES),
    choice("COMPLIANCE_LIMIT_SYMMETRY", SYMMETRIC, one_of(SYMMETRIC, ASYMMETRIC), sources=True),
    switch("OVERRANGING_ENABLED", False, sources=True),
    real("OUTPUT_RESISTANCE", 0.0, _RESISTANCE, per_step=True, sources=True),
    choice("CURRENT_LIMIT_BEHAVIOR", 0, only(0)),
    choice("TRANSIENT_RESPONSE", 1038, one_of(1038, 1039, 1041, 1042), per_step=True),
    real("VOLTAGE_GAIN_BANDWIDTH", 5e3, _FREQUENCY, per_step=True),
    real("VOLTAGE_COMPENSATION_FREQUENCY", 50e3, _FREQUENCY, per_step=True),
    real("VOLTAGE_POLE_ZERO_RATIO", 0.16, _RATIO, per_step=True),
    real("CURRENT_GAIN_BANDWIDTH", 40e3, _FREQUENCY, per_step=True),
    real("CURRENT_COMPENSATION_FREQUENCY", 250e3, _FREQUENCY, per_step=True),
    real("CURRENT_POLE_ZERO_RATIO", 4.0, _RATIO, per_step=True),
)  # fmt: skip

_TIMING = (
    real("SOURCE_DELAY", 0.01667, _DELAY, per_step=True),
    real("PULSE_ON_TIME", 0.034, between(VERSION_40W.min_pulse_on, MAX_DELAY), per_step=True),
    real("PULSE_OFF_TIME", 0.034, between(MIN_PULSE_OFF, MAX_DELAY), per_step=True),
    real("PULSE_BIAS_DELAY", 0.01667, _DELAY, per_step=True),
    choice("SEQUENCE_LOOP_COUNT", 1, between(1, 2**31 - 1), idle_only=True),
    switch("SEQUENCE_LOOP_COUNT_IS_FINITE", True, idle_only=True),
    real("SEQUENCE_STEP_DELTA_TIME", 0.05, between(*DELTA_TIMES), per_step=True),
    switch("SEQUENCE_STEP_DELTA_TIME_ENABLED", False, idle_only=True),
    text("ACTIVE_ADVANCED_SEQUENCE", any_value, idle_only=True),
    Attribute(
        name="ACTIVE_ADVANCED_SEQUENCE_STEP", kind="Int64", default=0, accept=between(-1, 2**31),
        idle_only=True,
    ),
)  # fmt: skip

_MEASURING = (
    choice("MEASURE_WHEN", 0, one_of(1025, 1026, 1027), idle_only=True),
    real("APERTURE_TIME", 0.01666666, whole_samples, per_step=True),
    choice("APERTURE_TIME_UNITS", SECONDS, one_of(SECONDS, POWER_LINE_CYCLES)),
    real("POWER_LINE_FREQUENCY", 60.0, one_of(50, 60)),
    choice("SAMPLES_TO_AVERAGE", 1, between(1, 511)),
    switch("RESET_AVERAGE_BEFORE_MEASUREMENT", True),
    choice("DC_NOISE_REJECTION", 1044, one_of(1043, 1044), per_step=True),
    choice("SENSE", 1008, one_of(1008, 1009), per_step=True),
    choice("MEASURE_RECORD_LENGTH", 1, between(1, MAX_RECORD), per_step=True, idle_only=True),
    switch("MEASURE_RECORD_LENGTH_IS_FINITE", True, idle_only=True),
    choice("MEASURE_BUFFER_SIZE", 1_800_000, between(1000, 268_435_455), idle_only=True),
    *reported(
        "Real64", "MEASURE_RECORD_DELTA_TIME",
        "ACTUAL_VOLTAGE_RANGE_FOR_LAST_FETCH", "ACTUAL_CURRENT_RANGE_FOR_LAST_FETCH",
    ),
    *reported("Int32", "FETCH_BACKLOG"),
    # how the meter finds its range
    choice("AUTORANGE", 0, one_of(0, 1)),
    choice("AUTORANGE_BEHAVIOR", 1107, one_of(1107, 1108, 1109)),
    choice("AUTORANGE_APERTURE_TIME_MODE", 1110, one_of(1110, 1111)),
    real("AUTORANGE_MINIMUM_APERTURE_TIME", 0.0, _DELAY),
    choice(
        "AUTORANGE_MINIMUM_APERTURE_TIME_UNITS", SECONDS, one_of(SECONDS, POWER_LINE_CYCLES)
    ),
    real("AUTORANGE_MINIMUM_CURRENT_RANGE", 0.0, between(0.0, _I[-1].full_scale)),
    real("AUTORANGE_MINIMUM_VOLTAGE_RANGE", 0.0, between(0.0, _V[-1].full_scale)),
    choice("AUTORANGE_THRESHOLD_MODE", 1112, one_of(1112, 1113, 1114, 1115, 1116)),
    real("AUTORANGE_MAXIMUM_DELAY_AFTER_RANGE_CHANGE", 0.5, between(0.0, MAX_AUTORANGE_DELAY)),
    choice("APERTURE_TIME_AUTO_MODE", 1135, only(1135)),
    choice("AUTO_ZERO", 0, only(0)),
)  # fmt: skip

_ROWS = (*_OUTPUT, *_TIMING, *_MEASURING, *TRIGGER_ATTRIBUTES, *MODULE_ATTRIBUTES)

ATTRIBUTES: Mapping[str, Attribute] = {row.name: row for row in _ROWS}
DEFAULTS: Settings = {row.name: row.default for row in _ROWS if not row.read_only}


def known_attribute(name: str, kind: str) -> Attribute:
    """The attribute ``name``, asked for as ``kind``."""
    attribute = ATTRIBUTES.get(name)
    if attribute is None:
        raise NiError(NOT_SUPPORTED, f"Attribute: {name}.")
    if attribute.kind != kind:
        raise NiError(
            TYPES_DO_NOT_MATCH, f"Attribute: {name} is {attribute.kind}, asked for as {kind}."
        )
    return attribute
