"""A newcomer's first hour: what is printed, written and listed can be typed as it stands."""

import pytest
from served_instruments import served_into

import mho
from mho.cli import main


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    return code, captured.out, captured.err


def on_a_served(instrument, bench, capsys, tmp_path, *, edit=str, options=()):
    """An ispp run on a resistor behind a served instrument, from what it printed."""
    with served_into(bench, instrument, "--device", "resistor"):
        bench.write_text(edit(bench.read_text("utf-8")), "utf-8")
        _, out, err = run(
            capsys, "run", "ispp", "--bench", bench, "--device", "resistor", "--recipe",
            "one-target", "--yes", "--out", tmp_path / "runs", *options,
        )  # fmt: skip
    return out, err


@pytest.mark.parametrize("instrument", ["keithley-4200a", "ni"])
def test_what_serve_prints_is_a_bench_on_which_a_resistor_is_measured(capsys, tmp_path, instrument):
    out, err = on_a_served(instrument, tmp_path / "printed.toml", capsys, tmp_path)
    rows = mho.load(out.splitlines()[-1])
    assert rows["verdict"].iloc[-1] == "stuck", out + err
    assert rows["conductance"].iloc[-1] == pytest.approx(100e-6, rel=0.02)
    assert "stuck" in out


def test_a_contact_lost_behind_an_rpm_says_so(capsys, tmp_path):
    def forgetful(text):
        kept = [line for line in text.splitlines() if not line.startswith("through_rpm")]
        assert len(kept) == len(text.splitlines()) - 1
        return "\n".join(kept)

    out, _ = on_a_served(
        "keithley-4200a", tmp_path / "printed.toml", capsys, tmp_path, edit=forgetful
    )
    assert mho.load(out.splitlines()[-1])["verdict"].iloc[-1] == "contact lost"
    for words in ("terminal TE", "PMU1-1, PMU1-2", 'through_rpm = "PMU1-1"', "[terminals.TE]"):
        assert words in out
    _, shown, _ = run(capsys, "show", out.splitlines()[-1])
    assert 'through_rpm = "PMU1-1"' in shown


@pytest.mark.parametrize("bench", ["ideal", "keithley-4200a"])
def test_a_contact_lost_without_an_rpm_says_nothing_of_it(capsys, tmp_path, bench):
    _, out, _ = run(
        capsys, "run", "ispp", "--bench", bench, "--device", "open", "--recipe", "one-target",
        "--out", tmp_path,
    )  # fmt: skip
    assert "contact lost" in out and "rpm" not in out.lower()
