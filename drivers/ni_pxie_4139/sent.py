"""What a session has been sent, settings and sequences: only what changed is sent again."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from mho.drivers.ni_pxie_4139.program import Program
from mho.drivers.ni_pxie_4139.session import AUTORANGE, FUNCTIONS, SEQUENCE, SmuSession
from mho.drivers.ni_pxie_4139.steps import Properties, Step

_KEPT_SEQUENCES = 16

_NAMES = (f"mho{number}" for number in count(1))


@dataclass(slots=True)
class _Loaded:
    """A sequence in the SMU: its name, and the level of its first step as last sent."""

    name: str
    level: float


class Sent:
    """What one session of NI's client has been sent, since it was opened or reset.

    ``known`` is what need not be sent. ``is_uniform`` says which family of sequences the session
    has been sent at any time, None if neither.
    """

    def __init__(
        self, session: SmuSession, known: Mapping[str, object], is_uniform: bool | None
    ) -> None:
        self.is_uniform = is_uniform
        self._session = session
        self._values: dict[str, Any] = dict(known)
        self._sequences: dict[tuple[Step, ...], _Loaded] = {}
        self._loaded = _Loaded("", 0.0)
        self._active_step: int | None = None

    def set(self, name: str, value: Any) -> None:
        """Send a property, unless it has that value."""
        if self._values.get(name) != value:
            setattr(self._session, name, value)
            self._values[name] = value

    def set_limit(self, properties: Properties, span: float, limit: float) -> None:
        """Send a limit and its range ``span``, if NI-DCPower does not choose the range by now."""
        if self._values.get(properties.limit_autorange) != AUTORANGE:
            self.set(properties.limit_range, span)
        self.set(properties.limit, limit)

    def leave_sequences(self) -> None:
        """Have the properties that follow mean the channel, not a step of an advanced sequence."""
        if self.is_uniform is False:
            self.set("active_advanced_sequence", "")

    def load(self, program: Program, level: float) -> None:
        """Send what ``program`` needs, its first step at ``level``; it is of the session's family.

        The output has to be switched on by who calls.
        """
        self.is_uniform = program.uniform
        self.set("source_mode", SEQUENCE)
        self.set("output_function", FUNCTIONS[program.source])
        if program.uniform:
            self._load_uniform(program, level)
        else:
            self._load_advanced(program, level)
        self.set("sequence_loop_count", program.loops)

    def set_level(self, program: Program, level: float) -> None:
        """Send the level of the first step of the program that was loaded last, if it changed."""
        if level == self._loaded.level:
            return
        if program.uniform:
            self._send_sequence(program, level)
            return
        if self._active_step != 0:
            self._session.active_advanced_sequence_step = self._active_step = 0
        setattr(self._session, program.properties.level, level)
        self._loaded.level = level

    def _load_uniform(self, program: Program, level: float) -> None:
        """Send what all of its steps share, then their levels and delays.

        NI-DCPower chooses the range of the limit, the same that the step has: a closed loop goes
        from the limit of its pulses to that of its reads and back with one exchange.
        """
        properties, first = program.properties, Properties(*program.steps[0])
        # A level held before may not fit into the range of the sequence.
        self.set(properties.level, 0.0)
        self.set(properties.level_range, first.level_range)
        self.set(properties.limit_autorange, AUTORANGE)
        self.set(properties.limit, first.limit)
        self.set(properties.aperture_time, first.aperture_time)
        self._send_sequence(program, level)

    def _send_sequence(self, program: Program, level: float) -> None:
        levels = [getattr(step, program.properties.level) for step in program.steps]
        levels[0] = level
        self._session.set_sequence(levels, [step.source_delay for step in program.steps])
        self._loaded = _Loaded("", level)

    def _load_advanced(self, program: Program, level: float) -> None:
        known = self._sequences.get(program.steps)
        if known is None:
            self._create(program, level)
            return
        if self._values.get("active_advanced_sequence") != known.name:
            self.set("active_advanced_sequence", known.name)
            self._active_step = None  # whether it is kept beside a sequence is unverified
        self._loaded = known
        self.set_level(program, level)

    def _create(self, program: Program, level: float) -> None:
        session = self._session
        if len(self._sequences) >= _KEPT_SEQUENCES:
            oldest = next(iter(self._sequences))
            session.delete_advanced_sequence(self._sequences.pop(oldest).name)
        name = next(_NAMES)
        session.create_advanced_sequence(name, program.properties, True)
        self._values["active_advanced_sequence"] = name
        for number, step in enumerate(program.steps):
            session.create_advanced_sequence_step(True)
            self._active_step = number
            for setting, value in zip(program.properties, step, strict=True):
                is_first_level = not number and setting == program.properties.level
                setattr(session, setting, level if is_first_level else value)
        self._loaded = self._sequences[program.steps] = _Loaded(name, level)
        if program.loops == 1:  # the level of its first step is likely to change
            session.active_advanced_sequence_step = self._active_step = 0
