"""A chassis that is served: SMUs, a matrix and a chip; its bench file walks it as a real one."""

import grpc
import niswitch
import pytest
from array_benches import CELLS
from served_instruments import address_in, served_into

from mho.cli import main
from mho.laboratory import read_setup
from mho.recording.documents import read_start, read_stop

CHASSIS = """
[switches.PXI1Slot8]
topology = "2739/2-Wire 16x16 Matrix"
[wiring]
"PXI1Slot2/0" = "TE"
"PXI1Slot3/0" = "gate"
"PXI1Slot8/r0" = "TE"
"PXI1Slot8/r1" = "gate"
"PXI1Slot8/r15" = "(ground)"
"PXI1Slot8/c0" = "TE[0]"
"PXI1Slot8/c1" = "TE[1]"
"PXI1Slot8/c2" = "TE[2]"
"PXI1Slot8/c8" = "gate[0]"
"PXI1Slot8/c9" = "gate[1]"
"""


CARD_AT = """\
"Dev1/ao0" = "{0}"
"Dev1/ai0" = "{0}"
"""
CARD = """
[cards.Dev1]
product = "PXIe-6363"
ao_current = "20 mA"
[amplifiers."Dev1/ai0"]
gain = "1 kohm"
bandwidth = "1 MHz"
"""


def wired(te, gate):
    """The chassis with these sources at the rows of the matrix."""
    head, _, rest = CHASSIS.partition('"PXI1Slot2/0" = "TE"\n"PXI1Slot3/0" = "gate"\n')
    return CARD + head + te + gate + rest


MODULE_AT = {"TE": '"PXI1Slot2/0" = "TE"\n', "gate": '"PXI1Slot3/0" = "gate"\n'}
SOURCES = {
    "modules": (MODULE_AT["TE"], MODULE_AT["gate"], ["ni-pxie-4139"], "r0c0,r1c2"),
    "both": (MODULE_AT["TE"], CARD_AT.format("gate"), ["ni-pxie-4139", "ni-daq"], "r1c2"),
    "a card": (CARD_AT.format("TE"), '"Dev1/ao1" = "gate"\n', ["ni-daq"], "r1c2"),
}


@pytest.mark.parametrize(
    "sources",
    [
        pytest.param("modules", marks=pytest.mark.slow),
        "both",
        pytest.param("a card", marks=pytest.mark.slow),
    ],
)
def test_a_served_chassis_is_walked_by_the_bench_file_that_it_prints(
    sources, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    te, gate, kinds, cells = SOURCES[sources]
    (tmp_path / "chip.toml").write_text(CELLS, "utf-8")
    (tmp_path / "chassis.toml").write_text(wired(te, gate), "utf-8")
    served = tmp_path / "served.toml"
    with served_into(served, "ni", "--device", "chip.toml", "--settings", "chassis.toml", "--fast"):
        assert [one.kind for one in read_setup("served.toml", "chip.toml").instruments] == kinds
        job = ["--bench", "served.toml", "--device", "chip.toml", "--recipe", "one-target"]
        assert main(["run", "ispp", *job, "--cells", cells, "--yes"]) == 0
        folder = tmp_path / capsys.readouterr().out.split()[-1]
        runs = sorted(folder.iterdir())
        at = [(one.row, one.column) for one in (read_start(run).selected for run in runs)]
        assert ",".join(f"r{row}c{column}" for row, column in at) == cells
        assert all(read_stop(run).exit_status == "success" for run in runs)
        with grpc.insecure_channel(address_in(served.read_text("utf-8").splitlines())) as channel:
            options = niswitch.GrpcSessionOptions(channel, "")
            with niswitch.Session("PXI1Slot8", grpc_options=options) as look:
                assert look.number_of_relays == 256
                closed = niswitch.RelayPosition.CLOSED
                assert look.get_relay_position("kr1c9") is not closed
                assert look.get_relay_count("kr1c9") == 1  # once, for r1c2
                assert look.get_relay_count("kr0c0") == ("r0c0" in cells)
        assert main(["off", "served.toml"]) == 0
        assert "relays" in capsys.readouterr().out


def test_names_between_outputs_and_relays_are_told_from_slips(tmp_path, capsys):
    (tmp_path / "chip.toml").write_text(CELLS, "utf-8")
    for here, instead, said in (
        ('"PXI1Slot8/r1" = "gate"', '"PXI1Slot8/r1" = "gat"', 'no terminal "gat"'),
        ('"PXI1Slot8/c9"', '"PXI1Slot8/c99"', "has 16 rows and 16 columns"),
        ('"PXI1Slot8/c9"', '"PXI1Slot7/c9"', "there is no matrix PXI1Slot7; there is PXI1Slot8"),
    ):
        (tmp_path / "chassis.toml").write_text(CHASSIS.replace(here, instead), "utf-8")
        asked = ["serve", "ni", "--device", str(tmp_path / "chip.toml"), "--settings",
                 str(tmp_path / "chassis.toml"), "--port", "0"]  # fmt: skip
        assert main(asked) == 2
        assert said in " ".join(capsys.readouterr().err.split())
