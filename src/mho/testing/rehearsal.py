"""A rehearsal whose device can be looked at, as nobody can at a real one."""

from dataclasses import dataclass

from mho.bench.guard import GuardedBench
from mho.clock import Clock, VirtualClock
from mho.laboratory import read_setup
from mho.rehearsal import World


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A bench, not yet entered, and the world that it will be in."""

    bench: GuardedBench
    world: World


def rehearse(bench: str, device: str, *, seed: int = 0, clock: Clock | None = None) -> Rehearsed:
    """A rehearsal of a bench file that drives nothing real.

    Parameters
    ----------
    bench, device
        Shipped names or paths of TOML files.
    seed
        Seeds the simulated device and instruments.
    clock
        By default a virtual one.

    Raises
    ------
    SettingsError
        Everything wrong in either file, at once.
    ValueError
        The bench is a real one.
    """
    setup = read_setup(bench, device, seed=seed)
    if not setup.rehearses:
        raise ValueError(
            f"{bench} is a bench of real instruments, and rehearse was asked for one that drives "
            "nothing real; give it the simulated bench, or open this one with mho.open_bench"
        )
    world = setup.simulated_world(VirtualClock() if clock is None else clock)
    return Rehearsed(setup.open(world=world), world)
