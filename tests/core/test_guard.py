"""The guard: nothing outside the limits of device or instrument reaches the bench."""

import signal
import threading
from dataclasses import replace
from math import inf, isfinite, nan

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from noting_bench import NotingBench, make_limits, make_profile

from mho.bench.guard import GuardedBench
from mho.bench.limits import refusals
from mho.device_profile import Dose
from mho.errors import InstrumentTimeout, LimitError, UnsupportedError
from mho.readings import Trace
from mho.stimuli import (
    Family,
    Hold,
    Pulse,
    PulseTrain,
    Read,
    Sweep,
    Waveforms,
)

PROFILE = make_profile(dose=Dose(max_pulses=20, max_charge=2e-3))
LIMITS = {"TE": make_limits(), "gate": make_limits()}

volts = st.one_of(st.floats(-3.2, 3.2), st.sampled_from([nan, inf, -inf, 2.6, -2.6, 1e9]))
amperes = st.one_of(st.floats(-1e-3, 8e-3), st.sampled_from([0.0, nan, inf, 5e-3, 1e-10]))
seconds = st.one_of(st.floats(0, 0.02), st.sampled_from([-1.0, nan, inf, 50e-6]))
terminals = st.sampled_from(["TE", "gate", "BE"])
reads = st.none() | st.builds(
    Read, voltage=volts, aperture=seconds, compliance=amperes, settle=seconds
)
levels = st.lists(volts, max_size=5).map(tuple)
sweeps = st.builds(
    Sweep,
    terminal=terminals,
    levels=levels,
    dwell=seconds,
    aperture=seconds,
    compliance=amperes,
    stop_in_compliance=st.booleans(),
)
stimuli = st.one_of(
    st.builds(
        Pulse,
        terminal=terminals,
        amplitude=volts,
        width=seconds,
        compliance=amperes,
        rest=seconds,
        verify=reads,
    ),
    st.builds(
        PulseTrain,
        terminal=terminals,
        amplitudes=levels,
        width=seconds,
        compliance=amperes,
        rest=seconds,
        verify=reads,
        verify_every=st.integers(-1, 3),
    ),
    sweeps,
    st.builds(
        Family,
        sweep=sweeps,
        stepped=terminals,
        steps=levels,
        step_compliance=amperes,
        settle=seconds,
    ),
    st.builds(
        Hold,
        terminal=terminals,
        level=volts,
        count=st.integers(-1, 5),
        interval=seconds,
        aperture=seconds,
        compliance=amperes,
    ),
    st.builds(
        Waveforms,
        terminal=terminals,
        durations=st.lists(seconds, max_size=3).map(tuple),
        levels=st.lists(st.tuples(terminals, levels), max_size=2, unique_by=lambda x: x[0]).map(
            tuple
        ),
        compliance=amperes,
        verify=reads.filter(bool),
    ),
)


def assert_within_limits(stimulus):
    for name in stimulus.terminals:
        assert_within_limits_at(name, stimulus)


def assert_within_limits_at(name, stimulus):
    terminal, channel = PROFILE.terminals[name], LIMITS[name]
    for plateau in stimulus.score().at(name):
        assert terminal.min_voltage <= plateau.level <= terminal.max_voltage
        assert 0 < plateau.limit <= terminal.max_compliance
        assert plateau.limit >= channel.min_compliance
        assert plateau.duration >= 0 and isfinite(plateau.duration)
        if plateau.aperture is not None:
            assert plateau.aperture <= plateau.duration * (1 + 1e-12)


