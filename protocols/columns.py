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
Amplitude = Annotated[Volts, LongName("pulse amplitude")]
Width = Annotated[Seconds, LongName("pulse width")]
Level = Annotated[Volts, LongName("voltage asked for")]
Gate = Annotated[Volts, LongName("gate voltage asked for")]
Dwell = Annotated[Seconds, LongName("time at this level")]
Compliance = Annotated[Amperes, LongName("current limit")]

# A pulse, and the read that follows it.
PulseCurrent = Annotated[Amperes, LongName("current during the pulse")]
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
