"""Programs that were compiled before: a closed loop changes no more than its amplitude."""

from collections.abc import Callable
from typing import Generic, TypeVar

from mho.stimuli import Pulse, Stimulus

Program = TypeVar("Program")

_MOST = 64


class KeptPrograms(Generic[Program]):
    """Compiles stimuli and keeps what comes of it.

    Parameters
    ----------
    compiled
        The program that plays a stimulus.
    level_range
        The range (V or A) that holds the amplitude of a pulse: one program serves all pulses of
        one range, the amplitude taking the place of its first level. None where a program serves
        one amplitude.
    """

    def __init__(
        self,
        compiled: Callable[[Stimulus], Program],
        level_range: Callable[[Pulse], float | None],
    ) -> None:
        self._compiled = compiled
        self._level_range = level_range
        self._kept: dict[object, Program] = {}

    def of(self, stimulus: Stimulus) -> tuple[Program, float | None]:
        """The program of a stimulus, and what takes the place of its first level, if anything."""
        amplitude: float | None = None
        key: object = stimulus
        if type(stimulus) is Pulse:
            span = self._level_range(stimulus)
            if span is not None:
                amplitude = stimulus.amplitude
                key = (
                    stimulus.terminal,
                    span,
                    stimulus.width,
                    stimulus.compliance,
                    stimulus.rest,
                    stimulus.verify,
                    stimulus.source,
                )
        program = self._kept.get(key)
        if program is None:
            program = self._compiled(stimulus)
            if len(self._kept) >= _MOST:
                self._kept.clear()
            self._kept[key] = program
        return program, amplitude
