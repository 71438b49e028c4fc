"""The bench: instruments wired to the terminals of a device, behind one small interface."""

from mho.bench.actuator import Actuator, Points
from mho.bench.bench import Bench, ChannelLimits, InstrumentIdentity
from mho.bench.instrument import Instrument
from mho.bench.owner import Owner, Unowned
from mho.bench.plan import Plan, Planned, PlannedBias
from mho.bench.recorder import Recorder
from mho.bench.selection import RelayPath, Selection
from mho.bench.wiring import WiredTerminal

__all__ = [
    "Actuator",
    "Bench",
    "ChannelLimits",
    "Instrument",
    "InstrumentIdentity",
    "Owner",
    "Plan",
    "Planned",
    "PlannedBias",
    "Points",
    "Recorder",
    "RelayPath",
    "Selection",
    "Unowned",
    "WiredTerminal",
]
