"""How a constant voltage grows and breaks the filament of the alpha-Fe2O3 synapse.

The filament is w in 0...1, u the magnitude of the voltage across the film, which falls as w grows
(limit of the source and ohms of the electrode, solved in `alpha_fe2o3_conduction`)::

    SET     dw/dt = kS (u/1 V)^4 (we - w), upwards only,   we = u^6/(u^6 + VS^6)
    RESET   dw/dt = -kR (u/h)^16 w
    drive   th dD/dt = u^4 - D during a SET,   ts dD/dt = -D otherwise
    h = max(h, h1 D^(1/4)) since the filament was born, from h0

The hardness h says how hard a filament is to break: a pulse of 150 us leaves a soft one, a slow
sweep a hard one. Power laws need no threshold: a read of 0.1 V moves nothing. The form is assumed,
its numbers are fitted (`alpha_fe2o3_parameters`).

Time may be cut anywhere. The rates are worked out at borders, fixed values of w, and joined between
them by laws with a closed form: straight lines of dw/dt for a SET, powers of w for a RESET. All
pieces follow the same laws, so that no error depends on how they were cut.
"""

from math import inf, log
from typing import NamedTuple

import numpy as np

from mho.sim_instruments.devices.alpha_fe2o3_conduction import Divider
from mho.sim_instruments.devices.alpha_fe2o3_parameters import AlphaFe2O3Parameters
from mho.sim_instruments.devices.elementwise import Values

# Borders of a SET at (k/n)^2 and of a RESET at c^-k for k up to n: few where the source is stiff,
# more where its limit acts.
_STIFF_SET, _LIMITED_SET = 2.0, 24.0
_STIFF_RESET, _LIMITED_RESET = (log(8.0), 1.0), (log(2.0) / 6.0, 30.0)
_LEAST_POWER = 1e-6  # of the law of a RESET: below the last border, the rate hardly changes
_SMALLEST = 1e-300


class Lanes(NamedTuple):
    """Some devices in a piece of time: ``onset`` is VS^6, ``level`` a magnitude."""

    onset: Values
    set_rate: Values
    reset_rate: Values
    hardening: Values
    level: Values
    filament: Values
    drive: Values
    hardness: Values
    width: Values

    def chosen(self, at: Values) -> "Lanes":
        """Those of some of the devices, of arrays."""
        return Lanes(*(value[at] for value in self))


class Results:
    """What comes out for each device, while those that are done already are left out."""

    def __init__(self) -> None:
        self.values: tuple[Values, ...] = ()
        self._at: Values = None

    def put(self, *values: Values) -> None:
        """New values of the devices that still go on."""
        if self._at is None:
            self.values = values
            return
        for whole, part in zip(self.values, values, strict=True):
            whole[self._at] = part

    def narrow(self, going: Values) -> Values:
        """Of the devices that went on so far, those that do: where they stand among them."""
        at = np.flatnonzero(going)
        if self._at is None:
            self.values = tuple(value.copy() for value in self.values)
            self._at = at
        else:
            self._at = self._at[at]
        return at


def fastest_growth(lanes: Lanes) -> Values:
    """No SET at this level grows any filament faster (1/s), whatever the source yields."""
    u2 = lanes.level * lanes.level
    u6 = u2 * u2 * u2
    return lanes.set_rate * u2 * u2 * (u6 / (u6 + lanes.onset))


def fastest_break(lanes: Lanes) -> Values:
    """No RESET at this level takes more of a filament a second, whatever the source yields."""
    return _break_rate(lanes, lanes.level)


def _break_rate(lanes: Lanes, u: Values) -> Values:
    ratio = u / lanes.hardness
    ratio = ratio * ratio
    ratio = ratio * ratio
    ratio = ratio * ratio
    return lanes.reset_rate * (ratio * ratio)


def equilibrium(lanes: Lanes, divider: Divider) -> Values:
    """Where a SET leads from here, as long as the filament takes no more of the voltage."""
    u6 = divider.across(lanes.filament) ** 6
    return u6 / (u6 + lanes.onset)


