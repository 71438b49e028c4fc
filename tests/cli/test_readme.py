"""What the README shows works as it stands there."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from mho.cli import main

README = Path(__file__).parents[2] / "README.md"
TEXT = README.read_text("utf-8") if README.exists() else ""


def blocks(language: str) -> list[str]:
    fenced = re.findall(r"^```(\w*)\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    return [block for kind, block in fenced if kind == language]


def test_the_ten_line_script(tmp_path):
    script = blocks("python")[0]
    assert len([line for line in script.splitlines() if line.strip()]) <= 10
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].startswith("+2.00 V")
    assert done.stdout.splitlines()[-1].endswith("reached")


@pytest.mark.parametrize(
    "command", ["pip install . && mho demo", 'pip install ".[test]" && pytest']
)
def test_the_two_commands_stand_in_the_readme_and_in_ci(command):
    assert any(block.strip() == command for block in blocks(""))
    script = (README.parent / ".ci" / "run").read_text("utf-8")
    for part in command.split(" && "):
        assert part.removeprefix("pip install ").removeprefix("mho ") in script


def test_links_and_pictures_exist():
    for target in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (README.parent / target).exists(), target


NUMBERS = ["none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def test_what_the_page_says_of_the_demo_is_what_the_demo_shows(tmp_path, capsys):
    assert main(["demo", "--out", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    (declared,) = re.findall(r"(\d) of 9 targets declared within 3 %", shown)
    ((true, reads, span, delay),) = re.findall(
        r"(\d) of 9 true: the mean of (\d+) reads over (\d+ s), begun (\d+ s) later", shown
    )
    said = " ".join(TEXT.split())
    assert f"The loop declares {NUMBERS[int(declared)]} of nine reached" in said
    assert f"is within 3 % for {NUMBERS[int(true)]} of nine." in said
    assert f"{reads} reads over {span}, begun {delay} after" in said
    (picture,) = re.findall(r"!\[(.*?)\]\(docs/images/ispp.png\)", said)
    assert f"{NUMBERS[int(declared)]} of nine targets declared" in picture
    assert f"{NUMBERS[int(true)]} of nine true" in picture


LONG = ("demo", "validate", "serve", "campaign")
"""These have tests of their own."""


def commands() -> list[list[str]]:
    """What a reader types, in the order of the page; what is said beside it left out."""
    lines = [line for block in blocks("") for line in block.splitlines()]
    typed = [re.split(r" {4,}", line)[0] for line in lines if line.startswith("mho ")]
    return [shlex.split(line)[1:] for line in typed]


def test_the_commands_of_the_page_work_as_they_are_typed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["new", "bench", "lab"]) == 0
    assert main(["new", "bench", "served"]) == 0  # in place of what mho serve prints
    for protocol, device, recipe in (
        ("ispp", "cu-te-1t1r", "one-target"), ("iv", "cu-te", "double-sweep"),
    ):  # fmt: skip
        job = [protocol, "--bench", "ideal", "--device", device, "--recipe", recipe]
        assert main(["run", *job]) == 0
    ran = 0
    for typed in commands():
        words = [_recorded(word, tmp_path / "data" / "runs") for word in typed]
        if words[0] in LONG:
            continue
        if words[0] == "resume":  # as a process leaves it that is killed
            (Path(words[1]) / "stop.json").unlink()
        assert main(words) == 0, f"{typed}: {capsys.readouterr().err}"
        ran += 1
    assert ran >= 11


def _recorded(word: str, runs: Path) -> str:
    """A run of that protocol in place of the one that the page names."""
    named = re.fullmatch(r"data/runs/\w+?_(\w+)_\w+", word)
    return word if named is None else str(next(runs.glob(f"*_{named[1]}_*")))
