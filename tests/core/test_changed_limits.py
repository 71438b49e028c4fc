"""Limits of one's own are said before a device is energised."""

import pytest

from mho import settings
from mho.changed_limits import changed_limits


def said(name, *options):
    return changed_limits(*settings.read_device(name, options))


@pytest.fixture
def copy(tmp_path):
    """A copy of a shipped device file with lines of its own."""

    def write(shipped, **lines):
        text = settings.read(settings.DEVICES, shipped).text
        for old, new in lines.values():
            assert text.count(old) == 1
            text = text.replace(old, new)
        path = tmp_path / "own.toml"
        path.write_text(text, "utf-8")
        return str(path)

    return write


@pytest.mark.parametrize("name", settings.shipped(settings.DEVICES))
def test_nothing_is_said_of_a_shipped_device(name):
    assert said(name) == []


def test_what_is_laid_over_a_limit_is_said_with_what_the_file_has():
    assert said("cu-te-1t1r", "terminals.TE.max_voltage=3 V", "read_voltage=40 mV") == [
        "terminals.TE.max_voltage is 3 V; device cu-te-1t1r has 2.6 V"
    ]
    assert said("cu-te-1t1r", "dose.max_pulses=7", "terminals.gate.rests=grounded") == [
        "dose.max_pulses is 7; device cu-te-1t1r has 20000"
    ]


def test_a_file_of_ones_own_is_held_against_the_shipped_one_of_its_name(copy):
    own = copy(
        "cu-te-1t1r",
        low=('min_voltage = "-2.6 V"', 'min_voltage = "-2.7 V"'),
        charge=('max_charge = "500 mC"', 'max_charge = "1 C"'),
    )
    assert said(own) == [
        "dose.max_charge is 1 C; the shipped device cu-te-1t1r has 500 mC",
        "terminals.TE.min_voltage is -2.7 V; the shipped device cu-te-1t1r has -2.6 V",
    ]
    renamed = copy("cu-te-1t1r", name=('name = "Cu:Te 1T1R"', 'name = "W12"'))
    assert said(renamed) == []


def test_an_option_that_makes_a_wrong_file_right_is_no_fault(copy):
    wrong = copy("cu-te-1t1r", bias=('bias = "3 V"', 'bias = "9 V"'))
    (one, *_) = said(wrong, "terminals.gate.bias=2 V")
    assert one == "terminals.gate.bias is 2 V; the shipped device cu-te-1t1r has 3 V"
