"""The instrument: what a driver gives. A bench is composed of one or several of them."""

from collections.abc import Mapping
from typing import Protocol

from mho.bench.bench import ChannelLimits, InstrumentIdentity
from mho.readings import Trace
from mho.stimuli import Drive, Held, Stimulus


class Instrument(Protocol):
    """Channels at terminals of the device, behind one connection. A driver gives one.

    The bench does the rest, once for all drivers: the order in which instruments are opened and
    switched off, standing levels, what is done when something fails. An instrument raises errors
    of `mho.errors` only, and leaves it to the bench to switch off after one.
    """

    @property
    def name(self) -> str:
        """What it is and where, for people."""
        ...

    @property
    def limits(self) -> Mapping[str, ChannelLimits]:
        """What its channels can do, by terminal; the order is that in which they go off."""
        ...

    @property
    def opens_within_stimuli(self) -> bool:
        """Whether terminals that rest open are open in the rests of a stimulus, to the instant."""
        ...

    def plays(self, stimulus: Stimulus) -> bool:
        """Whether it times a stimulus by itself; the bench plays it part by part, if not.

        Asked before every stimulus, so it has to be quick.
        """
        ...

    def check(self, part: Stimulus | Held) -> None:
        """See that it can play a stimulus, or hold a level. Nothing is sent.

        The bench asks so about every part before it plays the first one.

        Raises
        ------
        LimitError, UnsupportedError
            It cannot.
        """
        ...

    def connect(self) -> tuple[InstrumentIdentity, ...]:
        """Connect, and see that it is what the bench file says. No output is switched on.

        Raises
        ------
        ConnectionFailed
            It cannot be reached; says how to mend it.
        SettingsError
            It is another model than the bench file says.
        InstrumentError
            It refused its first settings, or its answer cannot be read.
        """
        ...

    def outputs_on(self, standing: Mapping[str, Drive]) -> None:
        """Switch the outputs on, every terminal driven so (or open)."""
        ...

    def hold(self, terminal: str, drive: Drive) -> None:
        """Drive one terminal so from now on; the outputs are on."""
        ...

    def play(self, stimulus: Stimulus) -> Trace:
        """Play a stimulus whose terminals are all its own; the outputs are on.

        Raises
        ------
        LimitError, UnsupportedError
            It cannot; nothing was sent.
        """
        ...

    def off(self) -> None:
        """Bring every output to 0 V and switch it off; once more over a new connection if need be.

        May be called in any state after `connect`, again and again, also where nothing was
        switched on by this process.

        Raises
        ------
        UnsafeStateError
            An output could not be switched off; says which, and what to do by hand.
        """
        ...

    def disconnect(self) -> None:
        """Hang up; call `off` before. May be called again and again."""
        ...
