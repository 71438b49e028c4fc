"""The bench: instruments wired to the terminals of a device, behind one small interface."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from mho.clock import Clock
from mho.device.profile import DeviceProfile
from mho.readings import Trace
from mho.stimuli import Stimulus


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelLimits:
    """What the instrument channel at one terminal can do. Volts, amperes, seconds, watts.

    ``max_source_power`` bounds level times compliance; ``max_points`` bounds the readings of one
    stimulus. An instrument that does not limit the current (a pulse card) takes the compliance
    for its measuring range and reports it exceeded; the device must then limit itself.
    Channels with the same ``time_axis`` play together to the instant; one without a name plays by
    itself. ``stops_in_compliance`` where a sweep can end at the first level that the limit holds,
    ``sources_current`` where a current can be the source, limited by a voltage of at least
    ``min_voltage_limit``, ``opens`` where a relay can cut the terminal off, ``reads_current`` where
    what flows in a pulse is measured. Where there is a ``time_step``, all durations are multiples
    of it.

    Resistance between source and device in ohm: ``output_resistance`` before the point where the
    voltage is measured, ``series_resistance`` behind it, None where nobody said; ``compensates``
    where pulses are raised by what these will take. See `mho.bench.series`.
    """

    instrument: str
    max_voltage: float
    max_compliance: float
    min_width: float
    min_aperture: float
    max_aperture: float
    max_source_power: float
    max_points: int
    min_compliance: float = 0.0
    limits_current: bool = True
    time_axis: str = ""
    stops_in_compliance: bool = True
    sources_current: bool = False
    min_voltage_limit: float = 0.0
    opens: bool = False
    reads_current: bool = True
    time_step: float = 0.0
    output_resistance: float = 0.0
    series_resistance: float | None = None
    compensates: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentIdentity:
    """One instrument as it names itself; recorded with every run.

    ``note`` is what people should know of this channel where the contact is lost: what may stand
    between it and the device.
    """

    terminal: str
    model: str
    serial: str
    address: str
    firmware: str = ""
    note: str = ""


class Bench(Protocol):
    """Instruments, wiring and clock. Opened with ``with``; every way out switches outputs off.

    A bench refuses what it cannot do with `UnsupportedError` or `LimitError` before anything is
    energised; it never approximates silently.
    """

    @property
    def name(self) -> str:
        """What this bench is, for people."""
        ...

    @property
    def clock(self) -> Clock:
        """The clock that stamps the readings."""
        ...

    @property
    def profile(self) -> DeviceProfile:
        """The device on this bench: what it may suffer, its polarity, its read voltage."""
        ...

    @property
    def limits(self) -> Mapping[str, ChannelLimits]:
        """What the instruments can do, by terminal."""
        ...

    @property
    def identities(self) -> tuple[InstrumentIdentity, ...]:
        """The instruments as they name themselves; empty before the bench is open."""
        ...

    def __enter__(self) -> Self:
        """Connect, bring every output to 0 V and switch it on at 0 V."""
        ...

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Switch every output off and disconnect, whatever happened.

        Raises
        ------
        UnsafeStateError
            An output could not be switched off.
        """
        ...

    def bias(self, terminal: str, level: float | None, compliance: float = 0.0) -> None:
        """Hold ``terminal`` at ``level`` volts from now on, limited to ``compliance`` amperes.

        Without a level (None) it is open from now on.
        """
        ...

    def apply(self, stimulus: Stimulus) -> Trace:
        """Play one stimulus and return its readings; see `mho.stimuli` for their order."""
        ...

    def off(self) -> None:
        """Bring every output to 0 V and switch it off; may be called again and again.

        Raises
        ------
        UnsafeStateError
            An output could not be switched off; says which.
        """
        ...
