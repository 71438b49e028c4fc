"""Read disturb against a bench whose cell falls by a known rule, and on simulated devices."""

from contextlib import suppress
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mho.bench.guard import GuardedBench
from mho.bench.limits import refusals
from mho.errors import LimitError
from mho.protocols.read_disturb import READ_DISTURB, Phase, ReadDisturbRecipe, read_disturb
from mho.readings import Reading, Trace
from mho.stimuli import Hold, Pulse, PulseTrain
from mho.testing.noting_bench import NotingBench
from mho.testing.protocol_runs import bench_of, frame, run_shipped


class Cell(NotingBench):
    """100 uS after a pulse; n reads at v volts make it n^-|v| as large from then on."""

    silent_after = float("inf")
    read = 0
    disturbed = 1.0
    reads_at = 0

    def apply(self, stimulus):
        trace = super().apply(stimulus)
        if isinstance(stimulus, Pulse | PulseTrain):
            self.disturbed, self.reads_at = 1.0, 0
            return trace
        readings = []
        for reading in trace:
            self.read += 1
            if abs(stimulus.level) > abs(self.profile.read_voltage):
                self.reads_at += 1
                self.disturbed = self.reads_at ** -abs(stimulus.level)
            conductance = 1e-4 * self.disturbed if self.read <= self.silent_after else 0.0
            readings.append(
                Reading(reading.time, reading.voltage, reading.voltage * conductance, False)
            )
        return Trace(tuple(readings))


cell = partial(bench_of, Cell)


LEVEL = ({"does": "set", "amplitude": 2.0},)


recipe_for = partial(ReadDisturbRecipe, voltages=(0.05, -0.1), reads=100, probes=5, prepare=LEVEL)


run = partial(run_shipped, "read_disturb")


def test_each_voltage_prepares_probes_reads_and_probes_again():
    bench = cell()
    rows = list(read_disturb(bench, recipe_for(compliance=2e-3)))
    assert [type(s) for s in bench.applied] == [Pulse, Hold, Hold, Hold] * 2
    holds = [s for s in bench.applied if isinstance(s, Hold)]
    assert [h.level for h in holds] == [0.05, 0.05, 0.05, 0.05, -0.1, 0.05]
    assert [h.count for h in holds] == [5, 100, 5] * 2
    assert [h.compliance for h in holds] == [1e-4, 2e-3, 1e-4] * 2
    assert [row.series for row in rows] == [0] * 110 + [1] * 110
    assert [row.disturbing_voltage for row in rows[::110]] == [0.05, -0.1]
    assert [row.phase for row in rows[:6]] == [Phase.BEFORE] * 5 + [Phase.DISTURB]
    assert [row.end for row in rows if row.end != "not yet"] == ["reads done"] * 2


def test_many_reads_come_in_blocks():
    bench = cell()
    rows = read_disturb(bench, recipe_for(reads=2500))
    for _ in range(6):
        next(rows)
    assert sum(isinstance(s, Hold) for s in bench.applied) == 2
    list(rows)
    assert [s.count for s in bench.applied if isinstance(s, Hold)][:5] == [5, 1000, 1000, 500, 5]


def test_the_verdict_finds_the_change_per_decade_that_was_put_in():
    recipe = recipe_for(voltages=(0.05, -0.1, -0.2), reads=10_000)
    rows = list(read_disturb(cell(), recipe))
    summary = READ_DISTURB.summary(frame(rows), recipe)
    table = [dict(zip(summary.headers, row, strict=True)) for row in summary.rows]
    assert table[0]["per decade (%)"] == "-"  # nothing changed, nothing to fit
    for verdict, voltage in zip(table[1:], (0.1, 0.2), strict=True):
        found = float(verdict["per decade (%)"].split()[0])
        assert found == pytest.approx((10**-voltage - 1) * 100, rel=0.03)
        level = float(verdict["level (%)"].split()[0])
        assert level == pytest.approx((10_000**-voltage - 1) * 100, rel=1e-3)
    figure = READ_DISTURB.figure(frame(rows), recipe)
    assert [line.label for line in figure.panels[0].lines] == ["50 mV", "-100 mV", "-200 mV"]
    assert [line.x for line in figure.panels[1].lines] == [[-0.1], [-0.2]]
    for line, verdict in zip(figure.panels[1].lines, table[1:], strict=True):
        assert line.low[0] <= line.y[0] <= line.high[0]
        assert line.y[0] * 100 == pytest.approx(
            float(verdict["per decade (%)"].split()[0]), rel=1e-3
        )


