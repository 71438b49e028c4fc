"""Compensation: raised by the last read, never beyond a limit, refused where nothing is known."""

import random
from dataclasses import replace
from math import nan

import pytest

from mho.bench import Plan, Planned
from mho.bench.compensation import compensation_refusals
from mho.bench.guard import GuardedBench
from mho.bench.limits import refusals
from mho.bench.losses import losses
from mho.bench.plan_refusals import plan_refusals
from mho.cli import main
from mho.device.profile import Across, TerminalLimits
from mho.errors import LimitError
from mho.job import read_job
from mho.readings import Trace, raised_level
from mho.stimuli import Hold, Pulse, PulseTrain, Read, Source, Sweep, Waveforms
from mho.testing.noting_bench import NotingBench
from mho.testing.profiles import make_limits, make_profile

READ = Read(voltage=0.05, aperture=1e-3, compliance=1e-4)
PULSE = Pulse(terminal="TE", amplitude=1.0, width=1e-3, compliance=5e-3)
OHMS = 50.0
BOTH = {
    name: TerminalLimits(min_voltage=-1.5, max_voltage=1.5, max_compliance=5e-3)
    for name in ("TE", "BE")
}


class Answering(NotingBench):
    """Answers with a conductance, and with whatever else a test puts into its readings."""

    changes = None

    def apply(self, stimulus):
        trace = super().apply(stimulus)
        return Trace(tuple(one._replace(**(self.changes or {})) for one in trace))


def bench(conductance=1e-3, profile=None, **limits):
    profile = profile or make_profile()
    channels = {name: make_limits() for name in profile.terminals}
    own = {"output_resistance": OHMS, "compensates": True, **limits}
    channels["TE"] = replace(channels["TE"], **own)
    noting = Answering(profile, channels, [conductance])
    noting.next_conductance = lambda _stimulus: conductance
    return GuardedBench(noting), noting


def two_ended(**limits):
    """A device with two ends, 50 ohm before each."""
    profile = make_profile(terminals=BOTH, **limits)
    _, noting = bench(profile=profile)
    noting.limits["BE"] = replace(noting.limits["BE"], output_resistance=OHMS)
    return GuardedBench(noting), noting


def test_a_pulse_is_raised_by_what_the_read_before_it_says():
    guarded, noting = bench(2e-3)
    guarded.apply(READ.at("TE"))
    trace = guarded.apply(PULSE)
    assert noting.applied[-1] == replace(PULSE, amplitude=1.1)
    assert (trace.raised, trace.sent(1.0), trace.at_limit) == (1.1, 1.1, False)
    assert guarded.dose["TE"].pulses == 1


def test_the_current_comes_back_through_the_other_end():
    guarded, noting = two_ended()
    guarded.apply(READ.at("TE"))
    guarded.apply(PULSE)
    assert noting.applied[-1].amplitude == pytest.approx(1.1)  # 100 ohm, 1 mS


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ((), "nothing was read before it"),
        ((READ.at("TE"), PULSE), "a pulse came after the last read"),
        ((READ.at("TE"), replace(PULSE, verify=READ), PULSE), "a pulse came after the last read"),
        ((READ.at("gate"),), "nothing was read before it"),
        ((replace(PULSE, amplitude=0.0),), "nothing was read"),
    ],
    ids=["no read", "pulse", "pulse after pulse", "read elsewhere", "pulse of 0 V"],
)
def test_what_nobody_knows_is_refused(before, told):
    guarded, noting = bench()
    for stimulus in before:
        guarded.apply(replace(stimulus, level=0.0) if stimulus.terminal == "gate" else stimulus)
    count = len(noting.applied)
    with pytest.raises(LimitError, match=told):
        guarded.apply(PULSE)
    assert len(noting.applied) == count
    guarded.apply(READ.at("TE"))
    guarded.apply(PULSE)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"in_compliance": True}, "held by its current limit"),
        ({"current": nan}, "gave no conductance"),
        ({"voltage": nan}, "gave no conductance"),
        ({"voltage": 0.0}, "gave no conductance"),
    ],
)
def test_a_read_that_says_nothing_is_no_read(changes, told):
    guarded, noting = bench()
    guarded.apply(READ.at("TE"))
    noting.changes = changes
    guarded.apply(READ.at("TE"))
    with pytest.raises(LimitError, match=told):
        guarded.apply(PULSE)


def test_noise_below_zero_is_no_conductance():
    guarded, noting = bench(-1e-6)
    guarded.apply(READ.at("TE"))
    guarded.apply(PULSE)
    assert noting.applied[-1] == PULSE


def test_a_failure_makes_it_unknown():
    guarded, noting = bench()
    guarded.apply(READ.at("TE"))
    noting.apply = lambda stimulus: 1 / 0
    with pytest.raises(ZeroDivisionError):
        guarded.apply(READ.at("TE"))
    del noting.apply
    with pytest.raises(LimitError, match="failed half-way"):
        guarded.apply(PULSE)


