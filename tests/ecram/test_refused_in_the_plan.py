"""What an array cannot do, told before anything is energised: numbers and what to change."""

import pytest

from mho import settings
from mho.errors import SettingsError
from mho.job import read_job
from mho.sim_instruments.devices.pseudo_crossbar_access import access_refusals
from mho.sim_instruments.devices.pseudo_crossbar_parameters import PseudoCrossbarParameters

LITHIUM, OXIDE = "ecram-array-3x3-lithium", "ecram-array-3x3"


def refused(*options, device=LITHIUM, bench="ideal", protocol="xor", recipe="ecram-3x3"):
    return read_job(protocol, bench, device, recipe, options=options).refusals()


@pytest.mark.parametrize("threshold", ["2.8 V", "2.9 V", "3.2 V"])
def test_a_threshold_between_half_and_whole_is_right(threshold):
    assert refused(f"device.model.parameters.access_voltage={threshold}") == []


@pytest.mark.parametrize("threshold", ["1.5 V", "2.7 V", "3.3 V", "5 V"])
def test_one_that_is_not_is_told_with_its_window(threshold):
    (told,) = refused(f"device.model.parameters.access_voltage={threshold}")
    assert "a selected cell gets 4 V, one that is half-selected 2 V" in told
    assert "750 mV of potential" in told and "between 2.75 V and 3.25 V" in told
    assert f"access_voltage is {threshold}" in told


def test_a_potential_that_leaves_no_window_is_told():
    (told,) = refused("amplitude=2.5 V")
    assert "no access device (access_voltage = 2.9 V) tells them apart" in told
    assert "2.5 V" in told and "1.25 V against 750 mV" in told


def test_the_window_is_asked_of_whatever_pulses_rows_and_columns():
    options = ("amplitude=4 V", "epochs=1", "device.model.parameters.access_voltage=1.9 V")
    (told,) = refused(*options, device=OXIDE, protocol="gates")
    assert "between 2 V and 4 V" in told and "of potential" not in told
    parameters = PseudoCrossbarParameters(rows=2, columns=2)
    plan = read_job("xor", "ideal", OXIDE, "ecram-3x3").plan()
    assert list(access_refusals(parameters, plan)) == []


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("amplitude=8 V", "level 4 V (the worst of 5000) is above 3 V, the limit of the device"),
        ("device.terminals.g1.max_voltage=1.5 V", "outerproduct at g1: level 2 V"),
        ("bench.max_voltage=1.5 V", "is above 1.5 V, what ideal bench can"),
    ],
)
def test_half_of_a_pulse_beyond_a_line_or_the_supply(option, said):
    told = refused(option, device=OXIDE)
    assert told and any(said in one for one in told)


def test_what_is_the_same_at_all_lines_is_told_once():
    told = refused("amplitude=8 V", device=OXIDE)
    assert len(told) == 2 and all("; the same at 5 more terminals" in one for one in told)
    apart = refused(*(f"device.terminals.g{n}.max_voltage=1.5 V" for n in range(3)), device=OXIDE)
    assert [one.partition("at ")[2][:2] for one in apart] == ["g0", "g1", "g2"]


@pytest.mark.parametrize("bench", ["ni-pxie-4139", "keithley-4200a", "ni-daq"])
def test_a_bench_without_lines(bench):
    (told,) = refused(device=OXIDE, bench=bench)
    assert "9 of 9 terminals of the device" in told and "(g0 ... c2)" in told
    assert "a channel for every line" in told


def test_a_gate_of_which_nobody_says_what_it_does_after_a_write(tmp_path):
    text = settings.read(settings.DEVICES, "ecram-lithium").text
    file = tmp_path / "cell.toml"
    file.write_text(text, "utf-8")
    assert read_job("write_charge", "ideal", str(file), "ecram-lithium").refusals() == []
    without = "".join(line for line in text.splitlines(True) if not line.startswith("rests"))
    assert without != text
    file.write_text(without, "utf-8")
    with pytest.raises(SettingsError) as error:
        read_job("write_charge", "ideal", str(file), "ecram-lithium")
    (told,) = str(error.value).splitlines()
    assert "nothing says what gate does after a write" in told
    assert 'terminals.gate.rests = "open" (it keeps its charge)' in told


def test_a_charge_that_cannot_be_delivered_in_its_time():
    def told(option):
        with pytest.raises(SettingsError) as error:
            read_job("write_charge", "ideal", "ecram-lithium", "ecram-lithium", options=[option])
        return str(error.value)

    assert "700 nC at 10 pA take 70000 s, longer than charge.longest = 100 s" in told(
        "charge.current=10 pA"
    )
    assert "700 nC at 2 uA take 0.35 s, longer than charge.longest = 0.3 s" in told(
        "charge.longest=300 ms"
    )
    beyond = read_job(
        "write_charge", "ideal", "ecram-lithium", "ecram-lithium",
        options=["charge.voltage_limit=9 V"],
    ).refusals()  # fmt: skip
    assert len(beyond) == 1
    assert "9 V (the worst of 4) is above 5 V, the limit of the device" in beyond[0]
