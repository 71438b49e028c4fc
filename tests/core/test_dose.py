"""The dose: pulses, charge and volt-seconds by terminal and purpose, against closed forms."""

import random
import tracemalloc
from math import nan

import pytest
from legal_stimuli import KINDS, legal
from legal_stimuli import LIMITS as RIG_LIMITS
from legal_stimuli import PROFILE as RIG_PROFILE
from what_stands import moments, most_charge, pulses_of

from mho.bench.guard import GuardedBench
from mho.bench.limits import refusals
from mho.device.profile import Dose, TerminalLimits
from mho.dose import measured_dose, worst_dose
from mho.errors import InstrumentTimeout, LimitError
from mho.readings import Reading, Trace
from mho.stimuli import (
    Family,
    Hold,
    Pulse,
    PulseTrain,
    Purpose,
    Read,
    Source,
    Sweep,
    Waveforms,
)
from mho.testing.noting_bench import NotingBench
from mho.testing.profiles import make_limits, make_profile

SIDE = TerminalLimits(min_voltage=-4, max_voltage=4, max_compliance=5e-3)
PROFILE = make_profile(
    terminals={"TE": SIDE, "gate": SIDE}, dose=Dose(max_pulses=1000, max_charge=1.0)
)
LIMITS = {name: make_limits(sources_current=True) for name in PROFILE.terminals}
PROGRAM, READ, HOLD = Purpose.PROGRAM, Purpose.READ, Purpose.HOLD

CONDUCTANCE = {"TE": 1e-4, "gate": 1e-7}


class Resistors(NotingBench):
    """A conductance at each terminal, whatever drives it."""

    def apply(self, stimulus):
        readings = []
        for moment in moments(stimulus):
            for name, stand in moment.at.items():
                if stand.aperture is not None:
                    readings.append(self.reading(name, stand))
        return Trace(tuple(readings))

    def reading(self, name, stand):
        conductance = CONDUCTANCE[name]
        volts, amperes = stand.level, stand.level * conductance
        if stand.source is Source.CURRENT:
            volts, amperes = stand.level / conductance, stand.level
        return Reading(0.0, volts, amperes, False, "", name)


def dosed(*stimuli, bench=Resistors, profile=PROFILE):
    guarded = GuardedBench(bench(profile, LIMITS))
    for stimulus in stimuli:
        guarded.apply(stimulus)
    return guarded.dose


READ_TE = Read(voltage=0.1, aperture=1e-3, compliance=1e-3, settle=1e-3, terminal="TE")


def assert_charge(charge, *, signed, magnitude, volt_seconds):
    found = charge.signed, charge.magnitude, charge.volt_seconds
    assert found == pytest.approx((signed, magnitude, volt_seconds), rel=1e-9, abs=1e-18)


def test_writes_at_the_gate_and_reads_of_the_channel_are_counted_apart():
    train = PulseTrain(
        terminal="gate", amplitudes=(2.0, 2.0, -1.0), width=0.02, rest=0.01, compliance=1e-3,
        verify=READ_TE,
    )  # fmt: skip
    dose = dosed(train)
    assert (dose["gate"].pulses, dose["TE"].pulses) == (3, 0)
    assert_charge(
        dose["gate"].charges[PROGRAM],
        signed=(2 + 2 - 1) * 1e-7 * 0.02, magnitude=5 * 1e-7 * 0.02, volt_seconds=5 * 0.02,
    )  # fmt: skip
    assert_charge(dose["gate"].charges[READ], signed=0, magnitude=0, volt_seconds=0)
    assert_charge(
        dose["TE"].charges[READ],
        signed=3 * 0.1e-4 * 2e-3, magnitude=3 * 0.1e-4 * 2e-3, volt_seconds=3 * 0.1 * 2e-3,
    )  # fmt: skip
    assert dose.charge("gate") == pytest.approx(5 * 1e-7 * 0.02)
    assert dose.charge("TE") == pytest.approx(6e-8)


