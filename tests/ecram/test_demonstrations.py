"""The published demonstrations on arrays: what sound cells do, and which broken ones are named."""

from importlib.resources import files

import numpy as np
import pytest

import mho
from mho import plugins
from mho.errors import SettingsError
from mho.protocols.array_training import drawn
from mho.testing.protocol_runs import frame, run_shipped

CELLS = "device.model.parameters."


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
    once, _ = xor(*WIDE)
    often, _ = xor(*WIDE, *REPEATED)
    assert often["worst_weight", ""] < 0.02 < once["worst_weight", ""]


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


LITHIUM = "ecram-array-3x3-lithium"
WIDE = (CELLS + "cell.slope=0.9 V", CELLS + "cell.exchange_density=33333.0")
REPEATED = ("passes=4", "device.dose.max_pulses=10000000")


@pytest.fixture
def without_access(tmp_path):
    """The array of lithium cells as it is, but for its access devices."""
    text = (files("mho.data") / "devices" / f"{LITHIUM}.toml").read_text("utf-8")
    kept = [line for line in text.splitlines() if not line.startswith("access_voltage")]
    assert len(kept) == len(text.splitlines()) - 1
    path = tmp_path / "bare.toml"
    _ = path.write_text("\n".join(kept), "utf-8")
    return str(path)


def arrays_right(*options, device="ecram-array-3x3"):
    """Shares of 50 arrays that are XOR, at once and later, and the worst weight of each."""
    found = [xor(*options, device=device, seed=seed)[0] for seed in range(50)]
    at_once, later = (
        sum(one["patterns_right", part] == 4 for one in found) / 50 for part in ("", "later")
    )
    return at_once, later, [one["worst_weight", ""] for one in found]


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("device", "options"),
    [("ecram-array-3x3", ()), (LITHIUM, ("width=10 ms",))],
)
def test_xor_over_many_arrays(device, options):
    """A prototype had 100 % of 200 arrays of either, cells off by 1 % of the range."""
    at_once, later, worst = arrays_right(*options, device=device)
    assert at_once == later == 1.0
    assert max(worst) < 0.02


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_lithium_cells_without_access_devices_are_not_xor(without_access):
    """A prototype had 2 % of 200 arrays, and 0 % after twenty seconds on floating lines."""
    at_once, later, worst = arrays_right("width=10 ms", device=without_access)
    assert at_once < 0.1 and later == 0.0
    assert np.median(worst) > 0.1


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_half_selection_moves_weights_and_more_passes_make_it_good():
    """A prototype had 33 % right once through, cells off by 12 %; 100 % and 0.8 % after four.

    How much depends on where the cells begin: the fewer pulses, the fewer half-selections.
    """
    _, _, once = arrays_right(*WIDE)
    from_full, _, _ = arrays_right(*WIDE, CELLS + "cell.initial_state=100 %")
    assert from_full < 0.5
    at_once, later, often = arrays_right(*WIDE, *REPEATED)
    assert np.median(once) > 0.05
    assert at_once == later == 1.0
    assert np.median(often) < 0.01 and max(often) < 0.015


def trained(*options, seeds=20):
    """Of 250 vectors: accuracy after one and after four epochs, and whose notes name r0c1."""
    found = [
        results_of(
            "logistic", "ecram-array-2x2", "ecram-2x2",
            "vectors=250", "epochs=4", f"seed={seed}", *options, seed=seed,
        )
        for seed in range(seeds)
    ]  # fmt: skip
    first, end, software = (
        np.array([one[name, ""] for one, _ in found])
        for name in ("accuracy_after_first_epoch", "accuracy", "accuracy_of_software")
    )
    named = np.array([any("r0c1" in note for note in summary.notes) for _, summary in found])
    return first, end, software, named


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("fault", ["", "{row=0, column=1, is='slow', factor=10}"])
def test_sound_and_slow_cells_learn_any_line(fault):
    """A prototype had 96 % or more of 1000 vectors after an epoch, and 0.1 points to software."""
    first, end, software, _ = trained(*([CELLS + f"faulty=[{fault}]"] if fault else []))
    assert first.min() >= 0.93
    assert end.min() >= 0.96
    assert np.median(software - end) <= (0.02 if fault else 0.01)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_cell_stuck_at_an_end_fails_for_half_the_lines_and_is_named():
    """Of a prototype 29 of 50 lines were learnt: the weight cannot take one of the signs."""
    _, end, _, named = trained(CELLS + "faulty=[{row=0, column=1, is='stuck', at='100 %'}]")
    failed = end < 0.95
    assert 0.2 <= failed.mean() <= 0.8
    assert named[failed].all()
