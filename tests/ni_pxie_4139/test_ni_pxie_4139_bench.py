"""The bench over recorded sessions: exchanges counted, outputs off on every way out."""

from dataclasses import replace

import nidcpower
import pytest
from benches import ni_bench
from recording_smu import Rack, RecordingSmu

from mho.bench.guard import GuardedBench
from mho.device.profile import DeviceProfile, Dose, TerminalLimits
from mho.drivers.ni_pxie_4139.instrument import instrument
from mho.drivers.ni_pxie_4139.settings import NiSettings
from mho.errors import (
    CommandRejected,
    ConnectionFailed,
    InstrumentTimeout,
    LimitError,
    ReplyError,
    SettingsError,
    UnsafeStateError,
    UnsupportedError,
)
from mho.stimuli import RETURN_TO_ZERO, Hold, Pulse, PulseTrain, Read, Sweep, duration

TE, GATE = "PXI1Slot2/0", "PXI1Slot3/0"
READ = Read(voltage=0.05, aperture=1e-3, compliance=1e-5, settle=1e-4)
STEP = ["voltage_level", "initiate", "fetch_multiple", "abort"]
TRAIN = ["set_sequence", "initiate", "fetch_multiple", "abort"]


def profile(**gate):
    limits = TerminalLimits(min_voltage=-3, max_voltage=3, max_compliance=1e-2)
    return DeviceProfile(
        name="dut",
        terminals={"TE": limits, "gate": TerminalLimits.model_validate(limits.model_dump() | gate)},
        dose=Dose(max_pulses=10, max_charge=1),
        set_polarity="positive",
        read_voltage=0.05,
        pulse_compliance=1e-3,
        read_compliance=1e-5,
        pulse_width=1e-4,
        contact_floor=1e-7,
    )


SETTINGS = NiSettings.model_validate(
    {
        "target": "localhost:31763",
        "terminals": {
            "TE": {"resource": TE, "model": "20 W"},
            "gate": {"resource": GATE, "model": "20 W", "sense": "remote"},
            "spare": {"resource": "PXI1Slot9/0", "model": "40 W"},
        },
    }
)


@pytest.fixture
def rack():
    return Rack()


def bench_on(rack, **gate):
    return ni_bench(SETTINGS, profile(**gate), rack.clock, lambda: rack)


@pytest.fixture
def bench(rack):
    with bench_on(rack, bias=3.0, bias_compliance=1e-4) as bench:
        rack.take()
        yield bench
        rack.faults.clear()


@pytest.fixture
def guarded(bench, monkeypatch):
    """A guard around the open bench, of a device that suffers more than the SMUs can do."""
    sturdy = TerminalLimits(min_voltage=-100, max_voltage=100, max_compliance=10)
    gate = sturdy.model_copy(update={"bias": 3.0, "bias_compliance": 1e-4})
    terminals = {"TE": sturdy, "gate": gate}
    monkeypatch.setattr(bench, "profile", bench.profile.model_copy(update={"terminals": terminals}))
    return GuardedBench(bench)


def pulse(amplitude, compliance=1e-3, verify=READ, width=1e-4):
    return Pulse(
        terminal="TE",
        amplitude=amplitude,
        width=width,
        compliance=compliance,
        rest=1e-4,
        verify=verify,
    )


def train(*amplitudes):
    return PulseTrain(
        terminal="TE", amplitudes=amplitudes, width=1e-4, compliance=1e-3, rest=1e-4, verify=READ
    )


def driver_error(code, text="some text"):
    return nidcpower.errors.DriverError(code, text)


def rpc_error(status):
    import grpc

    return nidcpower.errors.RpcError(getattr(grpc.StatusCode, status), "some text")


def test_opens_what_the_profile_names_at_zero_then_biases(rack):
    with bench_on(rack, bias=3.0, bias_compliance=1e-4) as bench:
        assert rack.outputs == {TE: 0.0, GATE: 3.0}
        assert {resource for resource, _, _ in rack.log} == {TE, GATE}
        assert (GATE, "sense", nidcpower.Sense.REMOTE) in rack.log
        assert set(bench.limits) == {"TE", "gate"}
        first, _ = bench.identities
        assert (first.terminal, first.model, first.serial, first.firmware) == (
            "TE", "NI PXIe-4139", "01ABCDEF", "1.2",
        )  # fmt: skip
        assert first.address == f"{TE} at localhost:31763"
    assert rack.outputs == {TE: None, GATE: None}
    assert rack.hung_up


