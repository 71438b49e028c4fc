"""The guard: a bench around a bench that refuses before anything is energised.

Limits come from three sides: what the device may suffer (`DeviceProfile`), what the instruments
can do (`ChannelLimits`) and what the plan of the run covers. The narrowest one holds; the refusal
names it.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from math import inf
from types import TracebackType
from typing import Self

from mho.bench.bench import Bench, ChannelLimits, InstrumentIdentity
from mho.bench.bounds import bounds_of
from mho.bench.compensation import (
    Compensation,
    Raised,
    UnknownConductance,
    compensation_refusals,
)
from mho.bench.dose_limits import DoseLimits
from mho.bench.exchanges import exchanges_of
from mho.bench.limits import (
    bias_refusals,
    missing_terminals,
    refusals,
    standing_levels,
    standing_refusals,
)
from mho.bench.owner import Owner, Unowned
from mho.bench.plan import Covers, Plan, covers
from mho.bench.recorder import SHORT, Pausing, RecordedClock, Recorder
from mho.bench.unlimited import Overdriven
from mho.clock import Clock
from mho.device.profile import DeviceProfile
from mho.dose import Dose, count_short, measured_dose, worst_dose
from mho.errors import LimitError, UnsafeStateError, UnsupportedError
from mho.interrupts import deferred, look, termination_as_interrupt
from mho.readings import Trace
from mho.stimuli import OPEN, Drive, Segment, Stimulus


class GuardedBench:
    """A bench that lets nothing through which lies outside the limits of device or instruments.

    It also keeps the `dose` of the run: measured for what was applied, every current at its limit
    for what is about to be and for what failed half-way. While it is open, whatever would end the
    process (SIGTERM, a lost terminal) raises KeyboardInterrupt, so that the outputs go off.

    ``when_closed`` is called once the guarded bench is closed, or could not be opened; ``owner``
    holds the bench meanwhile.

    Raises
    ------
    UnsupportedError
        The bench lacks a terminal of the device.
    LimitError
        The device profile holds or opens a terminal as the bench cannot, or must not.
    """

    def __init__(
        self,
        bench: Bench,
        when_closed: Callable[[], None] = lambda: None,
        owner: Owner | None = None,
    ) -> None:
        refused = missing_terminals(bench.profile, bench.limits)
        if refused:
            raise UnsupportedError("; ".join(map(str, refused)))
        refused_standing = standing_refusals(bench.profile, bench.limits)
        refused_standing += compensation_refusals(bench.profile, bench.limits)
        if refused_standing:
            raise LimitError(refused_standing)
        self._bench = bench
        self._when_closed = when_closed
        self._owner = owner or Unowned()
        self._is_off = True
        self._clock = bench.clock
        self._recorder: Recorder | None = None
        self._signals = ExitStack()
        self._entered = self._closed = False
        self._allowed = DoseLimits(bench.profile)
        self._keep_dose: Callable[[Dose], None] | None = None
        self._pause: Pausing | None = None
        self._plan: Covers | None = None
        self._compensation = Compensation(bench.profile, bench.limits)
        self._overdriven = Overdriven(bench.profile, bench.limits)
        self._hold(standing_levels(bench.profile))

    def bind(self, plan: Plan) -> None:
        """From now on refuse what this plan does not cover: it was shown, and agreed to."""
        self._plan = covers(plan)
        if self._compensation.is_wanted:  # which reads before pulses that no read comes before
            self._plan = self._plan.with_read(self.profile)
        self._allowed.bind(plan)
        self._hold(self._held)

    def suffered(self, dose: Dose) -> None:
        """Count what the device has suffered before this run against its limits, too."""
        self._allowed.suffered(dose)

    def keep_dose_with(self, keep: Callable[[Dose], None]) -> None:
        """From now on tell, before each stimulus, the most that the run may have done after it."""
        self._keep_dose = keep

    def pause_with(self, pause: Pausing) -> None:
        """From now on switch everything off between two stimuli for as long as it is asked."""
        self._pause = pause

    def record_with(self, recorder: Recorder, clock: Clock | None = None) -> None:
        """From now on tell a recorder of what is about to reach the bench.

        ``clock`` is what the protocol is to have for a clock, if not that of the guarded bench.
        """
        self._recorder = recorder
        self._clock = RecordedClock(clock or self._bench.clock, recorder.flush)

    @property
    def dose(self) -> Dose:
        """What this run has done so far."""
        return self._allowed.dose

    @property
    def passed(self) -> float:
        """Seconds since the guarded bench was opened, or since the run began that goes on."""
        return self._bench.clock.now()

    @property
    def name(self) -> str:
        """What the guarded bench is."""
        return self._bench.name

    @property
    def clock(self) -> Clock:
        """The clock of the guarded bench."""
        return self._clock

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

    @property
    def exchanges(self) -> int | None:
        """With instruments so far; None where they are not counted."""
        return exchanges_of([self._bench])

    @property
    def was_opened(self) -> bool:
        """Whether it was opened, be it closed since."""
        return self._entered

    def take(self) -> None:
        """Become the only one who uses this bench, which opening it does as well; see `Owner`."""
        with deferred():
            self._owner.take()

    def __enter__(self) -> Self:
        """Open the guarded bench, once; if that fails, nothing is left running.

        Raises
        ------
        UnsupportedError
            It was opened before; once it is closed, what it was opened in is gone.
        BenchInUse, NoLock
            As `take`.
        """
        if self._closed or self._entered:
            raise UnsupportedError("this bench was opened before; open another with open_bench")
        self._signals.enter_context(termination_as_interrupt())
        try:
            self.take()
            self._entered = True
            self._bench.__enter__()
        except KeyboardInterrupt:  # it may have come when everything was switched on
            self.close()
            raise
        except BaseException as error:
            self._entered = False
            self._is_off = not isinstance(error, UnsafeStateError)
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
                        self._is_off = False
                        self._bench.__exit__(None, None, None)
                        self._is_off = True
                finally:
                    self._closed = True
                    self._owner.release(outputs_are_off=self._is_off)
                    self._when_closed()
        finally:
            if self._closed:
                self._signals.close()

    def off(self) -> None:
        """Bring every output to 0 V and switch it off."""
        self._bench.off()

    def bias(self, terminal: str, level: float | None, compliance: float = 0.0) -> None:
        """Hold a terminal, or open it where the level is None, if device and instrument allow it.

        Raises
        ------
        LimitError
            Outside the limits; nothing was changed.
        """
        profile, drive = self.profile, OPEN if level is None else Drive(level, compliance)
        # A terminal at rest, or where the profile holds it, needs no plan.
        standing = terminal in profile.terminals and drive == profile.standing(terminal)
        standing = standing or drive.level == 0
        refused = bias_refusals(
            profile, self.limits, self._held, terminal, drive, None if standing else self._plan
        )
        if refused:
            raise LimitError(refused)
        if self._recorder is not None:
            self._recorder.before_holding(terminal, level, compliance)
        self._bench.bias(terminal, level, compliance)
        self._hold({**self._held, terminal: drive.level})

    def apply(self, stimulus: Stimulus) -> Trace:
        """Apply a stimulus, if device, instruments, plan and the dose of this run allow it.

        Where the bench compensates for series resistance, what is sent is raised; the plan, and
        what was asked for, are what is to stand at the device.

        Raises
        ------
        LimitError
            Outside the limits, all reasons at once; or the device has drawn more at a terminal
            than it may, where the instrument does not limit it. Nothing was applied.
        """
        # The closed loop comes through here at every step, so what is short and well inside passes
        # on a few comparisons; the reasons are worked out only for what is not.
        segments = stimulus.short
        lasts = self._well_inside(stimulus.terminal, segments) if segments else None
        fast, worst = lasts is not None, None
        if lasts is None:
            worst = worst_dose(stimulus.score())
            refused = self._refusals(stimulus, worst)
            if refused:
                raise LimitError(refused)
            lasts = sum(one.duration for one in segments) if segments else inf
        if self._overdriven.is_possible and (
            passed := self._overdriven.refusals(stimulus.terminals)
        ):
            raise LimitError(passed)
        if self._pause is not None and self._pause.asked():
            self._wait(self._pause)
        raised = None
        if self._compensation.is_wanted:
            raised = self._raised(stimulus)
            stimulus, worst = raised.stimulus, None
            segments = stimulus.short
        look()  # nothing more is applied once somebody wanted it to end
        recorder = self._recorder
        noted = recorder is not None and (recorder.attends or lasts > SHORT)
        if self._keep_dose is not None:
            most = self.dose.copy()
            most.merge(worst or worst_dose(stimulus.score()))
            self._keep_dose(most)
        if recorder is not None:
            if noted:
                recorder.before(stimulus, short=lasts <= SHORT)
            recorder.attends = True
        try:
            trace = self._bench.apply(stimulus)
            if recorder is not None and noted:
                recorder.after(trace)  # first: what was measured is to outlive this process
            if fast:
                count_short(self.dose[stimulus.terminal], segments, trace)
            else:
                self.dose.merge(measured_dose(stimulus.score(), trace))
            if self._overdriven.is_possible:
                self._overdriven.note(trace)
            if raised is not None:
                self._compensation.note(stimulus, trace)
                trace.raised, trace.at_limit = raised.factor, raised.at_limit
        except (LimitError, UnsupportedError):  # the bench's own refusal
            if recorder is not None and noted:
                recorder.refused()
            raise
        except BaseException:  # what failed half-way counts as applied, at its worst
            self.dose.merge(worst or worst_dose(stimulus.score()))
            self._compensation.forget("the last stimulus failed half-way")
            raise
        if self._biased and not self._biased.isdisjoint(stimulus.terminals):
            self._hold({**self._held, **dict.fromkeys(stimulus.terminals, 0.0)})
        return trace

    def _raised(self, stimulus: Stimulus) -> Raised:
        """What is sent for it, within the limits of device and channel; the plan has seen it.

        Raises
        ------
        LimitError
            It cannot be told, or it is beyond a limit after all.
        """
        try:
            raised = self._compensation.raised(stimulus, self._held)
        except UnknownConductance as reason:
            raise LimitError([str(reason)]) from None
        if raised.factor != 1.0:
            refused = refusals(raised.stimulus, self.profile, self.limits, self._held)
            if refused:
                raise LimitError(refused)
        return raised

    def _wait(self, pause: Pausing) -> None:
        """Everything off, every row safe, until it goes on; terminals then stand as they stood."""
        recorder = self._recorder
        if recorder is not None:
            recorder.paused(goes_on=False)
        self._bench.off()
        pause.wait()
        if recorder is not None:
            recorder.paused(goes_on=True)

    def _well_inside(self, terminal: str, segments: tuple[Segment, ...]) -> float | None:
        """How long (s) a short stimulus lasts if it is within every limit and the dose; or None."""
        bounds = self._bounds.get(terminal)
        if (
            bounds is None
            or len(segments) > bounds.max_points
            or not bounds.hold(segments, pulses_read_shorter=True)
        ):
            return None
        worst = lasts = 0.0
        for segment in segments:
            worst += segment.limit * segment.duration
            lasts += segment.duration
        return lasts if self._allowed.leave(terminal, worst) else None

    def _refusals(self, stimulus: Stimulus, worst: Dose) -> list[str]:
        """Every reason why a stimulus must not be applied that may do so much at its worst."""
        found = refusals(stimulus, self.profile, self.limits, self._held, self._plan, self._bounds)
        if self._bounds.keys() >= worst.keys():  # there are such terminals
            found += self._allowed.refusals(worst)
        return found

    def _hold(self, levels: dict[str, float]) -> None:
        """Know at which level (V) every terminal stands, and what that leaves to the others."""
        self._held = levels
        self._biased = {name for name, level in levels.items() if level}
        plan = None if self._plan is None else self._plan.stimuli
        self._bounds = bounds_of(self.profile, self.limits, levels, plan)
