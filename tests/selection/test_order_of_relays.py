"""Relays move while every output is off, on every way in and out; what they report is believed."""

import pytest
from selecting_benches import DAQ_LINES, MATRIX_707B, OPERATOR, PULSE, SMUS, actuator_of, setup_of

from mho.bench.guard import GuardedBench
from mho.clock import VirtualClock
from mho.errors import (
    InstrumentError,
    InstrumentTimeout,
    SelectionError,
    UnsafeStateError,
)


class Opened:
    """A bench with its world, and everything that happened to outputs and relays, in order."""

    def __init__(self, setup):
        self.world = setup.simulated_world(VirtualClock())
        self.events = []
        drive, switch = self.world.drive, self.world.switch

        def noted_drive(moment, terminal, what, resistance=0.0):
            self.events.append(("drive", terminal, what.level))
            drive(moment, terminal, what, resistance)

        def noted_switch(moment, paths, selector=""):
            paths = list(paths)
            self.events.append(("relays", len(paths), None))
            return switch(moment, paths, selector)

        self.world.drive, self.world.switch = noted_drive, noted_switch
        self.bench = setup.open(world=self.world)

    def levels_before_relays(self):
        """The levels (V) at which outputs stood at each movement of a relay."""
        at, found = {}, []
        for what, name, level in self.events:
            if what == "drive":
                at[name] = level
            else:
                found.append(dict(at))
        return found


@pytest.mark.parametrize(
    "select", [MATRIX_707B, DAQ_LINES, OPERATOR], ids=["707B", "DAQ lines", "operator"]
)
@pytest.mark.parametrize("ending", [None, KeyboardInterrupt, InstrumentError])
def test_zero_volts_then_relays(tmp_path, select, ending):
    opened = Opened(setup_of(tmp_path, SMUS + select))
    ends = []
    try:
        with opened.bench as bench:
            bench.apply(PULSE)
            bench.bias("TE", 0.3, 1e-4)
            if ending is not None:
                raise ending("here")
    except (KeyboardInterrupt, InstrumentError) as error:
        ends.append(type(error))
    assert ends == ([] if ending is None else [ending])
    found = opened.levels_before_relays()
    assert len(found) >= 3 and all(not any(at.values()) for at in found)
    assert opened.world.hot_switches == 0
    assert opened.events[-1][:2] == ("relays", 0)
    assert not any(drive.level for drive in opened.world.drives().values())


@pytest.mark.parametrize("select", [MATRIX_707B, DAQ_LINES], ids=["707B", "DAQ lines"])
def test_a_pause_opens_relays_and_selects_again(tmp_path, select):
    opened = Opened(setup_of(tmp_path, SMUS + select))
    with opened.bench as bench:
        first, _ = bench.apply(PULSE)
        bench.off()
        assert opened.events[-1][:2] == ("relays", 0)
        again, _ = bench.apply(PULSE)
    assert again.current == pytest.approx(first.current, rel=0.5)
    assert [count for what, count, _ in opened.events if what == "relays"] == [
        0, 0, 2, 0, 0, 2, 0,
    ]  # fmt: skip
    assert opened.world.hot_switches == 0


def test_a_selection_is_four_exchanges(tmp_path):
    bench = setup_of(tmp_path, SMUS + MATRIX_707B).open()
    with bench:
        actuator = actuator_of(bench)
        said = []
        write, read = actuator._line.write, actuator._line.read
        actuator._line.write = lambda text: said.append(text) or write(text)
        actuator._line.read = lambda: said.append("<-") or read()
        bench.off()
        assert len([one for one in said if one != "<-"]) == 2
        said.clear()
        bench.apply(PULSE)
    selection = said[: said.index('print(channel.getclose("allslots"))') + 2]
    assert selection == [
        'channel.open("allslots")',
        'channel.close("1A01,1B05")',
        "*OPC?", "<-",
        'print(channel.getclose("allslots"))', "<-",
    ]  # fmt: skip


FAULTS = {
    "stuck open": ('stuck_open = ["1B05"]', SelectionError, "not connected: B-105"),
    "stuck closed": (
        'stuck_closed = ["1A01"]', UnsafeStateError, "reports 1A01 closed",
    ),
    "silent at first": ("silent_after = 0", InstrumentError, "no answer"),
    "silent at the selection": ("silent_after = 6", InstrumentTimeout, "no answer within"),
}  # fmt: skip


def test_a_relay_that_does_not_report_what_was_asked_ends_it(tmp_path):
    told = 0
    for fault, kind, said in FAULTS.values():
        text = SMUS + MATRIX_707B.replace("\nground", '\ntimeout = "50 ms"\nground')
        opened = Opened(setup_of(tmp_path, f"{text}[select.simulator.faults]\n{fault}\n"))
        with pytest.raises(Exception) as caught, opened.bench as bench:  # noqa: PT011
            bench.apply(PULSE)
        chain = [caught.value, caught.value.__context__, caught.value.__cause__]
        assert any(said in str(one) for one in chain), (fault, str(caught.value))
        assert any(isinstance(one, kind) for one in chain) or kind is InstrumentError
        assert not any(drive.level for drive in opened.world.drives().values())
        assert opened.world.hot_switches == 0
        told += 1
    assert told == 4


def test_relays_stay_where_an_output_may_be_on(tmp_path, monkeypatch):
    """A relay that opens under voltage welds; it is told what to do instead."""
    opened = Opened(setup_of(tmp_path, SMUS + MATRIX_707B))
    bench = opened.bench
    bench.__enter__()
    assert isinstance(bench, GuardedBench)
    pxi = bench._bench._instruments["pxi"]

    def fails():
        raise UnsafeStateError("TE may be on")

    monkeypatch.setattr(pxi, "off", fails)
    moved = len([one for one in opened.events if one[0] == "relays"])
    with pytest.raises(UnsafeStateError, match="its relays were left as they are"):
        bench.close()
    assert len([one for one in opened.events if one[0] == "relays"]) == moved


def test_a_relay_that_moves_under_voltage_is_counted(tmp_path):
    """What the other tests count on."""
    opened = Opened(setup_of(tmp_path, SMUS + MATRIX_707B))
    with opened.bench as bench:
        bench.bias("TE", 0.3, 1e-4)
        actuator_of(bench).off()
        assert opened.world.hot_switches == 1
