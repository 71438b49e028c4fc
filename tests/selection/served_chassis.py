"""SMUs, a card and a 707B before one device, in a process of their own; as a rack on a network is.

With the argument "direct" no relay of the 707B is before the device.

On standard input a line asks, and how it stands comes back as JSON.
"""

import json
import subprocess
import sys
from contextlib import contextmanager


class Rack:
    """The instruments in another process."""

    def __init__(self, process):
        self._process = process
        self.smus, self.matrix = process.stdout.readline().strip().split("|")

    def stands(self):
        """Levels (V) of all outputs, relays that are closed, how many moved under voltage.

        And the states of the lines of port0 of the card.
        """
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@contextmanager
def rack(*how):
    process = subprocess.Popen(
        [sys.executable, __file__, *how], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield Rack(process)
    finally:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()


def main():
    from selecting_benches import ports_of

    from mho.clock import RealClock
    from mho.plugins import INSTRUMENTS, load
    from mho.rehearsal import World
    from mho.rehearsal.relays import SwitchedDevice
    from mho.settings import read_device
    from mho.simulated import simulated_device

    _, profile = read_device("cu-te-1t1r")
    lines = {"TE[0]": "TE", "gate[0]": "gate"}
    device = simulated_device(profile, 0, "test")
    if "direct" in sys.argv:
        direct = {"TE": "TE", "gate": "gate"}
        device = SwitchedDevice(device, lines, [], direct)
    else:
        device = SwitchedDevice(device, lines, ["TE", "gate"], {})
    world = World(device, RealClock(), 0)
    ni, matrix = load(INSTRUMENTS, "ni"), load(INSTRUMENTS, "keithley-707b")
    smus = ni.start(world, {"PXI1Slot2/0": "TE", "PXI1Slot3/0": "gate"}, 0, ni.settings())
    wiring = {"A": "TE", "B": "gate", "101": "TE[0]", "105": "gate[0]"}
    relays = matrix.start(world, wiring, 0, matrix.settings())
    print(f"{smus.address}|{relays.address}", flush=True)
    for _ in sys.stdin:
        levels = [drive.level for drive in world.drives().values()]
        stands = {
            "levels": levels,
            "closed": relays.mainframe.closed,
            "hot": world.hot_switches,
            "port0": ports_of(smus)["port0"],
        }
        print(json.dumps(stands), flush=True)
    relays.stop()
    smus.stop()


if __name__ == "__main__":
    main()
