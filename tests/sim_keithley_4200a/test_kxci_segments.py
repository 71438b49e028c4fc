"""Segment Arb: windows, loops, joints, limits."""

import numpy as np
import pytest

from mho.device.model import Response
from mho.stimuli import OPEN

TRAPEZOID = (
    ":PMU:SARB:SEQ:TIME 1, 1, 1e-6, 1e-7, 1e-6, 1e-7, 1e-6",
    ":PMU:SARB:SEQ:STARTV 1, 1, 0, 0, 1, 1, 0",
    ":PMU:SARB:SEQ:STOPV 1, 1, 0, 1, 1, 0, 0",
)
PLAY = (":PMU:SARB:WFM:SEQ:LIST 1, 1, 1", ":PMU:OUTPUT:STATE 1, 1")


@pytest.fixture
def arb(connect, make_resistor):
    def make(device=None, wiring=None, **more):
        line = connect(device or make_resistor(10e3), wiring or {"PMU1-1": "TE"}, **more)
        line.tell(":PMU:INIT 1", *TRAPEZOID, *PLAY)
        return line

    return make


def execute(line):
    line.tell(":PMU:EXECUTE")
    line.wait()


def test_spot_means_have_their_windows(arb):
    line = arb()
    line.tell(":PMU:SARB:SEQ:MEAS:TYPE 1,1,0,0,1,0,1")
    line.tell(":PMU:SARB:SEQ:MEAS:START 1,1,0,0,5e-7,0,0")
    line.tell(":PMU:SARB:SEQ:MEAS:STOP 1,1,0,0,9e-7,0,1e-6")
    execute(line)
    high, low = line.points()
    assert float(high[0]) == pytest.approx(0.995, rel=2e-3)
    assert float(high[2]) == pytest.approx(1.1e-6 + 7e-7)
    assert float(low[2]) == pytest.approx(2.2e-6 + 5e-7)
    assert high[3] == "01010051"


class Counter:
    """Its current is 0.1 mA for every microsecond spent above 0.9 V, at any voltage."""

    terminals = ("TE",)
    age = 0.0

    def advance(self, drives, duration):
        if drives.get("TE") and drives["TE"].level > 0.9:
            self.age += duration

    def state(self):
        return {"age": np.array(self.age)}

    def restore(self, state):
        self.age = float(state["age"])

    def respond(self, drives):
        return {"TE": Response(drives.get("TE", OPEN).level, 1e-4 * self.age / 1e-6, False)}


def test_an_average_is_the_mean_over_the_loops(arb):
    line = arb(Counter(), noise=0)
    line.tell(":PMU:SARB:SEQ:MEAS:TYPE 1,1,0,0,3,0,0", ":PMU:SARB:WFM:SEQ:LIST 1, 1, 4")
    line.tell(":PMU:MEASURE:RANGE 1,2,0.01")
    execute(line)
    ((_, current, time, _),) = line.points()
    assert float(current) == pytest.approx(2.5e-4, rel=0.01)
    assert float(time) == pytest.approx(1.6e-6)


def test_the_window_decides_what_a_changing_device_shows(arb):
    """The reading of a flat segment is that of the end of its window."""
    line = arb(Counter(), noise=0)
    line.tell(":PMU:SARB:SEQ:MEAS:TYPE 1,1,0,0,1,0,0")
    line.tell(":PMU:SARB:SEQ:MEAS:START 1,1,0,0,1e-7,0,0")
    line.tell(":PMU:SARB:SEQ:MEAS:STOP 1,1,0,0,5e-7,0,0")
    execute(line)
    ((_, current, *_),) = line.points()
    assert float(current) == pytest.approx(0.5e-4, rel=0.01)


def test_a_ramp_is_sampled_along_its_line(arb):
    line = arb(noise=0)
    line.tell(":PMU:SARB:SEQ:MEAS:TYPE 1,1,0,2,0,1,0")
    execute(line)
    *rise, fall = line.points()
    assert len(rise) == 20
    scale = 10e3 / (10e3 + 50)
    expected = [scale * n / 20 for n in range(20)]
    assert [float(p[0]) for p in rise] == pytest.approx(expected, abs=1.3e-3)
    assert float(fall[0]) == pytest.approx(scale / 2, rel=1e-3)


