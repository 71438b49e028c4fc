"""The world of a rehearsal: one device, one clock and one seed, whatever instruments share them.

Instruments set drives and ask for readings at moments of their own; the device is brought up to
date lazily, in one step for each stretch of constant drives, so that the same stimuli at the same
moments give the same device history whatever instrument plays them.

A current source is played to the device as a voltage source, which to a device without a source of
its own is the same: ``I`` amperes limited to ``V`` volts are ``V`` volts, with the sign of ``I``,
limited to ``|I|`` amperes, and it is the voltage that is then the limit. A source of 0 A is an open
terminal whose potential is read: a voltmeter.

Between a source and the device there may be resistance: that of the source itself, before the point
where its instrument measures, and that of the wiring, behind it. `load_lines` says what they leave.
"""

import math
import threading
from collections.abc import Iterable, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mho.clock import Clock, VirtualClock
from mho.device.arrays import named, part_of
from mho.device.model import DeviceModel, Response, State
from mho.rehearsal.load_lines import LoadLines
from mho.rehearsal.relays import SwitchedDevice
from mho.stimuli import OPEN, Drive, Source

VERSION = 2
"""Of the arrays in a world's state."""

_DIGITS = 12
"""Durations are whole picoseconds: so they are the same whenever the clock began, to the last bit.

The difference of two moments is not, and an instrument with few digits makes one of its digits of
that. After the first hour on one clock the moments themselves are coarser than this.
"""


class Member(Protocol):
    """A simulated instrument as its world sees it."""

    def catch_up(self, moment: float) -> None:
        """Do all that is due up to ``moment`` (s); nothing while it is at work already."""
        ...

    def state(self) -> State:
        """Its random generators. What is set up in it is not part of the state."""
        ...

    def restore(self, state: State) -> None:
        """Take over what `state` gave."""
        ...


