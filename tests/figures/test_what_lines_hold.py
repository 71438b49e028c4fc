"""What the lines of each figure hold, against the rows they were drawn from: SI values."""

from functools import lru_cache

import numpy as np
import pandas as pd
import pytest

from mho import plugins
from mho.figure import Figure, Line
from mho.quantities import AMPERE, FRACTION, OHM, SECOND, SIEMENS, VOLT
from mho.testing.protocol_runs import frame, run_shipped


@lru_cache(maxsize=4)
def drawn(protocol: str, device: str, recipe: str, *options: str, seed: int = 0):
    resolved, rows = run_shipped(protocol, "ideal", device, recipe, options=options, seed=seed)
    table = frame(rows)
    kind = plugins.load(plugins.PROTOCOLS, protocol)
    return kind.figure(table, resolved), table, resolved


def axes(figure: Figure, panel: int):
    return figure.panels[panel].x.unit, figure.panels[panel].y.unit


def holds(line: Line, x, y) -> bool:
    return np.allclose(line.x, x, rtol=1e-9, atol=0, equal_nan=True) and np.allclose(
        line.y, y, rtol=1e-9, atol=0, equal_nan=True
    )


def one(table: pd.DataFrame, **where: object) -> pd.DataFrame:
    for column, value in where.items():
        table = table[table[column] == value]
    assert len(table)
    return table


def test_ispp_holds_conductance_amplitude_and_the_tolerance_as_a_band():
    figure, rows, recipe = drawn("ispp", "cu-te-1t1r", "nine-targets")
    assert axes(figure, 0) == (None, SIEMENS) and axes(figure, 1) == (None, VOLT)
    assert len(figure.panels[0].lines) == 10 and len(figure.panels[0].bands) == 9
    for number, target in enumerate(recipe.targets):
        tuning = one(rows, target_index=number, phase="tuning")
        assert holds(figure.panels[0].lines[number], tuning["pulse"], tuning["conductance"])
        assert holds(figure.panels[1].lines[number], tuning["pulse"], tuning["amplitude"])
        band = figure.panels[0].bands[number]
        assert [*band.low, *band.high] == pytest.approx([target * 0.97] * 2 + [target * 1.03] * 2)
        assert band.series == figure.panels[0].lines[number].series


def test_ispp_holds_the_honest_means_with_the_sd_of_their_reads_and_how_far_they_are_off():
    figure, rows, recipe = drawn("ispp", "cu-te-1t1r", "nine-targets")
    check = one(rows, phase="check")
    means = figure.panels[0].lines[-1]
    assert means.style == "open" and means.series is None
    assert means.y == check["conductance"].to_list()
    assert np.allclose(np.subtract(means.high, means.y), check["spread"])
    assert np.allclose(np.subtract(means.y, means.low), check["spread"])
    assert axes(figure, 2) == (SIEMENS, FRACTION)
    single, honest = figure.panels[2].lines[:2]
    error = check["conductance"] / check["target"] - 1
    assert holds(honest, check["target"], error)
    assert np.allclose(np.subtract(honest.high, honest.y), check["spread"] / check["target"])
    last = one(rows, phase="tuning").groupby("target_index").last()
    assert holds(single, last["target"], last["conductance"] / last["target"] - 1)
    (band,) = figure.panels[2].bands
    assert (band.low[0], band.high[0]) == (-recipe.tolerance, recipe.tolerance)
    true = int((error.abs() <= recipe.tolerance).sum())
    assert f"9 of 9 declared, {true} true" in figure.title


