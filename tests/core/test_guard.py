"""The guard: nothing outside the limits of device, instrument, plan or dose reaches the bench."""

import random
import signal
import threading
from collections import Counter
from dataclasses import replace
from math import nan

import legal_stimuli as rig
import pytest
from legal_stimuli import KINDS, RIG, broken, legal
from what_stands import Rig, moments, most_charge, pulses_of

from mho.bench.guard import GuardedBench
from mho.bench.limits import refusals
from mho.bench.plan import Plan, Planned
from mho.device.profile import Dose
from mho.errors import InstrumentTimeout, LimitError, UnsupportedError
from mho.readings import Reading, Trace
from mho.stimuli import Family, Hold, Pulse, PulseTrain, Read, Sweep
from mho.testing.noting_bench import NotingBench
from mho.testing.profiles import make_limits, make_profile

PROFILE = make_profile(dose=Dose(max_pulses=20, max_charge=2e-3))
LIMITS = {"TE": make_limits(), "gate": make_limits()}


class MomentBench(NotingBench):
    """Plays moment by moment what a stimulus means; nobody asks for its score."""

    def apply(self, stimulus):
        self.applied.append(stimulus)
        readings = []
        for moment in moments(stimulus):
            self.clock.sleep(moment.lasts)
            for name, stand in moment.at.items():
                if stand.aperture is not None:
                    now = self.clock.now()
                    readings.append(Reading(now, stand.level, 1e-6, False, "", name))
        return Trace(tuple(readings))


def guarded_rig(profile=rig.PROFILE, limits=rig.LIMITS):
    bench = MomentBench(profile, limits)
    return bench, GuardedBench(bench)


def refused_by(guarded, stimulus):
    with pytest.raises(LimitError) as caught:
        guarded.apply(stimulus)
    return caught.value.refusals


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_legal_passes_and_one_field_beyond_one_limit_does_not(kind):
    rng = random.Random(kind.__name__)
    accepted, refused = 0, Counter()
    for _ in range(60):
        bench, guarded = guarded_rig()
        stimulus = legal(rng, kind)
        guarded.apply(stimulus)
        assert bench.applied == [stimulus]
        accepted += 1
        bench, guarded = guarded_rig()
        for limit, words, wrong in broken(stimulus):
            reasons = refused_by(guarded, wrong)
            assert any(all(word in reason for word in words) for reason in reasons), (
                limit, words, reasons, wrong,
            )  # fmt: skip
            assert len(set(reasons)) == len(reasons)
            assert bench.applied == [] and guarded.dose.most_pulses == 0
            refused[limit] += 1
    assert accepted == 60
    assert sum(refused.values()) > 1000 and min(refused.values()) >= 3, refused
    assert EVERY_LIMIT[kind] <= refused.keys(), EVERY_LIMIT[kind] - refused.keys()


