"""The one rule for how far from a printed value a simulated one may lie."""

import pytest

from mho.validation.allowance import OF_ONE_DEVICE, allowance


@pytest.mark.parametrize(
    ("printed", "measurand", "approximate", "sample", "half"),
    [
        ("-1.2 V", "voltage", False, None, 0.10),  # one device counts: 0.05 of 1.2 is less
        ("8 mW", "state", False, None, 0.20),
        ("8 mW", "voltage", False, None, 0.10),
        ("4 mW", "voltage", False, None, 0.125),  # the print counts: half a unit of 4
        ("about 2 %"[6:], "state", True, None, 0.5),  # a whole unit of 2
        ("2 %", "state", False, None, 0.25),
        ("120 ohm", "transistor", False, None, 0.05),  # zeros count as printed
        ("1.0 kohm", "state", False, None, 0.20),
        ("1 kohm", "state", False, None, 0.5),
        ("87.5 %", "division", True, None, 0.10),
        ("1.07", "exponent", True, None, 0.05),
        ("0.75 mS", "state", True, 10, 0.4714),  # the sample counts: 2/sqrt(18)
        ("0.75 mS", "state", True, 51, 0.20),
        ("23", "state", False, None, 0.20),
    ],
)
def test_the_larger_one_of_three_counts(printed, measurand, approximate, sample, half):
    found = allowance(printed, measurand, approximate=approximate, sample=sample)
    assert found == pytest.approx(half, rel=1e-3)


@pytest.mark.parametrize("printed", ["", "about 2 %", "0 V", "0.0 S", "V"])
def test_what_does_not_begin_with_a_number_has_none(printed):
    with pytest.raises(ValueError, match="does not begin with a number other than zero"):
        allowance(printed, "state")


def test_no_allowance_is_so_large_that_a_factor_of_two_passes():
    for measurand in OF_ONE_DEVICE:
        assert OF_ONE_DEVICE[measurand] <= 0.2
