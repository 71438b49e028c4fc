"""The fixture: a device, what drives each of its terminals now, and the time up to which it aged.

Instruments set drives and ask for readings at moments of their own; the device is brought up to
date lazily, in one step for each stretch of constant drives, so that the same stimuli at the same
moments give the same device history whatever instrument plays them.
"""

from mho.sim_instruments.devices import DeviceModel, Drive, Response


class Fixture:
    """A device model with instruments on its terminals. Moments are seconds on their clock."""

    def __init__(self, device: DeviceModel) -> None:
        self.device = device
        self._drives: dict[str, Drive] = {}
        self._moment = 0.0

    def drive(self, moment: float, terminal: str, drive: Drive | None) -> None:
        """From ``moment`` on, drive ``terminal`` so; None opens it (relay, disconnected)."""
        if self._drives.get(terminal) == drive:
            return
        self._age(moment)
        if drive is None:
            self._drives.pop(terminal, None)
        else:
            self._drives[terminal] = drive

    def read(self, moment: float, terminal: str) -> Response:
        """What stands at ``terminal`` at ``moment``; an open terminal reads zero."""
        if terminal not in self._drives:
            return Response(0.0, 0.0, False)
        self._age(moment)
        return self.device.respond(self._drives)[terminal]

    def drives(self) -> dict[str, Drive]:
        """What drives each terminal now (a copy)."""
        return dict(self._drives)

    def _age(self, moment: float) -> None:
        if moment > self._moment:
            self.device.advance(self._drives, moment - self._moment)
            self._moment = moment
