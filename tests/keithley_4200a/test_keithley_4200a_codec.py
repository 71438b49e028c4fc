"""Text and values of KXCI, against literals and golden transcripts."""

import tomllib
from math import isnan
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mho.drivers.keithley_4200a.codec import error_codes, mainframe, pulse_card, segment_arb
from mho.drivers.keithley_4200a.codec import source_measure as smu
from mho.drivers.keithley_4200a.codec.numerals import measured, moment, numeral
from mho.drivers.keithley_4200a.codec.pulse_card import StatusWord
from mho.drivers.keithley_4200a.codec.segment_arb import Segment
from mho.errors import ReplyError

TRANSCRIPTS = Path(__file__).parent.parent / "transcripts"
LEVELS = st.floats(-210, 210).map(lambda level: round(level, 6))


def exchanges(files="driver_*.toml"):
    for file in sorted(TRANSCRIPTS.glob(files)):
        read = tomllib.loads(file.read_text("utf-8"))  # those of other drivers tell other things
        for number, exchange in enumerate(read.get("exchange", ())):
            yield pytest.param(exchange, id=f"{file.stem}-{number}-{exchange['send']}")


def understood(send, reply):
    if send.startswith("TI"):
        reading = smu.current_reading(reply, int(send[2:]))
        return [[reading.value, reading.status]]
    if send.startswith("TV"):
        reading = smu.voltage_reading(reply, int(send[2:]))
        return [[reading.value, reading.status]]
    if send.startswith("DO"):
        return [[point.value, point.status] for point in smu.points(reply)]
    if send.startswith(":PMU:DATA:GET"):
        return [list(point) for point in pulse_card.data(reply, int(send.split()[1][0]))]
    return {
        "*IDN?": mainframe.identity,
        "*OPT?": mainframe.cards,
        "SP": smu.status_byte,
        ":ERROR:LAST:GET": error_codes.latched,
        ":PMU:TEST:STATUS?": pulse_card.running,
    }[send](reply)


@pytest.mark.parametrize("exchange", [case for case in exchanges() if "means" in case.values[0]])
def test_transcripts_are_understood(exchange):
    found, means = understood(exchange["send"], exchange["reply"]), exchange["means"]
    if isinstance(means, list):
        assert [[str(v) if v != v else v for v in row] for row in found] == means
    else:
        plain = {"16": smu.BUSY, "1": True, "640": 640}
        assert found == plain.get(exchange["reply"], found)


QUERIES = ("TI", "TV", "DO", ":PMU:DATA:GET", "*IDN?", "*OPT?", "SP", ":ERROR:LAST:GET")


@pytest.mark.parametrize("exchange", list(exchanges("kxci_*.toml")))
def test_what_the_manual_prints_for_the_instrument_is_understood_too(exchange):
    send = (
        exchange["send"].removeprefix("US;").replace(" ", "")
        if "TI" in exchange["send"]
        else (exchange["send"])
    )
    reply = exchange.get("reply")
    if not reply or reply == "ACK" or not send.startswith(QUERIES):
        return
    found = understood(send, reply)
    assert found is None or found != []


def test_the_mainframe_names_its_cards():
    cards = mainframe.cards("SMU1,SMUPA2,,HPSMU3,HPSMUPA4,CVU1,PMU1RPM1-2,PMU2RPM2,PMU3")
    assert [(c.high_power, c.preamp) for c in cards.smus.values()] == [
        (False, False), (False, True), (True, False), (True, True),
    ]  # fmt: skip
    assert {n: sorted(c.rpms) for n, c in cards.pulse_cards.items()} == {1: [1, 2], 2: [2], 3: []}
    identity = mainframe.identity("KEITHLEY INSTRUMENTS,MODEL 4200A,7,V1.14")
    assert (identity.model, identity.serial, identity.firmware) == ("MODEL 4200A", "7", "V1.14")


