"""Every shipped device model under the suite of `mho.testing.conformance`."""

from mho.laboratory import simulated_device
from mho.settings import read_device
from mho.testing.conformance import DeviceConformance


class Shipped(DeviceConformance):
    device: str

    def build(self, seed):
        _, profile = read_device(self.device, [])
        return simulated_device(profile, seed, "test")


class TestResistor(Shipped):
    device = "resistor"


class TestOpen(Shipped):
    device = "open"


class TestCuTe(Shipped):
    device = "cu-te"


class TestCuTe1T1R(Shipped):
    device = "cu-te-1t1r"


class TestAlphaFe2O3(Shipped):
    device = "alpha-fe2o3"


class TestNmos(Shipped):
    device = "nmos"


class TestEcramMetalOxide(Shipped):
    device = "ecram-metal-oxide"


class TestEcramLithium(Shipped):
    device = "ecram-lithium"
