"""The programs of a bench: what plays each stimulus, compiled once. No I/O."""

from collections.abc import Mapping
from typing import NamedTuple

from mho.drivers.keithley_4200a.pulse_program import compile_pulses
from mho.drivers.keithley_4200a.pulse_test import PulseChannel, PulseTest
from mho.drivers.keithley_4200a.ranges import source_range
from mho.drivers.keithley_4200a.smu import Smu
from mho.drivers.keithley_4200a.smu_program import Program, compile_curves, compile_stimulus
from mho.errors import UnsupportedError
from mho.stimuli import Family, Pulse, Stimulus

_KEPT = 64


class CurveByCurve(NamedTuple):
    """A family that no single test can play."""

    family: Family


Compiled = Program | tuple[PulseTest, ...] | CurveByCurve


class Playable(NamedTuple):
    """A program, and the level that stands in for that of its first step, if one does (V)."""

    program: Compiled
    amplitude: float | None = None


class Programs:
    """Compiles stimuli for SMUs and pulse cards, each by terminal."""

    def __init__(self, smus: Mapping[str, Smu], pulsers: Mapping[str, PulseChannel]) -> None:
        self._smus = smus
        self._pulsers = pulsers
        self._kept: dict[object, Compiled] = {}

    def of(self, stimulus: Stimulus) -> Playable:
        """What plays this stimulus; one program serves all SMU pulses of one voltage range.

        Raises
        ------
        LimitError, UnsupportedError
            As `compile_stimulus` and `compile_pulses`.
        """
        if type(stimulus) is not Pulse or stimulus.terminal in self._pulsers:
            return Playable(self._compiled(stimulus, stimulus))
        amplitude = stimulus.amplitude
        key = (
            stimulus.terminal,
            stimulus.width,
            stimulus.compliance,
            stimulus.rest,
            stimulus.verify,
            source_range(amplitude),
        )
        limits = self._smus[stimulus.terminal].limits
        if not (
            abs(amplitude) <= limits.max_voltage
            and abs(amplitude) * stimulus.compliance <= limits.max_source_power
        ):
            self._compile(stimulus)  # refuses, whatever is kept for its range
        return Playable(self._compiled(stimulus, key), amplitude)

    def _compiled(self, stimulus: Stimulus, key: object) -> Compiled:
        program = self._kept.get(key)
        if program is None:
            program = self._compile(stimulus)
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[key] = program
        return program

    def _compile(self, stimulus: Stimulus) -> Compiled:
        terminal = stimulus.terminal
        if terminal in self._pulsers:
            return compile_pulses(stimulus, self._pulsers)
        if not isinstance(stimulus, Family):
            return compile_stimulus(stimulus, self._smus[terminal])
        if stimulus.stepped in self._pulsers:
            raise UnsupportedError(
                f"{stimulus.stepped} is wired to a pulse card, which cannot be stepped while the "
                f"SMU at {terminal} sweeps; wire both to SMUs, or both to pulse cards"
            )
        together = compile_curves(stimulus, self._smus[terminal], self._smus[stimulus.stepped])
        return CurveByCurve(stimulus) if together is None else together
