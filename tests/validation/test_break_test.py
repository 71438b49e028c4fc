"""The break test: what it changes is legal, what it calls noticed is, and nothing else."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from mho.errors import SettingsError
from mho.laboratory import read_setup
from mho.validation import Comparison, Figure, Published
from mho.validation.measuring import play

PATH = Path(__file__).parents[2] / "benchmarks" / "break_test.py"


@pytest.fixture(scope="module")
def program():
    spec = importlib.util.spec_from_file_location("break_test", PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules["break_test"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["break_test"]


def test_every_number_of_the_models_is_changed_as_a_user_would(program):
    """Both factors give a device that can be, but for shares of more than all and the like."""
    parameters = [one for model in program.WHERE for one in program._parameters(model)]
    assert len(parameters) >= 90
    refused = set()
    for parameter in parameters:
        assert parameter.values
        for factor in program.FACTORS:
            for device, option in parameter.options(factor).items():
                try:
                    read_setup("ideal", device, device_options=[option.removeprefix("device.")])
                except SettingsError:
                    refused.add((parameter.path, factor))
    paths = {path for path, _ in refused}
    assert {(path, factor) for path, factor in refused if factor < 1} == set()
    assert len(paths) <= 4, paths


def compared(before, after, **changes):
    number = Published(
        id="x", what="x", kind="result", where="x", basis="predicted", device="nmos",
        protocol="transistor", recipe="cu-te-selector", merit="x", benches=("ideal",),
        value=100, measurand="state",
    )  # fmt: skip
    return [
        Comparison(
            paper="x", number=number, bench="ideal",
            figures=tuple(None if value is None else Figure(value) for value in values),
        )
        for values in (before, after)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "how"),
    [
        ([95, 100, 105], [125, 130, 135], "outside"),
        ([95, 100, 105], [70, 100, 130], ""),  # more spread, median where it was
        ([95, 100, 105], [103, 108, 113], "moved"),  # 8 against a standard deviation of 5
        ([95, 100, 105], [98, 103, 108], ""),  # 3 against 5
        ([95, 100, 105], [110, 108, 104], ""),  # not all the same way
        ([100, 100, 100], [100.5, 100.5, 100.5], ""),  # no spread, but only half a percent
        ([100, 100, 100], [102, 102, 102], "moved"),
        ([95, 100, 105], [None, None, None], "outside"),  # it gives no figure any more
        ([60, 70, 75], [60, 70, 75], ""),
        ([60, 70, 75], [50, 55, 60], "moved"),  # outside before, and further now
    ],
)
def test_what_counts_as_noticed(program, before, after, how):
    assert program._difference(*compared(before, after)) == how


@pytest.mark.parametrize(
    ("path", "noticed"),
    [
        ("width_over_length", True),
        pytest.param("threshold", True, marks=pytest.mark.slow),
        ("leakage", False),
    ],
)
def test_a_wrong_transistor_is_noticed_and_another_leakage_is_not(program, path, noticed, tmp_path):
    (parameter,) = [one for one in program._parameters("nmos") if one.path == path]
    rows = [row for row in program._rows() if row.number.id == "on-resistance"]
    base = {(run, seed): play(run, seed, tmp_path) for run in rows[0].runs for seed in range(3)}
    found = program._judge(rows, base, range(3), tmp_path, parameter)
    assert bool(found.noticed) is noticed


def test_a_spread_over_devices_is_noticed_by_groups_of_them(program, monkeypatch):
    """Figures of devices stand in for runs: a spread a third larger is noticed, a shift is not."""
    row = next(row for row in program._rows() if row.number.id == "lrs-devices")
    (run,) = row.runs
    assert row.devices == 20 and list(row.seeds(1)) == list(range(20, 40))
    rng = np.random.default_rng(3)
    drawn = rng.standard_normal(400)

    def device(spread):
        return lambda seed: {(row.number.merit, ""): Figure(1000.0 + spread * float(drawn[seed]))}

    base = {(run, seed): device(70.0)(seed) for seed in range(400)}
    options = {row.number.device: "x"}
    for spread, noticed in ((91.0, "moved"), (72.0, ""), (250.0, "outside")):
        asked, changed = [], device(spread)

        def play(run, seed, folder, of=changed, asked=asked):
            asked.append(seed)
            return of(seed)

        monkeypatch.setattr(program, "play", play)
        assert program._how(row, options, base, {}, range(10), None) == noticed
        assert len(asked) == (200 if noticed else 60)
    monkeypatch.setattr(program, "play", lambda changed, seed, folder: base[run, seed])
    assert program._how(row, options, base, {}, range(10), None) == ""
