"""Sample, cell and what people say of a run: in run.h5, in figures, in lists."""

from pathlib import Path

import h5py
import pytest

from mho.cli import main

SAID = ("--operator", "Ada", "--note", "first light", "--tag", "wafer3", "--tag", "hot")


def run(folder: Path, *more: str) -> Path:
    words = ["run", "ispp", "--bench", "ideal", "--recipe", "one-target", *SAID, *more]
    assert main([*words, "--out", str(folder / "runs")]) in (0, 1)
    (made,) = (path for path in (folder / "runs").iterdir() if path.is_dir())
    return made


def test_in_the_file_and_in_the_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sample = tmp_path / "W12.toml"
    sample.write_text('name = "W12"\ndevice = "cu-te-1t1r"\n[cells]\ngrid = "1 x 2"\n', "utf-8")
    folder = run(tmp_path, "--sample", str(sample), "--cell", "r0c1")
    with h5py.File(folder / "run.h5") as file:
        said = {name: file.attrs[name] for name in ("sample", "cell", "operator", "note", "tags")}
    assert said == {
        "sample": "W12",
        "cell": "r0c1",
        "operator": "Ada",
        "note": "first light",
        "tags": "wafer3, hot",
    }
    capsys.readouterr()
    assert main(["plot", str(folder), "--format", "svg"]) == 0
    text = (folder / "ispp.svg").read_text("utf-8")
    for words in ("cell r0c1 of W12", "by Ada", "first light"):
        assert words in text


def test_without_a_sample_there_is_none(tmp_path: Path) -> None:
    folder = run(tmp_path, "--device", "cu-te-1t1r")
    with h5py.File(folder / "run.h5") as file:
        assert (file.attrs["sample"], file.attrs["cell"], file.attrs["campaign"]) == ("", "", "")


def test_a_lab_lists_its_samples_and_campaigns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def listed(*what: str) -> str:
        assert main(["list", *what]) == 0
        return capsys.readouterr().out

    monkeypatch.chdir(tmp_path)
    assert "\nsamples\n" not in listed()
    assert "mho new sample NAME" in listed("samples")
    main(["new", "lab", "mine"])
    monkeypatch.chdir(tmp_path / "mine" / "samples")
    main(["new", "sample", "W12"])
    monkeypatch.chdir(tmp_path / "mine" / "campaigns")
    main(["new", "campaign", "night"])
    monkeypatch.chdir(tmp_path / "mine")
    capsys.readouterr()
    whole = listed()
    assert "\nsamples\n" in whole
    assert "\ncampaigns\n" in whole
    assert "W12" in listed("samples")
    assert "night" in listed("campaigns")