def test_a_closed_loop_step_is_four_exchanges(bench, rack):
    bench.apply(pulse(1.0))
    rack.take()
    bench.apply(pulse(1.1))
    assert rack.take() == STEP
    bench.apply(pulse(-1.1))
    assert rack.take() == STEP
    bench.apply(pulse(-1.1))
    assert rack.take() == STEP[1:]


def read_at(level, **facts):
    facts = {"interval": 1e-2, "aperture": 5e-3, "compliance": 1e-6, **facts}
    return Hold(terminal="TE", level=level, count=1, **facts)


def test_a_single_read_at_a_new_level_is_four_exchanges_whatever_was_played_before(bench, rack):
    bench.apply(read_at(0.05))
    rack.take()
    assert bench.apply(read_at(0.06))[0].voltage == 0.06
    assert rack.take() == TRAIN
    assert bench.apply(read_at(0.06))[0].voltage == 0.06
    assert rack.take() == TRAIN[1:]
    bench.apply(pulse(1.0))
    bench.apply(read_at(0.07))
    rack.take()
    assert bench.apply(read_at(-0.08))[0].voltage == -0.08
    assert rack.take() == STEP
    assert bench.apply(read_at(-0.08))[0].voltage == -0.08
    assert rack.take() == STEP[1:]


def test_single_reads_of_two_ranges_have_a_program_each(bench, rack):
    bench.apply(read_at(0.05))
    for before in (read_at(0.05), pulse(1.0)):
        bench.apply(before)
        rack.take()
        assert bench.apply(read_at(1.0))[0].voltage == 1.0
        assert "voltage_level_range" in rack.take()


def test_trains_and_single_reads_share_a_session(bench, rack):
    for _ in range(2):
        bench.apply(train(1.0, 1.1))
        bench.apply(read_at(0.05))
    rack.take()
    assert bench.apply(train(1.0, 1.1))[2].voltage == 1.1
    names = rack.take()
    assert "open" not in names and names[-4:] == TRAIN and len(names) <= 8
    assert bench.apply(read_at(0.05))[0].voltage == 0.05
    names = rack.take()
    assert "open" not in names and names[-4:] == TRAIN and len(names) <= 8


def test_pulses_with_reads_single_reads_and_trains_of_few_pulses_share_one_too(bench, rack):
    cycles = PulseTrain(
        terminal="TE", amplitudes=(1.0, -1.0) * 20, width=1e-4, compliance=1e-3, rest=1e-4
    )
    stimuli = (pulse(0.9), cycles, pulse(0.9, verify=None), read_at(0.05))
    first = [[(r.voltage, r.current) for r in bench.apply(one)] for one in stimuli]
    rack.take()
    for stimulus, readings in zip(stimuli, first, strict=True):
        start = rack.clock.now()
        again = [(r.voltage, r.current) for r in bench.apply(stimulus)]
        assert [voltage for voltage, _ in again] == [voltage for voltage, _ in readings]
        assert rack.clock.now() - start == pytest.approx(duration(stimulus))
        names = rack.take()
        assert "open" not in names and len(names) <= 6, names
        assert rack.outputs[TE] == 0.0
    longer = replace(cycles, amplitudes=(1.0, -1.0) * 500)
    assert len(bench.apply(longer)) == 1000
    assert rack.take() == [
        "active_advanced_sequence", "sequence_loop_count", "initiate", "fetch_multiple", "abort",
    ]  # fmt: skip


def test_a_bias_is_stepped_by_one_exchange_within_its_range(bench, rack):
    bench.bias("TE", 1.0, 1e-3)
    rack.take()
    bench.bias("TE", -1.5, 1e-3)
    assert rack.take() == ["voltage_level"]
    assert rack.outputs[TE] == -1.5
    bench.bias("TE", -1.5, 1e-3)
    assert rack.take() == []
    bench.bias("TE", 0.5, 1e-3)
    assert rack.take() == ["abort", "voltage_level_range", "voltage_level", "initiate"]
    bench.bias("TE", 0.5, 1e-4)
    assert rack.take() == ["abort", "current_limit_range", "current_limit", "initiate"]
    assert rack.outputs[TE] == 0.5
    bench.apply(pulse(1.0))
    bench.bias("TE", 1.5, 1e-3)
    assert rack.outputs[TE] == 1.5


