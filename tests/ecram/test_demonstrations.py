"""The published demonstrations on arrays: what sound cells do, and which broken ones are named."""

import numpy as np
import pytest

import mho
from mho import plugins
from mho.errors import SettingsError
from mho.protocols.array_training import drawn
from mho.testing.protocol_runs import frame, run_shipped

CELLS = "device.model.parameters."
SHALLOW = "ecram-array-3x3-shallow"


def results_of(protocol, device, recipe, *options, seed=0):
    resolved, rows = run_shipped(
        protocol, "ideal", device, recipe, options=list(options), seed=seed
    )
    kind, table = plugins.load(plugins.PROTOCOLS, protocol), frame(rows)
    found = {(one.name, one.part): one.value for one in kind.results(table, resolved)}
    return found, kind.summary(table, resolved)


def xor(*options, device="ecram-array-3x3", recipe="ecram-3x3", seed=0):
    return results_of("xor", device, recipe, *options, seed=seed)


def test_xor_by_sound_cells():
    found, summary = xor()
    assert found["patterns_right", ""] == found["patterns_right", "later"] == 4
    assert found["worst_weight", ""] < 0.02
    assert found["outcome", ""] == "XOR"
    assert not any("do not hold" in note for note in summary.notes)


def test_a_cell_that_cannot_take_its_weight_is_named():
    found, summary = xor(CELLS + "faulty=[{row=1, column=2, is='stuck', at='100 %'}]")
    assert found["outcome", ""] == "not XOR"
    assert any("r1c2" in note for note in summary.notes)
    assert found["cells_missed", ""] >= 1


def test_half_selected_cells_are_made_good_by_more_passes():
    once, _ = xor(device=SHALLOW)
    often, _ = xor("passes=4", device=SHALLOW)
    assert often["worst_weight", ""] < 0.01 < 0.05 < once["worst_weight", ""]


BROKEN = {"stuck": "is='stuck', at='100 %'", "slow": "is='slow'", "dead": "is='dead'",
          "leaky": "is='leaky'"}  # fmt: skip


@pytest.mark.parametrize(("fault", "told"), [
    ("stuck", "do not hold their weight: r1c2 ("), ("dead", "do not hold their weight: r1c2 ("),
    ("leaky", "do not keep their weight: r1c2 ("), ("slow", ""),
])  # fmt: skip
def test_xor_names_the_one_cell_that_is_broken(fault, told):
    """A slow one is written all the same; a stuck one is given up before it harms the others."""
    found, summary = xor(CELLS + f"faulty=[{{row=1, column=2, {BROKEN[fault]}}}]")
    said = [note for note in summary.notes if "their weight" in note]
    assert all("r1c2 (" in note and note.count("% ") <= 2 for note in said)
    assert any(told in note for note in said) if told else not said
    assert found["cells_missed", ""] == (fault != "slow")
    assert found["cells_lost", ""] == (fault == "leaky")


@pytest.mark.parametrize(("fault", "told"), [
    ("stuck", "r1c2 (stays at"), ("slow", "times as far as the others)"),
    pytest.param("dead", "r1c2 (conducts next to nothing)", marks=pytest.mark.slow),
    pytest.param("leaky", "in 20 s at rest)", marks=pytest.mark.slow), ("", ""),
])  # fmt: skip
def test_gates_name_the_one_cell_that_is_broken(fault, told):
    options = [CELLS + f"faulty=[{{row=1, column=2, {BROKEN[fault]}}}]"] if fault else []
    found, summary = results_of("gates", "ecram-array-3x3", "ecram-3x3", *options)
    assert found["doubtful_cells", ""] == bool(fault)
    said = [note for note in summary.notes if "do not take their weight" in note]
    assert len(said) == bool(fault)
    assert all("r1c2 (" in note and told in note for note in said)


def test_coarse_cells_are_named():
    coarse = (CELLS + "cell.exchange_density=4237.3", CELLS + "cell.nominal_step=1.667 %")
    found, summary = results_of("gates", "ecram-array-3x3", "ecram-3x3", *coarse)
    assert found["coarse_cells", ""] >= 1
    assert any("steps are coarse: r" in note for note in summary.notes)
    fine, _ = results_of("gates", "ecram-array-3x3", "ecram-3x3")
    assert fine["coarse_cells", ""] == 0


def test_gates_are_learnt_at_once():
    found, _ = results_of("gates", "ecram-array-3x3", "ecram-3x3", "epochs=12")
    assert found["accuracy", ""] == 1.0
    assert all(found["right_from_epoch", gate] <= 10 for gate in ("AND", "OR", "NAND"))


SHORT = ("vectors=150", "epochs=3")


def test_a_line_is_learnt_in_memory():
    found, _ = results_of("logistic", "ecram-array-2x2", "ecram-2x2", *SHORT)
    assert found["accuracy", ""] > 0.93
    assert found["accuracy", ""] > found["accuracy_of_software", ""] - 0.05
    assert found["doubtful_cells", ""] == 0


def test_a_stuck_cell_is_named():
    stuck = CELLS + "faulty=[{row=0, column=1, is='stuck', at='100 %'}]"
    found, summary = results_of("logistic", "ecram-array-2x2", "ecram-2x2", *SHORT, stuck)
    assert found["doubtful_cells", ""] >= 1
    assert any("r0c1" in note for note in summary.notes)


def test_the_slots_of_an_outer_product_move_by_the_product_on_average():
    rng = np.random.default_rng(0)
    inputs, errors = np.array([0.6, -0.3, 0.0]), np.array([0.5, -0.8])
    moved = np.zeros((3, 2))
    for _ in range(400):
        rows, cols = drawn(inputs, errors, 10, rng)
        both = [np.add.outer(row, col) for row, col in zip(rows, cols, strict=True)]
        moved += sum((np.sign(one) * (np.abs(one) == 2) for one in both), np.zeros((3, 2)))
    assert moved / 4000 == pytest.approx(np.outer(inputs, errors), abs=0.02)


def test_a_device_without_the_lines_is_refused_with_all_that_is_missing():
    assert mho.read_job("xor", "ideal", "ecram-array-3x3", "ecram-3x3").plan().pulses > 0
    refused = 0
    for device, options, told in (
        ("ecram-array-2x2", (), "g2: no such terminal"),
        ("ecram-lithium", (), "take an array whose terminals are its lines"),
        ("ecram-array-3x3", ("lines.gates=['g0', 'g1']",), "names 2 lines; it takes 3"),
    ):
        with pytest.raises(SettingsError) as error:
            _ = mho.read_job("xor", "ideal", device, "ecram-3x3", options=list(options)).plan()
        assert told in str(error.value)
        refused += 1
    assert refused == 3


def test_a_pulse_beyond_a_line_is_refused_before_anything_is_energised():
    with pytest.raises(Exception, match="level"):
        xor("amplitude=7 V")
