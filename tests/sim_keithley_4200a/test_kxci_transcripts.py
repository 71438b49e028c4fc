"""The golden transcripts, each line from the manual, played on the simulated instrument."""

import re
import tomllib
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "transcripts"
TRANSCRIPTS = sorted(FOLDER.glob("kxci_*.toml"))


CONVERSATIONS = sorted(FOLDER.glob("conversation_*.toml"))
ENDS = {False: ("open", "close"), True: ("pulse_open", "pulse_close")}


def test_there_are_transcripts():
    assert len(TRANSCRIPTS) >= 5 and len(CONVERSATIONS) >= 13


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript(path, connect, make_resistor):
    wiring = {"PMU1-1" if "segment" in path.stem else "SMU1": "TE"}
    line = connect(make_resistor(10e3), wiring)
    for exchange in tomllib.loads(path.read_text("utf-8"))["exchange"]:
        assert exchange["source"]
        reply = line.ask(exchange["send"])
        pattern = exchange.get("reply_pattern", re.escape(exchange.get("reply", "")))
        assert re.fullmatch(pattern, reply), exchange


@pytest.mark.parametrize(
    "path",
    [p for p in CONVERSATIONS if not p.stem.endswith(("open", "close"))],
    ids=lambda path: path.stem,
)
def test_conversation(path, connect, make_resistor):
    pulsed = "pulse" in path.stem
    line = connect(make_resistor(10e3), {"PMU1-1" if pulsed else "SMU1": "TE"}, noise=0)
    first, last = (FOLDER / f"conversation_{end}.toml" for end in ENDS[pulsed])
    for part in (first, path, last):
        for exchange in tomllib.loads(part.read_text("utf-8"))["exchange"]:
            assert exchange["source"]
            line.clock.sleep(exchange.get("after", 0.0))
            assert line.ask(exchange["send"]) == exchange["reply"], exchange
    assert line.instrument.world.drives() == {}
