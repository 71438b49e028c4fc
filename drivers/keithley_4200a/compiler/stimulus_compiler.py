"""What plays each stimulus of a 4200A: SMUs or pulse cards. Pure."""

from collections.abc import Mapping

from mho.bench.kept_programs import KeptPrograms
from mho.drivers.keithley_4200a.compiler.pulse_amplitude import amplitude_range, with_amplitude
from mho.drivers.keithley_4200a.compiler.pulse_channels import PulseChannel, PulseTest
from mho.drivers.keithley_4200a.compiler.pulse_program import compile_pulses
from mho.drivers.keithley_4200a.compiler.smu import Smu
from mho.drivers.keithley_4200a.compiler.smu_program import SmuProgram, compile_stimulus
from mho.drivers.keithley_4200a.compiler.smu_sweep import compile_family
from mho.stimuli import Family, Pulse, PulseTrain, Source, Stimulus

BenchProgram = SmuProgram | tuple[PulseTest, ...]


class StimulusCompiler:
    """Compiles stimuli for SMUs and pulse cards, each by terminal, and keeps what it compiled."""

    def __init__(self, smus: Mapping[str, Smu], pulsers: Mapping[str, PulseChannel]) -> None:
        self._smus = smus
        self._pulsers = pulsers
        self._programs = KeptPrograms(self._compile, self._level_range)

    def plays(self, stimulus: Stimulus) -> bool:
        """Whether there is a program that plays it in one piece.

        One that begins as a current and goes on as a voltage, its verify read, has none.
        """
        terminals = stimulus.terminals
        if len(terminals) == 1:
            if isinstance(stimulus, Pulse | PulseTrain):
                return stimulus.source is Source.VOLTAGE or stimulus.verify is None
            return True
        if isinstance(stimulus, Family) and self._smus.keys() >= set(terminals):
            return self._curves(stimulus) is not None
        return self._pulsers.keys() >= set(terminals)

    def compile(self, stimulus: Stimulus) -> tuple[BenchProgram, float | None]:
        """The program of a stimulus, and what takes the place of its first level (V), if anything.

        Raises
        ------
        LimitError, UnsupportedError
            As `compile_stimulus` and `compile_pulses`.
        """
        program, first_level = self._programs.of(stimulus)
        if first_level is not None and isinstance(program, tuple):
            return with_amplitude(program, first_level), None
        return program, first_level

    def _level_range(self, pulse: Pulse) -> float | None:
        smu = self._smus.get(pulse.terminal)
        if smu is None:
            return amplitude_range(pulse, self._pulsers)
        return smu.source_range(pulse.source, pulse.amplitude)

    def _compile(self, stimulus: Stimulus) -> BenchProgram:
        if stimulus.terminal in self._pulsers:
            return compile_pulses(stimulus, self._pulsers)
        if isinstance(stimulus, Family):
            curves = self._curves(stimulus)
            assert curves is not None, "asked with `plays` before"  # noqa: S101
            return curves
        return compile_stimulus(stimulus, self._smus[stimulus.terminal])

    def _curves(self, family: Family) -> SmuProgram | None:
        return compile_family(family, self._smus[family.terminal], self._smus[family.stepped])
