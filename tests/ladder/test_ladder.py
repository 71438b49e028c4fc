"""A ladder: orders, what is judged when, programming again, sigma, confusion and bits."""

import dataclasses
import random
from functools import cache, partial
from math import log2

import numpy as np
import pandas as pd
import pytest
from program.troubled_cell import TroubledCell

from mho.campaign.campaign import read_campaign
from mho.campaign.conduct import Conduct, conduct
from mho.errors import SettingsError
from mho.job import read_job
from mho.protocols.ladder import LADDER, LadderRecipe, Phase, ladder
from mho.protocols.ladder.distributions import distributions
from mho.readings import Trace
from mho.stimuli import Hold, Pulse
from mho.testing import bench_of, frame

LEVELS = (20e-6, 35e-6, 60e-6)
recipe_for = partial(
    LadderRecipe,
    targets=LEVELS,
    tolerance=0.05,
    repeats=2,
    later=5.0,
    longest_look=1.0,
    judge={"lasts": 0.5},
    pulses={"most": 40},
)


@cache
def of_a_cell():
    bench, recipe = bench_of(TroubledCell), recipe_for()
    return frame(ladder(bench, recipe)), recipe, bench


def visits(rows):
    return rows.groupby("visit").first()[["order", "round", "level"]]


def test_levels_are_gone_through_up_down_and_shuffled_as_often_as_asked():
    rows, recipe, _ = of_a_cell()
    found = visits(rows)
    assert list(found["order"]) == ["up"] * 6 + ["down"] * 6 + ["shuffled"] * 6
    assert list(found["round"]) == [1, 1, 1, 2, 2, 2] * 3
    assert list(found["level"])[:12] == [0, 1, 2] * 2 + [2, 1, 0] * 2
    shuffled = list(found["level"])[12:]
    assert sorted(shuffled[:3]) == sorted(shuffled[3:]) == [0, 1, 2]
    assert [one.level for one in recipe.visits()] == list(found["level"])
    assert recipe.visits() == recipe_for().visits() != recipe_for(shuffle_seed=4).visits()


def test_each_level_is_judged_at_once_and_later():
    rows, recipe, bench = of_a_cell()
    for _, of in rows.groupby("visit"):
        assert list(of["phase"])[-2:] == [Phase.CHECK, Phase.LATER]
        once, later = of.iloc[-2], of.iloc[-1]
        assert once["reads"] == later["reads"] == 50
        assert once["wait"] == recipe.judge.after and later["wait"] == 5.0
        assert later["time"] - once["time"] == pytest.approx(5.5, abs=0.01)
    plan = LADDER.plan(recipe, bench.profile)
    assert plan.pulses == 18 * 40 and bench.pulses <= plan.pulses
    assert bench.clock.now() <= plan.duration


class Relaxes(TroubledCell):
    """Each level falls by a tenth between the two judgings of a visit, so many times in all."""

    left: int = 2
    judged: int = 0

    def apply(self, stimulus):
        if isinstance(stimulus, Hold) and stimulus.count == 50:
            self.judged += 1
            if self.judged % 2 == 0 and self.left:
                self.left -= 1
                self.x -= 0.1
        return super().apply(stimulus)


@pytest.mark.parametrize(
    ("again", "attempts"), [(0, [1, 1]), (1, [2, 1]), (2, [3, 1]), (5, [3, 1])]
)
def test_a_level_that_relaxed_out_is_programmed_again_as_often_as_allowed(again, attempts):
    bench = bench_of(Relaxes)
    recipe = recipe_for(targets=LEVELS[:2], orders=("up",), repeats=1, again=again)
    rows = frame(ladder(bench, recipe))
    assert list(rows.groupby("visit")["attempt"].max()) == attempts
    found = {one.name: one for one in distributions(rows, recipe)}
    assert set(found) == {"at once", "later"} | (
        {"at once, programmed again", "later, programmed again"} if again else set()
    )
    assert list(found["at once"].true) == [1, 1]
    assert found["later"].true[0] == 0
    if again > 1:
        assert list(found["later, programmed again"].true) == [1, 1]
    assert found["later"].conductance[0] < 0.95 * LEVELS[0]
    results = {(one.name, one.part): one.value for one in LADDER.results(rows, recipe)}
    assert results["programmed_again", ""] == (attempts[0] > 1)


class LostAfter(TroubledCell):
    left: int = 0

    def apply(self, stimulus):
        readings = []
        for one in super().apply(stimulus):
            self.left -= 1
            readings.append(one if self.left >= 0 else one._replace(current=0.0))
        return Trace(tuple(readings))