def test_a_slow_ramp_goes_in_small_steps(arb, noting):
    device = noting(1e9, terminals=("TE",))
    line = arb(device, noise=0)
    line.tell(":PMU:SARB:SEQ:TIME 1, 1, 1e-6, 1e-3, 1e-6, 1e-7, 1e-6")
    execute(line)
    steps = [drives["TE"] for duration, drives in line.stretches() if abs(duration - 5e-5) < 1e-9]
    assert steps == pytest.approx([0.025 + 0.05 * n for n in range(20)], rel=1e-3)


def test_loops_discrete_and_averaged(arb):
    line = arb()
    line.tell(":PMU:SARB:SEQ:MEAS:TYPE 1,1,0,0,1,0,3", ":PMU:SARB:WFM:SEQ:LIST 1, 1, 50")
    execute(line)
    assert line.ask(":PMU:DATA:COUNT? 1") == "51"
    points = line.points()
    assert float(points[-1][0]) == pytest.approx(0, abs=1e-3)
    assert line.clock.now() == pytest.approx(50 * 3.2e-6)


def test_sequences_in_a_row_and_arrays_in_pieces(arb):
    line = arb()
    line.tell(
        ":PMU:SARB:SEQ:TIME 1,2,1e-6,1e-6",
        ":PMU:SARB:SEQ:TIME:ADD 1,2,1e-6",
        ":PMU:SARB:SEQ:STARTV 1,2,0,2,2",
        ":PMU:SARB:SEQ:STOPV 1,2,2,2",
        ":PMU:SARB:SEQ:STOPV:ADD 1,2,0",
        ":PMU:SARB:SEQ:MEAS:TYPE 1,2,0,1,0",
        ":PMU:SARB:SEQ:MEAS:TYPE 1,1,0,0,1,0,0",
        ":PMU:SARB:SEQ:TRIG 1,2,1,0,0",
        ":PMU:SARB:WFM:SEQ:LIST 1, 1, 2",
        ":PMU:SARB:WFM:SEQ:LIST:ADD 1, 2, 1, 1, 1",
    )
    execute(line)
    assert [round(float(p[0])) for p in line.points()] == [1, 1, 2, 1]


def test_two_channels_at_once(arb, noting):
    device = noting(1e9)
    line = arb(device, {"PMU1-1": "TE", "PMU1-2": "gate"}, ramp_steps=1, noise=0)
    line.tell(
        ":PMU:SARB:SEQ:TIME 2,1,5e-7,1e-7,2e-6,1e-7,5e-7",
        ":PMU:SARB:SEQ:STARTV 2,1,0,0,3,3,0",
        ":PMU:SARB:SEQ:STOPV 2,1,0,3,3,0,0",
        ":PMU:SARB:SEQ:MEAS:TYPE 2,1,0,0,1,0,0",
        ":PMU:SARB:WFM:SEQ:LIST 2,1,1",
        ":PMU:OUTPUT:STATE 2,1",
        ":PMU:SARB:SEQ:MEAS:TYPE 1,1,0,0,1,0,0",
    )
    execute(line)
    seen = [(round(drives["TE"], 2), round(drives["gate"], 2)) for _, drives in line.stretches()]
    assert seen == [
        (0, 0), (0, 1.5), (0, 3), (0.5, 3), (1, 3), (0.5, 3), (0, 3), (0, 1.5), (0, 0),
    ]  # fmt: skip
    total = sum(duration for duration, _ in line.stretches())
    assert total == pytest.approx(3.2e-6)
    assert line.points(2)[0][3] == "01010052"


def test_what_is_simultaneous_makes_no_tiny_stretches(arb, noting):
    """Sums of decimal times differ in their last bits; the device must not notice."""
    device = noting(1e9)
    line = arb(device, {"PMU1-1": "TE", "PMU1-2": "gate"}, noise=0)
    line.clock.sleep(0.1)
    line.tell(
        ":PMU:SARB:SEQ:TIME 2,1,1.1e-6,1e-6,1.1e-6",
        ":PMU:SARB:SEQ:STARTV 2,1,2,2,2",
        ":PMU:SARB:SEQ:STOPV 2,1,2,2,2",
        ":PMU:SARB:SEQ:MEAS:TYPE 2,1,1,1,1",
        ":PMU:SARB:SEQ:MEAS:TYPE 1,1,0,0,1,0,0",
        ":PMU:SARB:WFM:SEQ:LIST 1,1,20",
        ":PMU:SARB:WFM:SEQ:LIST 2,1,20",
        ":PMU:OUTPUT:STATE 2,1",
    )
    execute(line)
    assert min(duration for duration, _ in line.stretches()) > 1e-8


