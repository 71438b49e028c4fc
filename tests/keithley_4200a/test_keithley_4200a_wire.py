"""Driver and simulated instrument, joined on the wire; they were written apart."""

from itertools import pairwise

import pytest

from mho.errors import LimitError
from mho.laboratory import read_setup
from mho.stimuli import Hold, Pulse, PulseTrain, Read, Sweep, Waveforms, duration

READ = Read(voltage=0.1, aperture=9e-3, settle=1e-3, compliance=1e-4)
SWEEP = Sweep(
    terminal="TE",
    levels=(0.0, 0.5, 1.0, 0.5, 0.0, -1.0, 0.0),
    dwell=20e-3,
    aperture=5e-3,
    compliance=1e-3,
)
STIMULI = [
    Pulse(terminal="TE", amplitude=2.0, width=10e-3, compliance=5e-3, rest=10e-3, verify=READ),
    Pulse(terminal="TE", amplitude=-2.0, width=10e-3, compliance=5e-3),
    PulseTrain(
        terminal="TE",
        amplitudes=(1.0, 1.2, -1.0),
        width=10e-3,
        rest=10e-3,
        compliance=5e-3,
        verify=READ,
    ),
    SWEEP,
    Hold(terminal="TE", level=0.1, count=1, interval=10e-3, aperture=9e-3, compliance=1e-4),
    Hold(terminal="TE", level=0.1, count=50, interval=20e-3, aperture=9e-3, compliance=1e-4),
]
BENCHES = ["keithley-4200a", "keithley-4200a-pmu"]


def names(value):
    return value if isinstance(value, str) else type(value).__name__


@pytest.mark.parametrize("bench_file", BENCHES)
@pytest.mark.parametrize("stimulus", STIMULI, ids=names)
def test_a_resistor_reads_as_it_is(bench_file, stimulus):
    with read_setup(bench_file, "resistor").open() as bench:
        start = bench.clock.now()
        trace = bench.apply(stimulus)
        passed = bench.clock.now() - start
    assert all(reading.status for reading in trace)
    assert not any(reading.in_compliance for reading in trace)
    for reading in trace:
        if abs(reading.voltage) > 0.05:
            assert reading.conductance == pytest.approx(1e-4, rel=0.02)
    times = [start, *(reading.time for reading in trace), start + passed]
    assert all(earlier <= later for earlier, later in pairwise(times))
    assert duration(stimulus) <= passed * (1 + 1e-9) <= 3 * duration(stimulus) + 0.2


@pytest.mark.parametrize("bench_file", BENCHES)
def test_the_levels_are_those_asked_for(bench_file):
    with read_setup(bench_file, "resistor").open() as bench:
        trace = bench.apply(SWEEP)
    assert [r.voltage for r in trace] == pytest.approx(list(SWEEP.levels), abs=0.01)


def test_compliance_is_data():
    sweep = Sweep(
        terminal="TE", levels=(0.5, 2.0, -2.0), dwell=20e-3, aperture=5e-3, compliance=1e-4
    )
    with read_setup("keithley-4200a", "resistor").open() as bench:
        trace = bench.apply(sweep)
        pulse, read = bench.apply(
            Pulse(terminal="TE", amplitude=2.0, width=10e-3, compliance=1e-4, verify=READ)
        )
    assert [r.in_compliance for r in trace] == [False, True, True]
    assert [r.current for r in trace] == pytest.approx([5e-5, 1e-4, -1e-4], rel=0.02)
    assert pulse.in_compliance and pulse.status.startswith("C")
    assert not read.in_compliance


@pytest.mark.parametrize("bench_file", BENCHES)
def test_a_cell_is_programmed_and_the_gate_stays_held(bench_file):
    with read_setup(bench_file, "cu-te-1t1r", seed=3).open() as bench:

        def after(amplitude):
            pulse = Pulse(
                terminal="TE", amplitude=amplitude, width=10e-3, compliance=5e-3, verify=READ
            )
            return bench.apply(pulse)[1].conductance

        after(2.0)
        low = after(-1.8)
        high = after(2.2)
        assert high > 2 * low > 0
        trace = bench.apply(SWEEP)
        assert max(abs(r.current) for r in trace) > 1e-5
        assert after(2.2) > 2 * low


def test_the_same_seed_gives_the_same_readings():
    def readings():
        with read_setup("keithley-4200a", "cu-te-1t1r", seed=7).open() as bench:
            return [tuple(r) for s in STIMULI for r in bench.apply(s)]

    assert repr(readings()) == repr(readings())


def test_identities_name_card_and_terminal():
    with read_setup("keithley-4200a", "cu-te-1t1r").open() as bench:
        assert [i.terminal for i in bench.identities] == ["TE", "gate"]
        assert all("SMU" in i.model and i.serial and i.firmware for i in bench.identities)


def test_limits_stop_what_an_smu_cannot_time():
    with read_setup("keithley-4200a", "resistor").open() as bench:  # noqa: SIM117
        with pytest.raises(LimitError, match="5 ms"):
            bench.apply(Pulse(terminal="TE", amplitude=1.0, width=1e-6, compliance=1e-3))


@pytest.mark.parametrize("compliance", [1e-4, 1e-3])
def test_waveforms_end_in_their_read(compliance):
    waveforms = Waveforms(
        terminal="TE",
        durations=(1e-4, 2e-4, 1e-4),
        levels=(("TE", (1.0, -0.5, 0.2)),),
        compliance=1e-3,
        verify=Read(voltage=0.1, aperture=1e-3, settle=1e-4, compliance=compliance),
    )
    with read_setup("keithley-4200a-pmu", "resistor").open() as bench:
        (reading,) = bench.apply(waveforms)
    assert reading.voltage == pytest.approx(0.1, rel=0.02)
    assert reading.conductance == pytest.approx(1e-4, rel=0.02)


def test_a_pulse_card_makes_microseconds():
    pulse = Pulse(terminal="TE", amplitude=1.0, width=2e-6, compliance=1e-3)
    with read_setup("keithley-4200a-pmu", "resistor").open() as bench:
        (reading,) = bench.apply(pulse)
    assert reading.conductance == pytest.approx(1e-4, rel=0.02)
