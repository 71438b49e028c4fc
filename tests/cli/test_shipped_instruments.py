"""The shipped settings file of each simulated instrument, held against its model."""

import re
from typing import get_args, get_origin

import pytest

from mho import plugins, settings
from mho.cli import main
from mho.clock import VirtualClock
from mho.frozen import Frozen
from mho.rehearsal import World
from mho.settings_text import table_of

NAMES = plugins.names(plugins.INSTRUMENTS)


def with_examples(text):
    """The text with its commented-out keys and tables switched on."""
    return re.sub(r'^# ?(?=\[|"?[\w/\[\]-]+"? = )', "", text, flags=re.MULTILINE)


def models(annotation):
    """The settings models that an annotation is made of."""
    if isinstance(annotation, type) and issubclass(annotation, Frozen):
        yield annotation
    for argument in get_args(annotation):
        yield from models(argument)


def mentioned(data, model):
    """Fields of the model that ``data`` does not mention, with their places."""
    for name, field in model.model_fields.items():
        if name not in data:
            yield name
            continue
        values = data[name] if isinstance(data[name], list) else [data[name]]
        if get_origin(field.annotation) is dict:  # of models, by name
            values = list(data[name].values())
        for inner in models(field.annotation):
            for value in values[:1]:
                yield from (f"{name}.{missing}" for missing in mentioned(value, inner))


@pytest.mark.parametrize("name", NAMES)
def test_the_file_is_the_default(name):
    kind = plugins.load(plugins.INSTRUMENTS, name)
    file = settings.read(settings.INSTRUMENTS, name)
    assert "wiring" not in file.data
    assert settings.validate(file, kind.settings) == kind.settings()


@pytest.mark.parametrize("name", NAMES)
def test_every_field_stands_in_the_file_and_the_examples_are_right(name):
    kind = plugins.load(plugins.INSTRUMENTS, name)
    file = settings.read(settings.INSTRUMENTS, name)
    data = table_of(name, with_examples(file.text))
    wiring = data.pop("wiring")
    assert wiring and all(isinstance(terminal, str) for terminal in wiring.values())
    chosen = settings.parse(name, data, kind.settings)
    assert isinstance(chosen, Frozen)
    assert list(mentioned(data, kind.settings)) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_start(name):
    class TwoTerminals:
        terminals = ("TE", "gate")

    kind = plugins.load(plugins.INSTRUMENTS, name)
    text = with_examples(settings.read(settings.INSTRUMENTS, name).text)
    data = table_of(name, text)
    wiring = data.pop("wiring")
    chosen = settings.parse(name, data, kind.settings)
    kind.start(World(TwoTerminals(), VirtualClock(), 0), wiring, 0, chosen).stop()


def test_the_shelf_holds_what_can_be_served(capsys):
    assert set(settings.shipped(settings.INSTRUMENTS)) == set(NAMES)
    assert main(["list", "instruments"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_new_writes_it_for_editing(name, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["new", "instrument", "lab", "--from", name]) == 0
    assert capsys.readouterr().out.strip() == "lab.toml"
    written = (tmp_path / "lab.toml").read_text("utf-8")
    assert written == settings.read(settings.INSTRUMENTS, name).text
