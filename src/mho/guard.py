"""The guard: a bench around a bench that refuses before anything is energised.

Limits come from two sides: what the device may suffer (`DeviceProfile`) and what the instruments
can do (`ChannelLimits`). The narrower one holds; the refusal names it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from mho.bench import Bench, ChannelLimits, InstrumentIdentity
from mho.clock import Clock
from mho.device_profile import DeviceProfile
from mho.errors import LimitError, UnsupportedError
from mho.quantities import AMPERE, COULOMB, SECOND, VOLT, WATT, Unit
from mho.readings import Trace
from mho.stimuli import Hold, Pulse, PulseTrain, Stimulus, Sweep, plateaus


@dataclass(frozen=True, slots=True)
class _Bounds:
    """The narrower of both sides at one terminal; volts, amperes, seconds, watts."""

    lowest: float
    highest: float
    min_compliance: float
    max_compliance: float
    min_width: float
    min_aperture: float
    max_aperture: float
    max_power: float


def _bounds(profile: DeviceProfile, limits: Mapping[str, ChannelLimits]) -> dict[str, _Bounds]:
    return {
        name: _Bounds(
            max(terminal.min_voltage, -limits[name].max_voltage),
            min(terminal.max_voltage, limits[name].max_voltage),
            limits[name].min_compliance,
            min(terminal.max_compliance, limits[name].max_compliance),
            limits[name].min_width,
            limits[name].min_aperture,
            limits[name].max_aperture,
            limits[name].max_source_power,
        )
        for name, terminal in profile.terminals.items()
        if name in limits
    }


def missing_terminals(profile: DeviceProfile, limits: Mapping[str, ChannelLimits]) -> list[str]:
    """Refusals for terminals of the device that no channel of the bench is wired to."""
    return [
        f"the device {profile.name} needs terminal {name}, but the bench wires only "
        f"{', '.join(limits) or 'none'}; add [terminals.{name}] to the bench file"
        for name in profile.terminals
        if name not in limits
    ]


def bias_refusals(profile: DeviceProfile, limits: Mapping[str, ChannelLimits]) -> list[str]:
    """Every reason why a terminal cannot be held as the profile wants it."""
    bounds = _bounds(profile, limits)
    return [
        refusal
        for name, terminal in profile.terminals.items()
        if terminal.bias is not None and terminal.bias_compliance is not None
        for refusal in _bias_refusal(bounds, name, terminal.bias, terminal.bias_compliance)
    ]


def _bias_refusal(
    all_bounds: Mapping[str, _Bounds], terminal: str, level: float, compliance: float
) -> list[str]:
    bounds = all_bounds.get(terminal)
    if bounds is None:
        known = ", ".join(all_bounds)
        return [f"bias: there is no terminal {terminal}; the terminals are {known}"]
    within = (
        bounds.lowest <= level <= bounds.highest
        and 0 < compliance <= bounds.max_compliance
        and compliance >= bounds.min_compliance
        and abs(level) * compliance <= bounds.max_power
    )
    if within:
        return []
    return [
        f"bias at {terminal}: {VOLT.show(level)} limited to {AMPERE.show(compliance)}; "
        f"allowed are {VOLT.show(bounds.lowest)} to {VOLT.show(bounds.highest)}, "
        f"{AMPERE.show(bounds.min_compliance)} to {AMPERE.show(bounds.max_compliance)} "
        f"and {WATT.show(bounds.max_power)}"
    ]


def refusals(
    stimulus: Stimulus, profile: DeviceProfile, limits: Mapping[str, ChannelLimits]
) -> list[str]:
    """Every reason why this stimulus must not be applied; empty if it may be."""
    what = type(stimulus).__name__.lower()
    if stimulus.terminal not in profile.terminals or stimulus.terminal not in limits:
        known = ", ".join(name for name in profile.terminals if name in limits)
        return [f"{what}: there is no terminal {stimulus.terminal}; the terminals are {known}"]
    terminal, channel = profile.terminals[stimulus.terminal], limits[stimulus.terminal]
    at = f"{what} at {stimulus.terminal}"
    found: list[str] = []

    def refuse(name: str, value: float, unit: Unit, relation: str, limit: float, who: str) -> None:
        found.append(f"{at}: {name} {unit.show(value)} is {relation} {unit.show(limit)}, {who}")

    device, instrument = f"the limit of the device {profile.name}", f"what {channel.instrument} can"
    for name, level, compliance in _levels(stimulus):
        for lowest, highest, who in (
            (terminal.min_voltage, terminal.max_voltage, device),
            (-channel.max_voltage, channel.max_voltage, instrument),
        ):
            if not level <= highest:
                refuse(name, level, VOLT, "above", highest, who)
            if not level >= lowest:
                refuse(name, level, VOLT, "below", lowest, who)
        for most, who in (
            (terminal.max_compliance, device),
            (channel.max_compliance, instrument),
        ):
            if not compliance <= most:
                refuse(f"compliance of {name}", compliance, AMPERE, "above", most, who)
        if not compliance >= channel.min_compliance or not compliance > 0:
            least = channel.min_compliance
            refuse(f"compliance of {name}", compliance, AMPERE, "below", least, instrument)
        power = abs(level) * compliance
        if not power <= channel.max_source_power:
            refuse(f"power of {name}", power, WATT, "above", channel.max_source_power, instrument)
    for name, value, least, most in _times(stimulus, channel):
        if not value >= least:
            refuse(name, value, SECOND, "below", least, instrument)
        if not value <= most:
            refuse(name, value, SECOND, "above", most, instrument)
    points = _points(stimulus)
    if not 0 < points <= channel.max_points:
        found.append(f"{at}: {points} points; {channel.instrument} takes 1 to {channel.max_points}")
    return list(dict.fromkeys(found))


def _levels(stimulus: Stimulus) -> Iterator[tuple[str, float, float]]:
    match stimulus:
        case Pulse():
            yield "amplitude", stimulus.amplitude, stimulus.compliance
        case PulseTrain():
            for amplitude in stimulus.amplitudes:
                yield "amplitude", amplitude, stimulus.compliance
        case Sweep():
            for level in stimulus.levels:
                yield "level", level, stimulus.compliance
        case Hold():
            yield "level", stimulus.level, stimulus.compliance
    if isinstance(stimulus, Pulse | PulseTrain) and stimulus.verify is not None:
        yield "read voltage", stimulus.verify.voltage, stimulus.verify.compliance


def _times(stimulus: Stimulus, channel: ChannelLimits) -> Iterator[tuple[str, float, float, float]]:
    longest = float("1e9")
    match stimulus:
        case Pulse() | PulseTrain():
            yield "width", stimulus.width, channel.min_width, longest
            if stimulus.rest:
                yield "rest", stimulus.rest, channel.min_width, longest
            if stimulus.verify is not None:
                least, most = channel.min_aperture, channel.max_aperture
                yield "read aperture", stimulus.verify.aperture, least, most
                yield "read settling time", stimulus.verify.settle, 0.0, longest
            if isinstance(stimulus, PulseTrain):
                yield "reads every (pulses)", stimulus.verify_every, 1, longest
        case Sweep():
            yield "dwell", stimulus.dwell, max(channel.min_width, stimulus.aperture), longest
            yield "aperture", stimulus.aperture, channel.min_aperture, channel.max_aperture
        case Hold():
            yield "interval", stimulus.interval, max(channel.min_width, stimulus.aperture), longest
            yield "aperture", stimulus.aperture, channel.min_aperture, channel.max_aperture


def _points(stimulus: Stimulus) -> int:
    match stimulus:
        case Pulse():
            return 1 + (stimulus.verify is not None)
        case PulseTrain():
            reads = len(stimulus.amplitudes) // max(1, int(stimulus.verify_every))
            return len(stimulus.amplitudes) + (reads if stimulus.verify is not None else 0)
        case Sweep():
            return len(stimulus.levels)
        case Hold():
            return stimulus.count


class GuardedBench:
    """A bench that lets nothing through which lies outside the limits of device or instruments.

    It also keeps the dose of the run: programming pulses, and charge through the driven terminal
    (measured for what was applied, compliance times width for what is about to be).
    ``when_closed`` is called once the guarded bench is closed, or could not be opened.
    """

    def __init__(self, bench: Bench, when_closed: Callable[[], None] = lambda: None) -> None:
        refused = missing_terminals(bench.profile, bench.limits)
        if refused:
            raise UnsupportedError("; ".join(refused))
        self._bench = bench
        self._when_closed = when_closed
        self._bounds = _bounds(bench.profile, bench.limits)
        self._dose = bench.profile.dose
        self.pulses = 0
        self.charge = 0.0

    @property
    def name(self) -> str:
        """What the guarded bench is."""
        return self._bench.name

    @property
    def clock(self) -> Clock:
        """The clock of the guarded bench."""
        return self._bench.clock

    @property
    def profile(self) -> DeviceProfile:
        """The device on the bench."""
        return self._bench.profile

    @property
    def limits(self) -> Mapping[str, ChannelLimits]:
        """What the instruments can do, by terminal."""
        return self._bench.limits

    @property
    def identities(self) -> tuple[InstrumentIdentity, ...]:
        """The instruments as they name themselves."""
        return self._bench.identities

    def __enter__(self) -> Self:
        """Open the guarded bench; if that fails, nothing is left running."""
        try:
            self._bench.__enter__()
        except BaseException:
            self._when_closed()
            raise
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Switch off and disconnect the guarded bench, then close what it was opened in."""
        try:
            self._bench.__exit__(exc_type, exc, traceback)
        finally:
            self._when_closed()

    def off(self) -> None:
        """Bring every output to 0 V and switch it off."""
        self._bench.off()

    def bias(self, terminal: str, level: float, compliance: float) -> None:
        """Hold a terminal, if device and instrument allow it.

        Raises
        ------
        LimitError
            Outside the limits; nothing was changed.
        """
        refused = _bias_refusal(self._bounds, terminal, level, compliance)
        if refused:
            raise LimitError(refused)
        self._bench.bias(terminal, level, compliance)

    def apply(self, stimulus: Stimulus) -> Trace:
        """Apply a stimulus, if device, instruments and the dose of this run allow it.

        Raises
        ------
        LimitError
            Outside the limits, all reasons at once; nothing was applied.
        """
        if type(stimulus) is Pulse:
            return self._apply_pulse(stimulus)
        self._check(stimulus)
        trace = self._bench.apply(stimulus)
        if isinstance(stimulus, PulseTrain):
            self.pulses += len(stimulus.amplitudes)
        timed = (plateau for plateau in plateaus(stimulus) if plateau.aperture is not None)
        self.charge += sum(
            abs(reading.current) * plateau.duration
            for reading, plateau in zip(trace, timed, strict=True)
        )
        return trace

    def _apply_pulse(self, pulse: Pulse) -> Trace:
        # The closed loop comes through here at every step, so what is well inside passes on a few
        # comparisons; the reasons are worked out only for what is not. NaN fails every comparison.
        bounds = self._bounds.get(pulse.terminal)
        verify = pulse.verify
        if not (
            bounds is not None
            and bounds.lowest <= pulse.amplitude <= bounds.highest
            and bounds.min_compliance <= pulse.compliance <= bounds.max_compliance
            and pulse.compliance > 0
            and abs(pulse.amplitude) * pulse.compliance <= bounds.max_power
            and bounds.min_width <= pulse.width <= 1e9
            and (pulse.rest == 0 or bounds.min_width <= pulse.rest <= 1e9)
            and (
                verify is None
                or (
                    bounds.lowest <= verify.voltage <= bounds.highest
                    and bounds.min_compliance <= verify.compliance <= bounds.max_compliance
                    and verify.compliance > 0
                    and abs(verify.voltage) * verify.compliance <= bounds.max_power
                    and bounds.min_aperture <= verify.aperture <= bounds.max_aperture
                    and 0 <= verify.settle <= 1e9
                )
            )
            and self.pulses < self._dose.max_pulses
            and self.charge + pulse.compliance * pulse.width <= self._dose.max_charge
        ):
            self._check(pulse)
        trace = self._bench.apply(pulse)
        self.pulses += 1
        self.charge += abs(trace.readings[0].current) * pulse.width
        return trace

    def _check(self, stimulus: Stimulus) -> None:
        found = refusals(stimulus, self._bench.profile, self._bench.limits)
        if not found:
            found = self._dose_refusals(stimulus)
        if found:
            raise LimitError(found)

    def _dose_refusals(self, stimulus: Stimulus) -> list[str]:
        found = []
        pulses = len(stimulus.amplitudes) if isinstance(stimulus, PulseTrain) else 0
        pulses += isinstance(stimulus, Pulse)
        if self.pulses + pulses > self._dose.max_pulses:
            found.append(
                f"dose: {self.pulses} programming pulses were applied in this run and {pulses} more"
                f" would exceed max_pulses = {self._dose.max_pulses} of {self.profile.name}"
            )
        worst = sum(p.compliance * p.duration for p in plateaus(stimulus) if p.level)
        if not self.charge + worst <= self._dose.max_charge:
            found.append(
                f"dose: {COULOMB.show(self.charge)} passed in this run and up to "
                f"{COULOMB.show(worst)} more would exceed max_charge = "
                f"{COULOMB.show(self._dose.max_charge)} of {self.profile.name}"
            )
        return found