_LEVEL = {"level above", "level below", "level nan", "level inf"}
_DRIVE = _LEVEL | {
    "compliance above", "compliance below", "compliance zero", "compliance nan", "power",
    "current source", "current 1", "current -1", "reach of 0 A", "reach of 0.0001 A",
    "reach of 10 mV", "open",
}  # fmt: skip
_READ = {
    "read level above", "read level below", "read compliance above", "read compliance",
    "read power", "read settle", "read terminal",
}  # fmt: skip
EVERY_LIMIT = {
    Pulse: _DRIVE | _READ | {"width nan", "rest negative", "rest short", "terminal"},
    PulseTrain: _DRIVE | _READ | {"width nan", "rest negative", "rest short", "every", "points"},
    Sweep: _DRIVE | {"dwell nan", "shorter than its aperture", "points", "stops", "terminal"},
    Family: _DRIVE | {"points", "family stops", "stepped", "settle", "shorter than its aperture"},
    Hold: _DRIVE | {"interval nan", "shorter than its aperture", "points", "terminal"},
    rig.Waveforms: _READ
    | {"level above", "level below", "level nan", "compliance above", "compliance", "power"}
    | {"piece", "pieces", "twice", "across"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_judge_and_a_second_opinion_agree(kind):
    """On stimuli that are anything but legal: whatever is accepted stands within every limit."""
    rng = random.Random(f"{kind.__name__} again")
    agreed = Counter()
    for _ in range(40):
        stimulus = legal(rng, kind)
        wrongs = [wrong for _, _, wrong in broken(stimulus) if "well" not in wrong.terminals]
        for wrong in (stimulus, *wrongs):
            beyond = RIG.beyond(wrong) if sound(wrong) else {"unsound"}
            assert bool(beyond) is bool(refusals(wrong, rig.PROFILE, rig.LIMITS)), (beyond, wrong)
            agreed[bool(beyond)] += 1
    assert agreed[False] >= 40 and agreed[True] > 500


def sound(stimulus):
    """Whether its moments can be told at all."""
    if isinstance(stimulus, rig.Waveforms):
        return all(len(row) == len(stimulus.durations) for _, row in stimulus.levels)
    return getattr(stimulus, "verify_every", 1) >= 1 and stimulus.terminals[0] in rig.DEVICE


class Slowly(GuardedBench):
    """A guard without its fast path."""

    def _well_inside(self, terminal, segments):
        return None


@pytest.mark.parametrize("kind", [Pulse, Hold])
def test_the_fast_path_judges_and_counts_as_the_slow_one(kind):
    rng = random.Random(f"{kind.__name__} fast")
    profile = make_profile(
        terminals=rig.DEVICE,
        across=rig.PROFILE.across,
        dose=Dose(max_pulses=12, max_charge=1.2e-4, max_charge_at={"gate": 4e-5}),
    )
    limits = {**rig.LIMITS, "BE": replace(rig.LIMITS["BE"], max_points=1)}
    taken, quick = Counter(), 0
    for _ in range(120):
        one = GuardedBench(MomentBench(profile, limits))
        other = Slowly(MomentBench(profile, limits))
        covered = [Planned(what="", stimulus=legal(rng, kind), at_most=6) for _ in range(8)]
        if rng.random() < 0.5:
            for guarded in (one, other):
                guarded.bind(Plan(planned=tuple(covered), duration=1.0))
        for _ in range(12):
            stimulus = rng.choice(covered).stimulus if rng.random() < 0.7 else legal(rng, kind)
            if rng.random() < 0.3:
                stimulus = rng.choice([wrong for _, _, wrong in broken(stimulus)])
            if rng.random() < 0.2:
                name, level = rng.choice(list(rig.DEVICE)), rng.choice((0.0, 0.4, -0.4, 1.2))
                outcomes = [outcome(g.bias, name, level, 5e-4) for g in (one, other)]
                assert outcomes[0] == outcomes[1]
            segments = stimulus.short
            quick += bool(segments) and one._well_inside(stimulus.terminal, segments) is not None
            first, second = (outcome(guarded.apply, stimulus) for guarded in (one, other))
            assert first == second
            assert one.dose == other.dose
            taken[first is None] += 1
    assert quick > 100 and taken[True] > 150 and taken[False] > 100, (quick, taken)


def outcome(action, *arguments):
    try:
        action(*arguments)
    except LimitError as error:
        return error.refusals
    return None


@pytest.mark.parametrize("kind", KINDS)
def test_the_dose_of_device_and_plan_binds(kind):
    """One pulse, or one hundredth of the charge, less than a stimulus may take, refuses it."""
    rng = random.Random(f"{kind.__name__} dose")
    refused = Counter()
    for _ in range(60):
        stimulus = legal(rng, kind)
        name, pulses = max(pulses_of(stimulus).items(), key=lambda item: item[1])
        if pulses > 1:
            bench, guarded = guarded_rig(with_dose(max_pulses=pulses - 1))
            reason = refused_by(guarded, stimulus)[0]
            assert f"{pulses} more would exceed max_pulses = {pulses - 1} of test cell" in reason
            assert bench.applied == []
            guarded_rig(with_dose(max_pulses=pulses))[1].apply(stimulus)
            refused["pulses"] += 1
        if pulses:
            bench, guarded = guarded_rig()
            guarded.bind(
                Plan(planned=(Planned(what="", stimulus=stimulus, at_most=2),), duration=1.0)
            )
            guarded.apply(stimulus)
            guarded.apply(stimulus)
            reasons = "\n".join(refused_by(guarded, stimulus))
            assert f"{2 * pulses} programming pulses were applied at {name}" in reasons
            assert f"would exceed the {2 * pulses} that the plan covers" in reasons
            assert len(bench.applied) == 2
            refused["planned"] += 1
        name, charge = max(most_charge(stimulus).items(), key=lambda item: item[1])
        if charge > 1e-12:
            profile = with_dose(
                max_charge_at=dict.fromkeys(rig.DEVICE, 1.0) | {name: charge * 0.99}
            )
            bench, guarded = guarded_rig(profile)
            (reason,) = refused_by(guarded, stimulus)
            assert f"passed at {name}" in reason and f"max_charge_at.{name} = " in reason
            assert bench.applied == []
            profile = with_dose(max_charge_at={name: charge * 1.01})
            guarded_rig(profile)[1].apply(stimulus)
            refused["charge"] += 1
    assert refused["charge"] >= 20
    assert kind is Hold or refused["planned"] >= 20
    assert kind in (Hold, Pulse) or refused["pulses"] >= 10


def with_dose(**dose):
    settings = {"max_pulses": 10**6, "max_charge": 1.0, **dose}
    return make_profile(terminals=rig.DEVICE, across=rig.PROFILE.across, dose=Dose(**settings))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_held_counts_between_terminals(kind):
    """The same stimulus passes or not by what another terminal is held at."""
    rng = random.Random(f"{kind.__name__} held")
    seen = Counter()
    for _ in range(300):
        bench, guarded = guarded_rig()
        held = dict(rig.HELD)
        name, level = rng.choice(list(rig.DEVICE)), round(rng.uniform(-1.5, 1.5), 2)
        limit = min(5e-4, rig.LIMITS[name].max_source_power / max(abs(level), 0.1))
        if outcome(guarded.bias, name, level, limit) is None:
            held[name] = level
        stimulus = legal(rng, kind)
        beyond = Rig(rig.PROFILE, rig.LIMITS, held).beyond(stimulus)
        reasons = outcome(guarded.apply, stimulus)
        assert bool(reasons) is bool(beyond), (beyond, reasons, held, stimulus)
        seen[bool(beyond)] += 1
        if reasons:
            assert bench.applied == [] and "may suffer" in reasons[0]
    assert seen[False] > 100
    assert kind is rig.Waveforms or seen[True] >= 5, seen


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