def test_a_pulse_is_measured_and_stamped(bench, rack):
    rack.clock.advance_to(10.0)
    trace = bench.apply(pulse(2.5))
    (shot, read) = trace
    assert (shot.voltage, shot.in_compliance, shot.status) == (2.5, True, "")
    assert (read.voltage, read.current, read.in_compliance) == (0.05, 2e-6, False)
    assert shot.time == pytest.approx(10.0001)
    assert read.time == pytest.approx(10.0002 + 1.1e-3)
    assert rack.clock.now() == pytest.approx(read.time + RETURN_TO_ZERO)
    assert rack.outputs == {TE: 0.0, GATE: 3.0}


def test_amplitude_that_changes_back_is_sent_again(bench):
    for amplitude in (0.3, 1.0, 1.2, 1.0, 0.3, 1.0, 0.3):
        assert bench.apply(pulse(amplitude))[0].voltage == amplitude


def test_known_programs_come_back_without_being_rebuilt(bench, rack):
    bench.apply(pulse(1.0))
    bench.apply(pulse(1.0, compliance=2e-3))
    rack.take()
    assert bench.apply(pulse(1.4))[0].voltage == 1.4
    assert rack.take() == [
        "active_advanced_sequence", "active_advanced_sequence_step", *STEP,
    ]  # fmt: skip


def test_sequences_in_the_smu_are_bounded(bench, rack):
    widths = [1e-4 + n * 1e-5 for n in range(20)]
    for width in widths:
        bench.apply(pulse(1.0, width=width))
    names = rack.take()
    assert names.count("create_advanced_sequence") == 20
    assert names.count("delete_advanced_sequence") == 4
    assert bench.apply(pulse(1.2, width=widths[0]))[0].voltage == 1.2


def test_trains_and_sweeps_are_four_exchanges(bench, rack):
    trace = bench.apply(train(*[1 + n / 1000 for n in range(200)]))
    assert len(trace) == 400
    assert trace[0].voltage == 1.0
    assert trace[2].voltage == 1.001
    assert trace[399].voltage == pytest.approx(0.05)
    assert rack.outputs[TE] == 0.0
    rack.take()
    bench.apply(train(*[2 - n / 1000 for n in range(200)]))
    assert rack.take() == TRAIN
    sweep = Sweep(terminal="TE", levels=(0.1, 0.9), dwell=1e-3, aperture=5e-5, compliance=1e-3)
    bench.apply(sweep)
    assert rack.take() == TRAIN
    bench.apply(sweep)
    assert rack.take() == TRAIN[1:]


def test_points_of_one_read_are_averaged(bench):
    _, read = bench.apply(train(1.0))  # 1 ms, of which half a pulse is 50 us
    assert read.voltage == pytest.approx(0.05)
    assert read.current == pytest.approx(11.5e-6)  # mean of the stand-in's 2 ... 21 uA


def test_going_from_pulses_to_a_train_takes_a_new_session_with_the_output_off(bench, rack):
    bench.apply(pulse(1.0))
    rack.take()
    bench.apply(train(1.0, 1.1))
    names = rack.take()
    assert names[:3] == ["reset", "close", "open"]
    bench.apply(pulse(1.0))
    assert "open" in rack.take()
    assert rack.outputs == {TE: 0.0, GATE: 3.0}


def test_holds(bench, rack):
    many = Hold(terminal="TE", level=0.05, count=4, interval=1e-2, aperture=5e-3, compliance=1e-6)
    for before in (read_at(0.04), pulse(1.0)):
        bench.apply(before)
        start = rack.clock.now()
        times = [r.time - start for r in bench.apply(many)]
        assert times == pytest.approx([0.01, 0.02, 0.03, 0.04])
        assert rack.outputs[TE] == 0.0


def test_a_hold_that_is_loaded_is_three_exchanges(bench, rack):
    many = Hold(terminal="TE", level=0.05, count=40, interval=1e-2, aperture=5e-3, compliance=1e-6)
    bench.apply(many)
    rack.take()
    bench.apply(many)
    assert rack.take() == TRAIN[1:]
    bench.apply(replace(many, level=0.06))
    assert rack.take() == TRAIN


def test_a_hold_among_pulses_stays_in_their_session_and_two_in_a_row_leave_it(bench, rack):
    many = Hold(terminal="TE", level=0.05, count=40, interval=1e-2, aperture=5e-3, compliance=1e-6)
    for _ in range(2):
        bench.apply(pulse(1.0))
        rack.take()
        bench.apply(many)
        names = rack.take()
        assert "open" not in names
    assert len(names) == 10
    bench.apply(many)
    assert rack.take()[:3] == ["reset", "close", "open"]
    bench.apply(many)
    assert rack.take() == TRAIN[1:]


