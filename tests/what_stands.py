"""What a stimulus puts on its terminals, moment by moment, read from its own fields.

Written from what the fields mean, as a second opinion: it never asks a stimulus for its score, and
knows nothing of how limits are judged.
"""

from dataclasses import dataclass
from itertools import product
from math import isfinite
from typing import NamedTuple

from mho.stimuli import Family, Hold, Pulse, PulseTrain, Source, Sweep, Waveforms

AT_REST = 50e-6
TINY = 1e-9


class Stand(NamedTuple):
    """What drives one terminal, and for how long it is read at the end of the moment."""

    level: float
    limit: float
    source: Source = Source.VOLTAGE
    aperture: float | None = None
    what: str = "rest"  # or "pulse", "read", "held"


class Moment(NamedTuple):
    lasts: float
    at: dict


def moments(stimulus):
    """Every moment of a stimulus, the return to rest in the end included."""
    match stimulus:
        case Pulse():
            pulses, rest = [stimulus.amplitude], stimulus.rest if stimulus.verify else 0.0
            yield from pulsed(stimulus, pulses, rest, 1)
        case PulseTrain():
            yield from pulsed(stimulus, stimulus.amplitudes, stimulus.rest, stimulus.verify_every)
        case Sweep():
            yield from swept(stimulus)
            yield ended(stimulus)
        case Family():
            yield from family(stimulus)
        case Hold():
            read = Stand(
                stimulus.level, stimulus.compliance, stimulus.source, stimulus.aperture, "read"
            )
            for _ in range(stimulus.count):
                yield Moment(stimulus.interval, {stimulus.terminal: read})
            yield ended(stimulus)
        case Waveforms():
            yield from waveforms(stimulus)
        case _:
            raise AssertionError(stimulus)


def ended(stimulus):
    rest = Stand(0.0, stimulus.compliance, stimulus.source)
    return Moment(AT_REST, {stimulus.terminal: rest})


def pulsed(stimulus, amplitudes, rest, every):
    terminal, verify = stimulus.terminal, stimulus.verify
    reading = terminal if verify is None else verify.terminal or terminal
    quiet = {terminal: Stand(0.0, stimulus.compliance, stimulus.source)}
    if reading != terminal:
        quiet[reading] = Stand(0.0, verify.compliance)
    for number, amplitude in enumerate(amplitudes, start=1):
        pulse = Stand(
            amplitude,
            stimulus.compliance,
            stimulus.source,
            stimulus.width / 2,
            "pulse" if amplitude != 0 else "rest",
        )
        yield Moment(stimulus.width, {**quiet, terminal: pulse})
        if rest != 0:
            yield Moment(rest, quiet)
        if verify is not None and number % every == 0:
            read = Stand(verify.voltage, verify.compliance, Source.VOLTAGE, verify.aperture, "read")
            yield Moment(verify.settle + verify.aperture, {**quiet, reading: read})
    yield Moment(AT_REST, quiet)


def swept(sweep):
    for level in sweep.levels:
        what = "read" if abs(level) <= sweep.read_up_to else "pulse"
        yield Moment(
            sweep.dwell,
            {sweep.terminal: Stand(level, sweep.compliance, sweep.source, sweep.aperture, what)},
        )


def family(stimulus):
    sweep = stimulus.sweep
    lead = round(stimulus.settle - (sweep.dwell - sweep.aperture), 6)
    for step in stimulus.steps:
        held = Stand(step, stimulus.step_compliance, what="held" if step != 0 else "rest")
        if lead > 0:
            rest = Stand(0.0, sweep.compliance, sweep.source)
            yield Moment(lead, {sweep.terminal: rest, stimulus.stepped: held})
        for moment in swept(sweep):
            yield Moment(moment.lasts, {**moment.at, stimulus.stepped: held})
    end = ended(sweep)
    yield Moment(end.lasts, {**end.at, stimulus.stepped: Stand(0.0, stimulus.step_compliance)})


def waveforms(stimulus):
    verify, limit = stimulus.verify, stimulus.compliance
    reading = verify.terminal or stimulus.terminal
    quiet = {name: Stand(0.0, limit) for name in (reading, *dict(stimulus.levels))}
    for index, lasts in enumerate(stimulus.durations):
        driven = {
            name: Stand(levels[index], limit, what="pulse")
            for name, levels in stimulus.levels
            if levels[index] != 0
        }
        yield Moment(lasts, {**quiet, **driven})
    read = Stand(verify.voltage, verify.compliance, Source.VOLTAGE, verify.aperture, "read")
    yield Moment(verify.settle + verify.aperture, {**quiet, reading: read})
    yield Moment(AT_REST, quiet)


