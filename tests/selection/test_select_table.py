"""The table [select]: a legal one first, then each thing that may be wrong with it, alone."""

import click
import pytest
from selecting_benches import MATRIX_707B, OPERATOR, SMUS, setup_of

from mho.bench.selection import RelayPath, Selection
from mho.bench.selector import CellSelector
from mho.cli.reaching import ask_for
from mho.device.layout import Address, ArrayLayout
from mho.errors import LimitError, SettingsError
from mho.job import read_job

LEGAL = SMUS + MATRIX_707B

BROKEN = [
    ('kind = "keithley-707b"', 'kind = "keithley-707"', 'Did you mean "keithley-707b"'),
    ('kind = "keithley-707b"\n', "", "is missing; write one of keithley-707b,"),
    ('gate = "B" }', 'gate = "A" }', "is at A, where TE is: two sources would meet there"),
    ('"106"]', '"101"]', "gate[1] is at 101, where TE[0] is: two sources would meet on one line"),
    ('ground = "H"', 'ground = "A"', "is at A, where TE is, a source"),
    ('gate = "B" }', 'gate = "BB" }', '"BB" is no row'),
    ('"105"', '"5"', '"5" for gate[0] is no column of a slot'),
    ('"105"', '"B"', "gate[0] is at B, where gate is, a source"),
    ('["105", "106"]', "[]", "gate has 0 lines"),
    (', gate = ["105", "106"]', "", "has no lines; name them in select.lines.gate"),
    ('gate = "B" }', 'gate = "B", drain = "C" }', "has no lines; name them in select.lines.drain"),
    ('sources = { TE = "A", gate = "B" }', "", "sources"),
    ('ground = "H"', 'unselected = { TE = "grounded" }', "ground is missing: say where"),
    ('ground = "H"', 'unselected = { TE = "half" }', "half is missing: name its source"),
    ('ground = "H"', 'unselected = { BE = "open" }', "is no terminal among the sources"),
    ('ground = "H"', 'unselected = { TE = "floating" }', "floating"),
    ('ground = "H"', 'grund = "H"', "grund"),
    ('connection = "simulator"\nground', 'connection = "GPIB0::1::INSTR"\nground', "is a real one"),
    ('connection = "simulator"\nground', 'connection = "here"\nground', "is no VISA resource"),
    (
        'connection = "simulator"\nground',
        'connection = "simulator"\nmodel = "709"\nground',
        "model",
    ),
    ('ground = "H"', 'ground = "H"\nsimulator = { slot = [1] }', "slot"),
    ("[select]", "select = 1\n[selects]", "select"),
]


def test_the_legal_one(tmp_path):
    setup = setup_of(tmp_path, LEGAL)
    assert setup.at == Address(0, 0) and setup.rehearses
    assert setup.selection.driven == (RelayPath("A", "101"), RelayPath("B", "105"))
    assert setup.selection.paths == setup.selection.driven  # one cell: no line of another one
    assert setup.selector.wiring.lines["TE"] == ("101", "102")


def test_everything_else_is_refused(tmp_path):
    refused = 0
    for here, instead, said in BROKEN:
        text = LEGAL.replace(here, instead)
        assert text != LEGAL, here
        if said == "gate has 0 lines":
            said = "has 0 lines, but Cu:Te 1T1R is one cell, in which gate has 1"
        with pytest.raises(SettingsError) as caught:
            setup_of(tmp_path, text)
        assert said in str(caught.value), (here, instead, str(caught.value))
        refused += 1
    assert refused == len(BROKEN) == 22


def test_all_problems_of_both_tables_are_told_at_once(tmp_path):
    text = LEGAL.replace('gate = "B" }', 'gate = "A" }').replace('model = "20 W"', 'model = "9 W"')
    with pytest.raises(SettingsError) as caught:
        setup_of(tmp_path, text)
    assert len(caught.value.problems) == 3
    assert {problem.place.partition(": ")[2] for problem in caught.value.problems} == {
        "terminals.TE.model", "terminals.gate.model", "select.sources.gate",
    }  # fmt: skip


def test_a_device_that_is_no_array_may_have_lines_left(tmp_path):
    with setup_of(tmp_path, LEGAL).open() as bench:
        assert [one.terminal for one in bench.identities] == ["TE", "gate", "select"]
        assert "Keithley 707B" in bench.name


def test_lines_of_every_kind():
    layout = ArrayLayout(rows=3, columns=4, lines={"TE": "columns", "gate": "rows", "pad": "cells"})
    at = Address(2, 1)
    assert [layout.line(name, at) for name in ("TE", "gate", "pad", "body")] == [1, 2, 9, 0]
    assert [layout.count(name) for name in ("TE", "gate", "pad", "body")] == [4, 3, 12, 1]
    shared = {name: len(layout.sharing(name, at)) for name in ("TE", "gate", "pad", "body")}
    assert shared == {"TE": 2, "gate": 3, "pad": 0, "body": 11}
    assert layout.holds(at) and not layout.holds(Address(3, 0)) and len(layout.cells()) == 12


def test_two_sources_on_one_line_are_refused_at_selection_too():
    paths = (RelayPath("A", "101"), RelayPath("B", "102"))
    legal = Selection(cell=Address(0, 0), driven=paths, paths=paths)
    meeting = (*paths, RelayPath("B", "101"))
    with pytest.raises(LimitError, match="the sources at A and B would meet on the line at 101"):
        CellSelector(_Named(), Selection(cell=Address(0, 0), driven=paths, paths=meeting))
    CellSelector(_Named(), legal)


class _Named:
    name = "matrix"


def test_the_operator_is_a_selector_like_another(tmp_path):
    setup = setup_of(tmp_path, SMUS + OPERATOR)
    assert setup.rehearses and setup.selector.driver.by_hand
    with setup.open() as bench:
        assert bench._bench._selector._actuator.selected() == frozenset(setup.selection.paths)


def test_hands_are_asked_for_each_cell(tmp_path, monkeypatch):
    questions = []
    monkeypatch.setattr(click, "confirm", lambda text, abort: questions.append(text))
    for select, asked in ((OPERATOR, 1), (MATRIX_707B, 0)):
        path = tmp_path / "bench.toml"
        path.write_text(SMUS + select, "utf-8")
        job = read_job("ispp", str(path), "cu-te-1t1r", "one-target")
        ask_for(job, confirmed=True)
        ask_for(job, confirmed=False)
        assert len(questions) == asked
        questions.clear()
    path.write_text(SMUS + OPERATOR, "utf-8")
    ask_for(read_job("ispp", str(path), "cu-te-1t1r", "one-target"), confirmed=False)
    assert questions == [
        "Is cell r0c0 connected (TE is TE[0], at red probe-pad 1; gate is gate[0], at blue "
        "probe-pad 2)?"
    ]
