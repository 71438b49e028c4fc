"""The controller: look, decide, learn, pulse. The state of each cell is a plain value."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mho.device.profile import DeviceProfile
from mho.programming.adaptive import noise as noises
from mho.programming.adaptive.confirm import to_wait
from mho.programming.adaptive.filter import RESET, SET, Thresholds
from mho.programming.adaptive.known import known
from mho.programming.adaptive.learnt import learnt_of, with_learnt
from mho.programming.adaptive.lesson import Place, given_up, taught
from mho.programming.adaptive.prediction import predict
from mho.programming.adaptive.promise import promise
from mho.programming.adaptive.pulse import chosen
from mho.programming.adaptive.settings import AdaptiveSettings
from mho.programming.adaptive.start import broad_prior
from mho.programming.adaptive.state import AdaptiveState, Cells
from mho.programming.adaptive.verify import Outlook, centred, outlook, placed, verdict
from mho.programming.adaptive.worth import any_other_state, left_alone_at
from mho.programming.algorithm import End, Floats, Goal, Means, Order, Seen

_ABOVE = 3.0
"""A conductance too large to be measured counts as so much above the target, in parts of it."""

_TELLING = 1.0
"""Part of the judged time that a look has to last to tell quiet states from loud ones: a trap that
has not switched for some seconds looks like none."""

_ATTAINED = 0.97
"""Of the best probability that a state allows: so near to it no cell can be brought on purpose."""

_CERTAIN = 0.999
"""Probability that needs no quiet state."""


_FOR_KICKS = 0.25
"""Part of the pulse budget that may have gone where one more state is tried."""


class Decision(NamedTuple):
    """What is to be done with each cell: one of these, or its look goes on."""

    done: Cells
    confirm: Cells
    pulse: Cells
    noisy: Cells
    """Of those to be pulsed: for the sake of a quieter state."""


class Adaptive:
    """The adaptive controller over N cells."""

    def __init__(self, settings: AdaptiveSettings, means: Means, profile: DeviceProfile) -> None:
        measured = profile.prior if settings.prior else None
        self._known = known(settings, means, measured or broad_prior(profile, means))

    def begin(self, goal: Goal) -> tuple[AdaptiveState, Order]:
        """A read first: a cell may be anywhere."""
        one, n = self._known, len(goal.target)
        nothing, none = np.zeros(n), np.zeros(n, dtype=np.int64)
        state = AdaptiveState(
            target=goal.target,
            low=goal.low / goal.target - 1.0,
            high=goal.high / goal.target - 1.0,
            elsewhere=nothing,
            noise=noises.at_first(one.noise, goal.target),
            thresholds=Thresholds(
                mean=np.repeat(one.thresholds.mean, n, axis=0),
                covariance=np.repeat(one.thresholds.covariance, n, axis=0),
            ),
            block=none,
            wait=nothing,
            interval=np.full(n, one.plan.interval[0]),
            amplitude=nothing,
            by_width=nothing,
            before=np.log(goal.target),
            unsure=nothing,
            wanted=nothing,
            confirming=np.zeros(n, dtype=bool),
            pulses=none,
            at_limit=none,
            unmoved=none,
            kicks=none,
        )
        if one.settings.quiet:
            state = replace(state, elsewhere=self._elsewhere(state))
        return state, self._order(state, nothing, np.full(n, one.means.width))

    def learnt(self, state: AdaptiveState) -> Mapping[str, Floats]:
        """What the cells' own pulses have told of them."""
        return learnt_of(state.thresholds, state.target)

    def begin_knowing(
        self, goal: Goal, learnt: Mapping[str, Floats]
    ) -> tuple[AdaptiveState, Order]:
        """As `begin`, with the switching curves as they were learnt before."""
        state, order = self.begin(goal)
        curves = self._known.curves
        thresholds = with_learnt(state.thresholds, learnt, goal.target, curves)
        return replace(state, thresholds=thresholds), order

    def go_on(self, state: AdaptiveState, seen: Seen) -> tuple[AdaptiveState, Order]:
        """Take in the look, decide, learn from the last pulse, and pulse where that is decided."""
        one = self._known
        state = self._taken_in(state, seen)
        predicted = predict(state.noise, one.noise, one.means)
        found = outlook(predicted, one.plan, state.block, state.low, state.high, one.settings.reach)
        sober = promise(state.noise, one.noise, one.means, state.low, state.high)
        promised = np.minimum(sober, found.now)
        hidden = np.isnan(seen.conductances).all(axis=1) & (state.noise.reads == 0)
        off = np.where(hidden, _ABOVE, predicted.centre)
        here = Place(state.x(off), predicted.known / np.maximum(1.0 + off, 0.05) ** 2, off)
        sure_enough = promised >= one.means.confidence
        decided = self._decided(state, found, sure_enough, self._placed(state, here), hidden)
        state = taught(one, state, here, decided.pulse)
        end = np.where(decided.pulse, given_up(one, state), End.GOES_ON)
        end[decided.done & sure_enough] = End.REACHED
        end[decided.done & ~sure_enough] = End.NOISE_LIMITED
        decided = decided._replace(pulse=decided.pulse & (end == End.GOES_ON))
        state, order = self._ordered(state, decided, here)
        return state, order._replace(end=end, confidence=promised)

    def _taken_in(self, state: AdaptiveState, seen: Seen) -> AdaptiveState:
        """What the reads tell of level and noise, and what stood at the terminal."""
        one = self._known
        means = one.means
        y = seen.conductances / state.target[:, None] - 1.0
        shown = np.where(np.isnan(y), 0.0, 1.0 + y)
        offset = means.read_offset / (means.read_voltage * state.target[:, None])
        instrument = offset**2 + (means.read_noise * shown) ** 2
        noise = noises.aged(state.noise, one.noise, state.wait)
        noise = noises.unless_jumped(noise, one.noise, y)
        noise = noises.looked(noise, one.noise, y, instrument, state.interval)
        stood = seen.pulse_voltage
        told = (state.wanted != 0.0) & (state.block == 0) & ~np.isnan(stood) & (stood != 0.0)
        amplitude = np.where(told, stood + state.by_width, state.amplitude)
        return replace(state, noise=noise, amplitude=amplitude)

    def _placed(self, state: AdaptiveState, here: Place) -> Cells:
        """Which cells are known well enough to be pulsed from where they are."""
        one = self._known
        step = state.x(state.middle) - here.x
        grain = one.grain[np.where(step > 0.0, SET, RESET)]
        return placed(here.variance, grain * abs(step), one.plan, state.block)

    def _elsewhere(self, state: AdaptiveState) -> Floats:
        """What exchanging a state is worth, of cells that nothing was read of yet."""
        one = self._known
        usual = predict(state.noise, one.noise, one.means).of_usual_cells()
        half = 0.5 * (state.high - state.low)
        best = centred(usual.scale, one.plan, half)[:, -1]
        return any_other_state(best, usual.weight[0], half, one.landing, one.price)

    def _decided(
        self,
        state: AdaptiveState,
        found: Outlook,
        sure_enough: Cells,
        ready: Cells,
        hidden: Cells,
    ) -> Decision:
        one = self._known
        half = 0.5 * (state.high - state.low)
        enough = left_alone_at(found.best, half, one.landing, one.price)
        told = one.plan.lasted[state.block] >= _TELLING * one.means.judged_for
        noisy = told & self._noisy(state, enough)
        # what could be called reached is to be
        asked = np.minimum(one.means.confidence, _ATTAINED * found.best)
        enough = np.maximum(enough, np.where(found.best > one.means.confidence, asked, 0.0))
        wanted = np.minimum(enough, one.sure)
        exhausted = state.block >= one.plan.last
        said = verdict(found, exhausted, one.sure, wanted, ready)
        accept = said.accept & ~noisy & ~hidden
        # a longer look may tell that it is no luck
        accept &= sure_enough | exhausted | (found.now < one.means.confidence)
        if one.settings.quiet:
            accept &= told | (found.now >= _CERTAIN)
        began = state.noise.age - state.interval * one.plan.reads[state.block]
        settled = state.confirming | (began >= one.settled - 1e-9)
        reject = (said.reject & ~accept) | noisy | hidden
        return Decision(accept & settled, accept & ~settled, reject, noisy)

    def _noisy(self, state: AdaptiveState, worth: Floats) -> Cells:
        """Where a quiet state is looked for, and another one is worth more than this one."""
        one = self._known
        affordable = state.pulses < _FOR_KICKS * one.means.max_pulses
        affordable &= state.kicks < one.settings.kicks
        return np.asarray(one.settings.quiet & affordable & (worth < state.elsewhere))

    def _ordered(
        self, state: AdaptiveState, decided: Decision, here: Place
    ) -> tuple[AdaptiveState, Order]:
        """Pulse, wait and look as it was decided."""
        one, pulse = self._known, decided.pulse
        wanted = state.x(state.middle) - here.x
        kicked = pulse & decided.noisy & (abs(wanted) < one.settings.kick)
        wanted = np.where(kicked, one.kick, wanted)
        amplitude, width, by_width = chosen(one, state, here.x, wanted)
        following = np.minimum(state.block + 1, one.plan.last)
        block = np.where(pulse, 0, np.where(decided.done, state.block, following))
        wait = np.where(decided.confirm, to_wait(state.noise, one.settled), 0.0)
        state = replace(
            state,
            noise=noises.pulsed(state.noise, one.noise, pulse, wanted),
            block=block,
            wait=wait,
            interval=one.plan.interval[block],
            amplitude=np.where(pulse, amplitude + by_width, state.amplitude),
            by_width=np.where(pulse, by_width, state.by_width),
            before=np.where(pulse, here.x, state.before),
            unsure=np.where(pulse, here.variance, state.unsure),
            wanted=np.where(pulse, wanted, state.wanted),
            confirming=~pulse & (state.confirming | decided.confirm),
            pulses=state.pulses + pulse,
            kicks=state.kicks + kicked,
        )
        return state, self._order(state, np.where(pulse, amplitude, 0.0), width)

    def _order(self, state: AdaptiveState, amplitude: Floats, width: Floats) -> Order:
        n = len(amplitude)
        end: NDArray[np.object_] = np.full(n, End.GOES_ON, dtype=object)
        return Order(
            amplitude=amplitude,
            width=width,
            wait=state.wait,
            reads=self._known.plan.reads[state.block],
            interval=state.interval,
            end=end,
            confidence=np.full(n, np.nan),
        )
