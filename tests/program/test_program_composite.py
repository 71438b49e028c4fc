"""One value on several cells of a sample: each next cell takes what those before left."""

from pathlib import Path

import numpy as np
import pytest

from mho.campaign.campaign import read_campaign
from mho.campaign.conduct import Conduct, conduct
from mho.errors import SettingsError
from mho.job import read_job
from mho.plugin_kinds import Circumstances
from mho.programming.composite import Scales, next_target
from mho.protocols.program.composite_cells import composite_options
from mho.protocols.program.recipe import ProgramRecipe
from mho.recording.documents import read_start
from mho.result import Result
from mho.resume import recorded_job

RECIPE = """
targets = ["30 uS", "70 uS", "50 uS"]
tolerance = "3 %"
range = ["10 uS", "180 uS"]
[composite]
cells = ["r0c0", "r0c1", "r0c2"]
factor = 0.1
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "recipe.toml").write_text(RECIPE, "utf-8")
    (tmp_path / "W12.toml").write_text(
        'name = "W12"\ndevice = "cu-te-1t1r"\n[cells]\ngrid = "1 x 4"\n', "utf-8"
    )
    recipe = (tmp_path / "recipe.toml").as_posix()
    (tmp_path / "values.toml").write_text(
        'name = "values"\nsample = "W12.toml"\nbench = "ideal"\n'
        'cells = ["r0c0", "r0c1", "r0c2"]\n'
        f'[[steps]]\nname = "write"\nprotocol = "program"\nrecipe = "{recipe}"\n',
        "utf-8",
    )
    return tmp_path


def job_of(folder, cell, *options):
    sample, recipe = str(folder / "W12.toml"), str(folder / "recipe.toml")
    return read_job("program", "ideal", None, recipe, sample=sample, cell=cell, options=options)


def results(entry, name):
    return [one.value for one in entry.results if one.name == name]


def test_the_next_cell_takes_what_is_left_and_errors_shrink(folder):
    finished = list(conduct(read_campaign(folder / "values.toml"), Conduct(out=folder / "runs")))
    assert [one.error for one in finished] == [None] * 3
    asked = np.array([30e-6, 70e-6, 50e-6])
    scales = Scales(0.1, (10e-6 * 180e-6) ** 0.5, 10e-6, 180e-6)
    errors = []
    measured = []
    for one in finished:
        recipe = recorded_job(read_start(one.entry.folder)).recipe
        wanted = next_target(asked, np.array(measured).reshape(-1, 3), scales)
        assert recipe.wanted == pytest.approx(wanted, rel=1e-9)
        assert recipe.composite.values == pytest.approx(asked)
        own = results(one.entry, "conductance")
        measured.append(own)
        rest = sum(
            0.1**n * (np.array(g) - scales.middle) for n, g in enumerate(measured[1:], start=1)
        )
        assert results(one.entry, "composite_value") == pytest.approx(np.array(measured[0]) + rest)
        errors.append(results(one.entry, "composite_error")[0])
    assert errors[2] < 0.3 * errors[0] and errors[1] < errors[0]


def test_a_cell_whose_predecessors_are_not_programmed_is_refused_in_words(folder):
    assert not job_of(folder, "r0c0").refusals()
    with pytest.raises(SettingsError, match="program r0c0, r0c1 first"):
        job_of(folder, "r0c2").plan()
    with pytest.raises(SettingsError, match="this run is on r0c3"):
        job_of(folder, "r0c3")


def test_the_last_run_of_a_cell_counts():
    def run(*conductances):
        return [
            Result(
                name="conductance", value=g, unit="S", method="m", source="s", part=f"target {n}"
            )
            for n, g in enumerate(conductances, start=1)
        ]

    here = Circumstances(
        folder=Path(), cell="b", results_of=lambda _: [run(1e-6, 2e-6), run(3e-6, 4e-6), run(5e-6)]
    )
    recipe = ProgramRecipe(
        targets=(30e-6, 70e-6),
        tolerance=0.03,
        range=(10e-6, 180e-6),
        composite={"cells": ["a", "b"]},
    )
    options = composite_options(recipe, recipe.composite, recipe.wanted, here)
    assert 'composite.measured=[["3 uS", "4 uS"]]' in options


BROKEN = (
    ('composite.cells=["r0c0"]', "needs 2 or more"),
    ('composite.cells=["r0c0", "r0c0"]', "stands there twice"),
    ("composite.factor=1", "below 1"),
    ("repeats=2", "is written once"),
    ('range=["60 uS", "70 uS"]', "lies outside range"),
)


@pytest.mark.parametrize(("option", "said"), BROKEN)
def test_one_thing_broken_is_refused_in_words(folder, option, said):
    with pytest.raises(SettingsError) as raised:
        job_of(folder, "r0c0", option).plan()
    assert said in str(raised.value)


def test_without_a_sample_or_a_range_it_is_refused(folder):
    recipe = str(folder / "recipe.toml")
    with pytest.raises(SettingsError, match="is for cells of a sample"):
        read_job("program", "ideal", "cu-te-1t1r", recipe)
    text = RECIPE.replace('range = ["10 uS", "180 uS"]\n', "")
    (folder / "recipe.toml").write_text(text, "utf-8")
    with pytest.raises(SettingsError, match="is needed beside composite"):
        job_of(folder, "r0c0")