LOOK = Hold(terminal="TE", level=0.05, count=25, interval=1e-2, aperture=9e-3, compliance=1e-4)


def test_a_pulse_whose_width_alone_changes_is_five_exchanges(bench, rack):
    for width in (1e-4, 1.3e-4, 2e-3, 1e-4):
        bench.apply(pulse(1.0, verify=None, width=width))
        names = rack.take()
    assert names == ["aperture_time", *TRAIN]
    bench.apply(pulse(1.0, verify=None, width=1e-4))
    assert rack.take() == TRAIN[1:]


def test_a_pulse_of_another_width_and_the_look_after_it_are_seven_exchanges_each(bench, rack):
    changed = ["voltage_level_range", "current_limit", "aperture_time"]
    for width in (1e-4, 1.3e-4, 1.7e-4, 2.2e-4):
        for stimulus in (pulse(1.0, verify=None, width=width, compliance=5e-3), LOOK):
            rack.take()
            assert bench.apply(stimulus)
            if width > 1e-4:
                assert rack.take() == [*changed, *TRAIN]


def test_the_range_of_a_limit_is_left_to_the_instrument_until_a_reset_at_most(bench, rack):
    bench.bias("TE", 0.5, 1e-3)
    assert "current_limit_range" in rack.take()
    bench.apply(LOOK)
    assert rack.take().count("current_limit_autorange") == 1
    bench.bias("TE", 0.5, 1e-4)
    bench.bias("TE", 0.5, 1e-3)
    assert rack.take()[-3:] == ["abort", "current_limit", "initiate"]
    for fault in (driver_error(-1074135024), OSError()):
        rack.faults["current_limit_autorange"] = [fault]
        bench.off()
        with pytest.raises((CommandRejected, OSError)):
            bench.apply(LOOK)
        rack.take()
        bench.apply(LOOK)
        # the standing level, then the look
        names = rack.take()
        assert names.count("current_limit_autorange") == 1
        assert names.index("current_limit_range") < names.index("current_limit_autorange")


def test_bias_holds_and_a_stimulus_starts_from_zero(bench, rack):
    bench.bias("TE", 1.5, 1e-3)
    assert rack.outputs[TE] == 1.5
    rack.take()
    bench.apply(pulse(1.0))
    levels = [value for _, name, value in rack.log if name == "voltage_level"]
    assert levels[0] == 0.0
    bench.bias("TE", -1.0, 1e-3)
    assert rack.outputs[TE] == -1.0
    assert [reading.voltage for reading in bench.apply(pulse(1.0))] == [1.0, 0.05]


def test_limits_hold_for_bias_too(guarded, rack):
    with pytest.raises(LimitError, match="61 V is above 60 V, what NI PXIe-4139 can"):
        guarded.bias("gate", 61.0, 1e-3)
    assert rack.log == []
    assert rack.outputs[GATE] == 3.0


def test_refusals_send_nothing(guarded, bench, rack):
    guarded.apply(pulse(20.0, compliance=1.0))
    rack.take()
    with pytest.raises(LimitError, match=r"power of level 20\.1 W is above 20 W"):
        guarded.apply(pulse(20.1, compliance=1.0))
    spare = Hold(terminal="spare", level=0, count=1, interval=1, aperture=1, compliance=1)
    with pytest.raises(LimitError, match="terminal spare"):
        guarded.apply(spare)
    with pytest.raises(UnsupportedError, match="terminal spare"):
        bench.apply(spare)
    assert rack.log == []


def test_after_off_the_standing_levels_come_back(bench, rack):
    bench.apply(pulse(1.0))
    bench.off()
    bench.off()
    assert rack.outputs == {TE: None, GATE: None}
    assert bench.apply(pulse(1.3))[0].voltage == 1.3
    assert rack.outputs == {TE: 0.0, GATE: 3.0}


@pytest.mark.parametrize("at", ["voltage_level", "initiate", "fetch_multiple", "abort"])
@pytest.mark.parametrize("fault", [KeyboardInterrupt(), driver_error(-1074135024), OSError()])
def test_any_failure_switches_everything_off_before_it_goes_on(bench, rack, at, fault):
    bench.apply(pulse(1.0))
    rack.faults[at] = [fault]
    expected = CommandRejected if isinstance(fault, nidcpower.errors.Error) else type(fault)
    with pytest.raises(expected):
        bench.apply(pulse(1.1))
    assert rack.outputs == {TE: None, GATE: None}


