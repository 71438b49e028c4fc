"""Columns of foreign text files: found whatever the dialect, or said what was found instead."""

from contextlib import suppress
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mho.analysis.foreign import read_foreign
from mho.errors import SettingsError

VOLTS = [0.0, 0.1, 0.25, -0.5, 1e-3, 2.0]
AMPS = [1e-9, 2.5e-6, -3e-6, 4e-5, 1e-12, 1.25e-3]

DELIMITERS = {",": ",", ";": ";", "\t": "\t", "|": "|", "space": "  "}
HEADERS = {
    "brackets": [["Voltage (V)", "Current (mA)"]],
    "square": [["V [mV]", "I [uA]"]],
    "slash": [["U / V", "I / A"]],
    "unit row": [["Voltage", "Current"], ["V", "nA"]],
    "three rows": [["bias of TE", "current of TE"], ["V", "A"], ["voltage", "current"]],
}
UNITS = {
    "brackets": (1, 1e3), "square": (1e3, 1e6), "slash": (1, 1), "unit row": (1, 1e9),
    "three rows": (1, 1),
}  # fmt: skip
PREAMBLES = {
    "none": [],
    "words": ["Keithley 4200A", "Test name: iv, run 3", ""],
    "settings": ["Compliance;7e-3", "Points,6", ""],
}


def text_of(delimiter, decimal, header, preamble, rows=None):
    between = DELIMITERS[delimiter]
    per_volt, per_amp = UNITS[header]
    rows = zip(VOLTS, AMPS, strict=True) if rows is None else rows
    lines = [*PREAMBLES[preamble], *(between.join(heads) for heads in HEADERS[header])]
    for volt, amp in rows:
        cells = [f"{volt * per_volt:.9g}", f"{amp * per_amp:.9g}"]
        lines.append(between.join(cell.replace(".", decimal) for cell in cells))
    return "\r\n".join(lines) + "\r\n"


def legal():
    for delimiter, decimal, header, preamble in product(DELIMITERS, ".,", HEADERS, PREAMBLES):
        if DELIMITERS[delimiter] == decimal:
            continue
        if delimiter == "space" and header != "unit row":  # a title of two words is two titles
            continue
        yield delimiter, decimal, header, preamble


