"""Columns that the rows of several protocols share: type, unit and description, each once.

A row class declares ``time: Time``; the name of the field is the name of the column. Currents are
positive into the terminal.
"""

from typing import Annotated

from mho.quantities import Amperes, Seconds, Siemens, Volts
from mho.recording.columns import LongName

Time = Annotated[Seconds, LongName("time at the end of the reading, since the bench was opened")]
Cycle = Annotated[int, LongName("number of the cycle, from 1")]
ReadNumber = Annotated[int, LongName("number of the read in its phase, from 1")]
Status = Annotated[str, LongName("status of the reading as the instrument gave it")]

PulsedTerminal = Annotated[str, LongName("pulsed terminal")]
DrivenTerminal = Annotated[str, LongName("driven terminal")]
ReadTerminal = Annotated[str, LongName("read terminal")]

# What was asked for.
Amplitude = Annotated[Volts, LongName("pulse amplitude asked for, to stand at the device")]
Width = Annotated[Seconds, LongName("pulse width")]
Level = Annotated[Volts, LongName("voltage asked for")]
Gate = Annotated[Volts, LongName("gate voltage asked for")]
Dwell = Annotated[Seconds, LongName("time at this level")]
Compliance = Annotated[Amperes, LongName("current limit")]

# A pulse as it was sent and delivered, and the read that follows it. The voltage is that across the
# device: what the current takes in known series resistances is off it (`mho.bench.series`).
Sent = Annotated[Volts, LongName("amplitude sent, raised where the bench compensates")]
LevelSent = Annotated[Volts, LongName("voltage sent, raised where the bench compensates")]
SentAtLimit = Annotated[bool, LongName("a limit kept the amplitude from being raised further")]
PulseVoltage = Annotated[Volts, LongName("voltage delivered to the device; NaN: not known")]
PulseCurrent = Annotated[Amperes, LongName("current during the pulse; NaN: not known")]
PulseInCompliance = Annotated[bool, LongName("the current limit was active in the pulse")]
ReadVoltage = Annotated[Volts, LongName("measured read voltage")]
ReadCurrent = Annotated[Amperes, LongName("measured read current")]
ReadConductance = Annotated[Siemens, LongName("conductance, read current over read voltage")]
ReadInCompliance = Annotated[bool, LongName("the current limit was active in the read")]

# A level of a sweep, a sample, or a read at any voltage.
Voltage = Annotated[Volts, LongName("measured voltage")]
Current = Annotated[Amperes, LongName("measured current")]
Conductance = Annotated[Siemens, LongName("conductance, current over voltage; NaN at 0 V")]
InCompliance = Annotated[bool, LongName("the current limit was active")]

# Several reads in one row.
ReadCount = Annotated[int, LongName("reads averaged in this row")]
Spread = Annotated[Siemens, LongName("standard deviation of the reads averaged; NaN for one")]
