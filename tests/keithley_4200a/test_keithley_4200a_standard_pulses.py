"""Standard pulses: which trains, what goes over the wire, and that they mean what they did."""

import tomllib
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from benches import keithley_bench, only_instrument
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_4200a import PROFILE, Scripted4200A
from test_keithley_4200a_bench import FAULTS, PULSES, all_off, bench_on, exchanges

from mho.drivers.keithley_4200a.codec.segment_arb import Segment, SegmentSequence
from mho.drivers.keithley_4200a.compiler import pulse_program
from mho.drivers.keithley_4200a.compiler.pulse_channels import ChannelPart, PulseChannel, PulseTest
from mho.drivers.keithley_4200a.compiler.standard_pulse_program import standard_test
from mho.drivers.keithley_4200a.conversation.pulse_group import PulseGroup
from mho.drivers.keithley_4200a.conversation.wire import Wire
from mho.drivers.keithley_4200a.settings import KeithleySettings, PulseTerminal
from mho.errors import (
    CommandRejected,
    InstrumentTimeout,
    LimitError,
    ReplyError,
    UnsupportedError,
)
from mho.laboratory import open_bench
from mho.stimuli import Pulse, PulseTrain, Read

TRANSCRIPT = Path(__file__).parent.parent / "transcripts" / "driver_standard_pulses.toml"
SECOND = {"BE": {"channel": "PMU1-2", "current_unlimited": True}}
UP = tuple(n / 50 for n in range(1, 101))
MICRO = Pulse(terminal="TE", amplitude=1.0, width=10e-6, compliance=5e-3)


def bench_on_two_channels(instrument):
    terminals = {**PROFILE.terminals, "BE": PROFILE.terminals["TE"]}
    return keithley_bench(
        KeithleySettings(connection="GPIB0::17::INSTR", terminals={**PULSES, **SECOND}),
        PROFILE.model_copy(update={"terminals": terminals}),
        instrument.clock,
        instrument.connect,
    )


def bench_on_one_channel(instrument):
    return bench_on(instrument, PULSES)


def train(amplitudes, **changes):
    facts = {
        "terminal": "TE", "amplitudes": tuple(amplitudes), "width": 10e-6, "rest": 10e-6,
        "compliance": 5e-3,
    }  # fmt: skip
    return PulseTrain(**{**facts, **changes})


def compiled(stimulus, **terminal):
    facts = {"channel": "PMU1-1", "current_unlimited": True, **terminal}
    channels = {
        "TE": PulseChannel.of(PulseTerminal(**facts)),
        "BE": PulseChannel.of(PulseTerminal(channel="PMU1-2", current_unlimited=True)),
    }
    (test,) = pulse_program.compile_pulses(stimulus, channels)
    return test


def pulses(stimulus, **terminal):
    """What is played as standard pulses, or None for Segment Arb."""
    test = compiled(stimulus, **terminal)
    return None if test.kind == "Segment Arb" else test.parts[0].plays


def ramp(number, last=2.0):
    return tuple(last * n / number for n in range(1, number + 1))


def levels(played):
    """The amplitudes of standard pulses, one by one."""
    step = (played.stop - played.start) / (played.count - 1)
    there = [played.start + step * index for index in range(played.count)]
    return there + there[::-1] * played.dual


STEPS = st.integers(-900, 900).map(lambda n: n / 100)


@settings(deadline=None)
@given(STEPS, STEPS, st.integers(33, 400), st.booleans())
def test_long_even_trains_are_played_as_standard_pulses(first, last, number, dual):
    amplitudes = [first + (last - first) * n / (number - 1) for n in range(number)]
    amplitudes += amplitudes[::-1] * dual
    if first == last or any(0 < abs(amplitude) < 1e-3 for amplitude in amplitudes):
        return
    played = pulses(train(amplitudes))
    assert levels(played) == pytest.approx(amplitudes, abs=1e-6)
    assert played.readings == number * (1 + dual)
    assert (played.period, played.width, played.transition) == (20e-6, 10e-6, 100e-9)


@pytest.mark.parametrize(
    "amplitudes",
    [
        (1.0, 2.0),
        UP[:31],  # 4 segments a pulse and the closing one: still one message an array
        (1.0,) * 10_000,  # folded into loops
        (*UP, UP[-1] + 0.03),
        (*UP[:50], UP[50] + 1e-5, *UP[51:]),
        (*UP[:20], *UP[18::-1]),  # the turning point once
        (*UP[:20], *UP[19:0:-1]),
        (1.0, -1.0) * 20,
        (0.0, 0.0, 1.0, 1.0),
    ],
)
def test_other_trains_are_left_to_segment_arb(amplitudes):
    assert pulses(train(amplitudes)) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"verify": Read(voltage=0.1, aperture=1e-6, compliance=5e-3)},
        {"rest": 0.0},
        {"rest": 140e-9},  # 40 ns between the falling and the next rising edge
        {"rest": 1.0},
        {"width": 190e-9},  # with edges of 100 ns
    ],
)
def test_what_standard_pulses_cannot_be_is_left_to_segment_arb(changes):
    assert pulses(train(UP)) is not None
    assert pulses(train(UP, **changes)) is None


