"""One channel of a session: its settings, its programming state, its measurements and events.

Programming states, and which settings a commit applies, are from NI-DCPower's "Programming
States" page. The output itself belongs to the module and outlives the session.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from mho.sim_instruments.ni_dcpower.attribute import Attribute, Settings
from mho.sim_instruments.ni_dcpower.attributes import DEFAULTS, known_attribute
from mho.sim_instruments.ni_dcpower.errors import (
    ALREADY_RUNNING,
    EVENT_TIMEOUT,
    FETCH_TIMEOUT,
    INVALID_CONFIGURATION,
    INVALID_VALUE,
    NOT_RUNNING,
    READ_ONLY,
    SHUT_DOWN,
    NiError,
)
from mho.sim_instruments.ni_dcpower.lines import Listener
from mho.sim_instruments.ni_dcpower.module import (
    DISABLED,
    RELAY_OPEN,
    Measurement,
    Module,
)
from mho.sim_instruments.ni_dcpower.operating_point import (
    FAMILIES,
    OperatingPoint,
    effective_range,
    limit_for,
)
from mho.sim_instruments.ni_dcpower.output import Output
from mho.sim_instruments.ni_dcpower.plan import Plans
from mho.sim_instruments.ni_dcpower.rack import Rack
from mho.sim_instruments.ni_dcpower.results import Results, Taken
from mho.sim_instruments.ni_dcpower.routes import exports, inputs
from mho.sim_instruments.ni_dcpower.sequences import Sequences
from mho.sim_instruments.ni_dcpower.source_unit import measure_unit, sequence, single_point
from mho.sim_instruments.ni_dcpower.timeline import Part
from mho.sim_instruments.ni_dcpower.timing import aperture, measures_when
from mho.sim_instruments.ni_dcpower.trigger_attributes import type_of
from mho.sim_instruments.ni_dcpower.values import (
    NO_TRIGGER,
    ON_DEMAND,
    ON_MEASURE_TRIGGER,
    SINGLE_POINT,
    Event,
    Trigger,
)
from mho.sim_instruments.ni_dcpower.verification import check_configuration, check_levels

UNCOMMITTED, COMMITTED, RUNNING = "Uncommitted", "Committed", "Running"
SWITCHES = {"OUTPUT_ENABLED": "enabled", "OUTPUT_CONNECTED": "connected"}


class Channel:
    """One channel. Every method is called under the rack's lock, with the timeline played.

    ``told`` are the attributes that can only be read.
    """

    def __init__(self, module: Module, rack: Rack, facts: Settings) -> None:
        self.module = module
        self._slot = module.slot.lower()
        self._rack = rack
        self._facts = facts
        self._output = Output(module, rack)
        self._parts: list[Part] = []
        self._clear()

    def _clear(self) -> None:
        self.state = UNCOMMITTED
        self.settings: dict[str, Any] = dict(DEFAULTS)
        self.running: dict[str, Any] = {}
        self.sequences = Sequences()
        self._plans = Plans(self.settings)
        self._results = Results(self.settings["MEASURE_BUFFER_SIZE"])
        self._fetched = self.module.point.ranges

    # ---- attributes

    def get(self, name: str, kind: str) -> Any:
        """Read an attribute."""
        known_attribute(name, kind)
        if name in self._facts:
            return self._facts[name]
        if name == "FETCH_BACKLOG":
            return len(self._results)
        if name.endswith("_RANGE_FOR_LAST_FETCH"):
            return self._fetched["CURRENT" in name].full_scale
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
            check_levels(candidate, smallest_limit=False)
        self.settings[attribute.name] = value
        self.running = candidate
        if attribute.sources and self._parts:  # a channel that was shut down has none
            now = self._rack.clock.now()
            self._rack.timeline.cancel(self._parts[0])
            self._parts[0] = self._rack.timeline.start(single_point(self, now), self.module.rank)
            self._rack.timeline.play(now)

    def take_over(self, settings: Settings) -> None:
        """Put all settings at once in place of those that are."""
        self.settings = dict(settings)
        self.state = UNCOMMITTED

    # ---- sequences

    def set_sequence(self, values: Sequence[float], delays: Sequence[float]) -> None:
        """The simple sequence."""
        self.must_be_idle("Set Sequence")
        self.sequences.set_simple(values, delays)
        self.state = UNCOMMITTED

    def create_sequence(self, name: str, attributes: Iterable[str], *, activate: bool) -> None:
        """An advanced sequence."""
        self.must_be_idle("Create Advanced Sequence")
        self.sequences.create(name, attributes, self.settings)
        if activate:
            self.settings["ACTIVE_ADVANCED_SEQUENCE"] = name
        self.state = UNCOMMITTED

    def create_step(self, *, activate: bool, commit: bool = False) -> None:
        """A step of the active advanced sequence."""
        self.must_be_idle("Create Advanced Sequence Step")
        number = self.sequences.add_step(self.settings, commit=commit)
        if activate:
            self.settings["ACTIVE_ADVANCED_SEQUENCE_STEP"] = number
        self.state = UNCOMMITTED

    def delete_sequence(self, name: str) -> None:
        """Delete an advanced sequence; if it was active, none is."""
        self.must_be_idle("Delete Advanced Sequence")
        self.sequences.delete(name)
        if self.settings["ACTIVE_ADVANCED_SEQUENCE"] == name:
            self.settings["ACTIVE_ADVANCED_SEQUENCE"] = ""
        self.state = UNCOMMITTED

    def must_be_idle(self, what: str) -> None:
        """Refuse ``what`` while running."""
        if self.state == RUNNING:
            raise NiError(ALREADY_RUNNING, f"{what} needs an idle channel.")

    # ---- programming states

    def verify(self) -> None:
        """Refuse a configuration that cannot run, or a channel that runs already."""
        if self.state == RUNNING:
            raise NiError(ALREADY_RUNNING)
        if self.module.shut_down:
            raise NiError(SHUT_DOWN)
        self.check()

    def check(self) -> None:
        """Refuse a configuration that cannot run."""
        check_configuration(self.settings, self.sequences, self.module.version)
        inputs(self.settings, self._slot, self._rack.modules)

    def commit(self) -> None:
        """Verify, and apply what needs no running channel: routes and the output relay."""
        if self.state == RUNNING:
            return  # what hardware does is unverified
        self.verify()
        self.claim()
        self.state = COMMITTED
        connected = self.settings["OUTPUT_CONNECTED"]
        if self.module.point.connected and not connected:
            self.module.put(self._rack.clock.now(), self.module.point._replace(connected=False))

    def claim(self) -> None:
        """Take the lines of the backplane that the settings export to."""
        self._rack.lines.export(self._slot, exports(self.settings))

    def arm(self) -> None:
        """To Running, and hear every edge from now on; nothing happens yet."""
        self.state = RUNNING
        self.running = dict(self.settings)
        self._results = Results(self.running["MEASURE_BUFFER_SIZE"])
        heard = inputs(self.settings, self._slot, self._rack.modules)
        for trigger, terminal in heard.items():
            self._rack.lines.listen(terminal, Listener(self._slot, trigger, self._edge))

    def start(self, now: float) -> None:
        """Source and measure from ``now`` (s) on; the timeline is not yet played."""
        if self.settings["SOURCE_MODE"] == SINGLE_POINT:
            units = [single_point(self, now)]
        else:
            if not self._plans.serve(self.running):
                self._plans = Plans(self.running)
            steps = self.sequences.steps(self.settings)
            commit_step = self.sequences.commit_step(self.settings)
            units = [sequence(self, self._plans, steps, commit_step, now)]
        if measures_when(self.settings) == ON_MEASURE_TRIGGER:
            units.append(measure_unit(self))
        start = self._rack.timeline.start
        self._parts = [start(unit, self.module.rank) for unit in units]

    def abort(self) -> None:
        """Stop where it stands. The output stays on as it is."""
        self._stop()
        self.state = UNCOMMITTED
        self._rack.changed.notify_all()

    def _stop(self) -> None:
        self._rack.lines.silence(self._slot)
        self._output.stop()
        for part in self._parts:
            self._rack.timeline.cancel(part)
        self._parts = []

    def reset(self, *, open_relay: bool = False) -> None:
        """Output off, settings at their defaults, sequences and routes forgotten."""
        self.abort()
        self._rack.lines.export(self._slot, {})
        self.module.shut_down = False
        self.module.cutoffs = 0
        self.module.put(self._rack.clock.now(), RELAY_OPEN if open_relay else DISABLED)
        self._clear()

    # ---- triggers and events

    def trigger(self, which: int) -> None:
        """A software edge, which may stand in for a digital one.

        If nothing waits for it, it does nothing.
        """
        try:
            trigger = Trigger(which)
        except ValueError:
            raise NiError(INVALID_VALUE, f"Software edge trigger {which}.") from None
        self._must_run()
        now = self._rack.clock.now()
        self._edge(trigger, now)
        self._rack.timeline.play(now)
        self._rack.changed.notify_all()

    def _edge(self, trigger: Trigger, moment: float) -> None:
        if trigger is Trigger.SHUTDOWN and self.running[type_of(trigger)] != NO_TRIGGER:
            self._stop()
            self._output.shut_down(moment)
        for part in self._parts:
            if part.waits_for is trigger:
                self._rack.timeline.release(part, moment)

    @property
    def heard(self) -> bool:
        """Whether anybody waits for triggers or events of anybody."""
        return self._rack.lines.heard

    def notify(self, event: Event, moment: float) -> None:
        """Generate an event."""
        self._results.events.add(event)
        if self._rack.lines.heard:
            self._rack.lines.emit(self._slot, event, moment)

    def passes(self, trigger: Trigger, moment: float) -> None:
        """Pass on a trigger that has been acted on."""
        if self._rack.lines.heard:
            self._rack.lines.emit(self._slot, trigger, moment)

    def _must_run(self) -> None:
        if self.state != RUNNING:
            raise NiError(NOT_RUNNING)

    # ---- what the source unit does

    def put(self, moment: float, point: OperatingPoint) -> None:
        """Put an operating point on the output."""
        self._output.put(moment, self.running, point)

    def acquire(self, moment: float, duration: float) -> bool:
        """A measurement into the buffer; gives whether there was room for it."""
        return self._results.add(self._output.read(moment, self.running, duration))

    # ---- results

    def wait_for(self, event: Event, timeout: float) -> None:
        """Wait for an event since the last wait for it, or since initiate."""

        def happened() -> bool:
            self._must_run()
            return event in self._results.events

        self._rack.wait(happened, timeout, NiError(EVENT_TIMEOUT, f"Event: {event.name}."))
        self._results.events.discard(event)

    def measure(self) -> Measurement:
        """A measurement on demand; on the clock it takes no time."""
        self._must_run()
        if measures_when(self.running) != ON_DEMAND:
            raise NiError(INVALID_CONFIGURATION, "Measure When is not On Demand: use Fetch.")
        return self._output.read(self._rack.clock.now(), self.running, aperture(self.running))

    def fetch(self, number: int, timeout: float) -> Taken:
        """The oldest ``number`` measurements; waits for them up to ``timeout`` s.

        0 gives none at once: NI's examples fetch whatever the backlog says. In a session opened
        with Simulate, one that will get no more is given readings of now, as NI's driver does.
        """
        self._must_run()
        if measures_when(self.running) == ON_DEMAND:
            raise NiError(INVALID_CONFIGURATION, "Measure When is On Demand: use Measure.")
        if number < 0:
            raise NiError(INVALID_VALUE, f"Count: {number}.")

        def enough() -> bool:
            self._must_run()
            return self._results.holds(number) or (
                self._facts["SIMULATE"]
                and number <= DEFAULTS["MEASURE_BUFFER_SIZE"]
                and not any(part.alive for part in self._parts)
            )

        self._rack.wait(enough, timeout, NiError(FETCH_TIMEOUT, f"Count: {number}."))
        self._fetched = self.module.point.ranges
        now, duration = self._rack.clock.now(), aperture(self.running)
        for _ in range(number - len(self._results)):
            self._results.add(self._output.read(now, self.running, duration))
        return self._results.take(number)

    def in_compliance(self) -> bool:
        """Whether the limit holds the output now."""
        return self.module.in_compliance(self._rack.clock.now())
