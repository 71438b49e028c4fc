"""Characterising: what is applied, what comes out, and a device file with what was measured."""

import subprocess
import sys
from functools import cache, partial

import numpy as np
import pytest
from program.troubled_cell import SLOPE, TroubledCell

from mho import settings
from mho.cli import main
from mho.errors import SettingsError
from mho.job import read_job
from mho.programming.adaptive import controller
from mho.programming.measured_prior import prior_of, prior_table
from mho.protocols.characterise import CHARACTERISE, CharacteriseRecipe, End, Phase, characterise
from mho.protocols.characterise.recipe import level_conductances, stairs_of
from mho.readings import Trace
from mho.recording.documents import read_results
from mho.run import execute
from mho.settings_text import table_of
from mho.stimuli import Hold, PulseTrain
from mho.testing import NotingBench, bench_of, frame, make_profile

recipe_for = partial(
    CharacteriseRecipe,
    range=(5e-6, 150e-6),
    rounds=3,
    levels=3,
    watch={"lasts": 8.0},
)
JOB = ("characterise", "ideal", "cu-te-1t1r", "cu-te")


@cache
def of_a_cell(seed=5):
    bench = bench_of(TroubledCell, x=np.log(20e-6), seed=seed)
    recipe = recipe_for()
    rows = frame(characterise(bench, recipe))
    return rows, recipe, bench


def results_of_a_cell(seed=5):
    rows, recipe, _ = of_a_cell(seed)
    return {(one.name, one.part): one for one in CHARACTERISE.results(rows, recipe)}


def test_ways_go_up_and_down_through_the_range_and_levels_are_met_on_the_last():
    rows, recipe, bench = of_a_cell()
    assert rows["phase"].iloc[0] == Phase.BEFORE and rows["phase"].iloc[-1] == Phase.AFTER
    assert rows["end"].iloc[-1] == End.COMPLETE and set(rows["end"][:-1]) == {End.NOT_YET}
    for turn in range(1, 5):
        of = rows[rows["round"] == turn]
        up, down = of[of["phase"] == Phase.SET], of[of["phase"] == Phase.RESET]
        assert up["amplitude"].is_monotonic_increasing and down["amplitude"].is_monotonic_decreasing
        assert up["conductance"].iloc[-1] > 150e-6 and down["conductance"].iloc[-1] < 5e-6
    watched = rows[rows["phase"] == Phase.WATCH]
    assert set(watched["round"]) == {4} and list(watched["level"].unique()) == [1, 2, 3]
    levels = level_conductances(recipe, bench.profile)
    for (_, of), level in zip(watched.groupby("level"), levels, strict=True):
        assert len(of) == 800 and of["age"].is_monotonic_increasing
        assert of["conductance"].mean() == pytest.approx(level, rel=0.35)
        assert of["age"].iloc[0] == pytest.approx(0.02, abs=0.015)


def test_a_stair_is_one_stimulus_and_all_is_within_the_plan():
    _, recipe, bench = of_a_cell()
    plan = CHARACTERISE.plan(recipe, bench.profile)
    trains = [one for one in bench.applied if isinstance(one, PulseTrain)]
    assert all(len(one.amplitudes) == 3 and len(set(one.amplitudes)) == 1 for one in trains)
    assert sum(len(one.amplitudes) for one in trains) == bench.pulses <= plan.pulses
    assert max(one.amplitudes[0] for one in trains) <= 2.6
    assert min(one.amplitudes[0] for one in trains) >= -2.6
    assert bench.clock.now() <= plan.duration
    assert all(one.count <= 1000 for one in bench.applied if isinstance(one, Hold))


def test_curve_slope_and_noise_of_the_cell_are_found():
    for seed in (5, 6):
        found = results_of_a_cell(seed)
        for word, steepness, threshold in (("SET", 0.15, 1.0), ("RESET", -0.35, 1.2)):
            assert 0.6 * SLOPE < found["slope", word].value < 1.6 * SLOPE
            for n in range(1, 6):
                x = np.log(found["stress_conductance", f"{word}, point {n}"].value / 20e-6)
                amplitude = found["stress_amplitude", f"{word}, point {n}"]
                assert amplitude.value == pytest.approx(threshold + steepness * x, abs=0.08)
                assert amplitude.interval is not None
        for level in (1, 2, 3):
            assert found["rsd", f"level {level}"].value == pytest.approx(0.005, rel=0.2)
        assert found["noise_share", "one read"].value > 0.8
        assert found["volts_per_decade", "SET"].value == pytest.approx(
            found["slope", "SET"].value * np.log(10)
        )
        assert abs(found["fresh_noise", ""].value) < 0.3
        assert found["relaxation", ""].value < 0.01


