"""The status byte: what sets its bits, and what clears them. KXCI manual Rev. E 3-3 to 3-5."""

import pytest

SWEEP = ("DE;CH2;CH3;CH4", "CH1,'V1','I1',1,1", "SS;VR1,0,1,0.5,1e-3", "MD;ME1")


def test_an_error_is_reported_once_and_stored_until_it_is_cleared(connect):
    line = connect()
    line.ask("nonsense")
    assert [line.ask("SP"), line.ask("SP")] == ["66", "0"]
    assert line.error() == -992


def test_a_loop_that_waits_for_0_or_1_ends_after_an_error(connect):
    line = connect()
    line.ask("nonsense")
    for message in SWEEP:
        line.ask(message)
    answers = [int(line.ask("SP")) for _ in range(3)]
    assert answers == [16 + 2 + 64, 1, 1]


def test_data_ready_stays_until_the_buffer_is_cleared_or_a_new_test_starts(connect):
    line = connect()
    line.tell(*SWEEP)
    line.wait()
    line.ask("DO 'I1'")
    assert line.ask("SP") == "1"
    line.tell("BC")
    assert line.ask("SP") == "0"
    line.tell("ME1")
    line.wait()
    assert line.ask("SP") == "1"
    line.tell("ME1")
    assert line.ask("SP") == "16"
    line.wait()
    line.tell("*RST")
    assert line.ask("SP") == "0"


def test_bc_leaves_the_error_bits(connect):
    line = connect(sp_clears="nothing")
    line.ask("nonsense")
    line.ask("BC")
    assert line.ask("SP") == "66"


@pytest.mark.parametrize(
    ("commands", "at_power_up", "byte"),
    [((), False, 1), (("DR1",), False, 65), (("DR1", "DR0"), False, 1), ((), True, 65),
     (("DR0",), True, 1), (("DR1", "*RST"), False, 1)],
)  # fmt: skip
def test_data_ready_requests_service_only_after_dr1(connect, commands, at_power_up, byte):
    line = connect(request_on_data_at_power_up=at_power_up)
    line.tell(*commands, "US", "DV1,1,1,1e-3")
    line.ask("TI1")
    assert int(line.ask("SP")) == byte


def test_a_serial_poll_clears_what_it_reports_but_the_busy_bit(connect):
    line = connect(sp_clears="nothing")
    line.tell("DR1", *SWEEP)
    assert line.instrument.serial_poll() == 16
    line.wait()
    line.ask("nonsense")
    assert line.instrument.serial_poll() == 1 + 2 + 64
    assert line.instrument.serial_poll() == 0
    assert line.error() == -992


def test_a_device_clear_clears_the_error_bits_and_the_ranges_of_user_mode(connect):
    line = connect(sp_clears="nothing")
    line.tell("US", "RI1,1e-6,1e-6", "IT3", "DV1,1,1,1e-3")
    assert line.ask("TI1").startswith("CAI")
    line.ask("nonsense")
    line.instrument.device_clear()
    assert line.ask("SP") == "1"
    line.ask("DV1,1,1,1e-3")
    before = line.clock.now()
    assert line.ask("TI1") == "NAI 100.00E-06"
    assert line.clock.now() - before == pytest.approx(0.02)


def test_a_device_clear_leaves_sources_and_a_running_test(connect):
    line = connect()
    line.tell(*SWEEP)
    line.instrument.device_clear()
    assert line.ask("SP") == "16"
    line.wait()
    assert len(line.data("I1")) == 3
