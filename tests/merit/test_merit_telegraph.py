"""Telegraph noise: levels and times of a chain whose truth is known, none where there is none."""

import numpy as np
import pytest
from interval_coverage import assert_coverage

from mho.merit.samples import NotEnoughData
from mho.merit.telegraph import telegraph

STEP = 0.01


def chain(rng, count, low, high):
    """States of a two-state chain with these mean times (s), seen every `STEP`."""
    rate = 1 / low + 1 / high
    gone = 1 - np.exp(-rate * STEP)
    up, down, state, found = gone / low / rate, gone / high / rate, False, []
    for chance in rng.random(count):
        state = chance < up if not state else chance >= down
        found.append(state)
    return np.array(found)


@pytest.mark.parametrize(("low", "high", "noise"), [(0.2, 0.1, 0.2), (0.05, 0.03, 0.15)])
def test_intervals_cover_the_truth(low, high, noise):
    """Times of a few reads too, whose shortest visits nobody sees."""
    ratios = []

    def trial(rng):
        reads = 1 + 0.1 * (chain(rng, 3000, low, high) + noise * rng.normal(size=3000))
        found = telegraph(reads, interval=STEP)
        ratios.append((found.time_low.value / low, found.time_high.value / high))
        return {
            "low": (found.low, 1.0),
            "high": (found.high, 1.1),
            "time low": (found.time_low, low),
            "time high": (found.time_high, high),
        }

    assert_coverage(trial, at_least=0.92, at_most=0.97)
    assert np.median(ratios, axis=0) == pytest.approx([1, 1], abs=0.08)


def test_the_states_are_those_of_the_chain():
    rng = np.random.default_rng(2)
    states = chain(rng, 5000, 0.3, 0.2)
    found = telegraph(1 + 0.1 * states + 0.02 * rng.normal(size=5000), interval=STEP)
    assert np.mean(found.states == states) > 0.995


def flicker(rng, count):
    lines = np.fft.rfftfreq(count)[1:]
    spectrum = (rng.normal(size=len(lines)) + 1j * rng.normal(size=len(lines))) / np.sqrt(lines)
    reads = np.fft.irfft(np.concatenate([[0], spectrum]))
    return reads / reads.std()


@pytest.mark.parametrize("kind", ["white", "flicker", "ramp"])
def test_what_has_no_two_levels_is_refused(kind):
    rng = np.random.default_rng(3)
    for _ in range(30):
        noise = {
            "white": rng.normal(size=2048),
            "flicker": flicker(rng, 2048),
            "ramp": np.linspace(0, 3, 2048) + 0.1 * rng.normal(size=2048),
        }[kind]
        with pytest.raises(NotEnoughData):
            telegraph(1 + 0.1 * noise, interval=STEP)


@pytest.mark.parametrize(
    ("reads", "told"),
    [
        (np.ones(100), "constant"),
        (np.arange(20.0), "needs 50"),
        (np.append(np.nan, np.tile([1.0, 2.0], 50)), "1 missing"),
        (np.repeat([1.0, 2.0, 1.0], 50), "changes of either kind"),
        (np.tile([1.0, 2.0], 100), "faster than the reads"),
    ],
)
def test_too_little_is_told(reads, told):
    with pytest.raises(NotEnoughData, match=told):
        telegraph(reads + 1e-3 * np.sin(np.arange(len(reads))) * (told != "constant"), interval=1.0)
