"""A damaged run folder never gives a traceback: rows are shown, or what is wrong with them said."""

import random
import shutil
import traceback
from collections import Counter

import pytest
from recorded_runs import damaged, record_all

import mho
from mho.cli import main
from mho.errors import MhoError

ANALYSES = ("conduction", "noise", "switching", "weibull", "levels")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return record_all(tmp_path_factory.mktemp("runs"))


def look(folder, command, out):
    """The exit code of a look at a run; "traceback" and the error for what nobody foresaw."""
    extra = {
        "plot": ["--out", str(out / "x.png")],
        "export": ["--csv", "--hdf5", "--out", str(out)],
        **{f"analyse {what}": ["--out", str(out / "y.png")] for what in ANALYSES},
    }
    words = command.split()
    try:
        return main([*words, str(folder), *extra.get(command, [])]), ""
    except BaseException:
        return "traceback", traceback.format_exc()


def check(runs, number, seed, tmp_path, capsys):
    """Damage runs of all protocols in turn; counts what looks at them ended with."""
    counted, failures = Counter(), []
    names = sorted(runs)
    for index in range(number):
        rng = random.Random(f"{seed} {index}")
        protocol = names[index % len(names)]
        folder, out = tmp_path / "run", tmp_path / "out"
        out.mkdir()
        what = damaged(runs[protocol], folder, rng)
        commands = ["show", rng.choice(("plot", "export", "show --json"))]
        commands.append(f"analyse {rng.choice(ANALYSES)}")
        if protocol in ("iv", "multilevel_compliance"):
            commands.append("analyse conduction")
        for command in commands:
            code, told = look(folder, command, out)
            printed = capsys.readouterr()
            counted[command, code] += 1
            if code == "traceback" or "Traceback" in printed.err + printed.out:
                failures.append(f"{index} {protocol}, {command}: {what}\n{told[-1500:]}")
        try:
            mho.load(folder)
            counted["load", 0] += 1
        except MhoError:
            counted["load", 2] += 1
        except BaseException:
            failures.append(f"{index} {protocol}, load: {what}\n{traceback.format_exc()[-1500:]}")
        shutil.rmtree(folder)
        shutil.rmtree(out)
    print(sorted(counted.items(), key=str))
    assert not failures, f"{len(failures)} failures\n" + "\n\n".join(failures[:10])
    return counted


@pytest.mark.filterwarnings("ignore")
def test_damaged_runs_are_shown_or_refused_in_words(runs, tmp_path, capsys):
    for number, (protocol, folder) in enumerate(runs.items()):  # that are sound as they are
        for command in ("show", ("plot", "export", "export", "export")[number % 4]):
            assert look(folder, command, tmp_path) == (0, ""), (protocol, command)
        assert mho.load(folder).attrs["differences"] == (), protocol
    capsys.readouterr()
    counted = check(runs, 32, "few", tmp_path, capsys)
    assert counted["load", 0] > 7 and counted["load", 2] > 7
    assert counted["show", 0] > 5 and counted["show", 2] > 7


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.filterwarnings("ignore")
def test_two_thousand_damages_over_all_protocols(runs, tmp_path, capsys):
    counted = check(runs, 2000, "many", tmp_path, capsys)
    assert counted["load", 0] > 500 and counted["load", 2] > 500
    assert counted["show", 0] > 400 and counted["show", 2] > 500
    assert (
        counted["plot", 0] > 100
        and counted["export", 0] > 150
        and counted["analyse conduction", 0] > 20
    )
