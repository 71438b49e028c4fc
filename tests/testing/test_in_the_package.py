"""`mho.testing` is part of what is installed, and says what it needs."""

import subprocess
import sys

IMPORTS = """
import mho.testing, mho.testing.faults
import mho.testing.conformance
assert mho.testing.NotingBench and mho.testing.conformance.BenchConformance
"""
WITHOUT_PYTEST = f"import sys; sys.modules['pytest'] = None\n{IMPORTS}"


def imported(folder, program):
    """Away from the tree and from these tests (-I)."""
    return subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", program],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_it_imports_from_anywhere(tmp_path):
    done = imported(tmp_path, IMPORTS)
    assert done.returncode == 0, done.stderr


def test_only_the_suites_need_pytest(tmp_path):
    done = imported(tmp_path, WITHOUT_PYTEST)
    assert done.returncode == 1
    *_, last = done.stderr.splitlines()
    assert last == (
        "ModuleNotFoundError: mho.testing.conformance is a suite of pytest, which is not "
        "installed; run: pip install pytest"
    )
