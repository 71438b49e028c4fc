"""A row about a step of programming: the columns that `program` and `ladder` have in common."""

from collections.abc import Callable
from typing import TypeVar

from mho.bench import Bench
from mho.protocols.learnt import learnt_text
from mho.protocols.orders import Step
from mho.protocols.programming import Window

Row = TypeVar("Row")


def step_row(
    kind: Callable[..., Row], bench: Bench, window: Window, step: Step, **own: object
) -> Row:
    """A row of that class, with the columns of its own."""
    pulsed, look = step.pulsed, step.look
    return kind(
        **own,
        time=look.readings[-1].time if look.readings else bench.clock.now(),
        target=window.target,
        low=window.low,
        high=window.high,
        pulse=step.pulses,
        terminal=bench.profile.write_at,
        amplitude=pulsed.asked,
        width=pulsed.width,
        sent=pulsed.sent,
        sent_at_limit=pulsed.at_limit,
        pulse_voltage=pulsed.reading.voltage,
        pulse_current=pulsed.reading.current,
        pulse_in_compliance=pulsed.reading.in_compliance,
        wait=step.wait,
        voltage=look.voltage,
        current=look.current,
        conductance=look.mean,
        spread=look.spread,
        reads=len(look.readings),
        seconds=look.seconds,
        in_compliance=look.in_compliance,
        status=look.readings[-1].status if look.readings else "",
        confidence=step.confidence,
        verdict=step.verdict,
        learnt=learnt_text(step.learnt),
    )
