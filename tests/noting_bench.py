"""What several test rooms share: a profile, limits, and a bench that notes what reaches it."""

from dataclasses import dataclass, field

from mho.bench import ChannelLimits
from mho.clock import VirtualClock
from mho.device.profile import CurvePoint, DeviceProfile, Dose, TerminalLimits
from mho.readings import Reading, Trace
from mho.stimuli import Hold, Pulse, Stimulus


def make_profile(**changes: object) -> DeviceProfile:
    settings = {
        "name": "test cell",
        "terminals": {
            "TE": TerminalLimits(min_voltage=-2.6, max_voltage=2.6, max_compliance=5e-3),
            "gate": TerminalLimits(
                min_voltage=0,
                max_voltage=4,
                max_compliance=1e-3,
                bias=3.0,
                bias_compliance=1e-3,
            ),
        },
        "dose": Dose(max_pulses=1000, max_charge=1.0),
        "set_polarity": "positive",
        "read_voltage": 0.05,
        "pulse_compliance": 5e-3,
        "read_compliance": 1e-4,
        "pulse_width": 10e-3,
        "contact_floor": 5e-8,
        "reset_curve": (
            CurvePoint(amplitude=0.5, conductance=200e-6),
            CurvePoint(amplitude=2.0, conductance=5.7e-6),
        ),
    }
    return DeviceProfile(**{**settings, **changes})


def make_limits(**changes: float) -> ChannelLimits:
    facts = {
        "instrument": "test SMU",
        "max_voltage": 60.0,
        "max_compliance": 3.0,
        "min_width": 50e-6,
        "min_aperture": 1e-6,
        "max_aperture": 9.0,
        "max_source_power": 20.0,
        "max_points": 10_000,
        "min_compliance": 1e-9,
        "time_axis": "test",
    }
    return ChannelLimits(**{**facts, **changes})


@dataclass
class NotingBench:
    """Satisfies `mho.bench.Bench`; answers from a function of the stimulus's level."""

    profile: DeviceProfile
    limits: dict[str, ChannelLimits]
    conductances: list[float] = field(default_factory=list)
    name: str = "noting bench"
    clock: VirtualClock = field(default_factory=VirtualClock)
    applied: list[Stimulus] = field(default_factory=list)
    biased: list[tuple[str, float, float]] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    identities: tuple = ()

    def __enter__(self):
        self.events.append("on")
        return self

    def __exit__(self, exc_type, exc, traceback):
        self.off()

    def off(self):
        self.events.append("off")

    def bias(self, terminal, level, compliance=0.0):
        self.biased.append((terminal, level, compliance))

    def apply(self, stimulus):
        self.applied.append(stimulus)
        conductance = self.next_conductance(stimulus)
        readings = []
        score = stimulus.score()
        for column in score.columns():
            self.clock.sleep(column[0].duration)
            for terminal, one in zip(score.terminals, column, strict=True):
                if one.aperture is not None:
                    current = one.level * conductance
                    now = self.clock.now()
                    readings.append(Reading(now, one.level, current, False, "", terminal))
        return Trace(tuple(readings))

    def next_conductance(self, stimulus):
        if isinstance(stimulus, Hold | Pulse) and self.conductances:
            if len(self.conductances) == 1:
                return self.conductances[0]
            return self.conductances.pop(0)
        return 1e-5
