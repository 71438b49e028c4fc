"""What is applied to the device: stimuli as frozen data, and the score that each of them writes."""

from mho.stimuli.kinds import (
    Family,
    Held,
    Hold,
    Part,
    Pause,
    Pulse,
    PulseTrain,
    Read,
    Stimulus,
    Sweep,
    Waveforms,
    duration,
)
from mho.stimuli.score import OPEN, RETURN_TO_ZERO, Bar, Drive, Purpose, Score, Segment, Source

__all__ = [
    "OPEN",
    "RETURN_TO_ZERO",
    "Bar",
    "Drive",
    "Family",
    "Held",
    "Hold",
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
