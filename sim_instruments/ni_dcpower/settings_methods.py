"""The Configure methods: each writes one attribute or two, as SetAttribute would."""

import re
from typing import Any

from mho.sim_instruments.ni_dcpower.attributes import ATTRIBUTES
from mho.sim_instruments.ni_dcpower.channel import Channel
from mho.sim_instruments.ni_dcpower.errors import NOT_SUPPORTED, NiError
from mho.sim_instruments.ni_dcpower.methods import Methods, chosen
from mho.sim_instruments.ni_dcpower.values import SECONDS

METHODS = Methods()


def _attribute(name: str) -> str:
    """The attribute that a method is named after: ``VoltageLevel`` is ``VOLTAGE_LEVEL``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()


_PULSE_LEVELS = ("VoltageLevel", "CurrentLevel", "BiasVoltageLevel", "BiasCurrentLevel")
_PULSE_LIMITS = ("VoltageLimit", "CurrentLimit", "BiasVoltageLimit", "BiasCurrentLimit")
_RANGES = ("VoltageLevelRange", "CurrentLimitRange", "CurrentLevelRange", "VoltageLimitRange")

CONFIGURED: dict[str, dict[str, str]] = {
    "SourceMode": {"source_mode": "SOURCE_MODE"},
    "SourceModeWithChannels": {"source_mode": "SOURCE_MODE"},
    "OutputFunction": {"function": "OUTPUT_FUNCTION"},
    "OutputEnabled": {"enabled": "OUTPUT_ENABLED"},
    "VoltageLevel": {"level": "VOLTAGE_LEVEL"},
    "CurrentLimit": {"behavior": "CURRENT_LIMIT_BEHAVIOR", "limit": "CURRENT_LIMIT"},
    "CurrentLevel": {"level": "CURRENT_LEVEL"},
    "VoltageLimit": {"limit": "VOLTAGE_LIMIT"},
    "OutputResistance": {"resistance": "OUTPUT_RESISTANCE"},
    "Sense": {"sense": "SENSE"},
    "PowerLineFrequency": {"powerline_frequency": "POWER_LINE_FREQUENCY"},
    **{name: {"range": _attribute(name)} for name in _RANGES},
    **{f"Pulse{name}": {"range": _attribute(f"Pulse{name}")} for name in _RANGES},
    **{f"Pulse{name}": {"level": _attribute(f"Pulse{name}")} for name in _PULSE_LEVELS},
    **{f"Pulse{name}": {"limit": _attribute(f"Pulse{name}")} for name in _PULSE_LIMITS},
}
"""Method without "Configure" -> field of its request -> attribute, in the order of writing."""


def _configure(method: str, fields: dict[str, str]) -> None:
    @METHODS.each_channel(f"Configure{method}")
    def configure(channel: Channel, request: Any) -> None:
        for field, name in fields.items():
            channel.set(name, ATTRIBUTES[name].kind, chosen(request, field))


for _method, _fields in CONFIGURED.items():
    _configure(_method, _fields)


@METHODS.each_channel("ConfigureApertureTime")
def configure_aperture_time(channel: Channel, request: Any) -> None:
    """Aperture time and its unit in one."""
    channel.set("APERTURE_TIME_UNITS", "Int32", chosen(request, "units") or SECONDS)
    channel.set("APERTURE_TIME", "Real64", request.aperture_time)


@METHODS.each_channel("ConfigureAutoZero")
def configure_auto_zero(_: Channel, __: Any) -> None:
    """A 4139 has no auto zero."""
    raise NiError(NOT_SUPPORTED, "Auto zero.")


@METHODS.each_channel("ConfigureOvp")
def configure_ovp(_: Channel, __: Any) -> None:
    """A 4139 has no overvoltage protection to be set."""
    raise NiError(NOT_SUPPORTED, "Overvoltage protection.")


@METHODS.each_channel(
    "MeasureMultipleLCR",
    "FetchMultipleLCR",
    "ConfigureLCRCompensation",
    "ConfigureLCRCustomCableCompensation",
    "GetLCRCompensationData",
    "GetLCRCompensationLastDateAndTime",
    "GetLCRCustomCableCompensationData",
    "PerformLCRLoadCompensation",
    "PerformLCROpenCompensation",
    "PerformLCROpenCustomCableCompensation",
    "PerformLCRShortCompensation",
    "PerformLCRShortCustomCableCompensation",
)
def lcr(_: Channel, __: Any) -> None:
    """A 4139 is no LCR meter."""
    raise NiError(NOT_SUPPORTED, "LCR measurements.")