def test_what_could_not_be_switched_off_is_stopped_before_it_is_driven_again(bench, rack):
    bench.apply(pulse(1.0))
    rack.faults["fetch_multiple"] = [driver_error(-1074135024)]
    rack.faults["abort"] = [rpc_error("UNAVAILABLE")] * 2
    rack.refuses_connection = ConnectionFailed("no server answers")
    with pytest.raises(UnsafeStateError):
        bench.apply(pulse(1.1))
    rack.refuses_connection = None
    rack.take()
    assert bench.apply(pulse(1.2))[0].voltage == 1.2
    assert rack.take()[0] == "abort"


def test_what_was_refused_is_told(bench, rack):
    rack.faults["initiate"] = driver_error(-1074135024, "Invalid value.")
    with pytest.raises(CommandRejected) as caught:
        bench.apply(pulse(1.0))
    for words in ("TE", TE, "Pulse(", "1.0", "-1074135024", "Invalid value."):
        assert words in str(caught.value)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (driver_error(-1074130544), ConnectionFailed),
        (rpc_error("UNAVAILABLE"), ConnectionFailed),
        (rpc_error("DEADLINE_EXCEEDED"), InstrumentTimeout),
        (rpc_error("UNIMPLEMENTED"), CommandRejected),
        (rpc_error("INTERNAL"), ReplyError),
        (ValueError("INVALID_ARGUMENT"), CommandRejected),
        (nidcpower.errors.DriverTooOldError(), ConnectionFailed),
    ],
)
def test_faults_become_our_errors(bench, rack, fault, expected):
    rack.faults["initiate"] = [fault]
    with pytest.raises(expected) as caught:
        bench.apply(pulse(1.0))
    assert caught.value.__cause__ is fault
    assert rack.outputs == {TE: None, GATE: None}


@pytest.mark.parametrize("code", [-1074116059, -1074097933])
def test_fetches_in_slices_until_all_of_it_is_there(bench, rack, code):
    bench.apply(pulse(1.0))
    rack.take()
    rack.faults["fetch_multiple"] = [driver_error(code)] * 3
    bench.apply(pulse(1.1))
    assert rack.take() == ["voltage_level", "initiate", "fetch_multiple", "abort"]
    assert rack.faults["fetch_multiple"] == []


def test_no_wait_is_longer_than_a_slice(bench, rack, monkeypatch):
    waits, sleep, fetch = [], rack.clock.sleep, RecordingSmu.fetch_multiple
    monkeypatch.setattr(rack.clock, "sleep", lambda time: (waits.append(time), sleep(time)))
    monkeypatch.setattr(
        RecordingSmu,
        "fetch_multiple",
        lambda smu, count, timeout: (waits.append(timeout), fetch(smu, count, timeout))[1],
    )
    bench.apply(Hold(terminal="TE", level=0, count=3, interval=0.39, aperture=0.1, compliance=1e-3))
    assert max(waits) == 0.1
    assert sum(waits) == pytest.approx(1.3)


def test_long_sequences_are_slept_through_and_looked_at(bench, rack):
    rack.take()
    bench.apply(Hold(terminal="TE", level=0, count=1, interval=130, aperture=1, compliance=1e-3))
    names = rack.take()
    assert names[-5:] == ["set_sequence", "initiate", "wait_for_event", "fetch_multiple", "abort"]
    many = Hold(terminal="TE", level=0, count=30_000, interval=1e-3, aperture=1e-3, compliance=1e-3)
    bench.apply(many)
    assert rack.take().count("wait_for_event") == 2  # every 10 000 points


def test_a_server_that_is_lost_in_a_long_sequence_is_found_long_before_its_end(bench, rack):
    start = rack.clock.now()
    rack.faults["wait_for_event"] = [rpc_error("UNAVAILABLE")]
    with pytest.raises(ConnectionFailed):
        bench.apply(
            Hold(terminal="TE", level=0, count=1, interval=160, aperture=1, compliance=1e-3)
        )
    assert rack.clock.now() - start < 61


def test_a_sequence_that_never_ends_times_out(bench, rack):
    rack.faults["fetch_multiple"] = driver_error(-1074097933)
    with pytest.raises(InstrumentTimeout, match="had not ended"):
        bench.apply(pulse(1.0))
    assert rack.outputs == {TE: None, GATE: None}


