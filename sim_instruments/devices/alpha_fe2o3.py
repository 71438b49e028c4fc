"""The Ag/alpha-Fe2O3/FTO synapse between two terminals: Ag at TE, FTO at BE.

The voltage across it is that of TE minus that of BE, so that two spikes may be played on two
terminals. A BE that nothing drives is tied to ground; a TE that nothing drives is open, and stands
at the potential of BE.
"""

from collections.abc import Mapping

from mho.device.bank import CellBank
from mho.device.model import DeviceModel, Response, State, drive_at
from mho.plugin_kinds import DeviceKind
from mho.sim_instruments.devices.alpha_fe2o3_bank import AlphaFe2O3Bank
from mho.sim_instruments.devices.alpha_fe2o3_memristor import AlphaFe2O3
from mho.sim_instruments.devices.alpha_fe2o3_parameters import AlphaFe2O3Parameters
from mho.sim_instruments.devices.circuit import LimitedSource
from mho.sim_instruments.devices.contact import losable
from mho.sim_instruments.devices.elementwise import elementwise
from mho.stimuli import Drive

_ONE = elementwise(1)


class AlphaFe2O3Cell:
    """The `DeviceModel` of one synapse. Of two current limits the smaller one holds."""

    terminals = ("TE", "BE")

    def __init__(self, memristor: AlphaFe2O3) -> None:
        self.memristor = memristor

    def advance(self, drives: Mapping[str, Drive], duration: float) -> None:
        """Let time pass: the state moves if a voltage stands across the device."""
        across = _across(drives)
        if across is None:
            self.memristor.rest(duration)
        else:
            self.memristor.pulse(across.level, duration, across.limit)

    def respond(self, drives: Mapping[str, Drive]) -> Mapping[str, Response]:
        """Opposite currents at TE and BE; at a limit, the source it belongs to leaves its level."""
        top, bottom = drive_at(drives, "TE"), drive_at(drives, "BE")
        base = 0.0 if bottom is None else bottom.level
        if top is None:
            return {"TE": Response(base, 0.0, False), "BE": Response(base, 0.0, False)}
        volts = top.level - base
        if volts == 0.0:
            return {"TE": Response(top.level, 0.0, False), "BE": Response(base, 0.0, False)}
        least = top.limit if bottom is None else min(top.limit, bottom.limit)
        voltage, current, limited = LimitedSource(volts, least, _ONE).response(
            self.memristor.conduction()
        )
        if bottom is None:
            held, far = Response(voltage, current, limited), Response(0.0, 0.0, False)
        elif bottom.limit < top.limit:
            base = top.level - voltage if limited else base
            held, far = Response(top.level, current, False), Response(base, -current, limited)
        else:
            level = base + voltage if limited else top.level
            held, far = Response(level, current, limited), Response(base, -current, False)
        return {"TE": held, "BE": far}

    def state(self) -> State:
        """That of the memristor."""
        return self.memristor.state()

    def restore(self, state: State) -> None:
        """Take over what `state` gave."""
        self.memristor.restore(state)


def _across(drives: Mapping[str, Drive]) -> Drive | None:
    top, bottom = drive_at(drives, "TE"), drive_at(drives, "BE")
    if top is None or bottom is None:
        return top
    return Drive(top.level - bottom.level, min(top.limit, bottom.limit))


def _build(parameters: AlphaFe2O3Parameters, seed: int) -> DeviceModel:
    cell = AlphaFe2O3Cell(AlphaFe2O3(1, parameters, seed))
    return losable(cell, parameters.contact_lost_after)


def _bank(parameters: AlphaFe2O3Parameters, count: int, seed: int) -> CellBank:
    return AlphaFe2O3Bank(parameters, count, seed)


ALPHA_FE2O3 = DeviceKind(parameters=AlphaFe2O3Parameters, build=_build, bank=_bank)
