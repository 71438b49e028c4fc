"""Random programs, asked of the device what arrived: never more than the profile allows.

The device is our own and keeps what drove it at every moment, standing levels included; it stands
behind one ideal instrument, or behind two that share no time axis, so that stimuli come in parts.
"""

import random
from collections import Counter
from dataclasses import replace
from math import inf, nan

import legal_stimuli as rig
import pytest
from legal_stimuli import KINDS, broken, legal

from mho.bench.composed import ComposedBench
from mho.bench.guard import GuardedBench
from mho.clock import VirtualClock
from mho.device.model import Response
from mho.device.profile import Across, Dose, TerminalLimits
from mho.errors import LimitError
from mho.rehearsal import World
from mho.sim_instruments.ideal_instrument import IdealInstrument, IdealSettings
from mho.stimuli import PulseTrain, Read, Source
from mho.testing.profiles import make_profile

TERMINALS = {
    "TE": TerminalLimits(min_voltage=-1.8, max_voltage=2.3, max_compliance=2.5e-3),
    "BE": TerminalLimits(min_voltage=-1.3, max_voltage=1.2, max_compliance=4e-3),
    "gate": TerminalLimits(
        min_voltage=-0.4, max_voltage=2.8, max_compliance=9e-4, bias=1.0, bias_compliance=5e-4
    ),
}
ACROSS = (
    Across(terminals=("TE", "BE"), min_voltage=-2.0, max_voltage=2.9),
    Across(terminals=("gate", "BE"), min_voltage=-1.5, max_voltage=3.0),
)
RESTING_OPEN = {
    **TERMINALS,
    "gate": TerminalLimits(min_voltage=-0.4, max_voltage=2.8, max_compliance=9e-4, rests="open"),
}
HUNDREDTH = 1e-6


class Witness:
    """A device that keeps what drove it, for as long as anything did."""

    terminals = ("TE", "BE", "gate")

    def __init__(self):
        self.stood = set()

    def advance(self, drives, duration):
        if duration > 0:
            self.stood.add(tuple(sorted(drives.items())))

    def respond(self, drives):
        self.advance(drives, 1.0)
        return {
            name: Response(drives[name].level, drives[name].level * HUNDREDTH, False)
            if name in drives
            else Response(0.0, 0.0, False)
            for name in self.terminals
        }

    def state(self):
        return {}

    def restore(self, state):
        pass

    def assert_suffered_nothing(self, terminals):
        for drives in map(dict, self.stood):
            for name, drive in drives.items():
                limits = terminals[name]
                assert drive.source is Source.VOLTAGE
                assert limits.min_voltage <= drive.level <= limits.max_voltage, (name, drive)
                assert 0 <= drive.limit <= limits.max_compliance, (name, drive)
            for limit in ACROSS:
                first, second = (drives[one].level if one in drives else 0.0
                                 for one in limit.terminals)  # fmt: skip
                assert limit.min_voltage - 1e-8 <= first - second <= limit.max_voltage + 1e-8, (
                    limit, drives,
                )  # fmt: skip


def bench_of(witness, terminals, groups):
    """A guarded bench of ideal instruments, each at its group of terminals."""
    profile = make_profile(
        terminals=terminals, across=ACROSS, pulse_compliance=1e-3,
        dose=Dose(max_pulses=6, max_charge=1e-3, max_charge_at={"gate": 3e-4, "BE": 2e-3}),
    )  # fmt: skip
    clock = VirtualClock()
    world = World(witness, clock, 0)
    instruments = {
        str(number): IdealInstrument(
            world, profile, clock, IdealSettings(terminals={name: {} for name in group})
        )
        for number, group in enumerate(groups)
    }
    return GuardedBench(ComposedBench(instruments, profile, clock))


GROUPS = [(("TE", "BE", "gate"),), (("TE", "gate"), ("BE",)), (("TE",), ("gate",), ("BE",))]