def test_polarity_comes_from_the_profile():
    bench = bench_of(NotingBench, [20e-6], set_polarity="negative")
    rows = frame(characterise(bench, recipe_for(rounds=1, watch={"lasts": 0.1})))
    assert (rows["amplitude"][rows["phase"] == Phase.SET] < 0).all()
    assert (rows["amplitude"][rows["phase"] == Phase.RESET] > 0).all()


def test_a_device_that_never_moves_ends_with_reasons_instead_of_numbers():
    recipe = recipe_for(rounds=1, watch={"lasts": 0.1})
    rows = frame(characterise(bench_of(NotingBench, [20e-6]), recipe))
    found = {(one.name, one.part): one for one in CHARACTERISE.results(rows, recipe)}
    assert rows["end"].iloc[-1] == End.COMPLETE
    assert "did" in found["slope", "SET"].undetermined
    with pytest.raises(SettingsError, match="slope of SET: is not known"):
        prior_of("test cell", [list(found.values())])


class LostAfter(TroubledCell):
    left: int = 0

    def apply(self, stimulus):
        readings = []
        for one in super().apply(stimulus):
            self.left -= 1
            readings.append(one if self.left >= 0 else one._replace(current=0.0))
        return Trace(tuple(readings))


@pytest.mark.parametrize("left", [0, 40, 300, 900, 1400])
def test_a_lost_contact_ends_it_with_its_rows(left):
    bench = bench_of(LostAfter, left=left)
    rows = list(characterise(bench, recipe_for()))
    assert rows[-1].end is End.CONTACT_LOST
    assert all(row.end is End.NOT_YET for row in rows[:-1])
    assert isinstance(bench.applied[-1], Hold) and bench.applied[-1].count == 3
    assert CHARACTERISE.summary(frame(rows), recipe_for()).headers
    outcome = next(iter(CHARACTERISE.results(frame(rows), recipe_for())))
    assert outcome.value == "contact lost"


ACCEPTED = (
    "rounds=1", "step=20 mV", "pulses=5", "set.limit=2 V", "reset.first=0.4 V", "levels=8",
    "watch.lasts=2 s", "rest=0 s", "width=1 ms", 'range=["10 uS", "100 uS"]',
)  # fmt: skip
REFUSED = (
    ("rounds=0", "1 or more"),
    ("step=0 V", "above"),
    ("pulses=1", "2 or more"),
    ("set.limit=9 V", "limit of the device"),
    ("reset.first=3 V", "is above the limit"),
    ("range=[\"100 uS\", \"10 uS\"]", "range goes from"),
    ("range=[\"1 nS\", \"10 uS\"]", "contact floor"),
    ("range=[\"1 uS\", \"10 mS\"]", "read_compliance"),
    ("watch.interval=1 ms", "watch.interval"),
    ("device.terminals.TE.min_voltage=0 V", "allows no pulse of that polarity"),
    ("device.dose.max_pulses=100", "programming pulses are planned"),
)  # fmt: skip


def told(*options):
    try:
        return "\n".join(read_job(*JOB, options=options).refusals())
    except SettingsError as error:
        return str(error)


def test_legal_recipes_are_accepted_and_one_thing_broken_is_refused_in_words():
    accepted = [option for option in ACCEPTED if not told(option)]
    assert len(accepted) == len(ACCEPTED) == 10
    refused = [option for option, said in REFUSED if said in told(option)]
    assert refused == [option for option, _ in REFUSED] and len(refused) == 11


def test_without_a_range_it_is_that_of_the_reset_curve():
    profile = make_profile()
    recipe = CharacteriseRecipe()
    assert level_conductances(recipe, profile)[0] < 200e-6
    assert level_conductances(recipe, profile)[-1] > 5.7e-6
    assert len(stairs_of(recipe, profile)[0].amplitudes) > 20
    with pytest.raises(SettingsError, match="has no reset_curve"):
        stairs_of(recipe, make_profile(reset_curve=None))


# ---- the table of a device file


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folders = []
    for seed in (1, 2, 3):
        job = read_job(*JOB, seed=seed, options=["watch.lasts=20 s"])
        outcome = execute(job, tmp_path_factory.mktemp("runs"))
        assert outcome.error is None
        folders.append(outcome.folder)
    return folders


def written(capsys, *runs):
    assert main(["prior", *map(str, runs)]) == 0
    return capsys.readouterr().out


