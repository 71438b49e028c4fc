"""What the driver makes of a stimulus, by either family of sequences."""

from hypothesis import HealthCheck, settings

from mho.drivers.ni_pxie_4139.kept_programs import KeptPrograms, needs_advanced, plays_either

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For random tests: how long an example takes is a matter of the computer."""


def families(stimulus):
    """The families that play a stimulus: whether by advanced sequences."""
    return [False, True] if plays_either(stimulus) else [needs_advanced(stimulus)]


def compiled(stimulus, max_source_power, is_advanced=None):
    """Its programs; if not told otherwise by the family that a new session takes."""
    if is_advanced is None:
        is_advanced = needs_advanced(stimulus)
    programs, _ = KeptPrograms(max_source_power).of(stimulus, is_advanced=is_advanced)
    return tuple(programs)
