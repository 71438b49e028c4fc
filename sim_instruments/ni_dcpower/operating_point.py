"""What a channel is to put on its output, worked out from its settings."""

from functools import cache
from typing import Any, NamedTuple

from mho.sim_instruments.ni_dcpower.attribute import Settings
from mho.sim_instruments.ni_dcpower.errors import INVALID_VALUE, NiError
from mho.sim_instruments.ni_dcpower.specifications import (
    CURRENT_RANGES,
    MIN_LIMIT,
    OVERRANGE,
    PULSE_CURRENT_RANGES,
    ROUNDING,
    VOLTAGE_RANGES,
    Range,
    fitting,
)
from mho.sim_instruments.ni_dcpower.values import (
    ASYMMETRIC,
    DC_CURRENT,
    DC_VOLTAGE,
    PULSE_CURRENT,
    PULSE_VOLTAGE,
)
from mho.stimuli import OPEN, Drive, Source


class Family(NamedTuple):
    """The attributes that belong to one output function, or to the bias of a pulse."""

    level: str
    level_range: str
    limit: str
    limit_range: str
    sources_current: bool


FAMILIES = {
    DC_VOLTAGE: Family(
        "VOLTAGE_LEVEL", "VOLTAGE_LEVEL_RANGE", "CURRENT_LIMIT", "CURRENT_LIMIT_RANGE", False
    ),
    DC_CURRENT: Family(
        "CURRENT_LEVEL", "CURRENT_LEVEL_RANGE", "VOLTAGE_LIMIT", "VOLTAGE_LIMIT_RANGE", True
    ),
    PULSE_VOLTAGE: Family(
        "PULSE_VOLTAGE_LEVEL",
        "PULSE_VOLTAGE_LEVEL_RANGE",
        "PULSE_CURRENT_LIMIT",
        "PULSE_CURRENT_LIMIT_RANGE",
        False,
    ),
    PULSE_CURRENT: Family(
        "PULSE_CURRENT_LEVEL",
        "PULSE_CURRENT_LEVEL_RANGE",
        "PULSE_VOLTAGE_LIMIT",
        "PULSE_VOLTAGE_LIMIT_RANGE",
        True,
    ),
}
BIASES = {
    PULSE_VOLTAGE: FAMILIES[PULSE_VOLTAGE]._replace(
        level="PULSE_BIAS_VOLTAGE_LEVEL", limit="PULSE_BIAS_CURRENT_LIMIT"
    ),
    PULSE_CURRENT: FAMILIES[PULSE_CURRENT]._replace(
        level="PULSE_BIAS_CURRENT_LEVEL", limit="PULSE_BIAS_VOLTAGE_LIMIT"
    ),
}
_AUTORANGES = {
    name: name.replace("_RANGE", "_AUTORANGE")
    for family in FAMILIES.values()
    for name in (family.level_range, family.limit_range)
}
_VOLTAGE_ROWS = {row.full_scale: row for row in VOLTAGE_RANGES}
_CURRENT_ROWS = {row.full_scale: row for row in PULSE_CURRENT_RANGES}


class OperatingPoint(NamedTuple):
    """Level and limit on given ranges; the limit is a magnitude.

    ``resistance`` is that of a voltage source (ohm).
    """

    level: float
    limit: float
    sources_current: bool
    ranges: tuple[Range, Range]
    enabled: bool
    connected: bool
    resistance: float = 0.0

    def drive(self) -> Drive:
        """What this is to the terminal. Disabled, the output holds 0 V; disconnected, it is open.

        A source of 0 A is a voltmeter. So is not an output whose relay is open: it reads nothing.
        """
        if not self.connected:
            return OPEN
        if not self.enabled:
            return Drive(0.0, self.ranges[1].full_scale if self.sources_current else self.limit)
        return Drive(
            self.level, self.limit, Source.CURRENT if self.sources_current else Source.VOLTAGE
        )


