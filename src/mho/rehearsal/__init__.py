"""The rehearsal: one simulated world, shared by every simulated instrument of a bench."""

from mho.rehearsal.world import Member, World, unconnected

__all__ = ["Member", "World", "unconnected"]
