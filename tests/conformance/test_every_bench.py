"""One suite over every bench: the same stimuli mean the same.

A 10 kohm resistor stands on terminal TE. Simulated benches always run; a real one runs with

    MHO_BENCH=lab.toml MHO_DEVICE=resistor pytest -m hardware tests/conformance

where ``lab.toml`` wires TE to a resistor whose value ``MHO_OHMS`` gives (default 10000). What a
bench cannot do it must refuse, naming the limit, before anything is energised.
"""

import os
from contextlib import contextmanager
from dataclasses import replace
from math import isfinite, isnan

import pytest

from mho import plugins
from mho.bench.composed import ComposedBench
from mho.bench.guard import GuardedBench
from mho.clock import VirtualClock
from mho.errors import LimitError, UnsupportedError
from mho.laboratory import read_setup, simulated_device
from mho.rehearsal import World
from mho.settings import parse
from mho.stimuli import Hold, Pulse, PulseTrain, Read, Sweep, Waveforms

OHMS = float(os.environ.get("MHO_OHMS", "10000"))
IN_PROCESS = ["ideal", "ni-pxie-4139", "keithley-4200a", "keithley-4200a-pmu"]


@contextmanager
def in_process(name):
    yield read_setup(name, "resistor").open


@contextmanager
def over_tcp(name):
    """The 4200A's TCP server in virtual time, reached as a real one would be."""
    setup = read_setup(name, "resistor")
    clock = VirtualClock()
    device = simulated_device(setup.profile, 0, "test")
    kind = plugins.load(plugins.INSTRUMENTS, "keithley-4200a")
    (one,) = setup.instruments
    channel = one.settings.terminals["TE"].channel
    server = kind.start(World(device, clock, 0), {channel: "TE"}, 0, kind.settings())
    data = {**setup.bench_file.data, "connection": server.address}
    data.pop("kind")

    class Rehearsal:
        profile = setup.profile

        def __init__(self):
            self.clock = clock

    try:
        settings = parse("test", data, one.driver.settings)
        instrument = one.driver.instrument
        yield lambda: GuardedBench(
            ComposedBench({"": instrument(settings, Rehearsal())}, setup.profile, clock)
        )
    finally:
        server.stop()


@contextmanager
def real(_):
    if "MHO_BENCH" not in os.environ:
        pytest.skip("MHO_BENCH names no bench file")
    yield read_setup(os.environ["MHO_BENCH"], os.environ.get("MHO_DEVICE", "resistor")).open


BENCHES = [
    *(pytest.param((in_process, name), id=name) for name in IN_PROCESS),
    pytest.param((over_tcp, "keithley-4200a"), id="keithley-4200a-over-tcp"),
    pytest.param((real, ""), id="hardware", marks=pytest.mark.hardware),
]


@pytest.fixture(params=BENCHES)
def make_bench(request):
    """A function that gives the bench, not yet entered; may be called again."""
    room, name = request.param
    with room(name) as make:
        yield make


@pytest.fixture
def open_bench(make_bench):
    with make_bench() as bench:
        yield bench


@pytest.fixture
def width(open_bench):
    """A width that this bench can make well."""
    return max(10e-3, 4 * open_bench.limits["TE"].min_width)


def read_of(bench, compliance=1e-4):
    return Read(voltage=0.1, aperture=10e-3, compliance=compliance, settle=1e-3)


def assert_resistor(reading, level, *, rel=1e-2, abs_current=3e-8):
    assert reading.voltage == pytest.approx(level, rel=5e-3, abs=2e-3)
    assert reading.current == pytest.approx(level / OHMS, rel=rel, abs=abs_current)
    assert reading.in_compliance is False


def test_a_pulse_with_its_read(open_bench, width):
    for amplitude in (0.5, -0.5, 1.0):
        pulsed, read = open_bench.apply(
            Pulse(
                terminal="TE", amplitude=amplitude, width=width, compliance=1e-3,
                verify=read_of(open_bench),
            )
        )  # fmt: skip
        assert_resistor(pulsed, amplitude, rel=2e-2, abs_current=5e-7)
        assert_resistor(read, 0.1)
        assert read.time > pulsed.time
        assert read.conductance == pytest.approx(1 / OHMS, rel=1e-2)


def test_a_pulse_without_read_has_one_point(open_bench, width):
    trace = open_bench.apply(Pulse(terminal="TE", amplitude=0.3, width=width, compliance=1e-3))
    assert len(trace) == 1


def test_a_train_has_its_points_in_the_order_of_time(open_bench, width):
    amplitudes = (0.2, 0.4, 0.6, -0.6)
    train = PulseTrain(
        terminal="TE", amplitudes=amplitudes, width=width, rest=width, compliance=1e-3,
        verify=read_of(open_bench, 1e-3), verify_every=2,
    )  # fmt: skip
    trace = open_bench.apply(train)
    expected = [0.2, 0.4, 0.1, 0.6, -0.6, 0.1]
    assert len(trace) == len(expected)
    for reading, level in zip(trace, expected, strict=True):
        assert_resistor(reading, level, rel=2e-2, abs_current=5e-7)
    times = [reading.time for reading in trace]
    assert times == sorted(times)


