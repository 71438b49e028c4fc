"""One command of the instrument: what it does, on which page, and whether it answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from mho.sim_instruments.keithley_4200a.instrument import Keithley4200A
from mho.sim_instruments.keithley_4200a.status import Refused

Handler = Callable[[Keithley4200A, tuple[str, ...]], str | None]
"""Carries out a command; the text of a query's reply, or None for a setter."""

SYSTEM_PAGES = frozenset(("DE", "SS", "SM", "MD"))


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a command table.

    ``page`` is the page it belongs to, "system" for any page of system mode, None for all.
    ``transfers`` says that its reply is measured data, whose transfer clears bit 0 of the status
    byte over GPIB.
    """

    run: Handler
    page: Literal["DE", "SS", "SM", "MD", "US", "UL", "system"] | None = None
    is_query: bool = False
    transfers: bool = False
    while_busy: bool = False

    def check(self, instrument: Keithley4200A) -> None:
        """Refuse with -980, -974, -975 or -989 where the command is out of place."""
        if instrument.activity.run is not None and not self.while_busy:
            raise Refused(-980)
        page = self.page
        if page is None or page == instrument.page:
            return
        if page == "SM" and instrument.page == "MD" and instrument.options.measurement_setup_on_md:
            return
        if instrument.page == "US":
            raise Refused(-975)
        if page == "US":
            raise Refused(-974)
        if page != "system" or instrument.page not in SYSTEM_PAGES:
            raise Refused(-989)
