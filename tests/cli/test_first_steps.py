"""A newcomer's first hour: what is printed, written and listed can be typed as it stands."""

import re

import pytest
from served_instruments import served_into

import mho
from mho import settings
from mho.bench.limits import missing_terminals
from mho.cli import main
from mho.laboratory import read_setup


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    return code, captured.out, captured.err


def on_a_served(instrument, bench, capsys, tmp_path, *, edit=str, device="resistor"):
    """An ispp run on a device behind a served instrument, from what it printed."""
    with served_into(bench, instrument, "--device", device):
        bench.write_text(edit(bench.read_text("utf-8")), "utf-8")
        _, out, err = run(
            capsys, "run", "ispp", "--bench", bench, "--device", device, "--recipe",
            "one-target", "--yes", "--out", tmp_path / "runs",
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


def test_a_contact_lost_through_the_rpm_that_is_named_says_nothing_of_it(capsys, tmp_path):
    out, _ = on_a_served(
        "keithley-4200a", tmp_path / "printed.toml", capsys, tmp_path, device="open"
    )
    assert "contact lost" in out and "rpm" not in out.lower()


@pytest.mark.parametrize("bench", ["ideal", "keithley-4200a"])
def test_a_contact_lost_without_an_rpm_says_nothing_of_it(capsys, tmp_path, bench):
    _, out, _ = run(
        capsys, "run", "ispp", "--bench", bench, "--device", "open", "--recipe", "one-target",
        "--out", tmp_path,
    )  # fmt: skip
    assert "contact lost" in out and "rpm" not in out.lower()


def test_names_that_list_prints_are_taken_by_recipe_and_by_from(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, out, _ = run(capsys, "list", "recipes")
    names = re.findall(r"^  (\w+/\S+)$", out, re.MULTILINE)
    assert names == [f"{protocol}/{name}" for protocol, name in settings.shipped_recipes()]
    job = ("--bench", "ideal", "--device", "cu-te-1t1r", "--recipe")
    for name in names:
        protocol = name.partition("/")[0]
        code, _, err = run(capsys, "check", protocol, *job, name)
        assert code == 0 or "refused" in err or "recipe:" in err, f"{name}: {err}"
    assert len([name for name in names if name.startswith("ispp/")]) >= 5
    code, _, _ = run(capsys, "check", "ispp", *job, "ispp/one-target")
    assert code == 0
    code, _, _ = run(capsys, "new", "recipe", "mine", "--from", "ispp/one-target")
    assert code == 0


@pytest.mark.parametrize("name", ["iv/double-sweep", "double-sweep"])
def test_a_recipe_of_another_protocol_is_told_whose_it_is(capsys, name):
    code, _, err = run(
        capsys, "check", "ispp", "--bench", "ideal", "--device", "cu-te", "--recipe", name
    )
    assert code == 2
    assert f"recipe {name}: is a recipe of iv, not of ispp, which has: " in err
    assert "one-target" in err


SELECTED = {"cu-te-1t1r-array": "ni-switch", "cu-te-crossbar": "ideal-crossbar"}
"""Arrays whose cells a bench selects."""


@pytest.mark.parametrize("bench", settings.shipped(settings.BENCHES))
@pytest.mark.parametrize("device", settings.shipped(settings.DEVICES))
def test_every_shipped_bench_has_every_terminal_of_every_shipped_device(bench, device):
    if device.startswith("ecram-array"):  # a channel a line
        benches = ("ideal", "ni-daq-array")
    elif device == "threshold-crossbar-3x3":  # whose lines have other names
        benches = ("ideal",)
    elif device in SELECTED:
        benches = (SELECTED[device],)
    else:
        of_arrays = {"ni-daq-array", *SELECTED.values()}
        benches = tuple(
            name for name in settings.shipped(settings.BENCHES) if name not in of_arrays
        )
    if bench in benches:
        setup = read_setup(bench, device)
        assert missing_terminals(setup.profile, setup.limits) == []


@pytest.mark.parametrize(
    ("bench", "device"),
    [
        pytest.param("keithley-4200a", "resistor", marks=pytest.mark.slow),
        ("keithley-4200a-pmu", "ecram-lithium"),
    ],
)
def test_which_recipes_run_is_what_check_says(capsys, monkeypatch, bench, device):
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = run(capsys, "list", "recipes", "--bench", bench, "--device", device)
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    found = re.findall(r"^  (yes|no )  (\S+) *(.*)$", out, re.MULTILINE)
    assert [name for _, name, _ in found] == [name for _, name in settings.shipped_recipes()]
    assert {verdict for verdict, _, _ in found} == {"yes", "no "}
    for (verdict, name, reason), (protocol, _) in zip(
        found, settings.shipped_recipes(), strict=True
    ):
        assert bool(reason) == (verdict == "no ")
        checked, _, _ = run(
            capsys, "check", protocol, "--bench", bench, "--device", device, "--recipe", name
        )
        assert checked == (0 if verdict == "yes" else 2), f"{protocol}/{name}: {reason}"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("list", "--bench", "ideal"), "mho list recipes"),
        (("list", "recipes", "--bench", "ideal"), "--device: which recipes run"),
        (("list", "recipes", "--bench", "idael", "--device", "open"), 'Did you mean "ideal"'),
    ],
)
def test_half_a_question_is_told_what_is_missing(capsys, arguments, words):
    code, _, err = run(capsys, *arguments)
    assert code == 2 and words in err


