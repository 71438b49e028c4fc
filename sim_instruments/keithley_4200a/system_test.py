"""A system-mode test: sweeps, steps, lists, constants and sampling, played point by point.

Timing of a point: levels are set, the delay passes, all SMUs integrate together, and everything is
read at the end. The hold time (or the wait time of a sampling test) comes before the first point.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from mho.sim_instruments.keithley_4200a.smu import MAX_VOLTAGE, Smu
from mho.sim_instruments.keithley_4200a.status import Refused
from mho.sim_instruments.keithley_4200a.system_setup import (
    BUFFER_SIZE,
    CONSTANT,
    VAR1,
    VAR1_PRIME,
    VAR2,
    Definition,
    Levels,
    Sample,
    SystemSetup,
)

if TYPE_CHECKING:
    from mho.sim_instruments.keithley_4200a.instrument import Keithley4200A


@dataclass(frozen=True, slots=True)
class _Source:
    smu: Smu
    definition: Definition
    levels: Levels  # one value a point

    def apply(self, moment: float, point: int) -> None:
        kind, values, compliance = self.levels.kind, self.levels.values, self.levels.compliance
        if self.definition.is_meter:
            self.smu.apply_current(moment, 0.0, MAX_VOLTAGE)
        elif kind == "V":
            self.smu.apply_voltage(moment, values[point], compliance)
        else:
            self.smu.apply_current(moment, values[point], compliance)

    def check(self) -> None:
        extreme = max(self.levels.values, key=abs)
        if self.levels.kind == "V":
            self.smu.check_voltage(extreme, self.levels.compliance)
        else:
            self.smu.check_current(extreme, self.levels.compliance)


class SystemTest:
    """One test, compiled from the setup when ``ME`` starts it.

    ``clears`` empties the buffers with its first reading (and that of each repetition).

    Raises
    ------
    Refused
        -991 if the setup is inconsistent, -993 for a level that an SMU cannot give.
    """

    def __init__(self, instrument: "Keithley4200A", *, clears: bool) -> None:
        self._instrument, self._clears = instrument, clears
        self._setup = setup = instrument.setup
        plans = _plans(setup)
        self._points = max((len(plan.values) for plan in plans.values()), default=0)
        if not plans or self._points > BUFFER_SIZE:
            raise Refused(-991)
        self._sources = {
            role: _Source(
                instrument.smu(role),
                setup.definitions[role],
                Levels(plan.kind, _stretch(plan.values, self._points), plan.compliance),
            )
            for role, plan in plans.items()
        }
        for source in self._sources.values():
            source.check()
        self._samples = self._points == 1 and not _varies(setup)

    def script(self, start: float) -> Iterator[float]:
        """Play the test; see `mho.sim_instruments.keithley_4200a.run.Script`."""
        instrument, setup = self._instrument, self._setup
        integration = instrument.integration_time + instrument.options.point_overhead
        points = setup.readings if self._samples else self._points
        moment = start
        yield moment
        self._apply(moment, 0)
        moment += setup.hold + (setup.wait if self._samples else 0.0)
        for point in range(points):
            if self._samples:
                duration = integration if point == 0 else max(setup.interval, integration)
            else:
                if point:
                    self._apply(moment, point)
                duration = setup.delay + integration
            moment += duration
            yield moment
            if self._clears and point == 0:
                setup.buffers.clear()
            limited = self._measure(moment, moment - start, 0 if self._samples else point)
            if limited and setup.stop_on_compliance:
                break
        self.stand_by(moment)

    def stand_by(self, moment: float) -> None:
        """Switch off all sources but those that ``ST n, 0`` keeps on."""
        for role, source in self._sources.items():
            if role not in self._setup.keeps_on:
                source.smu.switch_off(moment)

    def _apply(self, moment: float, point: int) -> None:
        for source in self._sources.values():
            source.apply(moment, point)

    def _measure(self, moment: float, time: float, point: int) -> bool:
        instrument, buffers, shown = self._instrument, self._setup.buffers, self._setup.shown
        taken = {
            role: source.smu.measure(moment, instrument.integration_cycles)
            for role, source in self._sources.items()
        }
        limited = any(reading.in_compliance for reading in taken.values())
        for role, reading in taken.items():
            source = self._sources[role]
            letter = instrument.status_letter(reading.in_compliance, limited)
            voltage_name = source.definition.voltage_name
            current_name = source.definition.current_name
            voltage = reading.voltage
            if shown and voltage_name not in shown:
                if source.levels.kind != "V":
                    voltage_name = ""
                voltage = source.levels.values[point]  # not measured: as programmed
            if shown and current_name not in shown:
                current_name = ""
            for name, value in ((voltage_name, voltage), (current_name, reading.current)):
                if name:
                    buffer = buffers.setdefault(name, [])
                    if len(buffer) < BUFFER_SIZE:
                        buffer.append(Sample(value, time, letter))
        return limited


def _varies(setup: SystemSetup) -> bool:
    functions = {definition.function for definition in setup.definitions.values()}
    return bool(setup.lists) or bool(functions & {VAR1, VAR2, VAR1_PRIME})


def _plans(setup: SystemSetup) -> dict[str, Levels]:
    """The levels of every source in the test: one value, or one for each point."""
    inner = _inner_levels(setup)
    steppers = [
        role for role, definition in setup.definitions.items() if definition.function == VAR2
    ]
    steps = [
        setup.var2.get(index, Levels("I", (0.0,), 1.0)) for index, _ in enumerate(steppers, start=1)
    ]
    # the first stepper runs fastest (unverified)
    outer = [combination[::-1] for combination in product(*(step.values for step in steps[::-1]))]
    length = max((len(levels.values) for levels in inner.values()), default=1)
    plans = {}
    for role, definition in setup.definitions.items():
        if role in inner:
            levels = inner[role]
            values = levels.values * len(outer) if len(levels.values) > 1 else levels.values
        elif definition.function == VAR2:
            number = steppers.index(role)
            levels = steps[number]
            values = tuple(combination[number] for combination in outer for _ in range(length))
        else:
            raise Refused(-991)
        if levels.kind != definition.kind and definition.kind is not None:
            raise Refused(-991)
        plans[role] = Levels(levels.kind, values, levels.compliance)
    return plans


def _inner_levels(setup: SystemSetup) -> dict[str, Levels]:
    """VAR1, VAR1', lists and constants: what repeats for every step of VAR2."""
    plans: dict[str, Levels] = {}
    var1 = setup.lists.get(setup.master or "", setup.var1)
    for role, definition in setup.definitions.items():
        if role in setup.lists:
            plans[role] = setup.lists[role]
        elif definition.function == VAR1:
            plans[role] = setup.var1
        elif definition.function == VAR1_PRIME:
            plans[role] = Levels(var1.kind, setup.var1_prime(role, var1.values), var1.compliance)
        elif definition.function == CONSTANT:
            kind = definition.kind or "V"
            plans[role] = setup.constants.get(role, Levels(kind, (0.0,), 0.105))
    lengths = {len(levels.values) for levels in plans.values()} - {1}
    if len(lengths) > 1:
        raise Refused(-991)
    return plans


def _stretch(values: tuple[float, ...], points: int) -> tuple[float, ...]:
    return values * points if len(values) == 1 else values
