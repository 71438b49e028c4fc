"""The map of a sample: every cell where it is, coloured by what its runs came to."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from campaigns import laboratory
from matplotlib.collections import PatchCollection
from matplotlib.colors import LogNorm

from mho.campaign import CampaignFile, Standing, State, Work, read_campaign
from mho.campaign.conduct import cells_of
from mho.campaign.map import sample_map, step_with
from mho.cli import main
from mho.dose import Dose
from mho.drawing.canvas import canvas_of
from mho.drawing.look import COLUMNS, Look
from mho.drawing.style import rc_of
from mho.errors import SettingsError
from mho.figure import Figure
from mho.ledger import Entry
from mho.result import Result

VALUES = {"r0c0": 3.0, "r0c1": 40.0, "r1c0": 900.0, "r1c2": 5.0}
"""Of six cells; r1c1 failed, r0c2 is not finished."""


def entry(cell: str, step: str, *results: Result) -> Entry:
    words = dict.fromkeys(
        ("protocol", "recipe", "bench", "device", "profile", "started", "stopped", "reason"), ""
    )
    return Entry(
        run=f"{cell}_{step}",
        cell=cell,
        folder=Path(cell),
        status="success",
        rows=1,
        conductance=None,
        dose=Dose(),
        results=results,
        **words,
    )


def result(value: float | str | None, name: str = "on_off_ratio", part: str = "") -> Result:
    word = isinstance(value, str)
    return Result(
        name=name,
        value=value,
        unit="" if word else "1",
        method="m",
        source="s",
        part=part,
        undetermined="" if value is not None else "too few",
    )


def standing(cell: str, made: Result | None, step: str = "look") -> Standing:
    work = Work(cell, step, 1)
    if made is None:
        return Standing(work, State.FAILED, entry(cell, step))
    return Standing(work, State.DONE, entry(cell, step, made))


def measured(tmp_path: Path, values: dict[str, float | str | None]) -> tuple[CampaignFile, Figure]:
    file = read_campaign(laboratory(tmp_path, "2 x 3"))
    found = [standing(cell, result(value)) for cell, value in values.items()]
    found += [standing("r1c1", None), Standing(Work("r0c2", "look", 1), State.TO_DO)]
    return file, sample_map(file, cells_of(file), found, "on_off_ratio", "look")


def test_every_cell_stands_at_its_address(tmp_path: Path) -> None:
    _, figure = measured(tmp_path, VALUES)
    tiles = {(one.row, one.column): one.value for one in figure.panels[0].tiles}
    assert tiles == {(0, 0): 3.0, (0, 1): 40.0, (0, 2): None,
                     (1, 0): 900.0, (1, 1): None, (1, 2): 5.0}  # fmt: skip
    assert "yield 4 of 5 cells, 80 % (37.6 % to 96.4 %); 1 cells are not finished" in figure.title


def test_the_distribution_counts_the_cells_at_or_below(tmp_path: Path) -> None:
    _, figure = measured(tmp_path, VALUES)
    steps, points = figure.panels[1].lines
    assert list(points.x) == [3.0, 5.0, 40.0, 900.0]
    assert list(points.y) == [0.25, 0.5, 0.75, 1.0]
    assert (steps.x[0], steps.y[0]) == (3.0, 0.0)
    assert figure.panels[1].x.scale == "log"


def test_values_within_a_decade_stand_on_a_linear_axis(tmp_path: Path) -> None:
    _, figure = measured(tmp_path, {"r0c0": 3.0, "r0c1": 4.0})
    assert figure.panels[1].x.scale == "linear"
    assert "yield 2 of 3 cells" not in figure.title  # the other two are not among what was found


def test_a_result_that_is_undetermined_is_none(tmp_path: Path) -> None:
    _, figure = measured(tmp_path, {**VALUES, "r1c2": None})
    assert sum(one.value is None for one in figure.panels[0].tiles) == 3
    assert "yield 3 of 5 cells" in figure.title


def test_words_have_a_colour_and_a_share_each_and_no_distribution(tmp_path: Path) -> None:
    words: dict[str, float | str | None] = dict.fromkeys(VALUES, "formed")
    _, figure = measured(tmp_path, {**words, "r1c2": "stuck"})
    assert len(figure.panels) == 1
    assert "formed 3 of 5 cells, 60 %" in figure.title
    assert "stuck 1 of 5 cells, 20 %" in figure.title
    with mpl.rc_context(rc_of(Look())):
        (axes,) = canvas_of(figure, width=COLUMNS["double"]).axes
    labels = [one.get_label() for one in axes.patches if one.get_label()]
    assert labels == ["formed (3)", "stuck (1)", "no result (2)"]
    hatched = [one for one in axes.patches if one.get_hatch()]
    assert [(one.get_x(), one.get_y()) for one in hatched] == [(1.53, -0.47), (0.53, 0.53)]


def test_numbers_are_coloured_on_the_scale_that_is_drawn(tmp_path: Path) -> None:
    _, figure = measured(tmp_path, VALUES)
    with mpl.rc_context(rc_of(Look())):
        axes = canvas_of(figure, width=COLUMNS["double"]).axes
    (drawn,) = (one for one in axes[0].collections if isinstance(one, PatchCollection))
    assert isinstance(drawn.norm, LogNorm)
    assert (drawn.norm.vmin, drawn.norm.vmax) == (3.0, 900.0)
    assert np.asarray(drawn.get_array()).tolist() == [3.0, 40.0, 900.0, 5.0]
    assert axes[0].yaxis_inverted()


FOUND = [
    standing("r0c0", result("formed", "outcome"), "form"),
    standing("r0c0", result(1.0, "window"), "look"),
    standing("r0c0", result(2.0, "outcome"), "tune"),
    standing("r0c1", result(2.0, "pulses", "target 1"), "tune"),
]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("outcome", "", ""), "is one of the steps form, tune; say which with --step"),
        (("pulses", "", ""), "say of which with --part: target 1"),
        (("windw", "", ""), 'Did you mean "window"'),
        (("window", "", "lok"), 'unknown step "lok"'),
        (("window", "", "form"), 'unknown result "window"'),
    ],
)
def test_a_result_that_is_not_plain(tmp_path: Path, asked: tuple[str, str, str], said: str) -> None:
    file = read_campaign(laboratory(tmp_path))
    with pytest.raises(SettingsError) as caught:
        step_with(file, FOUND, *asked)
    assert said in str(caught.value)


def test_the_step_is_found_by_its_result(tmp_path: Path) -> None:
    file = read_campaign(laboratory(tmp_path))
    assert step_with(file, FOUND, "window", "", "") == "look"
    assert step_with(file, FOUND, "pulses", "target 1", "") == "tune"
    assert step_with(file, FOUND, "outcome", "", "tune") == "tune"


def test_the_command_writes_the_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = laboratory(tmp_path, "1 x 2")
    assert main(["campaign", "plot", str(path), "--result", "forming_voltage"]) == 2
    assert "no run of it has come to results yet" in capsys.readouterr().err
    assert main(["campaign", "run", str(path), "--out", str(tmp_path / "runs")]) == 0
    capsys.readouterr()
    assert main(["campaign", "plot", str(path), "--result", "forming_voltage"]) == 0
    out = Path(capsys.readouterr().out.strip())
    assert out == tmp_path / "night_form_forming_voltage.png"
    assert out.read_bytes().startswith(b"\x89PNG")
    assert main(["campaign", "plot", str(path), "--result", "x", "--out", "x.docx"]) == 2
