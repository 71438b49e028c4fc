"""What a plug-in offers: one frozen record for each entry-point group."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from mho.bench import Actuator, Bench, ChannelLimits, Instrument, Plan, Points, RelayPath
from mho.clock import Clock
from mho.device.bank import CellBank
from mho.device.model import DeviceModel
from mho.device.profile import DeviceProfile
from mho.frozen import Frozen
from mho.recording.columns import Curves
from mho.rehearsal import World

if TYPE_CHECKING:
    import pandas as pd

    from mho.figure import Figure
    from mho.result import Result
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

    @property
    def world(self) -> World:
        """The one simulated device of the profile, with the clock and the seed.

        Raises
        ------
        SettingsError
            The profile names no simulated device.
        """
        ...

    def instrument(self, name: str, wiring: Mapping[str, str], **options: Any) -> str:
        """Start a simulated instrument; its channels are wired to terminals of the device.

        ``options`` are keys of the instrument's settings (what is in its chassis), as plain data
        as they would stand in its file. Those in the table ``[simulator]`` of the bench file come
        before them. Returns the address it listens on. It stops when the bench is closed.

        Raises
        ------
        SettingsError
            The options are not the instrument's, or the wiring does not fit them.
        """
        ...

    def place(self, paths: Iterable[RelayPath]) -> None:
        """Told by a selector without a simulated instrument of its own what is connected now.

        The simulated device follows; on a real bench nothing does.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchedOff:
    """An output that was switched off by somebody who had not switched it on.

    ``before`` says how it was found, for people ("on at 3 V", "off", "could not be told");
    ``failure`` why it may still be on.
    """

    terminal: str
    channel: str
    before: str
    failure: str = ""


