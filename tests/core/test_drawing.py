"""The drawing chooses prefixes: what stands beside an axis times its unit is what a line holds."""

import re
from math import nan

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.legend import Legend
from matplotlib.transforms import Bbox

from mho.drawing.canvas import canvas_of
from mho.drawing.look import COLUMNS, Look
from mho.drawing.style import rc_of
from mho.figure import Axis, Band, Figure, Line, Panel
from mho.quantities import AMPERE, FRACTION, OHM, SECOND, SIEMENS, UNITS, VOLT


def canvas(figure, *, note="", width=COLUMNS["double"]):
    with mpl.rc_context(rc_of(Look())):
        return canvas_of(figure, note=note, width=width)


def drawn(x, y, *, x_axis, y_axis, bands=()):
    line = Line(x=x, y=y)
    panel = Panel(x=x_axis, y=y_axis, lines=(line,), bands=bands)
    (axes,) = canvas(Figure(title="", panels=(panel,))).axes
    return axes


def legends_of(axes):
    return [child for child in axes.get_children() if isinstance(child, Legend)]


def legends(axes):
    return [text.get_text() for one in legends_of(axes) for text in one.get_texts()]


def unit_of(label):
    return re.search(r"\(([^()]*)\)$", label).group(1)


@pytest.mark.parametrize(
    ("unit", "largest", "label", "shown"),
    [
        (SIEMENS, 200e-6, "µS", 200),
        (SIEMENS, 2.5e-3, "mS", 2.5),
        (AMPERE, 3e-9, "nA", 3),
        (VOLT, 0.05, "mV", 50),
        (VOLT, 2.0, "V", 2),
        (OHM, 40e3, "kΩ", 40),
        (SECOND, 10e-3, "ms", 10),
        (SECOND, 14_900, "s", 14_900),
        (FRACTION, 0.03, "%", 3),
        (FRACTION, -0.5, "%", -50),
    ],
)
def test_the_largest_value_has_one_to_three_digits(unit, largest, label, shown):
    axes = drawn([0.0, 1.0], [0.0, largest], x_axis=Axis("n"), y_axis=Axis("quantity", unit))
    assert axes.get_ylabel() == f"quantity ({label})"
    assert axes.lines[0].get_ydata()[1] == pytest.approx(shown)
    assert axes.get_xlabel() == "n"


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(UNITS),
    st.sampled_from(["linear", "log"]),
    st.lists(st.floats(1e-14, 1e8), min_size=1, max_size=4),
)
def test_what_is_drawn_times_its_unit_is_what_the_line_holds(unit, scale, values):
    axes = drawn(values, values, x_axis=Axis("x", unit, scale), y_axis=Axis("y", unit, scale))
    written = unit_of(axes.get_ylabel()).replace("µ", "u").replace("Ω", "ohm")
    assert unit_of(axes.get_xlabel()) == unit_of(axes.get_ylabel())
    for found in (axes.lines[0].get_xdata(), axes.lines[0].get_ydata()):
        assert [unit.parse(f"{value!r} {written}") for value in found.tolist()] == pytest.approx(
            values
        )


def test_a_band_stands_on_the_axes_of_its_lines():
    band = Band(x=(1e-3, 2e-3), low=(48e-6, 49e-6), high=(52e-6, 51e-6))
    axes = drawn(
        [1e-3, 2e-3],
        [40e-6, 60e-6],
        x_axis=Axis("time", SECOND),
        y_axis=Axis("conductance", SIEMENS),
        bands=(band,),
    )
    corners = axes.collections[0].get_paths()[0].vertices
    assert corners.min(axis=0) == pytest.approx([1, 48])
    assert corners.max(axis=0) == pytest.approx([2, 52])


def test_many_decades_are_drawn_in_the_bare_unit_and_few_with_plain_numbers():
    log = Axis("current", AMPERE, "log")
    assert drawn([0, 1], [1e-11, 1e-3], x_axis=Axis("n"), y_axis=log).get_ylabel() == "current (A)"
    axes = drawn([0, 1], [2e-7, 7e-3], x_axis=Axis("n"), y_axis=log)
    assert axes.get_ylabel() == "current (mA)"
    axes = drawn([0, 1], [2e-6, 90e-6], x_axis=Axis("n"), y_axis=log)
    assert axes.get_ylabel() == "current (µA)"
    axes.figure.canvas.draw()
    labels = {text.get_text() for text in axes.get_yticklabels()}
    assert {"5", "10", "20", "50"} <= labels


def test_a_line_of_nothing_finite_has_axes_all_the_same():
    axes = drawn([nan], [nan], x_axis=Axis("t", SECOND, "log"), y_axis=Axis("G", SIEMENS, "log"))
    assert axes.get_ylabel() == "G (S)" and not axes.lines
    said = [text.get_text() for text in axes.texts]
    assert said == ["nothing was measured that could stand here"]


