"""Resource and channel strings: lists, ranges, any case, blanks anywhere.

As NI's own tests of nimi-python use them: ``"PXI1Slot2/0, PXI1Slot3"``, ``"0-3"``, ``"3:0"``.
"""

import re
from collections.abc import Iterator

_RANGE = re.compile(r"(?:(.+)/)?(\d+)[-:](\d+)")


def expand(text: str) -> Iterator[str]:
    """The single names in a list: ``"a/0-1, b"`` gives ``a/0``, ``a/1``, ``b``."""
    for part in filter(None, "".join(text.split()).split(",")):
        match = _RANGE.fullmatch(part)
        if match is None:
            yield part
            continue
        prefix = f"{match[1]}/" if match[1] else ""
        first, last = int(match[2]), int(match[3])
        step = 1 if last >= first else -1
        for number in range(first, last + step, step):
            yield f"{prefix}{number}"
