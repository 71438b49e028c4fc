"""Any one exchange with the NI device server fails: no reading is lost or shifted, no output on."""

import warnings

import pytest
from faulty_ni import SCENARIO, TOLERANCE, bench_on, play_scenario, simulated

from mho.clock import VirtualClock
from mho.errors import CommandRejected, ConnectionFailed, InstrumentTimeout, ReplyError
from mho.sim_instruments.ni_device_server.faults import Fault
from mho.testing.faults import assert_right, is_off, play

REFUSED = -1074135024
EVENT_TIMEOUT = -1074116059

KINDS = {
    "refused": (CommandRejected, {"carried_out": False, "status": "UNKNOWN", "code": REFUSED}),
    "refused too late": (CommandRejected, {"status": "UNKNOWN", "code": REFUSED}),
    "error without text": (CommandRejected, {"code": REFUSED}),
    "driver's timeout": (
        InstrumentTimeout, {"carried_out": False, "status": "UNKNOWN", "code": EVENT_TIMEOUT}
    ),
    "session lost": (ConnectionFailed, {"restarts": True}),
    "unavailable": (ConnectionFailed, {"carried_out": False, "status": "UNAVAILABLE"}),
    "answer lost": (ConnectionFailed, {"status": "UNAVAILABLE"}),
    "unanswered": (InstrumentTimeout, {"carried_out": False, "status": "DEADLINE_EXCEEDED"}),
    "value_or_reason too late": (InstrumentTimeout, {"status": "DEADLINE_EXCEEDED"}),
    "unimplemented": (CommandRejected, {"carried_out": False, "status": "UNIMPLEMENTED"}),
    "invalid": (CommandRejected, {"carried_out": False, "status": "INVALID_ARGUMENT"}),
    "not found": (ConnectionFailed, {"carried_out": False, "status": "NOT_FOUND"}),
    "crashed": (ReplyError, {"carried_out": False, "status": "UNKNOWN"}),
    "garbled": (ReplyError, {"reply": b"\xff"}),
    "empty": (ReplyError, {"reply": b""}),
    "warning": (None, {"code": 1073348616}),
    "slow": (None, {"hangs": 0.02}),
}  # fmt: skip
"""Each with the error it makes where it makes one."""

STRIDE = 5
"""Every fifth call fails in the short run, each in one way."""

OPENING = {
    "InitializeWithIndependentChannels",
    "GetAttributeViInt32[channel_count]",
    "GetChannelNameFromString",
    "ResetWithChannels",
}
"""Where these fail there is no session: `ConnectionFailed`, whatever the reason."""


@pytest.fixture(scope="module")
def undisturbed():
    clock = VirtualClock()
    with simulated(clock=clock) as server:
        outcome, calls = play_scenario(server, clock)
    assert outcome.errors == []
    return outcome.played, calls


def assert_recovers(kind, number, wanted, label):
    """One fault: at most one stimulus fails, with the right error; all others are right."""
    expected, fault = KINDS[kind]
    where = f"{kind} at call {number}, {label}"
    clock = VirtualClock()
    with simulated(clock=clock) as server, warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        outcome, calls = play_scenario(server, clock, Fault(at=number, **fault))
        assert calls[number - 1] == label
        assert_right(outcome, wanted, TOLERANCE)
        assert len(outcome.errors) <= 1, where
        allowed = {expected} | ({ConnectionFailed} if label in OPENING else set())
        assert {type(error) for error in outcome.errors} <= allowed, where
        assert len(told) <= (kind == "warning"), where
        assert is_off(server), where
        if outcome.opening is not None:
            again = play(bench_on(server, clock), server, SCENARIO)
            assert again.errors == [], where
            assert_right(again, wanted, TOLERANCE)
        return bool(outcome.errors or told)


@pytest.mark.parametrize("kind", KINDS)
def test_after_a_fault_all_other_readings_are_right(undisturbed, kind):
    wanted, calls = undisturbed
    index = list(KINDS).index(kind)
    for number in range(1 + STRIDE * index, len(calls) + 1, STRIDE * len(KINDS)):
        assert_recovers(kind, number, wanted, calls[number - 1])


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", KINDS)
def test_after_a_fault_in_any_call_all_other_readings_are_right(undisturbed, kind):
    wanted, calls = undisturbed
    failed = [
        assert_recovers(kind, number, wanted, label) for number, label in enumerate(calls, start=1)
    ]
    assert any(failed) == (kind != "slow")


def test_an_instrument_that_does_not_say_what_it_is(undisturbed):
    wanted, calls = undisturbed
    for number, label in enumerate(calls, start=1):
        if label == "GetAttributeViString[instrument_model]":
            assert assert_recovers("empty", number, wanted, label)
