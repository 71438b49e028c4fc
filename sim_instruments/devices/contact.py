"""A contact that is lost in mid-run: rehearses what a protocol does when the probe lifts off."""

from collections.abc import Mapping

import numpy as np

from mho.device.arrays import named, part_of
from mho.device.model import DeviceModel, Response, State, undisturbed
from mho.stimuli import Drive, Source

PROGRAMMING = 0.2
"""From this magnitude (V) on, at any terminal but a gate, a pulse is counted. Assumed: reads of
both published devices lie below it, programming pulses above."""


class LosableContact:
    """A `DeviceModel` whose first terminal comes off once it has seen ``after`` pulses.

    A pulse lasts from the moment a terminal passes `PROGRAMMING` until all are back below it; the
    verify read of the last pulse finds the terminal open already.
    """

    def __init__(self, device: DeviceModel, after: int) -> None:
        self.device = device
        self._after = after
        self._pulses = 0
        self._pulsing = False

    @property
    def terminals(self) -> tuple[str, ...]:
        """Those of the device."""
        return self.device.terminals

    def advance(self, drives: Mapping[str, Drive], duration: float) -> None:
        """Let time pass for the device, with its first terminal open once that is lost."""
        pulsing = _pulsing(drives)
        if pulsing and not self._pulsing:
            self._pulses += 1
        self._pulsing = pulsing
        if self._lost(pulsing):
            drives = {name: drive for name, drive in drives.items() if name != self.terminals[0]}
        self.device.advance(drives, duration)

    def respond(self, drives: Mapping[str, Drive]) -> Mapping[str, Response]:
        """As the device responds; a lost terminal takes no current and is at 0 V if open."""
        first = self.terminals[0]
        if not self._lost(_pulsing(drives)):
            return self.device.respond(drives)
        rest = {name: drive for name, drive in drives.items() if name != first}
        return {**self.device.respond(rest), first: undisturbed((first,), drives)[first]}

    def state(self) -> State:
        """That of the device, and how many pulses it has seen."""
        counted = np.array([self._pulses, self._pulsing])
        return {"contact": counted, **named("device", self.device.state())}

    def restore(self, state: State) -> None:
        """Take over what `state` gave."""
        self._pulses = int(state["contact"][0])
        self._pulsing = bool(state["contact"][1])
        self.device.restore(part_of(state, "device"))

    def _lost(self, pulsing: bool) -> bool:
        return self._pulses > self._after or (self._pulses == self._after and not pulsing)


def losable(device: DeviceModel, after: int | None) -> DeviceModel:
    """``device``, its contact lost after so many pulses; itself if never."""
    return device if after is None else LosableContact(device, after)


def _pulsing(drives: Mapping[str, Drive]) -> bool:
    return any(
        abs(drive.level) >= PROGRAMMING and drive.source is not Source.OPEN
        for name, drive in drives.items()
        if name != "gate"
    )
