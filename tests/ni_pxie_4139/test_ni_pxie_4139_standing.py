"""What stands at the terminals after families of curves and stimuli; benches opened again."""

from dataclasses import replace

import pytest
from faulty_ni import CURVES, GATE, LAST, READ, SINGLE, TE, TOLERANCE, bench_on, simulated

from mho.bench.guard import GuardedBench
from mho.clock import VirtualClock
from mho.errors import CommandRejected, ConnectionFailed, LimitError, UnsupportedError
from mho.sim_instruments.ni_device_server.faults import Fault, Faults
from mho.stimuli import Waveforms


@pytest.fixture
def server_and_bench():
    clock = VirtualClock()
    with simulated(clock=clock) as server, bench_on(server, clock) as bench:
        yield server, bench


def gate_level(server):
    return server.world.drives()["gate"].level


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"steps": (1.0, 2.0, 61.0)},
            r"gate: held level 61 V \(.*\) is above 60 V, what NI PXIe-4139 can",
        ),
        ({"step_compliance": 4.0}, r"4 A \(.*\) is above 3 A, what NI PXIe-4139 can"),
        ({"stepped": "BE"}, "no terminal BE"),
        (
            {"sweep": replace(CURVES.sweep, levels=(0.1, 61.0))},
            r"TE: level 61 V \(.*\) is above 60 V, what NI PXIe-4139 can",
        ),
        (
            {"sweep": replace(CURVES.sweep, stop_in_compliance=True)},
            "sweeps cannot stop in compliance",
        ),
    ],
)
def test_a_family_that_cannot_be_played_is_refused_before_its_first_step(
    server_and_bench, change, words
):
    server, bench = server_and_bench
    sent = len(server.exchanges)
    with pytest.raises(LimitError, match=words):
        GuardedBench(bench).apply(replace(CURVES, **change))
    assert len(server.exchanges) == sent
    assert gate_level(server) == 3.0
    bench.off()
    bench.apply(SINGLE)
    assert gate_level(server) == 3.0


def test_a_family_leaves_its_stepped_terminal_at_zero_though_it_fails(server_and_bench):
    server, bench = server_and_bench
    bench.apply(CURVES)
    assert gate_level(server) == 0.0
    right = bench.apply(LAST)[0].current
    bench.bias("gate", 3.0, 1e-3)
    before = len(server.exchanges)
    bench.apply(CURVES)
    for number in range(1, len(server.exchanges) - before, 7):
        bench.bias("gate", 3.0, 1e-3)
        fault = Fault(at=number, carried_out=False, status="UNKNOWN", code=-1074135024)
        server.faults = Faults(calls=(fault,))
        with pytest.raises((CommandRejected, ConnectionFailed)):
            bench.apply(CURVES)
        assert bench.apply(LAST)[0].current == pytest.approx(right, rel=TOLERANCE)


def test_a_stimulus_ends_the_bias_of_its_terminal_for_good(server_and_bench):
    server, bench = server_and_bench
    bench.bias("TE", 1.0, 1e-3)
    assert server.world.drives()["TE"].level == 1.0
    bench.apply(SINGLE)
    bench.off()
    bench.bias("gate", 2.0, 1e-3)
    assert {name: drive.level for name, drive in server.world.drives().items()} == {
        "TE": 0.0,
        "gate": 2.0,
    }


def test_a_bench_that_is_opened_again_names_each_instrument_once():
    clock = VirtualClock()
    with simulated(clock=clock) as server:
        bench = bench_on(server, clock)
        for _ in range(2):
            with bench:
                assert len(bench.apply(SINGLE)) == 1
            found = [(it.terminal, it.address.split(" ")[0]) for it in bench.identities]
            assert found == [("TE", TE), ("gate", GATE)]


def test_waveforms_are_refused(server_and_bench):
    server, bench = server_and_bench
    sent = len(server.exchanges)
    waveforms = Waveforms(
        terminal="TE", durations=(1e-3,), levels=(("TE", (1.0,)), ("gate", (1.0,))),
        compliance=1e-3, verify=READ,
    )  # fmt: skip
    with pytest.raises(LimitError, match=r"TE, gate are to be .* NI PXIe-4139 share no time axis"):
        GuardedBench(bench).apply(waveforms)
    with pytest.raises(UnsupportedError, match="shares no time axis"):
        bench.apply(waveforms)
    assert len(server.exchanges) == sent
