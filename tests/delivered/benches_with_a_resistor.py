"""A resistor on every bench, with what truly stood across it noted by the simulated device."""

from dataclasses import dataclass, field

from mho.clock import VirtualClock
from mho.laboratory import read_setup

BENCHES = ("ideal", "ni-pxie-4139", "keithley-4200a", "keithley-4200a-pmu")

PULSE_CARD = "keithley-4200a-pmu"

OUTPUT = {name: 50.0 if name == PULSE_CARD else 0.0 for name in BENCHES}
"""Ohms of the source itself; the sheet says so of the card, the others regulate."""

ACCURACY = 2e-3
"""Of a voltage or conductance measured on a fitting range, and of the smallest range in volts."""


@dataclass
class OnABench:
    """An opened bench and, in the order of time, how long (s) which voltage stood at the device."""

    bench: object
    stood: list = field(default_factory=list)

    def furthest(self, since=0):
        """The voltage furthest from 0 V that stood there."""
        return max((volts for _, volts in self.stood[since:]), key=abs)


def resistor_options(ohms, read_limit="2 mA"):
    return [
        f'model.parameters.resistance="{ohms} ohm"',
        'terminals.TE.max_compliance="50 mA"',
        'pulse_compliance="20 mA"',
        f'read_compliance="{read_limit}"',
    ]


def opened(bench, ohms, *bench_options):
    """The bench, not yet entered, and the notes of its device."""
    setup = read_setup(
        bench, "resistor", bench_options=bench_options, device_options=resistor_options(ohms)
    )
    world = setup.simulated_world(VirtualClock())
    found = OnABench(setup.open(world=world))
    advance = world.device.advance

    def noting(drives, duration):
        level = drives["TE"].level if "TE" in drives else 0.0
        found.stood.append((duration, level))
        advance(drives, duration)

    world.device.advance = noting
    return found
