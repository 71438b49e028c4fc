"""Recipes of program: legal ones first, then one thing broken, and told before a pulse."""

import random

import pytest
from prior import PRIOR

from mho.campaign.campaign import read_campaign
from mho.campaign.conduct import Conduct, conduct
from mho.errors import SettingsError
from mho.job import read_job
from mho.ledger import Ledger, ledger_path
from mho.recording.broken_run import read_broken_run
from mho.recording.documents import read_results, read_start
from mho.resume import recorded_job
from mho.run import execute

LEGAL = """
targets = ["40 uS", "60 uS"]
tolerance = "5 %"
algorithm = "step_towards"
[settings]
reads = 2
growth = "100 mV"
[pulses]
most = 60
[judge]
lasts = "100 ms"
"""


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_text(LEGAL, encoding="utf-8")
    return path


def job_of(recipe, *options, device="cu-te-1t1r", **where):
    return read_job("program", "ideal", device, str(recipe), options=options, **where)


ACCEPTED = (
    'targets=["10 uS"]',
    "tolerance=0.5 %",
    "tolerance_of=range",
    'range=["5 uS", "200 uS"]',
    "confidence=99 %",
    "repeats=3",
    "settings.reads=9",
    "settings.first_set=1.5 V",
    "pulses.set_limit=2 V",
    "pulses.width=1 ms",
    "pulses.shortest=1 ms",
    "pulses.longest=20 ms",
    "pulses.compliance=1 mA",
    "read.aperture=5 ms",
    "longest_look=1 s",
    "judge.after=0 s",
    "noise.relative=0.1 %",
    "noise.current=1 nA",
    "learnt={up = 1.2}",
)
REFUSED = (
    ("targets=[]", "give targets, a ladder or a file"),
    ("targets=[\"0 S\"]", "above 0"),
    ("targets=[\"30\"]", "unit"),
    ("targets=[\"5 mS\"]", "read_compliance"),
    ("targets=[\"1 nS\"]", "contact floor"),
    ("targets=[\"1 uS\"]", "lower than Cu:Te 1T1R reaches"),
    ("tolerance=0 %", "above"),
    ("tolerance=100 %", "below"),
    ("tolerance=0.01 %", "below the noise of one read by the instrument alone"),
    ("noise.relative=20 %", "below the noise of one read by the instrument alone"),
    ("absolute_tolerance=1 uS", "one of the two"),
    ("tolerance_of=reach", "target"),
    ("range=[\"90 uS\", \"80 uS\"]", "range goes from"),
    ("range=[\"50 uS\", \"80 uS\"]", "40 uS lies outside range"),
    ("confidence=30 %", "50 %"),
    ("repeats=0", "1 or more"),
    ("algorithm=step_toward", "Did you mean \"step_towards\"?"),
    ("algorithm=not_one", "no AlgorithmKind"),
    ("settings.red=3", "Did you mean \"reads\"?"),
    ("settings.reads=0", "1 or more"),
    ("settings.growth=100", "no unit"),
    ("pulses.set_limit=5 V", "above 2.6 V, the limit of the device"),
    ("pulses.reset_limit=5 V", "limit of the device"),
    ("pulses.most=0", "1 or more"),
    ("pulses.most=100000", "programming pulses are planned"),
    ("pulses.shortest=20 ms", "shorter"),
    ("longest_look=1 ms", "shorter than one read"),
    ("judge.interval=1 ms", "judge.interval"),
    ("file=none.csv", "not both"),
    ("ladder={first = \"10 uS\", last = \"50 uS\", count = 3}", "one of the three"),
    ("learnt={up = \"x\"}", "number"),
)  # fmt: skip


def test_legal_ones_are_accepted_one_by_one(recipe):
    accepted = [option for option in ACCEPTED if not job_of(recipe, option).refusals()]
    assert len(accepted) == len(ACCEPTED) == 19
    assert not job_of(recipe).refusals()


@pytest.mark.parametrize(("option", "said"), REFUSED)
def test_one_thing_broken_is_refused_in_words(recipe, option, said):
    try:
        told = "\n".join(job_of(recipe, option).refusals())
    except SettingsError as error:
        told = str(error)
    assert said in told and "Traceback" not in told