def test_reads_of_the_channel_leave_the_allowance_of_the_gate_alone():
    dose = Dose(max_pulses=1000, max_charge=1.0, max_charge_at={"gate": 2.5e-6})
    profile = make_profile(terminals=dict(PROFILE.terminals), dose=dose)
    guarded = GuardedBench(Resistors(profile, LIMITS))
    write = Pulse(
        terminal="gate", amplitude=2.0, width=1e-3, rest=1e-3, compliance=1e-3, verify=READ_TE
    )
    for _ in range(100):  # 0.2 nC at the gate each; 2 uC at the most in one
        guarded.apply(write)
    assert guarded.dose.charge("gate") == pytest.approx(100 * 2e-7 * 1e-3)
    with pytest.raises(LimitError, match=r"at gate .* would exceed max_charge_at.gate = 2.5 uC"):
        guarded.apply(Pulse(terminal="gate", amplitude=2.0, width=3e-3, compliance=1e-3))


def test_what_is_driven_by_a_current_counts_its_coulombs():
    train = PulseTrain(
        terminal="gate", amplitudes=(1e-7, -2e-7), width=0.5, rest=0.1, compliance=3.0,
        source=Source.CURRENT,
    )  # fmt: skip
    assert_charge(
        dosed(train)["gate"].charges[PROGRAM],
        signed=-0.5e-7, magnitude=1.5e-7, volt_seconds=0.5 * (1.0 + 2.0),
    )  # fmt: skip
    worst = worst_dose(train.score())["gate"]
    assert worst.charge == pytest.approx(1.5e-7)
    assert worst.charges[PROGRAM].volt_seconds == pytest.approx(3.0 * 1.0)


def test_a_current_that_was_not_measured_counts_at_its_limit():
    class Blind(Resistors):
        def reading(self, name, stand):
            return Reading(0.0, nan, nan, False, "", name)

    pulse = Pulse(terminal="TE", amplitude=-2.0, width=0.01, compliance=1e-3)
    charge = dosed(pulse, bench=Blind)["TE"].charges[PROGRAM]
    assert_charge(charge, signed=0.0, magnitude=1e-5, volt_seconds=0.02)


def test_sweeps_and_sampled_pulses_are_pulses():
    swept = {"terminal": "TE", "dwell": 1e-3, "aperture": 1e-3, "compliance": 1e-3}
    loop = Sweep(levels=(0.0, 1.0, 2.0, 1.0, 0.0, -1.0, -2.0, -1.0, 0.0), **swept)
    assert dosed(loop)["TE"].pulses == 2
    sampled = Sweep(levels=(0.1,) * 4 + (2.0,) * 5 + (0.1,) * 4, read_up_to=0.1, **swept)
    dose = dosed(sampled)["TE"]
    assert dose.pulses == 1
    assert_charge(dose.charges[PROGRAM], signed=1e-6, magnitude=1e-6, volt_seconds=5 * 2e-3)
    assert_charge(dose.charges[READ], signed=8e-8, magnitude=8e-8, volt_seconds=8e-4)
    read_only = Sweep(levels=(0.1, 0.2, -0.1), read_up_to=0.2, **swept)
    assert dosed(read_only)["TE"].pulses == 0
    touching = Sweep(levels=(1.0, -1.0, 1.0), **swept)
    assert dosed(touching)["TE"].pulses == 3


def test_pulses_without_a_rest_between_them_are_one():
    train = {"terminal": "TE", "width": 1e-3, "compliance": 1e-3}
    for rest, amplitudes, pulses in (
        (0.0, (1.0, 1.0, 1.0), 1),
        (0.0, (1.0, 2.0, 1.0), 1),
        (0.0, (1.0, -1.0, 1.0), 3),
        (1e-3, (1.0, 1.0, 1.0), 3),
        (1e-3, (1.0, 0.0, 1.0), 2),
        (0.0, (1.0, 0.0, 1.0), 2),
    ):
        stimulus = PulseTrain(amplitudes=amplitudes, rest=rest, **train)
        assert dosed(stimulus)["TE"].pulses == pulses, (rest, amplitudes)
        assert worst_dose(stimulus.score())["TE"].pulses == pulses


