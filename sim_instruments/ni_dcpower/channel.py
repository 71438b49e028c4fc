"""One channel of a session: its settings, its programming state, its measurements and events.

Programming states, and which settings a commit applies, are from NI-DCPower's "Programming
States" page. The output itself belongs to the module and outlives the session.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

from mho.sim_instruments.ni_dcpower.attributes import ATTRIBUTES, DEFAULTS, Attribute, Settings
from mho.sim_instruments.ni_dcpower.errors import (
    ALREADY_RUNNING,
    ATTRIBUTE_NOT_SUPPORTED,
    BUFFER_OVERFLOW,
    EVENT_TIMEOUT,
    FETCH_TIMEOUT,
    INVALID_CONFIGURATION,
    INVALID_VALUE,
    NOT_RUNNING,
    READ_ONLY,
    TYPES_DO_NOT_MATCH,
    NiError,
)
from mho.sim_instruments.ni_dcpower.module import (
    DISABLED,
    RELAY_OPEN,
    Measurement,
    Module,
)
from mho.sim_instruments.ni_dcpower.operating_point import (
    BIASES,
    FAMILIES,
    Family,
    check,
    effective_range,
    limit_for,
    operating_point,
)
from mho.sim_instruments.ni_dcpower.rack import Rack
from mho.sim_instruments.ni_dcpower.sequences import Sequences
from mho.sim_instruments.ni_dcpower.source_unit import measure_unit, sequence, single_point
from mho.sim_instruments.ni_dcpower.timeline import Part, Trigger
from mho.sim_instruments.ni_dcpower.timing import aperture, check_timing, measures_when
from mho.sim_instruments.ni_dcpower.values import (
    ON_DEMAND,
    ON_MEASURE_TRIGGER,
    SINGLE_POINT,
    SOFTWARE_EDGE,
    Event,
)

UNCOMMITTED, COMMITTED, RUNNING = "Uncommitted", "Committed", "Running"
SWITCHES = {"OUTPUT_ENABLED": "enabled", "OUTPUT_CONNECTED": "connected"}


def known_attribute(name: str, kind: str) -> Attribute:
    """The attribute ``name``, asked for as ``kind``."""
    attribute = ATTRIBUTES.get(name)
    if attribute is None:
        raise NiError(ATTRIBUTE_NOT_SUPPORTED, f"Attribute: {name}.")
    if attribute.kind != kind:
        raise NiError(
            TYPES_DO_NOT_MATCH, f"Attribute: {name} is {attribute.kind}, asked for as {kind}."
        )
    return attribute


class Channel:
    """One channel. Every method is called under the rack's lock, with the timeline played."""

    def __init__(self, module: Module, rack: Rack, told: Settings, *, enabled: bool) -> None:
        self.module = module
        self._rack = rack
        self._told = told
        self._enabled = enabled
        self._parts: list[Part] = []
        self._clear()

    def _clear(self) -> None:
        self.state = UNCOMMITTED
        self.settings: dict[str, Any] = {**DEFAULTS, "OUTPUT_ENABLED": self._enabled}
        self.running: dict[str, Any] = {}
        self.sequences = Sequences()
        self._measurements: deque[Measurement] = deque()
        self._overflow = False
        self._events: set[Event] = set()

    # ---- attributes

    def get(self, name: str, kind: str) -> Any:
        """Read an attribute."""
        known_attribute(name, kind)
        if name in self._told:
            return self._told[name]
        if name == "FETCH_BACKLOG":
            return len(self._measurements)
        if name == "MEASURE_RECORD_DELTA_TIME":
            return aperture(self.settings)
        if name == "MEASURE_WHEN":
            return measures_when(self.settings)
        step = self.sequences.active_step(self.settings, name)
        settings = self.settings if step is None else {**self.settings, **step}
        for family in FAMILIES.values():
            if name == family.level_range:
                return effective_range(settings, name, settings[family.level])
            if name == family.limit_range:
                limit = limit_for(settings, family, settings[family.level])
                return effective_range(settings, name, limit)
        return settings[name]

    def set(self, name: str, kind: str, value: Any) -> None:
        """Write an attribute; while running it takes effect at once where the module can."""
        attribute = known_attribute(name, kind)
        if attribute.read_only or attribute.accept is None:
            raise NiError(READ_ONLY, f"Attribute: {name}.")
        if self.state == RUNNING and attribute.idle_only:
            raise NiError(ALREADY_RUNNING, f"{name} cannot be changed.")
        if name == "ACTIVE_ADVANCED_SEQUENCE" and value:
            self.sequences.named(value)
        switch = SWITCHES.get(name) if self.state == RUNNING else None
        step = None if switch else self.sequences.active_step(self.settings, name)
        if step is not None:
            if self.state == RUNNING:
                raise NiError(ALREADY_RUNNING, f"{name} of an advanced sequence step.")
            step[name] = attribute.accept(value, {**self.settings, **step})
            self.state = UNCOMMITTED
            return
        value = attribute.accept(value, self.settings)
        if self.state != RUNNING:
            self.settings[name] = value
            self.state = UNCOMMITTED
        elif self.settings["SOURCE_MODE"] == SINGLE_POINT:
            self._set_single_point(attribute, value)
        else:
            self.settings[name] = value
            if switch:
                self.running[name] = value
                self.module.put(
                    self._rack.clock.now(), self.module.point._replace(**{switch: value})
                )

    def _set_single_point(self, attribute: Attribute, value: Any) -> None:
        candidate = {**self.running, attribute.name: value}
        if attribute.sources:
            self._check_levels(candidate, smallest_limit=False)
        self.settings[attribute.name] = value
        self.running = candidate
        if attribute.sources:
            now = self._rack.clock.now()
            self._rack.timeline.cancel(self._parts[0])
            self._parts[0] = self._rack.timeline.start(single_point(self, now), self.module.rank)
            self._rack.timeline.play(now)

    # ---- sequences

    def set_sequence(self, values: Sequence[float], delays: Sequence[float]) -> None:
        """The simple sequence."""
        self._must_be_idle("Set Sequence")
        self.sequences.set_simple(values, delays)
        self.state = UNCOMMITTED

    def create_sequence(self, name: str, attributes: Iterable[str], *, activate: bool) -> None:
        """An advanced sequence."""
        self._must_be_idle("Create Advanced Sequence")
        self.sequences.create(name, attributes, self.settings)
        if activate:
            self.settings["ACTIVE_ADVANCED_SEQUENCE"] = name
        self.state = UNCOMMITTED

    def create_step(self, *, activate: bool, commit: bool = False) -> None:
        """A step of the active advanced sequence."""
        self._must_be_idle("Create Advanced Sequence Step")
        number = self.sequences.add_step(self.settings, commit=commit)
        if activate:
            self.settings["ACTIVE_ADVANCED_SEQUENCE_STEP"] = number
        self.state = UNCOMMITTED

    def delete_sequence(self, name: str) -> None:
        """Delete an advanced sequence; if it was active, none is."""
        self._must_be_idle("Delete Advanced Sequence")
        self.sequences.delete(name)
        if self.settings["ACTIVE_ADVANCED_SEQUENCE"] == name:
            self.settings["ACTIVE_ADVANCED_SEQUENCE"] = ""
        self.state = UNCOMMITTED

    def _must_be_idle(self, what: str) -> None:
        if self.state == RUNNING:
            raise NiError(ALREADY_RUNNING, f"{what} needs an idle channel.")

    # ---- programming states

    def verify(self) -> None:
        """Refuse a configuration that cannot run, or a channel that runs already."""
        if self.state == RUNNING:
            raise NiError(ALREADY_RUNNING)
        if self.settings["SOURCE_MODE"] == SINGLE_POINT:
            configurations: Iterable[Settings] = [self.settings]
        else:
            configurations = ({**self.settings, **step} for step in self._distinct_steps())
        for settings in configurations:
            check_timing(settings, self.module.version)
            self._check_levels(settings)

    def _distinct_steps(self) -> list[dict[str, Any]]:
        steps = self.sequences.steps(self.settings)
        if self.settings["ACTIVE_ADVANCED_SEQUENCE"]:
            commit_step = self.sequences.commit_step(self.settings)
            return steps if commit_step is None else [commit_step, *steps]
        level = FAMILIES[self.settings["OUTPUT_FUNCTION"]].level
        longest = max(steps, key=lambda step: step.get("SOURCE_DELAY", 0.0))
        return [min(steps, key=lambda s: s[level]), max(steps, key=lambda s: s[level]), longest]

    def _check_levels(self, settings: Settings, *, smallest_limit: bool = True) -> None:
        function = settings["OUTPUT_FUNCTION"]
        check(settings, FAMILIES[function], smallest_limit=smallest_limit)
        if function in BIASES:
            check(settings, BIASES[function], smallest_limit=smallest_limit)

    def commit(self) -> None:
        """Verify, and apply what needs no running channel: here the output relay."""
        if self.state == RUNNING:
            return  # what hardware does is unverified
        self.verify()
        self.state = COMMITTED
        connected = self.settings["OUTPUT_CONNECTED"]
        if self.module.point.connected and not connected:
            self.module.put(self._rack.clock.now(), self.module.point._replace(connected=False))

    def initiate(self) -> None:
        """Start sourcing and measuring what has been verified."""
        now = self._rack.clock.now()
        self.state = RUNNING
        self.running = dict(self.settings)
        self._measurements.clear()
        self._overflow = False
        self._events.clear()
        if self.settings["SOURCE_MODE"] == SINGLE_POINT:
            units = [single_point(self, now)]
        else:
            steps = self.sequences.steps(self.settings)
            units = [sequence(self, steps, self.sequences.commit_step(self.settings), now)]
        if measures_when(self.settings) == ON_MEASURE_TRIGGER:
            units.append(measure_unit(self))
        start = self._rack.timeline.start
        self._parts = [start(unit, self.module.rank) for unit in units]
        self._rack.timeline.play(now)

    def abort(self) -> None:
        """Stop where it stands. The output stays on as it is."""
        for part in self._parts:
            self._rack.timeline.cancel(part)
        self._parts = []
        self.state = UNCOMMITTED
        self._rack.changed.notify_all()

    def reset(self, *, open_relay: bool = False) -> None:
        """Output off, settings at their defaults, sequences forgotten."""
        self.abort()
        self.module.put(self._rack.clock.now(), RELAY_OPEN if open_relay else DISABLED)
        self._clear()

    def trigger(self, which: int) -> None:
        """A software edge. It is lost if nothing waits for it, as on hardware (unverified)."""
        try:
            trigger = Trigger(which)
        except ValueError:
            raise NiError(INVALID_VALUE, f"Software edge trigger {which}.") from None
        if self.settings[f"{trigger.name}_TRIGGER_TYPE"] != SOFTWARE_EDGE:
            raise NiError(
                INVALID_CONFIGURATION, f"The {trigger.name} trigger is not a software edge."
            )
        self._must_run()
        now = self._rack.clock.now()
        for part in self._parts:
            if part.waits_for is trigger:
                self._rack.timeline.trigger(part, now)
        self._rack.timeline.play(now)
        self._rack.changed.notify_all()

    def _must_run(self) -> None:
        if self.state != RUNNING:
            raise NiError(NOT_RUNNING)

    # ---- what the source unit does

    def put(self, moment: float, settings: Settings, family: Family) -> None:
        """Put the operating point of ``settings`` on the output."""
        self.module.put(moment, operating_point(settings, family))

    def acquire(self, moment: float, duration: float) -> None:
        """A measurement into the buffer; one too many is lost and told at the next fetch."""
        measurement = self.module.measure(moment, duration)
        if len(self._measurements) < self.running["MEASURE_BUFFER_SIZE"]:
            self._measurements.append(measurement)
        else:
            self._overflow = True

    def notify(self, event: Event) -> None:
        """An event, until somebody waits for it."""
        self._events.add(event)

    # ---- results

    def wait_for(self, event: Event, timeout: float) -> None:
        """Wait for an event since the last wait for it, or since initiate."""

        def happened() -> bool:
            self._must_run()
            return event in self._events

        self._rack.wait(happened, timeout, NiError(EVENT_TIMEOUT, f"Event: {event.name}."))
        self._events.discard(event)

    def measure(self) -> Measurement:
        """A measurement on demand; on the clock it takes no time."""
        self._must_run()
        if measures_when(self.running) != ON_DEMAND:
            raise NiError(INVALID_CONFIGURATION, "Measure When is not On Demand: use Fetch.")
        return self.module.measure(self._rack.clock.now(), aperture(self.running))

    def fetch(self, number: int, timeout: float) -> list[Measurement]:
        """The oldest ``number`` measurements; waits for them up to ``timeout`` s.

        0 gives none at once: NI's examples fetch whatever the backlog says.
        """
        self._must_run()
        if measures_when(self.running) == ON_DEMAND:
            raise NiError(INVALID_CONFIGURATION, "Measure When is On Demand: use Measure.")
        if number < 0:
            raise NiError(INVALID_VALUE, f"Count: {number}.")

        def enough() -> bool:
            self._must_run()
            if self._overflow:
                raise NiError(BUFFER_OVERFLOW)
            return len(self._measurements) >= number

        self._rack.wait(enough, timeout, NiError(FETCH_TIMEOUT, f"Count: {number}."))
        return [self._measurements.popleft() for _ in range(number)]

    def in_compliance(self) -> bool:
        """Whether the limit holds the output now."""
        return self.module.in_compliance(self._rack.clock.now())
