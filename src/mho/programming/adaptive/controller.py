"""The controller: look, decide, pulse, learn; the state of each cell is a plain value."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mho.device.profile import DeviceProfile
from mho.programming.adaptive import noise as noises
from mho.programming.adaptive.confirm import settled_after, to_wait
from mho.programming.adaptive.filter import RESET, SET, Stroke, Thresholds, learn
from mho.programming.adaptive.kinetics import Curve, Step, needed
from mho.programming.adaptive.learnt import learnt_of, with_learnt
from mho.programming.adaptive.noise import Noise, Prediction
from mho.programming.adaptive.settings import AdaptiveSettings
from mho.programming.adaptive.start import broad_prior
from mho.programming.adaptive.verify import Outlook, Verdict, outlook, schedule, verdict
from mho.programming.algorithm import Counts, End, Floats, Goal, Means, Order, Seen
from mho.programming.prior import Prior, StressCurve

Cells = NDArray[np.bool_]

LIMIT_PULSES = 5
"""Pulses at the largest amplitude, one after another, that may fail to cross the target."""

_LOWEST = 0.003
"""Conductances count as no lower than this part of the target: a logarithm needs one."""

_SOFT = 1.0 / 1.8138
"""A logistic of slope v has the standard deviation pi / sqrt(3) v."""

_TELLING = 0.25
"""Part of the judged time that a look has to last to tell quiet states from loud ones."""

_SURE_IF_QUIET = 0.98
"""Probability at which a look ends where a quiet state was looked for."""

_NOTICED = 0.02
"""Step of ln G that counts as having moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptiveState:
    """Of each cell: its goal, what is known of it, and what was ordered last."""

    target: Floats
    low: Floats
    """Ends of the window, as fractions of the target off it."""
    high: Floats
    noise: Noise
    thresholds: Thresholds
    block: Counts
    """Of the look that is going on."""
    wait: Floats
    """Ordered last (s), as the following three."""
    interval: Floats
    amplitude: Floats
    """Of the last pulse (V, signed; 0 before any), with what its width is worth."""
    before: Floats
    """ln G before it, and the variance of that."""
    unsure: Floats
    wanted: Floats
    """Step of ln G that it was to make."""
    confirming: Cells
    pulses: Counts
    at_limit: Counts
    unmoved: Counts
    kicks: Counts
    usual: Floats
    """Probability of success that a usual state on target has."""


