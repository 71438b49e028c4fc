"""Devices that move by a law in the time of a clock (`clocked`), between TE and ground."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from mho.device.bank import CellBank
from mho.device.model import DeviceModel, drive_at
from mho.plugin_kinds import DeviceKind
from mho.sim_instruments.devices.circuit import LimitedSource
from mho.sim_instruments.devices.clocked import Clocked, Law
from mho.sim_instruments.devices.clocked_bank import ClockedBank
from mho.sim_instruments.devices.contact import losable
from mho.sim_instruments.devices.elementwise import Elementwise, elementwise
from mho.sim_instruments.devices.memristor_cell import MemristorCell
from mho.sim_instruments.devices.step_laws import ExponentialStep, SoftBounds, StepLaw
from mho.sim_instruments.devices.step_parameters import (
    ClockedParameters,
    ConstantStepParameters,
    ExponentialStepParameters,
    SoftBoundsParameters,
)
from mho.sim_instruments.devices.threshold_power_law import (
    ThresholdPowerLaw,
    ThresholdPowerLawParameters,
)
from mho.stimuli import Drive

_ONE = elementwise(1)

MakesLaw = Callable[[Any, Elementwise, np.random.Generator], Law]
"""``(parameters, ops, variation)`` draws the law of each device."""


def _circuit(drives: Mapping[str, Drive]) -> LimitedSource | None:
    drive = drive_at(drives, "TE")
    return None if drive is None else LimitedSource(drive.level, drive.limit, _ONE)


def _kind(parameters: type[ClockedParameters], law: MakesLaw) -> DeviceKind:
    def devices(given: ClockedParameters, ops: Elementwise, seed: int) -> Clocked:
        variation, switching, fluctuation = (
            np.random.default_rng(sequence) for sequence in np.random.SeedSequence(seed).spawn(3)
        )
        return Clocked(given, law(given, ops, variation), ops, variation, switching, fluctuation)

    def build(given: ClockedParameters, seed: int) -> DeviceModel:
        cell = MemristorCell(devices(given, _ONE, seed), ("TE",), _circuit)
        return losable(cell, given.contact_lost_after)

    def bank(given: ClockedParameters, count: int, seed: int) -> CellBank:
        return ClockedBank(devices(given, elementwise(count, arrays=True), seed), count)

    return DeviceKind(parameters=parameters, build=build, bank=bank)


CONSTANT_STEP = _kind(ConstantStepParameters, StepLaw)
SOFT_BOUNDS = _kind(SoftBoundsParameters, SoftBounds)
EXPONENTIAL_STEP = _kind(ExponentialStepParameters, ExponentialStep)
THRESHOLD_POWER_LAW = _kind(ThresholdPowerLawParameters, ThresholdPowerLaw)