def test_families_and_waveforms_count_at_both_terminals():
    sweep = Sweep(terminal="TE", levels=(1.0, 2.0), dwell=1e-3, aperture=1e-3, compliance=1e-3)
    family = Family(sweep=sweep, stepped="gate", steps=(1.0, 2.0), step_compliance=1e-4)
    dose = dosed(family)
    assert (dose["TE"].pulses, dose["gate"].pulses) == (1, 0)
    charge = 2 * 3.0 * 1e-4 * 1e-3
    assert_charge(dose["TE"].charges[PROGRAM], signed=charge, magnitude=charge, volt_seconds=6e-3)
    # the gate is held, not measured: at its limit, and no charge of pulses or reads
    assert_charge(
        dose["gate"].charges[HOLD], signed=0.0, magnitude=4 * 1e-7, volt_seconds=2e-3 * 3.0
    )
    assert dose.charge("gate") == 0.0
    spikes = Waveforms(
        terminal="TE", durations=(1e-3, 2e-3, 1e-3), compliance=1e-3, verify=READ_TE,
        levels=(("TE", (1.0, 0.0, -1.0)), ("gate", (-1.0, -1.0, 0.0))),
    )  # fmt: skip
    dose = dosed(spikes)
    assert (dose["TE"].pulses, dose["gate"].pulses) == (2, 1)
    assert dose["gate"].charges[PROGRAM].magnitude == pytest.approx(3e-3 * 1e-3)
    assert dose["TE"].charge == pytest.approx(2e-3 * 1e-3 + 2e-3 * 1e-5)


def test_a_sweep_that_stops_counts_what_was_reached():
    class Stopping(Resistors):
        def apply(self, stimulus):
            return Trace(super().apply(stimulus).readings[:2])

    sweep = Sweep(
        terminal="TE", levels=(1.0, 2.0, 0.0, -1.0), dwell=1e-3, aperture=1e-4, compliance=1e-3,
        stop_in_compliance=True,
    )  # fmt: skip
    dose = dosed(sweep, bench=Stopping)["TE"]
    assert dose.pulses == 1
    assert dose.charge == pytest.approx(3e-4 * 1e-3)


