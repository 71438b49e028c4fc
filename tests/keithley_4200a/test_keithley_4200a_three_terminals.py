"""Protocols on a cell that is written at its gate and read at its drain: three SMUs of a 4200A."""

import math
from itertools import pairwise

import pytest
from gated_cell import OHMS, GatedCell, assert_opened_at_zero, make_profile
from gated_cell_on_4200a import simulated

from mho.bench.guard import GuardedBench
from mho.errors import LimitError
from mho.protocols.ispp import ISPP, IsppRecipe
from mho.protocols.ltp_ltd import LTP_LTD, LtpLtdRecipe
from mho.protocols.retention import RETENTION, RetentionRecipe
from mho.stimuli import OPEN, Hold, Pulse, Read, Source

TWENTY = {"pulses": 20, "amplitude": 2.0}
LTP_LTD_RECIPES = {
    how: LtpLtdRecipe(potentiation=TWENTY, depression=TWENTY, apply=how, rest=10e-3)
    for how in ("train", "single pulses")
}
RETENTION_RECIPE = RetentionRecipe(
    times={"spacing": "log", "duration": 60.0, "first": 0.5, "per_decade": 4}
)
TARGET = 30e-6
ISPP_RECIPE = IsppRecipe(
    targets=(TARGET,), tolerance=0.02, reset={"amplitude": 1.0}, max_pulses=100, rest=5e-3,
    check={"delay": 60.0, "reads": 5},
)  # fmt: skip
READ = Read(voltage=0.1, aperture=9e-3, compliance=1e-4, settle=1e-3)
READ_LEVEL = {0.1}
"""A sampling ends on standby at its level."""


def run(protocol, recipe, rests="open", device=None, **options):
    """Rows of a protocol behind the guard, its plan agreed to; and what happened at the gate."""
    with simulated(device, profile=make_profile(rests), **options) as (bench, instrument):
        guarded = GuardedBench(bench)
        guarded.bind(protocol.plan(recipe, guarded.profile))
        with guarded:
            rows = list(protocol.run(guarded, recipe))
        assert_opened_at_zero(instrument.world, READ_LEVEL)
        assert instrument.world.drives() == {}
        return rows, instrument.world


def conductance(potential):
    return GatedCell(potential).conductance


@pytest.mark.parametrize("tcp", [False, True], ids=["in process", "TCP"])
@pytest.mark.parametrize("how", LTP_LTD_RECIPES)
def test_ltp_ltd_writes_at_the_gate_and_reads_at_the_drain(how, tcp):
    rows, world = run(LTP_LTD, LTP_LTD_RECIPES[how], tcp=tcp)
    assert len(rows) == 42
    found = [row.conductance for row in rows]
    assert found[0] == pytest.approx(conductance(0.3), rel=1e-3)  # the pulse of 0 left it open
    assert found[21] == pytest.approx(found[20], rel=1e-3)
    for branch, sign in ((found[:21], 1), (found[21:], -1)):
        steps = [sign * (b - a) for a, b in pairwise(branch)]
        assert all(0.3e-6 < step < 4e-6 for step in steps)
    assert {row.terminal for row in rows} == {"gate"}
    assert all(row.voltage == pytest.approx(0.1, abs=1e-3) for row in rows)
    for row in rows:
        if row.amplitude:
            assert math.copysign(1, row.pulse_current) == math.copysign(1, row.amplitude)
            assert 0 < abs(row.pulse_current) < 3.5 / OHMS * 1.2
    pulses = [drive for drive in world.at("gate") if drive.level]
    assert [drive.level for drive in pulses] == [2.0] * 20 + [-2.0] * 20


@pytest.mark.parametrize("tcp", [False, True], ids=["in process", "TCP"])
def test_retention_with_an_open_gate_and_with_a_grounded_one(tcp):
    kept, world = run(RETENTION, RETENTION_RECIPE, tcp=tcp)
    lost, _ = run(RETENTION, RETENTION_RECIPE, "grounded", tcp=tcp)
    assert world.at("gate") == []
    first = conductance(0.3)
    assert all(row.conductance == pytest.approx(first, rel=5e-3) for row in kept)
    assert lost[-1].conductance == pytest.approx(conductance(0.0), rel=1e-2)
    assert kept[-1].age == pytest.approx(60.0, rel=1e-2)


