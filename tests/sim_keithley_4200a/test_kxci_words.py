"""Messages cut into commands, and numbers as they are written."""

import pytest

from mho.sim_instruments.keithley_4200a.number_format import engineering, pulse_number
from mho.sim_instruments.keithley_4200a.tokens import parse


@pytest.mark.parametrize(
    ("message", "commands"),
    [
        ("US;DV1,1,2.0,5e-3", [("US", ()), ("DV", ("1", "1", "2.0", "5e-3"))]),
        ("SM DM2", [("SM", ()), ("DM", ("2",))]),
        ("IT1 BC DR1", [("IT", ("1",)), ("BC", ()), ("DR", ("1",))]),
        ("DE;CH1;CH 2", [("DE", ()), ("CH", ("1",)), ("CH", ("2",))]),
        ("SS RP SMU1, 0", [("SS", ()), ("RP", ("SMU1", "0"))]),
        ("MP 1, VS1", [("MP", ("1", "VS1"))]),
        ("CH 1, 'V1','I;1', 1, 1", [("CH", ("1", "V1", "I;1", "1", "1"))]),
        ("LI 'DE', 'SM'", [("LI", ("DE", "SM"))]),
        ("ME", [("ME", ())]),
        ("RD 'I1', 1", [("RD", ("I1", "1"))]),
        (":PMU:INIT 1;:PMU:LOAD 1, 50", [(":PMU:INIT", ("1",)), (":PMU:LOAD", ("1", "50"))]),
        (":PMU:DATA:GET 1, 0, 5, VH IL", [(":PMU:DATA:GET", ("1", "0", "5", "VH IL"))]),
        (":PMU:TEST:STATUS?", [(":PMU:TEST:STATUS?", ())]),
        ("EX lib mod(1;2,,3)", [("EX", ("lib mod(1;2,,3)",))]),
        ("  \r\n", []),
        ("X';BC;LI 'a;b','c,d'", [("X'", ()), ("BC", ()), ("LI", ("a;b", "c,d"))]),
        ("LI 'a;b;BC", [("LI", ("a",)), ("b", ()), ("BC", ())]),
        ("UL;EX lib mod(1;2)", [("UL", ()), ("EX", ("lib mod(1;2)",))]),
        ("GN SM 11", [("GN", ("SM 11",))]),
        ("ul", [("ul", ())]),
    ],
)
def test_parse(message, commands):
    assert [tuple(command) for command in parse(message)] == commands


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (22.329e-9, " 22.329E-09"),  # page 2-11
        (54.978e-15, " 54.978E-15"),
        (1e-3, " 1.0000E-03"),
        (-1.2345, "-1.2345E+00"),
        (0.0, " 0.0000E+00"),
        (999.996e-6, " 1.0000E-03"),
        (123456.0, " 123.46E+03"),
    ],
)
def test_engineering_notation(value, text):
    assert engineering(value) == text


def test_engineering_with_other_digits():
    assert engineering(22.329e-9, 7) == " 22.32900E-09"
    assert engineering(223.29e-9, 3) == " 223.E-09"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.00788628, "0.00788628"),  # page 7-38
        (-21.7246e-9, "-21.7246e-9"),
        (0.0, "0"),
        (5e-9, "5e-9"),
        (-1.0, "-1"),
        (12.34567, "12.3457"),
        (123.4567e-6, "0.000123457"),
    ],
)
def test_pulse_numbers(value, text):
    assert pulse_number(value) == text
