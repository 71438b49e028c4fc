"""Events: when all is done, for every N samples, for every sample."""

import threading

import numpy as np
import pytest
from daq_lab import CONTINUOUS, refused
from nidaqmx.constants import RegenerationMode, Signal

LONGEST = 60.0
"""Ends a wait for what never comes (s); no measure of how fast anything is."""


class Heard:
    """What an event was told, and a wait for so many of it."""

    def __init__(self):
        self.told = []
        self._changed = threading.Condition()

    def __call__(self, *arguments):
        with self._changed:
            self.told.append(arguments[1:-1])
            self._changed.notify_all()
        return 0

    def wait(self, count):
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.told) >= count, LONGEST)
        return self.told


def test_done_is_told_once_with_its_status(either):
    task, heard = either.ai(rate=1e4, count=100), Heard()
    task.register_done_event(heard)
    for count in (1, 2):
        task.start()
        assert heard.wait(count)[-1] == (0,)
        task.stop()
    assert len(heard.told) == 2
    assert either.clock.now() >= 0.02


def test_every_n_samples_are_told_and_can_be_read(either):
    task, heard, data = either.ai(rate=1e4, count=1000), Heard(), []

    def read(*arguments):
        data.extend(task.read(100))
        return heard(*arguments)

    task.register_every_n_samples_acquired_into_buffer_event(100, read)
    task.start()
    assert heard.wait(10) == [(1, 100)] * 10
    assert len(data) == 1000
    task.stop()


def test_time_waits_for_who_listens_and_nothing_is_overwritten(lab):
    task, heard = lab.ai(rate=1e4, count=100, mode=CONTINUOUS), Heard()
    task.in_stream.input_buf_size = 200

    def read(*arguments):
        assert len(task.read(100)) == 100
        return heard(*arguments)

    task.register_every_n_samples_acquired_into_buffer_event(100, read)
    task.start()
    heard.wait(30)
    task.stop()


def test_an_output_is_refilled_as_it_is_told_of_room(open_lab):
    lab = open_lab(cards={"Dev1": {"ao_fifo": 0}})
    task, heard = lab.ao(rate=1e4, count=1000), Heard()
    task.out_stream.regen_mode = RegenerationMode.DONT_ALLOW_REGENERATION
    task.out_stream.output_buf_size = 200
    written = [200]

    def write(*arguments):
        if written[0] < 1000:
            written[0] += task.write(np.full(100, 1.25))
        return heard(*arguments)

    task.register_every_n_samples_transferred_from_buffer_event(100, write)
    done = Heard()
    task.register_done_event(done)
    task.write(np.zeros(200))
    task.start()
    assert done.wait(1) == [(0,)]
    assert heard.wait(10) == [(2, 100)] * 10
    assert lab.volts() == 1.25
    task.stop()


def test_a_failure_is_told_as_the_status_of_done(lab):
    task, done = lab.ao(rate=1e4, count=1000, mode=CONTINUOUS), Heard()
    task.out_stream.regen_mode = RegenerationMode.DONT_ALLOW_REGENERATION
    task.register_done_event(done)
    task.write(np.zeros(100))
    task.start()
    lab.clock.sleep(1.0)
    assert done.wait(1) == [(-200290,)]
    assert refused(task.stop) == -200290


def test_every_sample_is_told(either):
    task, heard = either.ai(rate=1e3, count=20), Heard()
    task.register_signal_event(Signal.SAMPLE_COMPLETE, heard)
    task.start()
    assert heard.wait(20) == [(Signal.SAMPLE_COMPLETE.value,)] * 20
    task.stop()


def test_nothing_is_told_after_that_was_asked_for(either):
    task, heard, done = either.ai(rate=1e4, count=100), Heard(), Heard()
    task.register_every_n_samples_acquired_into_buffer_event(10, heard)
    task.register_every_n_samples_acquired_into_buffer_event(10, None)
    task.register_done_event(done)
    task.start()
    done.wait(1)
    task.stop()
    assert heard.told == []


def test_registering_twice_is_refused_and_again_is_possible_afterwards(either):
    task = either.ai(rate=1e4, count=100)
    for _ in range(3):
        task.register_done_event(lambda *_: 0)
        task.register_signal_event(Signal.SAMPLE_COMPLETE, lambda *_: 0)
        assert refused(task.register_done_event, lambda *_: 0) == -200950
        assert refused(task.register_signal_event, Signal.SAMPLE_COMPLETE, lambda *_: 0) == -200949
        task.register_done_event(None)
        task.register_signal_event(Signal.SAMPLE_COMPLETE, None)


def test_the_server_itself_refuses_a_second_registration(either):
    """The client does so before it asks; another client does not know."""
    from nidaqmx._stubs import nidaqmx_pb2, nidaqmx_pb2_grpc

    task = either.ai(rate=1e4, count=100)
    task.register_every_n_samples_acquired_into_buffer_event(10, lambda *_: 0)
    stub = nidaqmx_pb2_grpc.NiDAQmxStub(either.wire)
    stream = stub.RegisterEveryNSamplesEvent(
        nidaqmx_pb2.RegisterEveryNSamplesEventRequest(
            task=task._handle, every_n_samples_event_type_raw=1, n_samples=10
        )
    )
    stream.initial_metadata()
    error = stream.exception()
    assert dict(error.trailing_metadata())["ni-error"] == "-200966"


def test_closing_a_task_ends_its_streams(either):
    task = either.ai(rate=1e4, count=100)
    task.register_done_event(lambda *_: 0)
    task.register_every_n_samples_acquired_into_buffer_event(10, lambda *_: 0)
    task.close()
    names = [thread.name for thread in threading.enumerate()]
    assert not [name for name in names if name.startswith("nidaqmx ")]


@pytest.mark.parametrize("port", [0, None])
def test_stopping_the_server_ends_streams(open_lab, port):
    lab = open_lab(port=port)
    task = lab.ai(rate=1e4, count=100)
    task.register_done_event(lambda *_: 0)
    lab.server.stop()
    with pytest.raises(Exception):  # noqa: B017, PT011  whatever a client makes of a lost server
        task.close()
    task._handle = None
