"""The attributes of the module and its session, of IVI, and of what cuts the output off."""

from mho.sim_instruments.ni_dcpower.attribute import (
    any_value,
    between,
    choice,
    one_of,
    only,
    real,
    reported,
    switch,
    text,
)
from mho.sim_instruments.ni_dcpower.specifications import (
    MAX_DELAY,
    OVERRANGE,
    PULSE_CURRENT_RANGES,
    VOLTAGE_RANGES,
)

_VOLTS = VOLTAGE_RANGES[-1].full_scale * OVERRANGE
_AMPERES = PULSE_CURRENT_RANGES[-1].full_scale * OVERRANGE
_SLEW = 1e9
"""A rate that no output reaches (V/us or A/us)."""

_CUTOFF = (
    switch("OUTPUT_CUTOFF_ENABLED", False),
    real("OUTPUT_CUTOFF_DELAY", 0.0, between(0.0, MAX_DELAY)),
    switch("OUTPUT_CUTOFF_CURRENT_OVERRANGE_ENABLED", False),
    *(
        real(f"OUTPUT_CUTOFF_{name}_LIMIT_{end}", sign * largest, between(-largest, largest))
        for name, largest in (
            ("VOLTAGE_OUTPUT", _VOLTS),
            ("CURRENT_MEASURE", _AMPERES),
            ("VOLTAGE_CHANGE", _SLEW),
            ("CURRENT_CHANGE", _SLEW),
        )
        for end, sign in (("HIGH", 1), ("LOW", -1))
    ),
)

_LACKING = (
    choice("INSTRUMENT_MODE", 1061, only(1061)),
    choice("POWER_ALLOCATION_MODE", 1058, only(1058)),
    switch("OVP_ENABLED", False, only(False)),
    real("OVP_LIMIT", 210.0, only(210.0)),
    text("MERGED_CHANNELS", only("")),
)
"""Modules without these behave as if they stood at their defaults (NI-DCPower reference)."""

MODULE_ATTRIBUTES = (
    *_CUTOFF,
    *_LACKING,
    choice("SELF_CALIBRATION_PERSISTENCE", 1045, one_of(1045, 1046), of_instrument=True),
    switch("QUERY_INSTRUMENT_STATUS", True, of_instrument=True),
    *(
        switch(name, default, any_value, of_instrument=True)
        for name, default in (
            ("CACHE", True), ("RANGE_CHECK", True),
            ("RECORD_COERCIONS", False), ("INTERCHANGE_CHECK", False),
        )
    ),
    *reported("Real64", "ACTUAL_POWER_ALLOCATION"),
    *reported(
        "Boolean", "AUXILIARY_POWER_SOURCE_AVAILABLE", "SIMULATE",
        "WAS_SESSION_OPENED_BY_INITIALIZE_WITH_INDEPENDENT_CHANNELS", of_instrument=True,
    ),
    *reported(
        "Int32", "CHANNEL_COUNT", "SPECIFIC_DRIVER_CLASS_SPEC_MAJOR_VERSION",
        "SPECIFIC_DRIVER_CLASS_SPEC_MINOR_VERSION", of_instrument=True,
    ),
    *reported(
        "String", "DRIVER_SETUP", "GROUP_CAPABILITIES", "INSTRUMENT_MANUFACTURER",
        "INSTRUMENT_MODEL", "SERIAL_NUMBER", "INSTRUMENT_FIRMWARE_REVISION",
        "IO_RESOURCE_DESCRIPTOR", "LOGICAL_NAME", "SPECIFIC_DRIVER_DESCRIPTION",
        "SPECIFIC_DRIVER_PREFIX", "SPECIFIC_DRIVER_REVISION", "SPECIFIC_DRIVER_VENDOR",
        "SUPPORTED_INSTRUMENT_MODELS", of_instrument=True,
    ),
)  # fmt: skip
