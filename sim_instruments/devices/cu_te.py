"""The bare Cu:Te/TaOx/IGZO/Pt memristor: top electrode at TE, bottom electrode grounded."""

from collections.abc import Mapping

from mho.device.bank import CellBank
from mho.device.model import DeviceModel, drive_at
from mho.plugin_kinds import DeviceKind
from mho.sim_instruments.devices.circuit import LimitedSource
from mho.sim_instruments.devices.contact import losable
from mho.sim_instruments.devices.cu_te_bank import CuTeBank
from mho.sim_instruments.devices.cu_te_memristor import CuTe
from mho.sim_instruments.devices.cu_te_parameters import CuTeParameters
from mho.sim_instruments.devices.elementwise import elementwise
from mho.sim_instruments.devices.memristor_cell import MemristorCell
from mho.stimuli import Drive

_ONE = elementwise(1)


def _circuit(drives: Mapping[str, Drive]) -> LimitedSource | None:
    drive = drive_at(drives, "TE")
    return None if drive is None else LimitedSource(drive.level, drive.limit, _ONE)


def _build(parameters: CuTeParameters, seed: int) -> DeviceModel:
    cell = MemristorCell(CuTe(1, parameters, seed), ("TE",), _circuit)
    return losable(cell, parameters.contact_lost_after)


def _bank(parameters: CuTeParameters, count: int, seed: int) -> CellBank:
    return CuTeBank(parameters, count, seed)


CU_TE = DeviceKind(parameters=CuTeParameters, build=_build, bank=_bank)
