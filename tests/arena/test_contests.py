"""``mho arena`` on the shipped devices: ranks, bounds, JSON, refusals; and the long table."""

import json
from dataclasses import replace

import numpy as np
import pytest

from mho.arena.banks import banks_of
from mho.arena.composites import composed
from mho.arena.contest import Arena, Entrant, rounds, spread_targets
from mho.arena.entrants import entrants_of
from mho.arena.means import Terms
from mho.arena.standings import calibration
from mho.cli import main
from mho.errors import SettingsError
from mho.programming.composite import Scales, next_target, value_of
from mho.settings import read_device

DEVICES = (
    "cu-te-1t1r", "cu-te", "alpha-fe2o3", "constant-step", "soft-bounds", "exponential-step",
    "threshold-power-law",
)  # fmt: skip


def arena_of(name, devices, targets=5, preset=None, seed=3, changes=None, **terms):
    _, profile = read_device(name)
    if changes:
        parameters = {**profile.model.parameters, **changes}
        model = profile.model.model_copy(update={"parameters": parameters})
        profile = profile.model_copy(update={"model": model})
    cells = banks_of(profile, preset)
    settable = Terms(**terms)
    return Arena(
        profile=profile,
        cells=cells,
        devices=devices,
        targets=spread_targets(profile, cells, targets, settable, None),
        terms=settable,
        seed=seed,
    )


def entrant(name, **settings):
    (found,) = entrants_of([name])
    return Entrant(name=found.name, kind=found.kind, settings=found.kind.settings(**settings))


def found_of(arena, names, tolerance):
    (one,) = rounds(arena, entrants_of(names), [tolerance])
    return one, {standing.name: standing for standing in one.standings}


@pytest.mark.parametrize(
    ("name", "devices"),
    [
        ("cu-te-1t1r", 5),
        pytest.param("alpha-fe2o3", 20, marks=pytest.mark.slow),
        ("threshold-power-law", 20),
    ],
)
def test_adaptive_is_the_best(name, devices):
    """Of all devices, at all tolerances: below, at length."""
    one, by_name = found_of(arena_of(name, devices), [], 0.03)
    best = by_name.pop("adaptive")
    assert best.true.value >= max(other.true.value for other in by_name.values()) - 1e-9
    assert best.true.value >= one.ceiling.value - 0.12
    assert len(by_name) == 4


def test_without_a_prior_it_starts_from_a_guess_and_is_nearly_as_good():
    arena = arena_of("cu-te-1t1r", 8, 4)
    assert arena.profile.prior is not None
    bare = replace(arena, profile=arena.profile.model_copy(update={"prior": None}))
    one, by_name = found_of(arena, ["adaptive,adaptive:prior=false"], 0.02)
    _, without = found_of(bare, ["adaptive"], 0.02)
    asked, guessed = by_name["adaptive"], by_name["adaptive prior=false"]
    assert without["adaptive"] == replace(guessed, name="adaptive")
    assert guessed.true.value >= one.ceiling.value - 0.12
    assert asked.true.value >= one.ceiling.value - 0.12
    assert asked.pulses.value <= guessed.pulses.value


def test_the_same_seed_gives_the_same_contest_and_another_one_another():
    first, second, third = (
        found_of(arena_of("cu-te-1t1r", 2, 2, seed=seed), ["ispp,adaptive"], 0.03)[0]
        for seed in (5, 5, 6)
    )
    assert str(first.standings) == str(second.standings)  # NaN is not equal to itself
    assert str(first.standings) != str(third.standings)


@pytest.mark.slow
def test_what_is_said_comes_true():
    """Cells of the device and of the harsh preset, at a tolerance that many of them miss."""
    for preset in (None, "harsh"):
        one, _ = found_of(arena_of("cu-te-1t1r", 20, 9, preset), ["adaptive"], 0.01)
        trial = one.trials["adaptive"]
        known = ~np.isnan(trial.confidence)
        assert trial.true[known].mean() == pytest.approx(trial.confidence[known].mean(), abs=0.1)
        false = (trial.declared & ~trial.true).sum()
        assert false <= 0.1 * trial.declared.sum() + 4


def test_composite_values_shrink_the_error_of_a_coarse_algorithm():
    arena = arena_of("cu-te-1t1r", 10, 3)
    found, floor = composed(arena, entrant("ispp"), 0.03, 3)
    assert [one.cells for one in found] == [1, 2, 3]
    assert found[1].error < 0.6 * found[0].error
    assert floor < found[0].error
    assert found[2].pulses > found[0].pulses


def test_the_next_cell_takes_what_is_missing():
    scales = Scales(0.1, 50e-6, 10e-6, 150e-6)
    asked = np.array([100e-6, 100e-6, 100e-6])
    first = np.array([[100e-6, 102e-6, 80e-6]])
    target = next_target(asked, first, scales)
    np.testing.assert_allclose(target, [50e-6, 30e-6, 150e-6])
    both = value_of(np.concatenate([first, target[None]]), scales)
    np.testing.assert_allclose(both[:2], asked[:2])
    np.testing.assert_array_equal(next_target(asked, np.empty((0, 3)), scales), asked)


