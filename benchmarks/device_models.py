"""Speed of the device models: nanoseconds of CPU time a device, alone and in arrays of N.

A single device goes on Python floats, the devices of an array all at once. Banks are cells that
each have their own time, half of them set while the others are reset; "some" is every other cell,
the other half each time. The last column is the time over that of one normal random number of
numpy, drawn by the thousands in the same run: it does not depend on how fast or busy the machine
is. The fastest of a few rounds counts.

That number is one yardstick (a pulse of the full model takes two of them, and much else); constant
steps in plain numpy of single precision are the other.

    python benchmarks/device_models.py [N ...]
"""

import sys
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import numpy as np

from mho import plugins
from mho.sim_instruments.devices.alpha_fe2o3_memristor import AlphaFe2O3
from mho.sim_instruments.devices.alpha_fe2o3_parameters import AlphaFe2O3Parameters
from mho.sim_instruments.devices.cu_te_memristor import CuTe
from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters
from mho.sim_instruments.devices.elementwise import elementwise
from mho.sim_instruments.devices.nmos import Nmos, NmosParameters
from mho.sim_instruments.devices.series_transistor import SeriesTransistor
from mho.stimuli import Drive

SIZES = (1, 100, 10_000, 300_000)
ROUNDS = 5
WIDTH = 10e-3
READS = 20


def levels(n: int) -> Iterator[Any]:
    """SET and RESET pulses in turn, each device at a level of its own."""
    generator = np.random.default_rng(0)
    size = None if n == 1 else n
    return cycle((generator.uniform(1.7, 2.1, size), -generator.uniform(1.0, 1.6, size)))


def mixed(n: int) -> Iterator[Any]:
    """Half of the devices are set while the other half is reset."""
    sets, resets = next(both := levels(n)), next(both)
    chosen = np.random.default_rng(1).random(n) < 0.5
    return cycle((np.where(chosen, sets, resets), np.where(chosen, resets, sets)))


def series(n: int, pulses: Iterator[Any]) -> Callable[[], None]:
    """Pulses on a memristor in series with a transistor."""
    ops, device = elementwise(n), CuTe(n, CuTeParameters(), 1)
    transistor = Nmos(NmosParameters(), ops)

    def pulse() -> None:
        circuit = SeriesTransistor(transistor, "MOD", 3.0, Drive(next(pulses), 5e-3), ops)
        device.pulse(circuit.level, WIDTH, circuit)

    return pulse


def cases(n: int) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is measured for ``n`` devices."""
    yield "Cu:Te in 1T1R, pulse", series(n, levels(n))
    if n > 1:
        yield "Cu:Te in 1T1R, mixed", series(n, mixed(n))
    cu_te, alpha, pulses = (
        CuTe(n, CuTeParameters(), 1),
        AlphaFe2O3(n, AlphaFe2O3Parameters(), 1),
        levels(n),
    )
    yield "Cu:Te, pulse", lambda: cu_te.pulse(next(pulses), WIDTH)
    yield "Cu:Te, read", lambda: (cu_te.rest(WIDTH), cu_te.read(0.05))
    yield "alpha-Fe2O3, pulse", lambda: alpha.pulse(-next(pulses), WIDTH, 10e-3)


BANKS = {
    "cu-te": 10e-3,
    "cu-te-1t1r": 10e-3,
    "alpha-fe2o3": 150e-6,
    "constant-step": 10e-3,
    "soft-bounds": 10e-3,
    "exponential-step": 10e-3,
    "threshold-power-law": 10e-3,
}
"""Kinds of device, and the width of a pulse."""


def banks(n: int) -> Iterator[tuple[str, int, Callable[[], object]]]:
    """What is measured for banks of ``n`` cells, and on how many of them at a time."""
    everyone, interval = np.arange(n), np.full(n, WIDTH)
    for kind, width in BANKS.items():
        device = plugins.load(plugins.DEVICES, kind)
        bank = device.bank(device.parameters(), n, 1)
        pulses, widths = mixed(n), np.full(n, width)
        halves = cycle((everyone[::2], everyone[1::2]))

        def pulse(bank: Any = bank, pulses: Any = pulses, widths: Any = widths) -> None:
            bank.pulse(everyone, next(pulses), widths)

        def some(
            bank: Any = bank, pulses: Any = pulses, widths: Any = widths, halves: Any = halves
        ) -> None:
            half = next(halves)
            bank.pulse(half, next(pulses)[half], widths[half])

        def read(bank: Any = bank) -> None:
            bank.read(everyone, 0.05, READS, interval)

        yield f"bank {kind}, pulse", n, pulse
        yield f"bank {kind}, some", n // 2, some
        yield f"bank {kind}, read", n * READS, read


def plain_steps(n: int) -> Callable[[], None]:
    """Constant steps with spread from device to device and from cycle to cycle, and hard bounds."""
    generator = np.random.default_rng(0)
    single = np.float32
    weight = np.zeros(n, single)
    step = single(1e-3) * (1 + single(0.3) * generator.standard_normal(n, single))
    signed = np.where(generator.random(n) < 0.5, step, -step)

    def pulse() -> None:
        nonlocal weight
        drawn = generator.standard_normal(n, single)
        weight = np.clip(weight + signed * (1 + single(0.3) * drawn), single(-0.6), single(0.6))

    return pulse


def cost(call: Callable[[], object], n: int) -> float:
    """CPU seconds a device, at best."""
    calls = max(4, min(1000, 200_000 // n))
    call(), call()
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.thread_time()
        for _ in range(calls):
            call()
        best = min(best, time.thread_time() - start)
    return best / calls / n


def main(sizes: tuple[int, ...]) -> None:
    """Measure and print."""
    generator = np.random.default_rng(0)
    draw = cost(lambda: generator.standard_normal(10_000), 10_000)
    print(f"one normal random number: {draw * 1e9:.1f} ns")
    print(f"{'model':30s} {'N':>9s}   ns a device    M/s   over a draw")
    for n in sizes:
        measured = [(name, n, call) for name, call in cases(n)]
        if n > 1:
            measured += [("constant steps in plain numpy", n, plain_steps(n)), *banks(n)]
        for name, devices, call in measured:
            each = cost(call, devices)
            rate = 1e-6 / each
            print(f"{name:30s} {n:9d} {each * 1e9:13.1f} {rate:6.2f} {each / draw:13.2f}")


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])) or SIZES)