@pytest.mark.parametrize("left", [0, 5, 200, 1000])
def test_a_lost_contact_ends_it_with_its_rows(left):
    bench = bench_of(LostAfter, left=left)
    rows = list(ladder(bench, recipe_for()))
    assert rows[-1].verdict == "contact lost" and rows[-1].phase is Phase.TUNING
    assert isinstance(bench.applied[-1], Hold) and bench.applied[-1].count == 3
    after = [one for one in bench.applied if isinstance(one, Pulse)]
    assert len(after) == bench.pulses <= LADDER.plan(recipe_for(), bench.profile).pulses
    assert LADDER.summary(frame(rows), recipe_for()).rows
    results = {one.name: one.value for one in LADDER.results(frame(rows), recipe_for())}
    assert results["outcome"] == "contact lost"


# ---- what is made of made-up rows


def made(sigma=0.01, count=40, levels=LEVELS, shift=0.0, seed=1):
    """Rows of visits whose judged means scatter by so much, relatively; later shifted."""
    chance = np.random.default_rng(seed)
    rows, _, _ = of_a_cell()
    blank = rows.iloc[-1].to_dict()
    found = []
    for visit in range(count * len(levels)):
        level = visit % len(levels)
        own = {
            "visit": visit, "level": level, "target": levels[level],
            "low": 0.95 * levels[level], "high": 1.05 * levels[level], "attempt": 1,
        }  # fmt: skip
        found.append({**blank, **own, "phase": Phase.TUNING, "verdict": "reached", "pulse": 3})
        for phase, moved in ((Phase.CHECK, 0.0), (Phase.LATER, shift)):
            g = levels[level] * (1 + moved + sigma * chance.standard_normal())
            found.append({**blank, **own, "phase": phase, "conductance": g})
    return pd.DataFrame(found), recipe_for(targets=levels)


def test_sigma_and_bias_are_found_with_intervals_that_hold_them():
    rows, recipe = made(sigma=0.01, shift=-0.02)
    results = {(one.name, one.part): one for one in LADDER.results(rows, recipe)}
    covered = 0
    for n, level in enumerate(LEVELS):
        part = f"level {n + 1}: {level * 1e6:.0f} uS"
        for when, bias in (("at once", 0.0), ("later", -0.02)):
            sigma = results["sigma", f"{part}, {when}"]
            assert sigma.value == pytest.approx(0.01 * level, rel=0.35)
            covered += sigma.interval[0] <= 0.01 * level <= sigma.interval[1]
            assert results["bias", f"{part}, {when}"].value == pytest.approx(bias, abs=0.006)
    assert covered >= 5


def test_bits_are_those_of_the_integral():
    rows, recipe = made(sigma=0.01, count=400)
    results = {(one.name, one.part): one for one in LADDER.results(rows, recipe)}
    for z in (1, 2, 3):
        # sigma = 0.01 G: the integral of dG / (2 z 0.01 G) is ln(60 / 20) / (0.02 z)
        wanted = log2(1 + np.log(LEVELS[-1] / LEVELS[0]) / (0.02 * z))
        bits = results["bits", f"{z} sigma, at once"]
        assert bits.value == pytest.approx(wanted, abs=0.12)
        low, high = bits.interval
        assert low <= bits.value <= high and high - low < 0.3


def test_what_is_misread_is_counted_level_by_level():
    rows, recipe = made(sigma=1e-6, count=10)
    at = rows[(rows["phase"] == Phase.LATER) & (rows["level"] == 0)].index
    rows.loc[at[:3], "conductance"] = 1.01 * (LEVELS[0] * LEVELS[1]) ** 0.5
    rows.loc[at[3], "conductance"] = 0.99 * (LEVELS[0] * LEVELS[1]) ** 0.5
    rows.loc[at[4], "conductance"] = 1.0
    _, later = distributions(rows, recipe)
    assert later.confusion().tolist() == [[6, 3, 1], [0, 10, 0], [0, 0, 10]]
    results = {(one.name, one.part): one.value for one in LADDER.results(rows, recipe)}
    assert results["read_as", "level 1 as level 2, later"] == 3
    assert results["read_as", "level 1 as level 3, later"] == 1
    assert ("read_as", "level 1 as level 2, at once") not in results
    assert results["misread_share", "later"] == pytest.approx(4 / 30)
    assert results["misread_share", "at once"] == 0
    cells = LADDER.summary(rows, recipe).rows
    assert [row[-2:] for row in cells] == [("0", "4"), ("0", "0"), ("0", "0")]


def test_boundaries_lie_half_way_in_the_spacing_of_the_levels():
    rows, recipe = made(levels=(10e-6, 40e-6), count=2, sigma=1e-6)
    (once, _) = distributions(rows, recipe)
    for linear, edge in ((False, 20e-6), (True, 25e-6)):
        one = dataclasses.replace(
            once, linear=linear, conductance=np.array([0.99, 1.01, 0.99, 1.01]) * edge
        )
        assert list(one.read_as()) == [0, 1, 0, 1]


