"""Widths, style files and formats of a figure; what cannot be used is said."""

import struct

import pytest

from mho.drawing import Look, draw
from mho.drawing.canvas import canvas_of
from mho.drawing.look import width_of
from mho.errors import RecordingError, SettingsError
from mho.figure import Axis, Figure, Line, Panel, Tile
from mho.quantities import VOLT

FIGURE = Figure(
    title="a title",
    panels=(Panel(x=Axis("n"), y=Axis("voltage", VOLT), lines=(Line(x=[0, 1], y=[0, 1]),)),),
)


@pytest.mark.parametrize(
    ("text", "millimetres"), [("single", 89), ("double", 183), ("85 mm", 85), ("0.12 m", 120)]
)
def test_a_width_is_a_word_or_a_length(text, millimetres):
    assert width_of(text) == pytest.approx(millimetres * 1e-3)


@pytest.mark.parametrize("text", ["85", "wide", "85 V", "", "59 mm", "1 m", "-85 mm", "nan mm"])
def test_another_width_is_refused_with_what_there_is(text):
    with pytest.raises(SettingsError, match=r"single.*double|double"):
        width_of(text)


@pytest.mark.parametrize("width", [0.089, 0.183, 0.085])
def test_a_png_is_as_wide_as_it_was_asked_for(tmp_path, width):
    draw(FIGURE, tmp_path / "a.png", look=Look(width=width))
    pixels, _ = struct.unpack(">II", (tmp_path / "a.png").read_bytes()[16:24])
    assert pixels == pytest.approx(width / 0.0254 * 200, abs=1)


@pytest.mark.parametrize("ending", ["png", "pdf", "svg"])
def test_the_same_run_gives_the_same_file(tmp_path, ending):
    for name in ("a", "b"):
        draw(FIGURE, tmp_path / f"{name}.{ending}", note="run 1")
    assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()


def test_text_of_an_svg_is_text_and_the_small_print_is_there(tmp_path):
    draw(FIGURE, tmp_path / "a.svg", note="run 20260101T120000_ispp_k3fq7a2d · rehearsal, seed 7")
    text = (tmp_path / "a.svg").read_text("utf-8")
    for words in ("a title", "voltage (V)", "run 20260101T120000_ispp_k3fq7a2d", "seed 7"):
        assert words in text


def test_a_style_file_is_laid_over_that_of_the_house(tmp_path):
    style = tmp_path / "talk.mplstyle"
    style.write_text(
        "# for a talk\nfont.size: 15\nsavefig.dpi: 50\naxes.prop_cycle: cycler(color=['red'])\n"
    )
    draw(FIGURE, tmp_path / "a.svg", look=Look(style=style))
    text = (tmp_path / "a.svg").read_text("utf-8")
    assert "#ff0000" in text and "15px" in text
    draw(FIGURE, tmp_path / "a.png", look=Look(style=style))
    pixels, _ = struct.unpack(">II", (tmp_path / "a.png").read_bytes()[16:24])
    assert pixels == pytest.approx(183 / 25.4 * 50, abs=1)


BAD_STYLES = {
    "empty": (b"", "is empty"),
    "comments": (b"# nothing\n", "sets nothing"),
    "unknown": (b"font.sise: 8\n", "font.sise"),
    "value": (b"font.size: big\n", "big"),
    "colon": (b"font.size 8\n", "font.size 8"),
    "picture": (b"\x89PNG\r\n\x1a\n\xff\xfe", "no text"),
}


@pytest.mark.parametrize("name", BAD_STYLES)
def test_a_bad_style_file_is_refused_with_its_line(tmp_path, name, caplog):
    content, said = BAD_STYLES[name]
    style = tmp_path / "bad.mplstyle"
    style.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        draw(FIGURE, tmp_path / "a.png", look=Look(style=style))
    assert said in str(caught.value) and str(style) in str(caught.value)
    assert not (tmp_path / "a.png").exists()
    assert not caplog.records  # it is in the error, and nowhere else


def test_all_bad_lines_are_told_at_once(tmp_path):
    style = tmp_path / "bad.mplstyle"
    style.write_text("font.sise: 8\nfont.size: big\nlines.linewidth: 1\n", "utf-8")
    with pytest.raises(SettingsError) as caught:
        draw(FIGURE, tmp_path / "a.png", look=Look(style=style))
    assert len(caught.value.problems) == 2


def test_a_style_that_is_not_there_or_a_folder_is_refused(tmp_path):
    for style, said in ((tmp_path / "none", "no such file"), (tmp_path, "cannot be read")):
        with pytest.raises(SettingsError, match=said):
            draw(FIGURE, tmp_path / "a.png", look=Look(style=style))


def test_a_style_that_nothing_can_be_drawn_in_is_blamed(tmp_path):
    style = tmp_path / "odd.mplstyle"
    style.write_text("image.cmap: no-such-map\n", "utf-8")
    lines = tuple(Line(x=[0, 1], y=[0, 1], series=n) for n in range(2))
    panel = Panel(x=Axis("n"), y=Axis("voltage", VOLT), lines=lines, ordered=True)
    with pytest.raises(SettingsError, match=r"odd\.mplstyle"):
        draw(Figure(title="", panels=(panel,)), tmp_path / "a.png", look=Look(style=style))


def test_a_place_that_cannot_be_written_is_no_matter_of_style(tmp_path):
    with pytest.raises(RecordingError, match="cannot be written"):
        draw(FIGURE, tmp_path / "no" / "a.png")


def test_the_label_of_a_square_map_stands_beside_it():
    line = Panel(x=Axis("n"), y=Axis("voltage", VOLT), lines=(Line(x=[0, 1], y=[0, 1]),))
    tiles = tuple(Tile(row=n // 2, column=n % 2, value=float(n), name="x") for n in range(4))
    square = Panel(x=Axis("column"), y=Axis("row"), tiles=tiles, coloured=Axis("of it"))
    canvas = canvas_of(Figure(title="a title", panels=(square, line)), width=0.183)
    canvas.draw_without_rendering()
    for axes in (canvas.axes[0], canvas.axes[-1]):  # not that of the colours
        label, box = axes.yaxis.label.get_window_extent(), axes.get_window_extent()
        assert 0 < box.x0 - label.x1 < 40, axes.get_ylabel()
