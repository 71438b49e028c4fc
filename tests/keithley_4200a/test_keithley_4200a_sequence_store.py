"""What the pulse cards hold: always what was asked for, told in few messages."""

import re
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mho.drivers.keithley_4200a.codec.segment_arb import Segment, columns
from mho.drivers.keithley_4200a.conversation import sequence_store
from mho.drivers.keithley_4200a.conversation.sequence_store import SequenceStore

DEFAULTS = {"MEAS:TYPE": "0", "MEAS:START": "0", "MEAS:STOP": "0"}
"""What an array reads that was never sent; where nothing is measured, no stop matters."""


class Cards:
    """Carries out the messages."""

    def __init__(self):
        self.arrays = {}

    def take(self, messages):
        for message in messages:
            column, adds, number, name, values = re.fullmatch(
                r":PMU:SARB:SEQ:([A-Z:]+?)(:ADD)? (\d+),(\d+),(.*)", message
            ).groups()
            arrays = self.arrays.setdefault((int(number), int(name)), {})
            before = arrays.get(column, []) if adds else []
            assert not adds or before
            arrays[column] = [*before, *values.split(",")]
            assert len(values.split(",")) <= 128

    def holds(self, name, bar):
        for number, segments in bar:
            arrays, wanted = self.arrays[number, name], columns(segments)
            for column, values in wanted.items():
                found = arrays.get(column, [DEFAULTS.get(column)] * len(values))
                if found != list(values):
                    return False
        return True


def pulse(level, width=1e-6, read=True):
    window = (width / 2, width) if read else None
    return (
        Segment(1e-7, 0.0, level),
        Segment(width, level, level, window),
        Segment(1e-7, level, 0.0),
    )


def bar(*channels):
    return tuple(enumerate(channels, start=1))


PULSES = st.tuples(
    st.sampled_from([0.5, 1.0, -1.0]), st.sampled_from([1e-6, 2e-6]), st.booleans(),
    st.integers(1, 60),
)  # fmt: skip
"""Level, width, whether it is read, how many of it."""


def programs_of(channels):
    own = st.lists(PULSES, min_size=channels, max_size=channels)
    return st.lists(st.lists(own, min_size=1, max_size=3), max_size=15)


@contextmanager
def little_room():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sequence_store, "MAX_SEQUENCES", 5)
        patch.setattr(sequence_store, "MAX_SEGMENTS", 400)
        yield


@settings(deadline=None)
@given(st.integers(1, 2).flatmap(programs_of))
def test_the_cards_hold_what_was_asked_for_and_not_more_than_they_can(facts):
    with little_room():
        play_all(
            [bar(*(pulse(*own[:3]) * own[3] for own in channels)) for channels in program]
            for program in facts
        )


def play_all(programs):
    store, cards = SequenceStore(), Cards()
    for program in programs:
        found = store.define(program)
        if found is None:
            cards = Cards()
            found = store.define(program)
            if found is None:
                continue
        cards.take(found.messages)
        assert all(cards.holds(name, one) for name, one in zip(found.names, program, strict=True))
        assert set(found.names) <= {1, 2, 3, 4, 5}
        for channel in {number for number, _ in cards.arrays}:
            held = [a["TIME"] for (number, _), a in cards.arrays.items() if number == channel]
            assert sum(map(len, held)) <= 400
        again = store.define(program)
        assert (again.names, again.messages) == (found.names, ())


def told(store, *segments):
    return len(store.define([bar(*segments)]).messages)


def test_programs_that_take_turns_are_told_once():
    store = SequenceStore()
    long = [pulse(level) * 100 for level in (1.0, -1.0)]
    first = [told(store, own) for own in long * 3]
    assert first[0] == 6 * 3 and sum(first[3:]) == 0


def test_a_closed_loop_tells_its_new_levels_only_and_keeps_its_read():
    store = SequenceStore()
    read = pulse(0.1, 5e-6)
    assert [told(store, pulse(1.0)), told(store, read)] == [6, 6]
    for level in (1.1, 1.2, 1.3, 1.4):
        found = store.define([bar(pulse(level))])
        assert len(found.messages) == 2 and found.only_levels
        assert told(store, read) == 0


def test_what_comes_back_gets_a_name_of_its_own():
    store = SequenceStore()
    costs = [told(store, pulse(level)) for level in (1.0, 2.0, 1.0, 2.0, 1.0, 2.0)]
    assert costs == [6, 2, 6, 0, 0, 0]


def test_a_channel_that_is_not_read_is_told_its_levels_and_times():
    store = SequenceStore()
    assert told(store, pulse(1.0), pulse(0.0, read=False)) == 6 + 3
    assert told(store, pulse(1.5), pulse(0.0, read=False)) == 2


def test_other_times_are_no_change_of_levels():
    store = SequenceStore()
    store.define([bar(pulse(1.0, read=False))])
    found = store.define([bar(pulse(1.0, 2e-6, read=False))])
    assert len(found.messages) == 1 and not found.only_levels


def test_where_there_is_no_room_what_does_not_come_back_goes():
    store = SequenceStore()
    kept = [pulse(level, width) for level in (1.0, 2.0) for width in (1e-6, 2e-6)]
    with little_room():
        for own in kept * 2:
            told(store, own)
        assert told(store, pulse(0.5, 3e-6) * 100) and told(store, pulse(0.5, 4e-6) * 30)
        assert [told(store, own) for own in kept] == [0, 0, 0, 0]


def test_of_what_takes_turns_some_is_kept_though_there_is_no_room_for_all():
    store = SequenceStore()
    turns = [pulse(level) * 30 for level in (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)]
    with little_room():  # for four of them
        found = [told(store, own) for own in turns * 6]
    assert found[-18:].count(0) >= 6


def test_what_is_not_played_any_more_is_not_waited_for():
    store = SequenceStore()
    old = [pulse(level, 2e-6) * 30 for level in (1.0, 2.0, 3.0, 4.0)]
    new = [pulse(level) * 30 for level in (1.0, 2.0, 3.0, 4.0)]
    with little_room():
        for own in old * 4:
            told(store, own)
        found = [told(store, own) for own in new * 10]
    assert sum(found[-8:]) == 0
