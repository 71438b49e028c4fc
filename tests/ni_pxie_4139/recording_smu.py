"""A rack of stand-ins for NI's sessions: records every exchange and models only the output.

What it knows of the hardware is pessimistic: settings take effect at initiate or reset only, but
for a level while a single point runs, and neither abort nor close changes the output. A sequence
has measured everything only once its time is over, which passes while somebody fetches.
"""

from collections import namedtuple
from dataclasses import dataclass, field

from nidcpower import SourceMode
from nidcpower.errors import DriverError

from mho.clock import VirtualClock

Measurement = namedtuple("Measurement", "voltage current in_compliance channel")

LARGEST_CURRENT = 3.0
"""A: the largest range of a 4139 that is not pulsed."""

DEFAULTS = {"source_mode": SourceMode.SINGLE_POINT, "sequence_loop_count": 1}


@dataclass
class Rack:
    clock: VirtualClock = field(default_factory=VirtualClock)
    models: dict = field(default_factory=dict)
    log: list = field(default_factory=list)
    outputs: dict = field(default_factory=dict)
    faults: dict = field(default_factory=dict)
    refuses_connection: Exception | None = None
    place = "the rack"
    hung_up = False
    exchanges = None

    def open(self, resource):
        if self.refuses_connection:
            raise self.refuses_connection
        self.log.append((resource, "open", None))
        return RecordingSmu(self, resource)

    def close(self):
        self.hung_up = True

    def take(self):
        """The exchanges since last time: names of what was set or called."""
        names = [name for _, name, _ in self.log]
        self.log.clear()
        return names


class RecordingSmu:
    def __init__(self, rack, resource):
        self.__dict__.update(
            rack=rack,
            resource=resource,
            values=dict(DEFAULTS),
            sequences={},
            steps=[],
            measured=[],
            runs=False,
            ends_at=None,
        )

    def __setattr__(self, name, value):
        self._exchange(name, value)
        self.values[name] = value
        active = self.values.get("active_advanced_sequence")
        if active and name in self.sequences[active][0]:
            index = self.values["active_advanced_sequence_step"]
            self.sequences[active][1][index][name] = value
        elif name == "voltage_level" and self.runs:
            assert abs(value) <= self.values["voltage_level_range"]
            self.rack.outputs[self.resource] = value

    @property
    def instrument_model(self):
        self._exchange("instrument_model")
        return self.rack.models.get(self.resource, "NI PXIe-4139")

    @property
    def serial_number(self):
        self._exchange("serial_number")
        return "01ABCDEF"

    @property
    def instrument_firmware_revision(self):
        self._exchange("instrument_firmware_revision")
        return "1.2"

    def create_advanced_sequence(self, sequence_name, property_names, set_as_active_sequence):
        self._exchange("create_advanced_sequence", sequence_name)
        assert sequence_name not in self.sequences
        self.sequences[sequence_name] = (tuple(property_names), [])
        if set_as_active_sequence:
            self.values["active_advanced_sequence"] = sequence_name

    def create_advanced_sequence_step(self, set_as_active_step):
        self._exchange("create_advanced_sequence_step")
        steps = self.sequences[self.values["active_advanced_sequence"]][1]
        steps.append({})
        if set_as_active_step:
            self.values["active_advanced_sequence_step"] = len(steps) - 1

    def delete_advanced_sequence(self, sequence_name):
        self._exchange("delete_advanced_sequence", sequence_name)
        del self.sequences[sequence_name]

    def set_sequence(self, values, source_delays):
        self._exchange("set_sequence", (tuple(values), tuple(source_delays)))
        assert not self.sequences, "set_sequence mixed with advanced sequences"
        self.steps[:] = zip(values, source_delays, strict=True)

    def initiate(self):
        self._exchange("initiate")
        assert self.ends_at is None and not self.runs, "it runs already"
        if not self.values["output_enabled"]:
            self.rack.outputs[self.resource] = None
        elif self.values["source_mode"] is SourceMode.SINGLE_POINT:
            self.rack.outputs[self.resource] = self.values["voltage_level"]
            self.__dict__["runs"] = True
        else:
            played = self.playing()
            lasts = sum(duration for _, duration in played)
            self.__dict__["ends_at"] = self.rack.clock.now() + lasts
            self.measured[:] = [level for level, _ in played]
            self.rack.outputs[self.resource] = played[-1][0]

    def playing(self):
        active = self.values.get("active_advanced_sequence")
        if active:
            for step in self.sequences[active][1]:
                assert abs(step["voltage_level"]) <= step["voltage_level_range"]
                assert step["current_limit"] <= step["current_limit_range"]
            steps = [
                (step["voltage_level"], step["source_delay"] + step["aperture_time"])
                for step in self.sequences[active][1]
            ]
        else:
            largest = self.values["voltage_level_range"]
            assert all(abs(level) <= largest for level, _ in self.steps)
            chosen = self.values.get("current_limit_autorange")
            span = LARGEST_CURRENT if chosen else self.values["current_limit_range"]
            assert self.values["current_limit"] <= span
            steps = [(level, delay + self.values["aperture_time"]) for level, delay in self.steps]
        return steps * self.values["sequence_loop_count"]

    def wait_for_event(self, event_id, timeout):
        self._exchange("wait_for_event", timeout)
        self._wait(timeout)

    def _wait(self, timeout):
        now = self.rack.clock.now()
        self.rack.clock.advance_to(min(self.ends_at, now + timeout))
        if self.ends_at > now + timeout:
            raise DriverError(-1074116059, "It did not end in time.")

    def fetch_multiple(self, count, timeout):
        self._exchange("fetch_multiple", count)
        self._wait(timeout)
        taken, self.measured[:] = self.measured[:count], self.measured[count:]
        return [Measurement(v, i * 1e-6, v > 2, "0") for i, v in enumerate(taken)]

    def abort(self):
        self._exchange("abort")
        self.__dict__.update(runs=False, ends_at=None)

    def reset(self):
        self._exchange("reset")
        self.__dict__.update(runs=False, ends_at=None)
        self.values.clear()
        self.values.update(DEFAULTS)
        self.rack.outputs[self.resource] = None

    def close(self):
        self._exchange("close")

    def _exchange(self, name, value=None):
        fault = self.rack.faults.get(name)
        if isinstance(fault, list):
            fault = fault.pop(0) if fault else None
        if fault is not None:
            raise fault
        self.rack.log.append((self.resource, name, value))
