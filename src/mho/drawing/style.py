"""The style of the house as matplotlib settings, and style files laid over it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from cycler import cycler

from mho.drawing.colours import PALETTE
from mho.drawing.look import Look
from mho.errors import Problem, SettingsError

HOUSE: dict[str, Any] = {
    # Points at the final width: journals ask for 5 to 7; nothing but exponents is below 6.
    "font.size": 7.5,
    "font.family": "sans-serif",
    "font.sans-serif": ["Arial", "Helvetica", "DejaVu Sans"],
    "axes.labelsize": "medium",
    "axes.titlesize": "medium",
    "figure.titlesize": "medium",
    "xtick.labelsize": "small",
    "ytick.labelsize": "small",
    "legend.fontsize": "small",
    "legend.title_fontsize": "small",
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.prop_cycle": cycler(color=PALETTE),
    "image.cmap": "plasma",
    "lines.linewidth": 1.0,
    "lines.markersize": 3.2,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "xtick.minor.size": 1.7,
    "ytick.minor.size": 1.7,
    "savefig.dpi": 200,
    "pdf.fonttype": 42,  # text stays text, for whoever edits the figure
    "svg.fonttype": "none",
    "svg.hashsalt": "mho",
}


def rc_of(look: Look) -> dict[str, Any]:
    """The settings in which a figure is drawn.

    Raises
    ------
    SettingsError
        The style file cannot be read or is none; every line of it that cannot be used.
    """
    default: Any = mpl.rcParamsDefault  # its type allows no other key than one of hundreds
    return {**default, **HOUSE, **({} if look.style is None else _read(look.style))}


def _read(path: Path) -> dict[str, Any]:
    place = f"--style {path}"
    try:
        if not path.read_text("utf-8").strip():
            raise SettingsError([Problem(place, "the file is empty")])
        with _complaints() as found:
            style: Any = mpl.rc_params_from_file(path, use_default_template=False)
    except FileNotFoundError:
        message = 'there is no such file; a style file has lines such as "font.size: 8"'
        raise SettingsError([Problem(place, message)]) from None
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
        raise SettingsError([Problem(place, message)]) from error
    except UnicodeDecodeError:
        message = "is no text; a matplotlib style file is needed, not a figure or an archive"
        raise SettingsError([Problem(place, message)]) from None
    if found:
        raise SettingsError(Problem(place, complaint) for complaint in found)
    if not style:
        message = 'it sets nothing; a style file has lines such as "font.size: 8"'
        raise SettingsError([Problem(place, message)])
    return dict(style)


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """What matplotlib says of lines that it cannot use: it logs them and goes on."""
    found: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            text = record.getMessage().strip().splitlines()
            found.append(text[0] if text else "a line cannot be used")

    listener, log = Listener(logging.WARNING), logging.getLogger("matplotlib")
    through = log.propagate
    log.addHandler(listener)
    log.propagate = False
    try:
        yield found
    finally:
        log.removeHandler(listener)
        log.propagate = through
