"""A gate of an array breaks down: its line leaks, for good; a run that looks for it ends."""

import pytest

from mho.job import read_job
from mho.recording import read_run
from mho.run import execute
from mho.sim_instruments.devices.ecram_parameters import EcramParameters
from mho.sim_instruments.devices.pseudo_crossbar import PseudoCrossbar
from mho.sim_instruments.devices.pseudo_crossbar_parameters import PseudoCrossbarParameters
from mho.stimuli import Drive

LEAK, FACTOR = 1e-9, 1e3


def array(breakdown=3.0):
    cell = EcramParameters(
        gate_leakage=LEAK, breakdown_voltage=breakdown, breakdown_factor=FACTOR, noise=False,
        cycle_to_cycle=False, device_to_device=False, exchange_density=1e-12,
    )  # fmt: skip
    return PseudoCrossbar(PseudoCrossbarParameters(rows=2, columns=3, cell=cell), 0)


def leaking(device, row):
    return device.respond({f"g{row}": Drive(0.5, 1.0)})[f"g{row}"].current / 0.5


def test_a_cell_that_saw_too_much_leaks_for_good_and_only_that_one():
    device = array()
    assert leaking(device, 0) == pytest.approx(3 * LEAK, rel=1e-3)
    device.advance({"g0": Drive(2.9, 1.0), "g1": Drive(2.9, 1.0)}, 1e-3)
    assert not device.broken_down.any()
    device.advance({"g0": Drive(1.6, 1.0), "c2": Drive(-1.6, 1.0)}, 1e-3)  # 3.2 V at one cell
    assert device.broken_down.tolist() == [[False, False, True], [False, False, False]]
    assert leaking(device, 0) == pytest.approx((2 + FACTOR) * LEAK, rel=1e-3)
    assert leaking(device, 1) == pytest.approx(3 * LEAK, rel=1e-3)
    through = device.respond({"g0": Drive(0.5, 1.0)})
    into_columns = sum(through[f"c{n}"].current for n in range(3))
    assert into_columns == pytest.approx(-through["g0"].current)
    other = array()
    other.restore(device.state())
    assert leaking(other, 0) == leaking(device, 0)


@pytest.mark.parametrize("breakdown", ["800 mV", "10 V"])
def test_a_breakdown_ends_the_run_with_its_rows_kept_and_outputs_off(tmp_path, breakdown):
    job = read_job(
        "gate_leakage", "ideal", "ecram-array-3x3", "ecram-metal-oxide",
        options=(
            "device.model.parameters.cell.gate_leakage=1 nS",
            f"device.model.parameters.cell.breakdown_voltage={breakdown}",
            "device.breakdown_factor=10",
        ),
    )  # fmt: skip
    outcome = execute(job, tmp_path)
    assert outcome.error is None
    run = read_run(outcome.folder)
    breaks = breakdown == "800 mV"
    assert (run.rows["verdict"].iloc[-1] == "breakdown") is breaks
    assert len(run.rows) >= 250
    assert run.stop.outputs_off and run.stop.rows == len(run.rows)
