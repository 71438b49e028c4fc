"""The golden transcripts, each line from the manual, played on the simulated instrument."""

import re
import tomllib
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "transcripts"
TRANSCRIPTS = sorted(FOLDER.glob("kxci_*.toml"))


def test_there_are_transcripts():
    assert len(TRANSCRIPTS) >= 5


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript(path, connect, make_resistor):
    wiring = {"PMU1-1" if "segment" in path.stem else "SMU1": "TE"}
    line = connect(make_resistor(10e3), wiring)
    for exchange in tomllib.loads(path.read_text("utf-8"))["exchange"]:
        assert exchange["source"]
        reply = line.ask(exchange["send"])
        pattern = exchange.get("reply_pattern", re.escape(exchange.get("reply", "")))
        assert re.fullmatch(pattern, reply), exchange
