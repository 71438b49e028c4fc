"""Faults at any call, Ctrl-C in any call and any wait: nothing is lost, nothing left on."""

from dataclasses import replace

import grpc
import pytest
from daq_benches import daq_bench, settings, terminals
from noting_card import Fixture, NotingCard, Refused, _Task, offered

from mho.clock import VirtualClock
from mho.drivers.ni_daq.switching_off import switching_off
from mho.errors import (
    CommandRejected,
    ConnectionFailed,
    InstrumentTimeout,
    ReplyError,
    UnsafeStateError,
)
from mho.stimuli import Hold, Pulse, PulseTrain, Read, Sweep
from mho.testing.faults import RIGHT_KINDS, Trap, TrappedClock, assert_off, assert_right, play

READ = Read(voltage=0.05, aperture=1e-3, compliance=1e-3, settle=1e-3)
PULSE = Pulse(
    terminal="TE", amplitude=0.5, width=1e-3, compliance=1e-3, rest=1e-3, verify=READ
)  # fmt: skip
TRAIN = PulseTrain(
    terminal="TE", amplitudes=(0.6,) * 9, width=1e-3, rest=1e-3, compliance=1e-3
)  # fmt: skip
LONG = Sweep(
    terminal="TE", levels=(0.1, 0.2, -0.3), dwell=0.0899, aperture=0.05, compliance=1e-3
)  # fmt: skip
HOLD = Hold(
    terminal="TE", level=0.15, count=3, interval=2e-3, aperture=1e-3, compliance=1e-3
)  # fmt: skip
SCENARIO = (PULSE, replace(PULSE, amplitude=-0.7), TRAIN, LONG, HOLD)
WIRING = {"TE": "Dev1/ao0", "gate": "Dev1/ao1"}


@pytest.fixture(autouse=True)
def short_blocks(monkeypatch):
    """So that few samples are streamed: those of a tenth of a second."""
    monkeypatch.setattr("mho.drivers.ni_daq.task_set_up.BLOCK", 500)


class Rig:
    """A card, a bench on it, and somebody who looks at its terminals."""

    def __init__(self, clock=None, before=lambda number, name: None):
        self.clock = VirtualClock()
        self.card = NotingCard(self.clock)
        self.card.before = before
        self.bench_clock = clock(self.clock) if clock else self.clock
        self.fixture = Fixture(self.card, WIRING)

    def play(self, kinds=RIGHT_KINDS, faults=None):
        self.card.faults = faults or {}
        with offered(self.card) as address:
            bench = daq_bench(address, self.bench_clock, sample_rate=10e3, buffer=1000)
            return play(bench, self.fixture, SCENARIO, kinds)


@pytest.fixture
def undisturbed(short_blocks):
    """What is played when nothing happens, and by how many calls."""
    rig = Rig()
    wanted = rig.play().played
    assert [len(facts) for facts in wanted] == [2, 2, 9, 3, 3]
    assert 100 < len(rig.card.calls) < 200
    return wanted, len(rig.card.calls)


def gone():
    return Refused(0, "gone", grpc.StatusCode.UNAVAILABLE)


FAULTS = {
    "an error": lambda: Refused(-200077, "not a supported value"),
    "a time-out of the card": lambda: Refused(-200474, "operation timed out"),
    "no answer": lambda: Refused(0, "late", grpc.StatusCode.DEADLINE_EXCEEDED),
    "a lost connection": gone,
    "a task that is gone": lambda: Refused(-200088, "no such task"),
}


EVERY = [pytest.param(False, id="some"), pytest.param(True, id="every", marks=pytest.mark.slow)]
"""Calls in which something happens: some of them, others for each fault; or every one."""