def test_errors_carry_what_their_code_means():
    fault = error_codes.latched("KXCI command error. (-992)")
    assert fault.code == -992 and "unknown command" in str(fault)
    assert "-992" in str(fault)
    assert error_codes.fault_in("-980").meaning == "not allowed while a test runs"
    assert "start-up" in error_codes.latched("x (-997)").meaning
    assert "does not list" in error_codes.latched("x (-900)").meaning
    for nothing in ("", "0", "ACK", "No error. (0)"):
        assert error_codes.latched(nothing) is None
    with pytest.raises(ReplyError, match="NAI"):
        error_codes.latched("NAI 1.0000E-03")


@pytest.mark.parametrize(
    "reply",
    ["ACK", "", "-980", "NBI 1.0E-3", "NAV 1.0E-3", "NAI", "NAI 1.0E-3x", "ZAI 1.0E-3", "NAI 1_0"],
)
def test_what_is_no_current_of_this_channel_is_refused(reply):
    with pytest.raises(ReplyError):
        smu.current_reading(reply, 1)


@pytest.mark.parametrize("letter", "LVXCTN")
def test_letters_are_kept_and_only_c_is_compliance(letter):
    reading = smu.current_reading(f"{letter}AI-1.0000E-03", 1)
    assert reading == (-1e-3, f"{letter}AI")
    assert smu.in_compliance(reading.status) is (letter == "C")
    assert smu.in_compliance("N", letter) is (letter == "C")


def test_channels_are_lettered_apart():
    assert [smu.voltage_query(n) for n in (1, 4, 5, 8)] == ["TV1", "TV4", "TV7", "TV10"]
    assert smu.voltage_reading("NGV 1.0E+0", 5).value == 1.0
    assert smu.current_reading("NEI 1.0E+0", 5).value == 1.0


@pytest.mark.parametrize("text", ["9e37", "1e22", "-9.000E+37", "7e22", "inf", "nan"])
def test_sentinels_are_not_numbers(text):
    assert isnan(measured(text))


@given(st.floats(-1e20, 1e20, allow_subnormal=False).filter(lambda v: not 0 < abs(v) < 1e-90))
def test_numerals_are_short_and_true(value):
    text = numeral(value)
    assert len(text) <= 12 and "E" not in text
    assert float(text) == pytest.approx(value, rel=1e-5)


@given(st.integers(0, 10**8))
def test_moments_keep_the_grid(ticks):
    assert round(float(moment(ticks * 1e-8)) * 1e8) == ticks


@given(
    st.lists(st.tuples(st.sampled_from("LVXCTN"), st.floats(-1e3, 1e3)), max_size=30),
    st.sampled_from([",", ", ", "\x0e", ";", " "]),
    st.booleans(),
)
def test_columns_are_read_whatever_separates_them(points, separator, spaced):
    text = separator.join(
        f"{letter}{value: .4E}" if spaced or value >= 0 else f"{letter}{value:.4E}"
        for letter, value in points
    )
    found = smu.points(text)
    assert [p.status for p in found] == [letter for letter, _ in points]
    assert [p.value for p in found] == [float(f"{value:.4E}") for _, value in points]


@pytest.mark.parametrize("reply", ["ACK", "N", "N 1.0E-3,N", "N 1.0E-3,what", "KXCI error (-992)"])
def test_what_is_no_column_is_refused(reply):
    with pytest.raises(ReplyError):
        smu.points(reply)


@pytest.mark.parametrize("reply", ["", "256", "-1", "16.0", "ACK", "1\x00"])
def test_what_is_no_status_byte_is_refused(reply):
    with pytest.raises(ReplyError):
        smu.status_byte(reply)


@given(st.lists(LEVELS, min_size=1, max_size=50))
def test_a_level_list_says_every_level(levels):
    *head, values = smu.level_list(smu.Constant(3, 0.0, 5e-3), levels).split(",", 3)
    assert head == ["VL3", "1", "0.005"]
    assert [float(v) for v in values.split(",")] == pytest.approx(levels, rel=1e-5, abs=1e-9)


def test_tiny_levels_of_arithmetic_are_zero():
    assert smu.level_list(smu.Constant(1, 0.0, 1e-3), [1.1e-16, -0.0]) == "VL1,1,0.001,0,0"


