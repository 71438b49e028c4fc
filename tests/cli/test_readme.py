"""What the README shows works as it stands there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"
TEXT = README.read_text("utf-8") if README.exists() else ""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


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
