"""The least exchanges that NI-DCPower's commands permit for what a bench plays; one rule, in words.

It is held against what goes over the wire, see ``test_ni_pxie_4139_least.py``. Run as a script it
prints the list of all shipped recipes:

    python tests/ni_pxie_4139/least_exchanges.py
"""

from mho.drivers.ni_pxie_4139.steps import level_range, limit_range
from mho.stimuli import Hold, Pulse, PulseTrain, Source

# One call is one exchange. nidcpower makes three of them to open a session (ni_grpc, table of
# calls); a driver that must know what it talks to asks for model, serial number and firmware and
# resets the output. In the end it aborts, disables the output, resets, and closes.
CONNECT = 3 + 3 + 1
DISCONNECT = 4

SETTING = 1
"""Each property that is to have another value."""

SEND = 1
"""What is sourced, where it is not what was sourced last: a level, or a whole sequence."""

RUN = 3
"""Initiate, fetch (which waits for the last point), abort."""

SELECT = 1
"""An advanced sequence among those that are loaded; one more says which of its steps is meant."""

START, STOP = 1, 1
"""Of a level that is held: initiate, abort."""

OPEN_RELAY, CLOSE_RELAY = 2, 1
"""Output Connected; opening takes a commit as well, closing is committed by the initiate."""


def needs_ranges_of_its_own(stimulus):
    """A pulse and its read differ in range and limit, so each step has its own."""
    return isinstance(stimulus, Pulse) and stimulus.verify is not None


class Terminal:
    """What one SMU has been sent, as far as it matters for the least that it is to be sent now."""

    def __init__(self, rests_open):
        self.exchanges = CONNECT + DISCONNECT
        self._properties = {}
        self._sourced = None
        self._loaded = set()
        self._selected = None
        self._is_open = rests_open
        self._holds = None

    def play(self, stimulus):
        if self._holds is not None:
            self.exchanges += STOP
            self._holds = None
        if self._is_open:
            self.exchanges += CLOSE_RELAY
            self._is_open = False
        self._set(mode="sequence", enabled=True, function=_source(stimulus))
        if needs_ranges_of_its_own(stimulus):
            self._advanced(stimulus)
        else:
            self._uniform(stimulus)
        self.exchanges += RUN

    def _uniform(self, stimulus):
        """One range, limit and aperture for all, then the levels in one exchange."""
        segments = [s for bar in stimulus.score().bars() for s in bar.parts[0]]
        level = max((s.level for s in segments), key=abs)
        limit = stimulus.compliance
        apertures = [s.duration if s.aperture is None else s.aperture for s in segments]
        source = _source(stimulus)
        self._set(
            level_range=level_range(source, level),
            limit_range=limit_range(source, limit),
            limit=limit,
            aperture=min(apertures),
        )
        levels = _what_is_sourced(stimulus)
        if levels != self._sourced:
            self.exchanges += SEND
            self._sourced = levels

    def _advanced(self, stimulus):
        """Its steps once, property by property; afterwards its level alone."""
        span = level_range(Source.VOLTAGE, stimulus.amplitude)
        facts = (stimulus.width, stimulus.compliance, stimulus.rest, stimulus.verify, span)
        if facts not in self._loaded:
            steps = len(stimulus.short) + 1
            properties = 6  # range, limit range, level, limit, delay, aperture
            self.exchanges += 1 + steps * (1 + properties)
            self._loaded.add(facts)
        else:
            if facts != self._selected:
                self.exchanges += SELECT
            if stimulus.amplitude != self._sourced:
                self.exchanges += SEND
        self._selected, self._sourced = facts, stimulus.amplitude

    def hold(self, drive):
        if drive.source is Source.OPEN:
            if not self._is_open:
                self.exchanges += OPEN_RELAY
                self._is_open, self._holds = True, None
            return
        if self._is_open:
            self.exchanges += CLOSE_RELAY
            self._is_open = False
        before, held = self.exchanges, self._holds
        spans = level_range(drive.source, drive.level), limit_range(drive.source, drive.limit)
        self._set(
            mode="single point", enabled=True, function=drive.source,
            level_range=spans[0], limit_range=spans[1], limit=drive.limit,
        )  # fmt: skip
        if held is not None and self.exchanges == before:
            self.exchanges += SEND * (drive.level != held.level)  # on the fly
        else:
            self.exchanges += SEND + START + (STOP if held is not None else 0)
        self._holds = drive

    def _set(self, **properties):
        for name, value in properties.items():
            if self._properties.get(name) != value:
                self.exchanges += SETTING
                self._properties[name] = value


class Least:
    """The least for all terminals of an instrument, by what it is asked to do."""

    def __init__(self, instrument):
        self._terminals = {
            name: Terminal(rest.source is Source.OPEN) for name, rest in instrument._rests.items()
        }

    @property
    def exchanges(self):
        return sum(one.exchanges for one in self._terminals.values())

    def play(self, stimulus):
        self._terminals[stimulus.terminal].play(stimulus)
        if _source(stimulus) is Source.CURRENT:
            self.hold_at_rest(stimulus.terminal)

    def hold_at_rest(self, terminal):
        """After a current the terminal is brought to 0 V by a single point: mode, function, start."""
        self._terminals[terminal].exchanges += 2 * SETTING + START + STOP
        self._terminals[terminal]._set(mode="single point", function=Source.VOLTAGE)

    def hold(self, terminal, drive):
        self._terminals[terminal].hold(drive)


def _source(stimulus):
    return getattr(stimulus, "source", Source.VOLTAGE)


def _what_is_sourced(stimulus):
    """Levels and delays, whatever kind of stimulus they are of."""
    return tuple((s.level, s.duration) for s in stimulus.score().at(stimulus.terminal))