def test_reads_at_their_limit_are_no_conductance():
    rows, recipe = made(count=5)
    rows.loc[rows["phase"] == Phase.LATER, "in_compliance"] = True
    once, later = distributions(rows, recipe)
    assert len(once.level) == 15 and len(later.level) == 0
    results = {(one.name, one.part): one for one in LADDER.results(rows, recipe)}
    assert results["true_share", "later"].undetermined
    assert LADDER.figure(rows, recipe).panels and LADDER.summary(rows, recipe).rows


def test_the_figure_holds_sigmas_confusion_and_every_error():
    rows, recipe = made(sigma=0.02, count=6, shift=0.01)
    sigma, confusion, errors = LADDER.figure(rows, recipe).panels
    once, later = distributions(rows, recipe)
    for line, one in zip(sigma.lines, (once, later), strict=True):
        assert line.y == [one.sigma(n).value for n in range(3)]
        assert np.allclose(line.x, LEVELS, rtol=0.05)
    shares = {(tile.row, tile.column): tile.value for tile in confusion.tiles}
    assert len(shares) == 9 and all(shares[n, n] == 1.0 for n in range(3))
    written = {(tile.row, tile.column): tile.name for tile in confusion.tiles}
    visits = later.confusion()
    assert written == {(i, j): str(int(visits[i, j])) for i in range(3) for j in range(3)}
    assert visits.sum() == len(later.level) == 18
    drawn = sum(len(line.x) for line in errors.lines)
    assert drawn == 2 * len(once.level) == 36


# ---- recipes


ACCEPTED = (
    "repeats=5", 'orders=["down"]', "later=0 s", "again=2", "shuffle_seed=9", "ladder.count=3",
    "tolerance=2 %", "pulses.most=10", "algorithm=ispp_averaged", "confidence=80 %",
)  # fmt: skip
REFUSED = (
    ("repeats=0", "1 or more"),
    ("orders=[]", "needs 1 or more"),
    ('orders=["up", "up"]', "stands there twice"),
    ('orders=["sideways"]', "shuffled"),
    ("later=-1 s", "0 s or more"),
    ("again=-1", "0 or more"),
    ("ladder.count=1", "2 or more"),
    ("ladder.last=15 uS", "two levels are the same"),
    ('targets=["20 uS", "30 uS"]', "one of the two"),
    ("ladder.last=5 mS", "read_compliance"),
    ("ladder.first=1 uS", "lower than"),
    ("tolerance=0.01 %", "below the noise of one read"),
    ("pulses.most=5000", "programming pulses are planned"),
    ("algorithm=nothing", "unknown programming algorithm"),
    ("settings.nothing=1", "unknown key"),
)


def told(*options):
    try:
        job = read_job("ladder", "ideal", "cu-te-1t1r", "four-levels", options=options)
        return "\n".join(job.refusals())
    except SettingsError as error:
        return str(error)


def test_legal_recipes_are_accepted_and_one_thing_broken_is_refused_in_words():
    accepted = [option for option in ACCEPTED if not told(option)]
    assert accepted == list(ACCEPTED) and len(accepted) == 10
    chance = random.Random(1)
    refused = [
        o for o, said in REFUSED if said.lower() in told(chance.choice(ACCEPTED[2:5]), o).lower()
    ]
    assert refused == [option for option, _ in REFUSED] and len(refused) == 15


def test_cells_of_a_campaign_each_have_their_ladder(tmp_path):
    sample = tmp_path / "W12.toml"
    sample.write_text('name = "W12"\ndevice = "cu-te-1t1r"\n[cells]\ngrid = "1 x 2"\n', "utf-8")
    file = tmp_path / "campaign.toml"
    file.write_text(
        'name = "levels"\nsample = "W12.toml"\nbench = "ideal"\n'
        '[[steps]]\nname = "ladder"\nprotocol = "ladder"\nrecipe = "four-levels"\n'
        'set = ["repeats=1"]\n',
        "utf-8",
    )
    finished = list(conduct(read_campaign(file), Conduct(out=tmp_path / "runs")))
    assert [one.error for one in finished] == [None, None]
    sigmas = [
        [r.value for r in one.entry.results if r.name == "sigma" and "at once" in r.part]
        for one in finished
    ]
    assert len(sigmas[0]) == 4 and sigmas[0] != sigmas[1]


@pytest.mark.parametrize(
    "bench",
    [
        "ni-pxie-4139",
        pytest.param("keithley-4200a", marks=pytest.mark.slow),
        pytest.param("keithley-4200a-pmu", marks=pytest.mark.slow),
    ],
)
def test_it_runs_on_every_bench(bench):
    job = read_job("ladder", bench, "cu-te-1t1r", "four-levels", options=["repeats=1"])
    assert not job.refusals()
    with job.setup.open() as opened:
        opened.bind(job.plan())
        rows = frame(job.protocol.run(opened, job.recipe))
    once, later = distributions(rows, job.recipe)
    assert once.true.sum() >= 7 and len(later.level) == 8
    assert list(once.read_as()) == list(once.level)