def test_a_held_gate_is_there_before_the_device_is_read(connect, make_resistor):
    """Changes of one moment: readings first, then levels, then load lines."""

    class Transistor:
        terminals = ("TE", "gate")

        def advance(self, drives, duration):
            pass

        def state(self):
            return {}

        def restore(self, state):
            pass

        def respond(self, drives):
            on = "gate" in drives and drives["gate"].level > 1
            level = drives["TE"].level if "TE" in drives else 0.0
            found = {"TE": Response(level, level * (1e-3 if on else 0.0), False)}
            return {**found, "gate": Response(drives.get("gate", OPEN).level, 0.0, False)}

    line = connect(Transistor(), {"PMU1-1": "TE", "PMU1-2": "gate"}, noise=0)
    line.tell(":PMU:INIT 1")
    for channel, levels in ((1, "0.5,0.5,0.5"), (2, "2,2,2")):
        for name in ("STARTV", "STOPV"):
            line.tell(f":PMU:SARB:SEQ:{name} {channel},1,{levels}")
        line.tell(
            f":PMU:SARB:SEQ:TIME {channel},1,1e-6,1e-6,1e-6",
            f":PMU:SARB:SEQ:MEAS:TYPE {channel},1,2,1,1",
            f":PMU:SARB:WFM:SEQ:LIST {channel},1,1",
            f":PMU:OUTPUT:STATE {channel},1",
        )
    execute(line)
    points = line.points(1)
    assert float(points[0][1]) == pytest.approx(0.5 * 1e-3 / 1.05, rel=2e-3)
    assert len(points) == 202


def test_a_program_of_the_maker_opens_the_relay_within_130_ns(arb, noting):
    """ "pulse IV segARB"; its relay opens in the last segment."""
    line = arb(noting(1e9, terminals=("TE",)), noise=0)
    line.tell(
        ":PMU:MEASURE:RANGE 1, 2, 0.2",
        ":PMU:SARB:SEQ:STARTV 1, 1, 0, 1, 1, 0",
        ":PMU:SARB:SEQ:STOPV 1, 1, 1, 1, 0, 0",
        ":PMU:SARB:SEQ:TIME 1, 1, 50e-9, 100e-9, 50e-9, 130e-9",
        ":PMU:SARB:SEQ:SSR 1, 1, 1, 1, 1, 0",
        ":PMU:SARB:SEQ:MEAS:TYPE 1, 1, 0, 1, 0, 0",
    )
    execute(line)
    assert len(line.points()) == 1
    assert line.stretches()[-1] == (130e-9, {})


def test_open_relay_leaves_the_terminal_open(arb, noting):
    device = noting(1e9, terminals=("TE",))
    line = arb(device, noise=0, relay_time="checked")
    line.tell(":PMU:MEASURE:RANGE 1,2,0.2", ":PMU:SARB:SEQ:SSR 1,1,1,1,1,1,0")
    assert line.refused(":PMU:EXECUTE") == -962  # a switching segment lasts 25 us
    line.tell(":PMU:SARB:SEQ:TIME 1, 1, 1e-6, 1e-7, 1e-6, 1e-7, 25e-6")
    execute(line)
    assert line.stretches()[-1] == (25e-6, {})
    line.tell(":PMU:MEASURE:RANGE 1,2,1e-3")
    assert line.refused(":PMU:EXECUTE") == -955


