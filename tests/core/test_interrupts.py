"""Interrupts: every signal that ends a process ends a measurement in order, at the right moment."""

import os
import signal
from contextlib import nullcontext

import pytest

from mho import interrupts
from mho.interrupts import came, deferred, look, measuring, termination_as_interrupt

ENDING = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if hasattr(signal, name)
]


@pytest.fixture(autouse=True)
def handlers():
    before = {number: signal.getsignal(number) for number in ENDING}
    yield before
    assert {number: signal.getsignal(number) for number in ENDING} == before


@pytest.mark.parametrize("number", ENDING)
def test_what_would_end_the_process_raises(number):
    with pytest.raises(KeyboardInterrupt), termination_as_interrupt():
        signal.raise_signal(number)


@pytest.mark.parametrize("number", ENDING)
def test_what_comes_while_deferred_is_raised_at_the_end(number):
    reached = []

    def interrupted():
        with termination_as_interrupt(), deferred():
            signal.raise_signal(number)
            reached.append("end")

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert reached == ["end"]


def test_a_deferral_within_another_waits_for_the_end_of_the_outer():
    reached = []

    def interrupted():
        with deferred():
            with deferred():
                signal.raise_signal(signal.SIGINT)
                reached.append("inner")
            reached.append("outer")

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert reached == ["inner", "outer"]


def test_an_error_on_its_way_out_is_not_hidden_by_an_interrupt():
    def stuck():
        with deferred():
            signal.raise_signal(signal.SIGINT)
            raise ValueError("still on")

    with pytest.raises(ValueError, match="still on"):
        stuck()


def test_the_handler_of_a_host_is_left_and_told_afterwards():
    told = []
    before = signal.signal(signal.SIGTERM, lambda *_: told.append("told"))
    try:
        with termination_as_interrupt(), deferred():
            signal.raise_signal(signal.SIGTERM)
            assert told == []
        assert told == ["told"]
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGHUP")
def test_a_run_under_nohup_goes_on():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with termination_as_interrupt(), deferred():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_ctrl_c_reaches_a_run_that_a_shell_put_into_the_background():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with pytest.raises(KeyboardInterrupt), termination_as_interrupt():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("number", ENDING)
@pytest.mark.parametrize("around", [termination_as_interrupt, deferred, nullcontext])
def test_what_comes_in_a_deferral_within_another_is_raised_at_the_end(number, around):
    reached = []

    def interrupted():
        with around():
            with deferred():
                with deferred():
                    signal.raise_signal(number)
                reached.append("inner")
            reached.append("outer")

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert reached == (["inner", "outer"] if around is deferred else ["inner"])
    with termination_as_interrupt(), deferred():
        reached.append("nothing is left of it")


def test_what_an_error_went_before_is_not_lost():
    def stuck():
        with deferred():
            signal.raise_signal(signal.SIGINT)
            raise ValueError("still on")

    with termination_as_interrupt():
        with pytest.raises(ValueError, match="still on"):
            stuck()
        with pytest.raises(KeyboardInterrupt, match="SIGINT"):
            look()
        look()


class Failing:
    def __del__(self):
        raise ValueError("not an interrupt")


class Swallowed:
    """Python swallows what is raised in here, and goes on."""

    def __del__(self):
        signal.raise_signal(signal.SIGTERM)


@pytest.fixture
def swallows(monkeypatch):
    """Have an interrupt swallowed; of all that Python swallows, only others are printed."""
    printed = []
    monkeypatch.setattr("sys.unraisablehook", lambda lost: printed.append(lost.exc_type))

    def swallow():
        Swallowed()
        Failing()

    yield swallow
    assert printed == [ValueError]


def test_an_interrupt_that_python_swallows_is_seen_at_the_next_look(swallows):
    def run():
        with termination_as_interrupt(), measuring():
            swallows()
            look()
            pytest.fail("it was lost")

    with pytest.raises(KeyboardInterrupt, match="SIGTERM"):
        run()
    look()


def test_an_interrupt_that_python_swallows_is_raised_at_the_end_at_the_latest(swallows):
    reached = []

    def run():
        with termination_as_interrupt(), measuring():
            swallows()
            reached.append("end")

    with pytest.raises(KeyboardInterrupt, match="SIGTERM"):
        run()
    assert reached == ["end"]


def test_a_script_that_handles_ctrl_c_is_not_interrupted_once_more():
    with termination_as_interrupt():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        look()


def test_interrupts_are_raised_while_measuring_within_a_deferral_and_wait_before_and_after():
    reached = []

    def measure(number=None):
        with measuring():
            if number:
                signal.raise_signal(number)
            reached.append("what is not reached")

    with termination_as_interrupt(), deferred():
        with pytest.raises(KeyboardInterrupt, match="SIGINT"):
            measure(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt, match="SIGTERM"):
            measure()
        signal.raise_signal(signal.SIGTERM)
        assert came() and not came()
    assert reached == []


def test_nothing_is_left_of_it_for_the_next_run():
    assert interrupts._State.handlers is None
    assert (interrupts._State.depth, interrupts._State.is_measuring) == (0, False)
