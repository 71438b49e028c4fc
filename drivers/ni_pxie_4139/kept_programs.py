"""Programs that were compiled before: a closed loop changes no more than a level."""

from collections.abc import Iterable
from itertools import chain, islice

from mho.drivers.ni_pxie_4139.advanced import advanced, pattern
from mho.drivers.ni_pxie_4139.program import Program
from mho.drivers.ni_pxie_4139.ranges import MAX_STEPS
from mho.drivers.ni_pxie_4139.steps import level_range
from mho.drivers.ni_pxie_4139.uniform import uniform
from mho.stimuli import Hold, Pulse, PulseTrain, Stimulus

_MOST_STEPS = 200_000
"""Steps of all programs that are kept."""


def needs_advanced(stimulus: Stimulus) -> bool:
    """Whether only an advanced sequence plays it: a pulse and a read that have own ranges."""
    return isinstance(stimulus, Pulse) and stimulus.verify is not None


def plays_either(stimulus: Stimulus) -> bool:
    """Whether it has one range throughout, and few enough steps for an advanced sequence."""
    match stimulus:
        case Hold():
            return stimulus.count <= MAX_STEPS
        case Pulse():
            return stimulus.verify is None
        case PulseTrain():
            return bool(pattern(stimulus))
    return False


class KeptPrograms:
    """Compiles the stimuli of one SMU that sources up to ``max_source_power`` watts.

    ``rests_open`` is as in `uniform`.
    """

    def __init__(self, max_source_power: float, *, rests_open: bool = False) -> None:
        self._max_source_power = max_source_power
        self._rests_open = rests_open
        self._kept: dict[object, tuple[Program, ...]] = {}
        self._steps = 0

    def of(
        self, stimulus: Stimulus, *, is_advanced: bool
    ) -> tuple[Iterable[Program], float | None]:
        """The programs of a stimulus; and the level of the first step, where they serve several.

        Several are made as they are needed, but for those of a hold in an advanced sequence.

        Raises
        ------
        LimitError, UnsupportedError
            It cannot be played.
        """
        level, key = _level_and_key(stimulus)
        programs = self._kept.get((key, is_advanced))
        if programs is not None:
            return programs, level
        if is_advanced and isinstance(stimulus, Pulse | Hold | PulseTrain):
            programs = advanced(stimulus)
        else:
            made = uniform(stimulus, self._max_source_power, rests_open=self._rests_open)
            programs = tuple(islice(made, 2))
            if len(programs) > 1:
                return chain(programs, made), level
        steps = sum(len(program.steps) for program in programs)
        if self._steps + steps > _MOST_STEPS:
            self._kept.clear()
            self._steps = 0
        self._kept[key, is_advanced] = programs
        self._steps += steps
        return programs, level


def _level_and_key(stimulus: Stimulus) -> tuple[float | None, object]:
    """What may change without another program, and what may not.

    One program serves all pulses, or all single reads, of one range: the level asked for takes the
    place of that of its first step.
    """
    if isinstance(stimulus, Pulse):
        return stimulus.amplitude, (
            stimulus.width,
            stimulus.compliance,
            stimulus.rest,
            stimulus.verify,
            stimulus.source,
            level_range(stimulus.source, stimulus.amplitude),
        )
    if isinstance(stimulus, Hold) and stimulus.count == 1:
        return stimulus.level, (
            stimulus.interval,
            stimulus.aperture,
            stimulus.compliance,
            stimulus.source,
            level_range(stimulus.source, stimulus.level),
        )
    return None, stimulus
