"""Arrays on DAQ cards, an output a line: what the ideal bench does to the same cells."""

import re

import numpy as np
import pytest

from mho import plugins
from mho.clock import VirtualClock
from mho.errors import SettingsError
from mho.job import read_job
from mho.protocols.array_lines import conductances, product
from mho.protocols.array_training import outer
from mho.testing.protocol_runs import frame

CELLS = {"xor": ("3x3", "later"), "gates": ("3x3", ""), "logistic": ("2x2", "")}


def job_of(protocol, bench, *options):
    size = CELLS[protocol][0]
    device, recipe = f"ecram-array-{size}-10-us", f"ecram-{size}"
    return read_job(protocol, bench, device, recipe, options=options)


def results_of(protocol, *options):
    job = job_of(protocol, "ni-daq-array", *options)
    assert job.refusals() == []
    with job.setup.open() as bench:
        rows = frame(list(job.protocol.run(bench, job.recipe)))
    kind = plugins.load(plugins.PROTOCOLS, protocol)
    return {(one.name, one.part): one.value for one in kind.results(rows, job.recipe)}


def written(bench_name, slots):
    """The cells before and after outer products, as they are and as the bench reads them."""
    job = job_of("gates", bench_name)
    world = job.setup.simulated_world(VirtualClock())
    lines, reads = job.recipe.lines, job.recipe.reads
    with job.setup.open(world=world) as bench:
        before, read = world.device.conductance.copy(), conductances(bench, lines, reads, 4)
        for rows, columns in slots:
            bench.apply(outer(job.recipe, bench.profile, (rows,) * 40, (columns,) * 40))
        trace = bench.apply(product(lines, reads, np.array([1.0, -0.5, 0.0]), bench.profile))
    assert not any(drive.level for drive in world.drives().values())
    return before, read, world.device.conductance, trace


SLOTS = [((1, 0, 0), (0, 1, 0)), ((-1, 0, -1), (0, 0, -1)), ((0, 1, 0), (1, 0, 0))]


def test_cells_are_read_and_written_by_lines_as_on_the_ideal_bench():
    before, read, after, trace = written("ni-daq-array", SLOTS)
    np.testing.assert_allclose(read, before, atol=2e-7)  # 0.4 % of the range
    same, _, ideal, told = written("ideal", SLOTS)
    np.testing.assert_array_equal(before, same)
    moved, wanted = after - before, ideal - same
    # Those that both lines fire at: up, down twice, up; all others are half-selected.
    assert moved[0, 1] > 3e-7 and moved[1, 0] > 3e-7
    assert moved[0, 2] < -3e-7 and moved[2, 2] < -3e-7
    np.testing.assert_allclose(moved, wanted, atol=0.2 * wanted.max())
    assert [one.terminal for one in trace] == ["c0", "c1", "c2"]
    assert [one.current for one in trace] == pytest.approx([one.current for one in told], abs=5e-8)


def test_gates_are_learnt_on_cards():
    found = results_of("gates", "epochs=3")
    assert found["accuracy", ""] > 0.9


@pytest.mark.slow
def test_xor_and_a_line_on_cards():
    found = results_of("xor")
    assert found["patterns_right", ""] == found["patterns_right", "later"] == 4
    assert found["worst_weight", ""] < 0.02
    found = results_of("logistic", "vectors=150", "epochs=3")
    assert found["accuracy", ""] > 0.93


@pytest.mark.parametrize(
    ("bench", "option", "words"),
    [
        ("ni-daq", [], "9 of 9 terminals of the device .* are missing"),
        ("ni-daq-array", ["bench.terminals.r2.output=Dev2/ao4"], "ao4 is at both r1 and r2"),
        ("ni-daq-array", ["bench.terminals.c1.output=ao0"], "ao0 is at both c0 and c1"),
        ("ni-daq-array", ["bench.other_cards={}"], "there is no card Dev2 here"),
        ("ni-daq-array", ["width=10.5 us"], "is no multiple of the 1 us"),
        ("ni-daq-array", ["bench.terminals.c1.current.input=ai9"], "partner of ai1"),
        ("ni-daq-array", ["amplitude=30 V"], "15 V.* is above"),
        ("ni-daq-array", ["reads.aperture=5 us", "reads.settle=0 s"], "c0 is to be read"),
        ("ni-daq-array", ["bench.terminals.c0.current.gain=50 kohm"], "1 mA .*is above 200 uA"),
    ],
)
def test_what_the_lines_cannot_do_is_told_with_the_numbers(bench, option, words):
    found = ""
    try:
        found = "\n".join(job_of("gates", bench, *option).refusals())
    except SettingsError as error:
        found = str(error)
    assert re.search(words, found), found
