"""Half-selected cells: what the other cells on a line see while one of them is selected."""

from collections.abc import Iterator, Mapping

from mho.bench.plan import Plan, covers
from mho.device.layout import Address, ArrayLayout, line_name
from mho.device.profile import DeviceProfile
from mho.quantities import VOLT
from mho.recording.documents import RunStart, RunStop
from mho.selector_wiring import SelectorWiring
from mho.stimuli import Source


class HalfSelected:
    """Programming pulses that the cells of an array saw on their lines, not being selected."""

    def __init__(self, layout: ArrayLayout) -> None:
        self._layout = layout
        self._pulses: dict[tuple[Address, str], int] = {}

    def add(self, selected: Address, pulses: Mapping[str, int]) -> None:
        """Count the pulses at a cell, by terminal, for those on its lines."""
        for terminal, count in pulses.items():
            if count and terminal in self._layout.lines:
                for other in self._layout.sharing(terminal, selected):
                    key = other, terminal
                    self._pulses[key] = self._pulses.get(key, 0) + count

    def pulses(self, cell: Address, terminal: str) -> int:
        """How many one cell saw at one of its terminals."""
        return self._pulses.get((cell, terminal), 0)

    @property
    def most(self) -> tuple[int, Address, str] | None:
        """The most that any cell saw, which cell, and where; None if none saw any."""
        if not self._pulses:
            return None
        (cell, terminal), pulses = max(self._pulses.items(), key=lambda one: one[1])
        return pulses, cell, terminal


def half_select_refusals(
    plan: Plan, profile: DeviceProfile, at: Address, before: HalfSelected
) -> list[str]:
    """Why the cells that share a line with this one must not see what is planned for it."""
    layout = profile.array
    most = None if layout is None else layout.max_half_selected_pulses
    if layout is None or most is None:
        return []
    found = []
    for terminal, pulses in plan.pulses_at.items():
        others = layout.sharing(terminal, at) if terminal in layout.lines else ()
        if not pulses or not others:
            continue
        worst = max(others, key=lambda one: before.pulses(one, terminal))
        had = before.pulses(worst, terminal)
        if had + pulses > most:
            found.append(
                f"half-select: up to {pulses} programming pulses are planned at {terminal} of "
                f"{at}, on {line_name(terminal, layout.line(terminal, at))} as {len(others)} other "
                f"cells are; {worst} saw {had} before, and {profile.name} allows {most} "
                "(array.max_half_selected_pulses)"
            )
    return found


def follower_refusals(
    plan: Plan, profile: DeviceProfile, wiring: SelectorWiring | None
) -> list[str]:
    """Why lines of other cells must not follow what is planned; the worst of each follower."""
    if wiring is None:
        return []
    found = []
    for terminal in profile.terminals:
        follower = wiring.followers.get(wiring.of_other_cells(terminal))
        if follower is None:
            continue
        limits = profile.terminals[terminal]
        worst, level = 0.0, 0.0
        for one in _levels(plan, follower.of):
            reached = follower.part * one
            beyond = max(reached - limits.max_voltage, limits.min_voltage - reached)
            if beyond > max(worst, 1e-9):
                worst, level = beyond, one
        if worst:
            found.append(
                f"half-select: {VOLT.show(level)} at {follower.of} puts "
                f"{VOLT.show(float(f'{follower.part * level:.4g}'))} on the lines of {terminal} "
                f"that other cells are on ({wiring.of_other_cells(terminal)} gives "
                f"{follower.part:.3g} of it); {profile.name} allows "
                f"{VOLT.show(limits.min_voltage)} to {VOLT.show(limits.max_voltage)} there"
            )
    return found


def _levels(plan: Plan, terminal: str) -> Iterator[float]:
    """The largest and the smallest voltage that is planned at a terminal."""
    for (name, source), cover in covers(plan).stimuli.items():
        if name == terminal and source is Source.VOLTAGE:
            yield from (cover.lowest, cover.highest)


def half_selected_lines(start: RunStart, stop: RunStop | None) -> Iterator[str]:
    """What the other cells on the lines of a run have seen of it, for people."""
    if start.selected is None or stop is None:
        return
    pulses: dict[str, int] = {}
    volt_seconds: dict[str, float] = {}
    for one in stop.dose or ():
        pulses[one.terminal] = max(pulses.get(one.terminal, 0), one.pulses)
        volt_seconds[one.terminal] = volt_seconds.get(one.terminal, 0.0) + one.volt_seconds
    selected = start.selected
    for terminal, others in selected.sharing.items():
        part = selected.parts.get(terminal)
        pulsed = terminal if part is None else selected.pulsed
        count, seconds = pulses.get(pulsed, 0), volt_seconds.get(pulsed, 0.0)
        if part == 0.0 or not (count or seconds):
            continue
        yield (
            f"half-selected meanwhile: {others} other cells on the {terminal} line of "
            f"r{selected.row}c{selected.column} saw {count} programming pulses and "
            f"{seconds * (1.0 if part is None else part):.3g} V s"
            + ("" if part is None else f", {part:.3g} of what stood at {pulsed}")
        )
