"""Every fault seeded into a bench or a device is found by the suite, where it should be."""

import inspect

import faulty_benches as faulty
import numpy as np
import pytest

from mho.device.model import Response
from mho.testing.conformance import BenchConformance, DeviceConformance
from mho.testing.faults import Resistors

WIDTH = 10e-3
TRAIN = (0.2, 0.4, 0.6, 0.8)


class OnFaulty(BenchConformance):
    bench = "ideal"

    def __init__(self, fault):
        self.fault = fault

    def open(self):
        return self.fault(super().open())


def found_by(suite, **given):
    """The tests of a suite that fail, by their names behind ``test_``."""
    failed = set()
    for name, test in inspect.getmembers(suite, inspect.ismethod):
        if not name.startswith("test_"):
            continue
        wanted = inspect.signature(test).parameters
        try:
            if "open_bench" not in wanted:
                test()
                continue
            with suite.open() as bench:
                test(**{key: {"open_bench": bench, **given}[key] for key in wanted})
        except (AssertionError, ValueError, pytest.fail.Exception):
            failed.add(name.removeprefix("test_"))
    return failed


def found_in_bench(fault):
    return found_by(OnFaulty(fault), width=WIDTH, amplitudes=TRAIN)


@pytest.mark.parametrize(
    ("fault", "tests"),
    [
        (faulty.OutOfOrder, {"a_train_has_its_points_in_the_order_of_time"}),
        (faulty.OneShort, {"a_sweep_has_one_point_a_level", "a_hold_is_read_at_its_interval"}),
        (faulty.LeftOn, {"nothing_is_left_on"}),
        (faulty.StaysOn, {"nothing_is_left_on"}),
        (
            faulty.ComplianceNotReported,
            {
                "compliance_is_data_and_ends_with_the_stimulus",
                "a_sweep_stops_in_compliance_or_is_refused",
            },
        ),
        (faulty.LevelInsteadOfMeasured, {"compliance_is_data_and_ends_with_the_stimulus"}),
        (faulty.LimitLingers, {"compliance_is_data_and_ends_with_the_stimulus"}),
        (faulty.RefusalApproximated, {"limits_are_declared_and_refused"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_fault_of_a_bench_is_found(fault, tests):
    assert tests <= found_in_bench(fault)


def test_a_sound_bench_is_not_blamed():
    assert found_in_bench(faulty.Sound) == set()


class Ageing(Resistors):
    """A resistor at TE that grows with time; of it, each device below gets one thing wrong."""

    def __init__(self):
        super().__init__({"TE": 10e3, "gate": 1e6})

    def advance(self, drives, duration):
        self.resistance["TE"] += 1e3 * duration

    def state(self):
        return {"resistance": np.array(self.resistance["TE"])}

    def restore(self, state):
        self.resistance["TE"] = float(state["resistance"])


class ForgetsItsState(Ageing):
    def restore(self, state):
        pass


class DrawsWhenNothingHappens(Ageing):
    def respond(self, drives):
        self.resistance["TE"] += 1e-3
        return super().respond(drives)


class StepsInTime(Ageing):
    def advance(self, drives, duration):
        self.resistance["TE"] *= 1 + duration


class ReportsNoLimit(Ageing):
    def respond(self, drives):
        return {
            name: answer._replace(in_compliance=False)
            for name, answer in super().respond(drives).items()
        }


class LetsCurrentIntoWhatIsOpen(Ageing):
    def respond(self, drives):
        return {"TE": Response(0.0, 1e-9, False), "gate": Response(0.0, 1e-9, False)}


@pytest.mark.parametrize(
    ("device", "test"),
    [
        (ForgetsItsState, "a_state_taken_and_put_back_goes_on"),
        (DrawsWhenNothingHappens, "nothing_is_drawn_when_nothing_happens"),
        (StepsInTime, "two_halves_are_one_stretch"),
        (ReportsNoLimit, "a_limit_holds_and_is_reported"),
        (
            LetsCurrentIntoWhatIsOpen,
            "every_terminal_answers_and_an_open_one_takes_no_current",
        ),
    ],
)
def test_a_fault_of_a_device_is_found(device, test):
    class Suite(DeviceConformance):
        def build(self, seed):
            return device()

    assert test in found_by(Suite())


def test_a_sound_device_is_not_blamed():
    class Suite(DeviceConformance):
        def build(self, seed):
            return Ageing()

    assert found_by(Suite()) == set()