def test_what_is_printed_is_a_table_of_the_device_file_that_adaptive_uses(
    runs, capsys, tmp_path, monkeypatch
):
    text = written(capsys, runs[0])
    shipped = settings.read_device("cu-te-1t1r")[0].text
    device = tmp_path / "measured.toml"
    before, _, after = shipped.partition("[prior]")  # this one takes its place
    model = after[after.index("[model]") :]
    device.write_text(f"{before}\n{model}\n{text}", encoding="utf-8")
    job = read_job("program", "ideal", str(device), "one-target", seed=1)
    prior = job.setup.profile.prior
    assert not job.refusals() and prior is not None and prior.device == "Cu:Te 1T1R"
    with job.setup.open() as bench:
        without = list(job.protocol.run(bench, job.recipe))

    def no_other(*_):
        raise AssertionError("it starts from another prior than that of the device")

    monkeypatch.setattr(controller, "broad_prior", no_other)
    with job.setup.open() as bench:
        assert list(map(str, job.protocol.run(bench, job.recipe))) == list(map(str, without))
    assert without[-1].verdict == "reached"
    options = ["settings.prior=false"]
    bare = read_job("program", "ideal", "cu-te-1t1r", "one-target", options=options, seed=1)
    with bare.setup.open() as bench, pytest.raises(AssertionError, match="another prior"):
        list(bare.protocol.run(bench, bare.recipe))


def test_the_table_reads_back_as_the_prior_it_was_made_of(runs):
    cells = [read_results(run).results for run in runs]
    for some in (cells[:1], cells):
        prior = prior_of("Cu:Te 1T1R", some)
        table = table_of("table", prior_table(prior))["prior"]
        assert type(prior).model_validate(table, context={"quoted_units": True}) == prior
    assert sum(part.share for part in prior.noise.times) == pytest.approx(1.0, abs=0.01)


def test_three_cells_tell_their_spread_and_one_has_an_assumed_one(runs):
    cells = [read_results(run).results for run in runs]
    one, three = prior_of("Cu:Te 1T1R", cells[:1]), prior_of("Cu:Te 1T1R", cells)
    middle = np.mean([point.amplitude for point in one.set.points])
    assert one.set.spread == pytest.approx(0.06 * middle, rel=1e-3)
    means = [
        np.mean([r.value for r in results if r.name == "stress_amplitude" and "RESET" in r.part])
        for results in cells
    ]
    assert three.reset.spread == pytest.approx(np.std(means, ddof=1), rel=1e-3)
    points = [np.mean([point.amplitude for point in p.reset.points]) for p in (one, three)]
    assert points[1] == pytest.approx(np.mean(means), rel=1e-3) and points[0] != points[1]


def test_what_is_no_run_of_it_is_refused(runs, capsys, tmp_path):
    other = execute(read_job("ispp", "ideal", "cu-te-1t1r", "one-target"), tmp_path).folder
    assert main(["prior", str(runs[0]), str(other), str(tmp_path / "nothing")]) == 2
    said = capsys.readouterr().err
    assert "is a run of ispp" in said and "nothing" in said and "Traceback" not in said
    elsewhere = execute(read_job(
        "characterise", "ideal", "cu-te", "cu-te", options=["rounds=1", "watch.lasts=1 s"]
    ), tmp_path).folder  # fmt: skip
    assert main(["prior", str(runs[0]), str(elsewhere)]) == 2
    assert "several types of device: Cu:Te 1T1R, Cu:Te memristor" in capsys.readouterr().err


def test_the_command_loads_no_plotting_library(runs):
    script = (
        f"import sys\nfrom mho.cli import main\nassert main(['prior', {str(runs[0])!r}]) == 0\n"
        "sys.exit(', '.join({'matplotlib', 'nidcpower'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("bench", ["ni-pxie-4139", "keithley-4200a", "keithley-4200a-pmu"])
def test_it_runs_on_every_bench(bench):
    options = ["rounds=2", "levels=2", "watch.lasts=3 s"]
    job = read_job("characterise", bench, "cu-te-1t1r", "cu-te", options=options)
    assert not job.refusals()
    with job.setup.open() as opened:
        opened.bind(job.plan())
        rows = frame(job.protocol.run(opened, job.recipe))
    assert rows["end"].iloc[-1] == End.COMPLETE
    found = {(one.name, one.part): one for one in CHARACTERISE.results(rows, job.recipe)}
    assert 0.4 < found["stress_amplitude", "RESET, point 1"].value < 0.8
    assert 1.6 < found["stress_amplitude", "RESET, point 5"].value < 2.4