def test_the_status_word_of_the_manual_is_understood():
    word = StatusWord(int("01020021", 16))  # channel 1, 10 V, 10 uA, waveform, RPM (p. 7-38)
    assert word.channel == 1 and not (word.in_compliance or word.skipped)


@pytest.mark.parametrize(
    ("bit", "name", "value"),
    [
        (0x400, "current_overflow", -1),
        (0x800, "current_overflow", 1),
        (0x1000, "source_compliance", True),
        (0x40000000, "skipped", True),
    ],
)
def test_every_bit_of_the_status_word_has_its_meaning(bit, name, value):
    word = StatusWord(bit | 1)
    assert getattr(word, name) == value
    assert word.in_compliance is (name in ("current_overflow", "source_compliance"))


@pytest.mark.parametrize("bit", [0x4, 0x70, 0x100, 0x200, 0x2000, 0x8000])
def test_ranges_and_thresholds_in_the_status_word_say_nothing_of_the_current(bit):
    word = StatusWord(bit | 1)
    assert word.channel == 1 and not (word.in_compliance or word.skipped)


@pytest.mark.parametrize(
    "reply",
    ["ACK", "1,2,3", "1,2,3,0102002X", "1,x,3,01020021", "1,2,3,01020022", "1,2,3,01020021,5"],
)
def test_what_is_no_data_of_this_channel_is_refused(reply):
    with pytest.raises(ReplyError):
        pulse_card.data(reply, 1)


def test_the_second_card_counts_its_channels_from_one():
    assert pulse_card.data("1,2,3,01020022", 4)[0].voltage == 1.0


def test_long_sequences_are_added_to():
    segments = [Segment(1e-6, 0.0, 0.0)] * 300
    values = segment_arb.columns(segments)["TIME"]
    assert segment_arb.messages_for(values) == 3
    lines = segment_arb.definition(1, 7, "TIME", values)
    assert [line.split(" ")[0] for line in lines] == [
        ":PMU:SARB:SEQ:TIME",
        ":PMU:SARB:SEQ:TIME:ADD",
        ":PMU:SARB:SEQ:TIME:ADD",
    ]
    assert [line.count("1e-06") for line in lines] == [128, 128, 44]
    assert lines[1].startswith(":PMU:SARB:SEQ:TIME:ADD 1,7,1e-06,")


def test_segments_keep_their_time_to_the_last_tick():
    found = segment_arb.columns([Segment(0.01234567, 0.0, 1.0, (0.00234567, 0.01234567))])
    assert found["TIME"] == ("0.01234567",)
    assert found["MEAS:START"] == ("0.00234567",)
    assert found["MEAS:STOP"] == ("0.01234567",)


def test_a_sequence_is_defined_array_by_array():
    found = segment_arb.columns((Segment(1e-6, 0.0, -1.0, (0.0, 5e-7)), Segment(1e-6, -1.0, 0.0)))
    lines = [
        line for column in found for line in segment_arb.definition(2, 3, column, found[column])
    ]
    assert lines == [
        ":PMU:SARB:SEQ:TIME 2,3,1e-06,1e-06",
        ":PMU:SARB:SEQ:STARTV 2,3,0,-1",
        ":PMU:SARB:SEQ:STOPV 2,3,-1,0",
        ":PMU:SARB:SEQ:MEAS:TYPE 2,3,1,0",
        ":PMU:SARB:SEQ:MEAS:START 2,3,0,0",
        ":PMU:SARB:SEQ:MEAS:STOP 2,3,5e-07,0",
    ]
    assert segment_arb.waveform(1, [(1, 4), (2, 1)]) == ":PMU:SARB:WFM:SEQ:LIST 1,1,4,2,1"


@pytest.mark.parametrize("reply", ["", "2", "ACK", "01"])
def test_only_0_and_1_say_whether_a_pulse_test_runs(reply):
    with pytest.raises(ReplyError):
        pulse_card.running(reply)
