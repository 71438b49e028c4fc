"""The output resistance of a voltage source, which the module makes by lowering its voltage."""

from collections.abc import Callable

TOLERANCE = 1e-7
"""How close the voltage is found (V); below the noise of every range."""


def behind(
    level: float, resistance: float, limit: float, current_at: Callable[[float], float]
) -> float:
    """The voltage (V) behind ``resistance`` (ohm) of a source at ``level`` (V).

    ``current_at`` is the current (A) that flows at a voltage, never more than ``limit``.
    """
    from scipy.optimize import brentq  # seldom needed, and slow to import

    def excess(voltage: float) -> float:
        return voltage + resistance * current_at(voltage) - level

    span = 1.01 * resistance * limit + TOLERANCE  # a little more, so that rounding is no matter
    return float(brentq(excess, level - span, level + span, xtol=TOLERANCE))