def test_limits_of_standard_pulses():
    assert pulses(train(UP[:32])) is not None
    assert pulses(train(ramp(9_000, 9.0))).count == 9_000
    with pytest.raises(LimitError, match="2048"):
        pulses(train(ramp(65_537, 9.0)))
    assert pulses(train(UP, rest=150e-9)) is not None
    assert pulses(train(ramp(100, 20.0))) is not None
    assert pulses(train(UP, rest=1.0 - 10e-6)) is not None
    # 164 s of pulse tops are too many samples even at 1000 a second
    assert pulses(train(ramp(1000), width=10e-3, rest=10e-3)) is not None
    with pytest.raises(LimitError, match="2048"):
        pulses(train(ramp(1000), width=0.4, rest=10e-3))
    assert pulses(train((0.0, *UP)), transition="1 us") is not None


@pytest.mark.parametrize("amplitudes", [(1e-5,) * 3, (1e-5, 1.0)])
def test_edges_slower_than_a_pulse_card_makes_are_refused_in_either_mode(amplitudes):
    with pytest.raises(UnsupportedError, match=r"10 uV in 100 ns.*2\.7 ms"):
        compiled(train(amplitudes))


@settings(deadline=None)
@given(st.integers(3, 10_000), st.integers(30, 10_000))
def test_samples_fit_and_no_window_is_without_one(number, width):
    channel = {"TE": PulseChannel.of(PulseTerminal(**PULSES["TE"]))}
    test = standard_test(train(ramp(number, 9.0), width=width * 1e-8, rest=10e-6), channel)
    if test is None:
        return
    played = test.parts[0].plays
    assert played.end_of_window <= played.width
    window = 0.4 * played.top
    assert played.sample_rate * window * number <= 65536 * (1 + 1e-9)
    assert played.sample_rate * window >= 1 and played.sample_rate <= 200e6


@pytest.mark.parametrize(
    ("make_bench", "amplitudes", "most"),
    [
        (bench_on_one_channel, UP, 16),
        (bench_on_one_channel, (*UP, *UP[::-1]), 16),
        (bench_on_two_channels, UP, 24),
    ],
)
def test_a_pulse_i_v_takes_few_messages(make_bench, amplitudes, most):
    instrument = Scripted4200A()
    with make_bench(instrument) as bench:
        bench.apply(MICRO)
        instrument.take()
        trace = bench.apply(train(amplitudes))
        messages = instrument.take()
        assert len(trace) == len(amplitudes) == len({r.time for r in trace})
        assert len(messages) <= most
        assert messages[0] == ":PMU:OUTPUT:STATE 1,0"
        assert messages.index(":PMU:INIT 0") < messages.index(":PMU:OUTPUT:STATE 1,1")
        bench.apply(train(amplitudes))
        again = instrument.take()
        assert again[0] == ":PMU:EXECUTE" and len(again) == 4
        bench.apply(MICRO)
        assert ":PMU:INIT 1" in instrument.take()
    assert all_off(instrument)


@pytest.mark.parametrize(
    ("make_bench", "most"), [(bench_on_one_channel, 22), (bench_on_two_channels, 29)]
)
def test_a_burst_takes_few_messages_between_single_pulses(make_bench, most):
    instrument = Scripted4200A()
    burst = train((1.0,) * 10_000)
    with make_bench(instrument) as bench:
        bench.apply(MICRO)
        instrument.take()
        trace = bench.apply(burst)
        assert len(trace) == 10_000 == len({r.time for r in trace})
        assert len(instrument.take()) <= most
        bench.apply(MICRO)
        instrument.take()
        bench.apply(burst)
        lists = len(make_bench(instrument).limits) - 1  # the gate is on an SMU
        assert len(instrument.take()) == lists + 8
    assert all_off(instrument)


def test_a_uniform_train_with_reads_takes_few_messages():
    instrument = Scripted4200A()
    verify = Read(voltage=0.05, aperture=4e-6, settle=6e-6, compliance=1e-4)
    with bench_on(instrument, PULSES) as bench:
        instrument.take()
        assert len(bench.apply(train((1.0,) * 10_000, verify=verify))) == 20_000
        messages = instrument.take()
    assert len([m for m in messages if ":PMU:DATA:GET" in m]) == 10
    assert len(messages) <= 40


