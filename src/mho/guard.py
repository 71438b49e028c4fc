"""The guard: a bench around a bench that refuses before anything is energised.

Limits come from two sides: what the device may suffer (`DeviceProfile`) and what the instruments
can do (`ChannelLimits`). The narrower one holds; the refusal names it.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from mho.bench import Bench, ChannelLimits, InstrumentIdentity
from mho.clock import Clock
from mho.device_profile import DeviceProfile
from mho.errors import LimitError, UnsupportedError
from mho.interrupts import deferred, termination_as_interrupt
from mho.limits import (
    bias_refusal,
    bias_refusals,
    bounds_of,
    missing_terminals,
    refusals,
    standing_levels,
)
from mho.quantities import COULOMB
from mho.readings import Reading, Trace
from mho.stimuli import Family, Pulse, PulseTrain, Stimulus, Sweep, Waveforms, driven, plateaus


class GuardedBench:
    """A bench that lets nothing through which lies outside the limits of device or instruments.

    It also keeps the dose of the run: programming pulses, and charge through the driven terminal
    (measured for what was applied, compliance times duration for what is about to be and for what
    failed half-way). While it is open, whatever would end the process (SIGTERM, a lost terminal)
    raises KeyboardInterrupt, so that the outputs go off.

    ``when_closed`` is called once the guarded bench is closed, or could not be opened.

    Raises
    ------
    UnsupportedError
        The bench lacks a terminal of the device.
    LimitError
        A bias of the device profile lies outside the limits.
    """

    def __init__(self, bench: Bench, when_closed: Callable[[], None] = lambda: None) -> None:
        refused = missing_terminals(bench.profile, bench.limits)
        if refused:
            raise UnsupportedError("; ".join(map(str, refused)))
        refused_biases = bias_refusals(bench.profile, bench.limits)
        if refused_biases:
            raise LimitError(refused_biases)
        self._bench = bench
        self._when_closed = when_closed
        self._signals = ExitStack()
        self._entered = self._closed = False
        self._hold(standing_levels(bench.profile))
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
        """Open the guarded bench, once; if that fails, nothing is left running.

        Raises
        ------
        UnsupportedError
            It was opened before; once it is closed, what it was opened in is gone.
        """
        if self._closed or self._entered:
            raise UnsupportedError("this bench was opened before; open another with open_bench")
        self._signals.enter_context(termination_as_interrupt())
        self._entered = True
        try:
            self._bench.__enter__()
        except KeyboardInterrupt:  # it may have come when everything was switched on
            self.close()
            raise
        except BaseException:
            self._entered = False
            self.close()
            raise
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Switch off and disconnect the guarded bench, then close what it was opened in."""
        self.close()

    def close(self) -> None:
        """What leaving ``with`` does; may be called again and again. Ctrl-C waits meanwhile."""
        if self._closed:
            return
        try:
            with deferred():
                try:
                    if self._entered:
                        self._bench.__exit__(None, None, None)
                finally:
                    self._closed = True
                    self._when_closed()
        finally:
            if self._closed:
                self._signals.close()

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
        refused = bias_refusal(self._bounds, terminal, level, compliance)
        if refused:
            raise LimitError(refused)
        self._bench.bias(terminal, level, compliance)
        self._hold({**self._held, terminal: level})

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
        trace = self._play(stimulus)
        self._end_biases(stimulus)
        self.pulses += _pulses(stimulus)
        if isinstance(stimulus, Waveforms):
            # Only the read is measured, so what the pieces passed is taken at its worst.
            self.charge += _worst_charge(stimulus)
            return trace
        timed = (plateau for plateau in plateaus(stimulus) if plateau.aperture is not None)
        may_end_early = isinstance(stimulus, Sweep) and stimulus.stop_in_compliance
        self.charge += sum(
            _charge(reading, plateau.duration, plateau.compliance)
            for reading, plateau in zip(trace, timed, strict=not may_end_early)
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
            and self.charge + _worst_of_pulse(pulse) <= self._dose.max_charge
        ):
            self._check(pulse)
        trace = self._play(pulse)
        if self._held.get(pulse.terminal):
            self._end_biases(pulse)
        self.pulses += 1
        self.charge += _charge(trace.readings[0], pulse.width, pulse.compliance)
        if verify is not None:
            lasts = verify.settle + verify.aperture
            self.charge += _charge(trace.readings[1], lasts, verify.compliance)
        return trace

    def _play(self, stimulus: Stimulus) -> Trace:
        """Have the bench play it; what failed half-way counts as applied, at its worst."""
        try:
            return self._bench.apply(stimulus)
        except (LimitError, UnsupportedError):  # the bench's own refusal
            raise
        except BaseException:
            self.pulses += _pulses(stimulus)
            self.charge += _worst_charge(stimulus)
            raise

    def _hold(self, levels: dict[str, float]) -> None:
        """Know at which level (V) every terminal stands, and what that leaves to the others."""
        self._held = levels
        self._bounds = bounds_of(self._bench.profile, self._bench.limits, levels)

    def _end_biases(self, stimulus: Stimulus) -> None:
        """A stimulus ends the biases of the terminals that it drives."""
        self._hold({**self._held, **dict.fromkeys(driven(stimulus), 0.0)})

    def _check(self, stimulus: Stimulus) -> None:
        found = refusals(stimulus, self._bench.profile, self._bench.limits, self._held)
        if not found:
            found = self._dose_refusals(stimulus)
        if found:
            raise LimitError(found)

    def _dose_refusals(self, stimulus: Stimulus) -> list[str]:
        pulses = _pulses(stimulus)
        found = charge_refusals(stimulus, self.profile, self.charge)
        if self.pulses + pulses > self._dose.max_pulses:
            found.append(
                f"dose: {self.pulses} programming pulses were applied in this run and {pulses} more"
                f" would exceed max_pulses = {self._dose.max_pulses} of {self.profile.name}"
            )
        return found


def charge_refusals(stimulus: Stimulus, profile: DeviceProfile, passed: float = 0.0) -> list[str]:
    """Why a stimulus must not be applied in a run in which this charge (C) has ``passed``."""
    worst, most = _worst_charge(stimulus), profile.dose.max_charge
    if passed + worst <= most:
        return []
    return [
        f"dose: {_coulombs(passed)} passed in this run and up to {_coulombs(worst)} more would "
        f"exceed max_charge = {COULOMB.show(most)} of {profile.name}"
    ]


def _coulombs(charge: float) -> str:
    return COULOMB.show(float(f"{charge:.4g}"))


def _pulses(stimulus: Stimulus) -> int:
    if isinstance(stimulus, PulseTrain):
        return len(stimulus.amplitudes)
    return int(isinstance(stimulus, Pulse | Waveforms))


def _charge(reading: Reading, duration: float, compliance: float) -> float:
    """Charge of one plateau; a current that was not measured is taken at its limit."""
    current = abs(reading.current)
    return (current if current >= 0 else compliance) * duration


def _worst_charge(stimulus: Stimulus) -> float:
    # A stepped terminal is held, as by `bias`, which is not counted either.
    terminals = (stimulus.terminal,) if isinstance(stimulus, Family) else driven(stimulus)
    return sum(
        plateau.compliance * plateau.duration
        for terminal in terminals
        for plateau in plateaus(stimulus, terminal)
        if plateau.level
    )


def _worst_of_pulse(pulse: Pulse) -> float:
    """No less than `_worst_charge`, and quicker: the closed loop asks at every step."""
    verify = pulse.verify
    worst = pulse.compliance * pulse.width
    if verify is None:
        return worst
    return worst + verify.compliance * (verify.settle + verify.aperture)
