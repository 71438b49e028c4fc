"""Writing by charge on a cell in closed form, then on simulated cells."""

import re
from functools import partial
from itertools import pairwise
from math import isnan, nan

import pytest
from charged_cell import LOWEST, RESPONSE, ChargedCell, charged_cell
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mho.bench.guard import GuardedBench
from mho.bench.limits import refusals
from mho.drawing import draw
from mho.errors import LimitError
from mho.job import read_job
from mho.protocols.charge import ChargeSettings, shot_of, write_charge
from mho.protocols.write_charge import WRITE_CHARGE, Verdict, WriteChargeRecipe, write_charges
from mho.result import numbers
from mho.stimuli import Hold, Pulse, Source
from mho.testing.protocol_runs import frame, run_shipped

CHARGE = {"current": 1e-6, "voltage_limit": 4.0}
UP = {"charge": 1e-7, "count": 3}
DOWN = {"charge": -1e-7, "count": 3}

cell = charged_cell
settings_for = partial(ChargeSettings, **CHARGE)
recipe_for = partial(WriteChargeRecipe, series=(UP, DOWN), charge=CHARGE)
run = partial(run_shipped, "write_charge")


def pulses(bench):
    return [one for one in bench.applied if isinstance(one, Pulse)]


def test_a_charge_is_a_current_for_as_long_as_it_takes():
    bench = cell()
    written = write_charge(bench, settings_for(), -2e-7)
    (shot,) = pulses(bench)
    assert (shot.terminal, shot.source, shot.compliance) == ("gate", Source.CURRENT, 4.0)
    assert shot.amplitude == pytest.approx(-1e-6) and shot.width == pytest.approx(0.2)
    assert written.charge == pytest.approx(-2e-7) == bench.charge
    assert (written.shots, written.is_reached, written.in_compliance) == (1, True, False)
    assert written.voltage == pytest.approx(-0.1)


def test_a_small_charge_takes_a_smaller_current_not_a_shorter_shot():
    bench = cell()
    write_charge(bench, settings_for(shortest=20e-3), 1e-9)
    (shot,) = pulses(bench)
    assert shot.width == pytest.approx(20e-3) and shot.amplitude == pytest.approx(50e-9)


@pytest.mark.parametrize("charge", [1e-7, -1e-7])
@pytest.mark.parametrize(("gain", "second"), [(0.9, 0.1), (1.2, -0.2), (1.005, None), (0.2, 0.8)])
def test_a_second_shot_brings_what_is_missing_or_takes_what_is_too_much(charge, gain, second):
    bench = cell(gains=(gain, 1.0))
    written = write_charge(bench, settings_for(), charge)
    shots = [shot.amplitude / pulses(bench)[0].amplitude for shot in pulses(bench)]
    assert shots == pytest.approx([1.0] if second is None else [1.0, second])
    assert {shot.width for shot in pulses(bench)} == {pulses(bench)[0].width}
    assert written.is_reached and written.charge == pytest.approx(charge, rel=0.01)
    assert written.charge == pytest.approx(bench.charge)
    assert written.width == pytest.approx(len(shots) * 0.1)


@pytest.mark.parametrize("most", [1, 2, 3])
def test_there_are_never_more_shots_than_asked_for(most):
    bench = cell(gains=(0.5,))
    written = write_charge(bench, settings_for(shots=most), 1e-7)
    assert written.shots == len(pulses(bench)) == most
    assert written.charge == pytest.approx(1e-7 * (1 - 0.5**most))
    assert not written.is_reached


def test_more_than_three_shots_are_no_choice():
    with pytest.raises(ValidationError, match="less than or equal to 3"):
        settings_for(shots=4)


def test_a_shot_that_the_voltage_limit_holds_is_made_good_by_a_smaller_current():
    bench = cell(ohms=5e6)  # 1 uA would take 5 V
    written = write_charge(bench, settings_for(), 1e-7)
    assert [shot.amplitude for shot in pulses(bench)] == pytest.approx([1e-6, 0.2e-6])
    assert written.in_compliance and written.voltage == 4.0
    assert written.is_reached and written.charge == pytest.approx(1e-7)