def test_another_sweep_is_sent_alone():
    instrument = Scripted4200A()
    with bench_on(instrument, PULSES) as bench:
        bench.apply(train(UP))
        instrument.take()
        bench.apply(train(-v for v in UP))
        assert instrument.take()[:2] == [
            ":PMU:SWEEP:PULSE:AMPLITUDE 1,-0.02,-2,-0.02,0,0",
            ":ERROR:LAST:GET",
        ]


def test_channels_that_are_not_driven_hold_zero():
    instrument = Scripted4200A()
    with bench_on_two_channels(instrument) as bench:
        bench.apply(train(UP, width=20e-6))
        assert ":PMU:PULSE:TRAIN 2,0,0" in instrument.log
        assert ":PMU:PULSE:TIMES 2,3e-05,2e-05,1e-07,1e-07,0" in instrument.log


def test_the_conversation_is_the_golden_one():
    lines = tomllib.loads(TRANSCRIPT.read_text("utf-8"))["exchange"]
    instrument = Scripted4200A()
    script = iter(lines)
    heard = []

    def answer(message):
        line = next(script)
        assert message == line["send"]
        heard.append(line)
        return line["reply"]

    there_and_back = train((0.5, 1.0, 1.5, 1.5, 1.0, 0.5))  # too short to be compiled so
    channel = {"TE": PulseChannel.of(PulseTerminal(**PULSES["TE"]))}
    with bench_on(instrument, PULSES) as bench:
        bench.apply(MICRO)
        usual, instrument.answer = instrument.answer, answer
        group = only_instrument(bench)._pulse_group
        trace = group.play([standard_test(there_and_back, channel)])
        instrument.answer = usual
    assert heard == lines
    (means,) = [line["means"] for line in lines if "means" in line]
    assert [list(r[1:5]) for r in trace] == [row[:4] for row in means]
    assert {r.terminal for r in trace} == {"TE"}
    gaps = [b.time - a.time for a, b in pairwise(trace)]
    assert gaps == pytest.approx([20e-6] * len(gaps))


@pytest.mark.parametrize(("kind", "error"), FAULTS, ids=lambda value: str(value)[:20])
@pytest.mark.parametrize("stimulus", [train(UP), train((1.0,) * 5)], ids=["sweep", "burst"])
def test_whatever_fails_outputs_go_off_and_the_next_reading_is_right(stimulus, kind, error):
    for message in dict.fromkeys(exchanges(stimulus, PULSES)):
        instrument = Scripted4200A()
        with bench_on(instrument, PULSES) as bench:
            bench.apply(MICRO)
            instrument.faults = [(message, kind)]
            with suppress(error):  # what the pulse before sent is not sent again
                bench.apply(stimulus)
            assert all_off(instrument) is not bool(instrument.faults), message
            instrument.faults.clear()
            assert len(bench.apply(stimulus)) == len(stimulus.amplitudes)
            assert len(bench.apply(MICRO)) == 1
        assert all_off(instrument)


def test_an_error_is_told_before_anything_is_played():
    instrument = Scripted4200A()
    with bench_on(instrument, PULSES) as bench:

        def latch():
            instrument.error = "KXCI pulse parameter error. (-967)"

        instrument.faults = [(":PMU:PULSE:TIMES", latch)]
        with pytest.raises(CommandRejected, match=r"\(-967\)"):
            bench.apply(train(UP))
        assert ":PMU:EXECUTE" not in instrument.log and all_off(instrument)
        assert len(bench.apply(train(UP))) == 100


@pytest.mark.parametrize("number", [0, 99, 101, 199])
def test_another_number_of_points_is_no_data(number):
    instrument = Scripted4200A()
    with bench_on(instrument, PULSES) as bench:

        def other():
            instrument.pulse_points["1"] = number

        instrument.faults = [(":PMU:EXECUTE", other)]
        with pytest.raises(ReplyError, match="100"):
            bench.apply(train(UP))
        assert all_off(instrument)


@pytest.mark.parametrize("points", [2047, 2048, 2049, 4096])
def test_points_beside_a_full_block_are_neither_lost_nor_doubled(points):
    instrument = Scripted4200A()
    with bench_on(instrument, PULSES) as bench:
        trace = bench.apply(train((1.0,) * points))
        assert len({r.voltage for r in trace}) == points


def test_sequences_of_earlier_programs_do_not_fill_the_card():
    instrument = Scripted4200A()
    distinct = [n / 1000 for n in range(1, 451)]
    halves = train([*distinct[:225], *(distinct[225:227] * 300), *distinct[227:]])
    with bench_on(instrument, PULSES) as bench:
        bench.apply(halves)
        instrument.take()
        bench.apply(train([v + 0.5 for v in distinct if v != 0.2]))
        assert ":PMU:INIT 1" in instrument.take()