@pytest.mark.parametrize(("y", "named"), [(1.0, ["one"]), (nan, [])])
def test_a_legend_of_nothing_is_left_out(y, named):
    line = Line(x=[0.0], y=[y], label="one", style="points")
    panel = Panel(x=Axis("n"), y=Axis("U", VOLT), lines=(line,), legend="what")
    (axes,) = canvas(Figure(title="", panels=(panel,))).axes
    assert legends(axes) == named
    assert ("what" in [text.get_text() for text in axes.texts]) is bool(named)


def test_panels_that_share_their_x_axis_share_its_prefix_and_name_it_once():
    time, volts = Axis("time", SECOND), Axis("voltage", VOLT)

    def panels(shared_x):
        lines = [(Line(x=[0.0, end], y=[0.0, 1.0]),) for end in (2e-3, 5e-6)]
        return tuple(Panel(x=time, y=volts, lines=one, shared_x=shared_x) for one in lines)

    upper, lower = canvas(Figure(title="", panels=panels(shared_x=True))).axes
    assert upper.get_xlabel() == "" and lower.get_xlabel() == "time (ms)"
    assert np.max(lower.lines[0].get_xdata()) == pytest.approx(5e-3)
    apart = canvas(Figure(title="", panels=panels(shared_x=False))).axes
    assert [axes.get_xlabel() for axes in apart] == ["time (ms)", "time (µs)"]


def test_words_keep_their_letters_and_units_get_theirs():
    panel = Panel(x=Axis("n"), y=Axis("G at 50 uA", SIEMENS), lines=(Line(x=[0], y=[1e-6]),))
    shown = canvas(Figure(title="abs(I) at -5 us of 3 kohm under cu-te-3", panels=(panel,)))
    assert shown.get_suptitle() == "|I| at −5 µs of 3 kΩ under cu-te-3"
    assert shown.axes[0].get_ylabel() == "G at 50 µA (µS)"


def test_what_a_logarithmic_axis_cannot_show_interrupts_the_line():
    axes = drawn(
        [-1.0, 0.0, 1.0, 2.0],
        [1e-3, 2e-3, -3e-3, 4e-3],
        x_axis=Axis("n"),
        y_axis=Axis("current", AMPERE, "log"),
    )
    assert axes.lines[0].get_ydata() == pytest.approx([1, 2, nan, 4], nan_ok=True)
    below = drawn([1.0], [-1e-3], x_axis=Axis("n"), y_axis=Axis("current", AMPERE, "log"))
    assert not below.lines


def labels_along(axes, which):
    axes.figure.canvas.draw()
    ticks = getattr(axes, f"get_{which}ticklabels")()
    return [text.get_text() for text in ticks]


@pytest.mark.parametrize("scale", [1, 1e-3])
@pytest.mark.parametrize("decades", [1, 2, 3, 4, 6, 9, 12, 15, 21])
def test_every_decade_of_a_logarithmic_axis_has_its_tick(decades, scale):
    high = 1e-2 * scale
    values = [high / 10**decades, high]
    axes = drawn([0, 1], values, x_axis=Axis("n"), y_axis=Axis("current", AMPERE, "log"))
    low, high = axes.get_ylim()
    ticks = set(np.round(np.log10([*axes.get_yticks(), *axes.get_yticks(minor=True)]), 6))
    inside = range(int(np.ceil(np.log10(low))), int(np.floor(np.log10(high))) + 1)
    assert len(inside) >= decades and {float(n) for n in inside} <= ticks
    labelled = [label for label in labels_along(axes, "y") if label]
    assert 2 <= len(labelled) <= 12
    if 3 < len(inside) <= 7:
        assert len(labelled) == len(inside)


@pytest.mark.parametrize("scale", ["linear", "log"])
@given(value=st.floats(1e-12, 1e6), error=st.sampled_from([0.0, 1e-3, 0.5]))
@settings(max_examples=30, deadline=None)
def test_a_single_point_has_a_range_on_any_scale(scale, value, error):
    ends = ([value * (1 - error)], [value * (1 + error)]) if error else ((), ())
    line = Line(x=[value], y=[value], style="points", low=ends[0], high=ends[1])
    axis = Axis("x", VOLT, scale)
    (axes,) = canvas(Figure(title="", panels=(Panel(x=axis, y=axis, lines=(line,)),))).axes
    for (low, high), (drawn_at,) in (
        (axes.get_xlim(), axes.lines[0].get_xdata()),
        (axes.get_ylim(), axes.lines[0].get_ydata()),
    ):
        assert low < drawn_at < high


