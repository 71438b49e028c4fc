"""What is applied to the device: stimuli as frozen data, and the score that each of them writes."""

from mho.stimuli.kinds import (
    RETURN_TO_ZERO,
    Family,
    Hold,
    Plateau,
    Pulse,
    PulseTrain,
    Read,
    Stimulus,
    Sweep,
    Waveforms,
    driven,
    duration,
    plateaus,
)
from mho.stimuli.score import OPEN, Drive, Source

__all__ = [
    "OPEN",
    "RETURN_TO_ZERO",
    "Drive",
    "Family",
    "Hold",
    "Plateau",
    "Pulse",
    "PulseTrain",
    "Read",
    "Source",
    "Stimulus",
    "Sweep",
    "Waveforms",
    "driven",
    "duration",
    "plateaus",
]
