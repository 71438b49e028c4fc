"""The algorithm of these tests is a stranger's: found by its entry point."""

from pathlib import Path

import pytest


@pytest.fixture(scope="module", autouse=True)
def step_towards(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stranger")
    metadata = folder / "step_towards-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: step-towards\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[mho.algorithms]\nstep_towards = step_towards:STEP_TOWARDS\n"
        "not_one = step_towards:StepTowards\n",
        encoding="utf-8",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        patch.syspath_prepend(str(Path(__file__).parent))
        yield