def test_program_holds_looks_pulses_windows_and_what_each_target_truly_is():
    figure, rows, recipe = drawn("program", "cu-te-1t1r", "nine-targets", "tolerance=3 %")
    assert axes(figure, 0) == (None, SIEMENS) and axes(figure, 1) == (None, VOLT)
    assert axes(figure, 2) == (SIEMENS, FRACTION)
    looks, pulses, errors = figure.panels
    assert len(looks.lines) == len(looks.bands) == len(pulses.lines) == 9
    for number, target in enumerate(recipe.wanted):
        tuning = one(rows, target_index=number, phase="tuning")
        order = np.arange(1, len(tuning) + 1)
        assert holds(looks.lines[number], order, tuning["conductance"])
        fired = tuning["amplitude"].notna().to_numpy()
        assert holds(pulses.lines[number], order[fired], tuning["amplitude"][fired])
        band = looks.bands[number]
        assert [*band.low, *band.high] == pytest.approx([target * 0.97] * 2 + [target * 1.03] * 2)
    check = one(rows, phase="check")
    error = (check["conductance"] / check["target"] - 1).to_numpy()
    drawn_errors = sorted(
        (x, y) for line in errors.lines for x, y in zip(line.x, line.y, strict=True)
    )
    assert np.allclose(drawn_errors, sorted(zip(check["target"], error, strict=True)))
    declared = int((check["verdict"] == "reached").sum())
    assert f"{declared} of 9 declared, {int((abs(error) <= 0.03).sum())} true" in figure.title


def test_ispp_marks_errors_beyond_its_axis_at_its_end():
    figure, rows, _ = drawn("ispp", "cu-te-1t1r", "nine-targets-1-percent", seed=1)
    check = one(rows, phase="check")
    error = check["conductance"] / check["target"] - 1
    far = error[error.abs() > 0.15]
    beyond = next(line for line in figure.panels[2].lines if line.label.startswith("beyond"))
    assert len(far) and beyond.label == "beyond 15 %"
    assert np.allclose(beyond.y, 0.15 * np.sign(far))
    assert max(abs(y) for line in figure.panels[2].lines for y in line.y) == pytest.approx(0.15)


def test_endurance_holds_the_resistance_of_each_state_and_their_window():
    figure, rows, recipe = drawn("endurance", "alpha-fe2o3", "published-275", "cycles=20")
    assert axes(figure, 0) == (None, OHM) and axes(figure, 1) == (None, None)
    lines = {line.label: line for line in figure.panels[0].lines}
    assert set(lines) == {"HRS", "LRS"}
    for state, line in lines.items():
        of_state = one(rows, state=state)
        assert holds(line, of_state["cycle"], 1 / of_state["conductance"])
    assert np.mean(lines["HRS"].y) > 2 * np.mean(lines["LRS"].y)
    window, failing, median = figure.panels[1].lines
    (band,) = figure.panels[1].bands
    assert band.low[0] <= median.y[0] <= band.high[0]
    assert median.y[0] == pytest.approx(np.median(window.y))
    off = one(rows, state="HRS")
    assert holds(window, off["cycle"], off["window"])
    assert set(failing.y) == {recipe.failure.window}


def test_ltp_ltd_holds_the_reads_of_each_cycle_and_what_was_applied():
    figure, rows, recipe = drawn("ltp_ltd", "cu-te", "cu-te")
    assert axes(figure, 0) == (None, SIEMENS) and axes(figure, 1) == (None, VOLT)
    points = [line for line in figure.panels[0].lines if line.style == "points"]
    assert len(points) == recipe.cycles
    for cycle, line in enumerate(points, start=1):
        read = one(rows, cycle=cycle, read=True)
        shift = np.where(read["direction"] == "depression", recipe.potentiation.pulses, 0)
        assert holds(line, read["pulse"] + shift, read["conductance"])
    for fit in figure.panels[0].lines[recipe.cycles :]:
        assert min(rows["conductance"]) / 10 < np.median(fit.y) < max(rows["conductance"])
    pulsed = rows[(rows["cycle"] == 1) & (rows["pulse"] > 0)]
    assert figure.panels[1].lines[0].y == pulsed["amplitude"].to_list()


def test_ltp_ltd_holds_widths_where_these_are_modulated():
    figure, rows, _ = drawn("ltp_ltd", "cu-te", "width-modulated", "cycles=1")
    assert axes(figure, 1) == (None, SECOND)
    assert figure.panels[1].lines[0].y == rows[rows["pulse"] > 0]["width"].to_list()


