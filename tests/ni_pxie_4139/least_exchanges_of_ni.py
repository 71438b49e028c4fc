"""The least exchanges that NI-DCPower's commands permit for what a bench plays; one rule, in words.

It is held against what goes over the wire, see ``test_ni_pxie_4139_least.py``. Run as a script it
prints the list of all shipped recipes:

    python tests/ni_pxie_4139/least_exchanges_of_ni.py
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

import pytest

from mho import settings
from mho.drivers.ni_pxie_4139 import connection
from mho.drivers.ni_pxie_4139.instrument import NiInstrument
from mho.drivers.ni_pxie_4139.steps import level_range
from mho.errors import SettingsError
from mho.job import read_job
from mho.stimuli import Pulse, Source

# One call is one exchange. nidcpower makes three of them to open a session (ni_grpc, table of
# calls); a driver that must know what it talks to asks for model, serial number and firmware and
# resets the output. In the end it aborts, disables the output, resets, and closes.
CONNECT = 3 + 3 + 1
DISCONNECT = 4

SETTING = 1
"""Each property that is to have another value."""

SEND = 1
"""What is sourced, where it is not what was sourced last: a level, or a whole sequence at once."""

RUN = 3
"""Initiate, fetch (which waits for the last point), abort."""

SELECT, STEP = 1, 1
"""An advanced sequence among those that are loaded; which of its steps a level is of."""

START, STOP = 1, 1
"""Of a level that is held: initiate, abort."""

OPEN_RELAY, CLOSE_RELAY = 2, 1
"""Output Connected; opening takes a commit as well, closing is committed by the initiate."""


def needs_ranges_of_its_own(stimulus):
    """A pulse and its read differ in range and limit, so each step has its own."""
    return isinstance(stimulus, Pulse) and stimulus.verify is not None


class Terminal:
    """What one SMU has been sent, as far as it matters for the least that it is to be sent now."""

    def __init__(self, rest):
        self.exchanges = CONNECT + DISCONNECT
        self._rest = rest
        self._properties = {"mode": "single point", "function": Source.VOLTAGE}  # after a reset
        self._sourced = None
        self._loaded = {}
        self._selected = None
        self._is_open = rest.source is Source.OPEN
        self._holds = None

    def play(self, stimulus):
        if self._holds is not None:
            self.exchanges += STOP
            self._holds = None
        self._drive()
        self._set(mode="sequence", function=_source(stimulus))
        if needs_ranges_of_its_own(stimulus) or self._keeps_advanced(stimulus):
            self._advanced(stimulus)
        else:
            self._uniform(stimulus)
        self.exchanges += RUN
        if _source(stimulus) is Source.CURRENT:  # it ends at 0 A, which is not at rest
            self.hold(self._rest)

    def _keeps_advanced(self, stimulus):
        """A pulse where advanced sequences were played, or are the only ones that end at once.

        They must not be mixed with ``set_sequence`` in one session (NI, Sequence Source Mode); in
        one, what follows the last step and a relay that opens takes no longer than asked.
        """
        return isinstance(stimulus, Pulse) and bool(
            self._loaded or self._rest.source is Source.OPEN
        )

    def _uniform(self, stimulus):
        """One range, limit and aperture for all, then the levels in one exchange."""
        segments = [s for bar in stimulus.score().bars() for s in bar.parts[0]]
        level = max((s.level for s in segments), key=abs)
        apertures = [s.duration if s.aperture is None else s.aperture for s in segments]
        self._set(aperture=min(apertures))
        self._set_ranges(_source(stimulus), level, stimulus.compliance)
        levels = tuple((s.level, s.duration) for s in stimulus.score().at(stimulus.terminal))
        if levels != self._sourced:
            self.exchanges += SEND
            self._sourced = levels
        self._selected = None

    def _advanced(self, stimulus):
        """Its steps once, property by property; afterwards its level alone."""
        amplitude, span = stimulus.amplitude, level_range(Source.VOLTAGE, stimulus.amplitude)
        facts = (stimulus.width, stimulus.compliance, stimulus.rest, stimulus.verify, span)
        if facts not in self._loaded:
            steps = len(stimulus.short) + 1
            properties = 6  # range, limit range, level, limit, delay, aperture
            self.exchanges += 1 + steps * (1 + properties)
        else:  # what is not a sequence of its own was played in between, or another one
            is_selected, is_at_level = facts == self._selected, self._loaded[facts] == amplitude
            self.exchanges += 0 if is_selected else SELECT
            self.exchanges += 0 if is_at_level else SEND + (0 if is_selected else STEP)
        self._selected, self._loaded[facts] = facts, amplitude

    def hold(self, drive):
        if drive.source is Source.OPEN:
            if not self._is_open:
                self.exchanges += OPEN_RELAY
                self._is_open, self._holds = True, None
            return
        self._drive()
        before, held = self.exchanges, self._holds
        self._set(mode="single point", function=drive.source)
        self._set_ranges(drive.source, drive.level, drive.limit)
        if held is not None and self.exchanges == before:
            self.exchanges += SEND * (drive.level != held.level)  # on the fly
        else:
            self._set(**{f"{drive.source} level": drive.level})
            self.exchanges += START + (STOP if held is not None else 0)
        self._properties[f"{drive.source} level"] = drive.level
        self._holds = drive

    def _drive(self):
        self._set(enabled=True)
        if self._is_open:
            self.exchanges += CLOSE_RELAY
            self._is_open = False

    def _set_ranges(self, source, level, limit):
        """The range of a limit is chosen with it, once that is asked for (Current Limit Autorange).

        That it is chosen anew at each step of an advanced sequence is not published, nor how the
        range of a level is for a whole sequence.
        """
        self._set(
            **{
                f"{source} level range": level_range(source, level),
                f"{source} limit range": "chosen with the limit",
                f"{source} limit": limit,
            }
        )

    def _set(self, **properties):
        for name, value in properties.items():
            if self._properties.get(name) != value:
                self.exchanges += SETTING
                self._properties[name] = value


class Least:
    """The least for all terminals of an instrument, by what it is asked to do."""

    def __init__(self, instrument):
        self._terminals = {name: Terminal(rest) for name, rest in instrument._rests.items()}

    @property
    def exchanges(self):
        return sum(one.exchanges for one in self._terminals.values())

    def play(self, stimulus):
        self._terminals[stimulus.terminal].play(stimulus)

    def hold(self, terminal, drive):
        self._terminals[terminal].hold(drive)


def _source(stimulus):
    return getattr(stimulus, "source", Source.VOLTAGE)


# ---- what goes over the wire


DEVICES = (
    "cu-te-1t1r", "cu-te", "alpha-fe2o3", "cu-te-1t1r-source-line", "cu-te-1t1r-mos", "nmos",
)  # fmt: skip
"""Tried in turn for a recipe that has not the name of a device."""


@dataclass
class Count:
    """The exchanges of a run, beside the least."""

    protocol: str
    recipe: str
    device: str
    rows: int = 0
    stimuli: int = 0
    exchanges: int = 0
    least: int = 0

    @property
    def ratio(self):
        return self.exchanges / self.least

    def __str__(self):
        return (
            f"{self.protocol:28} {self.recipe:30} {self.device:24} {self.rows:7} rows "
            f"{self.stimuli:6} stimuli {self.exchanges:6} exchanges, least {self.least:6}: "
            f"{self.ratio:.2f}"
        )


@contextmanager
def watched(count: Count) -> Iterator[None]:
    """Within this, every call of NI's client and everything a bench asks of the SMUs is counted."""
    least: list[Least] = []
    connect, play, hold = NiInstrument.connect, NiInstrument.play, NiInstrument.hold
    unary_unary = connection.TimedChannel.unary_unary

    def connecting(instrument):
        least.append(Least(instrument))
        return connect(instrument)

    def playing(instrument, stimulus):
        count.stimuli += 1
        least[-1].play(stimulus)
        return play(instrument, stimulus)

    def holding(instrument, terminal, drive):
        least[-1].hold(terminal, drive)
        return hold(instrument, terminal, drive)

    def counting(channel, *arguments, **options):
        call = unary_unary(channel, *arguments, **options)

        def exchange(request, metadata=None):
            count.exchanges += 1
            return call(request, metadata)

        return exchange

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(NiInstrument, "connect", connecting)
        patch.setattr(NiInstrument, "play", playing)
        patch.setattr(NiInstrument, "hold", holding)
        patch.setattr(connection.TimedChannel, "unary_unary", counting)
        yield
    count.least = sum(one.exchanges for one in least)