@pytest.mark.parametrize("every", EVERY)
@pytest.mark.parametrize("what", FAULTS)
def test_a_call_that_fails_anywhere_loses_no_reading_and_leaves_nothing_on(
    what, every, undisturbed
):
    (wanted, calls), counted = undisturbed, 0
    step = 1 if every else 11
    chosen = range(1 + 2 * list(FAULTS).index(what) % step, calls + 1, step)
    for number in chosen:
        rig = Rig()
        outcome = rig.play(faults={number: FAULTS[what]()})
        assert_right(outcome, wanted)
        assert not any(isinstance(one, UnsafeStateError) for one in outcome.errors)
        counted += bool(outcome.errors)
    # The client swallows what happens to its questions for the version, and clears are the
    # last of a task; everything else is told.
    assert counted > 0.35 * len(chosen)


@pytest.mark.parametrize("every", EVERY)
def test_ctrl_c_in_any_call_leaves_nothing_on(every, undisturbed):
    (wanted, calls), interrupted = undisturbed, 0
    chosen = range(1, calls + 1, 1 if every else 3)
    for number in chosen:
        trap = Trap(number)
        rig = Rig(before=lambda *_: trap.spring())  # noqa: B023
        outcome = rig.play((KeyboardInterrupt, *RIGHT_KINDS))
        assert_right(outcome, wanted)
        interrupted += any(isinstance(one, KeyboardInterrupt) for one in outcome.errors)
        assert not rig.card.tasks
    assert interrupted == len(chosen)


def test_ctrl_c_in_any_wait_leaves_nothing_on(undisturbed):
    wanted, _ = undisturbed
    never = Trap(0)
    Rig(lambda clock: TrappedClock(clock, never)).play()
    assert never.passed >= 5
    for moment in range(1, never.passed + 1):
        trap = Trap(moment)
        outcome = Rig(lambda clock: TrappedClock(clock, trap)).play((KeyboardInterrupt,))  # noqa: B023
        assert len(outcome.errors) == 1
        assert_right(outcome, wanted)


def test_no_call_waits_for_longer_than_a_tenth_of_a_second():
    waits = []
    rig = Rig()
    plain_wait, plain_read = rig.card._WaitUntilTaskDone, rig.card._ReadAnalogF64
    rig.card._WaitUntilTaskDone = lambda one: waits.append(one.time_to_wait) or plain_wait(one)
    rig.card._ReadAnalogF64 = lambda one: waits.append(one.timeout) or plain_read(one)
    rig.play()
    assert waits and max(waits) <= 0.1


def test_a_server_that_is_gone_for_good_is_the_loudest_error():
    rig = Rig()
    faults = {number: gone() for number in range(30, 400)}
    rig.card.faults = faults
    with offered(rig.card) as address:
        bench = daq_bench(address, rig.clock)
        bench.__enter__()
        with pytest.raises(UnsafeStateError, match=r"(?s)not be brought to 0 V.*reset the card"):
            bench.apply(PULSE)
        rig.card.faults = {}
        bench.__exit__(None, None, None)
    assert_off(rig.fixture, None)


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (Refused(-200220, "Device identifier is invalid."), ConnectionFailed,
         "Dev1: NI-DAQmx knows no card of this name .* Compare it with NI MAX"),
        (Refused(0, "gone", grpc.StatusCode.UNAVAILABLE), ConnectionFailed,
         "the NI gRPC Device Server is gone"),
        (Refused(0, "?", grpc.StatusCode.UNIMPLEMENTED), CommandRejected, "upgrade it"),
        (Refused(0, "?", grpc.StatusCode.INTERNAL), ReplyError, "unexpected answer"),
        (Refused(0, "?", grpc.StatusCode.DEADLINE_EXCEEDED), InstrumentTimeout, "did not answer"),
    ],
)  # fmt: skip
def test_a_card_that_cannot_be_opened_says_what_to_do(fault, kind, words):
    rig = Rig()
    rig.card.faults = {4: fault}
    with offered(rig.card) as address, pytest.raises(kind, match=words):
        daq_bench(address, rig.clock).__enter__()
    assert not rig.card.counted("WriteAnalogF64")