class Adaptive:
    """The adaptive controller over N cells."""

    def __init__(self, settings: AdaptiveSettings, means: Means, profile: DeviceProfile) -> None:
        self._settings, self._means = settings, means
        prior = profile.prior or broad_prior(profile, means)
        self._build(prior)

    def _build(self, prior: Prior) -> None:
        means, settings = self._means, self._settings
        self._curves = Curve.of(prior.reset), Curve.of(prior.set)
        self._kinds = prior.reset, prior.set
        self._model = noises.noise_model(prior.noise, prior.relaxation, means)
        self._plan = schedule(self._model, means, settings.reads)
        self._settled = settled_after(self._model, means)
        # a pulse of another width than that of the curves moves as one of another amplitude
        log_width = math.log(means.width / prior.pulse_width)
        self._shift = tuple(-kind.slope * log_width for kind in self._kinds)
        self._lasted = np.cumsum(self._plan.reads * self._plan.interval)
        # away by the polarity with the coarser steps, so as to come back by the finer one
        coarser = 1.0 if prior.set.grain > prior.reset.grain else -1.0
        self._kick = coarser * settings.kick
        self._limits = np.array([means.reset_limit, means.set_limit])

    def begin(self, goal: Goal) -> tuple[AdaptiveState, Order]:
        """A read first: a cell may be anywhere."""
        n = len(goal.target)
        mean = np.zeros((n, 2, 3))
        covariance = np.zeros((n, 2, 3, 3))
        for polarity, kind in enumerate(self._kinds):
            mean[:, polarity, 0] = self._shift[polarity]
            covariance[:, polarity] = np.diag(_first_variances(kind))
        state = AdaptiveState(
            target=goal.target,
            low=goal.low / goal.target - 1.0,
            high=goal.high / goal.target - 1.0,
            noise=noises.at_first(self._model, goal.target),
            thresholds=Thresholds(mean=mean, covariance=covariance),
            block=np.zeros(n, dtype=np.int64),
            wait=np.zeros(n),
            interval=np.full(n, self._plan.interval[0]),
            amplitude=np.zeros(n),
            before=np.log(goal.target),
            unsure=np.zeros(n),
            wanted=np.zeros(n),
            confirming=np.zeros(n, dtype=bool),
            pulses=np.zeros(n, dtype=np.int64),
            at_limit=np.zeros(n, dtype=np.int64),
            unmoved=np.zeros(n, dtype=np.int64),
            kicks=np.zeros(n, dtype=np.int64),
            usual=np.zeros(n),
        )
        predicted = noises.predict(state.noise, self._model, self._means)
        found = outlook(predicted, self._plan, state.block, state.low, state.high, 1.0)
        state = replace(state, usual=found.best)
        return state, self._order(state, np.zeros(n), np.full(n, self._means.width))

    def learnt(self, state: AdaptiveState) -> Mapping[str, Floats]:
        """What the cells' own pulses have told of them."""
        return learnt_of(state.thresholds, state.target)

    def begin_knowing(
        self, goal: Goal, learnt: Mapping[str, Floats]
    ) -> tuple[AdaptiveState, Order]:
        """As `begin`, with the switching curves as they were learnt before."""
        state, order = self.begin(goal)
        known = with_learnt(state.thresholds, learnt, goal.target, self._curves)
        return replace(state, thresholds=known), order

    def go_on(self, state: AdaptiveState, seen: Seen) -> tuple[AdaptiveState, Order]:
        """Take in the look, decide, and pulse where it is not good enough yet."""
        settings = self._settings
        state = self._taken_in(state, seen)
        predicted = noises.predict(state.noise, self._model, self._means)
        found = outlook(
            predicted, self._plan, state.block, state.low, state.high, settings.reach
        )  # fmt: skip
        sure = max(settings.sure, self._means.confidence)
        if settings.quiet:
            sure = max(sure, _SURE_IF_QUIET)
        hidden = np.isnan(seen.conductances).all(axis=1) & (state.noise.reads == 0)
        wanted = np.minimum(settings.worth * found.best, sure)
        said = verdict(found, state.block >= self._plan.last, sure, wanted)
        noisy = self._noisy(state, found, sure)
        said = Verdict(said.accept & ~noisy, said.reject | noisy)
        settled = state.noise.age - self._look_time(state) >= self._settled - 1e-9
        settled |= state.confirming
        accept = said.accept & ~hidden
        done = accept & settled
        confirm = accept & ~settled
        reject = (said.reject & ~accept) | hidden
        look = ~(accept | reject)

        state, ended = self._learnt(state, predicted, hidden, reject)
        end = np.full(len(done), End.GOES_ON, dtype=object)
        end[done & (found.now >= self._means.confidence)] = End.REACHED
        end[done & (found.now < self._means.confidence)] = End.NOISE_LIMITED
        for cells, why in ended:
            end[cells & reject] = why
        pulse = reject & (end == End.GOES_ON)
        return self._next(state, predicted, found, pulse, look, confirm, hidden, noisy, end)

    def _noisy(self, state: AdaptiveState, found: Outlook, sure: float) -> Cells:
        """Where a quiet state is looked for, and this one is known by now not to be one."""
        settings = self._settings
        if not settings.quiet:
            return np.zeros(len(found.best), dtype=bool)
        told = self._lasted[state.block] >= _TELLING * self._means.judged_for
        lifted = state.usual + settings.lift * (1.0 - state.usual)
        loud = found.best < np.minimum(lifted, sure)
        return told & loud & (state.kicks < settings.kicks)

    def _look_time(self, state: AdaptiveState) -> Floats:
        """How long the last block lasted (s)."""
        return state.interval * self._plan.reads[state.block]

    def _taken_in(self, state: AdaptiveState, seen: Seen) -> AdaptiveState:
        """Every read of the look, one after another."""
        noise, means, model = state.noise, self._means, self._model
        y = seen.conductances / state.target[:, None] - 1.0
        offset = means.read_offset / (abs(means.read_voltage) * state.target)
        noise = noises.aged(noise, model, state.wait)
        shown = np.where(np.isnan(y), 0.0, 1.0 + y)
        instrument = offset[:, None] ** 2 + (means.read_noise * shown) ** 2
        noise = noises.looked(noise, model, y, instrument, state.interval)
        stood = seen.pulse_voltage
        pulsed = (state.wanted != 0.0) & (state.block == 0) & ~np.isnan(stood) & (stood != 0.0)
        amplitude = np.where(pulsed, stood, state.amplitude)
        return replace(state, noise=noise, amplitude=amplitude)

    def _learnt(
        self, state: AdaptiveState, predicted: Prediction, hidden: Cells, reject: Cells
    ) -> tuple[AdaptiveState, list[tuple[Cells, End]]]:
        """What the last pulse has taught, before the next one is chosen; and who is given up."""
        y = np.where(hidden, 3.0, np.maximum(predicted.centre, _LOWEST - 1.0))
        x = np.log(state.target * (1.0 + y))
        unsure = predicted.known / (1.0 + y) ** 2
        taught = reject & (state.wanted != 0.0)
        polarity = np.where(state.amplitude > 0.0, SET, RESET)
        direction = np.where(polarity == SET, 1.0, -1.0)
        moved = direction * (x - state.before)
        grain, cycle, steepness, slope, at_target, before = self._of(polarity, state)
        deviation = np.sqrt(unsure + state.unsure)
        least = np.maximum(deviation, 0.3 * grain)
        still = moved < least
        counted = np.maximum(moved, least)
        after = self._curve(polarity, state.before + direction * counted)
        stroke = Stroke(
            polarity=polarity,
            amplitude=abs(state.amplitude),
            step=Step(at_target, before, after, slope),
            steepness=steepness,
            variance=grain * np.maximum(counted, 0.3 * grain) + unsure + state.unsure,
            still=still,
            other=cycle**2 * -np.expm1(-4.0 * np.maximum(moved, 0.0)),
        )
        fresh = learn(state.thresholds, stroke)
        cells = taught[:, None, None]
        thresholds = Thresholds(
            mean=np.where(cells, fresh.mean, state.thresholds.mean),
            covariance=np.where(cells[..., None], fresh.covariance, state.thresholds.covariance),
        )
        largest = abs(state.amplitude) >= self._limits[polarity] - 1e-9
        y_off = y - 0.5 * (state.low + state.high)
        crossed = y_off * direction > 0.0
        at_limit = np.where(taught & largest & ~crossed, state.at_limit + 1, 0)
        did_not = abs(moved) < np.maximum(_NOTICED, 3.0 * deviation)
        should = abs(state.wanted) > _NOTICED
        unmoved = np.where(did_not & should, state.unmoved + 1, np.where(did_not, state.unmoved, 0))
        at_limit = np.where(taught, at_limit, state.at_limit)
        unmoved = np.where(taught, unmoved, state.unmoved)
        state = replace(state, thresholds=thresholds, at_limit=at_limit, unmoved=unmoved)
        stopped = at_limit >= LIMIT_PULSES
        stuck = stopped & (unmoved >= LIMIT_PULSES)
        return state, [
            (stopped, End.AMPLITUDE_LIMIT),
            (stuck, End.STUCK),
            (state.pulses >= self._means.max_pulses, End.PULSE_BUDGET),
        ]

    def _next(
        self,
        state: AdaptiveState,
        predicted: Prediction,
        found: Outlook,
        pulse: Cells,
        look: Cells,
        confirm: Cells,
        hidden: Cells,
        noisy: Cells,
        end: NDArray[np.object_],
    ) -> tuple[AdaptiveState, Order]:
        means, plan = self._means, self._plan
        y = np.where(hidden, 3.0, np.maximum(predicted.centre, _LOWEST - 1.0))
        middle = 0.5 * (state.low + state.high)
        x = np.log(state.target * (1.0 + y))
        wanted = np.log(state.target * (1.0 + middle)) - x
        kicked = pulse & noisy & (abs(wanted) < self._settings.kick)
        wanted = np.where(kicked, self._kick, wanted)
        amplitude, width, worth = self._amplitude(state, x, wanted)
        noise = noises.pulsed(state.noise, self._model, pulse, wanted)
        following = np.minimum(state.block + 1, plan.last)
        block = np.where(pulse, 0, np.where(look | confirm, following, state.block))
        wait = np.where(confirm, to_wait(state.noise, self._settled), 0.0)
        state = replace(
            state,
            noise=noise,
            block=block,
            wait=wait,
            interval=plan.interval[block],
            amplitude=np.where(pulse, worth, state.amplitude),
            before=np.where(pulse, x, state.before),
            unsure=np.where(pulse, predicted.known / (1.0 + y) ** 2, state.unsure),
            wanted=np.where(pulse, wanted, state.wanted),
            confirming=np.where(pulse, False, state.confirming | confirm),
            pulses=state.pulses + pulse,
            kicks=state.kicks + kicked,
        )
        order = self._order(state, np.where(pulse, amplitude, 0.0), width)
        return state, order._replace(end=end, confidence=found.now)

    def _order(self, state: AdaptiveState, amplitude: Floats, width: Floats) -> Order:
        n = len(amplitude)
        return Order(
            amplitude=amplitude,
            width=width,
            wait=state.wait,
            reads=self._plan.reads[state.block],
            interval=state.interval,
            end=np.full(n, End.GOES_ON, dtype=object),
            confidence=np.full(n, np.nan),
        )

    def _of(
        self, polarity: NDArray[np.intp], state: AdaptiveState
    ) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
        """Of the polarity of each cell: grain, spread of the other one's cycles, steepness, v, and
        the curve at the target and where the pulse began."""
        grain = np.array([kind.grain for kind in self._kinds])[polarity]
        cycle = np.array([kind.cycle_spread for kind in self._kinds])[1 - polarity]
        slope = np.array([curve.slope for curve in self._curves])[polarity]
        x = np.log(state.target)
        steepness = np.where(
            polarity == SET, self._curves[SET].steepness(x), self._curves[RESET].steepness(x)
        )
        return (
            grain, cycle, steepness, slope,
            self._curve(polarity, x), self._curve(polarity, state.before),
        )  # fmt: skip

    def _curve(self, polarity: NDArray[np.intp], x: Floats) -> Floats:
        return np.where(polarity == SET, self._curves[SET].at(x), self._curves[RESET].at(x))

    def _amplitude(
        self, state: AdaptiveState, x: Floats, wanted: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Amplitude (V, signed) and width (s) for a step, and the amplitude that both are worth."""
        means = self._means
        polarity = np.where(wanted > 0.0, SET, RESET)
        cells = np.arange(len(x)), polarity
        slope = np.array([curve.slope for curve in self._curves])[polarity]
        step = Step(
            self._curve(polarity, np.log(state.target)),
            self._curve(polarity, x),
            self._curve(polarity, x + wanted),
            slope,
        )
        learnt, covariance = state.thresholds.mean[cells], state.thresholds.covariance[cells]
        gradient = needed(learnt, step).gradient
        variance = np.einsum("ni,nij,nj->n", gradient, covariance, gradient)
        asked = needed(learnt, step, _SOFT * np.sqrt(variance)).amplitude
        largest = self._limits[polarity]
        asked = np.clip(asked, means.amplitude_step, largest)
        rounded = np.round(asked / means.amplitude_step) * means.amplitude_step
        rounded = np.clip(rounded, means.amplitude_step, largest)
        own = slope * np.exp(learnt[:, 2])
        # what rounding takes, width gives back, where it is more than a small part of v
        coarse = means.amplitude_step > 0.5 * own
        factor = np.where(coarse, np.exp(np.clip((asked - rounded) / own, -3.0, 3.0)), 1.0)
        width = np.clip(means.width * factor, means.shortest, means.longest)
        width = np.where(coarse, width, means.width)
        worth = rounded + own * np.log(width / means.width)
        sign = np.where(polarity == SET, 1.0, -1.0)
        return sign * rounded, width, sign * worth


def _first_variances(kind: StressCurve) -> tuple[float, float, float]:
    return (
        kind.spread**2 + kind.cycle_spread**2,
        kind.steepness_spread**2,
        kind.slope_spread**2,
    )