@pytest.mark.parametrize("ratio", [1.02, 1.3, 2.0, 4.0, 9.0])
def test_less_than_a_decade_has_labels_all_the_same(ratio):
    log = Axis("conductance", SIEMENS, "log")
    axes = drawn([0, 1], [37e-6, 37e-6 * ratio], x_axis=Axis("n"), y_axis=log)
    assert len([label for label in labels_along(axes, "y") if label]) >= 2


def test_error_bars_end_where_the_interval_ends_and_open_ends_are_left_out():
    inf = float("inf")
    line = Line(
        x=[1.0, 2.0, 3.0],
        y=[4e-6, 5e-6, 6e-6],
        low=[3e-6, -inf, -inf],
        high=[6e-6, 7e-6, inf],
        style="points",
    )
    panel = Panel(x=Axis("n"), y=Axis("conductance", SIEMENS), lines=(line,))
    (axes,) = canvas(Figure(title="", panels=(panel,))).axes
    (bars,) = axes.collections
    ends = [segment[:, 1].tolist() for segment in bars.get_segments()]
    assert ends == [pytest.approx([3, 6]), pytest.approx([5, 7])]


def test_a_line_of_no_series_is_black_and_those_in_an_order_differ():
    lines = tuple(Line(x=[0, 1], y=[n, n], series=n if n < 5 else None) for n in range(6))
    for order in (True, False):
        panel = Panel(x=Axis("n"), y=Axis("U", VOLT), lines=lines, ordered=order)
        (axes,) = canvas(Figure(title="", panels=(panel,))).axes
        colours = [mpl.colors.to_hex(line.get_color()) for line in axes.lines]
        assert len(set(colours[:6])) == 6 and colours[5] == "#000000"


LONG = "a run that was broken off long ago and named at length by somebody with time"


@pytest.mark.parametrize("width", [COLUMNS["single"], 0.06, COLUMNS["double"], 0.3])
@pytest.mark.parametrize(
    ("count", "said"),
    [pytest.param(1, LONG, marks=pytest.mark.slow), (9, LONG),
     pytest.param(9, "", marks=pytest.mark.slow)],
)  # fmt: skip
def test_nothing_stands_outside_the_figure_whatever_its_width(width, count, said):
    lines = tuple(
        Line(x=[0.1, 1.0], y=[n + 1e-9, n + 1e-3], series=n, label=f"{n}: {LONG[: 3 * n + 4]}")
        for n in range(count)
    )
    panels = tuple(
        Panel(
            x=Axis("x", SECOND),
            y=Axis("y", VOLT, "log"),
            lines=lines,
            legend="title of the legend" if said else "",
            notes=(said,) if said else (),
            beside=beside,
        )
        for beside in (False, True, False)
    )
    shown = canvas(Figure(title=LONG, panels=panels), note=" · ".join([LONG] * 3), width=width)
    assert shown.get_figwidth() * 25.4 == pytest.approx(width * 1e3)
    shown.canvas.draw()
    boxes = [
        Bbox.union([axes.get_tightbbox(), *(one.get_window_extent() for one in legends_of(axes))])
        for axes in shown.axes
    ]
    boxes += [text.get_window_extent() for text in (shown._suptitle, shown._supxlabel)]
    for box in boxes:
        assert box.x0 >= -1 and box.y0 >= -1
        assert box.x1 <= shown.bbox.width + 1 and box.y1 <= shown.bbox.height + 1
    for n, one in enumerate(boxes):
        for other in boxes[n + 1 :]:
            assert min(one.x1, other.x1) - max(one.x0, other.x0) < 2 or (
                min(one.y1, other.y1) - max(one.y0, other.y0) < 2
            ), "two of them overlap"
    smallest = min(
        text.get_fontsize() for axes in shown.axes for text in axes.findobj(mpl.text.Text)
    )
    assert smallest >= 6
    left = [axes.get_position().x0 for axes in shown.axes]
    assert bool(left[1] > 0.5) is (width > 0.11)


def test_a_legend_is_read_line_by_line():
    lines = tuple(Line(x=[0, 1], y=[n, n], series=n, label=f"{n} uS") for n in range(9))
    panel = Panel(x=Axis("n"), y=Axis("U", VOLT), lines=lines, ordered=True)
    (axes,) = canvas(Figure(title="", panels=(panel,)), width=COLUMNS["single"]).axes
    found = legends_of(axes)
    assert len(found) > 1
    axes.figure.canvas.draw()
    found.sort(key=lambda one: -one.get_window_extent().y0)
    named = [text.get_text() for one in found for text in one.get_texts()]
    assert named == [f"{n} µS" for n in range(9)]