@settings(max_examples=2000, deadline=None)
@given(st.lists(stimuli, min_size=1, max_size=4))
@example([Pulse(terminal="TE", amplitude=2.6, width=50e-6, compliance=5e-3)])
def test_nothing_outside_the_limits_reaches_the_bench(sequence):
    bench = NotingBench(PROFILE, LIMITS)
    guarded = GuardedBench(bench)
    for stimulus in sequence:
        before = len(bench.applied)
        refused = refusals(stimulus, PROFILE, LIMITS)
        try:
            guarded.apply(stimulus)
        except LimitError:
            assert len(bench.applied) == before
        else:
            assert refused == []
            assert len(bench.applied) == before + 1
    pulses = charge = 0
    for stimulus in bench.applied:
        assert_within_limits(stimulus)
        pulses += isinstance(stimulus, Pulse | Waveforms)
        pulses += len(stimulus.amplitudes) if isinstance(stimulus, PulseTrain) else 0
        charge += sum(
            1e-5 * abs(p.level) * p.duration
            for p in stimulus.score().at(stimulus.terminal)
            if p.aperture
        )
    assert pulses <= PROFILE.dose.max_pulses
    assert charge <= PROFILE.dose.max_charge * (1 + 1e-9)
    assert guarded.dose.most_pulses == pulses


def test_the_property_test_lets_something_through():
    good = Pulse(terminal="TE", amplitude=-1.0, width=1e-3, compliance=1e-3)
    assert refusals(good, PROFILE, LIMITS) == []


def test_all_reasons_come_at_once_and_name_the_limit():
    bad = Pulse(
        terminal="TE",
        amplitude=-3.0,
        width=1e-6,
        compliance=0.5,
        verify=Read(voltage=5.0, aperture=20.0, compliance=1e-4),
    )
    text = "\n".join(refusals(bad, PROFILE, LIMITS))
    for words in ("-3 V is below -2.6 V", "test cell", "1 us is below 50 us", "test SMU"):
        assert words in text
    for words in (
        "500 mA is above 5 mA",
        "read level 5 V",
        "aperture of read level 20 s is above 9 s",
    ):
        assert words in text


def test_what_cannot_be_swept_is_refused():
    swept = {"terminal": "TE", "levels": (0.1,), "dwell": 1e-3, "aperture": 1e-4}
    stops = Sweep(**swept, compliance=1e-3, stop_in_compliance=True)
    family = Family(sweep=stops, stepped="TE", steps=(5.0,), step_compliance=1.0)
    assert refusals(stops, PROFILE, LIMITS) == []
    never = {name: make_limits(stops_in_compliance=False) for name in LIMITS}
    assert "test SMU cannot stop" in "\n".join(refusals(stops, PROFILE, never))
    text = "\n".join(refusals(family, PROFILE, LIMITS))
    assert "swept and stepped at once" in text and "one by one" in text
    text = "\n".join(refusals(replace(family, stepped="gate"), PROFILE, LIMITS))
    assert "family at gate: held level 5 V is above 4 V" in text
    assert "compliance of held level 1 A is above 1 mA" in text


def test_the_charge_of_a_sweep_that_stops_early_is_what_was_measured():
    class Stopping(NotingBench):
        def apply(self, stimulus):
            return Trace(super().apply(stimulus).readings[:2])

    sweep = Sweep(
        terminal="TE", levels=(0.1, 0.2, 0.3), dwell=1e-3, aperture=1e-4, compliance=1e-3,
        stop_in_compliance=True,
    )  # fmt: skip
    guarded = GuardedBench(Stopping(PROFILE, LIMITS))
    assert len(guarded.apply(sweep)) == 2
    assert guarded.dose.charge("TE") == pytest.approx(1e-5 * (0.1 + 0.2) * 1e-3)
    with pytest.raises(ValueError, match="fewer"):
        guarded.apply(replace(sweep, stop_in_compliance=False))


def test_power_of_the_instrument_is_a_limit():
    limits = {"TE": make_limits(max_source_power=5e-3), "gate": make_limits()}
    hot = Pulse(terminal="TE", amplitude=2.0, width=1e-3, compliance=5e-3)
    assert "power of level 10 mW is above 5 mW" in refusals(hot, PROFILE, limits)[0]
    bench = NotingBench(PROFILE, limits)
    with pytest.raises(LimitError):
        GuardedBench(bench).apply(hot)
    assert bench.applied == []


