"""``mho plot RUN RUN...``: a colour a run, what belongs to none of them once, or distributions."""

from pathlib import Path

import pytest

from mho.cli import main
from mho.cli.several_runs import laid_over, spread
from mho.figure import Axis, Band, Figure, Line, Panel
from mho.job import read_job
from mho.recorded_results import results_of
from mho.recording import read_run
from mho.result import numbers
from mho.run import execute


def figure(number: int, limit: float = 5.0) -> Figure:
    panel = Panel(
        x=Axis("voltage"),
        y=Axis("current"),
        lines=(
            Line(x=[0, 1], y=[0, number], series=0, label="cycle 1"),
            Line(x=[0, 1], y=[1, number], series=1, label="cycle 2"),
            Line(x=[0, 1], y=[limit, limit], series=None, label="limit"),
        ),
        bands=(Band(x=[0, 1], low=[0, 0], high=[1, 1], series=0, label="spread"),),
        notes=("no fit",),
    )
    return Figure(title=f"Sweep: run {number}", panels=(panel,))


def test_a_colour_and_a_name_for_each_run_and_the_limit_once() -> None:
    (panel,) = laid_over([figure(1), figure(2)], ["left", "right"]).panels
    assert [(one.series, one.label) for one in panel.lines] == [
        (0, "left"), (0, ""), (None, "limit"), (1, "right"), (1, ""),
    ]  # fmt: skip
    assert [band.series for band in panel.bands] == [0, 1]
    assert panel.notes == ()
    (panel,) = laid_over([figure(1), figure(2, limit=6.0)], ["left", "right"]).panels
    assert sum(one.series is None for one in panel.lines) == 2


def test_a_title_says_only_what_is_true_of_all() -> None:
    assert laid_over([figure(1), figure(2)], ["a", "b"]).title == "Sweep: 2 runs"
    assert laid_over([figure(1), figure(1)], ["a", "b"]).title == "Sweep: run 1: 2 runs"


def test_many_runs_have_colours_in_an_order() -> None:
    few = laid_over([figure(n) for n in range(5)], list("abcde"))
    many = laid_over([figure(n) for n in range(6)], list("abcdef"))
    assert (few.panels[0].ordered, many.panels[0].ordered) == (False, True)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    out = tmp_path_factory.mktemp("runs")
    jobs = [
        read_job("iv", "ideal", "cu-te", "double-sweep", options=["step='100 mV'"], seed=seed)
        for seed in range(9)
    ]
    jobs.append(read_job("ispp", "ideal", "cu-te-1t1r", "one-target"))
    return [execute(job, out).folder for job in jobs]


def test_each_result_is_distributed_over_the_runs(runs: list[Path]) -> None:
    recorded = [read_run(run) for run in runs[:9]]
    panels = {panel.x.quantity: panel for panel in spread(recorded).panels}
    windows = sorted(numbers(results_of(run).results)["read_window"] for run in recorded)
    line = panels["read window"].lines[1]
    assert list(line.x) == windows
    assert list(line.y) == pytest.approx([(n + 1) / 9 for n in range(9)])
    assert panels["read window"].y.quantity == "runs at or below"


def test_the_command(
    runs: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)

    def plot(*words: object) -> tuple[int, str, str]:
        code = main(["plot", *map(str, words)])
        return code, *capsys.readouterr()

    assert plot(*runs[:3])[:2] == (0, "iv_3_runs.png\n")
    assert plot(*runs[:9])[:2] == (0, "iv_9_runs.png\n")
    code, _, err = plot(*runs[:9], "--out", "x.svg")
    assert "runs at or below" in Path("x.svg").read_text("utf-8")
    assert plot(*runs[:2], "--out", "y.svg")[0] == 0
    text = Path("y.svg").read_text("utf-8")
    assert runs[0].name in text
    assert "runs at or below" not in text
    code, _, err = plot(runs[0], runs[9])
    assert code == 2
    assert "are of ispp, iv; take runs of one protocol" in err
    code, _, err = plot(runs[0], tmp_path)
    assert code == 2