def test_entrants_have_settings_of_their_own():
    found = entrants_of(["ispp, adaptive:quiet=true:sure=0.99"])
    assert [one.name for one in found] == ["ispp", "adaptive quiet=true sure=0.99"]
    assert found[1].settings.quiet
    assert {one.name for one in entrants_of([])} >= {"adaptive", "ispp", "ispp_averaged"}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("adaptve", "Did you mean"),
        ("adaptive:quiet", "write adaptive:key=value"),
        ("adaptive:quite=true", "quiet"),
        ("ispp,ispp", "more than once"),
        ("adaptive:sure=2", "sure"),
    ],
)
def test_wrong_entrants_are_refused(written, said):
    with pytest.raises(SettingsError, match=said):
        entrants_of([written])


def run(capsys, tmp_path, *options):
    path = tmp_path / "arena.png"
    code = main(["arena", "--devices", "2", "--targets", "2", "--figure", str(path), *options])
    return code, capsys.readouterr(), path


def test_the_command_prints_a_ranked_table_of_80_columns_and_draws(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    options = ("--tolerance", "3 %", "--calibration", "--composite", "2")
    code, said, path = run(capsys, tmp_path, *options)
    assert code == 0
    assert path.stat().st_size > 10_000
    lines = said.out.splitlines()
    assert max(len(line) for line in lines if str(path) not in line) <= 80
    for word in ("noise ceiling", "perfect knowledge", "adaptive", "ispp_averaged", "said %"):
        assert word in said.out


def test_json_holds_every_figure_with_its_interval(capsys, tmp_path):
    code, said, _ = run(capsys, tmp_path, "--tolerance", "5 %, 3 %", "--json")
    assert code == 0
    found = json.loads(said.out)
    assert [one["tolerance"] for one in found["rounds"]] == [0.05, 0.03]
    for one in found["rounds"]:
        assert set(one["noise_ceiling"]) == {"value", "low", "high"}
        assert len(one["algorithms"]) == 5
        for algorithm in one["algorithms"]:
            assert algorithm["cells"] == 4
            for field in ("true", "declared", "pulses", "reads", "time", "stress", "energy"):
                assert set(algorithm[field]) == {"value", "low", "high"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--tolerance", "3"), "3 %"),
        (("--tolerance", "130 %"), "below 100 %"),
        (("--preset", "loud"), "harsh"),
        (("--device", "resistor"), "cannot be had many at once"),
        (("--device", "constant-step", "--preset", "harsh"), "no presets"),
        (("--from", "10 uS"), "both ends"),
        (("--from", "20 uS", "--to", "10 uS"), "not above"),
        (("--look", "-1 s"), "above 0"),
    ],
)
def test_what_cannot_be_held_is_refused_in_a_sentence(capsys, tmp_path, options, said):
    code, found, path = run(capsys, tmp_path, *options)
    assert code == 2
    assert said in found.err
    assert "Traceback" not in found.err
    assert not path.exists()


@pytest.mark.slow
def test_the_table_of_the_published_device():
    """200 devices x 9 targets: at most 4, 2 and 1 points under the ceiling (and two sigma)."""
    arena = arena_of("cu-te-1t1r", 200, 9)
    under = {0.03: 0.04, 0.01: 0.02, 0.005: 0.01}
    for one in rounds(arena, entrants_of(["adaptive,adaptive:prior=false"]), list(under)):
        for standing in one.standings:
            sigma = (one.ceiling.high - one.ceiling.low) / 2.0
            assert standing.true.value >= one.ceiling.value - under[one.tolerance] - sigma
            if standing.declared.value > 0.02:
                assert standing.false_accept.value <= 0.1
            for b in calibration(one.trials[standing.name]):
                if b.cells >= 60:
                    assert abs(b.said - b.true.value) <= 0.1


@pytest.mark.slow
@pytest.mark.parametrize("tolerance", [0.03, 0.01, 0.005])
@pytest.mark.parametrize("name", ["harsh", "off by two", *DEVICES[1:]])
def test_adaptive_is_the_best_wherever_it_is_played(name, tolerance):
    if name == "harsh":
        arena = arena_of("cu-te-1t1r", 20, 9, "harsh")
    elif name == "off by two":
        memristor = {"reset_slope": "50 mV", "set_slope": "15 mV", "map_spread": "25 %"}
        arena = arena_of("cu-te-1t1r", 20, 9, changes={"memristor": memristor})
    else:  # step models and their like are quick: so many that one cell decides nothing
        arena = arena_of(name, 20 if name.startswith("cu-te") else 60, 9)
    _, by_name = found_of(arena, [], tolerance)
    best = by_name.pop("adaptive")
    assert best.true.value >= max(other.true.value for other in by_name.values()) - 0.005