def operating_point(settings: Settings, family: Family) -> OperatingPoint:
    """What ``settings`` ask of the output."""
    level = settings[family.level]
    limit = limit_for(settings, family, level)
    level_range = effective_range(settings, family.level_range, level)
    limit_range = effective_range(settings, family.limit_range, limit)
    ranges = (limit_range, level_range) if family.sources_current else (level_range, limit_range)
    return OperatingPoint(
        level,
        limit,
        family.sources_current,
        _rows(*ranges),
        settings["OUTPUT_ENABLED"],
        settings["OUTPUT_CONNECTED"],
        settings["OUTPUT_RESISTANCE"] if family is FAMILIES[DC_VOLTAGE] else 0.0,
    )


@cache
def _rows(voltage: float, current: float) -> tuple[Range, Range]:
    """The ranges of a voltage and a current; always the same object, by which a meter knows it."""
    return _VOLTAGE_ROWS[voltage], _CURRENT_ROWS[current]


def limit_for(settings: Settings, family: Family, level: float) -> float:
    """The limit as a magnitude.

    The device model takes one magnitude, so of two asymmetric limits the one on the side of the
    level holds; at level 0 the smaller one.
    """
    if settings["COMPLIANCE_LIMIT_SYMMETRY"] != ASYMMETRIC:
        return float(settings[family.limit])
    high, low = settings[family.limit + "_HIGH"], -settings[family.limit + "_LOW"]
    return float(high if level > 0 else low if level < 0 else min(high, low))


def effective_range(settings: Settings, name: str, value: float) -> float:
    """The hardware range in use: as set, or with autorange on the smallest that fits."""
    if settings.get(_AUTORANGES[name]):
        overrange = OVERRANGE if settings["OVERRANGING_ENABLED"] else 1.0
        table = VOLTAGE_RANGES if "VOLTAGE" in name else CURRENT_RANGES
        return fitting(table, value / overrange).full_scale
    return float(settings[name])


def autoranged(
    ranges: tuple[Range, Range], voltage: float, current: float, smallest: tuple[float, float]
) -> tuple[Range, Range]:
    """The ranges a meter measures in with autorange: the smallest that fit, never above its own."""
    return (
        _autoranged(VOLTAGE_RANGES, ranges[0], max(abs(voltage), smallest[0])),
        _autoranged(PULSE_CURRENT_RANGES, ranges[1], max(abs(current), smallest[1])),
    )


def _autoranged(table: tuple[Range, ...], own: Range, value: float) -> Range:
    return next((row for row in table if value <= row.full_scale <= own.full_scale), own)


def check(settings: Settings, family: Family, *, smallest_limit: bool = True) -> None:
    """Refuse levels and limits beyond their ranges, and limits too small for them.

    ``smallest_limit`` False leaves the last check out: while running, limit and range can only
    be changed one after the other.
    """
    overrange = OVERRANGE if settings["OVERRANGING_ENABLED"] else 1.0
    level = settings[family.level]
    _within(family.level, level, overrange * effective_range(settings, family.level_range, level))
    asymmetric = settings["COMPLIANCE_LIMIT_SYMMETRY"] == ASYMMETRIC
    names = [family.limit + end for end in (("_HIGH", "_LOW") if asymmetric else ("",))]
    for name in names:
        limit = settings[name]
        full_scale = effective_range(settings, family.limit_range, limit)
        _within(name, limit, overrange * full_scale)
        if smallest_limit and abs(limit) < MIN_LIMIT * full_scale / ROUNDING:
            raise NiError(
                INVALID_VALUE,
                f"Property: {_title(name)}, requested value: {limit:g}, "
                f"smallest magnitude in this range: {MIN_LIMIT * full_scale:g}",
            )


def _within(name: str, value: Any, largest: float) -> None:
    if not abs(value) <= largest * ROUNDING:  # NaN is refused too
        raise NiError(
            INVALID_VALUE,
            f"Property: {_title(name)}, requested value: {value:g}, "
            f"largest magnitude in this range: {largest:g}",
        )


def _title(name: str) -> str:
    return name.replace("_", " ").title()
