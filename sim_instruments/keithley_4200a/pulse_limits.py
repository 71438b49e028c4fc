"""What a 4225-PMU can do. KXCI manual Rev. E pages 7-15 to 7-19; LPT manual Rev. D 6-20, 6-69."""

from dataclasses import dataclass

OUTPUT_RESISTANCE = 50.0
MAX_RATE = 200e6
MAX_POINTS = 65536
MAX_SEGMENTS = 2048
MAX_SEQUENCES = 512
MAX_BLOCK = 2048
"""Points in one reply to ``:PMU:DATA:GET``."""

SSR_TIME = 25e-6
"""Shortest segment in which the output relay may switch."""

TIME_GRID = 10e-9
"""Grid of segment times."""

MEASURE_RANGES = (100e-9, 1e-6, 10e-6, 100e-6, 1e-3, 10e-3, 200e-3, 800e-3)
"""In the order of their codes in the status word."""


@dataclass(frozen=True, slots=True, eq=False)
class SourceRange:
    """One source range: volts, seconds. ``slowest`` is the slowest ramp allowed, volts a second."""

    volts: float
    code: int
    shortest_period: float
    shortest_width: float
    shortest_edge: float
    slowest: float
    test_power: float
    plain_ranges: tuple[float, ...]
    rpm_ranges: tuple[float, ...]


SOURCE_RANGES = {
    10.0: SourceRange(
        volts=10.0,
        code=0,
        shortest_period=60e-9,
        shortest_width=40e-9,
        shortest_edge=20e-9,
        slowest=1 / 2.7e-3,
        test_power=8.4,
        plain_ranges=(10e-3, 200e-3),
        rpm_ranges=MEASURE_RANGES[:7],
    ),
    40.0: SourceRange(
        volts=40.0,
        code=1,
        shortest_period=500e-9,
        shortest_width=250e-9,
        shortest_edge=50e-9,
        slowest=1 / 0.5e-3,
        test_power=54.6,
        plain_ranges=(100e-6, 10e-3, 800e-3),
        rpm_ranges=(100e-6, 10e-3, 800e-3),
    ),
}

LONGEST_PERIOD = 1.0
LONGEST_EDGE = 33e-3
SHORTEST_OFF_TIME = 40e-9

CHASSIS_POWER = 500.0
"""Watts; page 1-2. Idle and in test:"""
IDLE_PMU, IDLE_RPM, TEST_HIGH_POWER_SMU = 50.4, 4.2, 45.0