def test_what_the_voltage_limit_does_not_let_through_is_said():
    bench = cell(ohms=1e9)
    recipe = recipe_for()
    rows = list(write_charges(bench, recipe))
    written = rows[1:]
    assert all(row.write_in_compliance and not row.is_reached for row in written)
    assert {row.shots for row in written} == {3}
    assert written[0].delivered == pytest.approx(3 * 4e-9 * 0.1)
    notes = " ".join(WRITE_CHARGE.summary(frame(rows), recipe).notes)
    assert "6 of 6 charges are outside the tolerance of 1 %, 6 of them held by the" in notes
    held = WRITE_CHARGE.figure(frame(rows), recipe).panels[1].lines
    assert [line.label for line in held] == ["held by the voltage limit"]


def test_a_correction_is_never_larger_than_the_charge_was():
    """Whatever an instrument says that it measured."""
    bench = cell(gains=(-4.0, 1.0))
    write_charge(bench, settings_for(voltage_limit=50.0), 1e-7)
    first, *others = pulses(bench)
    assert len(others) == 2
    assert all(abs(shot.amplitude) <= first.amplitude for shot in others)


def test_a_charge_that_was_not_measured_is_not_corrected():
    bench = cell(measures_current=False)
    written = write_charge(bench, settings_for(), 1e-7)
    assert isnan(written.charge) and written.shots == 1 and not written.is_reached


def test_a_row_a_charge_after_one_of_the_start_state():
    bench = cell()
    rows = list(write_charges(bench, recipe_for(cycles=2, rest=0.5)))
    assert [(row.cycle, row.write) for row in rows] == [
        (1, 0), *((cycle, write) for cycle in (1, 2) for write in range(1, 7)),
    ]  # fmt: skip
    assert [row.charge for row in rows[1:7]] == [1e-7] * 3 + [-1e-7] * 3
    assert rows[0].shots == 0 and isnan(rows[0].charge) and isnan(rows[0].write_voltage)
    so_far = [0, 1, 2, 3, 2, 1, 0]
    assert [row.delivered_so_far for row in rows[:7]] == pytest.approx([1e-7 * n for n in so_far])
    for row in rows:
        expected = LOWEST + RESPONSE * row.delivered_so_far
        assert row.conductance == pytest.approx(expected)
        assert (row.terminal, row.read_terminal) == ("gate", "drain")
    assert [row.verdict for row in rows] == [Verdict.GOES_ON] * 12 + [Verdict.COMPLETE]
    moments = [row.time for row in rows[:3]]
    assert [late - early for early, late in pairwise(moments)] == pytest.approx(
        [0.61] * 2, rel=1e-3
    )


@pytest.mark.parametrize(("until", "rows"), [(0, 1), (2, 3)])
def test_lost_contact_ends_the_run_before_the_next_charge(until, rows):
    bench = cell(reads_until_lost=until)
    taken = list(write_charges(bench, recipe_for()))
    assert len(taken) == rows and taken[-1].verdict is Verdict.CONTACT_LOST
    assert isinstance(bench.applied[-1], Hold) and bench.applied[-1].count == 3
    assert len(pulses(bench)) == rows - 1
    assert "contact lost" in " ".join(WRITE_CHARGE.summary(frame(taken), recipe_for()).notes)


def test_a_single_silent_read_is_no_lost_contact():
    class Hiccup(ChargedCell):
        def _driven(self, stimulus, terminal, segment):
            found = super()._driven(stimulus, terminal, segment)
            once = terminal == "drain" and len(self.applied) == 3
            return (found[0], 0.0, False) if once else found

    rows = list(write_charges(cell(Hiccup), recipe_for()))
    assert rows[1].conductance == 0.0 and rows[-1].verdict is Verdict.COMPLETE


class Flickering(ChargedCell):
    """Single reads of the channel are silent, those that look for a lost contact are not."""

    def _driven(self, stimulus, terminal, segment):
        voltage, current, limited = super()._driven(stimulus, terminal, segment)
        single = terminal == "drain" and stimulus.count == 1
        return voltage, 0.0 if single else current, limited


def test_the_plan_counts_every_look_for_a_lost_contact():
    bench = cell(Flickering)
    list(write_charges(bench, recipe_for(cycles=2)))
    (planned,) = (
        one
        for one in WRITE_CHARGE.plan(recipe_for(cycles=2), bench.profile).planned
        if one.what == "reads that look for a lost contact"
    )
    looks = [one for one in bench.applied if isinstance(one, Hold) and one.count == 3]
    assert len(looks) == planned.at_most == 13


