"""The adaptive controller: noise-aware, and taught by every pulse."""

from mho.programming.adaptive.controller import Adaptive, AdaptiveState
from mho.programming.adaptive.settings import AdaptiveSettings
from mho.programming.algorithm import AlgorithmKind

ADAPTIVE = AlgorithmKind(
    name="adaptive",
    title="Bayesian: learnt curves, sequential verify, confirmed verdicts",
    settings=AdaptiveSettings,
    build=Adaptive,
)

__all__ = ["ADAPTIVE", "Adaptive", "AdaptiveSettings", "AdaptiveState"]
