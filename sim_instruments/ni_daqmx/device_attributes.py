"""Properties of the system, its cards and their physical channels."""

from typing import TYPE_CHECKING, Any

from mho.sim_instruments.ni_daqmx import channel as channels
from mho.sim_instruments.ni_daqmx import names, terminals, values
from mho.sim_instruments.ni_daqmx.card import Card
from mho.sim_instruments.ni_daqmx.errors import (
    ATTR_NOT_SUPPORTED,
    PHYSICAL_CHAN_DOES_NOT_EXIST,
    DaqError,
)
from mho.sim_instruments.ni_daqmx.specifications import PXI, PXIE, TIMEBASE
from mho.sim_instruments.ni_daqmx.timing import fastest

if TYPE_CHECKING:
    from mho.sim_instruments.ni_daqmx.attributes import Asked

VERSION = (24, 8, 0)
"""Of NI-DAQmx: major, minor, update."""
_VOLTAGE, _MODES = 10322, [values.CONTINUOUS, values.FINITE]
_RSE, _NRSE, _DIFF = 0x1, 0x2, 0x4
"""Terminal configurations as bits."""
_START, _PAUSE, _REFERENCE, _ARM = 0x8, 0x2, 0x4, 0x20
"""Uses of triggers as bits."""


def get_system(asked: "Asked") -> Any:
    """Driver version, names of cards and saved tasks."""
    versions = {
        "NIDAQ_MAJOR_VERSION": VERSION[0],
        "NIDAQ_MINOR_VERSION": VERSION[1],
        "NIDAQ_UPDATE_VERSION": VERSION[2],
    }
    if asked.name in versions:
        return versions[asked.name]
    if asked.name == "DEV_NAMES":
        return names.joined(list(asked.chassis.cards))
    return names.joined(list(asked.chassis.saved)) if asked.name == "TASKS" else ""


def get_device(asked: "Asked") -> Any:
    """A property of a card.

    Raises
    ------
    DaqError
        There is no such card, or it has no such property.
    """
    card = channels.device_of(asked.request.device_name, asked.chassis.cards)
    found = {**_facts(card), **_lists(card), **_place(card)}
    if asked.name not in found:
        raise DaqError(ATTR_NOT_SUPPORTED, f"Property: {asked.name}. Device: {card.name}.")
    return found[asked.name]


def _facts(card: Card) -> dict[str, Any]:
    what = card.what
    return {
        "PRODUCT_TYPE": card.settings.product,
        "PRODUCT_CATEGORY": what.category,
        "PRODUCT_NUM": what.product_number,
        "SERIAL_NUM": 0 if card.settings.is_simulated else card.serial,
        "IS_SIMULATED": card.settings.is_simulated,
        "BUS_TYPE": what.bus,
        "PCI_BUS_NUM": 0, "PCI_DEV_NUM": 0, "NUM_DMA_CHANS": 8,
        "ANLG_TRIG_SUPPORTED": bool(what.ai), "DIG_TRIG_SUPPORTED": True,
        "AI_SIMULTANEOUS_SAMPLING_SUPPORTED": False, "TIME_TRIG_SUPPORTED": False,
        "AO_SAMP_CLK_SUPPORTED": True, "CI_SAMP_CLK_SUPPORTED": True, "CO_SAMP_CLK_SUPPORTED": True,
        "TEDS_HWTEDS_SUPPORTED": False,
        "AI_TRIG_USAGE": _START | _PAUSE | _REFERENCE if what.ai else 0,
        "AO_TRIG_USAGE": _START | _PAUSE,
        "DI_TRIG_USAGE": _START | _PAUSE | _REFERENCE, "DO_TRIG_USAGE": _START | _PAUSE,
        "CI_TRIG_USAGE": _ARM | _PAUSE, "CO_TRIG_USAGE": _ARM | _PAUSE | _START,
        "AI_COUPLINGS": 0x2,
        "AI_MAX_SINGLE_CHAN_RATE": what.ai_single_rate,
        "AI_MAX_MULTI_CHAN_RATE": what.ai_total_rate,
        "AI_MIN_RATE": TIMEBASE / 2**32,
        "AO_MAX_RATE": fastest(card, values.AO, 1), "AO_MIN_RATE": TIMEBASE / 2**32,
        "DI_MAX_RATE": fastest(card, values.DI, 1), "DO_MAX_RATE": fastest(card, values.DO, 1),
        "CI_MAX_SIZE": 32, "CO_MAX_SIZE": 32,
        "CI_MAX_TIMEBASE": TIMEBASE, "CO_MAX_TIMEBASE": TIMEBASE,
        "AI_VOLTAGE_RNGS": _both_ends(card.ai_ranges) if what.ai else [],
        "AI_CURRENT_RNGS": [], "AI_FREQ_RNGS": [], "AI_GAINS": [],
        "AO_VOLTAGE_RNGS": [-what.ao_range, what.ao_range], "AO_CURRENT_RNGS": [], "AO_GAINS": [],
        "AI_SUPPORTED_MEAS_TYPES": [_VOLTAGE] * bool(what.ai),
        "AO_SUPPORTED_OUTPUT_TYPES": [_VOLTAGE],
        "CI_SUPPORTED_MEAS_TYPES": [10125], "CO_SUPPORTED_OUTPUT_TYPES": [10119, 10269, 10268],
        "AI_SAMP_MODES": _MODES * bool(what.ai), "AO_SAMP_MODES": _MODES,
        "CI_SAMP_MODES": _MODES, "CO_SAMP_MODES": _MODES,
        "ACCESSORY_PRODUCT_TYPES": "", "ACCESSORY_PRODUCT_NUMS": [], "ACCESSORY_SERIAL_NUMS": [],
        "AI_NUM_SAMP_TIMING_ENGINES": int(bool(what.ai)), "AO_NUM_SAMP_TIMING_ENGINES": 1,
        "DI_NUM_SAMP_TIMING_ENGINES": 1, "DO_NUM_SAMP_TIMING_ENGINES": 1,
    }  # fmt: skip


