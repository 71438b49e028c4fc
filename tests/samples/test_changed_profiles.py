"""A device file that changes between the runs of a cell: said, and the dose is kept."""

from pathlib import Path

import pytest

from mho.cli import main
from mho.ledger import Ledger, ledger_path

SAID = "the device file says something else now than for"


def command(folder: Path, what: str, device: str) -> list[str]:
    sample = folder / "W12.toml"
    sample.write_text(f'name = "W12"\ndevice = "{device}"\n', "utf-8")
    words = [what, "ispp", "--sample", str(sample), "--bench", "ideal", "--recipe", "one-target"]
    return [*words, "--out", str(folder / "runs")]


def changed(folder: Path, shipped: str, old: str, new: str) -> str:
    from mho import settings

    text = settings.read(settings.DEVICES, shipped).text
    assert old in text
    path = folder / "mine.toml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    return str(path)


def test_it_is_said_in_the_plan_and_in_the_ledger_and_the_dose_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    device = changed(tmp_path, "cu-te-1t1r", 'name = "', 'name = "')
    assert main(command(tmp_path, "check", device)) == 0
    assert "0 runs before this one, 0 of" in capsys.readouterr().out
    for _ in range(2):
        main(command(tmp_path, "run", device))
        out = capsys.readouterr().out
        assert SAID not in out
    assert "1 run before this one" in out
    path = ledger_path(tmp_path / "W12.toml", rehearsed=True)
    with Ledger(path) as ledger:
        had = ledger.dose("cell").most_pulses
    assert had > 0
    device = changed(tmp_path, "cu-te-1t1r", 'contact_floor = "50 nS"', 'contact_floor = "40 nS"')
    main(command(tmp_path, "run", device))
    out = capsys.readouterr().out
    assert f"{SAID} 2 of these runs" in out
    assert f"2 runs before this one, {had} of" in out
    main(["show", *map(str, (tmp_path / "runs").iterdir()), "--json"])  # all can be read
    capsys.readouterr()
    shown = []
    for folder in sorted((tmp_path / "runs").iterdir()):
        main(["show", str(folder)])
        shown.append("the device file said something else" in capsys.readouterr().out)
    assert shown == [False, False, True]
    with Ledger(path) as ledger:
        assert ledger.dose("cell").most_pulses > had
        last = ledger.runs()[-1].run
    assert main(["ledger", "show", str(tmp_path / "W12.toml"), "--cell", "cell"]) == 0
    assert f"from {last} on, the device file said something else" in capsys.readouterr().out
