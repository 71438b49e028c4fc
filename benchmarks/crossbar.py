"""Speed of arrays: CPU time of a read and of an outer product on 256 x 256 cells.

"network" is the linear network alone (`mho.crossbar`), 1 ohm a segment; "device" the simulated
array of three-terminal cells between its lines, noise and all, as a bench calls it; "bench" the
same stimuli on the ideal bench, with limits, dose and readings of 768 lines. Each round has slots
of its own, for an array remembers how it moved in slots that come again. The fastest of a few
rounds counts; rounds of conjugate gradients are given beside, for they do not depend on the
machine.

    python benchmarks/crossbar.py [SIZE]
"""

import sys
import time
from collections.abc import Callable

import numpy as np

from mho.bench.composed import ComposedBench
from mho.bench.guard import GuardedBench
from mho.clock import VirtualClock
from mho.crossbar import Crossbar, Wires
from mho.device.profile import DeviceProfile
from mho.rehearsal import World
from mho.settings import DEVICES, parse, read
from mho.sim_instruments.devices.pseudo_crossbar import PseudoCrossbar
from mho.sim_instruments.devices.pseudo_crossbar_parameters import PseudoCrossbarParameters
from mho.sim_instruments.ideal_instrument import IdealInstrument, IdealSettings
from mho.stimuli import Drive, Multiply, OuterProduct

ROUNDS = 7
RANGES = ((9e-9, 72e-9), (0.2e-6, 50e-6))
SLOTS = 10
WIDTH = 10e-9


def fastest(work: Callable[[int], object]) -> float:
    """Milliseconds of CPU time; ``work`` is told the number of the round."""
    found = []
    for number in range(ROUNDS):
        begun = time.process_time()
        work(number)
        found.append(time.process_time() - begun)
    return 1e3 * min(found)


def networks(size: int) -> None:
    """One read, factorisation included and not."""
    rng = np.random.default_rng(0)
    volts = rng.uniform(0.0, 0.1, size)
    for low, high in RANGES:
        g = rng.uniform(low, high, (size, size))
        made = Crossbar(g, Wires())
        print(
            f"network {low * 1e6:g} to {high * 1e6:g} uS: factorise "
            f"{fastest(lambda _, g=g: Crossbar(g, Wires())):.1f} ms, read "
            f"{fastest(lambda _, made=made: made.solve(volts)):.1f} ms, "
            f"{made.solve(volts).iterations} rounds"
        )


def array(size: int) -> PseudoCrossbar:
    """The cells of the shipped array of 2 x 2, 1 ohm a segment."""
    cells = read(DEVICES, "ecram-array-2x2").data["model"]["parameters"]
    given = {**cells, "rows": size, "columns": size, "segment": "1 ohm"}
    return PseudoCrossbar(parse("benchmark", given, PseudoCrossbarParameters), 0)


def stimuli(size: int) -> tuple[Multiply, list[OuterProduct]]:
    """All rows at voltages of their own; each round slots in which a tenth of the lines fires."""
    rng = np.random.default_rng(1)
    levels = rng.uniform(0.0, 0.1, size).tolist()
    product = Multiply(
        inputs=tuple((f"r{n}", level) for n, level in enumerate(levels)),
        outputs=tuple(f"c{n}" for n in range(size)), aperture=1e-6, compliance=1e-3,
    )  # fmt: skip
    outers = []
    for rows, columns in (rng.random((ROUNDS, 2, SLOTS, size)) < 0.1).astype(int).tolist():
        outers.append(OuterProduct(
            rows=tuple(f"g{n}" for n in range(size)), columns=product.outputs,
            row_slots=tuple(map(tuple, rows)), column_slots=tuple(map(tuple, columns)),
            amplitude=4.0, width=WIDTH, gap=WIDTH, compliance=1e-3,
        ))  # fmt: skip
    return product, outers


def devices(size: int) -> None:
    """What a bench asks of the device, and nothing else."""
    device, (product, outers) = array(size), stimuli(size)
    reading = {name: Drive(level, 1e-3) for name, level in product.inputs}
    reading |= {name: Drive(0.0, 1e-3) for name in product.outputs}
    slots = [
        [
            {name: one.drive for name, one in zip(score.terminals, column, strict=True)}
            for column in score.columns()
        ]
        for score in (outer.score() for outer in outers)
    ]

    def look(_: int) -> float:
        return device.respond(reading)["c0"].current

    def write(number: int) -> None:
        for drives in slots[number]:
            device.advance(drives, WIDTH)

    print(f"device: read {fastest(look):.1f} ms")
    print(f"device: outer product of {SLOTS} slots {fastest(write):.1f} ms")


def benches(size: int) -> None:
    """The ideal bench, guarded."""
    device = array(size)
    limits = {
        "min_voltage": -3.0, "max_voltage": 3.0, "max_compliance": 1e-2, "rests": "grounded",
    }  # fmt: skip
    profile = DeviceProfile.model_validate(
        {
            "name": "array", "write_at": "g0", "read_at": "r0", "set_polarity": "positive",
            "terminals": dict.fromkeys(device.terminals, limits), "read_voltage": 0.1,
            "read_compliance": 1e-3, "pulse_compliance": 1e-3, "pulse_width": WIDTH,
            "contact_floor": 1e-9, "dose": {"max_pulses": 10**9, "max_charge": 1e9},
        }
    )  # fmt: skip
    clock = VirtualClock()
    instrument = IdealInstrument(World(device, clock, 0), profile, clock, IdealSettings())
    product, outers = stimuli(size)
    with GuardedBench(ComposedBench({"ideal": instrument}, profile, clock)) as bench:
        print(f"bench: read {fastest(lambda _: bench.apply(product)):.1f} ms")
        spent = fastest(lambda number: bench.apply(outers[number]))
        print(f"bench: outer product of {SLOTS} slots {spent:.1f} ms")


if __name__ == "__main__":
    cells = int(sys.argv[1]) if len(sys.argv) > 1 else 256
    networks(cells)
    devices(cells)
    benches(cells)