def test_long_loops_do_not_hang_a_poll(arb, monkeypatch):
    from mho.sim_instruments.keithley_4200a import activity

    monkeypatch.setattr(activity, "ACTIONS_PER_POLL", 1000)
    line = arb()
    line.tell(":PMU:SARB:WFM:SEQ:LIST 1, 1, 1e12", ":PMU:EXECUTE")
    assert [line.ask(":PMU:TEST:STATUS?") for _ in range(3)] == ["1"] * 3
    line.tell(":PMU:ABORT")
    assert line.ask(":PMU:TEST:STATUS?") == "0"
    assert line.clock.now() < 1


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ((":PMU:SARB:SEQ:STARTV 1,1,0,0.5,1,1,0",), -956),
        ((":PMU:SARB:SEQ:STOPV 1,1,0,1,1,0",), -962),
        ((":PMU:SARB:SEQ:TIME 1,1,1e-6,1e-6",), -962),
        (
            (":PMU:SARB:SEQ:TIME 1,1,1e-6,1e-6", ":PMU:SARB:SEQ:STARTV 1,1,0,0",
             ":PMU:SARB:SEQ:STOPV 1,1,0,0"), -958,
        ),
        ((":PMU:SARB:SEQ:TIME 1,1,1e-6,1e-8,1e-6,1e-7,1e-6",), -962),
        ((":PMU:SARB:SEQ:TIME 1,1,1e-6,1.05e-7,1e-6,1e-7,1e-6",), -962),
        ((":PMU:SARB:SEQ:TIME 1,1,1e-6,1e-2,1e-6,1e-7,1e-6",), -959),
        ((":PMU:SARB:SEQ:STARTV 1,1,0,0,11,11,0", ":PMU:SARB:SEQ:STOPV 1,1,0,11,11,0,0"), -962),
        ((":PMU:LOAD 1,50", ":PMU:SARB:SEQ:STARTV 1,1,0,0,6,6,0",
          ":PMU:SARB:SEQ:STOPV 1,1,0,6,6,0,0"), -964),
        ((":PMU:MEASURE:RANGE 1,0,1e-3",), -967),
        ((":PMU:SARB:SEQ:MEAS:TYPE 1,1,0,0,1,0",), -962),
        ((":PMU:SARB:SEQ:MEAS:TYPE 1,1,0,0,1,0,0",
          ":PMU:SARB:SEQ:MEAS:STOP 1,1,0,0,2e-6,0,0"), -962),
        ((":PMU:SARB:SEQ:MEAS:TYPE 1,1,0,0,1,0,0", ":PMU:SARB:SEQ:MEAS:START 1,1,0,0,1e-7,0,0",
          ":PMU:SARB:SEQ:MEAS:STOP 1,1,0,0,1.02e-7,0,0"), -957),
        ((":PMU:SARB:SEQ:MEAS:STOP 1,1,5e-7,5e-8,5e-7,5e-8,5e-7",), None),  # type 0: no matter
        ((":PMU:SARB:SEQ:STARTV 1,1,0.5,0,1,1,0", ":PMU:SARB:SEQ:STOPV 1,1,0,1,1,0,0",
          ":PMU:SARB:WFM:SEQ:LIST 1,1,2"), -956),
        ((":PMU:SARB:SEQ:TIME 1,2,1e-6,1e-6,1e-6", ":PMU:SARB:SEQ:STARTV 1,2,1,1,1",
          ":PMU:SARB:SEQ:STOPV 1,2,1,1,1", ":PMU:SARB:WFM:SEQ:LIST 1,1,1,2,1"), -956),
        ((":PMU:SARB:SEQ:TIME 1,2,1e-6,1e-6,1e-6", ":PMU:SARB:SEQ:STARTV 1,2,0,0,0",
          ":PMU:SARB:SEQ:STOPV 1,2,0,0,0", ":PMU:SARB:WFM:SEQ:LIST 1,1,1,2,1"), None),
        ((":PMU:SARB:SEQ:MEAS:TYPE 1,1,0,0,1,0,0", ":PMU:SARB:WFM:SEQ:LIST 1,1,70000"), -963),
        ((":PMU:SARB:SEQ:MEAS:TYPE 1,1,0,2,0,0,0", ":PMU:SARB:WFM:SEQ:LIST 1,1,70000"), -951),
        ((":PMU:SARB:SEQ:MEAS:TYPE 1,1,0,2,0,0,0", ":PMU:SARB:WFM:SEQ:LIST 1,1,60000"), None),
        ((), None),
    ],
)  # fmt: skip
def test_checks_at_execute(arb, messages, code):
    line = arb()
    line.tell(*messages)
    assert line.refused(":PMU:EXECUTE") == code


