"""How the Ag/alpha-Fe2O3/FTO film conducts, and how a source, its limit and the FTO divide there.

The voltage v is that of the Ag electrode, u its magnitude. A filament of completeness w stands in
parallel with the space-charge limited current of the rest of the electrode::

    I = GF w b(v) v + GH v (u/0.1 V)^(m1 - 1) (1 + (u/Vt)^s)^((m2 - m1)/s)
    b = 1/(1 + v/Vb) for v > 0, else 1

The filament alone rectifies: with Ag positive, electrons enter its tip from the FTO, behind the
higher barrier, while the rest is spread over the whole electrode. b is assumed. The ohms of the FTO
are in series: v + R I(v) is the voltage at the terminals. They take a few percent of it, so that
one or two steps of Newton's method from the voltage at the terminals solve the divider.
"""

import math
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from mho.sim_instruments.devices.alpha_fe2o3_parameters import AlphaFe2O3Parameters
from mho.sim_instruments.devices.circuit import Conduction, crossing
from mho.sim_instruments.devices.elementwise import Elementwise, Values

_READ = 0.1  # volts at which the conductance of the rest is meant
_SMALLEST_VOLTAGE = 1e-9  # logarithms are taken of it


class Parts(NamedTuple):
    """Filament and rest at one voltage: chord conductances, and slopes dI/dv (S)."""

    filament: Values
    filament_slope: Values
    rest: Values
    rest_slope: Values


class Film(NamedTuple):
    """The films of some devices, in siemens.

    ``scale`` is GF; ``rest`` is GH times the constant part of its law (`rest_scale`).
    """

    parameters: AlphaFe2O3Parameters
    ops: Elementwise
    scale: Values
    rest: Values

    def parts(self, v: Values) -> Parts:
        """A complete filament and the rest, at ``v`` volts across the film."""
        p, ops, scale, rest = self
        contact = 1.0 / (1.0 + ops.maximum(v, 0.0) / p.contact_voltage)
        u = ops.maximum(abs(v), _SMALLEST_VOLTAGE)
        sharp, steeper = p.transition_sharpness, p.hrs_steep_slope - p.hrs_slope
        log_u = ops.log(u / p.transition)
        bend = 1.0 + ops.exp(sharp * log_u)
        spread = rest * ops.exp((p.hrs_slope - 1.0) * log_u + steeper / sharp * ops.log(bend))
        through = scale * contact
        return Parts(
            through,
            through * contact,
            spread,
            spread * (p.hrs_slope + steeper * (1.0 - 1.0 / bend)),
        )

    def conduction(self, filament: Values) -> Conduction:
        """Current over voltage at the terminals (S)."""
        p, ops, scale, rest = self
        return partial(_terminal_chord, p, ops, scale, rest, filament)


def rest_scale(p: AlphaFe2O3Parameters) -> float:
    """The rest of a nominal `Film` (S)."""
    return p.rest_conductance * math.pow(p.transition / _READ, p.hrs_slope - 1.0)


class Divider(NamedTuple):
    """A source at ``level`` volts, limited to ``limit`` amperes, on films with `Parts` there."""

    film: Film
    level: Values
    limit: Values
    parts: Parts

    def chosen(self, at: Values) -> "Divider":
        """That of some of the devices, of arrays."""
        level, parts = self.level[at], Parts(*(part[at] for part in self.parts))
        film = self.film
        ops = replace(film.ops, size=level.size)
        film = film._replace(ops=ops, scale=film.scale[at], rest=film.rest[at])
        return Divider(film, level, self.limit[at], parts)

    @property
    def yields(self) -> Values:
        """Whether the limit would act on a complete filament."""
        return abs(self.level) * (self.parts.filament + self.parts.rest) > self.limit

    def across(self, filament: Values) -> Values:
        """Magnitude (V) of what is left to films with filaments of that completeness."""
        film, level, limit, (through, through_slope, rest, rest_slope) = self
        high = abs(level)
        ohms = film.parameters.electrode_resistance
        slope = filament * through_slope + rest_slope
        current = high * (filament * through + rest)
        lost = ohms * current / (1.0 + ohms * slope)
        left = high - lost
        over = current - slope * lost - limit
        ops = film.ops
        if not ops.any(over > 0.0):
            return left
        sign = ops.where(level < 0.0, -1.0, 1.0)
        p, _, scale, rest = film
        excess = partial(_excess, p, ops, scale, rest, filament, sign, limit)
        guess = left * ops.minimum(limit / (limit + ops.maximum(over, 0.0)), 1.0)
        return crossing(excess, left, over, guess, (over + limit) / left, ops)


def divider(film: Film, level: Values, limit: Values) -> Divider:
    """Of a source at ``level`` volts (not 0), limited to ``limit`` amperes."""
    return Divider(film, level, limit, film.parts(level))


def _excess(
    p: AlphaFe2O3Parameters,
    ops: Elementwise,
    scale: Values,
    rest: Values,
    filament: Values,
    sign: Values,
    limit: Values,
    u: Values,
) -> Values:
    parts = Film(p, ops, scale, rest).parts(sign * u)
    return u * (filament * parts.filament + parts.rest) - limit


def _terminal_chord(
    p: AlphaFe2O3Parameters,
    ops: Elementwise,
    scale: Values,
    rest: Values,
    filament: Values,
    v: Values,
) -> Values:
    film, ohms = Film(p, ops, scale, rest), p.electrode_resistance
    parts = film.parts(v)
    slope = filament * parts.filament_slope + parts.rest_slope
    share = 1.0 - ohms * (filament * parts.filament + parts.rest) / (1.0 + ohms * slope)
    parts = film.parts(share * v)
    conductance = share * (filament * parts.filament + parts.rest)
    slope = filament * parts.filament_slope + parts.rest_slope
    return conductance + slope * (1.0 - share - ohms * conductance) / (1.0 + ohms * slope)
