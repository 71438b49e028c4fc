"""What the channels of a bench on DAQ cards can do; needs no instrument."""

from collections.abc import Mapping

from mho.bench import ChannelLimits
from mho.device.profile import DeviceProfile
from mho.drivers.ni_daq.cards import LONGEST_APERTURE, MOST_READINGS
from mho.drivers.ni_daq.settings import NiDaqSettings
from mho.drivers.ni_daq.terminals import GroundedTerminal, OutputTerminal
from mho.quantities import AMPERE


def output_limits(settings: NiDaqSettings, terminal: OutputTerminal) -> ChannelLimits:
    """What one output can do, with what measures its current.

    It sources no current and opens nothing. A current beyond what the amplifier measures can be
    neither told nor limited, so no compliance is above that.
    """
    largest, resistance = terminal.max_current, 0.0
    if terminal.current is not None:
        largest = min(largest, terminal.current.largest)
        resistance = terminal.current.resistance
    period = 1 / settings.sample_rate
    what = f"{terminal.output}, currents to {AMPERE.show(largest)}"
    limits = ChannelLimits(
        instrument=f"an NI {settings.models[settings.place(terminal)[0]]} ({what})",
        max_voltage=terminal.range,
        max_compliance=largest,
        min_width=period,
        min_aperture=period,
        max_aperture=LONGEST_APERTURE,
        max_source_power=terminal.range * terminal.max_current,
        max_points=MOST_READINGS,
        limits_current=False,
        stops_in_compliance=False,
        time_axis="one sample clock",
        time_step=period,
        reads_current=terminal.current is not None,
        output_resistance=resistance,
    )
    return terminal.wired(limits)


def ground_limits(settings: NiDaqSettings, terminal: GroundedTerminal) -> ChannelLimits:
    """What a terminal can do that stands at 0 V whatever happens."""
    driven = settings.driven.values()
    limits = ChannelLimits(
        instrument="a terminal that is grounded",
        max_voltage=0.0,
        max_compliance=max(one.max_current for one in driven),
        min_width=1 / settings.sample_rate,
        min_aperture=1 / settings.sample_rate,
        max_aperture=LONGEST_APERTURE,
        max_source_power=0.0,
        max_points=MOST_READINGS,
        limits_current=False,
        stops_in_compliance=False,
        time_axis="one sample clock",
        time_step=1 / settings.sample_rate,
        reads_current=False,
    )
    return terminal.wired(limits)


def limits(
    settings: NiDaqSettings,
    profile: DeviceProfile,  # noqa: ARG001
) -> Mapping[str, ChannelLimits]:
    """What the channels of this bench can do, by terminal; needs no instrument."""
    return {
        name: output_limits(settings, terminal)
        if isinstance(terminal, OutputTerminal)
        else ground_limits(settings, terminal)
        for name, terminal in settings.terminals.items()
    }
