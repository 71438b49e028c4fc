"""ISPP through the unmodified NI client, the wire and the simulated PXIe-4139."""

import numpy as np
import pytest
from rehearsals import rehearsed

from mho.job import read_job
from mho.protocols.ispp import Phase
from mho.stimuli import Hold, Pulse, PulseTrain, Read, Sweep

NINE = ("cu-te-1t1r", "nine-targets")

READ_NOISE = 2e-10
"""Amperes, five times the rms noise of a 4139 on the 100 uA range (200 pA peak to peak)."""


def run(bench, seed, options=()):
    job = read_job("ispp", bench, *NINE, seed=seed, options=options)
    with job.setup.open() as opened:
        return list(job.protocol.run(opened, job.recipe))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_wire_gives_the_conductances_of_the_ideal_bench_within_instrument_noise(seed):
    ideal, wire = run("ideal", seed), run("ni-pxie-4139", seed)
    assert len(ideal) == len(wire)
    for a, b in zip(ideal, wire, strict=True):
        assert (a.target, a.pulse, a.phase, a.verdict) == (b.target, b.pulse, b.phase, b.verdict)
        assert b.amplitude == a.amplitude or a.phase is Phase.CHECK
        assert b.time == pytest.approx(a.time, abs=1e-3)
        assert b.current == pytest.approx(a.current, abs=READ_NOISE)
        assert b.conductance == pytest.approx(a.conductance, rel=2e-3)
    assert any(a.conductance != b.conductance for a, b in zip(ideal, wire, strict=True))


PULSE = Pulse(
    terminal="TE",
    amplitude=0.3,
    width=1e-3,
    compliance=1e-3,
    verify=Read(voltage=0.05, aperture=1e-3, compliance=1e-4),
)


def test_a_closed_loop_step_costs_at_most_five_exchanges_and_keeps_every_limit_flag():
    with rehearsed("ispp", "ni-pxie-4139", "resistor", "one-target") as (_, bench, server), bench:
        bench.apply(PULSE)
        for number in range(1, 4):
            server.exchanges.clear()
            pulsed, read = bench.apply(
                Pulse(
                    terminal="TE",
                    amplitude=0.3 + 0.01 * number,
                    width=1e-3,
                    compliance=1e-3,
                    verify=PULSE.verify,
                )
            )
            assert len(server.exchanges) <= 5, list(server.exchanges)
            assert pulsed.in_compliance is False and read.in_compliance is False
        limited = Pulse(
            terminal="TE", amplitude=1.0, width=1e-3, compliance=5e-5, verify=PULSE.verify
        )
        pulsed, read = bench.apply(limited)
        assert pulsed.in_compliance is True and read.in_compliance is False
        assert pulsed.current == pytest.approx(5e-5, rel=1e-3)
        assert read.conductance == pytest.approx(1e-4, rel=1e-3)


def test_a_train_or_sweep_of_200_points_costs_at_most_five_exchanges_besides_set_up():
    levels = tuple(np.linspace(0.1, 0.3, 200))
    train = PulseTrain(terminal="TE", amplitudes=levels, width=1e-3, rest=1e-3, compliance=1e-3)
    sweep = Sweep(terminal="TE", levels=levels, dwell=1e-3, aperture=5e-4, compliance=1e-3)
    with rehearsed("ispp", "ni-pxie-4139", "resistor", "one-target") as (_, bench, server), bench:
        for stimulus in (train, sweep):
            first = bench.apply(stimulus)
            server.exchanges.clear()
            again = bench.apply(stimulus)
            assert len(server.exchanges) <= 5, list(server.exchanges)
            assert len(first) == len(again) == 200
            assert [r.conductance for r in again] == pytest.approx([1e-4] * 200, rel=1e-2)


def test_leaving_the_bench_leaves_outputs_off_though_ni_would_leave_them_on():
    with rehearsed("ispp", "ni-pxie-4139", "cu-te-1t1r", "one-target") as (job, bench, server):
        with bench:
            next(job.protocol.run(bench, job.recipe))
            assert server.world.drives()["gate"].level == 3.0
        assert {name: d.level for name, d in server.world.drives().items()} == {
            "TE": 0.0,
            "gate": 0.0,
        }
        assert "SetAttributeViBoolean[output_enabled]" in server.exchanges


def test_a_hold_of_an_hour_is_rehearsed_in_no_time():
    hold = Hold(terminal="TE", level=0.05, count=60, interval=60, aperture=1, compliance=1e-4)
    with rehearsed("ispp", "ni-pxie-4139", "resistor", "one-target") as (_, bench, _), bench:
        before = bench.clock.now()
        trace = bench.apply(hold)
        assert len(trace) == 60
        assert trace[-1].time - before == pytest.approx(3600, rel=1e-3)
