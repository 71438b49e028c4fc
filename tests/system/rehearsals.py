"""A rehearsal whose simulated server the test can look into and disturb."""

from contextlib import contextmanager

from mho import plugins
from mho.clock import RealClock, VirtualClock
from mho.bench.guard import GuardedBench
from mho.job import Job, read_job
from mho.laboratory import simulated_device
from mho.settings import parse


class OpenRehearsal:
    """Satisfies `mho.plugin_kinds.Rehearsal`; keeps the instrument it started."""

    def __init__(self, job: Job, clock) -> None:
        self.profile = job.setup.profile
        self.clock = clock
        self._seed = job.setup.seed
        self.server = None

    def device(self):
        return simulated_device(self.profile, self._seed, "test")

    def instrument(self, name, wiring, **options):
        kind = plugins.load(plugins.INSTRUMENTS, name)
        chosen = parse("test", options, kind.settings)
        self.server = kind.start(self.device(), wiring, self.clock, self._seed, 0, chosen)
        return self.server.address


@contextmanager
def rehearsed(protocol, bench, device, recipe, *, seed=0, options=(), real_time=False):
    """Yields job, guarded bench (not yet entered) and server."""
    job = read_job(protocol, bench, device, recipe, seed=seed, options=options)
    rehearsal = OpenRehearsal(job, RealClock() if real_time else VirtualClock())
    opened = job.setup.kind.open(job.setup.bench_settings, rehearsal)
    try:
        yield job, GuardedBench(opened), rehearsal.server
    finally:
        rehearsal.server.stop()
