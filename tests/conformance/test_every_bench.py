"""Every shipped bench under the suites of `mho.testing.conformance`.

Simulated benches always run; a real one runs with

    MHO_BENCH=lab.toml MHO_DEVICE=resistor pytest -n 0 -m hardware tests/conformance

where ``lab.toml`` wires TE to a resistor whose value ``MHO_OHMS`` gives (default 10000).
"""

import os
from types import SimpleNamespace

import pytest

from mho import plugins
from mho.bench.composed import ComposedBench
from mho.bench.guard import GuardedBench
from mho.clock import VirtualClock
from mho.laboratory import read_setup
from mho.settings import parse
from mho.testing.conformance import BenchConformance, FamilyConformance


class TestIdeal(BenchConformance):
    bench = "ideal"


class TestNi(BenchConformance):
    bench = "ni-pxie-4139"


class TestNiOverASocket(BenchConformance):
    """As a real device server is reached; a rehearsal of NI needs no socket otherwise."""

    def open(self):
        setup = read_setup("ni-pxie-4139", self.device, wire=True)
        self._world = setup.simulated_world(VirtualClock())
        return setup.open(world=self._world)


class TestNiDaq(BenchConformance):
    bench = "ni-daq"


class TestNiDaqOnTwoCards(BenchConformance):
    """The outputs of a card without inputs, on the clock of another one."""

    def open(self):
        others = ['other_cards={Dev2 = "PCIe-6738"}', "terminals.TE.output=Dev2/ao31"]
        setup = read_setup("ni-daq", self.device, bench_options=others)
        self._world = setup.simulated_world(VirtualClock())
        return setup.open(world=self._world)


class TestNiDaqOverASocket(BenchConformance):
    def open(self):
        setup = read_setup("ni-daq", self.device, wire=True)
        self._world = setup.simulated_world(VirtualClock())
        return setup.open(world=self._world)


class TestKeithley(BenchConformance):
    bench = "keithley-4200a"


class TestKeithleyPmu(BenchConformance):
    bench = "keithley-4200a-pmu"


class TestKeithleyOverTcp(BenchConformance):
    """The 4200A's TCP server in virtual time, reached as a real one would be."""

    @pytest.fixture(autouse=True)
    def server(self):
        self._setup = read_setup("keithley-4200a", self.device)
        self._world = self._setup.simulated_world(VirtualClock())
        kind = plugins.load(plugins.INSTRUMENTS, "keithley-4200a")
        (self._one,) = self._setup.instruments
        channel = self._one.settings.terminals[self.terminal].channel
        self._server = kind.start(self._world, {channel: self.terminal}, 0, kind.settings())
        yield
        self._server.stop()

    def open(self):
        data = {**self._setup.bench_file.data, "connection": self._server.address}
        data.pop("kind")
        settings = parse("test", data, self._one.driver.settings)
        profile, clock = self._setup.profile, self._world.clock
        rehearsal = SimpleNamespace(profile=profile, clock=clock)
        instrument = self._one.driver.instrument(settings, rehearsal)
        return GuardedBench(ComposedBench({"": instrument}, profile, clock))


@pytest.mark.hardware
class TestHardware(BenchConformance):
    bench = os.environ.get("MHO_BENCH", "")
    device = os.environ.get("MHO_DEVICE", "resistor")
    ohms = float(os.environ.get("MHO_OHMS", "10000"))

    def open(self):
        if not self.bench:
            pytest.skip("MHO_BENCH names no bench file")
        return super().open()


class TestFamilyOnIdeal(FamilyConformance):
    bench = "ideal"


class TestFamilyOnNi(FamilyConformance):
    bench = "ni-pxie-4139"


class TestFamilyOnNiDaq(FamilyConformance):
    bench = "ni-daq"


class TestFamilyOnKeithley(FamilyConformance):
    bench = "keithley-4200a"