@pytest.mark.parametrize(
    "stimulus",
    [
        Hold(terminal="TE", level=1.0, count=2, interval=1e-3, aperture=1e-3, compliance=1e-3),
        Sweep(terminal="TE", levels=(0.5, 1.0), dwell=1e-3, aperture=1e-3, compliance=1e-3),
        replace(PULSE, amplitude=1e-3, compliance=1.0, source=Source.CURRENT),
    ],
    ids=["hold", "sweep", "current"],
)
def test_what_is_no_pulse_of_voltage_is_left_alone(stimulus):
    guarded, noting = bench(sources_current=True)
    guarded.apply(stimulus)
    assert noting.applied == [stimulus]


def test_a_train_and_waveforms_are_raised_as_a_whole():
    guarded, noting = bench()
    guarded.apply(READ.at("TE"))
    train = PulseTrain(
        terminal="TE", amplitudes=(1.0, -0.5, 0.0), width=1e-3, compliance=5e-3, rest=1e-3
    )
    guarded.apply(replace(train, verify=READ, verify_every=3))
    assert noting.applied[-1].amplitudes == pytest.approx((1.05, -0.525, 0.0))
    waves = Waveforms(
        terminal="TE", durations=(1e-3, 1e-3), levels=(("TE", (0.4, -1.0)),), compliance=5e-3,
        verify=READ,
    )  # fmt: skip
    guarded.apply(waves)  # the train ended with a read
    assert noting.applied[-1].levels == (("TE", pytest.approx((0.42, -1.05))),)


def test_of_a_sampled_pulse_the_pulse_is_raised():
    guarded, noting = bench()
    guarded.apply(READ.at("TE"))
    sampled = Sweep(
        terminal="TE", levels=(0.05, 1.0, 1.0, 0.05), dwell=1e-3, aperture=1e-3, compliance=5e-3,
        read_up_to=0.05, is_pulse=True,
    )  # fmt: skip
    guarded.apply(sampled)
    assert noting.applied[-1].levels == pytest.approx((0.05, 1.05, 1.05, 0.05))


def test_nothing_is_sent_beyond_a_limit_of_the_device_and_that_is_said():
    guarded, noting = bench(6e-3)  # wants 1.3 times
    guarded.apply(READ.at("TE"))
    trace = guarded.apply(replace(PULSE, amplitude=-2.4))
    assert noting.applied[-1].amplitude == -2.6
    assert trace.at_limit and trace.sent(-2.4) == -2.6


def test_nor_beyond_one_of_the_channel_or_its_power():
    for limits, most in (({"max_voltage": 1.2}, 1.2), ({"max_source_power": 5.5e-3}, 1.1)):
        guarded, noting = bench(6e-3, **limits)
        guarded.apply(READ.at("TE"))
        assert guarded.apply(PULSE).at_limit
        assert noting.applied[-1].amplitude == pytest.approx(most, abs=3e-6)


def test_nor_between_two_terminals():
    across = (Across(terminals=("TE", "BE"), min_voltage=-2.0, max_voltage=2.02),)
    guarded, noting = two_ended(across=across)
    guarded.apply(READ.at("TE"))
    waves = Waveforms(
        terminal="TE", durations=(1e-3, 1e-3), levels=(("TE", (1.0, 0.2)), ("BE", (-1.0, 0.2))),
        compliance=5e-3, verify=READ,
    )  # fmt: skip
    assert guarded.apply(waves).at_limit
    (_, top), (_, bottom) = noting.applied[-1].levels
    assert top[0] - bottom[0] == pytest.approx(2.02, abs=3e-6)


def test_whatever_is_sent_is_within_every_limit():
    rng = random.Random(3)
    clipped = raised = 0
    for _ in range(400):
        conductance = 10 ** rng.uniform(-6, -1.5)
        guarded, noting = bench(conductance, series_resistance=rng.choice((None, 12.0, 1e3)))
        guarded.apply(READ.at("TE"))
        asked = round(rng.uniform(-2.6, 2.6), 3) or 1.0
        trace = guarded.apply(replace(PULSE, amplitude=asked))
        sent = noting.applied[-1]
        assert not refusals(sent, guarded.profile, guarded.limits)
        assert abs(sent.amplitude) >= abs(asked)
        ohms = OHMS + (guarded.limits["TE"].series_resistance or 0.0)
        wanted = asked * (1 + ohms * conductance)
        assert trace.at_limit is (abs(wanted) > 2.6)
        if not trace.at_limit:
            assert sent.amplitude == pytest.approx(wanted, abs=2e-6)
        clipped, raised = clipped + trace.at_limit, raised + (not trace.at_limit)
    assert clipped > 50 and raised > 200