def test_the_dose_of_a_run_is_kept():
    bench = NotingBench(PROFILE, LIMITS)
    guarded = GuardedBench(bench)
    pulse = Pulse(terminal="TE", amplitude=1.0, width=1e-4, compliance=1e-3)
    for _ in range(20):
        guarded.apply(pulse)
    with pytest.raises(LimitError, match="max_pulses = 20"):
        guarded.apply(pulse)
    train = PulseTrain(terminal="TE", amplitudes=(1.0,), width=1e-4, compliance=1e-3, rest=1e-4)
    with pytest.raises(LimitError, match="max_pulses = 20"):
        guarded.apply(train)
    assert len(bench.applied) == 20


def test_charge_is_what_was_measured_and_what_might_come():
    bench = NotingBench(PROFILE, LIMITS, conductances=[1e-3])
    guarded = GuardedBench(bench)
    pulse = Pulse(terminal="TE", amplitude=2.0, width=0.1, compliance=5e-3)
    for _ in range(8):  # 0.2 mC each measured, 0.5 mC at the most
        guarded.apply(pulse)
    assert guarded.dose.charge("TE") == pytest.approx(1.6e-3)
    with pytest.raises(LimitError, match="max_charge = 2 mC"):
        guarded.apply(pulse)


def test_a_current_that_was_not_measured_counts_at_its_limit():
    bench = NotingBench(PROFILE, LIMITS, conductances=[nan])
    guarded = GuardedBench(bench)
    guarded.apply(Pulse(terminal="TE", amplitude=1.0, width=0.01, compliance=1e-3))
    assert guarded.dose.charge("TE") == pytest.approx(1e-5)


def test_the_charge_of_a_verify_read_counts_as_that_of_every_other_read():
    guarded = GuardedBench(NotingBench(PROFILE, LIMITS))
    read = Read(voltage=0.5, aperture=9e-3, settle=1e-3, compliance=1e-3)
    pulse = Pulse(terminal="TE", amplitude=1.0, width=1e-3, compliance=1e-3, verify=read)
    guarded.apply(pulse)
    assert guarded.dose.charge("TE") == pytest.approx(1e-5 * (1.0 * 1e-3 + 0.5 * 10e-3))
    train = PulseTrain(
        terminal="TE", amplitudes=(1.0,), width=1e-3, rest=0.0, compliance=1e-3, verify=read
    )
    guarded.apply(train)
    assert guarded.dose.charge("TE") == pytest.approx(2e-5 * (1.0 * 1e-3 + 0.5 * 10e-3))
    with pytest.raises(LimitError, match="max_charge"):
        guarded.apply(replace(pulse, verify=replace(read, aperture=2.0)))


@pytest.mark.parametrize(
    ("stimulus", "pulses", "charge"),
    [
        (Pulse(terminal="TE", amplitude=1.0, width=0.01, compliance=5e-3), 1, 5e-5),
        (
            PulseTrain(
                terminal="TE", amplitudes=(1.0,) * 3, width=0.01, rest=1e-3, compliance=5e-3
            ),
            3,
            1.5e-4,
        ),
        (
            Hold(terminal="TE", level=0.1, count=2, interval=0.1, aperture=0.1, compliance=1e-3),
            0,
            2e-4,
        ),
    ],
)
def test_a_stimulus_that_failed_half_way_counts_as_applied(stimulus, pulses, charge):
    class Failing(NotingBench):
        error: type[Exception] = InstrumentTimeout

        def apply(self, stimulus):
            raise self.error("as asked for")

    guarded = GuardedBench(Failing(PROFILE, LIMITS))
    with pytest.raises(InstrumentTimeout):
        guarded.apply(stimulus)
    assert (guarded.dose.most_pulses, guarded.dose.charge("TE")) == (pulses, pytest.approx(charge))
    Failing.error = UnsupportedError  # refused before anything was energised
    with pytest.raises(UnsupportedError):
        guarded.apply(stimulus)
    assert (guarded.dose.most_pulses, guarded.dose.charge("TE")) == (pulses, pytest.approx(charge))


