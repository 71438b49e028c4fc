"""Every shipped device model under the suite of `mho.testing.conformance`."""

from functools import cache

from mho.settings import read_device
from mho.simulated import simulated_device
from mho.testing.conformance import DeviceConformance


@cache
def profile_of(device):
    _, profile = read_device(device, [])
    return profile


class Shipped(DeviceConformance):
    device: str

    def build(self, seed):
        return simulated_device(profile_of(self.device), seed, "test")


class TestResistor(Shipped):
    device = "resistor"


class TestOpen(Shipped):
    device = "open"


class TestCuTe(Shipped):
    device = "cu-te"
    devices, tolerance = 50, 0.1  # switching is random


class TestCuTe1T1R(Shipped):
    device = "cu-te-1t1r"


class TestAlphaFe2O3(Shipped):
    device = "alpha-fe2o3"
    devices, tolerance = 50, 0.05  # and fluctuates


class TestNmos(Shipped):
    device = "nmos"


class TestEcramMetalOxide(Shipped):
    device = "ecram-metal-oxide"
    devices, tolerance = 50, 1e-3  # steps vary


class TestEcramLithium(Shipped):
    device = "ecram-lithium"
    devices, tolerance = 50, 1e-3


class TestConstantStep(Shipped):
    device = "constant-step"
    devices, tolerance = 50, 0.02  # steps vary


class TestSoftBounds(Shipped):
    device = "soft-bounds"
    devices, tolerance = 50, 0.02


class TestExponentialStep(Shipped):
    device = "exponential-step"
    devices, tolerance = 50, 0.1  # by five times their mean


class TestThresholdPowerLaw(Shipped):
    device = "threshold-power-law"
    devices, tolerance = 50, 0.1