def test_three_silent_reads_in_a_row_end_the_run():
    recipe = recipe_for()
    rows = list(read_disturb(cell(silent_after=130), recipe))
    assert len(rows) == 133
    assert rows[-1].end == "contact lost" and rows[-1].series == 1
    assert [row[-1] for row in READ_DISTURB.summary(frame(rows), recipe).rows] == [
        "reads done",
        "contact lost",
    ]


def test_a_zero_read_voltage_is_refused():
    with pytest.raises(ValidationError, match="a read at 0 V measures nothing"):
        recipe_for(voltages=(0.1, 0.0))


recipes = st.fixed_dictionaries(
    {"voltages": st.lists(st.floats(-3, 3), min_size=1, max_size=4)},
    optional={
        "reads": st.integers(10, 1200),
        "interval": st.floats(1e-4, 10),
        "compliance": st.floats(1e-7, 1e-2),
        "probes": st.integers(2, 20),
        "prepare": st.lists(
            st.fixed_dictionaries(
                {"does": st.sampled_from(["set", "reset"]), "amplitude": st.floats(0.1, 3)},
                optional={"count": st.integers(1, 4)},
            ),
            max_size=2,
        ),
    },
)


@settings(max_examples=80, deadline=None)
@given(given_recipe=recipes, silent_after=st.integers(0, 3000))
def test_whatever_is_applied_lies_within_the_plan(given_recipe, silent_after):
    try:
        recipe = ReadDisturbRecipe(**given_recipe)
    except ValidationError:
        return
    bench = cell(silent_after=silent_after)
    plan = READ_DISTURB.plan(recipe, bench.profile)
    if any(refusals(p.stimulus, bench.profile, bench.limits) for p in plan.planned):
        return
    rows = rows_within_dose(read_disturb(GuardedBench(bench), recipe))
    assert bench.clock.now() <= plan.duration * (1 + 1e-9)
    assert sum(isinstance(s, Pulse) for s in bench.applied) <= plan.pulses
    assert len(bench.applied) <= sum(p.at_most for p in plan.planned)
    for stimulus in bench.applied:
        assert any(covers(planned.stimulus, stimulus) for planned in plan.planned), stimulus
    if rows:
        data = frame(rows)
        READ_DISTURB.summary(data, recipe)
        READ_DISTURB.figure(data, recipe)
    assert all(0 <= READ_DISTURB.progress(row, recipe)[0] <= 1 for row in rows)


def rows_within_dose(rows) -> list:
    """The rows until the charge of the run is used up, the one thing that no plan can foresee."""
    taken = []
    with suppress(LimitError):
        for row in rows:
            taken.append(row)
    return taken


def covers(worst, stimulus) -> bool:
    if isinstance(stimulus, Hold) and isinstance(worst, Hold):
        same = (worst.level, worst.interval, worst.compliance)
        return same == (stimulus.level, stimulus.interval, stimulus.compliance) and (
            stimulus.count <= worst.count
        )
    return worst == stimulus


def test_a_simulated_cell_is_disturbed_near_its_reset_voltage_but_not_at_the_read_voltage():
    options = ["reads=2000", 'voltages=["50 mV", "-0.45 V"]']
    recipe, rows = run("ideal", "cu-te", "cu-te-six-voltages", seed=1, options=options)
    summary = READ_DISTURB.summary(frame(rows), recipe)
    quiet, disturbed = (dict(zip(summary.headers, row, strict=True)) for row in summary.rows)
    assert abs(float(quiet["per decade (%)"].split()[0])) < 2
    assert float(disturbed["per decade (%)"].split()[0]) < -5
    assert float(disturbed["level (%)"].split()[0]) < -15


@pytest.mark.parametrize(
    ("bench", "device", "recipe"),
    [
        ("ni-pxie-4139", "cu-te", "as-found"),
        ("ideal", "cu-te-1t1r", "as-found"),
        ("ideal", "resistor", "as-found"),
        ("ni-pxie-4139", "cu-te", "cu-te-six-voltages"),
    ],
)
def test_every_shipped_recipe_runs(bench, device, recipe):
    recipe, rows = run(bench, device, recipe, options=["reads=50"])
    assert len(rows) == len(recipe.voltages) * (50 + 2 * recipe.probes)