def test_too_many_segments(arb):
    line = arb()
    for sequence in range(2, 19):
        for name, value in (("TIME", "1e-6"), ("STARTV", "0"), ("STOPV", "0")):
            line.tell(f":PMU:SARB:SEQ:{name} 1,{sequence}," + ",".join([value] * 128))
    assert line.refused(":PMU:EXECUTE") == -954


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (":PMU:SARB:SEQ:TIME 1,513,1e-6", -960),
        (":PMU:SARB:SEQ:TIME 1,0,1e-6", -969),
        (":PMU:SARB:SEQ:TIME 1,1", -969),
        (":PMU:SARB:SEQ:TIME 1,1,2", -969),
        (":PMU:SARB:SEQ:TIME 1,1," + ",".join(["1e-6"] * 128), None),
        (":PMU:SARB:SEQ:TIME 1,1," + ",".join(["1e-6"] * 129), -969),
        (":PMU:SARB:SEQ:MEAS:TYPE 1,1,5", -969),
        (":PMU:SARB:SEQ:MEAS:TYPE 1,1,0.5", -969),
        (":PMU:SARB:WFM:SEQ:LIST 1,7,1", -961),
        (":PMU:SARB:WFM:SEQ:LIST 1,1,0", -969),
        (":PMU:SARB:WFM:SEQ:LIST 1,1", -969),
        (":PMU:PULSE:TRAIN 1,0,1", -965),
        (":PMU:MEASURE:MODE 1", -965),
        (":PMU:SARB:SEQ:TIME 3,1,1e-6", -978),
    ],
)
def test_arguments(arb, message, code):
    assert arb().refused(message) == code


def test_a_channel_without_a_list_is_refused(arb):
    line = arb()
    line.tell(":PMU:OUTPUT:STATE 2,1")
    assert line.refused(":PMU:EXECUTE") == -961


def test_what_changes_at_the_end_of_a_window_is_not_in_it(connect):
    """The gate falls at the very moment at which the window on TE ends."""

    class Transistor:
        terminals = ("gate", "TE")

        def advance(self, drives, duration):
            pass

        def state(self):
            return {}

        def restore(self, state):
            pass

        def respond(self, drives):
            on = drives["gate"].level > 1.8
            found = {"gate": Response(drives["gate"].level, 0.0, False)}
            if "TE" in drives:
                level = drives["TE"].level
                found["TE"] = Response(level, level * (1e-3 if on else 0.0), False)
            return found

    line = connect(Transistor(), {"PMU1-1": "gate", "PMU1-2": "TE"}, noise=0)
    line.tell(":PMU:INIT 1")
    for channel, starts, stops in ((1, "2,2,0", "2,0,0"), (2, "0.5,0.5,0.5", "0.5,0.5,0.5")):
        line.tell(
            f":PMU:SARB:SEQ:TIME {channel},1,1e-6,1e-7,1e-6",
            f":PMU:SARB:SEQ:STARTV {channel},1,{starts}",
            f":PMU:SARB:SEQ:STOPV {channel},1,{stops}",
            f":PMU:SARB:SEQ:MEAS:TYPE {channel},1,1,0,1",
            f":PMU:SARB:WFM:SEQ:LIST {channel},1,1",
            f":PMU:OUTPUT:STATE {channel},1",
        )
    execute(line)
    before, after = line.points(2)
    assert float(before[1]) == pytest.approx(0.5e-3 / 1.05, rel=2e-3)
    assert float(after[1]) == 0.0


def test_a_longer_window_is_quieter(arb):
    def spread(start):
        line = arb()
        line.tell(":PMU:SARB:SEQ:MEAS:TYPE 1,1,0,0,1,0,0", ":PMU:SARB:WFM:SEQ:LIST 1, 1, 300")
        line.tell(f":PMU:SARB:SEQ:MEAS:START 1,1,0,0,{start},0,0")
        execute(line)
        values = [float(point[1]) for point in line.points()]
        mean = sum(values) / len(values)
        return (sum((value - mean) ** 2 for value in values) / len(values)) ** 0.5

    assert spread(9.1e-7) == pytest.approx(3 * spread(1.9e-7), rel=0.2)  # 18 and 162 samples


@pytest.mark.parametrize(("kinds", "most"), [("0,0,0,0,0", 13), ("0,0,1,0,0", 15)])
def test_a_load_line_takes_few_looks_at_the_device(arb, make_resistor, kinds, most):
    """Two for each level that stands; a measurement looks where the last search ended."""
    device, asked = make_resistor(10e3), []
    respond = device.respond
    device.respond = lambda drives: asked.append(drives["TE"].level) or respond(drives)
    line = arb(device)
    line.tell(f":PMU:SARB:SEQ:MEAS:TYPE 1,1,{kinds}")
    execute(line)
    assert len(asked) <= most
    assert max(asked) == pytest.approx(1.0 / 1.005, rel=1e-4)
