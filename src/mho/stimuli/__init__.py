"""What is applied to the device: stimuli as frozen data, and the score that each of them writes."""

from mho.stimuli.arrays import Multiply, OuterProduct
from mho.stimuli.hold import Hold, Read
from mho.stimuli.pulses import Pulse, PulseTrain
from mho.stimuli.score import (
    MOST_RECORDED,
    OPEN,
    RETURN_TO_ZERO,
    Bar,
    Drive,
    Purpose,
    Score,
    Segment,
    Source,
)
from mho.stimuli.stimulus import Held, Part, Pause, Stimulus, duration
from mho.stimuli.sweeps import Family, Sweep
from mho.stimuli.waveforms import Waveforms

__all__ = [
    "MOST_RECORDED",
    "OPEN",
    "RETURN_TO_ZERO",
    "Bar",
    "Drive",
    "Family",
    "Held",
    "Hold",
    "Multiply",
    "OuterProduct",
    "Part",
    "Pause",
    "Pulse",
    "PulseTrain",
    "Purpose",
    "Read",
    "Score",
    "Segment",
    "Source",
    "Stimulus",
    "Sweep",
    "Waveforms",
    "duration",
]
