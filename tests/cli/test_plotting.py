"""``mho plot``: formats, widths, styles, and the small print that says what one looks at."""

import json
import shutil
from pathlib import Path

import pytest

from mho.cli import main

FORMING = ("forming", "--bench", "ideal", "--device", "cu-te-pristine", "--recipe")


@pytest.fixture(scope="module")
def forming(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs")
    options = ("--seed", "7", "--set", "reads=20", "--out", str(out))
    assert main(["run", *FORMING, "stepped-pulses", *options]) == 0
    return next(out.iterdir())


@pytest.fixture
def folder(forming, tmp_path):
    return shutil.copytree(forming, tmp_path / forming.name)


def plot(capsys, folder, *options):
    code = main(["plot", str(folder), *map(str, options)])
    out, err = capsys.readouterr()
    return code, out, err


BEGINNINGS = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}


@pytest.mark.parametrize("kind", BEGINNINGS)
def test_a_format_names_the_file_in_the_run_folder(capsys, folder, kind):
    (folder / "forming.png").unlink()
    code, out, _ = plot(capsys, folder, "--format", kind, "--width", "single")
    assert (code, Path(out.strip())) == (0, folder / f"forming.{kind}")
    assert (folder / f"forming.{kind}").read_bytes().startswith(BEGINNINGS[kind])
    made = {path.suffix for path in folder.iterdir() if path.stem == "forming"}
    assert made == {f".{kind}"}


def test_the_small_print_says_run_device_bench_recipe_and_seed(capsys, folder):
    code, out, _ = plot(capsys, folder, "--format", "svg")
    text = Path(out.strip()).read_text("utf-8")
    start = json.loads((folder / "start.json").read_text("utf-8"))
    assert code == 0
    for words in (
        start["run_id"],
        start["device"],
        start["bench"],
        "recipe stepped-pulses with 1 value changed",
        "rehearsal, seed 7",
        start["versions"]["mho"],
    ):
        assert words in text
    assert "broken off" not in text


def test_a_measurement_has_no_seed_and_a_run_that_broke_off_says_so(capsys, folder):
    for name, change in (
        ("start.json", {"time_source": "host clock"}),
        ("stop.json", {"exit_status": "abort", "reason": "interrupted (Ctrl-C)"}),
    ):
        document = json.loads((folder / name).read_text("utf-8"))
        (folder / name).write_text(json.dumps(document | change), "utf-8")
    code, out, _ = plot(capsys, folder, "--format", "svg")
    text = Path(out.strip()).read_text("utf-8")
    rows = len((folder / "rows.csv").read_text("utf-8").splitlines()) - 1
    assert code == 0 and "seed" not in text and "· measured" in text
    assert f"broken off after {rows} rows" in text
    (folder / "stop.json").unlink()
    _, out, _ = plot(capsys, folder, "--format", "svg")
    assert f"{rows} rows so far; its end is not written" in Path(out.strip()).read_text("utf-8")


@pytest.mark.parametrize("rows", [1, 3])
def test_a_run_that_broke_off_after_a_few_rows_is_drawn(capsys, folder, rows):
    path = folder / "rows.csv"
    path.write_text("\n".join(path.read_text("utf-8").splitlines()[: rows + 1]) + "\n", "utf-8")
    for name in ("stop.json", "run.h5"):
        (folder / name).unlink()
    code, out, _ = plot(capsys, folder)
    assert code == 0 and Path(out.strip()).stat().st_size > 5_000


def test_a_run_without_a_row_has_no_figure_and_that_is_said(capsys, folder):
    path = folder / "rows.csv"
    path.write_text(path.read_text("utf-8").splitlines()[0] + "\n", "utf-8")
    for name in ("stop.json", "run.h5"):
        (folder / name).unlink()
    code, out, err = plot(capsys, folder)
    assert (code, out) == (2, "") and "no rows to draw" in err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--out", "a.pdf", "--format", "png"), "leave one of them out"),
        (("--width", "wide"), "single, double"),
        (("--width", "3 mm"), "wide"),
        (("--style", "missing.mplstyle"), "no such file"),
        (("--format", "gif"), "'png', 'pdf', 'svg'"),
    ],
)
def test_what_cannot_be_drawn_so_is_refused_in_a_sentence(capsys, folder, options, said):
    before = sorted(folder.iterdir())
    code, out, err = plot(capsys, folder, *options)
    assert (code, out) == (2, "")
    assert said in " ".join(err.split()) and "Traceback" not in err
    assert sorted(folder.iterdir()) == before


def test_a_style_file_changes_the_letters(capsys, folder, tmp_path):
    style = tmp_path / "large.mplstyle"
    style.write_text("font.size: 17\n", "utf-8")
    code, out, _ = plot(capsys, folder, "--format", "svg", "--style", style)
    assert code == 0 and "17px" in Path(out.strip()).read_text("utf-8")
