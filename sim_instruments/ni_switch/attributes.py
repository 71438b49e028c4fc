"""Attributes of a matrix module: what they are at first, and which a client may set.

Ratings are those of a PXIe-2737 as far as NI publishes them for the family; unverified for others.
"""

from typing import Any

from mho.sim_instruments.ni_switch.errors import ATTRIBUTE_NOT_SUPPORTED, READ_ONLY, SwitchError
from mho.sim_instruments.ni_switch.module import MatrixModule
from mho.sim_instruments.ni_switch.topologies import model_of

Value = bool | int | float | str

DEFAULTS: dict[str, Value] = {
    "RANGE_CHECK": True,
    "QUERY_INSTRUMENT_STATUS": False,
    "CACHE": True,
    "RECORD_COERCIONS": False,
    "INTERCHANGE_CHECK": False,
    "DRIVER_SETUP": "",
    "SCAN_LIST": "",
    "SCAN_MODE": 1,
    "SCAN_DELAY": 0.0,
    "CONTINUOUS_SCAN": False,
    "TRIGGER_INPUT": 1,
    "TRIGGER_INPUT_POLARITY": 1,
    "SCAN_ADVANCED_OUTPUT": 0,
    "SCAN_ADVANCED_POLARITY": 1,
    "TRIGGER_MODE": 0,
    "MASTER_SLAVE_TRIGGER_BUS": 0,
    "MASTER_SLAVE_SCAN_ADVANCED_BUS": 0,
    "CABLED_MODULE_TRIGGER_BUS": 0,
    "CABLED_MODULE_SCAN_ADVANCED_BUS": 0,
    "HANDSHAKING_INITIATION": 0,
    "DIGITAL_FILTER_ENABLE": True,
    "POWER_DOWN_LATCHING_RELAYS_AFTER_DEBOUNCE": False,
    "ANALOG_BUS_SHARING_ENABLE": False,
}
"""What a client may set."""

RATINGS: dict[str, Value] = {
    "BANDWIDTH": 10e6,
    "MAX_DC_VOLTAGE": 100.0,
    "MAX_AC_VOLTAGE": 100.0,
    "MAX_SWITCHING_AC_CURRENT": 0.5,
    "MAX_SWITCHING_DC_CURRENT": 0.5,
    "MAX_CARRY_AC_CURRENT": 1.0,
    "MAX_CARRY_DC_CURRENT": 1.0,
    "MAX_SWITCHING_AC_POWER": 10.0,
    "MAX_SWITCHING_DC_POWER": 10.0,
    "MAX_CARRY_AC_POWER": 100.0,
    "MAX_CARRY_DC_POWER": 100.0,
    "CHARACTERISTIC_IMPEDANCE": 0.0,
}

_OF_CHANNELS = {"IS_SOURCE_CHANNEL": "sources", "IS_CONFIGURATION_CHANNEL": "configuration"}


class Attributes:
    """The attributes of one session on a module."""

    def __init__(self, module: MatrixModule, *, simulated: bool) -> None:
        self._module = module
        self._values = dict(DEFAULTS)
        self._values["SETTLING_TIME"] = module.settings.settling_time
        self._simulated = simulated

    def get(self, name: str, channel: str, *, is_scanning: bool) -> Value:
        """The value of an attribute."""
        if name in _OF_CHANNELS:
            return channel in getattr(self._module, _OF_CHANNELS[name])
        facts = self._facts(is_scanning)
        if name in facts:
            return facts[name]
        if name not in self._values:
            raise SwitchError(ATTRIBUTE_NOT_SUPPORTED, f"Attribute: {name}.")
        return self._values[name]

    def set(self, name: str, channel: str, value: Any) -> None:
        """Set an attribute."""
        if name in _OF_CHANNELS:
            marked: set[str] = getattr(self._module, _OF_CHANNELS[name])
            (marked.add if value else marked.discard)(channel)
            return
        if name in self._facts(False):
            raise SwitchError(READ_ONLY, f"Attribute: {name}.")
        if name not in self._values:
            raise SwitchError(ATTRIBUTE_NOT_SUPPORTED, f"Attribute: {name}.")
        self._values[name] = value

    def back(self) -> None:
        """All of them as at first."""
        self._values.update(DEFAULTS)
        self._module.sources.clear()
        self._module.configuration.clear()

    def _facts(self, is_scanning: bool) -> dict[str, Value]:
        module = self._module
        return {
            **RATINGS,
            "SIMULATE": self._simulated,
            "CHANNEL_COUNT": len(module.channels),
            "NUM_OF_ROWS": module.rows,
            "NUM_OF_COLUMNS": module.columns,
            "NUMBER_OF_RELAYS": len(module.relays),
            "WIRE_MODE": int(module.settings.topology.partition("/")[2][0]),
            "IS_DEBOUNCED": not module.unsettled,
            "IS_SCANNING": is_scanning,
            "IS_WAITING_FOR_TRIG": is_scanning,
            "INSTRUMENT_MODEL": model_of(module.settings.topology),
            "INSTRUMENT_MANUFACTURER": "National Instruments",
            "INSTRUMENT_FIRMWARE_REVISION": "0.0.0 (simulated)",
            "SERIAL_NUMBER": "SIM2737",
            "SERIAL_NUMBER_I32": 2737,
            "SPECIFIC_DRIVER_PREFIX": "niSwitch",
            "SPECIFIC_DRIVER_REVISION": "0.0.0 (simulated)",
            "SPECIFIC_DRIVER_VENDOR": "mho",
            "SPECIFIC_DRIVER_DESCRIPTION": "NI-SWITCH, simulated by mho",
            "SPECIFIC_DRIVER_CLASS_SPEC_MAJOR_VERSION": 3,
            "SPECIFIC_DRIVER_CLASS_SPEC_MINOR_VERSION": 0,
            "SUPPORTED_INSTRUMENT_MODELS": "NI PXIe-2737, 2738, 2739, NI PXI-2532, 2535, 2536",
            "GROUP_CAPABILITIES": "IviSwtchBase,IviSwtchScanner,IviSwtchSoftwareTrigger",
            "LOGICAL_NAME": "",
            "IO_RESOURCE_DESCRIPTOR": module.resource,
            "PARSED_SCAN_LIST": str(self._values["SCAN_LIST"]),
            "TEMPERATURE": 25.0,
        }
