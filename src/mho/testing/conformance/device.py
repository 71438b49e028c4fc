"""One suite over every device model: whichever instrument plays the stimuli, the same happens."""

from collections.abc import Mapping

import numpy as np
import pytest

from mho.device.model import DeviceModel, Response, State
from mho.stimuli import Drive

_LIMITS = (1e-3, 1e-6, 1e-9)


class DeviceConformance:
    """A device model, built anew for every test by `build`.

    Attributes
    ----------
    levels
        Voltages (V) at its first terminal that it is meant for.
    limit
        Current limit (A) that lets it do what it does there.
    devices, tolerance
        Of how many devices the currents after one stretch and after two of half the length are
        compared, and how far (relative) their means may be apart. One is enough for a device that
        draws no random numbers.
    """

    levels: tuple[float, ...] = (0.1, -0.1, 1.0, -1.0)
    limit: float = 1e-3
    devices: int = 1
    tolerance: float = 1e-6

    def build(self, seed: int) -> DeviceModel:
        """A new device, not yet driven by anybody."""
        raise NotImplementedError(f"{type(self).__name__} needs a method build(seed)")

    def drives(self, device: DeviceModel, level: float) -> dict[str, Drive]:
        """Its first terminal at ``level`` volts, all others at 0 V."""
        first, *others = device.terminals
        at_rest = {terminal: Drive(0.0, self.limit) for terminal in others}
        return {first: Drive(level, self.limit), **at_rest}

    def test_every_terminal_answers_and_an_open_one_takes_no_current(self) -> None:
        """Driven or not; what is open has a potential."""
        device = self.build(1)
        assert len(set(device.terminals)) == len(device.terminals) > 0
        for terminal in device.terminals:
            driven = {terminal: Drive(0.1, self.limit)}
            answers = device.respond(driven)
            assert set(answers) == set(device.terminals)
            for name in set(device.terminals) - set(driven):
                assert answers[name].current == 0.0, f"{name} is open"
                assert np.isfinite(answers[name].voltage)
                assert not answers[name].in_compliance, f"{name} is open"

    def test_a_limit_holds_and_is_reported(self) -> None:
        """The level and a current within the limit; or the limit, and not the level."""
        device = self.build(1)
        first = device.terminals[0]
        for level in self.levels:
            for limit in _LIMITS:
                drives = {**self.drives(device, level), first: Drive(level, limit)}
                found = device.respond(drives)[first]
                assert abs(found.current) <= limit * (1 + 1e-9), f"{level} V, limit {limit} A"
                if found.in_compliance:
                    assert abs(found.current) == pytest.approx(limit)
                    assert found.voltage != level
                else:
                    assert found.voltage == level

    def test_two_halves_are_one_stretch(self) -> None:
        """The state changes in closed form, whatever steps an instrument takes."""
        for level in self.levels:
            once, twice = (self._mean_current(level, parts) for parts in (1, 2))
            assert twice == pytest.approx(once, rel=self.tolerance, abs=1e-15), f"at {level} V"

    def test_the_same_seed_is_the_same_device(self) -> None:
        """To the last digit."""
        assert self._lived(self.build(5)) == self._lived(self.build(5))

    def test_nothing_is_drawn_when_nothing_happens(self) -> None:
        """Asking a device that nothing drives changes nothing about it."""
        device = self.build(1)
        before = _copied(device.state())
        for _ in range(3):
            device.respond({})
            device.respond(self.drives(device, 0.0))
        _assert_equal(before, device.state())

    def test_a_state_taken_and_put_back_goes_on(self) -> None:
        """Also in a device of another seed, and by way of plain arrays."""
        device, other = self.build(1), self.build(2)
        self._lived(device)
        state = _copied(device.state())
        wanted = self._lived(device)
        other.restore(state)
        _assert_equal(state, other.state())
        assert self._lived(other) == wanted

    def _mean_current(self, level: float, parts: int) -> float:
        """Into the first terminal, after 20 ms at ``level`` in as many parts."""
        found = []
        for seed in range(self.devices):
            device = self.build(seed)
            for _ in range(parts):
                device.advance(self.drives(device, level), 20e-3 / parts)
            reading = device.respond(self.drives(device, self.levels[0]))
            found.append(reading[device.terminals[0]].current)
        return float(np.mean(found))

    def _lived(self, device: DeviceModel) -> list[Mapping[str, Response]]:
        """Every level in turn, with what is read there."""
        found: list[Mapping[str, Response]] = []
        for level in self.levels:
            drives = self.drives(device, level)
            device.advance(drives, 10e-3)
            found.append(dict(device.respond(drives)))
            device.advance({}, 10e-3)
        return found


def _copied(state: State) -> State:
    copy = {name: np.array(array) for name, array in state.items()}
    pickled = [name for name, array in copy.items() if array.dtype.hasobject]
    assert not pickled, f"no plain arrays: {pickled}"
    return copy


def _assert_equal(a: State, b: State) -> None:
    assert set(a) == set(b)
    changed = [name for name in a if not np.array_equal(a[name], b[name])]
    assert not changed, f"changed: {changed}"