def test_the_charge_so_far_is_what_was_delivered_not_what_was_asked_for():
    bench = cell(gains=(1.008, 0.7, 1.0, 1.2))
    rows = list(write_charges(bench, recipe_for()))
    total = 0.0
    for row in rows[1:]:
        total += row.delivered
        assert row.delivered_so_far == pytest.approx(total, abs=1e-16)
    assert total == pytest.approx(bench.charge) and total != pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"charge": {**CHARGE, "longest": 0.05}},
            "100 nC at 1 uA take 0.1 s, longer than charge.longest = 0.05 s; raise charge.current",
        ),
        (
            {"charge": {**CHARGE, "shortest": 2.0, "longest": 1.0}},
            "shortest = 2 s is longer than longest = 1 s",
        ),
        ({"series": ({"charge": 0.0, "count": 1},)}, "a charge of 0 C writes nothing"),
    ],
)
def test_mistakes_are_refused(changes, message):
    with pytest.raises(ValidationError, match=message):
        recipe_for(**changes)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["charge.shortest=1 us", "charge.current=1 mA", "device.pulse_compliance=20 uA"],
            r"charge of 700 nC.*: pulse at gate: level 1 mA.* above 100 uA, the limit of the dev",
        ),
        (
            ["charge.shortest=1 us", "charge.current=100 mA"],
            r"pulse at gate: duration of level 7 us.* below 50 us, what NI PXIe-4139 can",
        ),
        (
            ["charge.shortest=1 us", "charge.current=100 mA"],
            r"its correction.*: pulse at gate: level -100 mA.* below -100 uA, the limit of",
        ),
        (
            ["charge.voltage_limit=6 V"],
            r"charge of 700 nC \(and 2 more\): pulse at gate: compliance of level 6 V.* above 5 V",
        ),
    ],
)
def test_what_cannot_be_delivered_is_refused_in_the_plan(options, message):
    job = read_job(
        "write_charge", "ni-pxie-4139", "ecram-lithium", "ecram-lithium", options=options
    )
    assert any(re.search(message, refusal) for refusal in job.refusals()), job.refusals()


def test_a_pulse_card_delivers_no_charge():
    options = ["bench.terminals.source.channel=SMU3", "device.terminals.gate.rests=grounded"]
    options += [
        'bench.terminals.gate.channel="PMU1-1"',
        "bench.terminals.gate.current_unlimited=true",
    ]
    job = read_job(
        "write_charge", "keithley-4200a", "ecram-lithium", "ecram-lithium",
        options=[*options, "bench.terminals.BE.channel=SMU2"],
    )  # fmt: skip
    message = "pulse at gate: a 4225-PMU (PMU1-1) cannot source a current"
    assert any(message in refusal for refusal in job.refusals()), job.refusals()


def test_what_the_plan_does_not_cover_is_stopped():
    bench = cell()
    guarded = GuardedBench(bench)
    guarded.bind(WRITE_CHARGE.plan(recipe_for(), bench.profile))
    with pytest.raises(LimitError, match="what the plan covers"):
        write_charge(guarded, settings_for(current=1.1e-6), 1e-7)
    with pytest.raises(LimitError, match="what the plan covers"):
        write_charge(guarded, settings_for(voltage_limit=4.1), 1e-7)


recipes = st.fixed_dictionaries(
    {
        "series": st.lists(
            st.fixed_dictionaries(
                {
                    "charge": st.floats(-1e-6, 1e-6).filter(lambda charge: abs(charge) > 1e-10),
                    "count": st.integers(1, 3),
                }
            ),
            min_size=1,
            max_size=3,
        ),
        "charge": st.fixed_dictionaries(
            {"current": st.floats(1e-8, 1e-4), "voltage_limit": st.floats(0.1, 5.0)},
            optional={
                "shots": st.integers(1, 3),
                "tolerance": st.floats(1e-3, 0.5),
                "shortest": st.floats(1e-3, 1.0),
            },
        ),
    },
    optional={
        "cycles": st.integers(1, 3),
        "rest": st.floats(0, 10),
        "preparation": st.just(({"does": "set", "amplitude": 1.0, "count": 2},)),
    },
)
trouble = st.fixed_dictionaries(
    {},
    optional={
        "gains": st.lists(st.floats(-3, 3), min_size=1, max_size=6).map(tuple),
        "ohms": st.floats(1e5, 1e9),
        "volts_per_coulomb": st.sampled_from([0.0, 1.0, 1e3, 1e6]),
        "reads_until_lost": st.integers(0, 40),
    },
)


