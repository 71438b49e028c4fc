"""A gate that breaks down while pulses are applied to it: their current jumps, and stays up."""

from dataclasses import dataclass, field

from mho.device.profile import DeviceProfile

IN_A_ROW = 3
"""Pulses whose current has jumped: one may be a disturbance."""


@dataclass(slots=True, kw_only=True)
class Watch:
    """Watches the currents of pulses at a terminal that is written and read elsewhere.

    What the first pulse of an amplitude, of either sign, draws is taken for sound. ``factor`` is
    how many times as much is a breakdown; None: nobody looks for one.
    """

    factor: float | None
    _sound: dict[float, float] = field(default_factory=dict)
    _above: int = 0

    def is_broken(self, amplitude: float, current: float) -> bool:
        """Whether a pulse of that amplitude (V) and current (A) makes it a breakdown."""
        if self.factor is None or not amplitude or current != current:
            return False
        sound = self._sound.setdefault(abs(amplitude), abs(current))
        jumped = abs(current) >= self.factor * sound > 0.0
        self._above = self._above + 1 if jumped else 0
        return self._above >= IN_A_ROW


def watch(profile: DeviceProfile) -> Watch:
    """For such a device; one that is read where it is written draws what its state lets it."""
    apart = profile.read_terminal != profile.write_at
    return Watch(factor=profile.breakdown_factor if apart else None)