@pytest.mark.parametrize(
    "amplitudes",
    [(0.5,) * 6, (0.2, 0.4, 0.6, 0.8), (0.2, 0.4, 0.6, 0.6, 0.4, 0.2), (0.6, -0.6) * 3],
    ids=["uniform", "even", "there and back", "alternating"],
)
def test_a_train_without_reads_has_one_point_a_pulse(open_bench, width, amplitudes):
    train = PulseTrain(
        terminal="TE", amplitudes=amplitudes, width=width, rest=width, compliance=1e-3
    )
    trace = open_bench.apply(train)
    assert len(trace) == len(amplitudes)
    for reading, level in zip(trace, amplitudes, strict=True):
        assert_resistor(reading, level, rel=2e-2, abs_current=5e-7)
    gaps = [b.time - a.time for a, b in zip(trace.readings, trace.readings[1:], strict=False)]
    assert min(gaps) > 0


def test_a_sweep_has_one_point_a_level(open_bench, width):
    levels = tuple(n / 20 for n in (*range(21), *range(20, -21, -1)))
    sweep = Sweep(terminal="TE", levels=levels, dwell=width, aperture=width / 2, compliance=1e-3)
    trace = open_bench.apply(sweep)
    assert len(trace) == len(levels)
    for reading, level in zip(trace, levels, strict=True):
        assert_resistor(reading, level, rel=2e-2, abs_current=5e-7)


def test_a_sweep_stops_in_compliance_or_is_refused(open_bench, width):
    levels = (0.25, 0.5, 0.75, 1.0, 1.25)
    sweep = Sweep(
        terminal="TE", levels=levels, dwell=width, aperture=width / 2, compliance=6e-1 / OHMS,
        stop_in_compliance=True,
    )  # fmt: skip
    if open_bench.limits["TE"].stops_in_compliance:
        trace = open_bench.apply(sweep)
        assert [reading.in_compliance for reading in trace] == [False, False, True]
        assert [reading.voltage for reading in trace][:2] == pytest.approx([0.25, 0.5], rel=5e-3)
        assert len(open_bench.apply(replace(sweep, stop_in_compliance=False))) == len(levels)
    else:
        with pytest.raises((LimitError, UnsupportedError), match="compliance"):
            open_bench.apply(sweep)


def test_a_hold_is_read_at_its_interval(open_bench):
    interval = 50e-3
    hold = Hold(
        terminal="TE", level=0.1, count=10, interval=interval, aperture=10e-3, compliance=1e-4
    )
    trace = open_bench.apply(hold)
    assert len(trace) == 10
    for reading in trace:
        assert_resistor(reading, 0.1)
    gaps = [b.time - a.time for a, b in zip(trace.readings, trace.readings[1:], strict=False)]
    assert gaps == pytest.approx([interval] * 9, rel=0.2)


def test_compliance_is_data_and_ends_with_the_stimulus(open_bench, width):
    limited = Pulse(
        terminal="TE", amplitude=1.0, width=width, compliance=1e-5, verify=read_of(open_bench)
    )
    pulsed, read = open_bench.apply(limited)
    assert pulsed.in_compliance is True
    assert_resistor(read, 0.1)
    if open_bench.limits["TE"].limits_current:
        assert pulsed.current == pytest.approx(1e-5, rel=5e-2)
        # Either measured, or not known; never the level that was asked for.
        assert isnan(pulsed.voltage) or pulsed.voltage == pytest.approx(1e-5 * OHMS, rel=5e-2)


def test_limits_are_declared_and_refused(open_bench):
    limits = open_bench.limits["TE"]
    assert all(isfinite(x) for x in (limits.max_voltage, limits.max_compliance, limits.min_width))
    short = Pulse(terminal="TE", amplitude=0.1, width=limits.min_width / 2, compliance=1e-3)
    many = Hold(
        terminal="TE", level=0.1, count=limits.max_points + 1, interval=1.0, aperture=1e-2,
        compliance=1e-4,
    )  # fmt: skip
    for stimulus in (short, many):
        with pytest.raises((LimitError, UnsupportedError), match=r"\d"):
            open_bench.apply(stimulus)
    assert len(open_bench.apply(Pulse(
        terminal="TE", amplitude=0.1, width=0.02, compliance=1e-3,
    ))) == 1  # fmt: skip


def test_waveforms_at_one_terminal_are_played(open_bench, width):
    pair = Waveforms(
        terminal="TE", durations=(width, width), levels=(("TE", (0.5, -0.5)),), compliance=1e-3,
        verify=read_of(open_bench),
    )  # fmt: skip
    (reading,) = open_bench.apply(pair)
    assert_resistor(reading, 0.1)


def test_off_may_be_called_again_and_the_bench_reopened(make_bench):
    pulse = Pulse(terminal="TE", amplitude=0.5, width=20e-3, compliance=1e-3)
    for _ in range(2):
        bench = make_bench()
        with bench:
            assert len(bench.apply(pulse)) == 1
            bench.off()
            bench.off()
        bench.off()
        with pytest.raises(UnsupportedError, match="open another"):
            bench.__enter__()


def test_instruments_say_who_they_are(open_bench):
    assert {identity.terminal for identity in open_bench.identities} >= {"TE"}
    for identity in open_bench.identities:
        assert identity.model and identity.address
