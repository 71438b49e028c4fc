"""A three-terminal cell is a device like any other: nothing but its model knows what it is."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("folder", ["src", "drivers", "protocols", "data/benches"])
def test_core_drivers_protocols_and_benches_have_no_word_for_it(folder):
    files = [path for kind in ("*.py", "*.toml") for path in (ROOT / folder).rglob(kind)]
    assert files
    assert [path for path in files if "ecram" in path.read_text("utf-8").casefold()] == []
