"""How the conductivity of an oxide channel depends on its temperature.

Shallow donors freeze out, and a second band carries what remains::

    n^2 + n (n1 + NA) - n1 (ND - NA) = 0        n1 = (Nc/2) exp(-Ed/kT)
    Nc = 2 (2 pi m kT / h^2)^(3/2)              mu = mu300 exp(-(Emu/k)(1/T - 1/300 K))
    sigma = e (n mu + n_band mu_band)

The donor level of about 0.1 eV is published (Nature Communications 16, 2715, 2025), and that
density and mobility both rise when the cell is potentiated, down to 50 K. All other numbers are
assumed. With the donors alone a channel would lose eight decades at 50 K.
"""

import math

_BOLTZMANN = 8.617333262e-5  # eV/K
_DONOR_LEVEL = 0.10  # eV, published
_MASS = 5.0  # of an electron, assumed
_DONORS = (1.5e26, 4.0e26)  # 1/m^3, empty and full channel, assumed
_ACCEPTORS = 1.0e26  # 1/m^3, assumed
_MOBILITY = (0.4e-4, 1.2e-4)  # m^2/(V s) at 300 K, empty and full channel, assumed
_MOBILITY_ENERGY = 0.012  # eV, assumed
_BAND_SHARE, _BAND_MOBILITY = 3e-5, 0.1e-4  # of the donors; m^2/(V s); assumed
_STATES_300 = 2.509e25  # 2 (2 pi m_e k 300 K / h^2)^(3/2), 1/m^3
ROOM = 300.0
"""Kelvin: where the conductances of a cell are given."""


def density(state: float, temperature: float) -> float:
    """Electrons (1/m^3) in the conduction band of a channel of this ion content (0 to 1)."""
    donors = _within(_DONORS, state)
    states = _STATES_300 * math.pow(_MASS * temperature / ROOM, 1.5)
    n1 = 0.5 * states * math.exp(-_DONOR_LEVEL / (_BOLTZMANN * temperature))
    b = n1 + _ACCEPTORS
    c = n1 * (donors - _ACCEPTORS)
    return 2.0 * c / (b + math.sqrt(b * b + 4.0 * c))


def mobility(state: float, temperature: float) -> float:
    """Of those electrons, m^2/(V s)."""
    slope = _MOBILITY_ENERGY / _BOLTZMANN
    return _within(_MOBILITY, state) * math.exp(-slope * (1.0 / temperature - 1.0 / ROOM))


def relative_conductivity(state: float, temperature: float) -> float:
    """Conductivity over that of the same channel at room temperature."""
    if temperature == ROOM:
        return 1.0
    return _conductivity(state, temperature) / _conductivity(state, ROOM)


def _conductivity(state: float, temperature: float) -> float:
    band = _BAND_SHARE * _within(_DONORS, state) * _BAND_MOBILITY
    return density(state, temperature) * mobility(state, temperature) + band


def _within(ends: tuple[float, float], state: float) -> float:
    low, high = ends
    return low + (high - low) * min(max(state, 0.0), 1.0)