def grown(
    p: AlphaFe2O3Parameters, lanes: Lanes, divider: Divider, clock: Values
) -> tuple[Values, ...]:
    """Filament, drive and hardness after a SET.

    ``clock`` is how many of its seconds count for the filament (above 0), on each device.
    """
    ops = divider.film.ops
    n = ops.where(divider.yields, _LIMITED_SET, _STIFF_SET)
    filament, drive, hardness, left = lanes.filament, lanes.drive, lanes.hardness, clock
    k = ops.minimum(n * ops.sqrt(filament) // 1.0, n - 1.0)
    low = (k / n) * (k / n)
    rate_low, drive_low = _growth(lanes, divider, low)
    pace = -lanes.width / p.hardening_time / clock
    results = Results()
    while True:
        k = k + 1.0
        high = (k / n) * (k / n)
        rate_high, drive_high = _growth(lanes, divider, high)
        slope = (rate_high - rate_low) / (high - low)
        rate = ops.maximum(rate_low + slope * (filament - low), _SMALLEST)
        passing = rate_high > 0.0
        reach = ops.log(ops.maximum(rate_high, _SMALLEST) / rate) / slope
        reach = ops.where(passing, reach, inf)
        going = reach < left
        step = ops.minimum(left, reach)
        filament = filament + rate / slope * (ops.exp(slope * step) - 1.0)
        end = 0.5 * (drive_low + drive_high)
        drive = end + (drive - end) * ops.exp(pace * step)
        hardness = ops.maximum(hardness, lanes.hardening * ops.sqrt(ops.sqrt(drive)))
        results.put(filament, drive, hardness)
        if not ops.any(going):
            return results.values
        filament, left, low, rate_low, drive_low = high, left - step, high, rate_high, drive_high
        if ops.size is not None and not going.all():
            at = results.narrow(going)
            lanes, divider = lanes.chosen(at), divider.chosen(at)
            n, k, pace, left, low, filament, drive, hardness, rate_low, drive_low = (
                each[at]
                for each in (
                    n, k, pace, left, low, filament, drive, hardness, rate_low, drive_low,
                )
            )  # fmt: skip


def _growth(lanes: Lanes, divider: Divider, filament: Values) -> tuple[Values, Values]:
    """dw/dt (1/s; a negative one does not happen) and u^4."""
    u = divider.across(filament)
    u2 = u * u
    u4 = u2 * u2
    u6 = u4 * u2
    return lanes.set_rate * u4 * (u6 / (u6 + lanes.onset) - filament), u4


def broken(lanes: Lanes, divider: Divider, clock: Values) -> tuple[Values, ...]:
    """The filament after ``clock`` seconds of a RESET."""
    ops = divider.film.ops
    yields = divider.yields
    base = whole_base = ops.where(yields, _LIMITED_RESET[0], _STIFF_RESET[0])
    last = ops.where(yields, _LIMITED_RESET[1], _STIFF_RESET[1])
    left = clock
    depth = -ops.log(ops.maximum(lanes.filament, _SMALLEST)) / base  # w = c^-depth
    k = ops.minimum(depth // 1.0, last)
    rate_high = _break_rate(lanes, divider.across(ops.exp(-base * k)))
    results = Results()
    while True:
        is_last = k >= last
        k = k + 1.0
        rate_low = _break_rate(lanes, divider.across(ops.exp(-base * k)))
        power = ops.maximum(ops.log(rate_low / rate_high), _LEAST_POWER)  # of c
        rate = rate_high * ops.exp(power * ops.minimum(depth - (k - 1.0), 1.0))
        scaled = power / base * rate
        reach = (1.0 - ops.exp(-power * ops.maximum(k - depth, 0.0))) / scaled
        reach = ops.where(is_last, inf, reach)
        going = reach < left
        step = ops.minimum(left, reach)
        law = -ops.log(ops.maximum(1.0 - scaled * step, _SMALLEST)) / power
        depth = depth + ops.where(is_last, rate_high / base * step, law)
        results.put(depth)
        if not ops.any(going):
            return (ops.exp(-results.values[0] * whole_base),)
        depth, left, rate_high = k, left - step, rate_low
        if ops.size is not None and not going.all():
            at = results.narrow(going)
            lanes, divider = lanes.chosen(at), divider.chosen(at)
            base, k, left, depth, rate_high, last = (
                each[at] for each in (base, k, left, depth, rate_high, last)
            )