@settings(max_examples=60, deadline=None)
@given(recipes, trouble)
def test_whatever_is_applied_was_planned_and_can_be_shown(given_recipe, given_trouble):
    recipe = WriteChargeRecipe(**given_recipe)
    bench = cell(**given_trouble)
    plan = WRITE_CHARGE.plan(recipe, bench.profile)
    for planned in plan.planned:
        assert refusals(planned.stimulus, bench.profile, bench.limits) == []
    guarded = GuardedBench(bench)
    guarded.bind(plan)
    rows = list(write_charges(guarded, recipe))
    assert guarded.dose.most_pulses <= plan.pulses
    assert bench.clock.now() <= plan.duration * (1 + 1e-9)
    assert len(bench.applied) <= sum(planned.at_most for planned in plan.planned)
    data = frame(rows)
    assert WRITE_CHARGE.summary(data, recipe).notes
    assert len(WRITE_CHARGE.figure(data, recipe).panels) == 2
    assert numbers(WRITE_CHARGE.results(data, recipe)) is not None
    shares = [WRITE_CHARGE.progress(row, recipe)[0] for row in rows]
    assert shares == sorted(shares)
    assert rows[-1].verdict is Verdict.CONTACT_LOST or shares[-1] == 1


def test_the_response_is_the_slope_that_was_put_in(tmp_path):
    rows = frame(list(write_charges(cell(), recipe_for(cycles=3))))
    summary = WRITE_CHARGE.summary(rows, recipe_for(cycles=3))
    assert [row[0] for row in summary.rows] == ["100 nC", "-100 nC"]
    for row in summary.rows:
        cells = dict(zip(summary.headers, row, strict=True))
        assert float(cells["response (S/C)"].split()[0]) == pytest.approx(RESPONSE)
        assert (cells["writes"], cells["error (%)"], cells["shots"]) == ("9", "0", "1.00")
    merits = numbers(WRITE_CHARGE.results(rows, recipe_for(cycles=3)))
    assert merits["worst_charge_error"] == 0.0
    assert merits["response_positive"] == pytest.approx(RESPONSE) == merits["response_negative"]
    figure = WRITE_CHARGE.figure(rows, recipe_for(cycles=3))
    assert [line.label for line in figure.panels[0].lines] == ["1", "", "3"]
    draw(figure, tmp_path / "charge.png")
    assert (tmp_path / "charge.png").stat().st_size > 10_000


def test_a_table_fits_into_80_columns_whatever_the_errors_are():
    bench = cell(gains=tuple(1 + 1e-3 / n for n in range(3, 40)))
    recipe = recipe_for(cycles=6)
    summary = WRITE_CHARGE.summary(frame(list(write_charges(bench, recipe))), recipe)
    widths = [max(map(len, column)) for column in zip(summary.headers, *summary.rows, strict=True)]
    assert sum(widths) + 3 * len(widths) <= 80


@pytest.mark.parametrize("bench", ["ideal", "ni-pxie-4139", "keithley-4200a"])
@pytest.mark.parametrize("preset", ["ecram-lithium", "ecram-metal-oxide"])
def test_simulated_cells_get_the_charge_that_was_asked_for(bench, preset):
    options = ["cycles=1", "preparation=[]"]
    recipe, rows = run(bench, preset, preset, options=options)
    merits = numbers(WRITE_CHARGE.results(frame(rows), recipe))
    assert merits["worst_charge_error"] < 0.01
    assert rows[-1].verdict is Verdict.COMPLETE
    assert all(row.shots <= 3 and row.is_reached for row in rows[1:])
    assert merits["response_positive"] == pytest.approx(merits["response_negative"], rel=0.1)
    assert all(row.conductance > 0 and not isnan(row.delivered) for row in rows[1:])


def test_a_simulated_cell_beyond_the_voltage_limit_is_corrected():
    """The first shots need more overpotential than 3.9 V give; smaller ones get through."""
    options = ["charge.voltage_limit=3.9 V", "preparation=[]", "cycles=1"]
    recipe, rows = run("ideal", "ecram-lithium", "ecram-lithium", options=options)
    held = [row for row in rows if row.write_in_compliance]
    assert held and all(row.shots > 1 for row in held)
    assert numbers(WRITE_CHARGE.results(frame(rows), recipe))["worst_charge_error"] < 0.01
    assert nan not in [row.delivered for row in rows[1:]]


def test_the_shot_of_a_charge_is_whole_nanoseconds():
    shot = shot_of(settings_for(), cell().profile, 1e-7 / 3)
    assert shot.width == round(shot.width, 9)
    assert shot.width * shot.amplitude == pytest.approx(1e-7 / 3, rel=1e-7)
