"""What plays each stimulus of a bench: by SMUs or by pulse cards, compiled once. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from mho.drivers.keithley_4200a.compiler.pulse_channels import PulseChannel, PulseTest
from mho.drivers.keithley_4200a.compiler.pulse_program import compile_pulses
from mho.drivers.keithley_4200a.compiler.smu import Smu
from mho.drivers.keithley_4200a.compiler.smu_program import (
    SmuProgram,
    compile_curves,
    compile_stimulus,
)
from mho.drivers.keithley_4200a.ranges import source_range
from mho.errors import UnsupportedError
from mho.stimuli import Family, Pulse, Stimulus

_KEPT = 64


class CurveByCurve(NamedTuple):
    """A family that no single test can play."""

    family: Family


BenchProgram = SmuProgram | tuple[PulseTest, ...] | CurveByCurve


class ProgramForLevel(NamedTuple):
    """A program, and the level that replaces that of its first step, if one does (V)."""

    program: BenchProgram
    first_level: float | None = None


class StimulusCompiler:
    """Compiles stimuli for SMUs and pulse cards, each by terminal."""

    def __init__(self, smus: Mapping[str, Smu], pulsers: Mapping[str, PulseChannel]) -> None:
        self._smus = smus
        self._pulsers = pulsers
        self._kept: dict[object, BenchProgram] = {}

    def compile(self, stimulus: Stimulus) -> ProgramForLevel:
        """The program for this stimulus; one serves all SMU pulses of one voltage range.

        Raises
        ------
        LimitError, UnsupportedError
            As `compile_stimulus` and `compile_pulses`.
        """
        if type(stimulus) is not Pulse or stimulus.terminal in self._pulsers:
            return ProgramForLevel(self._kept_program(stimulus, stimulus))
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
        return ProgramForLevel(self._kept_program(stimulus, key), amplitude)

    def _kept_program(self, stimulus: Stimulus, key: object) -> BenchProgram:
        program = self._kept.get(key)
        if program is None:
            program = self._compile(stimulus)
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[key] = program
        return program

    def _compile(self, stimulus: Stimulus) -> BenchProgram:
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