def _both_ends(magnitudes: tuple[float, ...]) -> list[float]:
    """Ranges as NI-DAQmx lists them, the largest first."""
    return [end for largest in reversed(magnitudes) for end in (-largest, largest)]


def _place(card: Card) -> dict[str, int]:
    """Where a PXI card is; slots of modules come first."""
    if card.what.bus not in (PXI, PXIE):
        return {}
    return {"PXI_CHASSIS_NUM": 1, "PXI_SLOT_NUM": card.number + 6}


def _lists(card: Card) -> dict[str, str]:
    lines = [name for port in card.ports.values() for name in card.lines_of_port(port)]
    ports = [f"{card.name}/{name}" for name in card.ports]
    counters = names.joined([f"{card.name}/ctr{n}" for n in range(card.what.counters)])
    return {
        "AI_PHYSICAL_CHANS": names.joined([f"{card.name}/{name}" for name in card.inputs]),
        "AO_PHYSICAL_CHANS": names.joined([f"{card.name}/{name}" for name in card.outputs]),
        "DI_LINES": names.joined(lines), "DO_LINES": names.joined(lines),
        "DI_PORTS": names.joined(ports), "DO_PORTS": names.joined(ports),
        "CI_PHYSICAL_CHANS": counters, "CO_PHYSICAL_CHANS": counters,
        "TERMINALS": names.joined(terminals.all_of(card)),
    }  # fmt: skip


def get_physical(asked: "Asked") -> Any:
    """A property of a physical channel, line or port.

    Raises
    ------
    DaqError
        There is no such channel, or it has no such property.
    """
    text = asked.request.physical_channel
    card, rest = channels.split(text, asked.chassis.cards)
    found = _physical(text, card, rest, asked)
    name = asked.name.removeprefix("PHYSICAL_CHAN_")
    if name not in found:
        raise DaqError(ATTR_NOT_SUPPORTED, f"Property: {name}. Physical Channel: {text}.")
    return found[name]


def _physical(text: str, card: Card, rest: str, asked: "Asked") -> dict[str, Any]:
    if rest in card.inputs:
        number = int(rest.removeprefix("ai"))
        positive = number % 16 < 8  # the other half are the negative ends of these
        return {
            "AI_TERM_CFGS": _RSE | _NRSE | (_DIFF if positive else 0),
            "AI_SUPPORTED_MEAS_TYPES": [_VOLTAGE], "AI_INPUT_SRCS": rest,
        }  # fmt: skip
    if rest in card.outputs:
        return {
            "AO_TERM_CFGS": _RSE, "AO_SUPPORTED_OUTPUT_TYPES": [_VOLTAGE],
            "AO_MANUAL_CONTROL_ENABLE": False,
        }  # fmt: skip
    if rest.startswith("ctr"):
        channels.counter(text, asked.chassis.cards)
        return {
            "CI_SUPPORTED_MEAS_TYPES": [10125],
            "CO_SUPPORTED_OUTPUT_TYPES": [10119, 10269, 10268],
        }
    if "line" not in rest and "port" not in rest:
        raise DaqError(PHYSICAL_CHAN_DOES_NOT_EXIST, f"Physical Channel: {text}.")
    _, lines, _ = channels.digital(text, asked.chassis.cards)
    clocked = bool(lines[0][0].rate)
    modes = _MODES if clocked else []
    return {
        "DI_PORT_WIDTH": len(lines), "DO_PORT_WIDTH": len(lines),
        "DI_SAMP_CLK_SUPPORTED": clocked, "DO_SAMP_CLK_SUPPORTED": clocked,
        "DI_CHANGE_DETECT_SUPPORTED": True, "DI_SAMP_MODES": modes, "DO_SAMP_MODES": modes,
        "DIG_PORT_LOGIC_FAMILY": 14619,
    }  # fmt: skip


# ---- calibration

USER_INFO = "CAL_USER_DEFINED_INFO"
_CALIBRATION: dict[str, Any] = {
    "SELF_CAL_SUPPORTED": True, "SELF_CAL_LAST_TEMP": 0.0, "EXT_CAL_LAST_TEMP": 0.0,
    "CAL_DEV_TEMP": 0.0, "EXT_CAL_RECOMMENDED_INTERVAL": 24, "CAL_USER_DEFINED_INFO_MAX_SIZE": 4,
}  # fmt: skip


def get_calibration(asked: "Asked") -> Any:
    """What a card says of its calibration; it has none."""
    card = channels.device_of(asked.request.device_name, asked.chassis.cards)
    if asked.name == USER_INFO:
        return card.notes
    if asked.name not in _CALIBRATION:
        raise DaqError(ATTR_NOT_SUPPORTED, f"Property: {asked.name}. Device: {card.name}.")
    return _CALIBRATION[asked.name]


def set_calibration(asked: "Asked", value: Any) -> None:
    """Only a note of the user can be set."""
    card = channels.device_of(asked.request.device_name, asked.chassis.cards)
    if asked.name != USER_INFO:
        raise DaqError(ATTR_NOT_SUPPORTED, f"Property: {asked.name}. It cannot be set.")
    card.notes = str(value)[: _CALIBRATION["CAL_USER_DEFINED_INFO_MAX_SIZE"]]
