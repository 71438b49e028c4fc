"""Sample files: which cells there are, and what is said of a mistake."""

from pathlib import Path

import pytest

from mho.errors import SettingsError
from mho.samples import cell_of, chosen_cells, read_sample

LEGAL = {
    'grid = "2 x 3"': ("r0c0", "r0c1", "r0c2", "r1c0", "r1c1", "r1c2"),
    'grid = "1x2"\ndies = ["A1", "B2"]': ("A1.r0c0", "A1.r0c1", "B2.r0c0", "B2.r0c1"),
    'names = ["left", "right-2"]': ("left", "right-2"),
    "": ("cell",),
}

WRONG = {
    'grid = "2 x 3"\nnames = ["a"]': "a grid or a list of names",
    'grid = "2 by 3"': 'write rows x columns, e.g. "8 x 8"',
    'grid = "0 x 3"': "has no cell",
    'grid = "9999 x 9999"': "more than 1,000,000 cells",
    'names = ["a", "b", "a"]': "the cell a stands there twice",
    'names = ["a b"]': "take letters, digits, - and _",
    'names = [".."]': "take letters, digits, - and _",
    'dies = ["a/b"]': "cannot be the name of a die",
    'rows = "2"': "unknown key",
}


def written(folder: Path, cells: str, more: str = "") -> str:
    path = folder / "W12.toml"
    text = f'name = "W12"\ndevice = "cu-te"\n{more}\n[cells]\n{cells}\n'
    path.write_text(text, "utf-8")
    return str(path)


@pytest.mark.parametrize("cells", LEGAL)
def test_the_cells_of_a_sample(tmp_path: Path, cells: str) -> None:
    sample = read_sample(written(tmp_path, cells))
    names = LEGAL[cells]
    assert tuple(cell.name for cell in chosen_cells(sample, ["all"])) == names
    seeds = {cell_of(sample, name).seed for name in names}
    assert len(seeds) == len(names)


@pytest.mark.parametrize("cells", WRONG)
def test_what_is_wrong_in_a_sample(tmp_path: Path, cells: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_sample(written(tmp_path, cells))
    assert WRONG[cells] in str(caught.value)
    assert "W12.toml" in str(caught.value)


def test_a_cell_stays_the_same_device_when_the_grid_grows(tmp_path: Path) -> None:
    small = cell_of(read_sample(written(tmp_path, 'grid = "2 x 2"')), "r1c1")
    large = cell_of(read_sample(written(tmp_path, 'grid = "8 x 8"')), "r1c1")
    assert small.seed == large.seed
    assert (large.row, large.column, large.die) == (1, 1, "")


def test_ranges_and_names_each_cell_once(tmp_path: Path) -> None:
    sample = read_sample(written(tmp_path, 'grid = "4 x 4"'))
    chosen = chosen_cells(sample, ["r1c2..r2c3", "r0c0", "r1c2"])
    assert [cell.name for cell in chosen] == ["r1c2", "r1c3", "r2c2", "r2c3", "r0c0"]


def test_cells_that_are_not_there_all_at_once(tmp_path: Path) -> None:
    sample = read_sample(written(tmp_path, 'grid = "4 x 4"'))
    with pytest.raises(SettingsError) as caught:
        chosen_cells(sample, ["r0c0", "r4c0", "r0c0..r9c9", "left"])
    assert len(caught.value.problems) == 3
    assert 'has no cell "r4c0"; it has r0c0, r0c1, r0c2 ... r3c3' in str(caught.value)
    with pytest.raises(SettingsError, match="say which of its 16 cells"):
        cell_of(sample, None)


def test_seeds_of_single_cells(tmp_path: Path) -> None:
    more = "[rehearsal]\nseed = 3\nseeds = { r0c0 = 12 }"
    sample = read_sample(written(tmp_path, 'grid = "2 x 2"', more))
    assert cell_of(sample, "r0c0").seed == 12
    with pytest.raises(SettingsError, match='there is no cell "r7c0" on this sample'):
        read_sample(written(tmp_path, 'grid = "2 x 2"', more.replace("r0c0", "r7c0")))


def test_a_name_is_looked_for_here_and_in_samples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match="mho new sample W12"):
        read_sample("W12")
    (tmp_path / "samples").mkdir()
    written(tmp_path / "samples", "")
    assert read_sample("W12").sample.name == "W12"
    with pytest.raises(SettingsError, match="Samples here: W12"):
        read_sample("W13")
