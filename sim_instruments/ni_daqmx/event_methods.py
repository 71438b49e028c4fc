"""Methods about events: the streams, and what ends them."""

import queue
from collections.abc import Callable, Iterator
from typing import Any

from google.protobuf.message import Message
from nidaqmx._stubs import nidaqmx_pb2 as messages

from mho.sim_instruments.ni_daqmx import values
from mho.sim_instruments.ni_daqmx.chassis import Chassis
from mho.sim_instruments.ni_daqmx.errors import (
    ACQUIRED_EVENT_NOT_SUPPORTED,
    ACQUIRED_EVENT_REGISTERED,
    DONE_EVENT_REGISTERED,
    INVALID_ATTRIBUTE_VALUE,
    SIGNAL_EVENT_NOT_SUPPORTED,
    SIGNAL_EVENT_REGISTERED,
    TRANSFERRED_EVENT_NOT_SUPPORTED,
    TRANSFERRED_EVENT_REGISTERED,
    DaqError,
)
from mho.sim_instruments.ni_daqmx.events import OVER, Subscription
from mho.sim_instruments.ni_daqmx.methods import Methods, chosen

METHODS = Methods()

LOOK = 0.05
"""How long a stream waits (s of the real clock) before it looks whether its client is there."""

Stream = Callable[[Chassis, Any, Callable[[], bool]], Iterator[Message]]


def done_event(chassis: Chassis, request: Any, is_there: Callable[[], bool]) -> Iterator[Message]:
    """A message when the task is done by itself."""
    task = chassis.task(request.task.name)
    if task.events.done is not None:
        raise DaqError(DONE_EVENT_REGISTERED)
    subscription = task.events.done = Subscription()

    def forget() -> None:
        if task.events.done is subscription:
            task.events.done = None

    return _messages(
        chassis,
        subscription,
        lambda status: messages.RegisterDoneEventResponse(status=status),
        is_there,
        forget,
    )


def every_n_samples_event(
    chassis: Chassis, request: Any, is_there: Callable[[], bool]
) -> Iterator[Message]:
    """A message for every N samples that were acquired or put out."""
    task = chassis.task(request.task.name)
    kind = chosen(request, "every_n_samples_event_type")
    acquires = kind == values.ACQUIRED
    if task.events.every is not None:
        raise DaqError(ACQUIRED_EVENT_REGISTERED if acquires else TRANSFERRED_EVENT_REGISTERED)
    if acquires != task.is_input:
        raise DaqError(
            ACQUIRED_EVENT_NOT_SUPPORTED if acquires else TRANSFERRED_EVENT_NOT_SUPPORTED
        )
    if not request.n_samples:
        raise DaqError(INVALID_ATTRIBUTE_VALUE, "Samples: 0.")
    subscription = task.events.every = Subscription(kind, request.n_samples)

    def message(told: tuple[int, int]) -> Message:
        reply: Message = messages.RegisterEveryNSamplesEventResponse(
            every_n_samples_event_type_raw=told[0], n_samples=told[1]
        )
        return reply

    def forget() -> None:
        if task.events.every is subscription:
            task.events.every = None

    return _messages(chassis, subscription, message, is_there, forget)


def signal_event(chassis: Chassis, request: Any, is_there: Callable[[], bool]) -> Iterator[Message]:
    """A message for every sample."""
    task = chassis.task(request.task.name)
    signal = chosen(request, "signal_id")
    if task.events.signal is not None:
        raise DaqError(SIGNAL_EVENT_REGISTERED)
    if signal not in (values.SAMPLE_CLOCK_EVENT, values.SAMPLE_COMPLETE):
        raise DaqError(SIGNAL_EVENT_NOT_SUPPORTED, f"Signal: {signal}.")
    subscription = task.events.signal = Subscription(signal)

    def forget() -> None:
        if task.events.signal is subscription:
            task.events.signal = None

    return _messages(
        chassis,
        subscription,
        lambda kind: messages.RegisterSignalEventResponse(signal_id=kind),
        is_there,
        forget,
    )


STREAMS: dict[str, Stream] = {
    "RegisterDoneEvent": done_event,
    "RegisterEveryNSamplesEvent": every_n_samples_event,
    "RegisterSignalEvent": signal_event,
}


def _messages(
    chassis: Chassis,
    subscription: Subscription,
    message: Callable[[Any], Message],
    is_there: Callable[[], bool],
    forget: Callable[[], None],
) -> Iterator[Message]:
    chassis.watch()
    return _stream(chassis, subscription, message, is_there, forget)


def _stream(
    chassis: Chassis,
    subscription: Subscription,
    message: Callable[[Any], Message],
    is_there: Callable[[], bool],
    forget: Callable[[], None],
) -> Iterator[Message]:
    try:
        while is_there() and not chassis.closed:
            try:
                told = subscription.messages.get(timeout=LOOK)
            except queue.Empty:
                continue
            if told is OVER:
                return
            yield message(told)
    finally:
        with chassis.changed:
            forget()


def _ends(name: str, which: str) -> None:
    def end(chassis: Chassis, request: Any) -> None:
        events = chassis.task(request.task.name).events
        subscription = getattr(events, which)
        if subscription is not None:
            subscription.end()
            setattr(events, which, None)

    METHODS.method(name)(end)


_ends("UnregisterDoneEvent", "done")
_ends("UnregisterEveryNSamplesEvent", "every")
_ends("UnregisterSignalEvent", "signal")
