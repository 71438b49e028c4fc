"""The command line as a person meets it: outputs, exit codes, and what never happens."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import h5py
import pytest

import mho
from mho import plugins
from mho.cli import main
from mho.cli.commands import mho as mho_command
from mho.plugin_kinds import OnDemand

NINE = ("ispp", "--bench", "ideal", "--device", "cu-te-1t1r", "--recipe", "nine-targets")
ONE = ("ispp", "--bench", "ideal", "--device", "cu-te-1t1r", "--recipe", "one-target")


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    return code, captured.out, captured.err


def test_run_leaves_a_run_folder_whose_path_is_the_last_line(capsys, tmp_path):
    code, out, _ = run(capsys, "run", *ONE, "--out", tmp_path, "--seed", 3)
    assert code == 0
    folder = Path(out.splitlines()[-1])
    assert {p.name for p in folder.iterdir()} == {
        "start.json", "rows.csv", "stop.json", "results.json", "run.h5", "ispp.png",
    }  # fmt: skip
    assert mho.load(folder)["verdict"].iloc[-1] == "reached"
    with h5py.File(folder / "run.h5") as file:
        assert file.attrs["exit_status"] == "success"
        assert file.attrs["seed"] == 3


def test_the_same_seed_gives_the_same_rows(capsys, tmp_path):
    texts = []
    for seed in (5, 5, 6):
        _, out, _ = run(capsys, "run", *ONE, "--out", tmp_path, "--seed", seed)
        texts.append((Path(out.splitlines()[-1]) / "rows.csv").read_text())
    assert texts[0] == texts[1] != texts[2]


def test_show_and_plot_work_from_the_folder_alone(capsys, tmp_path):
    _, out, _ = run(capsys, "run", *ONE, "--out", tmp_path)
    folder = Path(out.splitlines()[-1])
    (folder / "run.h5").unlink()
    code, out, _ = run(capsys, "show", folder)
    assert code == 0 and "50.000" in out and "success" in out
    code, out, _ = run(capsys, "plot", folder, "--out", tmp_path / "figure.png")
    assert code == 0
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")
    code, _, err = run(capsys, "show", tmp_path)
    assert code == 2 and "not a run folder" in err


def test_check_shows_the_plan_and_energises_nothing(capsys):
    code, out, _ = run(capsys, "check", *NINE)
    assert code == 0
    for words in ("2.3 V", "-2.4 V", "5 mA", "11.5 mW", "at most 1350 programming pulses"):
        assert words in out


def test_check_tells_every_refusal(capsys):
    code, out, err = run(
        capsys, "check", *NINE, "--set", "set.limit=4 V", "--set", "reset.limit=5 V",
        "--set", "max_pulses=5000",
    )  # fmt: skip
    assert code == 2
    for words in ("4 V is above 2.6 V", "-5 V is below -2.6 V", "45000 programming pulses"):
        assert words in err
    assert "Plan" in out


def test_run_refuses_the_same_and_makes_no_folder(capsys, tmp_path):
    code, _, err = run(capsys, "run", *ONE, "--out", tmp_path / "runs", "--set", "set.limit=4 V")
    assert code == 2 and "4 V is above 2.6 V" in err
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "isp", *ONE[1:]), 'Did you mean "ispp"'),
        (("run", *ONE, "--set", "tolerence=1 %"), 'Did you mean "tolerance"'),
        (("run", *ONE, "--set", "tolerance"), "key=value"),
        (("run", *ONE, "--set", "step=10"), "has no unit"),
        (("run", *ONE, "--set", "step=10 ms"), "is a time; write a voltage"),
        (("run", *ONE[:-1], "none.toml"), "cannot be read"),
        (("run", *ONE[:-1], "nothing"), "unknown recipe"),
        (("check", "iv", *ONE[1:]), "s a recipe of ispp"),
        (("check", *ONE, "--seed", "9" * 30), "--seed"),
        (("run", "ispp"), "--bench"),
        (("new", "bench"), "NAME"),
        (("serve", "nj"), 'Did you mean "ni"'),
        (("validate", "--device", "nmoss"), 'Did you mean "nmos"'),
        (("frobnicate",), "No such command"),
    ],
)
def test_wrong_input_exits_with_2_and_says_what_to_do(capsys, arguments, words):
    code, _, err = run(capsys, *arguments)
    assert code == 2
    assert words in err


def test_a_first_reset_amplitude_that_nobody_gives_is_wrong_input(capsys):
    code, _, err = run(
        capsys, "check", "ispp", "--bench", "ideal", "--device", "resistor",
        "--recipe", "nine-targets",
    )  # fmt: skip
    assert code == 2 and "reset_curve" in err and "50 mV" in err


@pytest.mark.parametrize(
    ("device", "ended", "expected"), [("resistor", "stuck", 0), ("open", "contact lost", 1)]
)
def test_the_first_things_anyone_connects(capsys, tmp_path, device, ended, expected):
    code, out, _ = run(
        capsys, "run", "ispp", "--bench", "ideal", "--device", device, "--recipe", "one-target",
        "--out", tmp_path,
    )  # fmt: skip
    assert code == expected
    assert ended in out


def test_list_shows_every_shelf(capsys):
    code, out, _ = run(capsys, "list")
    assert code == 0
    for name in ("ispp", "ni-pxie-4139", "ideal", "cu-te-1t1r", "resistor", "ispp/nine-targets"):
        assert name in out
    code, out, _ = run(capsys, "list", "benches")
    assert "ideal" in out and "resistor" not in out


def test_new_writes_files_that_run(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for what, name, source in (
        ("bench", "mine", "ideal"),
        ("device", "cell", "cu-te-1t1r"),
        ("recipe", "fifty", "ispp/one-target"),
    ):
        code, out, _ = run(capsys, "new", what, name, "--from", source)
        assert (code, out.strip()) == (0, f"{name}.toml")
    code, _, err = run(capsys, "new", "bench", "mine")
    assert code == 2 and "exists already" in err
    code, _, err = run(capsys, "new", "recipe", "other", "--from", "one-targt")
    assert code == 2 and "one-target" in err
    code, out, _ = run(
        capsys, "check", "ispp", "--bench", "mine.toml", "--device", "cell.toml",
        "--recipe", "fifty.toml",
    )  # fmt: skip
    assert code == 0


def test_a_real_bench_is_not_energised_without_agreement(capsys, tmp_path):
    code, out, err = run(
        capsys, "run", "ispp", "--bench", "ni-pxie-4139", "--device", "cu-te-1t1r", "--recipe",
        "one-target", "--set", "bench.target=localhost:1", "--out", tmp_path / "runs",
    )  # fmt: skip
    assert code == 2
    assert "REAL" in out and "--yes" in err
    assert not (tmp_path / "runs").exists()


def test_help_imports_no_vendor_and_no_plotting_library():
    script = (
        "import sys\nfrom mho.cli import main\nassert main(['--help']) == 0\n"
        "heavy = {'nidcpower', 'grpc', 'matplotlib', 'h5py', 'pandas', 'numpy', 'pyvisa',"
        " 'pydantic', 'rich'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("bench", ["ideal", "ni-pxie-4139", "keithley-4200a"])
@pytest.mark.parametrize("command", ["list", "check", "describe"])
def test_what_needs_no_rows_loads_nothing_that_reads_or_draws_them(command, bench):
    job = ["--bench", bench, "--device", "cu-te-1t1r", "--recipe", "one-target"]
    arguments = {"list": ["list"], "check": ["check", "ispp", *job], "describe": ["describe"]}
    script = (
        f"import sys\nfrom mho.cli import main\nassert main({arguments[command]}) == 0\n"
        "heavy = {'pandas', 'scipy', 'h5py', 'matplotlib', 'pyarrow'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", plugins.names(plugins.PROTOCOLS))
def test_functions_named_by_place_exist(name):
    protocol = plugins.load(plugins.PROTOCOLS, name)
    named = (protocol.summary, protocol.figure, protocol.results)
    places = [function.place for function in named if isinstance(function, OnDemand)]
    assert len(places) == 3
    for place in places:
        module, _, function = place.partition(":")
        assert module.startswith(f"mho.protocols.{name}.")
        assert callable(getattr(import_module(module), function))


@pytest.mark.parametrize("command", ["", *mho_command.commands])
def test_every_command_has_help_that_fits_80_columns(capsys, monkeypatch, command):
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = run(capsys, *command.split(), "--help")
    assert code == 0
    assert f"Usage: mho {command}".strip() in out
    assert max(map(len, out.splitlines())) <= 80