def test_iv_holds_magnitudes_of_current_and_both_states_cycle_by_cycle():
    figure, rows, recipe = drawn("iv", "cu-te", "double-sweep", "cycles=2")
    assert axes(figure, 0) == (VOLT, AMPERE)
    assert axes(figure, 1) == (VOLT, AMPERE) and figure.panels[1].beside
    assert axes(figure, 2) == (None, VOLT) and axes(figure, 3) == (None, SIEMENS)
    assert (figure.panels[0].y.scale, figure.panels[1].y.scale) == ("log", "linear")
    full = [line for line in figure.panels[0].lines if line.arrow]
    signed = [line for line in figure.panels[1].lines if line.series is not None and not line.faint]
    for branch, line in enumerate(full):
        points = rows[(rows["cycle"] == 2) & (rows["branch"] == branch) & (rows["part"] != "read")]
        crossing = ~(points["level"] * points["current"] > 0)
        assert holds(line, points["level"], points["current"].abs().where(~crossing))
        assert holds(signed[branch], points["level"], points["current"])
    at_zero = one(rows[rows["part"] != "read"], cycle=2, level=0.0)
    assert 0 < len(at_zero) == sum(np.isnan(line.y).sum() for line in full)
    limits = [line for line in figure.panels[0].lines if line.series is None]
    assert [line.style for line in limits] == ["dashed"] * 2
    assert {line.y[0] for line in limits} == set(rows[rows["part"] != "read"]["compliance"])
    assert {line.x[-1] for line in limits} == {max(recipe.corners), min(recipe.corners)}
    on, off = figure.panels[3].lines
    assert all(
        low < rows["conductance"].max() and high > low > 0
        for high, low in zip(on.y, off.y, strict=True)
    )
    voltages = [value for line in figure.panels[2].lines for value in line.y]
    assert all(0.05 < abs(value) <= max(map(abs, recipe.corners)) for value in voltages)


def test_forming_holds_currents_reads_and_what_counts_as_formed():
    figure, rows, recipe = drawn("forming", "cu-te-pristine", "cu-te-ramp")
    assert axes(figure, 0) == (VOLT, AMPERE) and axes(figure, 1) == (VOLT, SIEMENS)
    up = one(rows, phase="step")
    assert holds(figure.panels[0].lines[0], up["level"], up["current"].abs())
    reads = rows[(rows["phase"] != "back") & (rows["reads"] > 0)]
    states = {line.label: line for line in figure.panels[1].lines}
    shown = [y for line in states.values() for y in line.y]
    assert sorted(shown) == sorted(reads["conductance"])
    (after,) = one(rows, phase="after").itertuples()
    line = states["at the end"]
    assert line.low[0] < after.conductance < line.high[0]
    (band,) = figure.panels[1].bands
    assert (band.low[0], band.high[0]) == (1 / recipe.formed_below, 1 / recipe.damaged_below)
    (step,) = figure.panels[0].bands
    width = step.x[1] - step.x[0]
    assert 0 < width == pytest.approx(up["level"].diff().max())


def test_multilevel_compliance_holds_both_states_against_the_compliance():
    figure, rows, recipe = drawn("multilevel_compliance", "alpha-fe2o3", "two-levels")
    assert axes(figure, 0) == axes(figure, 1) == (VOLT, AMPERE)
    assert axes(figure, 2) == (AMPERE, SIEMENS)
    after_set, after_reset = figure.panels[2].lines
    limits = [line.y[0] for line in figure.panels[0].lines if line.style == "dashed"]
    assert limits == list(recipe.compliances)
    assert set(after_set.x) == set(recipe.compliances) >= set(after_reset.x)
    reads = one(rows, part="read", side="set").groupby("cycle")["conductance"].mean()
    assert sorted(after_set.y) == pytest.approx(sorted(reads))
    loops = [line for line in figure.panels[1].lines if line.style == "line"]
    for cycle, line in enumerate(loops, start=1):
        swept = rows[(rows["cycle"] == cycle) & (rows["part"] != "read") & (rows["side"] == "set")]
        current = swept["current"]
        x, y = (values[: len(swept)] for values in (line.x, line.y))
        assert holds(Line(x=x, y=y), swept["level"], current)


