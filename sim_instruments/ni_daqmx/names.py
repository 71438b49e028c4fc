"""Lists of physical channels and lines: commas, ranges, any case, blanks anywhere."""

import re

from mho.sim_instruments.ni_daqmx.errors import PHYSICAL_CHAN_DOES_NOT_EXIST, DaqError

_RANGE = re.compile(r"(.*?)(\d{1,6}):(?:.*?)(\d{1,6})", re.ASCII)
MOST_NAMES = 1000
"""Names in one list; no card has more."""


def split(text: str) -> list[str]:
    """The parts of a list, ranges as they stand."""
    return [part for part in (part.strip() for part in text.split(",")) if part]


def expand(text: str) -> list[str]:
    """The single names in a list: ``"Dev1/ai0:2, Dev1/ai7"`` has four."""
    names: list[str] = []
    for part in split(text):
        match = _RANGE.fullmatch(part)
        if match is None:
            names.append(part)
            continue
        first, last = int(match[2]), int(match[3])
        step = 1 if last >= first else -1
        if abs(last - first) + len(names) >= MOST_NAMES:
            raise DaqError(PHYSICAL_CHAN_DOES_NOT_EXIST, f"{part}: there are not so many.")
        names += [f"{match[1]}{number}" for number in range(first, last + step, step)]
    return names


def joined(names: list[str]) -> str:
    """A list as NI-DAQmx gives it back."""
    return ", ".join(names)


def assigned(name: str, count: int) -> list[str]:
    """The names of ``count`` channels that are called ``name`` together."""
    return [name] if count == 1 else [f"{name}{number}" for number in range(count)]
