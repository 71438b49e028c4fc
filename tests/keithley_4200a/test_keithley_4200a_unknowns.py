"""What nobody knows of a 4200A's answers: the driver works with every guess, and with any mixture.

A refused command is told as such however the instrument tells it.
"""

import re

import pytest
from benches import only_instrument
from faulty_4200a import (
    FLAVOURS,
    PULSE,
    SCENARIOS,
    SWEEP,
    faulty,
    messages,
    no_waiting,
    undisturbed,
)
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mho.drivers.keithley_4200a.conversation import visa
from mho.errors import CommandRejected, ReplyError
from mho.sim_instruments.keithley_4200a import Fault
from mho.testing.faults import assert_right, is_off, play

UNKNOWNS = {
    "failed_setter": ["text", "code", "empty"],
    "failed_query": ["ACK", "text", "code"],
    "no_error": ["0", "ACK", "No error. (0)", "no error"],
    "string_terminator": ["CR", "LF", "CRLF"],
    "framing": ["LF"],
    "reading_delimiter": ["\x0e", ", ", " ", ";", "\r", "\r\n"],
    "several_queries": ["first", "all", "lines"],
    "transport": ["gpib"],
    "request_on_data_at_power_up": [True],
    "measurement_setup_on_md": [False],
    "second_var1": ["joins"],
    "relay_time": ["checked"],
    "sp_clears": ["nothing", "all"],
    "digits_follow_rs": [True],
    "status_letters": ["rev-b"],
    "rpm_at_power_up": ["SMU"],
    "source_resolution": [False],
    "ramp_steps": [5],
    "message_time": [3e-3],
    "reading_overhead": [10e-3],
    "point_overhead": [90e-3],
    "execute_overhead": [0.3],
    "busy_poll": [1e-3, 0.5],
}
"""Options of the simulated instrument, and their values beside the default."""


@pytest.fixture(autouse=True)
def time(monkeypatch):
    return no_waiting(monkeypatch)


def assert_works(flavour, terminator="auto", **options):
    wanted, _ = undisturbed(flavour)
    with faulty(flavour, terminator=terminator, **options) as (bench, instrument):
        outcome = play(bench, instrument, SCENARIOS[flavour])
        assert outcome.errors == []
        assert_right(outcome, wanted)


@pytest.mark.parametrize(
    ("option", "value"), [(option, value) for option in UNKNOWNS for value in UNKNOWNS[option]]
)
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_every_single_guess_serves(flavour, option, value):
    assert_works(flavour, **{option: value})


@pytest.mark.parametrize("terminator", ["none", "CR", "LF", "CRLF"])
def test_a_bench_file_may_say_the_terminator(terminator):
    assert_works("SMU", terminator, string_terminator=terminator)


MIXTURES = st.fixed_dictionaries(
    {}, optional={option: st.sampled_from(values) for option, values in UNKNOWNS.items()}
).filter(
    lambda options: not ("framing" in options and "\r" in options.get("reading_delimiter", ""))
)
patched_once = [HealthCheck.function_scoped_fixture]


STALE_REQUEST = {
    "request_on_data_at_power_up": True,
    "transport": "gpib",
    "execute_overhead": 0.3,
    "failed_setter": "text",
    "sp_clears": "nothing",
    "reading_overhead": 0.01,
    "ramp_steps": 5,
    "source_resolution": False,
    "rpm_at_power_up": "SMU",
    "status_letters": "rev-b",
    "digits_follow_rs": True,
    "message_time": 0.003,
    "relay_time": "checked",
    "point_overhead": 0.09,
    "second_var1": "joins",
    "busy_poll": 0.001,
}
"""The request for service of a test that ended unpolled stands when the next one is polled."""


@settings(max_examples=30, deadline=None, suppress_health_check=patched_once)
@given(flavour=st.sampled_from(list(FLAVOURS)), options=MIXTURES)
@example(flavour="RPM", options=STALE_REQUEST)
def test_mixtures_of_guesses_serve(flavour, options):
    assert_works(flavour, **options)


@pytest.mark.slow
@settings(max_examples=1000, deadline=None, suppress_health_check=patched_once)
@given(flavour=st.sampled_from(list(FLAVOURS)), options=MIXTURES)
def test_many_mixtures_of_guesses_serve(flavour, options):
    assert_works(flavour, **options)


STYLES = ["ACK", "text", "code", "empty"]


class Mishearing:
    """A link on which one message arrives as one that no instrument knows."""

    def __init__(self, link, number):
        self._link = link
        self.left = number
        self.misheard = ""

    def __getattr__(self, name):
        return getattr(self._link, name)

    def write(self, message):
        self.left -= 1
        if self.left == 0:
            self.misheard = message
            message = "XYZ?" if _is_query(message) else "XYZ"
        self._link.write(message)


def _is_query(message):
    last = message.split(";")[-1]
    return "?" in last or ":GET" in last or last.startswith(("SP", "TI", "TV", "DO "))


