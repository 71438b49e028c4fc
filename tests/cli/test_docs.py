"""What the guides show works as it stands there: their bench files, their commands, their links."""

import re
import shlex
from pathlib import Path

import pytest

from mho.cli import main

DOCS = Path(__file__).parents[2] / "docs"
ON_CARDS = ("--device", "alpha-fe2o3", "--recipe", "published-80")
GUIDES = ("bench_file.md", "three_terminal_cells.md", "programming_on_a_bench.md")
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
BENCH_FILES = [
    (block.splitlines()[0].removeprefix("# "), block)
    for kind, block in FENCED.findall((DOCS / GUIDES[0]).read_text("utf-8"))
    if kind == "toml"
]
CELL = ["--device", "ecram-lithium", "--recipe", "ecram-lithium"]
SHORT = ["--set", "cycles=1", "--set", "preparation=[]"]
SHORT += ["--set", "potentiation.pulses=3", "--set", "depression.pulses=3"]
SHORTER = {"arena": ["--targets", "1", "--tolerance", "3 %"]}
"""What is said last counts."""


def commands(guide):
    text = (DOCS / guide).read_text("utf-8")
    blocks = [block for kind, block in FENCED.findall(text) if not kind]
    return [line for block in blocks for line in block.splitlines() if line.startswith("mho ")]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder with the bench files of the guide in it."""
    monkeypatch.chdir(tmp_path)
    for name, text in BENCH_FILES:
        Path(name).write_text(text, "utf-8")
    return tmp_path


@pytest.mark.parametrize("name", [name for name, _ in BENCH_FILES])
def test_a_bench_file_of_the_guide_carries_a_run(folder, capsys, name):
    cell = ON_CARDS if name in ("one-card.toml", "two-cards.toml") else CELL
    code = main(["run", "ltp_ltd", "--bench", name, *cell, *SHORT])
    captured = capsys.readouterr()
    assert code == 0, captured.err
    assert len(list((folder / "data" / "runs").iterdir())) == 1


@pytest.mark.parametrize("guide", GUIDES)
def test_commands_of_a_guide_are_taken(folder, capsys, guide):
    lines = [line for line in commands(guide) if not line.startswith("mho report")]  # of runs
    assert len(lines) >= 2
    for line in lines:
        _, what, *rest = shlex.split(line)
        rest += SHORTER.get(what, [])
        code = main(["check" if what == "run" else what, *rest])
        captured = capsys.readouterr()
        assert code == 0, f"{line}: {captured.err}"


@pytest.mark.parametrize("guide", sorted(path.name for path in DOCS.glob("*.md")))
def test_links_of_a_guide_exist(guide):
    for target in re.findall(r"\]\(([^)#:]+)\)", (DOCS / guide).read_text("utf-8")):
        assert (DOCS / target).exists(), target


def test_every_image_has_the_command_that_makes_it(capsys):
    page = (DOCS / "images" / "README.md").read_text("utf-8")
    lines = [line for line in page.splitlines() if line.startswith("mho ")]
    named = {}
    for line in lines:
        command, name = re.split(r" {4,}", line)
        named[name] = shlex.split(command)[1:]
    assert set(named) == {path.name for path in (DOCS / "images").glob("*.png")}
    for name, (what, *rest) in named.items():
        typed = ["check", *rest] if what == "run" else [what, "--help"]
        assert main(typed) == 0, f"{name}: {capsys.readouterr().err}"
