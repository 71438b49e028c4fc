"""The bench: instruments wired to the terminals of a device, behind one small interface."""

from mho.bench.bench import Bench, ChannelLimits, InstrumentIdentity, curve_by_curve

__all__ = ["Bench", "ChannelLimits", "InstrumentIdentity", "curve_by_curve"]
