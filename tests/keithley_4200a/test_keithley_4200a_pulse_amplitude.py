"""A program whose amplitude was exchanged is the one that would have been compiled for it."""

from itertools import product

import numpy as np
import pytest

from mho.drivers.keithley_4200a.compiler.pulse_amplitude import amplitude_range, with_amplitude
from mho.drivers.keithley_4200a.compiler.pulse_channels import PulseChannel
from mho.drivers.keithley_4200a.compiler.pulse_program import compile_pulses
from mho.drivers.keithley_4200a.compiler.stimulus_compiler import StimulusCompiler
from mho.drivers.keithley_4200a.settings import PulseTerminal
from mho.errors import LimitError, UnsupportedError
from mho.stimuli import Pulse, Read, Source

CHANNEL = PulseTerminal(channel="PMU1-1", current_unlimited=True)
SILENT = PulseChannel.of(PulseTerminal(channel="PMU1-2", current_unlimited=True))
AMPLITUDES = (
    *(0.0, 1e-12, 1e-9, 2e-5, -3e-5, 4e-5, 1e-3, 0.05, 0.050001, 0.06, -0.05),
    *(1.0, 1.1 * 1.1, -1.41997, 2.3, 10.0, -10.0, 10.1, 25.0, -40.0, 41.0),
)


def pulses():
    """All but the amplitude of single pulses: shapes, and the channels that they are for."""
    reads = (
        None,
        Read(voltage=0.05, aperture=1e-4, compliance=1e-4),
        Read(voltage=0.05, aperture=1e-4, compliance=5e-3),
        Read(voltage=-1.0, aperture=1e-4, compliance=5e-3, settle=1e-4),
        Read(voltage=0.05, aperture=1e-4, compliance=1e-4, terminal="BE"),
    )
    for transition, rpm, others in product(
        ("100 ns", "10 us"), (False, True), ({}, {"BE": SILENT})
    ):
        terminal = CHANNEL.model_validate({**CHANNEL.model_dump(), "transition": transition})
        channel = PulseChannel.of(terminal.model_copy(update={"rpm": rpm}))
        for read, rest, width in product(reads, (0.0, 1e-4), (1e-3, 1.9, 2.5)):
            if read is None or read.terminal is None or others:
                shape = {"width": width, "compliance": 5e-3, "rest": rest, "verify": read}
                yield {"TE": channel, **others}, shape


def compiled(pulse, channels):
    try:
        return compile_pulses(pulse, channels)
    except (LimitError, UnsupportedError):
        return None


def test_an_exchanged_amplitude_gives_the_program_that_it_has_of_its_own():
    exchanged = refused = kept_as_it_is = 0
    for channels, shape in pulses():
        first_of_range = {}
        for amplitude in AMPLITUDES:
            pulse = Pulse(terminal="TE", amplitude=amplitude, **shape)
            span = amplitude_range(pulse, channels)
            if span is None:
                kept_as_it_is += 1
                continue
            own = compiled(pulse, channels)
            first = first_of_range.setdefault(span, own)
            if first is None or own is None:  # for its duration, whatever the amplitude
                assert first is own
                refused += 1
                continue
            assert with_amplitude(first, amplitude) == with_amplitude(own, amplitude) == own
            exchanged += 1
    assert (exchanged, refused, kept_as_it_is) == (800, 1600, 2136)


def test_a_closed_loop_is_compiled_once_a_range(monkeypatch):
    compiler = StimulusCompiler({}, {"TE": PulseChannel.of(CHANNEL)})
    found = []
    kept = compiler._programs
    inner = kept._compiled
    monkeypatch.setattr(kept, "_compiled", lambda pulse: found.append(pulse) or inner(pulse))
    generator = np.random.default_rng(0)
    for amplitude in generator.uniform(0.1, 9.0, 300) * generator.choice((-1, 1), 300):
        pulse = Pulse(terminal="TE", amplitude=amplitude, width=1e-3, compliance=5e-3)
        tests, first_level = compiler.compile(pulse)
        assert first_level is None
        assert max(abs(one.stop) for _, own in tests[0].bars[0] for one in own) == pytest.approx(
            abs(amplitude), abs=1e-9
        )
    assert len(found) == 1


def test_a_current_is_refused_before_and_after_a_voltage():
    compiler = StimulusCompiler({}, {"TE": PulseChannel.of(CHANNEL)})
    shape = {"terminal": "TE", "amplitude": 1e-3, "width": 1e-3, "compliance": 5e-3}
    for _ in range(2):
        with pytest.raises(UnsupportedError, match="sources voltages only"):
            compiler.compile(Pulse(**shape, source=Source.CURRENT))
        compiler.compile(Pulse(**shape))