def job_of(protocol, recipe):
    """The job of a shipped recipe with a device that it suits; or why it is refused with each."""
    devices = (recipe,) if recipe in settings.shipped(settings.DEVICES) else DEVICES
    if recipe.startswith("alpha-fe2o3"):
        devices = ("alpha-fe2o3",)
    if protocol == "forming":  # of what is not formed yet
        devices = ("cu-te-pristine",)
    refused = []
    for device in devices:
        try:
            job = read_job(protocol, "ni-pxie-4139", device, recipe)
            found = job.refusals()
        except SettingsError as error:
            found = [str(error)]
        if not found:
            return device, job
        refused += found
    return None, refused


def counted(protocol, recipe, most_rows=None) -> Count | list[str]:
    """The exchanges of a shipped recipe, up to so many rows; or why the bench refuses it."""
    device, job = job_of(protocol, recipe)
    if device is None:
        return job
    count = Count(protocol, recipe, device)
    with watched(count), job.setup.open() as bench:
        for _ in islice(job.protocol.run(bench, job.recipe), most_rows):
            count.rows += 1
    return count


if __name__ == "__main__":
    for one in settings.shipped_recipes():
        found = counted(*one)
        print(found if isinstance(found, Count) else f"{one[0]:28} {one[1]:30} {found[-1]}")