def test_1t1r_holds_magnitudes_of_current_and_the_lrs_against_the_gate():
    figure, rows, _ = drawn(
        "one_transistor_one_resistor", "cu-te-1t1r", "mod-top-electrode", "cycles=1"
    )
    assert axes(figure, 0) == axes(figure, 1) == (VOLT, AMPERE)
    assert axes(figure, 2) == (VOLT, OHM)
    for line in (line for line in figure.panels[0].lines if line.arrow):
        phase, direction = line.label.split()
        swept = one(rows, phase=phase, direction=direction)
        current = swept["current"].abs().where(swept["level"] * swept["current"] > 0)
        assert holds(line, swept["level"], current)
    series = one(rows, phase="gate series").groupby("gate")["conductance"].mean()
    assert holds(figure.panels[2].lines[0], series.index, 1 / series)


def test_ppf_holds_the_index_as_a_fraction():
    figure, rows, recipe = drawn("ppf", "cu-te", "cu-te")
    assert axes(figure, 0) == (SECOND, FRACTION) and axes(figure, 1) == (None, SIEMENS)
    whole = rows.pivot_table(index=["interval", "repeat"], columns="pulse", values="conductance")
    assert recipe.response == "conductance"
    ratio = whole[recipe.pulses] / whole[1] - (recipe.index == "increase")
    points = figure.panels[0].lines[0]
    none = next(line for line in figure.panels[0].lines if line.style == "dashed")
    assert set(none.y) == {1.0 if recipe.index == "ratio" else 0.0}
    assert holds(points, ratio.index.get_level_values("interval"), ratio)
    for line, interval in zip(figure.panels[1].lines, sorted(set(recipe.intervals)), strict=True):
        first = one(rows, repeat=1, interval=interval)
        assert holds(line, first["pulse"], first["conductance"])


def test_pulse_response_holds_volts_amperes_and_seconds():
    figure, rows, recipe = drawn("pulse_response", "cu-te", "cu-te-reset")
    assert axes(figure, 0) == (SECOND, VOLT) and axes(figure, 1) == (SECOND, AMPERE)
    for panel, column in zip(figure.panels, ("voltage", "current"), strict=True):
        first = one(rows, repeat=1)
        assert holds(panel.lines[0], first["moment"] - recipe.sample / 2, first[column])


def test_read_disturb_holds_changes_as_fractions():
    figure, rows, recipe = drawn("read_disturb", "cu-te", "cu-te-six-voltages", "reads=200")
    assert axes(figure, 0) == (None, FRACTION) and axes(figure, 1) == (VOLT, FRACTION)
    for number, line in enumerate(figure.panels[0].lines):
        reads = one(rows, series=number, phase="disturb")["conductance"].to_numpy()
        assert line.y[0] == pytest.approx(reads[0] / reads[:10].mean() - 1)
    assert {x for line in figure.panels[1].lines for x in line.x} == set(recipe.voltages)
    assert all(abs(y) < 1 for line in figure.panels[1].lines for y in line.y)


def test_reset_stop_holds_reads_stop_voltages_and_their_scatter():
    figure, rows, _ = drawn("reset_stop", "cu-te", "results", "step=100 mV", "last=800 mV")
    assert axes(figure, 0) == (SECOND, SIEMENS) and axes(figure, 1) == (VOLT, SIEMENS)
    assert axes(figure, 2) == (SIEMENS, FRACTION)
    made = one(rows, outcome="level")
    assert len(figure.panels[0].lines) == len(made)
    for number, (_, level) in enumerate(made.iterrows()):
        reads = one(rows, attempt=level["attempt"], phase="read")
        assert figure.panels[0].lines[number].y == reads["conductance"].to_list()
        mean = figure.panels[1].lines[number]
        assert [*mean.low, *mean.high] == [level["lowest"], level["highest"]]
        assert holds(mean, [abs(level["stop"])], [level["conductance"]])
        scatter = figure.panels[2].lines[number]
        assert scatter.y == pytest.approx([level["spread"] / level["conductance"]])


