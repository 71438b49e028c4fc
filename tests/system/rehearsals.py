"""A rehearsal whose simulated server the test can look into and disturb."""

from contextlib import contextmanager

from mho import plugins
from mho.bench.composed import ComposedBench
from mho.bench.guard import GuardedBench
from mho.clock import RealClock, VirtualClock
from mho.job import Job, read_job
from mho.rehearsal import World
from mho.settings import parse
from mho.simulated import simulated_device


class OpenRehearsal:
    """Satisfies `mho.plugin_kinds.Rehearsal`; keeps the instrument it started."""

    def __init__(self, job: Job, clock) -> None:
        self.profile = job.setup.profile
        self.clock = clock
        self._seed = job.setup.seed
        self.server = None

    def instrument(self, name, wiring, **options):
        kind = plugins.load(plugins.INSTRUMENTS, name)
        chosen = parse("test", options, kind.settings)
        device = simulated_device(self.profile, self._seed, "test")
        self.server = kind.start(World(device, self.clock, self._seed), wiring, 0, chosen)
        return self.server.address


@contextmanager
def rehearsed(protocol, bench, device, recipe, *, seed=0, options=(), real_time=False):
    """Yields job, guarded bench (not yet entered) and server."""
    job = read_job(protocol, bench, device, recipe, seed=seed, options=options)
    rehearsal = OpenRehearsal(job, RealClock() if real_time else VirtualClock())
    (one,) = job.setup.instruments
    instrument = one.driver.instrument(one.settings, rehearsal)
    opened = ComposedBench({"": instrument}, rehearsal.profile, rehearsal.clock)
    try:
        yield job, GuardedBench(opened), rehearsal.server
    finally:
        rehearsal.server.stop()
