"""The table ``[select]`` of a bench file: what connects a cell of an array to the instruments.

Plain names of terminals then mean the lines of the selected cell: the tables ``[terminals.NAME]``
say which channel drives TE, this one at which address of the selector that channel is, and at which
address each line of the array is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mho import plugins, settings
from mho.bench import RelayPath, Selection
from mho.device.layout import ONE_CELL, Address, ArrayLayout, line_name
from mho.device.profile import DeviceProfile, TerminalLimits
from mho.errors import MhoError, Problem, SettingsError
from mho.frozen import Frozen
from mho.plugin_kinds import ActuatorKind, InstrumentKind
from mho.selector_wiring import SelectorWiring, wiring_faults
from mho.settings import SettingsFile
from mho.settings_text import place_of, shown

SELECT = "select"
"""The table of a bench file."""

_SIMULATOR = "simulator"


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchSelector:
    """The selector of a bench file: its kind, its settings, what is connected to it.

    ``driver`` is the kind: who locks a bench and switches it off treats it as an instrument.
    """

    name: str
    kind: str
    place: str
    driver: ActuatorKind
    settings: Frozen
    wiring: SelectorWiring
    simulator: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rehearses(self) -> bool:
        """True if no relay can be moved that exists; hands count as real and move none."""
        return bool(self.driver.rehearses(self.settings))

    def selection(self, profile: DeviceProfile, at: Address) -> Selection:
        """What is to be connected for a cell."""
        layout, wiring = profile.array or ONE_CELL, self.wiring
        driven, others, said = list[RelayPath](), list[RelayPath](), list[str]()
        for terminal, source in wiring.sources.items():
            if terminal not in profile.terminals or terminal not in wiring.lines:
                continue
            addresses, line = wiring.lines[terminal], layout.line(terminal, at)
            path = RelayPath(source, addresses[line])
            driven.append(path)
            said.append(f"{terminal} is {line_name(terminal, line)}, at {path}")
            away = wiring.source_of_others(terminal)
            if away is not None:
                of_array = addresses[: layout.count(terminal)]
                others += (RelayPath(away, one) for n, one in enumerate(of_array) if n != line)
        return Selection(
            cell=at, driven=tuple(driven), paths=(*driven, *others), said="; ".join(said)
        )

    def with_half_bias(self, profile: DeviceProfile) -> DeviceProfile:
        """The profile with the source of a half-bias as a terminal that is held."""
        half = self.wiring.half
        if half is None or half.terminal in profile.terminals:
            return profile
        held = TerminalLimits(
            min_voltage=min(half.level, 0.0),
            max_voltage=max(half.level, 0.0),
            max_compliance=half.limit,
            bias=half.level,
            bias_compliance=half.limit,
        )
        return profile.model_copy(update={"terminals": {**profile.terminals, half.terminal: held}})

    def without_half_bias(self, profile: DeviceProfile) -> DeviceProfile:
        """The profile as the device file has it."""
        half, terminals = self.wiring.half, dict(profile.terminals)
        if half is None:
            return profile
        terminals.pop(half.terminal, None)
        return profile.model_copy(update={"terminals": terminals})

    def misfits(self, profile: DeviceProfile, on_bench: Mapping[str, object]) -> Iterator[Problem]:
        """Why this selector cannot select the cells of a device."""
        layout, wiring = profile.array or ONE_CELL, self.wiring
        what = str(layout) if profile.array is not None else "one cell"
        for terminal in profile.terminals:
            count, has = layout.count(terminal), len(wiring.lines.get(terminal, ()))
            if terminal not in wiring.sources:
                if count > 1:
                    yield Problem(
                        place_of(self.place, ("sources", terminal)),
                        f"is missing: {profile.name} is {what}, in which {terminal} has {count} "
                        "lines; say where its channel is connected to the selector",
                    )
            elif has < count:
                yield Problem(
                    place_of(self.place, ("lines", terminal)),
                    f"has {has} lines, but {profile.name} is {what}, in which {terminal} has "
                    f"{count}; name the address of each",
                )
            elif wiring.of_other_cells(terminal) == "half" and count > 1:
                yield from self._half_misfits(profile, terminal)
        for terminal in wiring.sources:
            if terminal not in on_bench:
                yield Problem(
                    place_of(self.place, ("sources", terminal)),
                    f"names a terminal that the bench does not have; it has {', '.join(on_bench)}",
                )

    def _half_misfits(self, profile: DeviceProfile, terminal: str) -> Iterator[Problem]:
        half, limits = self.wiring.half, profile.terminals[terminal]
        if half is None:
            return
        inside = limits.min_voltage <= half.level <= limits.max_voltage
        if not inside or half.limit > limits.max_compliance:
            yield Problem(
                place_of(self.place, ("half",)),
                f"goes beyond what {profile.name} allows at {terminal} "
                f"(terminals.{terminal} of the device file)",
            )


def bench_selector(file: SettingsFile) -> BenchSelector | None:
    """The selector of a bench file; None where it has none.

    Raises
    ------
    SettingsError
        Everything wrong in the table, at once.
    """
    if SELECT not in file.data:
        return None
    place, table = place_of(file.place, (SELECT,)), file.data[SELECT]
    if not isinstance(table, Mapping):
        message = f"{shown(table)} stands where a table is wanted; write [{SELECT}] and its keys"
        raise SettingsError([Problem(place, message)])
    kind = _kind(place, table.get("kind"))
    problems: list[Problem] = []
    wiring: SelectorWiring | None = None
    chosen: Frozen | None = None
    ours = SelectorWiring.model_fields.keys()
    try:
        wiring = settings.parse(
            file.place, {k: v for k, v in table.items() if k in ours}, SelectorWiring, (SELECT,)
        )
        problems += (Problem(place_of(place, at), why) for at, why in wiring_faults(wiring))
    except SettingsError as error:
        problems += error.problems
    simulator = table.get(_SIMULATOR, {})
    left = {*ours, *([_SIMULATOR] if kind.simulator else [])}
    try:
        own = {k: v for k, v in table.items() if k not in left}
        chosen = settings.parse(file.place, own, kind.settings, (SELECT,))
        _see_simulator(place, simulator, kind, chosen)
    except SettingsError as error:
        problems += error.problems
    if wiring is not None and chosen is not None and not problems:
        problems += (
            Problem(place, f"{address}: {why}")
            for address, why in kind.problems(chosen, wiring.points())
        )
    if problems or wiring is None or chosen is None:
        raise SettingsError(problems)
    return BenchSelector(
        name=SELECT,
        kind=wiring.kind,
        place=place,
        driver=kind,
        settings=chosen,
        wiring=wiring,
        simulator=simulator,
    )


def wanted_selector(layout: ArrayLayout | None, device: str, place: str) -> list[Problem]:
    """What is wrong with a bench without a selector, where the device is an array."""
    if layout is None:
        return []
    message = (
        f"has no table [{SELECT}], but {device} is {layout}: say with it what connects a cell to "
        "the instruments, a matrix or somebody's hands"
    )
    return [Problem(place, message)]


def _kind(place: str, name: object) -> ActuatorKind:
    if not isinstance(name, str):
        known = ", ".join(plugins.names(plugins.ACTUATORS))
        said = "is missing" if name is None else f"{shown(name)} is no name of a selector"
        raise SettingsError([Problem(place_of(place, ("kind",)), f"{said}; write one of {known}")])
    kind = plugins.load(plugins.ACTUATORS, name, place_of(place, ("kind",)))
    if not isinstance(kind, ActuatorKind):
        raise MhoError(f'the plug-in behind the selector "{name}" is no ActuatorKind')
    return kind


def _see_simulator(place: str, table: object, kind: ActuatorKind, chosen: Frozen) -> None:
    """See that a table ``[select.simulator]`` fits the simulated instrument."""
    if not table or kind.simulator is None:
        return
    place = place_of(place, (_SIMULATOR,))
    if not isinstance(table, Mapping):
        message = f"{shown(table)} stands where a table is wanted"
        raise SettingsError([Problem(place, message)])
    if kind.rehearses(chosen) is False:
        message = "sets up a simulated instrument, but this selector is a real one; take it out"
        raise SettingsError([Problem(place, message)])
    instrument: InstrumentKind = plugins.load(plugins.INSTRUMENTS, kind.simulator, place)
    settings.parse(place, table, instrument.settings)
