"""What the driver asks of a card, call by call, and what it makes of the answers."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from daq_benches import METER, PROFILE, daq_bench, terminals
from noting_card import NotingCard, Refused, offered

from mho.clock import VirtualClock
from mho.errors import ConnectionFailed, SettingsError, UnsafeStateError
from mho.stimuli import Hold, Pulse, PulseTrain, Read, Sweep, Waveforms

TRANSCRIPT = Path(__file__).parents[1] / "transcripts" / "driver_ni_daq.toml"
READ = Read(voltage=0.1, aperture=1e-3, compliance=1e-3, settle=1e-3)
PULSE = Pulse(
    terminal="TE", amplitude=0.5, width=1e-3, compliance=1e-3, rest=1e-3, verify=READ
)  # fmt: skip
TRAIN = PulseTrain(
    terminal="TE", amplitudes=(0.5,) * 20, width=1e-3, rest=1e-3, compliance=1e-3
)  # fmt: skip
LONG = Sweep(
    terminal="TE", levels=(0.1, 0.2, -0.3), dwell=0.090001, aperture=0.05, compliance=1e-3
)  # fmt: skip
PAIR = Waveforms(
    terminal="TE", durations=(1e-4, 2e-4, 1e-4), compliance=1e-3, verify=READ, measured=(1,),
    levels=(("TE", (0.0, 1.0, 0.0)), ("gate", (-0.5, 0.5, 0.0))),
)  # fmt: skip


@pytest.fixture
def clock():
    return VirtualClock()


@pytest.fixture
def card(clock):
    return NotingCard(clock)


@pytest.fixture
def bench(card, clock):
    with offered(card) as address:
        yield lambda **changes: daq_bench(address, clock, **changes)


def test_the_calls_are_those_of_the_transcript(card, bench):
    operations = tomllib.loads(TRANSCRIPT.read_text("utf-8"))["operation"]
    wanted = {one["what"]: one["calls"] for one in operations}
    found = {}

    def note(what):
        found[what], card.calls[:] = list(card.calls), []

    opened = bench(buffer=250_000, profile=without_bias())
    opened._instruments[""].connect()
    note("connect")
    opened._instruments[""].disconnect()
    card.calls.clear()
    with opened:
        card.calls[:] = card.calls[len(wanted["connect"]) :]
        note("levels")
        opened.apply(PULSE)
        note("first waveform")
        opened.apply(replace(PULSE, amplitude=-1.0))
        note("another of the same shape")
        opened.apply(TRAIN)
        note("a repeated train")
        opened.apply(LONG)
        note("a record of three blocks")
        opened.apply(PULSE)
        note("a waveform as the first")
        opened.apply(TRAIN)
        note("the train again")
        opened.off()
        note("off")
    assert list(found) == list(wanted)
    for what, calls in wanted.items():
        assert found[what] == calls, what


def without_bias():
    terminals = {
        name: one.model_copy(update={"bias": None, "bias_compliance": None})
        for name, one in PROFILE.terminals.items()
    }
    return PROFILE.model_copy(update={"terminals": terminals})


ALL = (PULSE, TRAIN, PAIR, replace(LONG, dwell=0.09), Hold(
    terminal="TE", level=0.1, count=200, interval=20e-3, aperture=10e-3, compliance=1e-3
))  # fmt: skip


@pytest.mark.parametrize("inputs", [1, 2])
def test_a_waveform_takes_at_most_thirty_calls_whatever_its_length(card, bench, inputs):
    changes = {"voltage": {"input": "ai1"}} if inputs == 2 else {}
    seen = []
    with bench(wired=terminals(**changes), sample_rate=500e3, profile=without_bias()) as opened:
        for stimulus in (*ALL, *ALL):
            card.calls.clear()
            opened.apply(stimulus)
            seen.append(len(card.calls))
    assert max(seen) <= 26
    assert seen[0] == 22 + inputs - 1


@pytest.mark.parametrize("blocks", [6, 10])
def test_a_streamed_record_takes_a_call_a_block_either_way(card, bench, blocks):
    """As many blocks are written as read, but for those that are written before the start."""
    ticks = blocks * 50_000 - 100
    while any(ticks % divider == 0 for divider in range(2, 26)):  # no slower clock may play it
        ticks -= 1
    record = replace(LONG, levels=(0.1, -0.1), dwell=ticks / 1e6, aperture=1e-3)
    with bench(profile=without_bias(), buffer=250_000) as opened:
        card.calls.clear()
        trace = opened.apply(record)
    assert [round(one.current * 1e6, 6) for one in trace] == [10.0, -10.0]
    assert card.counted("ReadAnalogF64") == blocks
    transfers = card.counted("ReadAnalogF64", "WriteAnalogF64")
    assert len(card.calls) - transfers <= 30 + 8  # and what off takes
    assert card.counted("WriteAnalogF64") == blocks + 1  # and the last one is that of off
    assert card.largest_block == 400_000  # four blocks are written ahead, then one by one


def test_what_flows_is_read_at_its_level_and_never_beside_it(bench):
    with bench() as opened:
        for stimulus in (PULSE, replace(PULSE, amplitude=-2.0, width=7e-6, rest=3e-6)):
            pulsed, read = opened.apply(stimulus)
            assert pulsed.current == pytest.approx(stimulus.amplitude / 10e3, rel=1e-9)
            assert read.current == pytest.approx(10e-6, rel=1e-9)
            assert (pulsed.voltage, read.voltage) == (stimulus.amplitude, 0.1)
        *train, last = opened.apply(
            PulseTrain(terminal="TE", amplitudes=(0.3, -0.4, 0.5), width=5e-6, rest=5e-6,
                       compliance=1e-3, verify=READ, verify_every=3)
        )  # fmt: skip
        assert [round(one.current * 1e6, 6) for one in train] == [30.0, -40.0, 50.0]
        assert last.current == pytest.approx(10e-6)
        measured, read = opened.apply(PAIR)
        assert measured.current == pytest.approx(1e-4)
        assert measured.time < read.time


def test_gain_offset_resistance_and_a_voltage_input_are_reckoned_with(clock):
    card = NotingCard(clock, gain=-2e3)
    meter = {**METER, "gain": -2e3, "offset": 0.0, "resistance": 100.0}
    with offered(card) as address, daq_bench(address, clock, wired=terminals(current=meter)) as one:
        (read,) = one.apply(READ.at("TE"))
        assert read.current == pytest.approx(10e-6)
        assert read.voltage == pytest.approx(0.1 - 100.0 * 10e-6)
        assert one.limits["TE"].output_resistance == 100.0
        assert one.limits["TE"].max_compliance == pytest.approx(5e-3)
    shifted = {**meter, "offset": 0.01}
    with offered(card) as address, daq_bench(address, clock, wired=terminals(current=shifted)) as b:
        (read,) = b.apply(READ.at("TE"))
        assert read.current == pytest.approx(10e-6 + 0.01 / 2e3)
    measured = {"input": "ai1", "offset": 0.02}
    wired = terminals(current=meter, voltage=measured)
    with offered(card) as address, daq_bench(address, clock, wired=wired, sample_rate=500e3) as b:
        (read,) = b.apply(READ.at("TE"))
        assert read.voltage == pytest.approx(0.1 - 0.02)


def test_a_saturated_amplifier_marks_its_points_and_a_passed_compliance_is_told(clock):
    card = NotingCard(clock, gain=1e3, limit=0.15)
    meter = {**METER, "saturation": 0.15}
    pulse = replace(PULSE, compliance=1e-4)
    with offered(card) as address, daq_bench(address, clock, wired=terminals(current=meter)) as b:
        inside, read = b.apply(pulse)
        assert (inside.in_compliance, inside.status, inside.voltage) == (False, "", 0.5)
        passed, read = b.apply(replace(pulse, amplitude=1.2))
        assert (passed.in_compliance, passed.status, passed.voltage) == (True, "", 1.2)
        assert passed.current == pytest.approx(1.2e-4)
        saturated, read = b.apply(replace(pulse, amplitude=2.0))
        assert (saturated.in_compliance, saturated.status) == (True, "amplifier saturated")
        assert saturated.voltage != saturated.voltage and saturated.conductance != 0.0
        assert not read.in_compliance and read.current == pytest.approx(10e-6)


def test_an_input_is_read_on_the_smallest_range_that_holds_the_compliance(card, bench):
    with bench() as opened:
        for compliance, span in ((1e-5, 0.1), (1e-4, 0.2), (1e-3, 2.0), (4.9e-3, 5.0)):
            opened.apply(replace(READ, compliance=compliance).at("TE"))
            (task,) = (task for task in card.tasks.values() if task.inputs and task.is_last)
            assert task.inputs == [("Dev1/ai0", span)]


def test_held_terminals_stand_throughout_and_everything_ends_at_zero(card, bench):
    with bench() as opened:
        assert card.volts["Dev1/ao1"] == 3.0  # as the profile says
        card.seen.clear()
        opened.apply(PULSE)
        assert {seen["Dev1/ao1"] for seen in card.seen} == {3.0}
        opened.bias("gate", 1.5, 1e-3)
        opened.apply(PULSE)
        assert card.volts == {"Dev1/ao0": 0.0, "Dev1/ao1": 1.5, "Dev1/ao2": 0.0, "Dev1/ao3": 0.0}
        opened.apply(PAIR)
        assert not any(card.volts.values())
        card.seen.clear()
        opened.apply(PULSE)  # the gate was driven, so its bias is over
        assert {seen["Dev1/ao1"] for seen in card.seen} == {0.0}
        opened.bias("gate", 1.5, 1e-3)
    assert not any(card.volts.values())
    assert not card.tasks


TWO = {"Dev1": "PXIe-6363", "Dev2": "PXI-6733"}


@pytest.fixture
def two_cards(clock):
    """The gate on another card, which runs on the clock of the first."""
    card = NotingCard(clock, cards=TWO)
    wired = terminals()
    wired["gate"]["output"] = "Dev2/ao3"
    with offered(card) as address:
        yield (
            card,
            lambda **changes: daq_bench(
                address, clock, wired=wired,
                **{"model": TWO["Dev1"], "other_cards": {"Dev2": TWO["Dev2"]}, **changes},
            ),
        )  # fmt: skip


def test_outputs_of_another_card_play_on_the_clock_of_the_first(two_cards):
    card, bench = two_cards
    with bench(buffer=1000) as opened:
        assert [one.model for one in opened.identities] == ["NI PXIe-6363", "NI PXI-6733"]
        assert opened.identities[1].address.startswith("ao3 of Dev2 at")
        assert card.volts["Dev2/ao3"] == 3.0  # as the profile says
        card.calls.clear()
        measured, _ = opened.apply(PAIR)
        assert len(card.calls) <= 26 + 13
        assert measured.current == pytest.approx(1e-4)
        (sent,) = (one.data for one in card.tasks.values() if one.outputs == ["Dev2/ao3"])
        assert {0.5, -0.5, 0.0} == set(sent[0])
        opened.apply(LONG)  # streamed
        opened.bias("gate", 1.5, 1e-3)
        opened.apply(PULSE)
        assert card.volts["Dev2/ao3"] == 1.5
    assert not any(card.volts.values()) and not card.tasks


def test_one_card_that_cannot_be_set_does_not_keep_another_from_zero(two_cards):
    card, bench = two_cards
    plain, refused = card._WriteAnalogF64, []

    def write(request):
        if card.tasks[request.task.name].outputs[0][:4] in refused:
            raise Refused(-200077, "no")
        return plain(request)

    card._WriteAnalogF64 = write
    opened = bench()
    opened.__enter__()
    card.volts["Dev1/ao0"] = card.volts["Dev2/ao3"] = 2.0
    refused.append("Dev1")
    with pytest.raises(UnsafeStateError, match="outputs of Dev1 and Dev2 could not be brought"):
        opened.off()
    assert card.volts["Dev2/ao3"] == 0.0
    refused.clear()
    opened.__exit__(None, None, None)
    assert not any(card.volts.values())


def test_cards_between_which_no_clock_goes_say_what_to_do(two_cards):
    card, bench = two_cards

    def start(request):
        raise Refused(-89125, "no trigger lines")

    card._StartTask = start
    chassis = "Have NI MAX identify the PXI chassis"
    with bench() as opened, pytest.raises(ConnectionFailed, match=chassis):
        opened.apply(PULSE)
    assert not any(card.volts.values())


def test_another_model_among_the_others_is_told_at_its_place(two_cards):
    _, bench = two_cards
    with pytest.raises(
        SettingsError, match=r'other_cards\.Dev2: .*write other_cards\.Dev2 = "PXI-6'
    ):
        bench(other_cards={"Dev2": "PXIe-6738"}).__enter__()


def test_another_card_than_the_bench_file_says_is_told_before_anything_is_driven(card, bench):
    opened = bench(model="PXIe-6343", sample_rate=250e3)
    with pytest.raises(SettingsError, match='calls itself "PCIe-6363"; write model = "PCIe-6363"'):
        opened.__enter__()
    assert not card.counted("CreateTask")
