"""The terminals of a card, by their names."""

from mho.sim_instruments.ni_daqmx.card import Card
from mho.sim_instruments.ni_daqmx.errors import (
    DESTINATION_TERMINAL,
    NO_TRIGGER_LINES,
    SOURCE_TERMINAL,
    DaqError,
)
from mho.sim_instruments.ni_daqmx.specifications import PCI, PCIE

_SUBSYSTEMS = {
    "ai": ("SampleClock", "SampleClockTimebase", "StartTrigger", "ReferenceTrigger", "PauseTrigger",
           "ConvertClock", "ConvertClockTimebase", "HoldCompleteEvent", "HoldComplete"),
    "ao": ("SampleClock", "SampleClockTimebase", "StartTrigger", "PauseTrigger"),
    "di": ("SampleClock", "SampleClockTimebase", "StartTrigger", "ReferenceTrigger",
           "PauseTrigger"),
    "do": ("SampleClock", "SampleClockTimebase", "StartTrigger", "PauseTrigger"),
}  # fmt: skip
_COUNTER = ("Source", "Gate", "Aux", "SampleClock", "ArmStartTrigger", "InternalOutput", "A", "B",
            "Z")  # fmt: skip
_INTERNAL = ("20MHzTimebase", "80MHzTimebase", "100MHzTimebase", "100kHzTimebase", "10MHzRefClock",
             "FrequencyOutput", "ChangeDetectionEvent", "AnalogComparisonEvent",
             "PairedCtrInternalOutput", "PairedCtrOutputPulse", "WatchdogExpiredEvent",
             "WatchdogExpirationTrigger",
             "OnboardClock")  # fmt: skip

_CABLES = (PCI, PCIE)
"""Cards on these share the lines of an RTSI cable, the others those of a PXI backplane."""


def lines(card: Card) -> list[str]:
    """Terminals that a signal can be exported to."""
    backplane = "RTSI" if card.what.bus in _CABLES else "PXI_Trig"
    return [*(f"PFI{n}" for n in range(16)), *(f"{backplane}{n}" for n in range(8))]


def all_of(card: Card) -> list[str]:
    """All terminals of a card, as NI-DAQmx lists them."""
    names = [
        *lines(card),
        *(f"APFI{n}" for n in range(2)),
        *(
            f"{subsystem}/{signal}"
            for subsystem, signals in _SUBSYSTEMS.items()
            if subsystem != "ai" or card.what.ai
            for signal in signals
        ),
        *(f"Ctr{n}{signal}" for n in range(card.what.counters) for signal in _COUNTER),
        *_INTERNAL,
    ]
    return [f"/{card.name}/{name}" for name in names]


def source(text: str, card: Card, cards: "dict[str, Card]") -> str:
    """A source terminal with its card, as NI-DAQmx writes it.

    Raises
    ------
    DaqError
        There is no such terminal, or it is on a card on another bus.
    """
    found = _found(text, card, cards)
    if found is None:
        raise DaqError(SOURCE_TERMINAL, f"Source: {text}. Device: {card.name}.")
    giver = next(one for one in cards.values() if found.lower().startswith(f"/{one.name}/".lower()))
    if giver is not card and (giver.what.bus in _CABLES) != (card.what.bus in _CABLES):
        raise DaqError(NO_TRIGGER_LINES, f"Source: {found}. Device: {card.name}.")
    return found


def destination(text: str, card: Card, cards: "dict[str, Card]") -> str:
    """A terminal that a signal is to be exported to, with its card.

    Raises
    ------
    DaqError
        There is no such terminal, or it takes nothing.
    """
    found = _found(text, card, cards)
    takes = {f"/{one.name}/{name}".lower() for one in cards.values() for name in lines(one)}
    if found is None or found.lower() not in takes:
        raise DaqError(DESTINATION_TERMINAL, f"Destination: {text}. Device: {card.name}.")
    return found


def _found(text: str, card: Card, cards: "dict[str, Card]") -> str | None:
    wanted = "".join(text.split())
    if not wanted.startswith("/"):
        wanted = f"/{card.name}/{wanted}"
    known = {name.lower(): name for one in cards.values() for name in all_of(one)}
    found = known.get(wanted.lower())
    if found is None and wanted.lower().replace("rtsi", "pxi_trig") in known:
        found = known[wanted.lower().replace("rtsi", "pxi_trig")]
    return found