def test_a_bias_of_the_profile_is_guarded_before_the_bench_is_opened():
    bench = NotingBench(PROFILE, {**LIMITS, "gate": make_limits(max_voltage=2.0)})
    with pytest.raises(LimitError, match="bias at gate: held level 3 V"):
        GuardedBench(bench)


def test_an_interrupt_as_the_bench_has_just_been_opened_switches_it_off():
    class Interrupted(NotingBench):
        def __enter__(self):
            super().__enter__()
            raise KeyboardInterrupt

    bench, closed = Interrupted(PROFILE, LIMITS), []
    with pytest.raises(KeyboardInterrupt), GuardedBench(bench, lambda: closed.append(1)):
        pass
    assert bench.events == ["on", "off"] and closed == [1]


def test_a_bench_that_failed_to_open_is_left_to_itself_and_closed_once():
    class Unreachable(NotingBench):
        def __enter__(self):
            raise InstrumentTimeout("nobody there")

    bench, closed = Unreachable(PROFILE, LIMITS), []
    guarded = GuardedBench(bench, lambda: closed.append(1))
    with pytest.raises(InstrumentTimeout), guarded:
        pass
    guarded.close()
    assert bench.events == [] and closed == [1]
    with pytest.raises(UnsupportedError, match="open_bench"), guarded:
        pass


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_script_that_is_terminated_switches_off(number):
    bench = NotingBench(PROFILE, LIMITS)
    before = signal.getsignal(number)
    assert before in (signal.SIG_DFL, signal.default_int_handler)
    guarded = GuardedBench(bench)
    with pytest.raises(KeyboardInterrupt), guarded:
        signal.raise_signal(number)
    assert bench.events == ["on", "off"]
    assert signal.getsignal(number) == before


def test_a_bench_may_be_closed_from_another_thread():
    bench = NotingBench(PROFILE, LIMITS)
    before = signal.getsignal(signal.SIGTERM)
    guarded, failed = GuardedBench(bench).__enter__(), []

    def close():
        try:
            guarded.close()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=close)
    thread.start()
    thread.join()
    signal.signal(signal.SIGTERM, before)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    assert (bench.events, failed) == (["on", "off"], [])


def test_an_interrupt_while_switching_off_waits_until_it_is_done():
    class Slow(NotingBench):
        def __exit__(self, *_):
            signal.raise_signal(signal.SIGINT)
            self.off()

    bench, closed = Slow(PROFILE, LIMITS), []
    with pytest.raises(KeyboardInterrupt), GuardedBench(bench, lambda: closed.append(1)):
        pass
    assert bench.events == ["on", "off"] and closed == [1]


def test_bias_is_guarded_too():
    bench = NotingBench(PROFILE, LIMITS)
    guarded = GuardedBench(bench)
    guarded.bias("gate", 3.0, 1e-3)
    for terminal, level, compliance in (
        ("gate", 4.5, 1e-3),
        ("gate", -0.1, 1e-3),
        ("gate", 3.0, 0.1),
        ("gate", nan, 1e-3),
        ("gate", 3.0, 0.0),
        ("well", 0.0, 1e-3),
    ):
        with pytest.raises(LimitError):
            guarded.bias(terminal, level, compliance)
    assert bench.biased == [("gate", 3.0, 1e-3)]


def test_a_bench_that_lacks_a_terminal_is_refused():
    with pytest.raises(UnsupportedError, match=r"terminals\.gate: is missing, .* test cell"):
        GuardedBench(NotingBench(PROFILE, {"TE": make_limits()}))