SwitchOff = Callable[[Sequence[str], bool], list[SwitchedOff]]
"""``switch_off(sessions, look)`` brings every output to 0 V and off, whatever fails on the way.

Attaches to the sessions on a device server whose names end so, left by processes that died. Where
``look``, it asks first what is on. Raises ConnectionFailed or InstrumentError where nothing could
be done.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """A driver (group ``mho.drivers``).

    Attributes
    ----------
    settings
        Model of its part of a bench file. What it has of ``terminals`` is a table by terminal.
    limits
        ``limits(settings, profile)`` tells what its channels can do, by terminal, without any
        instrument.
    rehearses
        True where nothing real can be energised.
    instrument
        ``instrument(settings, rehearsal)`` gives the instrument, not yet connected.
    notice
        Shown before a real bench is energised.
    resources
        ``resources(settings)`` names what a run has to itself while it lasts, the same for
        everybody who means the same instrument (of another computer, or of this one). It is locked.
    switching_off
        ``switching_off(settings)`` gives the function that switches every output of these settings
        off, whoever left it on, and has all that it needs imported by then.
    simulator
        The simulated instrument that rehearses it: a table ``[simulator]`` in the bench file holds
        settings of that instrument and is not part of ``settings``.
    """

    settings: type[Frozen]
    limits: Callable[[Any, DeviceProfile], Mapping[str, ChannelLimits]]
    rehearses: Callable[[Any], bool]
    instrument: Callable[[Any, Rehearsal], Instrument]
    resources: Callable[[Any], Iterable[str]]
    switching_off: Callable[[Any], SwitchOff]
    notice: str = ""
    simulator: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActuatorKind:
    """A selector (group ``mho.actuators``): what connects a cell to the instruments.

    Attributes
    ----------
    settings
        Model of the keys of ``[select]`` that are its own.
    rehearses
        True where nothing real is moved, None where that is so if the instruments are simulated.
    actuator
        ``actuator(settings, points, rehearsal)`` gives the actuator, not yet connected.
    problems
        ``problems(settings, points)``: addresses that it cannot have, each with the reason.
    resources, switching_off, notice, simulator
        As those of a `Driver`; what is switched off is relays.
    by_hand
        Somebody is asked before each run whether the cell is connected.
    """

    settings: type[Frozen]
    rehearses: Callable[[Any], bool | None]
    actuator: Callable[[Any, Points, Rehearsal], Actuator]
    problems: Callable[[Any, Points], Iterable[tuple[str, str]]]
    resources: Callable[[Any], Iterable[str]]
    switching_off: Callable[[Any], SwitchOff]
    notice: str = ""
    simulator: str | None = None
    by_hand: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceKind:
    """A simulated device (group ``mho.devices``).

    ``build(parameters, seed)`` gives the device; ``bank(parameters, count, seed)``, where given,
    that many of them at once, as they stand between the terminal that is written and ground. One
    that ``is_array`` has terminals that are lines (`mho.device.layout.line_name`), and parameters
    ``rows``, ``columns`` and ``lines``, which the device profile gives. ``refusals(parameters,
    plan)``, where given, says why such a device cannot do what is planned: limits do not know that
    half of a pulse opens an access device.
    """

    parameters: type[Frozen]
    build: Callable[[Any, int], DeviceModel]
    bank: Callable[[Any, int, int], CellBank] | None = None
    is_array: bool = False
    refusals: Callable[[Any, Plan], Iterable[str]] = lambda _parameters, _plan: ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentKind:
    """A simulated instrument (group ``mho.instruments``).

    Attributes
    ----------
    title
        One line for people.
    port
        Where ``mho serve`` listens unless told otherwise.
    settings
        Model of its settings file: what is in it, how it behaves, its faults. Every field has a
        default. ``wiring`` is no field of it: that table of the file belongs to the core.
    wiring
        ``wiring(terminals, settings)``: channel -> terminal, unless the file has ``[wiring]``.
    start
        ``start(world, wiring, port, settings)`` makes it listen on loopback; port 0 takes a free
        one. Raises SettingsError with ``wiring.<channel>`` or a key of its settings
        as the place of each problem.
    rehearse
        ``rehearse(world, wiring, settings)``, where given, serves a rehearsal in this process
        without a network socket; else a rehearsal listens on a free port.
    bench_file
        ``bench_file(wiring, settings, address)``: the text of a bench file whose driver reaches
        every wired terminal there, as it is.
    connect
        Lines that tell people how any other client reaches it; ``{address}`` in them is its
        address.
    """

    title: str
    port: int
    settings: type[Frozen]
    wiring: Callable[[Iterable[str], Any], Mapping[str, str]]
    start: Callable[[World, Mapping[str, str], int, Any], RunningInstrument]
    rehearse: Callable[[World, Mapping[str, str], Any], RunningInstrument] | None = None
    bench_file: Callable[[Mapping[str, str], Any, str], str] | None = None
    connect: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OnDemand:
    """The function at ``"module:function"``, whose module is imported when it is first called.

    For drivers, and for what is asked of recorded rows: they need libraries that take longer to
    load than ``mho list`` or ``mho check`` may last.
    """

    place: str

    def __call__(self, *arguments: Any) -> Any:
        """What the function returns."""
        module, _, name = self.place.partition(":")
        return getattr(import_module(module), name)(*arguments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a recipe may be completed from: where it stands, its cell, the runs before.

    Attributes
    ----------
    folder
        Of the recipe file: what it names is beside it.
    cell
        Name of the cell; empty without a sample.
    results
        Those of each run on this cell so far, in their order; none without a sample.
    results_of
        The same of another cell of the sample, by name; raises SettingsError if there is none.
    """

    folder: Path
    cell: str = ""
    results: Callable[[], "Sequence[Sequence[Result]]"] = tuple
    results_of: Callable[[str], "Sequence[Sequence[Result]]"] = lambda _: ()


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
        Row class: a NamedTuple whose annotations are the columns of the file.
    run
        ``run(bench, recipe)`` yields rows.
    plan
        ``plan(recipe, profile)``: everything that will be applied, at its worst.
    summary
        ``summary(rows, recipe)``: the verdict as a table, from the recorded rows alone.
    figure
        ``figure(rows, recipe)``: the figure, from the recorded rows alone.
    results
        ``results(rows, recipe)``: its figures of merit (`mho.result.Result`), from the recorded
        rows alone, with `mho.result.EXCHANGES` in their ``attrs``; of those that the rows cannot
        answer it says why. They are written into ``results.json`` and ``run.h5``, shown, exported,
        held against published numbers.
    progress
        ``progress(row, recipe)``: the share done, 0 to 1, and one line on where the run stands.
    curves
        How its rows are taken apart into curves for other programs, if they are.
    laid
        ``laid(recipe, circumstances)``: further ``key=value`` options, from files that the recipe
        names and from what is known of its cell. They are recorded with the run, which is then the
        same whatever becomes of these.

    ``summary``, ``figure`` and ``results`` may be functions, or places of functions (`OnDemand`):
    best so where their modules import pandas or SciPy.
    """

    name: str
    title: str
    recipe: type[Frozen]
    row: type[Any]
    run: Callable[[Bench, Any], Iterator[Any]]
    plan: Callable[[Any, DeviceProfile], Plan]
    summary: Callable[["pd.DataFrame", Any], "Summary"]
    figure: Callable[["pd.DataFrame", Any], "Figure"]
    results: Callable[["pd.DataFrame", Any], Iterable["Result"]]
    progress: Callable[[Any, Any], tuple[float, str]]
    curves: Curves | None = None
    laid: Callable[[Any, Circumstances], tuple[str, ...]] | None = None
