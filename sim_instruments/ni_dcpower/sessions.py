"""Sessions of NI-DCPower and the channels that they hold."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from mho.sim_instruments.ni_dcpower.channel import Channel
from mho.sim_instruments.ni_dcpower.channel_names import expand, once
from mho.sim_instruments.ni_dcpower.errors import (
    BAD_OPTION,
    CHANNEL_IN_USE,
    DEVICE_NOT_FOUND,
    INVALID_SESSION,
    UNKNOWN_CHANNEL,
    UNKNOWN_DEVICE,
    NiError,
)
from mho.sim_instruments.ni_dcpower.module import Module
from mho.sim_instruments.ni_dcpower.rack import Rack
from mho.sim_instruments.ni_dcpower.specifications import VERSION_20W, VERSION_40W, Version
from mho.sim_instruments.ni_device_server.named_sessions import NamedSessions

KEPT_SELECTIONS = 1000
"""Channel strings whose channels a session remembers."""


class Session:
    """Channels by name, spelled as the client spelled them.

    ``independent``: opened by InitializeWithIndependentChannels. ``error`` is the latest refusal,
    until it is asked for.
    """

    def __init__(self, channels: Mapping[str, Channel], *, independent: bool) -> None:
        self.channels = channels
        self.independent = independent
        self.error: NiError | None = None
        self._selections: dict[str, list[Channel]] = {"": list(channels.values())}

    def select(self, text: str) -> list[Channel]:
        """The channels a channel string means; the empty string means all."""
        selection = self._selections.get(text)
        if selection is None:
            selection = [channel for name in expand(text) for channel in self._named(name)]
            selection = selection or self._selections[""]
            if len(self._selections) < KEPT_SELECTIONS:
                self._selections[text] = selection
        return selection

    def _named(self, wanted: str) -> list[Channel]:
        wanted = once(wanted).lower()
        slot = [c for c in self.channels.values() if wanted == c.module.slot.lower()]
        if slot:
            return slot
        found = [
            channel
            for name, channel in self.channels.items()
            if wanted in (name.lower(), f"{channel.module.slot}/0".lower(), "0")
        ]
        if len(found) != 1:
            raise NiError(UNKNOWN_CHANNEL, f"Name: {wanted}.")
        return found


class Sessions:
    """The table of open sessions."""

    def __init__(self, rack: Rack) -> None:
        self._rack = rack
        self._open: NamedSessions[Session] = NamedSessions()

    def open(
        self,
        name: str,
        behaviour: int,
        build: Callable[[], Mapping[str, Channel]],
        *,
        independent: bool,
    ) -> tuple[str, bool]:
        """Make a session or attach to one; gives its name, and whether it is new."""
        return self._open.open(name, behaviour, lambda _: Session(build(), independent=independent))

    def __getitem__(self, name: str) -> Session:
        session = self._open.get(name)
        if session is None:
            raise NiError(INVALID_SESSION)
        return session

    def get(self, name: str) -> Session | None:
        """A session, if it is open."""
        return self._open.get(name)

    def close(self, name: str) -> None:
        """Close a session: its channels stop, their outputs stay as they are."""
        for channel in self[name].channels.values():
            channel.abort()
        self._open.pop(name)

    def forget(self) -> None:
        """Close all sessions, as when the server is started anew."""
        for name in self._open.names():
            self.close(name)

    def modules(self, resource: str, simulated: Version | None = None) -> dict[str, Module]:
        """Modules that a resource name means, by the client's spelling of their channels.

        The client joins resource and channels with a slash, so a resource may stand twice before
        its channel. The first spelling of a resource counts. With Simulate a name that is in no
        slot is a module of the version ``simulated``, as with NI's driver.

        A module that another session holds is refused; whether hardware refuses it, and with
        which code, is unverified.
        """
        chosen: dict[str, Module] = {}
        spelled: dict[str, str] = {}
        extra: dict[str, Module] = {}
        for name in expand(resource) or [""]:
            slot, _, number = once(name).partition("/")
            module = self._rack.modules.get(slot.lower(), extra.get(slot.lower()))
            if module is None and simulated is not None and slot:
                module = extra[slot.lower()] = self._rack.simulated(slot, simulated)
            if module is None:
                raise NiError(UNKNOWN_DEVICE, f"\n\nInvalid Identifier: {name}")
            if "/" in number:
                raise NiError(DEVICE_NOT_FOUND, f"Name: {name}.")
            if number not in ("", "0"):
                raise NiError(UNKNOWN_CHANNEL, f"Name: {name}.")
            chosen[f"{spelled.setdefault(slot.lower(), slot)}/0"] = module
        for holder, session in self._open:
            for channel in session.channels.values():
                if channel.module in chosen.values():
                    raise NiError(CHANNEL_IN_USE, f"{channel.module.slot}/0 belongs to '{holder}'.")
        return chosen

    def legacy_modules(
        self, resource: str, channels: str, simulated: Version | None
    ) -> dict[str, Module]:
        """Modules of a session without independent channels: one instrument, named without it.

        Several instruments are allowed with Simulate (NI tests); their names stay whole
        (unverified).
        """
        names = expand(resource)
        if simulated is None and ("/" in resource or len(names) != 1):
            raise NiError(UNKNOWN_DEVICE, f"\n\nInvalid Identifier: {resource}")
        if channels.strip() and len(names) == 1:
            names = [name if "/" in name else f"{names[0]}/{name}" for name in expand(channels)]
        modules = self.modules(",".join(names), simulated)
        if len({name.partition("/")[0] for name in modules}) > 1:
            return modules
        return {name.rpartition("/")[2]: module for name, module in modules.items()}


class Options(NamedTuple):
    """What an option string says. ``simulated`` is the version to simulate, None if not to."""

    simulated: Version | None
    driver_setup: str


def option_values(text: str) -> Options:
    """Simulate and DriverSetup of an option string; a model other than a 4139 is refused.

    With Simulate a module that is in the rack stays what it is, as everything here is simulated.
    """
    simulate = re.search(r"\bsimulate\s*=\s*(1|true)\b", text, re.IGNORECASE) is not None
    setup = re.search(r"\bdriversetup\s*=\s*([^,]*)", text, re.IGNORECASE)
    driver_setup = setup[1].strip() if setup else ""
    match = re.search(r"\bmodel\s*:\s*([^;]*)", driver_setup, re.IGNORECASE)
    model = match[1] if match else "4139"
    if "4139" not in model:
        raise NiError(BAD_OPTION, f"Model: {model}; this server has PXIe-4139 only.")
    version = VERSION_40W if "40w" in model.lower() else VERSION_20W
    return Options(version if simulate else None, driver_setup)