def wild(rng, stimulus):
    """The stimulus with any number of it replaced by any number."""
    fields = [
        name for name in stimulus.__dataclass_fields__
        if isinstance(getattr(stimulus, name), float) and name != "settle"
    ]  # fmt: skip
    if not fields:
        return stimulus
    value = rng.choice((nan, inf, -inf, 1e9, -1e9, 0.0, rng.uniform(-5, 5), rng.gauss(0, 1e-3)))
    return replace(stimulus, **{rng.choice(fields): value})


def step(rng):
    """A stimulus that would be legal on a wider device, one with a field broken, or anything."""
    stimulus = legal(rng, rng.choice(KINDS))
    chance = rng.random()
    if chance < 0.2:
        return rng.choice([wrong for _, _, wrong in broken(stimulus)])
    return wild(rng, stimulus) if chance < 0.4 else stimulus


def play(rng, programs):
    """Random programs, and how many stimuli of each kind were accepted and refused."""
    accepted, refused = Counter(), Counter()
    for number in range(programs):
        terminals = RESTING_OPEN if number % 4 == 3 else TERMINALS
        witness = Witness()
        guarded = bench_of(witness, terminals, GROUPS[number % len(GROUPS)])
        pulses = 0
        with guarded:
            for _ in range(rng.randint(1, 6)):
                if rng.random() < 0.25:
                    name, level = rng.choice(list(terminals)), round(rng.uniform(-2.5, 3.0), 2)
                    attempt(guarded.bias, refused, accepted, "bias", name, level, 8e-4)
                    guarded.clock.sleep(1e-3)  # so that it stands for a while
                    continue
                stimulus = step(rng)
                kind = type(stimulus).__name__
                attempt(guarded.apply, refused, accepted, kind, stimulus)
                guarded.clock.sleep(1e-3)
                pulses = guarded.dose.most_pulses
        assert pulses <= 6
        assert guarded.dose.charge("TE") <= 1e-3 and guarded.dose.charge("gate") <= 3e-4
        assert witness.stood
        witness.assert_suffered_nothing(terminals)
    return accepted, refused


def attempt(action, refused, accepted, kind, *arguments):
    try:
        action(*arguments)
    except LimitError:
        refused[kind] += 1
    else:
        accepted[kind] += 1


def assert_enough(programs, accepted, refused):
    for kind in (*(kind.__name__ for kind in KINDS), "bias"):
        assert accepted[kind] >= programs / 30, (kind, accepted)
        assert refused[kind] >= programs / 30, (kind, refused)


def test_random_programs_are_asked_of_the_device():
    programs = 600
    assert_enough(programs, *play(random.Random("some programs"), programs))


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_a_hundred_thousand_random_programs_are_asked_of_the_device():
    programs = 100_000
    assert_enough(programs, *play(random.Random("many programs"), programs))


@pytest.mark.parametrize("groups", GROUPS)
@pytest.mark.parametrize("every", [1, 2])
def test_what_a_terminal_was_held_at_has_ended_before_the_first_part(groups, every):
    """2.2 V at TE must not meet -1 V at BE, which the stimulus brings to rest, if only to read."""
    witness = Witness()
    read = Read(voltage=0.1, aperture=1e-3, compliance=1e-3, terminal="BE")
    train = PulseTrain(
        terminal="TE", amplitudes=(2.2,), width=1e-3, rest=1e-3, compliance=1e-4,
        verify=read, verify_every=every,
    )  # fmt: skip
    with bench_of(witness, TERMINALS, groups) as guarded:
        guarded.bias("BE", -1.0, 1e-3)
        guarded.clock.sleep(1e-3)
        guarded.apply(train)
    levels = {(dict(one)["TE"].level, dict(one)["BE"].level) for one in witness.stood if one}
    assert {(0.0, -1.0), (2.2, 0.0)} <= levels
    witness.assert_suffered_nothing(TERMINALS)


def test_the_witness_would_tell():
    witness = Witness()
    bench = bench_of(witness, TERMINALS, GROUPS[0])._bench
    rng = random.Random(3)
    with bench:
        for _ in range(50):
            bench.apply(legal(rng, rig.Pulse))
    with pytest.raises(AssertionError):
        witness.assert_suffered_nothing(TERMINALS)
