"""Draws figures with matplotlib, without a screen: the one room that knows it."""

from pathlib import Path
from typing import Any

from mho.drawing.look import Look
from mho.errors import Problem, RecordingError, SettingsError
from mho.figure import Figure

__all__ = ["Look", "draw"]

HOUSE = Look()


def draw(figure: Figure, path: Path, *, note: str = "", look: Look = HOUSE) -> None:
    """Draw a figure into a PNG, PDF or SVG, whichever the name says.

    Parameters
    ----------
    figure, path
        What, and where.
    note
        The small print beneath: which run it shows.
    look
        Its width, and a matplotlib style file.

    Raises
    ------
    RecordingError
        The file cannot be written.
    SettingsError
        The style file cannot be used; says why.
    """
    import matplotlib as mpl

    from mho.drawing.canvas import canvas_of
    from mho.drawing.style import rc_of

    # The same run gives the same file: no date, and ids of an SVG that do not change.
    undated = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}}
    settings: Any = rc_of(look)
    with mpl.rc_context(settings):
        try:
            canvas = canvas_of(figure, note=note, width=look.width)
            canvas.savefig(path, metadata=undated.get(path.suffix.lower()))
        except OSError as error:
            raise RecordingError(f"{path} cannot be written: {error.strerror or error}") from error
        except Exception as error:
            if look.style is None:
                raise
            message = f"nothing can be drawn in this style ({type(error).__name__}: {error})"
            raise SettingsError([Problem(f"--style {look.style}", message)]) from error
