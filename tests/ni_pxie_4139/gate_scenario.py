"""Every way of sourcing a current and of opening a terminal, on a bench to which things happen.

No two readings are alike but for those of one hold, none depends on a stimulus before it, and
what flows at the drain tells whether the gate is open.
"""

from types import SimpleNamespace

from gated_cell import bench_on, make_profile

from mho.device.model import Response, drive_at
from mho.device.profile import TerminalLimits
from mho.sim_instruments.ni_dcpower.faults import Faults
from mho.stimuli import Hold, Pulse, PulseTrain, Read, Source, Sweep
from mho.testing.faults import RIGHT_KINDS, play

POTENTIAL, GATE_OHMS = 0.35, 1e6
OHMS = {True: 10e3, False: 7e3}
"""Of the drain, by whether the gate is open."""

PROFILE = make_profile(
    terminals={
        "gate": TerminalLimits(min_voltage=-3, max_voltage=3, max_compliance=1e-5, rests="open"),
        "drain": TerminalLimits(min_voltage=-3, max_voltage=3, max_compliance=1e-3),
    }
)
READ = Read(voltage=0.1, aperture=9e-3, compliance=1e-4, settle=1e-3, terminal="drain")
PULSE = Pulse(
    terminal="gate", amplitude=1.7, width=10e-3, compliance=1e-5, rest=5e-3, verify=READ
)  # fmt: skip
CURRENT_PULSE = Pulse(
    terminal="gate", amplitude=-0.4e-6, width=10e-3, compliance=2.5, source=Source.CURRENT
)  # fmt: skip
METER = Hold(
    terminal="gate", level=0.0, count=3, interval=20e-3, aperture=9e-3, compliance=2.0,
    source=Source.CURRENT,
)  # fmt: skip
SINGLE = Hold(
    terminal="drain", level=17e-6, count=1, interval=20e-3, aperture=9e-3, compliance=2.0,
    source=Source.CURRENT,
)  # fmt: skip
TRAIN = PulseTrain(
    terminal="drain", amplitudes=(21e-6, -34e-6, 55e-6), width=10e-3, rest=10e-3, compliance=2.0,
    source=Source.CURRENT,
)  # fmt: skip
SWEEP = Sweep(
    terminal="gate", levels=(0.2e-6, 0.7e-6), dwell=20e-3, aperture=5e-3, compliance=2.0,
    source=Source.CURRENT,
)  # fmt: skip
LAST = READ.at("gate")
SCENARIO = (PULSE, CURRENT_PULSE, METER, SINGLE, TRAIN, SWEEP, PULSE, LAST)


class GateWithPotential:
    """A battery behind a resistor at the gate, and a drain that knows whether it is driven."""

    terminals = ("gate", "drain")

    def advance(self, drives, duration):
        pass

    def respond(self, drives):
        gate, drain = (drive_at(drives, name) for name in self.terminals)
        found = {"gate": Response(POTENTIAL, 0.0, False), "drain": Response(0.0, 0.0, False)}
        if gate is not None:
            found["gate"] = _limited(gate, POTENTIAL, GATE_OHMS)
        if drain is not None:
            found["drain"] = _limited(drain, 0.0, OHMS[gate is None])
        return found


def _limited(drive, potential, ohms):
    wanted = (drive.level - potential) / ohms
    current = min(max(wanted, -drive.limit), drive.limit)
    return Response(potential + current * ohms, current, current != wanted)


class Strictly:
    """A server at whose gate only an open relay is dark, and elsewhere only a source of 0 V."""

    def __init__(self, server):
        self._server = server
        self.world = SimpleNamespace(drives=self._drives)

    def _drives(self):
        return {
            name: drive._replace(level=drive.level or float(self._is_wrong(name, drive)))
            for name, drive in self._server.world.drives().items()
        }

    @staticmethod
    def _is_wrong(name, drive):
        return name == "gate" or drive.source is not Source.VOLTAGE


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