@dataclass
class Rig:
    """A device and the channels at its terminals, with what is held at them."""

    profile: object
    limits: dict
    held: dict

    def beyond(self, stimulus):
        """In words of ours, everything by which a stimulus is beyond what the rig stands."""
        found = set(mistakes(stimulus))
        everything = list(moments(stimulus))
        played, closing = everything[:-1], everything[-1]
        for moment in played:
            for name, stand in moment.at.items():
                found |= {
                    f"{name}: {what}" for what in self.at(name, moment.lasts, stand, stimulus)
                }
            found |= set(self.between(moment, stimulus))
        stops = getattr(stimulus, "stop_in_compliance", False)
        if stops and not self.limits[stimulus.terminal].stops_in_compliance:
            found.add("stops")
        readings = sum(s.aperture is not None for m in played for s in m.at.values())
        if isinstance(stimulus, Family):
            readings /= max(len(stimulus.steps), 1)
        most = min(self.limits[name].max_points for name in closing.at)
        if not 0 < readings <= most:
            found.add("points")
        return found

    def at(self, name, lasts, stand, stimulus):
        device, channel = self.profile.terminals[name], self.limits[name]
        level, limit = stand.level, stand.limit
        if stand.source is Source.VOLTAGE:
            if not device.min_voltage <= level <= device.max_voltage:
                yield "device level"
            if not abs(level) <= channel.max_voltage:
                yield "instrument level"
            if not 0 < limit <= device.max_compliance:
                yield "device limit"
            if not channel.min_compliance <= limit <= channel.max_compliance:
                yield "instrument limit"
        elif stand.source is Source.CURRENT:
            if not channel.sources_current:
                yield "current"
            if not abs(level) <= device.max_compliance:
                yield "device level"
            if not abs(level) <= channel.max_compliance:
                yield "instrument level"
            if not all(device.min_voltage <= v <= device.max_voltage for v in potentials(stand)):
                yield "device limit"
            if not (0 < limit <= channel.max_voltage and limit >= channel.min_voltage_limit):
                yield "instrument limit"
        else:
            yield "open"
        if not abs(level) * limit <= channel.max_source_power:
            yield "power"
        if not channel.min_width <= lasts <= 1e9:
            yield "duration"
        if stand.aperture is not None:
            longest = channel.max_aperture
            if stand.what != "read" and isinstance(stimulus, Pulse | PulseTrain):
                longest = float("inf")  # read over as much of the pulse as the instrument can
            if not channel.min_aperture <= stand.aperture <= min(longest, lasts):
                yield "aperture"

    def between(self, moment, stimulus):
        for limit in self.profile.across:
            if not any(name in moment.at for name in limit.terminals):
                continue
            sides = []
            for name in limit.terminals:
                if name not in moment.at:
                    sides.append({0.0, self.held.get(name, 0.0)})
                    continue
                stand = moment.at[name]
                side = potentials(stand)
                if isinstance(stimulus, Family) and stimulus.stepped in limit.terminals:
                    side = {*side, 0.0}  # a step may have dropped, or stand alone
                sides.append(side)
            for one, other in product(*sides):
                inside = limit.min_voltage - TINY <= one - other <= limit.max_voltage + TINY
                if not (inside and isfinite(one - other)):
                    yield "between " + " and ".join(limit.terminals)


def potentials(stand):
    """The voltages (V) at which a driven terminal may stand."""
    if stand.source is Source.VOLTAGE:
        return {stand.level}
    if stand.level == 0:
        return {-stand.limit, stand.limit}
    return {0.0, stand.limit if stand.level > 0 else -stand.limit}


def mistakes(stimulus):
    """What is wrong with a stimulus on any rig."""
    if isinstance(stimulus, Pulse | PulseTrain) and not stimulus.rest >= 0:
        yield "rest"
    verify = getattr(stimulus, "verify", None)
    if verify is not None and not verify.settle >= 0:
        yield "settle"
    if isinstance(stimulus, PulseTrain) and not stimulus.verify_every >= 1:
        yield "every"
    if isinstance(stimulus, Family):
        if not stimulus.settle >= 0:
            yield "settle"
        if stimulus.stepped == stimulus.sweep.terminal or stimulus.sweep.stop_in_compliance:
            yield "family"
    if isinstance(stimulus, Waveforms):
        names = [name for name, _ in stimulus.levels]
        if len(set(names)) < len(names):
            yield "twice"
        if any(len(levels) != len(stimulus.durations) for _, levels in stimulus.levels):
            yield "pieces"


def pulses_of(stimulus):
    """How many programming pulses it gives each terminal: programmed stretches of one sign."""
    counts, before = {}, {}
    for moment in moments(stimulus):
        for name, stand in moment.at.items():
            counts.setdefault(name, 0)
            sign = (stand.level > 0) - (stand.level < 0) if stand.what == "pulse" else 0
            if sign and sign != before.get(name, 0):
                counts[name] += 1
            before[name] = sign
    return counts


def most_charge(stimulus):
    """The most coulombs at each terminal in its pulses and reads."""
    charges = {}
    for moment in moments(stimulus):
        for name, stand in moment.at.items():
            amperes = stand.limit if stand.source is Source.VOLTAGE else abs(stand.level)
            counted = stand.what in ("pulse", "read")
            charges[name] = charges.get(name, 0.0) + counted * amperes * moment.lasts
    return charges