@pytest.mark.parametrize("tcp", [False, True], ids=["in process", "TCP"])
def test_ispp_reaches_its_target_and_an_open_gate_keeps_it(tcp):
    rows, world = run(ISPP, ISPP_RECIPE, tcp=tcp)
    *tuned, check = rows
    assert str(tuned[-1].verdict) == "reached"
    assert tuned[-1].conductance == pytest.approx(TARGET, rel=0.02)
    assert check.conductance == pytest.approx(tuned[-1].conductance, rel=2e-3)
    assert world.device.conductance == pytest.approx(tuned[-1].conductance, rel=2e-3)
    assert world.at("gate")[-1] == OPEN
    assert len(world.at("gate")) == 3 * len(tuned)  # the pulse, 0 V, off


def test_ispp_is_not_kept_by_a_grounded_gate():
    *tuned, check = run(ISPP, ISPP_RECIPE, "grounded")[0]
    assert tuned[-1].conductance > 2 * check.conductance
    assert check.conductance == pytest.approx(conductance(0.0), rel=0.02)


@pytest.mark.parametrize("tcp", [False, True], ids=["in process", "TCP"])
@pytest.mark.parametrize("potential", [0.3, -0.05, 0.9, 0.0])
@pytest.mark.parametrize("count", [1, 5])
def test_0_a_at_the_gate_measures_the_potential_that_the_drain_shows(potential, count, tcp):
    meter = Hold(
        terminal="gate", level=0.0, count=count, interval=20e-3, aperture=9e-3, compliance=2.0,
        source=Source.CURRENT,
    )  # fmt: skip
    device = GatedCell(potential)
    with simulated(device, tcp=tcp) as (bench, instrument), GuardedBench(bench) as bench:
        trace = bench.apply(meter)
        assert len(trace) == count
        for found in trace:
            assert found.voltage == pytest.approx(potential, abs=1e-4)
            assert found.current == 0.0 and not found.in_compliance
            assert found.terminal == "gate"
        seen = bench.apply(READ.at("drain"))[0].conductance
        assert seen == pytest.approx(conductance(potential), rel=1e-2, abs=1e-8)
        assert device.potential == potential  # never grounded on the way
        bench.apply(Pulse(terminal="gate", amplitude=2.0, width=0.1, compliance=1e-6))
        moved = device.potential
        assert moved > potential + 0.05
        assert bench.apply(meter)[0].voltage == pytest.approx(moved, abs=1e-4)
        assert device.potential == moved
        bench.off()
        assert device.potential == moved and instrument.world.drives() == {}
    assert device.potential == moved
    assert_opened_at_zero(instrument.world)


def test_a_charge_moves_the_potential_by_what_it_should():
    device = GatedCell(0.0)
    pulse = Pulse(
        terminal="gate", amplitude=5e-8, width=0.1, compliance=2.0, source=Source.CURRENT,
        rest=1.0, verify=Read(voltage=0.1, aperture=9e-3, compliance=1e-4, terminal="drain"),
    )  # fmt: skip
    with simulated(device) as (bench, _), GuardedBench(bench) as bench:
        for number in range(1, 6):
            before = device.potential
            pulsed, read = bench.apply(pulse)
            assert (pulsed.terminal, read.terminal) == ("gate", "drain")
            assert pulsed.current == 5e-8
            assert pulsed.voltage == pytest.approx(device.potential + 5e-8 * OHMS, rel=1e-2)
            assert device.potential - before == pytest.approx(0.05, rel=1e-3), number
            assert read.conductance == pytest.approx(conductance(device.potential), rel=1e-2)
        signed = bench.dose["gate"].charges["program"].signed
        assert signed == pytest.approx(25e-9, rel=1e-2)


def test_the_guard_refuses_a_current_beyond_the_device_before_anything_is_sent():
    pulse = Pulse(
        terminal="gate", amplitude=2e-6, width=0.1, compliance=2.0, source=Source.CURRENT
    )  # fmt: skip
    with simulated() as (bench, instrument), GuardedBench(bench) as bench:
        sent = len(instrument.exchanges)
        with pytest.raises(LimitError, match="2 uA is above 1 uA"):
            bench.apply(pulse)
        assert len(instrument.exchanges) == sent
