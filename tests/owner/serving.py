"""A simulated instrument served by a process of its own, which says what drives each terminal.

As ``mho serve`` does; on standard input a line asks, and the levels come back as JSON (V, by
terminal; an open one is left out).
"""

import json
import socket
import subprocess
import sys
from contextlib import contextmanager


class Served:
    """A simulated instrument in another process."""

    def __init__(self, process):
        self._process = process
        self.address = process.stdout.readline().strip()

    def levels(self):
        """Volts by terminal, asked of the instrument itself."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@contextmanager
def served(instrument, device="cu-te-1t1r", *, seed=0, wiring=""):
    process = subprocess.Popen(
        [sys.executable, __file__, instrument, device, str(seed), wiring],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield Served(process)
    finally:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()


def poll(port):
    """Has a 4200A play what is due by now: it does so whenever somebody asks it something."""
    line = socket.create_connection(("127.0.0.1", port))

    def ask():
        line.sendall(b"SP\0")
        while not line.recv(100).endswith(b"\0"):
            pass

    return ask


def main(instrument, device, seed, wired=""):
    from mho.clock import RealClock
    from mho.plugins import INSTRUMENTS, load
    from mho.rehearsal import World
    from mho.settings import read_device
    from mho.simulated import simulated_device

    _, profile = read_device(device)
    kind = load(INSTRUMENTS, instrument)
    model = simulated_device(profile, int(seed), "test")
    clock, options = RealClock(), kind.settings()
    pairs = (pair.split("=") for pair in wired.split(",") if pair)
    wiring = {channel: terminal for channel, terminal in pairs if terminal in model.terminals}
    wiring = wiring or kind.wiring(model.terminals, options)
    world = World(model, clock, int(seed))
    running = kind.start(world, wiring, 0, options)
    print(running.address, flush=True)
    let_it_play = poll(running.port) if instrument == "keithley-4200a" else lambda: None
    for _ in sys.stdin:
        let_it_play()
        drives = world.drives()
        print(json.dumps({name: drive.level for name, drive in drives.items()}), flush=True)
    running.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
