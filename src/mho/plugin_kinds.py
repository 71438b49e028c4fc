"""What a plug-in offers: one frozen record for each entry-point group."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from mho.bench import Bench, ChannelLimits
from mho.clock import Clock
from mho.device_profile import DeviceProfile
from mho.frozen import Frozen
from mho.stimuli import Stimulus

if TYPE_CHECKING:
    import pandas as pd

    from mho.figure import Figure
    from mho.summary import Summary


class RunningInstrument(Protocol):
    """A simulated instrument that is listening."""

    @property
    def address(self) -> str:
        """Where a driver reaches it, in the form its bench file uses."""
        ...

    def stop(self) -> None:
        """Stop listening and free the port."""
        ...


class Rehearsal(Protocol):
    """What a bench is opened in: the device, the clock and, in a rehearsal, what stands in."""

    @property
    def profile(self) -> DeviceProfile:
        """The device under test."""
        ...

    @property
    def clock(self) -> Clock:
        """Virtual if nothing real can be energised, else the computer's."""
        ...

    def device(self) -> Any:
        """The simulated device of the profile, freshly built from the seed."""
        ...

    def instrument(self, name: str, wiring: Mapping[str, str], **options: Any) -> str:
        """Start a simulated instrument; its channels are wired to terminals of the device.

        ``options`` are the instrument's own (which version of a module it holds). Returns the
        address it listens on. It stops when the bench is closed.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchKind:
    """A kind of bench (group ``mho.benches``).

    ``settings`` is the model of its bench file; ``limits(settings, profile)`` tells what its
    channels can do, by terminal, without any instrument; ``rehearses`` is True where nothing real
    can be energised; ``open`` gives the bench, not yet entered; ``notice`` is shown before a real
    bench is energised.
    """

    settings: type[Frozen]
    limits: Callable[[Any, DeviceProfile], Mapping[str, ChannelLimits]]
    rehearses: Callable[[Any], bool]
    open: Callable[[Any, Rehearsal], Bench]
    notice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceKind:
    """A simulated device (group ``mho.devices``).

    ``build(parameters, seed)`` gives an object that satisfies
    `mho.sim_instruments.devices.DeviceModel`.
    """

    parameters: type[Frozen]
    build: Callable[[Any, int], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentKind:
    """A simulated instrument (group ``mho.instruments``).

    ``start(device, wiring, clock, seed, port)`` makes it listen on loopback; port 0 takes a free
    one. ``wiring(terminals)`` is the wiring that ``mho serve`` uses: channel -> terminal.
    ``rehearse(device, wiring, clock, seed)``, where given, serves a rehearsal in this process
    without a network socket; else a rehearsal listens on a free port. Both take the options of
    the instrument by keyword.
    """

    title: str
    port: int
    wiring: Callable[[Iterable[str]], Mapping[str, str]]
    start: Callable[..., RunningInstrument]
    rehearse: Callable[..., RunningInstrument] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One kind of stimulus a protocol means to apply: its worst case, and how often at most."""

    what: str
    stimulus: Stimulus
    at_most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything a protocol may apply. ``pulses`` and ``duration`` (s) are upper bounds."""

    planned: tuple[Planned, ...]
    pulses: int
    duration: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementProtocol:
    """A measurement protocol (group ``mho.protocols``).

    Attributes
    ----------
    name, title
        Its name on the command line, and one line for people.
    recipe
        Model of its recipe file.
    row
        Row class: a frozen dataclass whose annotations are the columns of the file.
    run
        ``run(bench, recipe)`` yields rows.
    plan
        ``plan(recipe, profile)``: everything that will be applied, at its worst.
    summary
        ``summary(rows, recipe)``: the verdict as a table, from the recorded rows alone.
    figure
        ``figure(rows, recipe)``: the figure, from the recorded rows alone.
    merits
        ``merits(rows, recipe)``: figures of merit by name, SI units; those that the rows cannot
        answer are left out. What ``mho validate`` holds against published numbers.
    progress
        ``progress(row, recipe)``: the share done, 0 to 1, and one line on where the run stands.
    """

    name: str
    title: str
    recipe: type[Frozen]
    row: type[Any]
    run: Callable[[Bench, Any], Iterator[Any]]
    plan: Callable[[Any, DeviceProfile], Plan]
    summary: Callable[["pd.DataFrame", Any], "Summary"]
    figure: Callable[["pd.DataFrame", Any], "Figure"]
    progress: Callable[[Any, Any], tuple[float, str]]
    merits: Callable[["pd.DataFrame", Any], Mapping[str, float]] | None = None