def test_random_legal_recipes_are_accepted_and_each_break_is_seen(recipe):
    chance = random.Random(3)
    refused = accepted = 0
    for _ in range(40):
        legal = dict(option.split("=", 1) for option in chance.sample(ACCEPTED, 5))
        laid = [f"{key}={value}" for key, value in legal.items()]
        if _told(recipe, laid):  # two that cannot stand together, e.g. width beyond longest
            continue
        accepted += 1
        broken, _ = chance.choice(REFUSED[1:5] + REFUSED[18:21])
        refused += bool(_told(recipe, [*laid, broken]))
    assert accepted >= 20 and refused == accepted


def _told(recipe, options):
    try:
        return job_of(recipe, *options).refusals()
    except SettingsError as error:
        return list(error.problems)


def test_all_problems_are_told_at_once(recipe):
    options = ["tolerance=5 V", "settings.reads=0", "settings.x=1", "pulses.step=3", "repeats=0"]
    with pytest.raises(SettingsError) as raised:
        job_of(recipe, *options)
    assert len(raised.value.problems) == 5


def test_a_ladder_is_its_targets(recipe):
    text = LEGAL.replace('targets = ["40 uS", "60 uS"]', "") + (
        '[ladder]\nfirst = "10 uS"\nlast = "160 uS"\ncount = 5\n'
    )
    recipe.write_text(text, encoding="utf-8")
    wanted = job_of(recipe).recipe.wanted
    assert wanted == pytest.approx((10e-6, 20e-6, 40e-6, 80e-6, 160e-6))
    linear = job_of(recipe, "ladder.spacing=linear", "ladder.count=4").recipe.wanted
    assert linear == pytest.approx((10e-6, 60e-6, 110e-6, 160e-6))


# ---- targets of a file


@pytest.fixture
def filed(recipe):
    text = LEGAL.replace('targets = ["40 uS", "60 uS"]', 'file = "targets.csv"')
    recipe.write_text(text, encoding="utf-8")

    def write(content, encoding="utf-8"):
        (recipe.parent / "targets.csv").write_text(content, encoding=encoding)
        return recipe

    return write


