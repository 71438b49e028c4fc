"""Resource and channel strings: lists, ranges, any case, blanks anywhere.

As NI's own tests of nimi-python use them: ``"PXI1Slot2/0, PXI1Slot3"``, ``"0-3"``, ``"3:0"``,
``"Dev1/0:2,Dev1/4"``, and ``"Dev1/Dev1/0"`` where the client joins a resource and its channel.
"""

import re

from mho.sim_instruments.ni_dcpower.errors import UNKNOWN_CHANNEL, NiError

_RANGE = re.compile(r"(?:(.+)/)?(\d{1,6})[-:](\d{1,6})", re.ASCII)
MOST_NAMES = 1000
"""Names in one string; a chassis has no more channels."""


def expand(text: str) -> list[str]:
    """The single names in a list: ``"a/0-1, b"`` gives ``a/0``, ``a/1``, ``b``."""
    names: list[str] = []
    for part in filter(None, "".join(text.split()).split(",")):
        match = _RANGE.fullmatch(part)
        if match is None:
            names.append(part)
            continue
        prefix = f"{match[1]}/" if match[1] else ""
        first, last = int(match[2]), int(match[3])
        step = 1 if last >= first else -1
        if abs(last - first) + len(names) >= MOST_NAMES:
            raise NiError(UNKNOWN_CHANNEL, f"Name: {part}; there are not so many.")
        names += [f"{prefix}{number}" for number in range(first, last + step, step)]
    if len(names) > MOST_NAMES:
        raise NiError(UNKNOWN_CHANNEL, f"{len(names)} names; there are not so many.")
    return names


def once(name: str) -> str:
    """A name with its resource once: ``"Dev1/dev1/0"`` is ``"Dev1/0"``."""
    first, _, rest = name.partition("/")
    second, slash, _ = rest.partition("/")
    return rest if slash and second.lower() == first.lower() else name
