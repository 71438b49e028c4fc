"""Walking an array: a run for each cell, rows with its address, half-selects, all by the seed."""

import csv
import json
from dataclasses import replace

import pytest
from array_benches import BENCH, CELLS, files, setup_of

from mho.cli import main
from mho.cli.checking import print_plan
from mho.clock import RealClock, VirtualClock
from mho.device.layout import Address
from mho.errors import InstrumentError, SettingsError
from mho.job import read_job
from mho.laboratory import open_bench
from mho.ledger import Ledger
from mho.pausing import Pause
from mho.recording.broken_run import read_broken_run
from mho.recording.documents import read_start, read_stop
from mho.resume import recorded_job
from mho.run import execute, go_on
from mho.stimuli import Pulse
from mho.walk import half_selected_in, read_jobs, walk

PULSE = Pulse(terminal="TE", amplitude=2.3, width=10e-3, compliance=5e-3)
RECIPE = "one-target"


def jobs(folder, cells="all", bench=BENCH, device=CELLS, **more):
    return read_jobs("ispp", *files(folder, bench, device), RECIPE, cells=cells, **more)


def walked(folder, cells="all", **more):
    return list(walk(jobs(folder, cells, **more), folder / "runs", [], Pause()))


def rows_of(stop):
    with (stop.outcome.folder / "rows.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_cell_has_a_run_whose_rows_carry_row_and_column(tmp_path):
    stops = walked(tmp_path)
    assert [stop.job.setup.at for stop in stops] == [(r, c) for r in range(2) for c in range(3)]
    for stop in stops:
        assert stop.outcome.error is None
        rows = rows_of(stop)
        assert {(int(row["row"]), int(row["column"])) for row in rows} == {stop.job.setup.at}
        start = read_start(stop.outcome.folder)
        assert (start.selected.row, start.selected.column) == stop.job.setup.at
        assert start.selected.sharing == {"TE": 1, "gate": 2}
        assert len(start.selected.paths) == 5  # two are driven, three are grounded
    assert len({json.dumps(rows_of(stop)[-1]["conductance"]) for stop in stops}) == len(stops)


def test_half_selects_are_counted_cell_by_cell(tmp_path):
    stops = walked(tmp_path)
    half, pulses = half_selected_in(stops), {}
    for stop in stops:
        (most,) = {one.pulses for one in read_stop(stop.outcome.folder).dose
                   if one.terminal == "TE" and one.pulses}  # fmt: skip
        pulses[stop.job.setup.at] = most
    for row, column in pulses:
        at = Address(row, column)
        assert half.pulses(at, "TE") == pulses[1 - row, column]
        assert half.pulses(at, "gate") == 0
    assert half.most[0] == max(pulses.values())


def test_the_same_seed_walks_the_same_way(tmp_path):
    texts = {}
    for name, seed in (("one", 3), ("again", 3), ("other", 4)):
        folder = tmp_path / name
        folder.mkdir()
        stops = walked(folder, "r0c0,r1c0", seed=seed)
        texts[name] = [(s.outcome.folder / "rows.csv").read_text("utf-8") for s in stops]
    assert texts["one"] == texts["again"] != texts["other"]


def test_the_array_ages_from_cell_to_cell_and_a_run_can_be_played_again(tmp_path):
    """What a walk does to a cell is there when it is walked again; the state before is kept."""
    second, alone = walked(tmp_path, "r0c0,r0c1")[1], walked(tmp_path, "r0c1")[0]
    assert (second.outcome.folder / "cell_before.npz").exists()
    assert not (alone.outcome.folder / "cell_before.npz").exists()
    assert rows_of(second) != rows_of(alone)  # it has waited while r0c0 was tuned


def test_a_run_of_a_walk_goes_on(tmp_path, monkeypatch):
    seen = []

    def interrupt(row):
        seen.append(row)
        if len(seen) == 70:
            raise KeyboardInterrupt

    whole = walked(tmp_path, "r0c0,r1c1")
    (tmp_path / "broken").mkdir()
    every = jobs(tmp_path, "r0c0,r1c1")
    stops = list(walk(every, tmp_path / "broken", [interrupt], Pause()))
    broken = stops[-1].outcome
    assert isinstance(broken.error, KeyboardInterrupt)
    job = recorded_job(read_start(broken.folder))
    assert job.setup.at == stops[-1].job.setup.at
    found = read_broken_run(broken.folder, RealClock().wall_time(), rehearsed=True)
    ended = go_on(job, found)
    assert ended.error is None
    expected = whole[len(stops) - 1].outcome.folder / "rows.csv"
    assert (ended.folder / "rows.csv").read_text("utf-8") == expected.read_text("utf-8")


WITHOUT_GATE = BENCH.replace(', gate = "blue"', "").replace(', gate = ["pad 4", "pad 5"]', "")
REFUSED = [
    ("r2c0", {}, "is outside 2 x 3 cells, an array of 2 x 3 cells"),
    ("r0c0,r0c7", {}, '"r0c7" is no cell of an array of 2 x 3 cells'),
    ("r1c1..r0c0,here", {}, '"here" is no cell'),
    ("", {}, "names none"),
    ("all", {"bench": BENCH[: BENCH.index("[select]")]}, "has no table [select]"),
    ("all", {"bench": BENCH.replace('"pad 4", ', "")}, "has 1 lines, but 2 x 3 cells is an array"),
    ("all", {"bench": WITHOUT_GATE},
     "in which gate has 2 lines; say where"),
    ("all", {"bench": BENCH.replace('"pad 5"', '"pad 1"')}, "two sources would meet on one line"),
    ("all", {"bench": BENCH.replace("blue", "red")}, "two sources would meet there"),
    ("all", {"device": CELLS.replace('gate = "rows"', 'drain = "rows"')}, 'names "drain"'),
    ("all", {"device": CELLS.replace("rows = 2", "rows = 0")}, "array.rows"),
    ("all", {"device": CELLS.replace('kind = "array"', 'kind = "cu-te-1t1r"')}, "is one cell; for"),
    ("all", {"device": CELLS[: CELLS.index("[array]")] + CELLS[CELLS.index("[model]") :]},
     "is an array; say with a table [array]"),
    ("all", {"device": CELLS.replace('cell = "cu-te-1t1r"', 'cell = "cu-te-2t"')}, "cu-te-2t"),
]  # fmt: skip


def test_what_no_walk_can_be_is_refused_before_anything(tmp_path):
    assert len(jobs(tmp_path)) == 6 and len(jobs(tmp_path, "r0c1..r1c2,r0c1")) == 4
    refused = 0
    for cells, more, said in REFUSED:
        with pytest.raises(SettingsError) as caught:
            jobs(tmp_path, cells, **more)
        assert said in str(caught.value), str(caught.value)
        refused += 1
    assert refused == len(REFUSED) == 14
    assert not (tmp_path / "runs").exists()


def test_what_half_select_allows_is_not_exceeded(tmp_path):
    limited = CELLS.replace("[array]\n", "[array]\nmax_half_selected_pulses = 120\n")
    stops = walked(tmp_path, device=limited)
    assert [stop.outcome is None for stop in stops] == [False] * 6
    few = CELLS.replace("[array]\n", "[array]\nmax_half_selected_pulses = 99\n")
    (job, *_) = jobs(tmp_path, device=few)
    (refused,) = job.refusals()
    assert "up to 100 programming pulses are planned at TE of r0c0" in refused
    assert "allows 99 (array.max_half_selected_pulses)" in refused


def test_a_cell_that_cannot_be_selected_ends_a_walk_and_keeps_the_rows_before(tmp_path):
    bench = BENCH.replace('kind = "operator"', 'kind = "keithley-707b"\nconnection = "simulator"')
    for old, new in (("red", "A"), ("blue", "B"), ('"ground"', '"H"'), ("pad 1..pad 3", "101..103"),
                     ("pad 4", "104"), ("pad 5", "105")):  # fmt: skip
        bench = bench.replace(old, new)
    bench += '[select.simulator.faults]\nstuck_open = ["1A03"]\n'
    done, every = [], walk(jobs(tmp_path, bench=bench), tmp_path / "runs", [], Pause())
    with pytest.raises(InstrumentError, match=r"cell r0c2 is not selected: .*connected: A-103"):
        done.extend(every)
    assert [str(stop.job.setup.at) for stop in done] == ["r0c0", "r0c1"]
    assert all(rows_of(stop) for stop in done)
    assert len(list((tmp_path / "runs").iterdir())) == 2


def test_unselected_lines_are_what_the_bench_file_says(tmp_path):
    half = (
        BENCH.replace(
            'kind = "ideal"\n', 'kind = "ideal"\n[terminals.half]\non = "smus"\n'
        ).replace("sources = {", 'unselected = { TE = "half" }\nsources = { half = "green",')
        + '[select.half]\nterminal = "half"\nlevel = "0.4 V"\nlimit = "1 mA"\n'
    )
    kinds = {
        "grounded": BENCH,
        "open": BENCH.replace('ground = "ground"\n', ""),
        "half": half,
    }
    levels = {}
    for name, bench in kinds.items():
        setup = setup_of(tmp_path, bench).on(Address(1, 1))
        world = setup.simulated_world(VirtualClock())
        with setup.open(world=world) as opened:
            opened.apply(PULSE)
            at = world.device._at_lines(world.drives())
            levels[name] = {line: drive.level for line, drive in at.items() if line[:2] == "TE"}
            assert at["gate[1]"].level == 3.0
    assert levels == {
        "grounded": {"TE[1]": 0.0, "TE[0]": 0.0, "TE[2]": 0.0},
        "open": {"TE[1]": 0.0},
        "half": {"TE[1]": 0.0, "TE[0]": 0.4, "TE[2]": 0.4},
    }


def test_a_half_bias_beyond_the_limits_of_its_lines_is_refused(tmp_path):
    text = (
        BENCH.replace(
            'kind = "ideal"\n', 'kind = "ideal"\n[terminals.half]\non = "smus"\n'
        ).replace("sources = {", 'unselected = { TE = "half" }\nsources = { half = "green",')
        + '[select.half]\nterminal = "half"\nlevel = "2.7 V"\nlimit = "1 mA"\n'
    )
    with pytest.raises(SettingsError, match="goes beyond what 2 x 3 cells allows at TE"):
        setup_of(tmp_path, text)


def test_a_script_selects_a_cell_too(tmp_path):
    bench, device = files(tmp_path)
    with open_bench(bench, device, cell="r1c2") as opened:
        assert len(opened.apply(PULSE)) == 1
    for cell, said in (("r5c5", "is outside"), ("TE", "is no cell of"), ("", "say which cell")):
        with pytest.raises(SettingsError, match=said):
            open_bench(bench, device, cell=cell)


SAMPLE = """
name = "W1"
device = "cells.toml"
[cells]
grid = "2 x 3"
[reach]
by = "selector"
"""


def on_sample(folder, grid="2 x 3"):
    path = folder / "W1.toml"
    path.write_text(SAMPLE.replace("2 x 3", grid), "utf-8")
    return str(path)


def test_cells_of_a_sample_share_one_array_and_have_each_their_dose(tmp_path, capsys):
    bench, _ = files(tmp_path)
    sample = on_sample(tmp_path)
    read = lambda cells: read_jobs(  # noqa: E731
        "ispp", bench, None, RECIPE, cells=cells, sample=sample
    )
    stops = list(walk(read("r0c0,r1c0"), tmp_path / "runs", [], Pause()))
    again = list(walk(read("r1c0"), tmp_path / "runs", [], Pause()))
    assert all(stop.outcome.error is None for stop in (*stops, *again))
    with Ledger(tmp_path / "W1.rehearsal.sqlite") as ledger:
        assert [run.cell for run in ledger.runs()] == ["r0c0", "r1c0", "r1c0"]
        assert ledger.dose("r0c0").most_pulses and not ledger.dose("r0c1").most_pulses
        assert ledger.state("array") is not None and ledger.state("r0c0") is None
        had = ledger.pulses()
    life = read("r1c0")[0].life()
    assert len(life.runs) == 2
    half = life.half_selected(read("r1c0")[0].setup.profile.array)
    assert half.pulses(Address(0, 0), "TE") == had["r1c0"]["TE"]
    assert half.pulses(Address(1, 0), "TE") == had["r0c0"]["TE"]
    assert rows_of(stops[1])[-1]["conductance"] != rows_of(again[0])[-1]["conductance"]
    print_plan(read("r0c0")[0])
    assert f"half-selected, it saw {had['r1c0']['TE']} at TE programming pulses" in " ".join(
        capsys.readouterr().out.split()
    )
    (tmp_path / "W1.rehearsal.sqlite").unlink()
    assert main(["ledger", "rebuild", sample, str(tmp_path / "runs")]) == 0
    with Ledger(tmp_path / "W1.rehearsal.sqlite") as ledger:
        assert ledger.state("array").age > 0 and ledger.state("r1c0") is None


def test_samples_that_fit_no_selector_are_refused(tmp_path):
    bench, _ = files(tmp_path)
    with pytest.raises(SettingsError, match="r2c0 is outside 2 x 3 cells"):
        read_job("ispp", bench, None, RECIPE, sample=on_sample(tmp_path, "8 x 8"), cell="r2c0")
    path = tmp_path / "W2.toml"
    path.write_text('name = "W2"\ndevice = "cells.toml"\n[cells]\nnames = ["a"]\n', "utf-8")
    with pytest.raises(SettingsError, match='so its cells are a grid; write grid = "2 x 3"'):
        read_job("ispp", bench, None, RECIPE, sample=str(path), cell="a")
    path.write_text('name = "W2"\ndevice = "resistor"\n[reach]\nby = "selector"\n', "utf-8")
    with pytest.raises(SettingsError, match=r"by a selector .* has no table \[select\]"):
        read_job("ispp", "ideal", None, RECIPE, sample=str(path))


def test_a_campaign_walks_an_array(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    files(tmp_path)
    on_sample(tmp_path)
    (tmp_path / "night.toml").write_text(
        'name = "night"\nsample = "W1.toml"\nbench = "bench.toml"\ncells = ["r0c0", "r1c2"]\n'
        '[[steps]]\nname = "tune"\nprotocol = "ispp"\nrecipe = "one-target"\n', "utf-8",
    )  # fmt: skip
    assert main(["campaign", "run", "night.toml", "--workers", "2"]) == 2
    assert "those of an array share lines" in " ".join(capsys.readouterr().err.split())
    assert main(["campaign", "run", "night.toml", "--out", "runs"]) == 0
    cells = [
        json.loads(p.read_text("utf-8"))["selected"] for p in tmp_path.glob("runs/*/start.json")
    ]
    assert sorted((one["row"], one["column"]) for one in cells) == [(0, 0), (1, 2)]


def test_the_command_line_walks_and_draws_the_map(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    bench, device = files(tmp_path)
    job = ["ispp", "--bench", bench, "--device", device, "--recipe", RECIPE]
    assert main(["check", *job, "--cells", "all"]) == 0
    assert "the same on 6 cells" in capsys.readouterr().out
    assert main(["check", *job, "--cells", "all", "--cell", "r0c0"]) == 2
    assert main(["check", *job]) == 2
    assert main(["run", *job, "--cells", "r0c0..r1c1"]) == 0
    out = capsys.readouterr()
    assert "4 cells: 4 success" in out.out and "half-selected: at most" in out.out
    folder = out.out.split()[-1]
    assert main(["plot", folder, "--result", "most_pulses"]) == 0
    assert main(["plot", folder, "--result", "conductance", "--out", "map.svg"]) == 0
    assert main(["plot", folder]) == 0
    assert (tmp_path / "map.svg").stat().st_size > 5000
    capsys.readouterr()
    assert main(["plot", folder, "--result", "most_pulse"]) == 2
    assert 'Did you mean "most_pulses"?' in capsys.readouterr().err
    assert main(["plot", folder, "--result", "pulses"]) == 2
    assert "say of which with --part" in capsys.readouterr().err
    run = sorted((tmp_path / folder).iterdir())[0]
    assert main(["show", str(run)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "selected: r0c0, by red-pad 1" in shown
    assert "half-selected meanwhile: 1 other cells on the TE line of r0c0" in shown


def test_a_device_that_is_no_array_has_rows_as_before(tmp_path):
    job = read_job("ispp", "ideal", "resistor", RECIPE)
    assert job.row is job.protocol.row
    outcome = execute(replace(job), tmp_path)
    assert "column" not in (outcome.folder / "rows.csv").read_text("utf-8").partition("\n")[0]
