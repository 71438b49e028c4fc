"""``mho analyse conduction`` on a recorded sweep."""

from pathlib import Path

import pytest

from mho.cli import main


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs")
    job = ["--bench", "ideal", "--device", "cu-te", "--recipe", "double-sweep", "--out", str(out)]
    assert main(["run", "iv", *job]) == 0
    return next(out.iterdir())


def run(capsys, *arguments):
    code = main(["analyse", "conduction", *map(str, arguments)])
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return code, captured.out, captured.err


def test_every_mechanism_is_tried(capsys, sweep):
    code, out, _ = run(capsys, sweep, "--window", "0.05 V", "0.4 V", "--thickness", "30 nm")
    assert code == 0
    for name in ("ohmic", "SCLC", "Schottky", "Poole-Frenkel", "Fowler-Nordheim", "hopping"):
        assert name in out
    assert "50 mV to 400 mV" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--cycle", "99"), "it has cycles"),
        (("--window", "1 V", "0.5 V"), "lower magnitude first"),
        (("--window", "1", "2"), "no unit"),
        (("--thickness", "30 V"), "write a length"),
        (("--thickness", "0 nm"), "above 0"),
        (("--thickness", "-30 nm"), "above 0"),
        (("--thickness", "30 nm", "--temperature", "0 K"), "above 0"),
    ],
)
def test_mistakes_are_told(capsys, sweep, arguments, words):
    code, _, err = run(capsys, sweep, *arguments)
    assert code == 2
    assert words in err


def test_a_run_without_a_sweep_is_refused(capsys, tmp_path):
    job = ["--bench", "ideal", "--device", "cu-te-1t1r", "--recipe", "one-target"]
    assert main(["run", "ispp", *job, "--out", str(tmp_path)]) == 0
    capsys.readouterr()
    code, _, err = run(capsys, next(Path(tmp_path).iterdir()))
    assert code == 2 and "protocol iv" in err