def test_what_is_asked_for_is_held_against_plan_and_device_as_ever():
    guarded, noting = bench()
    guarded.bind(Plan(planned=(Planned(what="p", stimulus=PULSE, at_most=5),), duration=1.0))
    guarded.apply(READ.at("TE"))  # which no plan need name
    guarded.apply(PULSE)
    assert noting.applied[-1].amplitude > PULSE.amplitude
    guarded.apply(READ.at("TE"))
    with pytest.raises(LimitError, match="what the plan covers"):
        guarded.apply(replace(PULSE, amplitude=1.01))
    with pytest.raises(LimitError, match="limit of the device"):
        guarded.apply(replace(PULSE, amplitude=2.61))


@pytest.mark.parametrize("level", [1.0, -2.4, 0.123456789])
def test_raised_levels_are_whole_microvolts_towards_zero(level):
    assert raised_level(level, 1.0) == level
    found = raised_level(level, 1.1)
    assert abs(found) <= abs(level * 1.1) + 1e-9
    assert found == pytest.approx(level * 1.1, abs=1e-6)


# ---- known before anything is opened


def test_a_resistance_that_nobody_knows_is_refused():
    guarded, _ = bench()
    profile, limits = guarded.profile, dict(guarded.limits)
    assert not compensation_refusals(profile, limits)
    limits["TE"] = replace(limits["TE"], output_resistance=0.0)
    (told,) = compensation_refusals(profile, limits)
    assert "no resistance is known" in told and "series_resistance" in told
    limits["TE"] = replace(limits["TE"], series_resistance=0.0)
    assert not compensation_refusals(profile, limits)
    with pytest.raises(LimitError, match="no resistance is known"):
        bench(output_resistance=0.0)


def test_a_device_that_is_read_elsewhere_is_refused():
    terminals = {**make_profile().terminals, "drain": BOTH["TE"]}
    with pytest.raises(LimitError, match="read at drain"):
        bench(profile=make_profile(terminals=terminals, read_at="drain"))


def test_a_plan_that_leaves_no_room_is_refused():
    guarded, _ = bench()
    found = []
    for amplitude in (1.0, 2.59, 2.6):
        pulse = replace(PULSE, amplitude=amplitude)
        plan = Plan(planned=(Planned(what="p", stimulus=pulse, at_most=1),), duration=1.0)
        found.append(plan_refusals(plan, guarded.profile, guarded.limits))
    assert [len(one) for one in found] == [0, 0, 1]
    assert "asks for all that test cell" in found[2][0]


def test_a_plan_says_what_may_be_lost():
    guarded, _ = bench(series_resistance=12.0)
    plan = Plan(planned=(Planned(what="SET", stimulus=PULSE, at_most=1),), duration=1.0)
    (told,) = losses(plan, guarded.profile, guarded.limits)
    assert (
        "62 ohm lie beside the device (50 ohm of a test SMU; 12 ohm of the wiring)"
        in told.replace("of test SMU", "of a test SMU")
    )
    assert "at the compliance of 5 mA they take 310 mV of 1 V (SET)" in told
    assert "as far as 1.31 V at the source" in told
    plain = {name: replace(one, compensates=False) for name, one in guarded.limits.items()}
    (told,) = losses(plan, guarded.profile, plain)
    assert "raised" not in told
    heavy = replace(PULSE, amplitude=0.2)
    plan = Plan(planned=(Planned(what="SET", stimulus=heavy, at_most=1),), duration=1.0)
    (told,) = losses(plan, guarded.profile, plain)
    assert "gets nothing: no more than 3.23 mA can flow, less than its compliance of 5 mA" in told
    bare = {name: make_limits() for name in guarded.limits}
    assert losses(plan, guarded.profile, bare) == []


ON_THE_CARD = ["--bench", "keithley-4200a-pmu", "--device", "alpha-fe2o3"]


def test_check_says_it_in_a_labs_words(capsys):
    wanted = ["--set", 'bench.terminals.TE.compensate="last read"']
    assert main(["check", "ltp_ltd", *ON_THE_CARD, "--recipe", "published-80", *wanted]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "100 ohm lie beside the device (50 ohm of a 4225-PMU (PMU1-1); 50 ohm" in told
    assert "on the way back through BE" in told and "Pulses are raised" in told
    wanted += ["--set", 'potentiation.amplitude="1.8 V"']
    assert main(["check", "ltp_ltd", *ON_THE_CARD, "--recipe", "published-80", *wanted]) == 2
    assert "cannot raise it" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("bench", ["ni-pxie-4139", "keithley-4200a", "ideal"])
def test_a_job_on_a_bench_that_knows_no_resistance_is_refused(bench):
    options = ['bench.terminals.TE.compensate="last read"']
    job = read_job("ispp", bench, "resistor", "one-target", options=options)
    assert any("no resistance is known" in reason for reason in job.refusals())
