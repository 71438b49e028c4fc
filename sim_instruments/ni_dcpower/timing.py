"""How long things take, and which timings the module refuses. Seconds."""

import math

from mho.sim_instruments.ni_dcpower.attribute import Settings, whole_samples
from mho.sim_instruments.ni_dcpower.errors import INVALID_CONFIGURATION, INVALID_VALUE, NiError
from mho.sim_instruments.ni_dcpower.operating_point import FAMILIES
from mho.sim_instruments.ni_dcpower.specifications import (
    CURRENT_RANGES,
    DELTA_TIME_MAX_LEVEL,
    MAX_SAMPLES,
    ROUNDING,
    SAMPLE_RATE,
    Version,
)
from mho.sim_instruments.ni_dcpower.values import (
    AFTER_SOURCE_COMPLETE,
    ON_DEMAND,
    POWER_LINE_CYCLES,
    PULSE_CURRENT,
    PULSE_VOLTAGE,
    SINGLE_POINT,
)

PULSED = (PULSE_VOLTAGE, PULSE_CURRENT)


def measures_when(settings: Settings) -> int:
    """Measure When, whose default follows the source mode; pulses are measured automatically."""
    chosen = int(settings["MEASURE_WHEN"])
    if chosen:
        return chosen
    on_demand = settings["SOURCE_MODE"] == SINGLE_POINT
    if on_demand and settings["OUTPUT_FUNCTION"] not in PULSED:
        return ON_DEMAND
    return AFTER_SOURCE_COMPLETE


def aperture(settings: Settings) -> float:
    """Time that one measurement takes: whole samples, times the samples to average."""
    value = whole_samples(settings["APERTURE_TIME"], settings)
    if settings["APERTURE_TIME_UNITS"] == POWER_LINE_CYCLES:
        value /= settings["POWER_LINE_FREQUENCY"]
    samples = round(value * SAMPLE_RATE) * settings["SAMPLES_TO_AVERAGE"]
    return float(samples / SAMPLE_RATE)


def record_time(settings: Settings) -> float:
    """Time from Source Complete to the end of the measure record."""
    if measures_when(settings) != AFTER_SOURCE_COMPLETE:
        return 0.0
    return aperture(settings) * int(settings["MEASURE_RECORD_LENGTH"])


def check_timing(settings: Settings, version: Version) -> None:
    """Refuse timings and combinations of one configuration, or one step of a sequence."""
    if aperture(settings) * SAMPLE_RATE > MAX_SAMPLES * ROUNDING:
        raise NiError(INVALID_VALUE, f"Property: Aperture Time, {aperture(settings):g} s.")
    when = measures_when(settings)
    endless = not settings["MEASURE_RECORD_LENGTH_IS_FINITE"]
    if when == ON_DEMAND and (endless or settings["MEASURE_RECORD_LENGTH"] > 1):
        raise NiError(INVALID_CONFIGURATION, "A measure record cannot be taken on demand.")
    sequence = settings["SOURCE_MODE"] != SINGLE_POINT
    if endless and when == AFTER_SOURCE_COMPLETE and sequence:
        raise NiError(INVALID_CONFIGURATION, "An endless measure record would stop the sequence.")
    if settings["OUTPUT_FUNCTION"] in PULSED:
        _check_pulse(settings, version)
    elif settings["SEQUENCE_STEP_DELTA_TIME_ENABLED"]:
        _check_delta_time(settings)


def _check_pulse(settings: Settings, version: Version) -> None:
    if measures_when(settings) == ON_DEMAND or not settings["MEASURE_RECORD_LENGTH_IS_FINITE"]:
        raise NiError(INVALID_CONFIGURATION, "Pulses are measured automatically.")
    on, off = settings["PULSE_ON_TIME"], settings["PULSE_OFF_TIME"]
    if on < version.min_pulse_on / ROUNDING:
        raise NiError(
            INVALID_VALUE,
            f"Property: Pulse On Time, requested {on:g} s, minimum {version.min_pulse_on:g} s.",
        )
    family = FAMILIES[settings["OUTPUT_FUNCTION"]]
    current_range = settings[family.level_range if family.sources_current else family.limit_range]
    if current_range <= CURRENT_RANGES[-1].full_scale:
        return
    current = abs(settings[family.level if family.sources_current else family.limit])
    if version.power > 20:
        longest, duty = 2e-3 * 7 / max(current - 3, 1e-3), math.inf
    else:
        longest, duty = 1e-3, 0.05
    if on > longest * ROUNDING or on + off < 5e-3 / ROUNDING or on > duty * (on + off) * ROUNDING:
        raise NiError(
            INVALID_VALUE,
            f"A pulse in the 10 A range may last {longest:g} s in a cycle of 5 ms or more, "
            f"asked for {on:g} s in {on + off:g} s.",
        )


def _check_delta_time(settings: Settings) -> None:
    family = FAMILIES[settings["OUTPUT_FUNCTION"]]
    volts = settings[family.limit if family.sources_current else family.level]
    if abs(volts) > DELTA_TIME_MAX_LEVEL:
        raise NiError(INVALID_VALUE, "Sequence step delta time is not available above 42.4 V.")
    needed = settings["SOURCE_DELAY"] + record_time(settings)
    if needed > settings["SEQUENCE_STEP_DELTA_TIME"] * ROUNDING:
        raise NiError(
            INVALID_VALUE,
            f"A step takes {needed:g} s, longer than the sequence step delta time.",
        )