def write(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "foreign.csv"
    path.write_bytes(text.encode(encoding))
    return path


def read(path, wanted=("voltage", "current"), named=None, **options):
    return read_foreign(path, named or {}, wanted, **options)


@pytest.mark.parametrize("preamble", PREAMBLES)
@pytest.mark.parametrize("header", HEADERS)
def test_every_dialect_gives_the_same_numbers(tmp_path, header, preamble):
    count = 0
    for delimiter, decimal, of_header, of_preamble in legal():
        if (of_header, of_preamble) != (header, preamble):
            continue
        data = read(write(tmp_path, text_of(delimiter, decimal, header, preamble)))
        assert data.frame["voltage"].to_numpy() == pytest.approx(VOLTS), (delimiter, decimal)
        assert data.frame["current"].to_numpy() == pytest.approx(AMPS), (delimiter, decimal)
        assert "6 rows" in data.notes[-1]
        count += 1
    assert count == (9 if header == "unit row" else 7)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_every_encoding(tmp_path, encoding):
    text = text_of(";", ",", "square", "none").replace("[uA]", "[µA]")
    data = read(write(tmp_path, text, encoding))
    assert data.frame["current"].to_numpy() == pytest.approx(AMPS)


def test_columns_are_named_and_units_given_where_the_file_has_none(tmp_path):
    path = write(tmp_path, "AV,AI,DT\n0.1,1,0\n0.2,2,1\n")
    data = read(path, named={"voltage": "AV (V)", "current": "AI (uA)"})
    assert data.frame["current"].tolist() == pytest.approx([1e-6, 2e-6])
    assert dict(data.columns) == {"voltage": "AV", "current": "AI"}


def test_columns_without_names_are_named_by_their_place(tmp_path):
    path = write(tmp_path, "V (V)\t1 (V)\tI (A)\n" + "0.5\t1\t2\n" * 3)
    data = read(path, named={"voltage": "2"})
    assert data.frame["voltage"].tolist() == [1.0, 1.0, 1.0]


def test_a_file_without_names_is_read_by_places(tmp_path):
    path = write(tmp_path, "0.5,1\n0.6,2\n0.7,3\n")
    data = read(path, named={"voltage": "1 (V)", "current": "2 (mA)"})
    assert data.frame["current"].tolist() == pytest.approx([1e-3, 2e-3, 3e-3])
    with pytest.raises(SettingsError, match='no column "3 \\(A\\)"; there are "column 1"'):
        read(path, named={"current": "3 (A)"})


def test_cells_without_a_number_are_no_numbers(tmp_path):
    path = write(tmp_path, "V (V);I (A)\n0,1;1e-3\n0,2;NaN\n0,3;\n0,4;oops\n0,5;5e-3\n")
    data = read(path)
    assert np.isnan(data.frame["current"]).tolist() == [False, True, True, True, False]
    assert any("1 cells" in note and "line 5" in note and "oops" in note for note in data.notes)


@pytest.mark.parametrize("first", ["0.1,1e-3", ",nan,1", "0.1,-,", "0.1,1e-3,\n0.2"])
def test_the_first_lines_may_lack_numbers(tmp_path, first):
    path = write(tmp_path, f"V (V),I (A),cycle\n{first}\n0.3,3e-3,1\n0.4,4e-3,1\n")
    data = read(path, ("voltage", "current", "cycle"))
    assert dict(data.columns) == {"voltage": "V (V)", "current": "I (A)", "cycle": "cycle"}
    lines = first.count("\n") + 1
    assert len(data.frame) == 2 + lines
    assert data.frame["current"].tolist()[-2:] == [3e-3, 4e-3]
    assert data.frame[["voltage", "current", "cycle"]].isna().any(axis=1).sum() == lines


def test_what_a_file_has_is_told_where_it_lacks_a_column(tmp_path):
    data = read(write(tmp_path, "V (V),R (kohm)\n0.1,1\n0.2,2\n"))
    with pytest.raises(SettingsError, match='needs; it has "V \\(V\\)", "R \\(kohm\\)"'):
        data.need("an analysis of levels", "conductance")


def test_what_instruments_write_for_no_number_is_none(tmp_path):
    text = "V (V),I (A)\n0.1,1e-3\n0.2,9.91E+37\n0.3,-9.9e37\n0.4,+9.9E37\n0.5,oops\n0.6,1\n0.7,1\n"
    data = read(write(tmp_path, text))
    assert np.isnan(data.frame["current"]).tolist() == [False, *[True] * 4, False, False]
    (note,) = [note for note in data.notes if "instruments write" in note]
    assert "1 cells" in note and '3 cells of "I (A)" hold 9.91e+37' in note


def test_a_minus_sign_is_a_minus(tmp_path):
    path = write(tmp_path, "V (V);I (A)\n\N{MINUS SIGN}0.1;1e\N{MINUS SIGN}3\n0.2;2e-3\n")
    assert read(path).frame.to_numpy().tolist() == [[-0.1, 1e-3], [0.2, 2e-3]]


def test_quoted_decimal_commas_between_commas(tmp_path):
    path = write(tmp_path, '"V (V)","I (mA)"\n"0,5","1,25"\n"0,6","2,5"\n')
    data = read(path)
    assert data.frame["current"].tolist() == pytest.approx([1.25e-3, 2.5e-3])
    assert data.frame["voltage"].tolist() == pytest.approx([0.5, 0.6])


REFUSED = [
    ("V (V),I\n0.1,1\n0.2,2\n", {}, 'it has no unit; write one in the header, "I \\(A\\)"'),
    ("V (V),I (ohm)\n0.1,1\n0.2,2\n", {}, '"ohm" is no unit of a current'),
    ("a,b\n1,2\n3,4\n", {}, 'none of its columns \\("a", "b"\\) is one of voltage, current'),
    ("V (V),I (A)\n1,2\n3,4\n", {"named": {"current": "J"}}, 'no column "J"; there are "V'),
    ("V (V);I (A)\n1,5;2,5\n2,5;3,5\n", {"decimal": "."}, "no two lines of numbers"),
    ("V (V);I (A)\n1;2,5\n2;3,5\n", {"decimal": "."}, "no two lines|decimal commas"),
    ("nothing\nto see\n", {}, "no two lines of numbers"),
    ("", {}, "no two lines of numbers"),
    ("V (V),I (A)\n1,2\n3,4\n", {"delimiter": ";;"}, "no single character"),
    ("V (V),I (A)\n1,2\n3,4\n", {"decimal": "x"}, 'neither "." nor ","'),
    ("1,2\n3,4\n", {}, "2, without names"),
    (
        "V (V),I (mA)\n0,1,1,5\n0,2,2,5\n",
        {},
        'above, "V \\(V\\),I \\(mA\\)", has 2, .* decimal com',
    ),
    ("V;I;x\n1;2\n3;4\n", {}, '2, without names: the line above, "V;I;x", has 3\\)'),
    (
        "V (V);I (nA)\n0.3;1.5\n0.4;2.5\n0.1;1,000.5\n0.2;2,000.5\n",
        {},
        "2 of its 4 cells are no numbers, the first in line 4: '1,000.5'; write them without",
    ),
]


@pytest.mark.parametrize(("text", "options", "told"), REFUSED)
def test_what_cannot_be_read_is_told(tmp_path, text, options, told):
    with pytest.raises(SettingsError, match=told):
        read(write(tmp_path, text), **options)


def test_all_problems_are_told_at_once(tmp_path):
    path = write(tmp_path, "V,I\n0.1,1\n0.2,2\n")
    with pytest.raises(SettingsError) as raised:
        read(path)
    assert len(raised.value.problems) == 2


@pytest.mark.parametrize("name", ["there-is-none.csv", "."])
def test_a_file_that_is_none_is_told(tmp_path, name):
    with pytest.raises(SettingsError, match="cannot be read"):
        read(tmp_path / name)


def test_what_is_no_text_is_told(tmp_path):
    path = tmp_path / "run.bin"
    path.write_bytes(bytes(range(256)) * 10)
    with pytest.raises(SettingsError, match="is no text"):
        read(path)


def test_rows_are_chosen_by_a_column(tmp_path):
    path = write(tmp_path, "level;G (uS)\nLRS;1\nLRS;2\nHRS;3\n")
    data = read(path, ("level", "conductance"))
    assert data.where({"level": "LRS"}).frame["conductance"].tolist() == pytest.approx([1e-6, 2e-6])
    with pytest.raises(SettingsError, match="no row has this; there are LRS, HRS"):
        data.where({"level": "off"})
    with pytest.raises(SettingsError, match="no such column, but level, conductance"):
        data.where({"cycle": "1"})


WORDS = st.sampled_from(
    ["V (V)", "I [mA]", "t / s", "1", "2.5", "3,5", "-1e-6", "nan", "", "x", '"', "uA", "1e999"]
)
LINES = st.lists(st.lists(WORDS, max_size=4), max_size=8)
SHARED = HealthCheck.function_scoped_fixture  # the folder may be used again


@settings(max_examples=300, deadline=None, suppress_health_check=[SHARED])
@given(LINES, st.sampled_from([",", ";", "\t", " ", "|"]), st.sampled_from([None, ",", "."]))
def test_whatever_is_in_it_gives_numbers_or_words(tmp_path, lines, delimiter, decimal):
    path = write(tmp_path, "\n".join(delimiter.join(line) for line in lines))
    with suppress(SettingsError):
        data = read(path, named={"current": "I (A)"}, decimal=decimal)
        assert set(data.frame) <= {"voltage", "current"} and data.columns


@settings(max_examples=100, deadline=None, suppress_health_check=[SHARED])
@given(st.binary(max_size=300))
def test_bytes_of_anything_are_refused_in_words(tmp_path, content):
    path = tmp_path / "anything.csv"
    path.write_bytes(content)
    with pytest.raises(SettingsError):
        read(path, named={"voltage": "no such column"})
