"""The segments that several kinds of stimuli are made of."""

from mho.stimuli.score import RETURN_TO_ZERO, Purpose, Segment, Source


def program(
    level: float, duration: float, limit: float, source: Source, aperture: float | None
) -> Segment:
    """A segment of a pulse; one of 0 is a rest."""
    purpose = Purpose.PROGRAM if level else Purpose.HOLD
    return Segment(level, duration, limit, aperture, source, purpose)


def beside(segment: Segment, limit: float, source: Source) -> Segment:
    """Rest at another terminal for as long as a segment lasts."""
    return Segment(0.0, segment.duration, limit, None, source)


def closing(limit: float, source: Source) -> Segment:
    """The rest that ends a stimulus at one terminal."""
    return Segment(0.0, RETURN_TO_ZERO, limit, None, source)
