"""One row of an STDP run: its fields are the columns of the file."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from mho.protocols import columns
from mho.quantities import Amperes, Fraction, Seconds, Siemens, Volts
from mho.recording.columns import LongName


class Order(StrEnum):
    """What a positive time difference means; the names of `mho.merit.spike_timing.TimeOrder`."""

    PRE_MINUS_POST = "t_pre - t_post"
    POST_MINUS_PRE = "t_post - t_pre"


class Verdict(StrEnum):
    """Whether the run goes on after this pair."""

    GOES_ON = "goes on"
    CONTACT_LOST = "contact lost"


class Part(StrEnum):
    """What a row tells: how a pair changed the device, or what it was at one moment."""

    PAIR = "pair"
    WAVEFORM = "waveform"


class StdpStep(NamedTuple):
    """A pair of spikes between two reads; or a moment of the pair before it, as it was recorded.

    The device sees pre minus post; ``highest`` and ``lowest`` are of that, in volts as applied, and
    so is what was measured in these two pieces of the pair.
    ``voltage``, ``current`` and ``status`` are those of the read after the pair. Currents are
    positive into the terminal. A moment has ``moment`` to ``spike_current``, and a pair has not.
    """

    time: Annotated[
        Seconds, LongName("time at the end of the read after the pair, or of this moment")
    ]
    part: Annotated[Part, LongName("a pair between its reads, or a moment of its waveforms")]
    repeat: Annotated[int, LongName("pass through the list of differences, from 1")]
    difference: Annotated[Seconds, LongName("time between the spikes, in the order of this row")]
    order: Annotated[Order, LongName("what a positive difference means")]
    pre_terminal: Annotated[str, LongName("terminal of the presynaptic spike")]
    post_terminal: Annotated[
        str, LongName("terminal of the postsynaptic spike; empty: pre minus post was on one")
    ]
    highest: Annotated[Volts, LongName("highest level of pre minus post asked for")]
    lowest: Annotated[Volts, LongName("lowest level of pre minus post asked for")]
    highest_sent: Annotated[Volts, LongName("the highest as sent, raised where compensated")]
    lowest_sent: Annotated[Volts, LongName("the lowest as sent, raised where compensated")]
    sent_at_limit: columns.SentAtLimit
    highest_voltage: Annotated[
        Volts, LongName("voltage delivered to the device at the highest level; NaN: not known")
    ]
    highest_current: Annotated[Amperes, LongName("current at the highest level; NaN: not known")]
    highest_at: Annotated[Seconds, LongName("when that was measured, since the pair began")]
    lowest_voltage: Annotated[
        Volts, LongName("voltage delivered to the device at the lowest level; NaN: not known")
    ]
    lowest_current: Annotated[Amperes, LongName("current at the lowest level; NaN: not known")]
    lowest_at: Annotated[Seconds, LongName("when that was measured, since the pair began")]
    spikes_in_compliance: Annotated[bool, LongName("the current limit was active in these two")]
    before: Annotated[Siemens, LongName("conductance before the pair")]
    after: Annotated[Siemens, LongName("conductance after the pair")]
    change: Annotated[Fraction, LongName("weight change, (after - before) / before")]
    voltage: columns.ReadVoltage
    current: columns.ReadCurrent
    moment: Annotated[Seconds, LongName("of the waveforms, since the pair began; NaN: a pair")]
    pre_voltage: Annotated[
        Volts, LongName("at the presynaptic terminal in this moment; NaN: not measured, or a pair")
    ]
    post_voltage: Annotated[
        Volts, LongName("at the postsynaptic terminal in this moment; NaN: not measured, or a pair")
    ]
    spike_current: Annotated[
        Amperes,
        LongName("into the presynaptic terminal in this moment; NaN: not measured, or a pair"),
    ]
    in_compliance: Annotated[bool, LongName("the current limit was active in a read or moment")]
    status: columns.Status
    verdict: Annotated[Verdict, LongName("whether the run goes on")]
