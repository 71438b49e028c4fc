"""Compliance, over-range and an open interlock, as the simulated instrument tells them."""

from dataclasses import replace
from math import isnan

import pytest
from faulty_4200a import (
    BURST,
    CURVES,
    HOLD,
    PULSE,
    RAMP,
    SCENARIOS,
    STILL_BUSY,
    STOPPING,
    SWEEP,
    TRAIN,
    faulty,
    no_waiting,
    undisturbed,
)

from mho.errors import ReplyError
from mho.sim_instruments.keithley_4200a import Fault
from mho.testing.faults import assert_right, is_off, play

OHMS = 10e3


@pytest.fixture(autouse=True)
def time(monkeypatch):
    return no_waiting(monkeypatch)


@pytest.mark.parametrize("status_letters", ["rev-e", "rev-b"])
@pytest.mark.parametrize("stimulus", [SWEEP, RAMP, TRAIN], ids=["list", "linear", "train"])
def test_a_sweep_tells_which_of_its_points_are_in_compliance(stimulus, status_letters):
    limit = 1.7e-5
    limited = replace(stimulus, compliance=limit)
    if stimulus is TRAIN:
        limited = replace(limited, verify=replace(TRAIN.verify, compliance=limit))
    with faulty(status_letters=status_letters) as (bench, _), bench:
        free = bench.apply(replace(limited, compliance=5e-3))
        found = bench.apply(limited)
    assert len(found) == len(free)
    for reading, asked in zip(found, free, strict=True):
        beyond = abs(asked.voltage) / OHMS > limit
        assert reading.in_compliance is beyond
        assert reading.status == ("C C" if beyond else "N N")
        if beyond:
            assert abs(reading.current) == pytest.approx(limit)
            assert abs(reading.voltage) == pytest.approx(limit * OHMS)
    assert {reading.in_compliance for reading in found} == {True, False} or stimulus is TRAIN


def test_a_sweep_that_stops_in_compliance_tells_it():
    with faulty() as (bench, _), bench:
        found = bench.apply(STOPPING)
    assert [reading.in_compliance for reading in found] == [False, False, True]


def test_a_sampling_tells_compliance():
    with faulty() as (bench, _), bench:
        found = bench.apply(replace(HOLD, compliance=1e-5))
    assert [(r.status, r.in_compliance) for r in found] == [("C C", True)] * 3
    assert all(r.voltage == pytest.approx(0.1) for r in found)


def test_user_mode_tells_compliance_of_pulse_and_read():
    with faulty() as (bench, _), bench:
        pulsed, read = bench.apply(
            replace(PULSE, compliance=1e-5, verify=replace(PULSE.verify, compliance=1e-6))
        )
        single = bench.apply(replace(HOLD, count=1, compliance=1e-5))[0]
    assert (pulsed.status, pulsed.in_compliance) == ("CAI", True)
    assert isnan(pulsed.voltage) and pulsed.current == pytest.approx(1e-5)
    assert (read.status, read.in_compliance) == ("CAI CAV", True)
    assert read.voltage == pytest.approx(1e-6 * OHMS, rel=1e-3)
    assert single.in_compliance and single.current == pytest.approx(1e-5)


def test_another_smu_in_compliance_is_no_compliance_of_this_one():
    """Rev. B tells it with a letter of its own."""
    with faulty(status_letters="rev-b") as (bench, _), bench:
        bench.bias("gate", 3.0, 1e-7)  # 1 Mohm would take 3 uA
        for stimulus in (PULSE, SWEEP, HOLD):
            found = bench.apply(stimulus)
            assert not any(reading.in_compliance for reading in found)
            assert all("T" in reading.status for reading in found)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("stimulus", [PULSE, SWEEP, TRAIN, BURST], ids=lambda s: type(s).__name__)
def test_a_pulse_card_beyond_its_range_tells_overflow(stimulus, sign):
    facts = {"compliance": 1e-5}
    if stimulus is SWEEP:
        facts["levels"] = tuple(sign * level for level in (0.2, 0.3, 0.4))
    elif stimulus is PULSE:
        facts |= {"amplitude": sign * 1.7, "verify": None}
    else:
        facts |= {"amplitudes": (sign * 0.5,) * 3, "verify": None}
    with faulty("PMU") as (bench, _), bench:
        free = bench.apply(replace(stimulus, **{**facts, "compliance": 5e-3}))
        found = bench.apply(replace(stimulus, **facts))
    assert [r.in_compliance for r in free] == [False] * len(free)
    assert [r.in_compliance for r in found] == [True] * len(free)
    overflow = {1: 2, -1: 1}[sign]  # bits 11-10 of the status word
    assert {int(reading.status, 16) >> 10 & 3 for reading in found} == {overflow}


@pytest.mark.parametrize("flavour", ["SMU", "RPM"])
@pytest.mark.parametrize(
    "stimulus", [PULSE, SWEEP, RAMP, HOLD, TRAIN], ids=["pulse", "list", "linear", "hold", "train"]
)
def test_an_open_interlock_is_told_and_the_outputs_are_off(flavour, stimulus):
    with faulty(flavour, interlock_open=True) as (bench, instrument), bench:
        for _ in range(2):
            with pytest.raises(ReplyError, match="interlock"):
                bench.apply(stimulus)
            assert is_off(instrument) and not bench._outputs_are_on


def test_an_open_interlock_is_told_for_a_family_of_curves():
    with faulty(interlock_open=True) as (bench, instrument), bench:
        with pytest.raises(ReplyError, match="interlock"):
            bench.apply(CURVES)
        assert is_off(instrument)


@pytest.mark.parametrize("message", ["RG 1", "TI1", "DE;", "MD", "DO 'I1'"])
def test_an_interlock_that_opens_is_told_from_then_on(message):
    fault = Fault(kind="interlock", starts_with=message)
    with faulty("SMU", fault) as (bench, instrument), bench:
        told = [_told(bench, stimulus) for stimulus in (PULSE, SWEEP, HOLD, PULSE, SWEEP, HOLD)]
        assert is_off(instrument)
    first = next(index for index, what in enumerate(told) if what)
    assert first <= 2
    assert all("interlock" in what for what in told[first:])


def _told(bench, stimulus):
    try:
        bench.apply(stimulus)
    except ReplyError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("flavour", ["SMU", "RPM"])
def test_an_interlock_that_opens_at_any_message_never_passes_for_data(flavour):
    wanted, told = undisturbed(flavour, **STILL_BUSY)
    for number in range(1, len(told) + 1):
        fault = Fault(kind="interlock", at=number)
        with faulty(flavour, fault, **STILL_BUSY) as (bench, instrument):
            outcome = play(bench, instrument, SCENARIOS[flavour])
            assert_right(outcome, wanted)


def test_a_pulse_without_a_read_notices_the_interlock_too():
    """No current at all may be an open circuit; then the voltage tells."""
    told = pytest.raises(ReplyError, match="interlock")
    with faulty("SMU", interlock_open=True) as (bench, _), bench, told:
        bench.apply(replace(PULSE, verify=None))