def test_a_card_that_somebody_else_uses_is_left_alone():
    rig = Rig()
    theirs = rig.card.tasks["theirs"] = _Task("theirs")
    theirs.outputs, theirs.reserved = ["Dev1/ao1"], True
    rig.card.volts["Dev1/ao1"] = 2.5
    with offered(rig.card) as address, pytest.raises(ConnectionFailed, match="another program"):
        daq_bench(address, rig.clock).__enter__()
    assert rig.card.tasks == {"theirs": theirs}
    assert rig.card.volts["Dev1/ao1"] == 2.5
    assert not rig.card.counted("ResetDevice")


def test_the_watchdog_ends_the_tasks_that_a_dead_process_left_and_brings_all_to_zero():
    rig = Rig()
    with offered(rig.card) as address:
        bench = daq_bench(address, rig.clock)
        bench.__enter__()
        bench.apply(PULSE)
        left = next(name.removeprefix("mho Dev1 outputs 0 ") for name in rig.card.tasks)
        rig.card.volts["Dev1/ao0"] = 2.0
        chosen = settings().model_copy(update={"target": address})
        (te, gate) = switching_off(chosen)([left], True)
        assert (te.terminal, te.channel, te.failure) == ("TE", "Dev1/ao0", "")
        assert (gate.terminal, gate.channel, gate.failure) == ("gate", "Dev1/ao1", "")
        assert not rig.card.tasks
        assert not any(rig.card.volts.values())
        assert not rig.card.counted("ResetDevice")


def test_what_nobody_knows_the_name_of_is_ended_by_a_reset():
    rig = Rig()
    with offered(rig.card) as address:
        bench = daq_bench(address, rig.clock)
        bench.__enter__()
        bench.apply(PULSE)
        rig.card.volts["Dev1/ao0"] = 2.0
        chosen = settings().model_copy(update={"target": address})
        assert not any(one.failure for one in switching_off(chosen)([], True))
        assert rig.card.counted("ResetDevice") == 1
        assert not any(rig.card.volts.values())


def test_off_tells_of_each_card_what_became_of_its_outputs():
    card = NotingCard(VirtualClock(), cards={"Dev1": "PXIe-6363", "Dev2": "PXI-6733"})
    wired = terminals()
    wired["gate"]["output"] = "Dev2/ao3"
    plain, codes = card._CreateAOVoltageChan, {}

    def create(request):
        code = codes.get(request.physical_channel[:4])
        if code is not None:
            raise Refused(code, "no")
        return plain(request)

    card._CreateAOVoltageChan = create
    for broken, said in (
        ({}, [("could not be told", ""), ("could not be told", "")]),
        ({"Dev1": -200220}, [("not there", ""), ("could not be told", "")]),
        ({"Dev1": -200220, "Dev2": -200077}, [("not there", ""), ("could not be told", "Dev2")]),
        ({"Dev1": -200077}, [("could not be told", "Dev1"), ("could not be told", "")]),
    ):
        codes.clear()
        codes.update(broken)
        card.volts["Dev1/ao0"] = card.volts["Dev2/ao3"] = 2.0
        with offered(card) as address:
            chosen = settings(wired=wired, model="PXIe-6363", other_cards={"Dev2": "PXI-6733"})
            chosen = chosen.model_copy(update={"target": address})
            found = switching_off(chosen)([], True)
        assert [one.channel for one in found] == ["Dev1/ao0", "Dev2/ao3"]
        assert [(one.before, one.failure[:4]) for one in found] == said
        assert [bool(card.volts[one.channel]) for one in found] == [
            one.channel[:4] in broken for one in found
        ]


def test_off_tells_what_could_not_be_switched_off():
    rig = Rig()
    rig.card.faults = {number: gone() for number in range(1, 99)}
    with offered(rig.card) as address:
        chosen = settings().model_copy(update={"target": address})
        found = switching_off(chosen)(["somebody"], True)
    assert [one.failure for one in found] == [found[0].failure] * 2
    assert "Device Server is gone" in found[0].failure