class World:
    """A device with instruments at its terminals. Moments are seconds on the clock.

    Everything happens under ``lock``. An instrument that is asked from several threads, or waits,
    uses this lock and none of its own, so that instruments which share a world never wait for each
    other.

    ``series`` are resistances (ohm) in the wiring, by terminal.
    """

    def __init__(
        self,
        device: DeviceModel,
        clock: Clock,
        seed: int,
        series: Mapping[str, float] | None = None,
    ) -> None:
        self.device, self.clock, self.seed = device, clock, seed
        self.lock = threading.RLock()
        self._series = {name: ohms for name, ohms in (series or {}).items() if ohms}
        self._drives: dict[str, Drive] = {}
        self._sources: dict[str, float] = {}  # resistances of those drives
        self._voltages: dict[str, Drive] = {}  # the same drives, as the device knows them
        self._behind: dict[str, float] = {}  # all resistance before those of them that have any
        self._load_lines = LoadLines(device)
        self._moment = clock.now()
        self._members: dict[str, Member] = {}
        self._kept: dict[str, State] = {}  # of instruments that are not here yet
        self._catching_up = False
        self._connected: dict[str, tuple[tuple[str, str], ...]] = {}  # by selector
        self.hot_switches = 0
        """How often a relay moved between a line and a source that was not at rest."""

    @property
    def terminals(self) -> tuple[str, ...]:
        """Where an instrument may be wired to."""
        return self.device.terminals

    # ---- for instruments

    def count(self, kind: str) -> int:
        """How many instruments of this kind have joined; no two of them draw the same noise."""
        return sum(name.partition("#")[0] == kind for name in self._members)

    def join(self, kind: str, member: Member) -> None:
        """Take in an instrument; it is made to catch up before another one moves time on."""
        with self.lock:
            name = f"{kind}#{self.count(kind) + 1}"
            self._members[name] = member
            if name in self._kept:
                member.restore(self._kept.pop(name))

    def drive(self, moment: float, terminal: str, drive: Drive, resistance: float = 0.0) -> None:
        """From ``moment`` on, drive ``terminal`` so; `OPEN` opens it (relay, disconnected).

        ``resistance`` (ohm) is that of the source itself.
        """
        with self.lock:
            alike = self._sources.get(terminal, 0.0) == resistance or drive == OPEN
            if alike and self._drives.get(terminal, OPEN) == drive:
                return
            self._reach(moment)
            self._set(terminal, drive, resistance)

    def drive_together(self, moment: float, drives: Mapping[str, Drive]) -> None:
        """The same for several terminals at once, by sources without resistance."""
        with self.lock:
            now = self._drives.get
            resisting = set[str]()
            if any(self._sources.values()):
                resisting = {name for name, ohms in self._sources.items() if ohms}
            changed = [
                (name, drive)
                for name, drive in drives.items()
                if ((before := now(name, OPEN)) is not drive and before != drive)
                or name in resisting
            ]
            if changed:
                self._reach(moment)
                for name, drive in changed:
                    self._set(name, drive, 0.0)

    def read(self, moment: float, terminal: str) -> Response:
        """What an ideal meter reads at ``terminal`` at ``moment``; an open one has a potential.

        Where there is resistance in the wiring, the meter is on its other side.
        """
        return self.read_together(moment, (terminal,))[0]

    def read_together(self, moment: float, terminals: Iterable[str]) -> list[Response]:
        """The same at several terminals, by meters that read at the same instant."""
        with self.lock:
            self._reach(moment)
            if not self._behind:
                found = self.device.respond(self._voltages)
                return [self._as_read(name, found[name]) for name in terminals]
            found = self._load_lines.respond(self._voltages, self._behind)
            responses = []
            for name in terminals:
                lost = self._series.get(name, 0.0) * found[name].current
                response = found[name]._replace(voltage=found[name].voltage + lost)
                responses.append(self._as_read(name, response))
            return responses

    def switch(self, moment: float, paths: Iterable[tuple[str, str]], selector: str = "") -> bool:
        """From ``moment`` on, a selector connects these sources to these lines, and no others.

        What another ``selector`` connects stays so. Gives whether a relay moved under voltage.

        Raises
        ------
        KeyError
            There is no such line, or no relay before this device.
        """
        with self.lock:
            if not isinstance(self.device, SwitchedDevice):
                raise KeyError("there is no relay before this device")
            self._reach(moment)
            self._connected[selector] = tuple(paths)
            moved = self.device.connect(one for every in self._connected.values() for one in every)
            hot = any(self._drives[name].level for name in moved & self._drives.keys())
            self.hot_switches += hot
            self._load_lines = LoadLines(self.device)
            return hot

    def drives(self) -> dict[str, Drive]:
        """What drives each terminal now (a copy); open terminals are left out."""
        with self.lock:
            return dict(self._drives)

    # ---- state

    def state(self) -> dict[str, NDArray[np.generic]]:
        """The world now, as plain arrays by name, for ``numpy.savez``; see `restore`.

        Device and instruments give what they are made of (``device/...``, ``instruments/...``);
        ``drives/...`` is what drives the terminals, ``moment`` what the clock shows, ``aged`` up to
        when the device has been brought. Taking a state changes nothing.
        """
        with self.lock:
            drives = self._drives.values()
            arrays: dict[str, NDArray[np.generic]] = {
                "version": np.array(VERSION),
                "moment": np.array(self.clock.now()),
                "aged": np.array(self._moment),
                "drives/terminals": np.array(list(self._drives), dtype=np.str_),
                "drives/levels": np.array([drive.level for drive in drives], dtype=float),
                "drives/limits": np.array([drive.limit for drive in drives], dtype=float),
                "drives/sources": np.array([drive.source.value for drive in drives], dtype=np.str_),
                "drives/resistances": np.array(
                    [self._sources.get(name, 0.0) for name in self._drives], dtype=float
                ),
            }
            arrays.update(named("device", self.device.state()))
            for name, member in self._members.items():
                arrays.update(named(f"instruments/{name}", member.state()))
            return arrays

    def restore(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Go on from where `state` was taken, in a world of the same device.

        A virtual clock moves on to the moment of the state, if it is not there yet; on any other
        clock the state counts as taken now. Noise of instruments is taken over where an instrument
        of that kind is here, or comes. What an instrument has set up, and what it believes to
        drive, it does not learn from the state: restore before instruments start, or where they
        stand as they stood.

        Raises
        ------
        ValueError
            The state is of another version.
        KeyError
            It is that of another kind of device.
        """
        version = int(state["version"])
        if version != VERSION:
            raise ValueError(
                f"a state of version {version} was given; this mho reads version {VERSION}. Take "
                f"the state anew, or use the mho that took it"
            )
        with self.lock:
            self.device.restore(part_of(state, "device"))
            moment, aged = float(state["moment"]), float(state["aged"])
            if isinstance(self.clock, VirtualClock):
                self.clock.advance_to(moment)
            self._moment = aged + (self.clock.now() - moment)
            for known in (self._drives, self._sources, self._voltages, self._behind):
                known.clear()
            self._load_lines = LoadLines(self.device)
            columns = ("terminals", "levels", "limits", "sources", "resistances")
            for terminal, level, limit, source, resistance in zip(
                *(state[f"drives/{what}"] for what in columns), strict=True
            ):
                drive = Drive(float(level), float(limit), Source(str(source)))
                self._set(str(terminal), drive, float(resistance))
            instruments = part_of(state, "instruments")
            self._kept = {
                name: part_of(instruments, name)
                for name in dict.fromkeys(key.partition("/")[0] for key in instruments)
            }
            for name in self._members.keys() & self._kept.keys():
                self._members[name].restore(self._kept.pop(name))

    def laid_aside(self) -> dict[str, NDArray[np.generic]]:
        """The world as it is kept between two runs: up to date, every terminal open.

        As `state` gives it, but from moment 0: the clock of the next run begins there.
        """
        with self.lock:
            self._reach(self.clock.now())
            self._drives.clear()
            self._voltages.clear()
            state = self.state()
            aged = float(state["aged"]) - float(state["moment"])
            return {**state, "moment": np.array(0.0), "aged": np.array(aged)}

    # ---- inside

    def _as_read(self, terminal: str, response: Response) -> Response:
        drive = self._drives.get(terminal, OPEN)
        return response if drive.source is Source.VOLTAGE else _as_seen(drive, response)

    def _set(self, terminal: str, drive: Drive, resistance: float) -> None:
        if drive.source is Source.OPEN:
            self._drives.pop(terminal, None)
        else:
            self._drives[terminal] = drive
            self._sources[terminal] = resistance
        if drive.source is Source.VOLTAGE:
            self._voltages[terminal] = drive
        elif drive.source is Source.CURRENT and drive.level:
            volts = math.copysign(drive.limit, drive.level)
            self._voltages[terminal] = Drive(volts, abs(drive.level))
        else:
            self._voltages.pop(terminal, None)
        before_device = resistance + self._series.get(terminal, 0.0)
        if before_device and terminal in self._voltages:
            self._behind[terminal] = before_device
        else:
            self._behind.pop(terminal, None)

    def _reach(self, moment: float) -> None:
        if moment <= self._moment:
            return
        if len(self._members) > 1 and not self._catching_up:
            self._catching_up = True
            try:
                for member in self._members.values():
                    member.catch_up(moment)
            finally:
                self._catching_up = False
        if moment <= self._moment:
            return
        lasts, self._moment = round(moment - self._moment, _DIGITS), moment
        if self._behind:
            self._load_lines.advance(self._voltages, self._behind, lasts)
        else:
            self.device.advance(self._voltages, lasts)


def unconnected(drive: Drive) -> Response:
    """What an instrument reads at an output that is connected to nothing."""
    if drive.source is Source.CURRENT and drive.level:
        return Response(math.copysign(drive.limit, drive.level), 0.0, True)
    return Response(drive.level if drive.source is Source.VOLTAGE else 0.0, 0.0, False)


def _as_seen(drive: Drive, response: Response) -> Response:
    """The response as a current source has it, or an open terminal."""
    if drive.source is Source.OPEN:
        return response
    if drive.level:
        holds = response.in_compliance and (response.current > 0.0) == (drive.level > 0.0)
        return response._replace(in_compliance=not holds)
    # what flows where its limit holds a voltmeter is not simulated
    potential = max(-drive.limit, min(drive.limit, response.voltage))
    return Response(potential, 0.0, abs(response.voltage) > drive.limit)
