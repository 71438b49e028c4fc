"""The adaptive controller: noise-aware, and taught by every pulse."""

from typing import Any

from mho.device.profile import DeviceProfile
from mho.programming.adaptive.settings import AdaptiveSettings
from mho.programming.algorithm import Algorithm, AlgorithmKind, Means


def _adaptive(settings: AdaptiveSettings, means: Means, profile: DeviceProfile) -> Algorithm[Any]:
    from mho.programming.adaptive.controller import Adaptive  # SciPy: too slow for a mere check

    return Adaptive(settings, means, profile)


ADAPTIVE = AlgorithmKind(
    name="adaptive",
    title="Bayesian: learnt curves, sequential verify, confirmed verdicts",
    settings=AdaptiveSettings,
    build=_adaptive,
)

__all__ = ["ADAPTIVE", "AdaptiveSettings"]
