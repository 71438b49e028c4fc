"""The bench as it is composed of instruments: how they are opened, driven together, switched off.

Written once for all drivers. Whatever fails, Ctrl-C included, all outputs are off before the error
goes on; a refusal before anything was sent leaves them as they are.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from math import nan
from textwrap import shorten
from types import TracebackType
from typing import Self

from mho.bench.bench import ChannelLimits, InstrumentIdentity
from mho.bench.exchanges import exchanges_of
from mho.bench.instrument import Instrument
from mho.bench.selector import CellSelector
from mho.bench.series import AtTheDevice
from mho.clock import Clock
from mho.device.profile import DeviceProfile
from mho.errors import ConnectionFailed, LimitError, UnsafeStateError, UnsupportedError
from mho.interrupts import deferred
from mho.readings import Reading, Trace
from mho.stimuli import OPEN, Drive, Held, Pause, Purpose, Segment, Source, Stimulus


class ComposedBench:
    """Satisfies `mho.bench.Bench`.

    Parameters
    ----------
    instruments
        By the names of the bench file; every terminal is wired to one of them.
    profile
        The device on the bench.
    clock
        Stamps the readings.
    before_outputs
        Called once everything is connected, before the first output is switched on.
    selector
        What connects the cell to the instruments, where something has to. Its relays close before
        outputs come on, and open once all of them are off.
    """

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        profile: DeviceProfile,
        clock: Clock,
        before_outputs: Callable[[], None] = lambda: None,
        selector: CellSelector | None = None,
    ) -> None:
        self._instruments = instruments
        self._before_outputs = before_outputs
        self._selector = selector
        self.profile = profile
        self.clock = clock
        self.name = " + ".join(instrument.name for instrument in instruments.values())
        if selector is not None:
            self.name += f" + {selector.name}"
        self.identities: tuple[InstrumentIdentity, ...] = ()
        self._at = {
            terminal: instrument
            for instrument in instruments.values()
            for terminal in instrument.limits
        }
        self.limits: Mapping[str, ChannelLimits] = composed_limits(
            {name: instrument.limits for name, instrument in instruments.items()}
        )
        self._at_the_device = AtTheDevice(profile, self.limits)
        self._standing: dict[str, Drive] = {}
        self._open_at_rest = frozenset(
            name for name, terminal in profile.terminals.items() if terminal.rests == "open"
        )
        self._open = False
        self._outputs_are_on = False

    @property
    def exchanges(self) -> int | None:
        """With all instruments so far; None unless all of their drivers count."""
        return exchanges_of(self._instruments.values())

    def __enter__(self) -> Self:
        """Connect, identify, switch every output on at 0 V (or open), then apply the biases.

        Raises
        ------
        ConnectionFailed
            An instrument cannot be reached; says how to mend it.
        SettingsError
            An instrument is not what the bench file says; nothing was energised.
        InstrumentError
            An instrument refused its first settings.
        """
        try:
            self._connect()
        except BaseException:
            self._shut()
            raise
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Switch every output off and hang up; see `off`."""
        self._shut()

    def bias(self, terminal: str, level: float | None, compliance: float = 0.0) -> None:
        """Hold ``terminal`` at ``level`` volts from now on, or open it where that is None.

        ``compliance`` (A) limits the current. Nobody measures it. A later stimulus on the same
        terminal ends it.
        """
        drive = OPEN if level is None else Drive(level, compliance)
        instrument = self._instrument(terminal)
        try:
            self._switch_on()
            instrument.hold(terminal, drive)
        except (LimitError, UnsupportedError):
            raise
        except BaseException:
            self.off()
            raise
        self._standing[terminal] = drive

    def apply(self, stimulus: Stimulus) -> Trace:
        """Play one stimulus and return its readings; see `mho.stimuli` for their order.

        What an instrument cannot time by itself is played part by part, one terminal after the
        other. After `off` the outputs come back on with their standing levels.

        Raises
        ------
        LimitError, UnsupportedError
            Beyond what the instrument can do; nothing was sent.
        InstrumentError
            It refused, did not answer in time, or answered what cannot be read.
        ConnectionFailed
            The connection is gone.
        UnsafeStateError
            As `off`.
        """
        instrument = self._at.get(stimulus.terminal)
        if instrument is None or not self._open:
            instrument = self._instrument(stimulus.terminal)
        try:
            if not self._outputs_are_on:
                self._switch_on()
            if self._is_played_whole(stimulus, instrument):
                return self._play(stimulus, instrument)
            return self._play_in_parts(stimulus)
        except (LimitError, UnsupportedError):
            raise
        except BaseException as error:
            error.add_note(f"while {self.name} played {shorten(repr(stimulus), 300)}")
            self.off()
            raise

    def off(self) -> None:
        """Bring every output to 0 V and switch it off; may be called again and again.

        Ctrl-C waits until that is done. A lost connection is made anew once to do it.

        Raises
        ------
        UnsafeStateError
            An output could not be switched off; says which.
        """
        with deferred():
            self._switch_off()

    def check(self, stimulus: Stimulus) -> None:
        """See that its instruments can play a stimulus. Nothing is sent; it need not be open.

        Raises
        ------
        LimitError, UnsupportedError
            They cannot.
        """
        instrument = self._at[stimulus.terminal]
        if self._is_played_whole(stimulus, instrument):
            instrument.check(stimulus)
        else:
            self._check_parts(stimulus)

    def _check_parts(self, stimulus: Stimulus) -> set[str]:
        """See that it can be played part by part; the terminals that are held meanwhile."""
        if next(stimulus.parts(), None) is None:
            raise UnsupportedError(
                f"{' and '.join(stimulus.terminals)} would have to be driven together, to the "
                f"instant; {self.name} shares no time axis between them"
            )
        held = set()
        for part in stimulus.parts():
            if not isinstance(part, Pause):
                self._at[part.terminal].check(part)
            if isinstance(part, Held):
                held.add(part.terminal)
        return held

    def _is_played_whole(self, stimulus: Stimulus, instrument: Instrument) -> bool:
        terminals = stimulus.terminals
        if len(terminals) > 1 and any(self._at.get(name) is not instrument for name in terminals):
            return False
        opens = self._open_at_rest and not self._open_at_rest.isdisjoint(terminals)
        if opens and not instrument.opens_within_stimuli:
            return False
        return instrument.plays(stimulus)

    def _play(self, stimulus: Stimulus, instrument: Instrument) -> Trace:
        """Have one instrument play it; what was held at its terminals ends at rest.

        Its voltages are those that stood at the device.
        """
        standing = self._standing
        if standing[stimulus.terminal].level:
            standing[stimulus.terminal] = self._at_zero(stimulus.terminal)
            instrument.hold(stimulus.terminal, standing[stimulus.terminal])
        trace = instrument.play(stimulus)
        for terminal in stimulus.terminals:
            if terminal in self._open_at_rest:
                standing[terminal] = OPEN
                instrument.hold(terminal, OPEN)
            elif standing[terminal].level or standing[terminal].source is Source.OPEN:
                standing[terminal] = self._at_zero(terminal)
        if self._at_the_device.changes_nothing:
            return trace
        return self._at_the_device.trace(stimulus, trace)

    def _at_zero(self, terminal: str) -> Drive:
        """0 V, limited as the terminal is now, or as it may be if it is open."""
        standing = self._standing[terminal]
        if standing.source is Source.OPEN:
            return Drive(0.0, self._largest_limit(terminal))
        return Drive(0.0, standing.limit)

    def _largest_limit(self, terminal: str) -> float:
        allowed = self.profile.terminals[terminal].max_compliance
        return min(allowed, self.limits[terminal].max_compliance)

    def _play_in_parts(self, stimulus: Stimulus) -> Trace:
        """Play it one terminal after the other; if that fails, nothing is left held."""
        readings: list[Reading] = []
        held: set[str] = set()
        for terminal in stimulus.terminals:
            self._instrument(terminal)
        stepped = self._check_parts(stimulus)
        for terminal in stimulus.terminals:
            standing = self._standing[terminal]
            if standing.level and terminal not in stepped:  # a step ends the bias by itself
                self.bias(terminal, 0.0, standing.limit)
        try:
            for part in stimulus.parts():
                match part:
                    case Pause():
                        self.clock.sleep(part.duration)
                    case Held():
                        held.add(part.terminal)
                        self.bias(part.terminal, part.level, part.limit)
                    case _:
                        readings += self._play_part(part)
        except BaseException:
            for terminal in held:
                self._standing[terminal] = self._at_zero(terminal)
            if self._outputs_are_on and (held or readings):
                self.off()
            raise
        return Trace(tuple(readings))

    def _play_part(self, part: Stimulus) -> Trace:
        terminal = part.terminal
        if terminal in self._open_at_rest and all(one.rests for one in part.short or (_DRIVEN,)):
            (segment,) = part.short  # a pulse of 0: it stays open, and nobody knows its potential
            self.clock.sleep(segment.duration)
            reading = Reading(self.clock.now(), nan, 0.0, False, "open", terminal)
            return Trace((reading,))
        return self._play(part, self._instrument(terminal))

    def _instrument(self, terminal: str) -> Instrument:
        if not self._open:
            raise ConnectionFailed(f"{self.name} is not open; use it with `with`")
        if terminal not in self._at:
            raise UnsupportedError(
                f"this bench has no terminal {terminal}; it has {', '.join(self._at)}"
            )
        return self._at[terminal]

    def _connect(self) -> None:
        self.identities = ()
        self._open = True  # from here on there may be something to switch off
        for instrument in self._instruments.values():
            self.identities += instrument.connect()
        if self._selector is not None:
            self.identities += (self._selector.connect(),)
        for name, terminal in self.profile.terminals.items():
            at_zero = Drive(0.0, self._largest_limit(name))
            self._standing[name] = OPEN if terminal.rests == "open" else at_zero
        self._before_outputs()
        self._switch_on()
        for name, terminal in self.profile.terminals.items():
            if terminal.bias is not None:
                standing = self.profile.standing(name)
                self.bias(name, standing.level, standing.limit)

    def _switch_on(self) -> None:
        if self._outputs_are_on:
            return
        if self._selector is not None:
            self._selector.close()
        self._outputs_are_on = True  # some may be from the first message on
        for instrument in self._instruments.values():
            instrument.outputs_on({name: self._standing[name] for name in instrument.limits})

    def _switch_off(self) -> None:
        self._outputs_are_on = False
        failures = failures_of(instrument.off for instrument in self._instruments.values())
        if self._selector is not None:
            if failures:  # relays weld that open, or close, under voltage
                failures.append(f"{self._selector.name}: its relays were left as they are")
            else:
                failures = failures_of([self._selector.open])
        if failures:
            raise UnsafeStateError("\n".join(failures))

    def _shut(self) -> None:
        with deferred():
            try:
                if self._open:
                    self._switch_off()
            finally:
                self._open = False
                failures_of(instrument.disconnect for instrument in self._instruments.values())
                if self._selector is not None:
                    failures_of([self._selector.disconnect])


_DRIVEN = Segment(0.0, 0.0, 0.0, purpose=Purpose.PROGRAM)


def composed_limits(
    limits: Mapping[str, Mapping[str, ChannelLimits]],
) -> dict[str, ChannelLimits]:
    """The limits by terminal of instruments by name, whose time axes are their own."""
    return {
        terminal: replace(channel, time_axis=f"{name}: {channel.time_axis}")
        if channel.time_axis
        else channel
        for name, channels in limits.items()
        for terminal, channel in channels.items()
    }


def failures_of(actions: Iterable[Callable[[], None]]) -> list[str]:
    """Do all of them, whatever happens to the one before; what went wrong."""
    failures = []
    for action in actions:
        try:
            action()
        except Exception as error:
            failures.append(str(error) or repr(error))
    return failures