def test_a_bench_without_a_terminal_of_the_device_runs_nothing(capsys, tmp_path):
    (tmp_path / "lab.toml").write_text(
        'kind = "keithley-4200a"\nconnection = "simulator"\n[terminals.TE]\nchannel = "SMU1"\n'
    )
    code, out, err = run(
        capsys, "list", "recipes", "--bench", tmp_path / "lab.toml", "--device", "cu-te-1t1r"
    )
    assert (code, out) == (2, "") and "add [terminals.gate]" in err


def test_a_second_file_of_the_same_name_is_told_what_to_type(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(capsys, "new", "bench", "lab")[0] == 0
    code, _, err = run(capsys, "new", "instrument", "lab", "--from", "ni")
    assert code == 2
    typed = "mho new instrument lab-instrument --from ni"
    assert typed in err
    assert run(capsys, *typed.split()[1:])[:2] == (0, "lab-instrument.toml\n")
    assert (tmp_path / "lab.toml").read_text("utf-8").startswith("# NI PXIe-4139")


DEVICE = ("new", "device", "cell", "--from", "resistor")
BENCH = ("new", "bench", "lab", "--from", "keithley-4200a")
RECIPE = ("new", "recipe", "fifty", "--from", "ispp/one-target")
INSTRUMENT = ("new", "instrument", "chassis", "--from", "keithley-4200a")


def job(bench="lab.toml", device="cell.toml", recipe="fifty.toml"):
    return ("check", "ispp", "--bench", bench, "--device", device, "--recipe", recipe)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (job(), None),
        (("serve", "ni", "--settings", "lab.toml"), "lab.toml: is a bench file, given as file of"),
        (job(bench="cell.toml"), "cell.toml: is a device file, given as bench file"),
        (job(bench="chassis.toml"), "chassis.toml: is a file of a simulated instrument, given as"),
        (job(device="lab.toml"), "lab.toml: is a bench file, given as device file"),
        (job(device="fifty.toml"), "fifty.toml: has no key of a device file"),
        (job(recipe="cell.toml"), "cell.toml: is a device file, given as recipe"),
        (job(bench="lab"), "for the file of that name write lab.toml"),
        (job(device="cell"), "for the file of that name write cell.toml"),
        (job(recipe="fifty"), "for the file of that name write fifty.toml"),
        (job(recipe="ispp"), "or give the path of a .toml file"),
        (("off", "cell.toml"), "is a device file"),
        (("help",), "mho --help"),
        (("run",), "mho list protocols"),
        (("run", "ispp"), "mho list benches"),
        (("run", "ispp", "--bench", "ideal"), "mho list recipes"),
        (
            ("run", "ispp", "--bench", "ideal", "--recipe", "one-target"),
            "name the device, or a sample with --sample; mho list devices shows",
        ),
        (("run", "ispp", "--bench", "ideal", "--device", "open"), "mho list recipes"),
        (("serve",), "mho list instruments"),
        (("off",), "mho list benches"),
        (("show",), "data/runs"),
        (("plot",), "data/runs"),
        (("new", "recipe", "mine", "--from", "two-lvels"), 'Did you mean "two-levels"'),
        (("new", "recipe", "mine", "--from", "cu-te"), "endurance/cu-te, ltp_ltd/cu-te, ppf/cu-te"),
        (("new", "recipe", "mine", "--from", "iv"), "iv/double-sweep"),
        (("describe", "keithly-4200a"), 'Did you mean "keithley-4200a"'),
        (("list", "recipe"), "'recipes'"),
    ],
)  # fmt: skip
def test_a_mistake_meets_a_sentence_that_helps(capsys, tmp_path, monkeypatch, typed, words):
    monkeypatch.chdir(tmp_path)
    for command in (DEVICE, BENCH, RECIPE, INSTRUMENT):
        assert run(capsys, *command)[0] == 0
    code, _, err = run(capsys, *typed)
    assert code == (0 if words is None else 2), err
    assert words is None or words in err
    assert len(err.splitlines()) <= 5


@pytest.mark.parametrize("word", ["bench", "device", "recipe", "instrument"])
def test_a_word_for_a_file_is_told_what_of_it_can_be_described(capsys, word):
    code, out, _ = run(capsys, "describe", word)
    assert code == 0 and len(out.splitlines()) <= 20
    assert {"bench": "ideal", "device": "resistor", "recipe": "ispp", "instrument": "ni"}[
        word
    ] in out
