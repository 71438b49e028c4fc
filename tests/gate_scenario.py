"""Every way of sourcing a current and of opening a terminal, on a bench to which things happen.

No two readings are alike but for those of one hold, none depends on a stimulus before it, and
what flows at the drain tells whether the gate is open.
"""

from types import SimpleNamespace

import pytest
from gated_cell import make_profile

from mho.device.model import Response, drive_at
from mho.device.profile import TerminalLimits
from mho.stimuli import Hold, Pulse, PulseTrain, Read, Source, Sweep

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
    terminal="gate", amplitude=-0.4e-6, width=10e-3, compliance=2.5, source=Source.CURRENT,
    rest=5e-3, verify=Read(voltage=0.6, aperture=9e-3, compliance=1e-6, settle=1e-3),
)  # fmt: skip
METER = Hold(
    terminal="gate", level=0.0, count=3, interval=20e-3, aperture=9e-3, compliance=2.0,
    source=Source.CURRENT,
)  # fmt: skip
SINGLE_METER = Hold(
    terminal="gate", level=0.0, count=1, interval=20e-3, aperture=9e-3, compliance=2.0,
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
RAMP = Sweep(
    terminal="drain", levels=(0.11, 0.22, 0.33), dwell=20e-3, aperture=5e-3, compliance=1e-3
)  # fmt: skip
LAST = READ.at("gate")
SCENARIO = (PULSE, CURRENT_PULSE, METER, RAMP, SINGLE, TRAIN, SINGLE_METER, SWEEP, PULSE, LAST)


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
    """Instruments at whose gate only an open terminal is off, elsewhere only a source of 0 V."""

    def __init__(self, instrument):
        self._instrument = instrument
        self.world = SimpleNamespace(drives=self._drives)

    def _drives(self):
        return {
            name: drive._replace(level=drive.level or float(self._is_wrong(name, drive)))
            for name, drive in self._instrument.world.drives().items()
        }

    @staticmethod
    def _is_wrong(name, drive):
        return name == "gate" or drive.source is not Source.VOLTAGE


def assert_scenario(played, tolerance):
    """What Ohm's law makes of the scenario: the gate is open in every read at the drain."""
    pulse, current, meter, ramp, single, train, once, sweep, again, last = played
    assert pulse[1][1] == pytest.approx(0.1 / 10e3, rel=tolerance)
    assert last[0][1] == pytest.approx(0.1 / 10e3, rel=tolerance)
    assert [one[1] for one in again] == pytest.approx([1.35e-6, 1e-5], rel=tolerance)
    assert current[0][0] == pytest.approx(0.35 - 0.4, rel=tolerance)
    assert current[1][:2] == pytest.approx((0.6, 0.25e-6), rel=tolerance)
    assert [one[0] for one in (*meter, *once)] == pytest.approx([0.35] * 4, rel=tolerance)
    assert [one[1] for one in ramp] == pytest.approx([11e-6, 22e-6, 33e-6], rel=tolerance)
    assert single[0][0] == pytest.approx(17e-6 * 10e3, rel=tolerance)
    assert [one[0] for one in train] == pytest.approx([0.21, -0.34, 0.55], rel=tolerance)
    assert [one[0] for one in sweep] == pytest.approx([0.55, 1.05], rel=tolerance)
