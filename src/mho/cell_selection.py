"""Cells and selectors: whether a selector of a bench can select the cells of a device, and which.

In a rehearsal, the relays between the instruments and the simulated device.
"""

from collections.abc import Iterable

from mho.bench_file import BenchInstrument, bench_limits
from mho.bench_select import BenchSelector, wanted_selector
from mho.device.layout import ONE_CELL, Address, address_in, line_name
from mho.device.model import DeviceModel
from mho.device.profile import DeviceProfile
from mho.errors import Problem, SettingsError
from mho.rehearsal.relays import Following, SwitchedDevice
from mho.settings_text import printable


def selecting_problems(
    place: str,
    instruments: Iterable[BenchInstrument],
    selector: BenchSelector | None,
    profile: DeviceProfile,
) -> list[Problem]:
    """Why cells of this device cannot be selected on this bench."""
    if selector is None:
        return wanted_selector(profile.array, profile.name, place)
    on_bench = bench_limits(tuple(instruments), selector.with_half_bias(profile))
    wired: dict[str, object] = dict(on_bench)
    for one in instruments:  # a bench may have more terminals than the device
        wired.update(getattr(one.settings, "terminals", {}))
    found = list(selector.misfits(profile, wired))
    is_simulated = selector.driver.rehearses(selector.settings)
    if is_simulated is not None and any(one.rehearses is not is_simulated for one in instruments):
        message = "is simulated, and the instruments are not" if is_simulated else (
            "is a real one, and the instruments are simulated"
        )  # fmt: skip
        message += "; make all of them real, or all simulated"
        found.append(Problem(selector.place, message))
    return found


def no_cell(profile: DeviceProfile) -> Problem:
    """What is wrong where nobody says which cell is meant."""
    message = f"say which cell of {profile.name}, {profile.array or ONE_CELL}, is meant"
    return Problem("--cell", f"{message}; or all of them with --cells all")


def behind_relays(
    device: DeviceModel, profile: DeviceProfile, selector: BenchSelector
) -> SwitchedDevice:
    """The simulated device with the relays of a selector before it."""
    wiring = selector.wiring
    lines = {
        name: name if profile.array is not None else terminal
        for terminal, addresses in wiring.lines.items()
        if terminal in profile.terminals
        for name in (line_name(terminal, number) for number in range(len(addresses)))
        if name in device.terminals or (profile.array is None and name == line_name(terminal, 0))
    }
    direct = {
        terminal: line_name(terminal, 0) if profile.array is not None else terminal
        for terminal in profile.terminals
        if terminal not in wiring.sources
    }
    followers = {
        name: Following(follower.of, follower.part) for name, follower in wiring.followers.items()
    }
    return SwitchedDevice(device, lines, wiring.sources, direct, followers)


def cell_address(text: str, profile: DeviceProfile) -> Address:
    """The address of a cell of an array.

    Raises
    ------
    SettingsError
        It is none.
    """
    at = address_in(text)
    if at is None:
        message = f'"{printable(text)}" is no cell of {profile.array or ONE_CELL}; write "r0c0"'
        raise SettingsError([Problem("--cell", message)])
    return at
