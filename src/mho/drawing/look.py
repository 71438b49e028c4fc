"""How a figure is to look: its width in print, and a style file."""

from dataclasses import dataclass
from pathlib import Path

from mho.errors import Problem, SettingsError
from mho.quantities import METRE

COLUMNS = {"single": 0.089, "double": 0.183}
"""Metres: one and two columns of Nature Electronics; those of IEEE and Frontiers differ by 3 mm."""

NARROWEST, WIDEST = 0.06, 0.5
"""Metres: below, the words beside an axis leave no room for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """``width`` in metres; ``style`` is a matplotlib style file, laid over that of the house."""

    width: float = COLUMNS["double"]
    style: Path | None = None


def width_of(text: str) -> float:
    """``"single"``, ``"double"`` or ``"85 mm"`` in metres.

    Raises
    ------
    SettingsError
        Neither of these, or a width that no figure can have.
    """
    if text in COLUMNS:
        return COLUMNS[text]
    place = f"--width {text}"
    try:
        width = METRE.parse(text)
    except ValueError:
        message = 'a width is single, double or a length such as "85 mm"'
        raise SettingsError([Problem(place, message)]) from None
    if not NARROWEST <= width <= WIDEST:
        message = (
            f"a figure is between {METRE.show(NARROWEST)} and {METRE.show(WIDEST)} wide; single is "
            f"{METRE.show(COLUMNS['single'])}, double {METRE.show(COLUMNS['double'])}"
        )
        raise SettingsError([Problem(place, message)])
    return width
