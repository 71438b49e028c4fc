"""What can be chosen about the simulated NI gRPC Device Server: what is in it, and faults."""

from pydantic import Field

from mho.frozen import Frozen
from mho.sim_instruments.ni_daqmx.settings import DEFAULT_CARDS, AmplifierSettings, CardSettings
from mho.sim_instruments.ni_device_server.faults import NO_FAULTS, Faults
from mho.sim_instruments.ni_switch.settings import SwitchSettings


class NiOptions(Frozen):
    """Options of the simulated server.

    From a settings file: ``mho.settings.parse``. Each with its default and a comment:
    ``instruments/ni.toml`` among the shipped files.
    """

    slots: tuple[str, ...] = Field(
        default=("PXI1Slot2", "PXI1Slot3", "PXI1Slot4", "PXI1Slot5"),
        description="slots that hold a PXIe-4139 even if nothing is wired to it; a slot that is"
        " wired always does",
    )
    version_40w: tuple[str, ...] = Field(
        default=(), description="slots or channels of the 40 W version; the others have 20 W"
    )
    calibration_errors: bool = Field(
        default=False,
        description="gain and offset errors of every range, within NI's accuracy specification",
    )
    cards: dict[str, CardSettings] = Field(
        default=DEFAULT_CARDS, description="multifunction cards, by their names in NI-DAQmx"
    )
    amplifiers: dict[str, AmplifierSettings] = Field(
        default_factory=dict,
        description="what stands before an analogue input that is wired, by its name: Dev1/ai0",
    )
    switches: dict[str, SwitchSettings] = Field(
        default_factory=dict,
        description="matrix modules of NI-SWITCH, by their names: PXI1Slot8",
    )
    faults: Faults = Field(default=NO_FAULTS, description="what goes wrong")


DEFAULT_OPTIONS = NiOptions()