def test_retention_holds_conductances_and_changes_as_fractions():
    figure, rows, _ = drawn("retention", "cu-te", "log-time")
    assert axes(figure, 0) == (SECOND, SIEMENS) and axes(figure, 1) == (SECOND, FRACTION)
    reads = one(rows, level=0, phase="retention")
    assert holds(figure.panels[0].lines[0], reads["age"], reads["conductance"])
    control = figure.panels[0].lines[1]
    ends = [one(rows, level=0, phase=f"control {end}") for end in ("start", "end")]
    assert control.y == pytest.approx([end["conductance"].mean() for end in ends])
    assert control.style == "open" and "untouched" in control.label
    assert all(np.array(control.low) < control.y) and all(np.array(control.high) > control.y)
    points, fit, untouched = figure.panels[1].lines
    assert untouched.y[0] == pytest.approx(control.y[1] / control.y[0] - 1)
    assert untouched.low[0] < untouched.y[0] < untouched.high[0]
    assert fit.y[0] == pytest.approx(0)
    assert np.ptp(points.y) == pytest.approx(
        np.ptp(reads["conductance"]) / reads["conductance"].mean(), rel=0.5
    )


def test_of_many_levels_the_first_and_the_last_are_named_and_no_bands_hide_the_others():
    figure, rows, _ = drawn("retention", "cu-te", "cu-te-reset-levels")
    reads, drifts = figure.panels
    assert len(reads.lines) == rows["level"].nunique() == 40
    assert [line.label for line in reads.lines if line.label] == ["1", "40"]
    assert reads.legend == "level, first and last"
    assert not drifts.bands and "band" not in drifts.notes[0]
    few, _, _ = drawn("retention", "cu-te", "cu-te-100-s", "times.duration=1 s")
    assert [line.label for line in few.panels[0].lines if line.series is not None] == [
        "-0.5 V", "-1 V", "-1.5 V", "-2 V",
    ]  # fmt: skip
    assert len(few.panels[1].bands) == 4 and few.panels[0].legend == "level"


def test_stdp_holds_weight_changes_as_fractions_and_times_in_seconds():
    figure, rows, recipe = drawn("stdp", "alpha-fe2o3", "published")
    assert axes(figure, 0) == (SECOND, FRACTION) and axes(figure, 1) == (SECOND, VOLT)
    points, mean, *fits = figure.panels[0].lines
    assert all(np.array(mean.low) < mean.y) and all(np.array(mean.high) > mean.y)
    assert len(fits) == 2 and not figure.panels[0].notes
    assert holds(points, rows["difference"], (rows["after"] - rows["before"]) / rows["before"])
    assert holds(
        mean, *zip(*sorted(rows.groupby("difference")["change"].mean().items()), strict=True)
    )
    for fit in fits:
        nearest = int(np.argmin(np.abs(fit.x)))
        measured = rows.loc[np.isclose(rows["difference"], fit.x[nearest]), "change"].mean()
        assert fit.y[nearest] == pytest.approx(measured, rel=0.3, abs=0.03)  # read noise
    pre = figure.panels[1].lines[0]
    assert max(pre.y) == pytest.approx(recipe.pre.amplitude) and pre.x[0] == 0


def test_transistor_holds_amperes_ohms_and_volts():
    figure, rows, _ = drawn("transistor", "nmos", "cu-te-selector")
    assert [axes(figure, n) for n in range(4)] == [(VOLT, AMPERE)] * 3 + [(VOLT, OHM)]
    assert [panel.y.scale for panel in figure.panels] == ["linear", "log", "linear", "log"]
    for line, (_, curve) in zip(
        figure.panels[0].lines, one(rows, curve="output").groupby("gate"), strict=True
    ):
        assert holds(line, curve["level"], curve["current"])
    transfer = one(rows, curve="transfer")
    assert holds(figure.panels[1].lines[0], transfer["gate"], transfer["current"].abs())
    ohms = transfer["voltage"] / transfer["current"]
    assert holds(figure.panels[3].lines[0], transfer["gate"], ohms)
