"""Faults to order in calls to the card, and a server that forgets or dies."""

import threading

import nidaqmx
import numpy as np
import pytest
from daq_lab import CONTINUOUS, Between, refused

from mho.clock import RealClock, VirtualClock
from mho.errors import SettingsError
from mho.rehearsal import World
from mho.sim_instruments.ni_device_server.chassis import start_server
from mho.sim_instruments.ni_device_server.faults import Fault, Faults
from mho.sim_instruments.ni_device_server.options import NiOptions


def test_a_call_is_rejected_with_a_code_to_order(either):
    task = either.ao()
    either.server.faults = Faults(rejects={"WriteAnalogF64": -200621})
    assert refused(task.write, 1.25) == -200621
    assert either.volts() == 0.0
    either.server.faults = Faults(rejects={"GetTaskAttributeString[channels]": -50103})
    assert refused(task.write, 1.25) == -50103


def test_a_server_that_is_started_anew_knows_no_task_and_its_outputs_stay(either):
    task = either.ao(rate=1000.0, count=2, mode=CONTINUOUS)
    task.write([1.25, 1.25])
    task.start()
    either.clock.sleep(5e-3)
    either.server.faults = Faults(calls=(Fault(at=1, restarts=True),))
    assert refused(task.is_task_done) == -200088
    task._handle = None  # there is nothing to close
    assert either.volts() == 1.25
    fresh = either.ao()
    fresh.write(2.5)
    assert either.volts() == 2.5


def test_an_answer_that_cannot_be_read_is_told_as_such(either):
    task = either.ai()
    either.server.faults = Faults(answers={"ReadAnalogF64": b"\xff"})
    with pytest.raises(nidaqmx.errors.RpcError, match=r"INTERNAL|deserializing"):
        task.read()


def test_a_call_that_nobody_can_make_is_no_fault():
    options = NiOptions(faults=Faults(rejects={"WriteAnalogF65": -1, "GetTaskAttributeString": -1}))
    with pytest.raises(SettingsError) as error:
        start_server(World(Between(), VirtualClock(), 1), {}, None, options)
    assert [problem.place for problem in error.value.problems] == ["faults.rejects.WriteAnalogF65"]


def test_on_the_real_clock_a_read_waits_and_others_are_served_meanwhile(open_lab):
    lab = open_lab(clock=RealClock(), port=0)
    slow = lab.ai(rate=1000.0, count=300)
    slow.start()
    found = []
    reader = threading.Thread(target=lambda: found.append(slow.read(300)))
    reader.start()
    other = lab.ao()
    count = 0
    while reader.is_alive():
        other.write(1.25)
        count += 1
    reader.join()
    assert len(found[0]) == 300 and count > 1


def test_on_the_real_clock_a_stop_ends_a_wait(open_lab):
    lab = open_lab(clock=RealClock(), port=0)
    task = lab.ai(rate=1000.0, count=100_000_000)
    task.start()
    codes = []
    waiter = threading.Thread(target=lambda: codes.append(_code(task.wait_until_done, 1e5)))
    waiter.start()
    lab.clock.sleep(0.05)
    nidaqmx.Task.stop(task)
    waiter.join()
    assert codes == [0]


def _code(call, *arguments):
    try:
        call(*arguments)
    except nidaqmx.DaqError as error:
        return error.error_code
    return 0


def test_another_instrument_that_moves_time_on_plays_the_card(open_lab):
    """What is due of the card is done before the device is asked by somebody else."""
    lab = open_lab()
    task = lab.ao(rate=1000.0, count=4)
    task.write(np.array([1.25, 2.5, 3.75, 0.0]))
    task.start()
    world = lab.server.world
    world.join("other", _Nobody())
    lab.device.stretches.clear()
    lab.clock.advance_to(lab.clock.now() + 2.5e-3)
    assert world.read(lab.clock.now(), "te").voltage == pytest.approx(3.75, abs=1e-3)
    assert [round(drives["te"], 2) for drives, _ in lab.device.stretches] == [1.25, 2.5, 3.75]


class _Nobody:
    def catch_up(self, moment):
        pass

    def state(self):
        return {}

    def restore(self, state):
        pass
