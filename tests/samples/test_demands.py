"""What a bench or a sample asks to be said of every run."""

from pathlib import Path

import pytest

from mho.errors import SettingsError
from mho.job import Job, Said, read_job

TWO = """\
{require}
[instruments.left]
kind = "ideal"

[instruments.right]
kind = "ideal"

[terminals.TE]
on = "left"

[terminals.gate]
on = "right"
"""
ONE = '{require}\nkind = "ideal"\n'
BENCHES = {"one instrument": ONE, "two instruments": TWO}
NOTHING = Said()
ALL = Said(operator="Ada", note="first light", tags=("wafer3",))


def job(folder: Path, bench: str, require: str, said: Said = NOTHING, sample: str = "") -> Job:
    path = folder / "bench.toml"
    path.write_text(BENCHES[bench].format(require=require), "utf-8")
    if sample:
        (folder / "W12.toml").write_text(sample, "utf-8")
    return read_job(
        "ispp",
        str(path),
        None if sample else "cu-te-1t1r",
        "one-target",
        said=said,
        sample=str(folder / "W12.toml") if sample else None,
    )


@pytest.mark.parametrize("bench", BENCHES)
def test_a_bench_that_demands_nothing_or_gets_what_it_demands(tmp_path: Path, bench: str) -> None:
    for require in ("", "require = []"):
        assert job(tmp_path, bench, require).setup.require == ()
    made = job(tmp_path, bench, 'require = ["operator", "note", "tags"]', ALL)
    assert made.setup.require == ("operator", "note", "tags")
    assert made.refusals() == []


@pytest.mark.parametrize("bench", BENCHES)
def test_everything_that_is_not_said_is_named(tmp_path: Path, bench: str) -> None:
    with pytest.raises(SettingsError) as caught:
        job(tmp_path, bench, 'require = ["operator", "tags"]')
    assert [problem.message for problem in caught.value.problems] == [
        "asks for operator of every run; give --operator",
        "asks for tags of every run; give --tag",
    ]
    assert all("bench.toml" in problem.place for problem in caught.value.problems)


def test_bench_and_sample_demand_together(tmp_path: Path) -> None:
    sample = 'name = "W12"\ndevice = "cu-te-1t1r"\nrequire = ["note"]\n'
    with pytest.raises(SettingsError) as caught:
        job(tmp_path, "one instrument", 'require = ["operator"]', sample=sample)
    assert {problem.message for problem in caught.value.problems} == {
        "asks for operator of every run; give --operator",
        "asks for note of every run; give --note",
    }


@pytest.mark.parametrize("bench", BENCHES)
@pytest.mark.parametrize("require", ['require = ["name"]', "require = 3", 'require = "operator"'])
def test_what_cannot_be_demanded(tmp_path: Path, bench: str, require: str) -> None:
    with pytest.raises(SettingsError) as caught:
        job(tmp_path, bench, require, ALL)
    (problem,) = caught.value.problems
    assert "require" in problem.place
