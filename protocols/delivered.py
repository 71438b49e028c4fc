"""What was delivered: the voltage that stood at the device in a pulse, beside what was asked for.

In rows of pulses ``amplitude`` is asked for, ``sent`` is what went to the source (the same, unless
the bench raises it to make up for series resistance), ``pulse_voltage`` and ``pulse_current`` are
what was measured, NaN where nobody knows.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mho.merit.estimate import Estimate, median
from mho.merit.reporting import RATIO, counted, measured
from mho.merit.samples import FloatArray, NotEnoughData, usable
from mho.quantities import FRACTION
from mho.result import Result

NEAR = 0.01
"""What is delivered within this part of what was asked for needs no words."""

STANDS = 0.99
"""A source that limits its current lets its voltage fall; where more than this part of what was
asked stands at a limited current, nothing limited it: it was beyond the range that measured it."""

_MEDIAN = "interval of order statistics"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What the pulses of some rows delivered.

    Attributes
    ----------
    share
        Median of the voltage at the device over the amplitude asked for.
    smallest, largest
        The extremes of that share.
    pulses, unknown
        How many pulses were asked for, and of how many the voltage is not known.
    at_limit
        How many were sent at a limit of device or channel, below what compensation asks for.
    beyond
        In how many the current was beyond the range that measured it, so that it is not known.
    """

    share: Estimate
    smallest: float
    largest: float
    pulses: int
    unknown: int
    at_limit: int
    beyond: int = 0


def as_pulses(
    rows: pd.DataFrame, amplitude: str, voltage: str, current: str, width: str | None = None
) -> pd.DataFrame:
    """Rows that name the same otherwise, under the names that rows of pulses have.

    What rows of an older run do not have is not known.
    """
    columns = {"amplitude": amplitude, "pulse_voltage": voltage, "pulse_current": current}
    found = {name: rows.get(own, np.nan) for name, own in columns.items()}
    found["width"] = np.nan if width is None else rows[width]
    return pd.DataFrame({**found, "sent_at_limit": rows.get("sent_at_limit", False)}, rows.index)


def delivered(rows: pd.DataFrame) -> Delivered:
    """What the pulses in these rows delivered; rows without a pulse (0 V, or none) do not count.

    Raises
    ------
    NotEnoughData
        No pulse whose voltage is known.
    """
    return _delivered(_pulses(rows))


def _delivered(pulses: "_Pulses") -> Delivered:
    (asked, stood), unknown = usable(
        "the delivered amplitude", 1, asked=pulses.asked, stood=pulses.stood
    )
    shares = stood / asked
    return Delivered(
        share=median(shares),
        smallest=float(np.min(shares)),
        largest=float(np.max(shares)),
        pulses=len(pulses.asked),
        unknown=unknown,
        at_limit=int(pulses.at_limit.sum()),
        beyond=int(pulses.beyond.sum()),
    )


def pulse_energy(rows: pd.DataFrame) -> Estimate:
    """Median energy (J, magnitude) of the pulses: voltage times current, as measured, times width.

    Raises
    ------
    NotEnoughData
        No pulse of which all three are known.
    """
    return _pulse_energy(_pulses(rows))


def _pulse_energy(pulses: "_Pulses") -> Estimate:
    (volts, amperes, width), _ = usable(
        "the energy of a pulse whose current is known",
        1,
        volts=pulses.stood,
        amperes=np.where(pulses.beyond, np.nan, pulses.amperes),
        width=pulses.width,
    )
    return median(np.abs(volts * amperes) * width)


def delivered_results(rows: pd.DataFrame, *, energy: bool = True) -> Iterator[Result]:
    """Delivered amplitude by polarity, its share of what was asked, energy of a pulse.

    Without ``energy`` where the protocol knows it better, or a row is not a whole pulse.
    """
    pulses = _pulses(rows)
    source = f"{len(pulses.asked)} pulses"
    yield measured(
        "delivered_share",
        RATIO,
        lambda: _delivered(pulses).share,
        method=f"median of voltage at the device over amplitude asked for, {_MEDIAN}",
        source=source,
    )
    for name, of in (("positive", pulses.asked > 0), ("negative", pulses.asked < 0)):
        if of.any():
            yield measured(
                "delivered_amplitude",
                "V",
                _known(pulses.stood[of]),
                method=f"median voltage at the device in a pulse, {_MEDIAN}",
                source=f"{int(of.sum())} {name} pulses",
                part=f"{name} pulses",
                why="the voltage at the device was not measured",
            )
    if energy:
        yield measured(
            "pulse_energy",
            "J",
            lambda: _pulse_energy(pulses),
            method=f"median of |voltage times current| times width of a pulse, {_MEDIAN}",
            source=source,
        )
    at_limit = int(pulses.at_limit.sum())
    method = "pulses that a limit kept from being raised further"
    yield counted("pulses_at_limit", at_limit, method=method, source=source)


def delivered_notes(rows: pd.DataFrame) -> list[str]:
    """What a verdict says of the voltages that stood at the device; nothing where all is as asked.

    What a limit of the source held is said with the reads; here it counts as what was delivered.
    """
    try:
        found = delivered(rows)
    except NotEnoughData:
        asked = len(_pulses(rows).asked)
        return [f"the voltage at the device is not known in any of {asked} pulses"] if asked else []
    notes = []
    if found.smallest < 1 - NEAR or found.largest > 1 + NEAR:
        notes.append(
            f"delivered: {_percent(found.share.value)} of the amplitude asked for stood at the "
            f"device (median; {_percent(found.smallest)} to {_percent(found.largest)}), see "
            "pulse_voltage"
        )
    if found.at_limit:
        notes.append(
            f"{found.at_limit} of {found.pulses} pulses could not be raised as far as the series "
            "resistance asks for: a limit of device or channel came first"
        )
    if found.beyond:
        notes.append(
            f"in {found.beyond} of {found.pulses} pulses the current left the range that measured "
            "it, which nothing limited: more flowed than pulse_current says; give them a larger "
            "compliance, which picks the range, or a device that takes less"
        )
    if found.unknown:
        notes.append(
            f"the voltage at the device is not known in {found.unknown} of {found.pulses} pulses"
        )
    return notes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pulses:
    """Pulses other than 0 V, one an item; what nobody knows of one is NaN."""

    asked: FloatArray
    stood: FloatArray
    amperes: FloatArray
    width: FloatArray
    at_limit: NDArray[np.bool_]
    beyond: NDArray[np.bool_]


def _pulses(rows: pd.DataFrame) -> _Pulses:
    """The pulses in rows of pulses; what an older run does not have is not known."""
    asked, stood, amperes, width = (
        np.asarray(rows[name], float) if name in rows else np.full(len(rows), np.nan)
        for name in ("amplitude", "pulse_voltage", "pulse_current", "width")
    )
    at_limit = np.asarray(rows.get("sent_at_limit", np.zeros(len(rows))), bool)
    limited = np.asarray(rows.get("pulse_in_compliance", np.zeros(len(rows))), bool)
    beyond = limited & (np.abs(stood) > STANDS * np.abs(asked))
    given = np.abs(asked) > 0
    return _Pulses(
        asked=asked[given],
        stood=stood[given],
        amperes=amperes[given],
        width=width[given],
        at_limit=at_limit[given],
        beyond=beyond[given],
    )


def _known(voltages: FloatArray) -> Estimate | None:
    finite = voltages[np.isfinite(voltages)]
    return median(finite) if len(finite) else None


def _percent(share: float) -> str:
    return FRACTION.show(float(f"{share:.3g}"))
