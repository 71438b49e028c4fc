"""The drawing chooses prefixes: what stands beside an axis times its unit is what a line holds."""

import re
from math import nan

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.legend import Legend

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


def legends(axes):
    found = [child for child in axes.get_children() if isinstance(child, Legend)]
    return [text.get_text() for one in found for text in one.get_texts()]


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
