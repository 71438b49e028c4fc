"""Scans: entries of a list, one after the other, each opening what the one before has closed.

With a software trigger an entry comes with each trigger; with any other, all come at once, for
nothing here would trigger them.
"""

from mho.sim_instruments.ni_switch.errors import BAD_LIST, NOT_SCANNING, SwitchError
from mho.sim_instruments.ni_switch.module import MatrixModule, pairs_in

SOFTWARE = 3
"""Value of the trigger input."""


class Scan:
    """The scan of one session."""

    def __init__(self, module: MatrixModule) -> None:
        self._module = module
        self._entries: list[list[tuple[str, str]]] = []
        self._at = 0
        self._is_continuous = False
        self.is_scanning = False

    def start(self, scan_list: str, trigger: int, *, is_continuous: bool) -> None:
        """Begin with the first entry."""
        listed = [entry for part in scan_list.split(";") if (entry := part.strip())]
        self._entries = [pairs_in(entry.replace("&", ",")) for entry in listed]
        if not self._entries:
            raise SwitchError(BAD_LIST, f"{scan_list}.")
        self._at, self.is_scanning, self._is_continuous = 0, True, is_continuous
        if trigger == SOFTWARE:
            return
        for _ in self._entries:
            self.step()
        self.is_scanning = is_continuous

    def step(self) -> None:
        """The next entry."""
        if not self.is_scanning:
            raise SwitchError(NOT_SCANNING)
        self._module.open_all()
        for one, other in self._entries[self._at]:
            self._module.connect(one, other)
        self._at += 1
        if self._at == len(self._entries):
            self._at, self.is_scanning = 0, self._is_continuous

    def abort(self) -> None:
        """Scan no more; relays stay where they are."""
        if not self.is_scanning:
            raise SwitchError(NOT_SCANNING)
        self.is_scanning = False