def test_a_short_fetch_is_an_error(bench, rack, monkeypatch):
    monkeypatch.setattr(
        "recording_smu.RecordingSmu.fetch_multiple", lambda self, count, timeout: []
    )
    with pytest.raises(ReplyError, match="0 of 4"):
        bench.apply(pulse(1.0))


def test_a_lost_session_is_replaced_once_to_switch_off(bench, rack):
    bench.apply(pulse(1.0))
    rack.take()
    rack.faults["abort"] = [driver_error(-1074130544)] * 2
    rack.faults["output_enabled"] = [driver_error(-1074130544)] * 2
    rack.faults["reset"] = [driver_error(-1074130544)]
    bench.off()
    assert rack.take().count("open") == 1
    assert rack.outputs == {TE: None, GATE: None}
    assert bench.apply(train(1.0))[0].voltage == 1.0
    assert "open" not in rack.take()  # a new session may play either family


def test_an_output_that_stays_on_is_the_loudest_error(rack):
    bench = bench_on(rack, bias=3.0, bias_compliance=1e-4)
    bench.__enter__()
    rack.faults["abort"] = [rpc_error("UNAVAILABLE")]
    rack.refuses_connection = ConnectionFailed("no server answers")
    with pytest.raises(UnsafeStateError) as caught:
        bench.__exit__(None, None, None)
    assert rack.outputs == {TE: 0.0, GATE: None}
    for words in ("TE", TE, "no server answers", "NI MAX"):
        assert words in str(caught.value)
    assert GATE not in str(caught.value)
    assert rack.hung_up


def test_a_failure_while_opening_switches_off_what_was_open(rack):
    rack.models[GATE] = "NI PXIe-4139 (40W)"
    with pytest.raises(SettingsError, match='write model = "40 W"') as caught, bench_on(rack):
        pytest.fail("entered a bench that is not there")
    assert caught.value.problems[0].place == "terminals.gate.model"
    assert rack.outputs == {TE: None, GATE: None}
    assert rack.take().count("close") == 2
    assert rack.hung_up


def test_a_refusal_while_opening_is_translated(rack):
    rack.faults["initiate"] = [None, driver_error(-1074118652)]
    with pytest.raises(CommandRejected, match="-1074118652"), bench_on(rack):
        pytest.fail("entered a bench that is not there")
    assert rack.outputs == {TE: None, GATE: None}


def test_a_bench_that_is_not_open_says_so(rack):
    with pytest.raises(ConnectionFailed, match="not open"):
        bench_on(rack).apply(pulse(1.0))


class Room:
    def __init__(self, rack, profile):
        self.clock, self.profile, self.wiring = rack.clock, profile, None

    def instrument(self, name, wiring, **options):
        self.wiring = (name, dict(wiring))
        return "127.0.0.1:1"


def test_only_the_simulator_target_asks_for_a_simulated_instrument(rack):
    room = Room(rack, profile())
    instrument(SETTINGS, room)
    assert room.wiring is None
    instrument(SETTINGS.model_copy(update={"target": "simulator"}), room)
    assert room.wiring == ("ni", {TE: "TE", GATE: "gate"})


@pytest.mark.parametrize(
    ("resources", "told"),
    [
        (("PXI1Slot2/1",), "which has one: write"),
        (("/0",), "which has one: write"),
        (("PXI1Slot2/0/0",), "which has one: write"),
        (("PXI1Slot2", "pxi1slot2/0"), "drives both TE and T1"),
        (("PXI1Slot2\n",), "which has one: write"),
        (("bold red",), "which has one: write"),
        (("Dev1,Dev2",), "which has one: write"),
        (("2-3",), "which has one: write"),
        (("Dev2:3",), "which has one: write"),
        (("Dev\x1b[2J",), "which has one: write"),
        (("Dev1", "Dev2/0"), ""),
        (("my_smu-2", "4139/0"), ""),
    ],
)
def test_a_module_has_one_channel_and_one_terminal(resources, told):
    terminals = {
        ("TE", "T1")[number]: {"resource": resource, "model": "20 W"}
        for number, resource in enumerate(resources)
    }
    if not told:
        assert NiSettings(target="local", terminals=terminals)
        return
    with pytest.raises(ValueError, match=told):
        NiSettings(target="local", terminals=terminals)