@pytest.fixture
def mishear(monkeypatch):
    """``mishear(number)``: the link, once there is one, on which that message is misheard."""
    really_open = visa.open_link

    def arrange(number):
        links = []

        def open_link(*arguments):
            links.append(Mishearing(really_open(*arguments), number if not links else 0))
            return links[-1]

        monkeypatch.setattr(visa, "open_link", open_link)
        return links

    return arrange


def misheard_messages(mishear, flavour, style, wanted_kind):
    """Outcomes of a scenario in which one message is misheard, for one message after the other."""
    wanted, told = undisturbed(flavour)
    opened = next(i for i, message in enumerate(told) if message.startswith(("RG", ":PMU:SARB")))
    closing = len(told) - told[::-1].index(":ERROR:LAST:CLEAR") - 1 - (":PMU:ABORT" in told)
    # Every third message for each style; what a style leaves out others have.
    for number in range(opened + STYLES.index(style) % 3, closing, 3):
        if _is_query(told[number]) is not wanted_kind:
            continue
        links = mishear(number)
        with faulty(flavour, failed_setter=style, failed_query=style) as (bench, instrument):
            outcome = play(bench, instrument, SCENARIOS[flavour])
        assert links[0].misheard == told[number]
        assert_right(outcome, wanted)
        assert len(outcome.errors) <= 1, told[number]
        yield told[number], outcome.errors


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_refused_setter_is_told_with_what_was_said_and_what_it_means(mishear, flavour, style):
    told = 0
    for message, errors in misheard_messages(mishear, flavour, style, False):
        if style == "ACK" and "DV1,1,0.05" in message:
            continue  # at 0 V instead, which looks like an open interlock
        for error in errors:
            told += 1
            assert type(error) is CommandRejected, message
            if style == "ACK":  # noticed some messages later, and a later refusal may hide it
                assert re.search(r"refused .* it said .*-9\d\d.* which means", str(error)), message
            else:
                assert message in str(error)
                assert "-992" in str(error) and "unknown command" in str(error), message
        if not errors:
            assert style == "ACK" and message.startswith("DV1,1,0"), message
    assert told >= 3


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_refused_query_gives_no_reading(mishear, flavour, style):
    told = 0
    for message, errors in misheard_messages(mishear, flavour, style, True):
        told += len(errors)
        assert {type(error) for error in errors} <= {CommandRejected}, message
        assert errors or message in ("DO 'V1T'", ":ERROR:LAST:GET", "SP"), message
    assert told


@pytest.mark.parametrize("failed_query", STYLES)
@pytest.mark.parametrize("failed_setter", STYLES)
def test_an_illegal_setting_is_refused_in_the_instruments_words(failed_setter, failed_query):
    styles = {"failed_setter": failed_setter, "failed_query": failed_query}
    with faulty("SMU", **styles) as (bench, instrument), bench:
        illegal = "DV1,1,300,0.001"
        with pytest.raises(
            CommandRejected, match=rf"{illegal}(?s:.*)-993(?s:.*)outside its limits"
        ):
            _checked(only_instrument(bench)._wire, illegal)
        with pytest.raises(CommandRejected, match=r"TI9(?s:.*)-99\d"):
            only_instrument(bench)._wire.query("TI9", _no_reading)
        assert len(bench.apply(PULSE)) == 2
        assert len(bench.apply(SWEEP)) == 5
    assert is_off(instrument)


def _checked(wire, message):
    wire.send(message)
    wire.check_errors(message)


def _no_reading(reply):
    raise ReplyError(f'"{reply}" is no reading')


@pytest.mark.parametrize("level", ["DV1,1,1.7", "DV1,1,0.05"])
def test_a_level_that_was_refused_without_a_word_is_named(monkeypatch, level):
    """Acknowledged, and told only by the latched error; a read of it looks like an interlock."""
    send = visa.VisaLink.write
    monkeypatch.setattr(
        visa.VisaLink,
        "write",
        lambda link, message: send(link, "XYZ" if level in message else message),
    )
    with faulty("SMU") as (bench, _), bench, pytest.raises(CommandRejected, match=level):
        bench.apply(PULSE)


def test_a_4200a_left_in_the_command_set_of_a_4145_is_taken():
    with faulty("SMU") as (bench, instrument):
        instrument.emulates_4145 = True
        assert play(bench, instrument, [PULSE]).errors == []


def test_time_stamps_that_got_lost_once_are_asked_for_again():
    fault = Fault(kind="dropped", starts_with="DO 'V1T'")
    with faulty("SMU", fault) as (bench, instrument), bench:
        bench.apply(SWEEP)
        bench.apply(SWEEP)
        assert messages(instrument).count("DO 'V1T'") == 2
    never = Fault(kind="dropped", starts_with="DO 'V1T'", times=5)
    with faulty("SMU", never) as (bench, instrument), bench:
        for _ in range(4):
            assert len(bench.apply(SWEEP)) == len(SWEEP.levels)
        assert messages(instrument).count("DO 'V1T'") == 2
