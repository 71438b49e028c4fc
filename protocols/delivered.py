"""What was delivered: the voltage that stood at the device in a pulse, beside what was asked for.

In rows of pulses ``amplitude`` is asked for, ``sent`` is what went to the source (the same, unless
the bench raises it to make up for series resistance), ``pulse_voltage`` and ``pulse_current`` are
what was measured.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mho.merit.estimate import Estimate, median
from mho.merit.samples import NotEnoughData, usable
from mho.quantities import FRACTION

if TYPE_CHECKING:
    import pandas as pd

NEAR = 0.01
"""What is delivered within this part of what was asked for needs no words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What the pulses of some rows delivered.

    Attributes
    ----------
    share
        Median of the voltage at the device over the amplitude asked for.
    smallest, largest
        The extremes of that share.
    energy
        Median of voltage times current times width, a pulse (J, magnitude); None without a width.
    pulses, unknown
        How many pulses were asked for, and of how many the voltage is not known.
    short
        How many were sent at a limit of device or channel, below what compensation asks for.
    """

    share: Estimate
    smallest: float
    largest: float
    energy: Estimate | None
    pulses: int
    unknown: int
    short: int
    source: str = "medians of pulse_voltage / amplitude and of |V I| width; order statistics"


def as_pulses(
    rows: "pd.DataFrame", amplitude: str, voltage: str, current: str, width: str | None = None
) -> "pd.DataFrame":
    """Rows that name the same otherwise, under the names that rows of pulses have."""
    import pandas as pd

    return pd.DataFrame(
        {
            "amplitude": rows[amplitude],
            "pulse_voltage": rows[voltage],
            "pulse_current": rows[current],
            "width": rows[width] if width is not None else float("nan"),
            "sent_at_limit": rows["sent_at_limit"],
        }
    )


def delivered(rows: "pd.DataFrame") -> Delivered:
    """What the pulses in these rows delivered; rows without a pulse (0 V, or none) do not count.

    Raises
    ------
    NotEnoughData
        No pulse whose voltage is known.
    """
    pulsed = rows[rows["amplitude"].abs() > 0]
    (asked, stood), unknown = usable(
        "the delivered amplitude", 1, asked=pulsed["amplitude"], stood=pulsed["pulse_voltage"]
    )
    shares = stood / asked
    energy: Estimate | None
    try:
        (volts, amperes, width), _ = usable(
            "the energy of a pulse",
            1,
            volts=pulsed["pulse_voltage"],
            amperes=pulsed["pulse_current"],
            width=pulsed["width"],
        )
        energy = median(np.abs(volts * amperes) * width)
    except NotEnoughData:
        energy = None
    return Delivered(
        share=median(shares),
        smallest=float(np.min(shares)),
        largest=float(np.max(shares)),
        energy=energy,
        pulses=len(pulsed),
        unknown=unknown,
        short=int(pulsed["sent_at_limit"].sum()),
    )


def delivered_notes(rows: "pd.DataFrame") -> list[str]:
    """What a verdict says of the voltages that stood at the device; nothing where all is as asked.

    What a limit of the source held is said with the reads; here it counts as what was delivered.
    """
    try:
        found = delivered(rows)
    except NotEnoughData:
        asked = int((rows["amplitude"].abs() > 0).sum())
        return [f"the voltage at the device is not known in any of {asked} pulses"] if asked else []
    notes = []
    if found.smallest < 1 - NEAR or found.largest > 1 + NEAR:
        notes.append(
            f"delivered: {_percent(found.share.value)} of the amplitude asked for stood at the "
            f"device (median; {_percent(found.smallest)} to {_percent(found.largest)}), see "
            "pulse_voltage"
        )
    if found.short:
        notes.append(
            f"{found.short} of {found.pulses} pulses could not be raised as far as the series "
            "resistance asks for: a limit of device or channel came first"
        )
    if found.unknown:
        notes.append(
            f"the voltage at the device is not known in {found.unknown} of {found.pulses} pulses"
        )
    return notes


def _percent(share: float) -> str:
    return FRACTION.show(float(f"{share:.3g}"))