@pytest.mark.parametrize("change", [-1, 1])
@pytest.mark.parametrize(
    "stimulus",
    [
        Pulse(terminal="TE", amplitude=1.0, width=1e-3, compliance=1e-3, verify=READ_TE),
        Hold(terminal="TE", level=0.1, count=1, interval=1e-3, aperture=1e-3, compliance=1e-3),
        Hold(terminal="TE", level=0.1, count=3, interval=1e-3, aperture=1e-3, compliance=1e-3),
    ],
)
def test_a_trace_of_another_length_is_an_error_and_counts_at_its_worst(stimulus, change):
    class Wrong(Resistors):
        def apply(self, stimulus):
            readings = super().apply(stimulus).readings
            return Trace(readings[:change] if change < 0 else readings + readings[:1])

    guarded = GuardedBench(Wrong(PROFILE, LIMITS))
    with pytest.raises(ValueError, match="fewer" if change < 0 else "more"):
        guarded.apply(stimulus)
    assert guarded.dose["TE"].pulses >= isinstance(stimulus, Pulse)
    assert guarded.dose.charge("TE") >= most_charge(stimulus)["TE"] * (1 - 1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_what_failed_half_way_counts_as_applied_at_its_worst(kind):
    class Failing(NotingBench):
        def apply(self, stimulus):
            raise InstrumentTimeout("as asked for")

    rng = random.Random(f"{kind.__name__} fails")
    for _ in range(50):
        stimulus = legal(rng, kind)
        guarded = GuardedBench(Failing(RIG_PROFILE, RIG_LIMITS))
        with pytest.raises(InstrumentTimeout):
            guarded.apply(stimulus)
        pulses, charges = pulses_of(stimulus), most_charge(stimulus)
        for name, charge in charges.items():
            assert guarded.dose[name].pulses == pulses[name]
            assert guarded.dose.charge(name) == pytest.approx(charge, rel=1e-9, abs=1e-20)


@pytest.mark.parametrize("kind", KINDS)
def test_measured_and_worst_doses_agree_with_a_second_opinion(kind):
    """With every current at its limit, what was measured is the worst."""
    rng = random.Random(f"{kind.__name__} counted")
    for _ in range(100):
        stimulus = legal(rng, kind)
        score = stimulus.score()
        readings = [
            Reading(0.0, stand.level, stand.limit, False)
            if stand.source is Source.VOLTAGE
            else Reading(0.0, stand.limit, stand.level, False)
            for moment in moments(stimulus)
            for stand in moment.at.values()
            if stand.aperture is not None
        ]
        measured, worst = measured_dose(score, readings), worst_dose(score)
        charges = most_charge(stimulus)
        pulses = pulses_of(stimulus)
        for name in score.terminals:
            assert measured[name].pulses == worst[name].pulses == pulses[name]
            assert measured[name].charge == pytest.approx(charges[name], rel=1e-9, abs=1e-20)
            assert worst[name].charge == pytest.approx(charges[name], rel=1e-9, abs=1e-20)


SHARED = {"terminal": "TE", "width": 1e-4, "rest": 1e-4, "compliance": 1e-6}
SLOW = (pytest.mark.slow, pytest.mark.timeout(3600))
READ_AFTER = Read(voltage=0.1, aperture=1e-4, compliance=1e-6)


def hold_of(count):
    return Hold(
        terminal="TE", level=0.1, count=count, interval=1e-3, aperture=1e-3, compliance=1e-6
    )


def equal(count):
    return PulseTrain(amplitudes=(1.0,) * count, **SHARED)


def alternating(count):
    return PulseTrain(amplitudes=(1.0, -1.0) * (count // 2), verify=READ_AFTER, **SHARED)


def rising(count):
    return PulseTrain(amplitudes=tuple(1e-6 * n for n in range(1, count + 1)), **SHARED)


@pytest.mark.parametrize(
    ("kind", "count", "readings", "pulses", "charge"),
    [
        (hold_of, 10**7, 10**7, 0, 10**7 * 1e-9),
        (equal, 10**6, 10**6, 10**6, 1e-4),
        pytest.param(alternating, 30_000, 60_000, 30_000, 6e-6, marks=SLOW),
        (rising, 30_000, 30_000, 30_000, 3e-6),
        pytest.param(alternating, 10**6, 2 * 10**6, 10**6, 2e-4, marks=SLOW),
        pytest.param(rising, 10**6, 10**6, 10**6, 1e-4, marks=SLOW),
    ],
    ids=["hold", "equal", "alternating", "rising", "alternating long", "rising long"],
)
def test_what_is_long_is_judged_in_flat_memory_and_counted_exactly(
    kind, count, readings, pulses, charge
):
    """Beyond the stimulus itself; what repeats, and what is different every time."""
    stimulus = kind(count)
    limits = {name: make_limits(max_points=10**8) for name in PROFILE.terminals}
    dose = Dose(max_pulses=10**8, max_charge=1.0)
    profile = make_profile(terminals=dict(PROFILE.terminals), dose=dose)
    guarded = GuardedBench(Resistors(profile, limits))
    tracemalloc.start()
    try:
        assert not guarded._refusals(stimulus, worst_dose(stimulus.score()))
        assert not refusals(stimulus, profile, limits)
        worst = worst_dose(stimulus.score())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5e6
    assert worst["TE"].pulses == pulses
    assert worst["TE"].charge == pytest.approx(charge, rel=1e-9)
    assert stimulus.score().readings == readings
