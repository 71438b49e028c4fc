"""What the cards of a 4200A can do: the one table of their ranges and limits.

Sources: KXCI manual 4200A-KXCI-907-01 Rev. E (ranges p. 5-33, 5-40 and 7-15, limits p. 5-16 and
7-18), Reference Manual 4200A-901-01 Rev. C (SMU limits p. 3-6), LPT manual 4200A-LPT-907-01 Rev. D
(segments p. 6-69). Volts, amperes, seconds, watts.
"""

from math import inf

from mho.stimuli import Source

MAX_SMU_VOLTAGE = 210.0
MAX_SMU_CURRENT = {False: 0.105, True: 1.05}
"""By "is it high power?" (4210 and 4211)."""

MAX_SMU_POWER = {False: 210.0 * 10.5e-3, True: 210.0 * 105e-3}
MIN_COMPLIANCE = {False: 100e-9, True: 100e-12}
"""By "has it a preamp?"; the 4200A would raise a smaller one without a word (p. 5-16)."""

MIN_VOLTAGE_LIMIT = 20e-3
"""Smallest limit of a current source (Reference Manual p. 3-12, told of an SMU with a preamp)."""

MIN_SMU_STEP = 5e-3
"""Shortest level of an SMU: a message and its answer, and a reading (ours, unverified)."""

MIN_PLC, MAX_PLC = 0.01, 10.0
"""Integration time in power line cycles (IT4, p. 5-40)."""

FIXED_PLC = {"short": 0.1, "normal": 1.0, "long": 10.0}
"""IT1, IT2 and IT3 (p. 5-40)."""

BUFFER = 4096
"""Values in a list sweep (p. 5-16), readings in the buffer (p. 5-37), readings of a sampling."""

MAX_SWEEP_POINTS = 1024
"""Levels of a linear sweep (VR, p. 5-19)."""

MAX_STEPS = 32
"""Steps of VAR2 (VP, p. 5-17)."""

MIN_SWEEP_LEVEL = 1e-3
"""Smaller start and step voltages of VAR1 and VAR2 become 0 (p. 5-17, 5-19)."""

MAX_DELAY = 6.553
"""Longest delay from source to measurement in a sweep (DT)."""

MIN_SAMPLING, MAX_SAMPLING = 0.01, 10.0
"""Interval of a sampling (IN)."""

MAX_WAIT = 100.0
"""Longest wait before a sampling (WT)."""

_SMU_RANGES = (100e-9, 1e-6, 10e-6, 100e-6, 1e-3, 10e-3, 100e-3, 1.0)
_PREAMP_RANGES = (1e-12, 10e-12, 100e-12, 1e-9, 10e-9)

PULSE_VOLTAGE_RANGES = (10.0, 40.0)
PULSE_CURRENT_RANGES = {
    (10.0, True): (100e-9, 1e-6, 10e-6, 100e-6, 1e-3, 10e-3, 200e-3),
    (10.0, False): (10e-3, 200e-3),
    (40.0, True): (100e-6, 10e-3, 800e-3),
    (40.0, False): (100e-6, 10e-3, 800e-3),
}
"""By voltage range and "has it an RPM?" (p. 7-15)."""

OUTPUT_RESISTANCE = 50.0
"""Of a 4225-PMU, with or without an RPM (RPM data sheet p. 10); it measures behind it."""

OPEN_LOAD = 1e6
"""The load that a pulse card is told (ohm): its default, with which the level that is sent is the
voltage without a current. A load that is only assumed would go beyond a limit where it is not
there; `mho.bench.compensation` goes by the conductance that was read."""

MIN_SEGMENT = {10.0: 20e-9, 40.0: 50e-9}
MIN_FLAT = {10.0: 40e-9, 40.0: 250e-9}
"""Shortest pulse by voltage range (p. 7-18). A settled reading takes far longer on a low current
range; the figures were not to be had (unverified)."""

TICK = 10e-9
"""Grid of all segment times."""

MIN_SLEW = {10.0: 1 / 2.7e-3, 40.0: 1 / 0.5e-3}
"""Slowest ramp that is taken (V/s), by voltage range (LPT manual, p. 6-20)."""

MIN_PERIOD = {10.0: 60e-9, 40.0: 500e-9}
MAX_PERIOD = 1.0
MIN_OFF_TIME = 40e-9
"""Standard pulses: period, and more than which time at the base level (p. 7-18 and 7-19). Their
shortest width is `MIN_FLAT`."""

MIN_SAMPLE_RATE, MAX_SAMPLE_RATE = 1e3, 200e6
"""Samples a second (p. 7-23)."""

MAX_SEGMENT = 1.0
MAX_SEGMENTS = 2048
MAX_SEGMENTS_IN_MESSAGE = 128
MIN_SEGMENTS = 3
MAX_SEQUENCES = 512
MAX_PULSE_READINGS = 65536
MAX_POINTS_IN_REPLY = 2048


def smu_range(compliance: float, preamp: bool) -> float:
    """The smallest current range of an SMU that holds ``compliance``; the largest if none does."""
    ranges = _PREAMP_RANGES + _SMU_RANGES if preamp else _SMU_RANGES
    return next((top for top in ranges if compliance <= top), _SMU_RANGES[-1])


_LOWEST_BY_DEFAULT = {False: 100e-9, True: 1e-9}
_DI_CODES = {
    1e-9: 1, 10e-9: 2, 100e-9: 3, 1e-6: 4, 10e-6: 5, 100e-6: 6, 1e-3: 7, 10e-3: 8, 100e-3: 9,
    1.0: 10, 1e-12: 11, 10e-12: 12, 100e-12: 13,
}  # fmt: skip


def source_range(source: Source, level: float, preamp: bool) -> int:
    """The range code of DV or DI for a level (V or A).

    DV: 1 is 20 V, 2 is 200 V (p. 5-33); the lower ranges 4 and 5 need a preamp, and clients
    disagree about their codes: not used. DI: p. 5-32; 0 A goes on the lowest range that an SMU
    measures on by default (p. 5-42), for on lower ones it is slow to charge a cable.
    """
    if source is Source.VOLTAGE:
        return 1 if abs(level) <= 20.0 else 2
    magnitude = abs(level) or _LOWEST_BY_DEFAULT[preamp]
    if magnitude <= MAX_SMU_CURRENT[False]:
        magnitude = min(magnitude, 100e-3)  # that range reaches so far
    return _DI_CODES[smu_range(magnitude, preamp)]


def pulse_ranges(level: float, compliance: float, rpm: bool) -> tuple[float, float]:
    """Voltage and current range of a pulse card; the first that holds both, else infinite."""
    for span in PULSE_VOLTAGE_RANGES:
        for top in PULSE_CURRENT_RANGES[span, rpm]:
            if abs(level) <= span and compliance <= top:
                return span, top
    return inf, inf