@pytest.fixture
def group():
    """Pulse channel 1 by itself, and the instrument it talks to."""
    instrument = Scripted4200A()
    wire = Wire(instrument.connect)
    wire.open()
    group = PulseGroup(wire, instrument.clock, {"TE": PulseTerminal(**PULSES["TE"])})
    group.prepare()
    instrument.take()
    return group, instrument


def test_a_setting_that_was_not_taken_is_sent_again(group):
    group, instrument = group
    first, other = compiled(train(UP)).parts[0], compiled(train(v / 2 for v in UP)).parts[0]
    tests = [PulseTest((part,), (0.0,) * 100, (1,) * 100, 1e-3) for part in (first, other)]
    group.play(tests[:1])
    instrument.faults = [(":PMU:SWEEP", "lost")]
    with pytest.raises(InstrumentTimeout):
        group.play(tests[1:])
    instrument.take()
    group.play(tests[:1])
    assert any(":PMU:SWEEP" in message for message in instrument.take())


def test_names_of_sequences_are_taken_again_when_they_run_out(group):
    group, instrument = group

    def test(number):
        read = [Segment(n * 1e-6, 0.0, 0.0, (0.0, n * 1e-6)) for n in range(1, number + 1)]
        played = tuple(SegmentSequence((one, *[Segment(1e-6, 0.0, 0.0)] * 2)) for one in read)
        part = ChannelPart(1, played, 10.0, 10e-3)
        return PulseTest((part,), tuple(range(number)), (1,) * number, 1e-3)

    assert len(group.play([test(512), test(1)])) == 513
    names = {m.split()[1].split(",")[1] for m in instrument.take() if ":SEQ:TIME" in m}
    assert names == {str(n) for n in range(1, 513)}
    assert instrument.pulse_points == {"1": 1}
    other = test(1).parts[0].plays[0].segments[1:] * 2
    more = ChannelPart(1, (SegmentSequence(other),), 10.0, 10e-3)
    group.play([PulseTest((more,), (), (), 1e-3)])
    names = {m.split()[1].split(",")[1] for m in instrument.take() if ":SEQ:TIME" in m}
    assert names <= {str(n) for n in range(1, 513)}


OHMS = 10_000


@pytest.fixture(scope="module")
def resistor():
    with open_bench("keithley-4200a-pmu", "resistor") as bench:
        yield bench


@pytest.mark.parametrize(
    "amplitudes",
    [UP, tuple(-v for v in UP), (*UP, *UP[::-1]), tuple(n / 50 for n in range(-40, 41))],
    ids=["up", "down", "there and back", "through zero"],
)
@pytest.mark.parametrize("width", [2e-6, 1e-3])
def test_standard_pulses_read_what_segment_arb_reads(resistor, amplitudes, width):
    standard = train(amplitudes, width=width, compliance=1e-3)
    segments = replace(standard, amplitudes=(amplitudes[0] + 2e-5, *amplitudes[1:]))
    assert pulses(standard) is not None and pulses(segments) is None
    ours, theirs = resistor.apply(standard), resistor.apply(segments)
    assert len(ours) == len(theirs) == len(amplitudes)
    for one, other, level in zip(ours, theirs, amplitudes, strict=True):
        assert one.voltage == pytest.approx(other.voltage, rel=1e-2, abs=2e-3)
        assert one.current == pytest.approx(other.current, rel=1e-2, abs=1e-6)
        assert one.current == pytest.approx(level / OHMS, rel=2e-2, abs=1e-6)
        assert one.status == other.status
    # A sweep is timed by the card's own stamps, which have six digits.
    assert [r.time - ours[0].time for r in ours] == pytest.approx(
        [r.time - theirs[0].time for r in theirs], rel=1e-5
    )


def test_compliance_is_told_of_every_pulse(resistor):
    trace = resistor.apply(train(UP, compliance=1e-4))
    assert [r.in_compliance for r in trace] == [n > 50 for n in range(1, 101)]


def test_the_times_of_a_sweep_are_those_of_the_card():
    """It pauses between amplitudes; stamps that do not grow are not believed."""
    instrument = Scripted4200A()
    sweep = train(UP)
    with bench_on_one_channel(instrument) as bench:
        nominal = [reading.time for reading in bench.apply(sweep)]
        assert [t - nominal[0] for t in nominal[:3]] == pytest.approx([0, 20e-6, 40e-6])
        instrument.stamp = 1e-3
        paused = [reading.time for reading in bench.apply(sweep)]
        assert [t - paused[0] for t in paused[:3]] == pytest.approx([0, 1e-3, 2e-3])
