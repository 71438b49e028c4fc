"""What the documents show of a stranger's package is that package: written out, installed, run."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```(?:python|toml)\n# (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# The driver of the document is a stranger's; here it is the ideal one under another name.
MY_DRIVER = {
    "my_driver.py": "from mho.sim_instruments.ideal_instrument import IDEAL as MY_DRIVER\n",
    "pyproject.toml": '[project.entry-points."mho.drivers"]\nmy-driver = "my_driver:MY_DRIVER"\n',
}


def files_in(document):
    text = (DOCS / document).read_text(encoding="utf-8")
    return {name: content.lstrip("\n") for name, content in BLOCK.findall(text)}


def install(files, folder):
    """Lay them out as an installer would: modules, and entry points in the metadata."""
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    project = tomllib.loads(files["pyproject.toml"])["project"]
    metadata = folder / "stranger-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
    lines = []
    for group, names in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {target}" for name, target in names.items())]
    (metadata / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")


@pytest.mark.parametrize(
    ("document", "added", "tests"),
    [
        ("new_protocol.md", {}, 14),
        ("new_driver.md", MY_DRIVER, 26),
        ("new_device_model.md", {}, 6),
        ("user_modules.md", {}, 3),
        ("new_algorithm.md", {}, 5),
    ],
)
def test_the_example_passes_its_test(document, added, tests, tmp_path):
    install({**files_in(document), **added}, tmp_path)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", "."],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed and int(passed[1]) == tests, done.stdout