@pytest.mark.parametrize(
    "content",
    [
        "target\n40 uS\n0.06 mS\n",
        "target (uS)\n40\n60.0\n",
        "name,target\na,40 uS\nb,60 uS\n\n",
        "\ufefftarget\r\n40 uS\r\n60 uS\r\n",
        'note,"target (uS)"\n"one, two",40\n,60\n',
    ],
)
def test_targets_of_a_file_are_part_of_the_recorded_recipe(filed, tmp_path, content):
    job = job_of(filed(content))
    assert job.recipe.wanted == pytest.approx((40e-6, 60e-6))
    folder = execute(job, tmp_path / "runs").folder
    (tmp_path / "targets.csv").unlink()
    again = recorded_job(read_start(folder))
    assert again.recipe == job.recipe and again.plan() == job.plan()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", 'has no column "target"'),
        ("goal\n40 uS\n", 'has no column "target"; its first line has: goal'),
        ("target\n", "has no target"),
        ("target\n40\n", "line 2"),
        ("target\n40 uS\n-1 uS\n", "line 3"),
        ("target (V)\n1\n", "line 2"),
        ("target,note\n40 uS\n", "line 2: has 1 values"),
        ("cell,target\nr0c0,40 uS\n", "say which with --sample"),
        ("target\nnan uS\n", "line 2"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_by_line(filed, content, said):
    with pytest.raises(SettingsError) as raised:
        job_of(filed(content))
    assert said in str(raised.value)


def test_no_such_file(filed):
    recipe = filed("target\n40 uS\n")
    (recipe.parent / "targets.csv").unlink()
    with pytest.raises(SettingsError, match=r"targets\.csv"):
        job_of(recipe)


# ---- cells of a sample


@pytest.fixture
def sample(tmp_path):
    path = tmp_path / "W12.toml"
    path.write_text('name = "W12"\ndevice = "cu-te-1t1r"\n[cells]\ngrid = "1 x 3"\n', "utf-8")
    return path


MATRIX = "cell,target\nr0c0,40 uS\nr0c1,60 uS\nr0c0,45 uS\n"


def test_a_matrix_gives_each_cell_its_targets(filed, sample):
    recipe = filed(MATRIX)
    wanted = {
        cell: job_of(recipe, device=None, sample=str(sample), cell=cell).recipe.wanted
        for cell in ("r0c0", "r0c1")
    }
    assert wanted == {"r0c0": (40e-6, 45e-6), "r0c1": (60e-6,)}
    with pytest.raises(SettingsError, match="has no target of cell r0c2"):
        job_of(recipe, device=None, sample=str(sample), cell="r0c2")


def test_a_campaign_programs_a_matrix_and_says_before_what_is_missing(filed, sample, tmp_path):
    recipe = filed(MATRIX)
    file = tmp_path / "campaign.toml"
    text = (
        f'name = "matrix"\nsample = "{sample.name}"\nbench = "ideal"\ncells = CELLS\n'
        f'[[steps]]\nname = "write"\nprotocol = "program"\nrecipe = "{recipe.as_posix()}"\n'
    )
    file.write_text(text.replace("CELLS", '["all"]'), "utf-8")
    with pytest.raises(SettingsError, match=r"step write, cell r0c2: .*has no target of cell r0c2"):
        list(conduct(read_campaign(file), Conduct(out=tmp_path / "runs")))
    assert not (tmp_path / "runs").exists()
    file.write_text(text.replace("CELLS", '["r0c0", "r0c1"]'), "utf-8")
    finished = list(conduct(read_campaign(file), Conduct(out=tmp_path / "runs")))
    assert [(one.work.cell, one.error) for one in finished] == [("r0c0", None), ("r0c1", None)]
    begun = [
        next(r for r in one.entry.results if r.name == "declared_share").method for one in finished
    ]
    assert ["of 2 targets" in begun[0], "of 1 targets" in begun[1]] == [True, True]


def test_what_was_learnt_on_a_cell_is_where_its_next_run_begins(recipe, sample, tmp_path):
    def job(cell="r0c0", *options):
        return job_of(recipe, *options, device=None, sample=str(sample), cell=cell)

    assert job().recipe.learnt == {}
    first = execute(job(), tmp_path / "runs")
    assert first.error is None
    with Ledger(ledger_path(sample, rehearsed=True)) as ledger:
        (entry,) = ledger.runs("r0c0")
    kept = {one.part: one.value for one in entry.results if one.name == "learnt"}
    assert set(kept) == {"step_towards: up", "step_towards: down"}
    again = job()
    assert again.recipe.learnt == {
        "up": kept["step_towards: up"],
        "down": kept["step_towards: down"],
    }
    assert job("r0c1").recipe.learnt == {}
    assert job("r0c0", "learnt={up = 1.5}").recipe.learnt == {"up": 1.5}
    second = execute(again, tmp_path / "runs")
    assert recorded_job(read_start(second.folder)).recipe.learnt == again.recipe.learnt
    results = read_results(second.folder)
    assert results is not None and not results.problem
    with pytest.raises(SettingsError, match="came to its end"):
        read_broken_run(second.folder, None, rehearsed=True)


def test_a_device_without_a_pulse_of_one_polarity_is_refused(recipe):
    told = _told(recipe, ["device.terminals.TE.min_voltage=0 V"])
    assert any("allows no pulse of that polarity" in str(one) for one in told)


# ---- the prior of a device


def test_a_prior_of_another_type_of_device_is_refused(recipe):
    assert not job_of(recipe, *PRIOR).refusals()
    told = _told(recipe, [*PRIOR, 'device.prior.device="a cell of another kind"'])
    assert "was measured on devices of the type a cell of another kind" in str(told)


def test_a_target_beyond_what_the_prior_reaches_is_refused(recipe):
    wide = 'targets=["500 uS"]'
    assert not job_of(recipe, *PRIOR, wide).refusals()
    told = _told(recipe, [*PRIOR, wide, "pulses.set_limit=1.5 V"])
    assert "500 uS is higher than Cu:Te 1T1R reaches: by its prior" in str(told)
    low = 'targets=["4 uS"]'
    assert not job_of(recipe, *PRIOR, low).refusals()
    assert "4 uS is lower than" in str(_told(recipe, [*PRIOR, low, "pulses.reset_limit=2 V"]))
