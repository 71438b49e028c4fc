"""The scenario of the gate on simulated SMUs of NI, with faults to order."""

from gate_scenario import PROFILE, SCENARIO, Strictly
from gated_cell_on_ni import bench_on

from mho.sim_instruments.ni_device_server.faults import Faults
from mho.testing.faults import RIGHT_KINDS, play


def play_scenario(server, clock, *faults, kinds=RIGHT_KINDS):
    """Play the scenario with faults counted from its first call; its outcome, and the calls."""
    server.exchanges.clear()
    server.faults = Faults(calls=faults)
    bench = bench_on(server, clock, profile=PROFILE)
    outcome = play(bench, Strictly(server), SCENARIO, kinds)
    outcome.played = [_without_noise(one) for one in outcome.played]
    return outcome, list(server.exchanges)


def _without_noise(facts):
    """What a voltmeter reads of its own 0 A is noise, of which no two are alike."""
    if isinstance(facts, BaseException):
        return facts
    return [(volts, amps if abs(amps) > 1e-10 else 0.0, *rest) for volts, amps, *rest in facts]
