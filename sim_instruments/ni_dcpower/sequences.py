"""The sequences of one channel: a simple one, or any number of advanced ones."""

from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mho.sim_instruments.ni_dcpower.attribute import Settings
from mho.sim_instruments.ni_dcpower.attributes import ATTRIBUTES, DEFAULTS
from mho.sim_instruments.ni_dcpower.errors import (
    ATTRIBUTE_NOT_SUPPORTED,
    INVALID_CONFIGURATION,
    INVALID_VALUE,
    NiError,
)
from mho.sim_instruments.ni_dcpower.operating_point import FAMILIES
from mho.sim_instruments.ni_dcpower.specifications import MAX_DELAY
from mho.sim_instruments.ni_dcpower.values import SEQUENCE

MOST_STEPS = 2**24
"""Steps of one sequence; NI publishes no number. A simple one of so many takes 270 MB here."""
COMMIT_STEP = -1
"""Number of the step that an advanced sequence takes before its first one."""

Step = dict[str, Any]


@dataclass
class AdvancedSequence:
    """Which attributes its steps hold, and the steps."""

    names: tuple[str, ...]
    steps: list[Step] = field(default_factory=list)
    commit_step: Step | None = None


class SimpleSteps(Collection[Step]):
    """The steps of a simple sequence, made as they are played."""

    def __init__(self, level: str, values: Sequence[float], delays: Sequence[float]) -> None:
        self._level, self._values, self._delays = level, values, delays

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, step: object) -> bool:
        return any(step == mine for mine in self)

    def __iter__(self) -> Iterator[Step]:
        if not self._delays:
            return ({self._level: value} for value in self._values)
        return (
            {self._level: value, "SOURCE_DELAY": delay}
            for value, delay in zip(self._values, self._delays, strict=True)
        )


def _level(settings: Settings) -> str:
    return FAMILIES[settings["OUTPUT_FUNCTION"]].level


class Sequences:
    """What the channel plays in sequence mode. Simple and advanced sequences cannot be mixed."""

    def __init__(self) -> None:
        self._values = array("d")
        self._delays = array("d")
        self._advanced: dict[str, AdvancedSequence] = {}

    def set_simple(self, values: Sequence[float], delays: Sequence[float]) -> None:
        """Levels and source delays (s); without delays the source delay attribute holds."""
        if self._advanced:
            raise NiError(
                INVALID_CONFIGURATION, "Set Sequence cannot be used beside advanced sequences."
            )
        if not 0 < len(values) <= MOST_STEPS or len(delays) not in (0, len(values)):
            raise NiError(INVALID_VALUE, f"{len(values)} values, {len(delays)} source delays.")
        levels, waits = array("d", values), array("d", delays)
        if not np.isfinite(levels).all():
            raise NiError(INVALID_VALUE, "A value is not finite.")
        if not ((np.asarray(waits) >= 0) & (np.asarray(waits) <= MAX_DELAY)).all():
            raise NiError(INVALID_VALUE, f"A source delay is not within 0 and {MAX_DELAY:g} s.")
        self._values, self._delays = levels, waits

    def create(self, name: str, attributes: Iterable[str], settings: Settings) -> None:
        """A new advanced sequence without steps."""
        if settings["SOURCE_MODE"] != SEQUENCE:
            raise NiError(INVALID_CONFIGURATION, "The source mode must be Sequence.")
        if self._values:
            raise NiError(
                INVALID_CONFIGURATION, "Advanced sequences cannot be used beside Set Sequence."
            )
        if not name or name in self._advanced:
            raise NiError(INVALID_VALUE, f"Advanced sequence name: '{name}'.")
        names = tuple(attributes)
        for attribute in names:
            if attribute not in ATTRIBUTES or not ATTRIBUTES[attribute].per_step:
                raise NiError(ATTRIBUTE_NOT_SUPPORTED, f"In an advanced sequence: {attribute}.")
        self._advanced[name] = AdvancedSequence(names)

    def delete(self, name: str) -> None:
        """Forget an advanced sequence and its steps."""
        self.named(name)
        del self._advanced[name]

    def named(self, name: str) -> AdvancedSequence:
        """The advanced sequence called ``name``."""
        if name not in self._advanced:
            raise NiError(INVALID_VALUE, f"There is no advanced sequence '{name}'.")
        return self._advanced[name]

    def add_step(self, settings: Settings, *, commit: bool = False) -> int:
        """A new step of the active sequence, at the attributes' defaults; gives its number."""
        active = self.named(settings["ACTIVE_ADVANCED_SEQUENCE"])
        step = {name: DEFAULTS[name] for name in active.names}
        if commit:
            active.commit_step = step
            return COMMIT_STEP
        if len(active.steps) >= MOST_STEPS:
            raise NiError(INVALID_CONFIGURATION, f"A sequence has at most {MOST_STEPS} steps.")
        active.steps.append(step)
        return len(active.steps) - 1

    def active_step(self, settings: Settings, name: str) -> Step | None:
        """The step that holds attribute ``name`` now; None if the channel itself does."""
        active = self._advanced.get(settings["ACTIVE_ADVANCED_SEQUENCE"])
        if active is None or name not in active.names:
            return None
        number = settings["ACTIVE_ADVANCED_SEQUENCE_STEP"]
        if number == COMMIT_STEP and active.commit_step is not None:
            return active.commit_step
        if not 0 <= number < len(active.steps):
            raise NiError(
                INVALID_CONFIGURATION, f"The active advanced sequence has no step {number}."
            )
        return active.steps[number]

    def steps(self, settings: Settings) -> Collection[Step]:
        """The steps to play, each as what it changes, in the same order of attributes."""
        name = settings["ACTIVE_ADVANCED_SEQUENCE"]
        steps: Collection[Step]
        if name:
            steps = self.named(name).steps
        else:
            steps = SimpleSteps(_level(settings), self._values, self._delays)
        if not steps:
            raise NiError(INVALID_CONFIGURATION, "There is no sequence to play.")
        return steps

    def distinct_steps(self, settings: Settings) -> Collection[Step]:
        """Steps that cover what there is to refuse about all of them."""
        steps = self.steps(settings)
        if not isinstance(steps, SimpleSteps):
            commit_step = self.commit_step(settings)
            return steps if commit_step is None else [commit_step, *steps]
        level = _level(settings)
        found = [{level: min(self._values)}, {level: max(self._values)}]
        if self._delays:
            found.append({level: self._values[0], "SOURCE_DELAY": max(self._delays)})
        return found

    def commit_step(self, settings: Settings) -> Step | None:
        """What the active advanced sequence sets before its first step."""
        name = settings["ACTIVE_ADVANCED_SEQUENCE"]
        return self.named(name).commit_step if name else None
