"""``mho describe``: no key without a word, and the reference page says the same."""

import tomllib
from pathlib import Path

import pytest

from mho import plugins, settings
from mho.cli import main
from mho.cli.describing import every_subject, subjects_of

REFERENCE = Path(__file__).parents[2] / "docs" / "reference.md"
NAMES = sorted(
    {
        *plugins.names(plugins.PROTOCOLS),
        *plugins.names(plugins.DRIVERS),
        *plugins.names(plugins.DEVICES),
        *plugins.names(plugins.INSTRUMENTS),
        *settings.shipped(settings.DEVICES),
    }
)


def keys():
    for subject in every_subject():
        for table in subject.tables:
            for key in table.keys:
                yield f"{subject.title} {table.heading} {key.name}", key


def test_no_key_is_without_a_meaning():
    found = list(keys())
    assert len(found) >= 600
    assert [place for place, key in found if not key.meaning.strip()] == []
    assert [place for place, key in found if key.written == "value"] == []


def test_every_table_says_what_it_is():
    for subject in every_subject():
        assert all(table.meaning for table in subject.tables), subject.title


def test_defaults_are_written_as_in_a_file():
    found = [key for _, key in keys() if key.default]
    assert len(found) >= 250
    for key in found:
        tomllib.loads(f"{key.name} = {key.default}")


def test_the_reference_page_is_up_to_date(capsys):
    assert main(["describe", "--markdown"]) == 0
    written = capsys.readouterr().out
    assert written == REFERENCE.read_text("utf-8"), "write it: mho describe --markdown"


@pytest.mark.parametrize("name", NAMES)
def test_everything_shipped_can_be_described_on_80_columns(capsys, monkeypatch, name):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert main(["describe", name]) == 0
    out = capsys.readouterr().out
    wanted = [key.name for subject in subjects_of(name) for t in subject.tables for key in t.keys]
    assert all(word in out for word in wanted)
    assert max(map(len, out.splitlines())) <= 80


def test_a_name_may_be_that_of_a_bench_and_of_an_instrument(capsys):
    assert main(["describe", "keithley-4200a"]) == 0
    out = capsys.readouterr().out
    assert "bench file of keithley-4200a" in out and "simulated instrument keithley-4200a" in out


def test_a_device_file_is_described_with_the_model_it_names(capsys):
    assert main(["describe", "cu-te-pristine"]) == 0
    out = capsys.readouterr().out
    assert "device model cu-te\n" in out and "max_compliance" in out


def test_without_a_name_all_names_are_listed(capsys):
    assert main(["describe"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in NAMES)


def test_an_unknown_name_is_no_traceback(capsys):
    assert main(["describe", "isp"]) == 2
    assert 'Did you mean "ispp"?' in capsys.readouterr().err


def test_what_must_be_given_and_what_may_be_left_out_is_said(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    assert main(["describe", "ispp"]) == 0
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines() if line]
    said = {first: rest[0] for first, *rest in reversed(lines) if rest}
    assert said["targets"] == "list of siemens, at least 1, each > 0 S; must be given"
    assert said["width"] == "seconds, > 0 s; may be left out"
    assert said["tolerance"].split(maxsplit=3)[3] == "a fraction, > 0 %, < 100 %"
