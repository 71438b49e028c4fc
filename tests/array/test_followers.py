"""Half voltages that follow a source: at the lines, in reads, and beyond their limits."""

import pytest

from mho.clock import VirtualClock
from mho.device.layout import Address
from mho.errors import SettingsError
from mho.half_select import half_selected_lines
from mho.job import read_job
from mho.laboratory import read_setup
from mho.pausing import Pause
from mho.recording import read_run
from mho.stimuli import Pulse, Read
from mho.walk import read_jobs, walk

BENCH = """
[instruments.smus]
kind = "ideal"
[terminals.TE]
on = "smus"
[terminals.BE]
on = "smus"
[select]
kind = "operator"
ground = "ground"
sources = { TE = "red", BE = "black" }
lines = { TE = ["row 0..row 3"], BE = ["column 0..column 3"] }
unselected = { TE = "third", BE = "other" }
[select.followers.third]
at = "amplifier 1"
of = "TE"
part = 0.3333
[select.followers.other]
at = "amplifier 2"
of = "TE"
part = 0.6667
"""
PULSE = Pulse(terminal="TE", amplitude=0.9, width=1e-3, compliance=5e-3)
READ = Read(voltage=0.05, aperture=1e-3, compliance=5e-4).at("TE")


def setup_of(folder, bench=BENCH, **more):
    path = folder / "bench.toml"
    path.write_text(bench, "utf-8")
    return read_setup(str(path), "cu-te-crossbar", **more).on(Address(1, 2))


def test_lines_of_other_cells_follow_the_pulse_and_rest_with_it(tmp_path):
    setup = setup_of(tmp_path)
    world = setup.simulated_world(VirtualClock())
    seen = []
    advance = world.device.device.advance
    world.device.device.advance = lambda at, lasts: (seen.append(dict(at)), advance(at, lasts))
    with setup.open(world=world) as bench:
        bench.apply(PULSE)
    pulsed = max(seen, key=lambda at: at["TE[1]"].level)
    assert {name: round(drive.level, 6) for name, drive in pulsed.items()} == {
        "TE[0]": 0.29997, "TE[1]": 0.9, "TE[2]": 0.29997, "TE[3]": 0.29997,
        "BE[0]": 0.60003, "BE[1]": 0.60003, "BE[2]": 0.0, "BE[3]": 0.60003,
    }  # fmt: skip
    at_rest = [at for at in seen if at.get("TE[1]") and not at["TE[1]"].level]
    assert at_rest and not any(drive.level for at in at_rest for drive in at.values())


def test_what_reads_say_of_a_cell_depends_on_the_other_lines(tmp_path):
    """Grounded: all cells of the row; open: what sneaks; guarded: the cell."""
    guard = BENCH.replace('{ TE = "third", BE = "other" }', '{ TE = "grounded", BE = "other" }')
    benches = {
        "guarded": guard.replace("0.6667", "1.0"),
        "grounded": BENCH.replace('unselected = { TE = "third", BE = "other" }\n', ""),
        "open": BENCH.replace(
            'unselected = { TE = "third", BE = "other" }',
            'unselected = { TE = "open", BE = "open" }',
        ),
        "third": BENCH,
    }
    found = {}
    for name, bench in benches.items():
        setup = setup_of(tmp_path, bench, seed=3)
        world = setup.simulated_world(VirtualClock())
        with setup.open(world=world) as opened:
            found[name] = opened.apply(READ)[0].current / 0.05
        row = world.device.device._network.conductance[1]
        if name == "guarded":
            assert found[name] == pytest.approx(row[2], rel=1e-3)
        if name == "grounded":
            assert found[name] == pytest.approx(row.sum(), rel=1e-3)
    assert found["guarded"] < found["third"] < found["grounded"]
    assert found["guarded"] < 0.7 * found["open"]


def test_what_is_wrong_with_followers(tmp_path):
    setup_of(tmp_path)
    refused = 0
    for here, instead, said in (
        ('at = "amplifier 2"', 'at = "amplifier 1"', "is amplifier 1, where third is, a source"),
        ('at = "amplifier 2"', 'at = "red"', "is red, where TE is, a source"),
        ('at = "amplifier 2"', 'at = "row 1"', "where other is, a source"),
        ('of = "TE"\npart = 0.6667', 'of = "gate"\npart = 0.6667', "no terminal among the sources"),
        ("part = 0.6667", "part = 1.5", "part"),
        ("part = 0.6667", "part = 0.0", "part"),
        ('BE = "other" }', 'BE = "another" }', 'is "another"; write one of open, grounded, half, '),
        ("followers.other", "followers.open", "has the name of something else"),
    ):
        text = BENCH.replace(here, instead)
        assert text != BENCH
        with pytest.raises(SettingsError, match=said):
            setup_of(tmp_path, text)
        refused += 1
    assert refused == 8


def test_a_write_that_puts_more_on_the_other_lines_than_they_may_have_is_refused(tmp_path):
    bench = tmp_path / "bench.toml"
    bench.write_text(BENCH, "utf-8")

    def refusals(limit):
        options = [
            f"device.terminals.BE.max_voltage={limit}",
            "device.terminals.BE.min_voltage=-2 V",
        ]
        job = read_job(
            "program", str(bench), "cu-te-crossbar", "one-target", options=options, cell="r1c2"
        )
        return [one for one in job.refusals() if "half-select" in one]

    assert refusals("2 V") == []
    (told,) = refusals("0.9 V")
    assert "on the lines of BE that other cells are on (other gives 0.667 of it)" in told
    assert "allows -2 V to 900 mV there" in told


@pytest.mark.parametrize(
    ("unselected", "row", "column"),
    [
        ("{ TE = 'third', BE = 'two-thirds' }", "0.333 of what stood at TE", "0.333 of what"),
        pytest.param(
            "{ TE = 'v2', BE = 'v2' }",
            "0.5 of what stood at TE",
            "0.5 of what stood at TE",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "{ TE = 'grounded', BE = 'v2' }",
            "0.5 of what stood at TE",
            None,
            marks=pytest.mark.slow,
        ),
        ("{ TE = 'open', BE = 'open' }", "V s", None),
    ],
)
def test_what_half_selected_cells_saw_is_told(tmp_path, unselected, row, column):
    jobs = read_jobs(
        "program", "ideal-crossbar", "cu-te-crossbar", "one-target", cells="r1c2",
        options=[f"bench.select.unselected={unselected}", "algorithm=ispp", "tolerance=20 %"],
    )  # fmt: skip
    (stop,) = walk(jobs, tmp_path, [], Pause())
    run = read_run(stop.outcome.folder)
    told = list(half_selected_lines(run.start, run.stop))
    assert len(told) == (1 if column is None else 2)
    assert "3 other cells on the TE line of r1c2 saw" in told[0] and told[0].endswith(row)
    if column is not None:
        assert "3 other cells on the BE line of r1c2 saw" in told[1] and column in told[1]
