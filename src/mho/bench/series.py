"""Series resistance: what lies between a source and the device, and what it takes.

A channel has a resistance of its own, before the point where it measures the voltage (50 ohm of a
pulse card), and the bench file may give one of the wiring, behind that point. Where a device has
two terminals, the current of one comes back through the other, and so through the resistances of
that channel as well: its terminal does not stand at 0 V.
"""

from collections.abc import Mapping
from dataclasses import replace

from mho.bench.bench import ChannelLimits
from mho.device.profile import DeviceProfile
from mho.readings import Reading, Samples, Trace
from mho.stimuli import Segment, Stimulus

Limits = Mapping[str, ChannelLimits]


def way_back(profile: DeviceProfile, limits: Limits, terminal: str) -> str | None:
    """The other terminal of a device that has two; None where it has more, or is grounded."""
    others = [name for name in profile.terminals if name != terminal and name in limits]
    if len(others) != 1 or len(profile.terminals) != 2:
        return None
    return None if profile.terminals[others[0]].rests == "open" else others[0]


def whole(limits: Limits, terminal: str) -> float:
    """Ohms between the source at a terminal and the device; what nobody said counts as none."""
    return limits[terminal].output_resistance + (limits[terminal].series_resistance or 0.0)


def there_and_back(profile: DeviceProfile, limits: Limits, terminal: str) -> float:
    """Ohms that the current of a terminal passes beside the device, the other one being at rest."""
    other = way_back(profile, limits, terminal)
    return whole(limits, terminal) + (0.0 if other is None else whole(limits, other))


def is_known(profile: DeviceProfile, limits: Limits, terminal: str) -> bool:
    """Whether anything is known of the resistance on the way: by the channel, or the bench file."""
    names = terminal, way_back(profile, limits, terminal)
    return any(
        limits[name].output_resistance > 0 or limits[name].series_resistance is not None
        for name in names
        if name is not None
    )


class AtTheDevice:
    """Brings measured voltages from where they were measured to the device.

    It takes off what the current takes between the point of measuring and the device, and on the
    way back: what is left stood at the device against the level of the other terminal. Where both
    terminals are measured at once, each keeps what stood at itself. What was not measured stays
    NaN, and so does a voltage whose current was not.
    """

    def __init__(self, profile: DeviceProfile, limits: Limits) -> None:
        self._own = {name: limits[name].series_resistance or 0.0 for name in limits}
        self._back = {}
        for name in limits:
            other = way_back(profile, limits, name)
            if other is not None:
                self._back[name] = other, whole(limits, other)
        self.changes_nothing = not any(self._own.values()) and not any(
            ohms for _, ohms in self._back.values()
        )

    def trace(self, stimulus: Stimulus, trace: Trace) -> Trace:
        """The readings of a stimulus, with the voltages that stood at the device."""
        others, record = (
            tuple(self._brought(one, self._own[one.terminal]) for one in readings)
            for readings in (trace.others, trace.record)
        )
        if len(stimulus.terminals) == 1:
            ohms = self._own[stimulus.terminal] + self._way_back(stimulus.terminal)
            asked = trace.asked
            if isinstance(asked, Samples):
                voltage = asked.voltage - ohms * asked.current
                return Trace(replace(asked, voltage=voltage), others, record=record)
            return Trace(tuple(self._brought(one, ohms) for one in asked), others, record=record)
        taken, score, found = iter(trace), stimulus.score(), []
        for column in score.columns():
            together = dict(zip(score.terminals, column, strict=True))
            for segment in column:
                if segment.aperture is not None and (reading := next(taken, None)) is not None:
                    ohms = self._own[reading.terminal]
                    ohms += self._way_back(reading.terminal, together)
                    found.append(self._brought(reading, ohms))
        return Trace((*found, *taken), others, record=record)

    def _way_back(self, terminal: str, driven: Mapping[str, Segment] | None = None) -> float:
        """Ohms on the way back, where the other terminal is not measured itself."""
        if terminal not in self._back:
            return 0.0
        other, ohms = self._back[terminal]
        stands = (driven or {}).get(other)
        return ohms if stands is None or stands.aperture is None else 0.0

    @staticmethod
    def _brought(reading: Reading, ohms: float) -> Reading:
        if not ohms:
            return reading
        return reading._replace(voltage=reading.voltage - ohms * reading.current)
