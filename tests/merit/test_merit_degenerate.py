"""What every figure of merit does with data that cannot answer, and with very small units."""

import numpy as np
import pytest

from mho.merit.alpha_power import alpha_power_fit
from mho.merit.alternation import alternation_limit
from mho.merit.asymmetry import asymmetric_ratio, asymmetry
from mho.merit.conduction import conduction_fits
from mho.merit.cycle_variation import cycle_variation
from mho.merit.drift import drift, log_time_relaxation
from mho.merit.endurance import cycles_to_failure, weibull_likelihood, weibull_median_ranks
from mho.merit.energy import plateau_energy, sampled_energy
from mho.merit.exponential import double_exponential_fit, exponential_fit
from mho.merit.levels import distinguishable_states, level_separation
from mho.merit.log_slopes import log_slopes
from mho.merit.noise_spectrum import noise_spectrum
from mho.merit.nonlinearity import neurosim_fit, residual_nonlinearity
from mho.merit.paired_pulse import double_facilitation_decay, facilitation_decay
from mho.merit.querlioz import querlioz_fit
from mho.merit.regression import line
from mho.merit.relative_deviation import deviation_law, relative_deviation
from mho.merit.retention import activation, relative_change, retention_time
from mho.merit.samples import NotEnoughData
from mho.merit.spike_timing import TimeOrder, spike_timing_window
from mho.merit.spread import spread
from mho.merit.switching import switching_statistics, switching_voltage
from mho.merit.transfer import transfer_law
from mho.merit.transistor import (
    channel_length_modulation,
    gain_factor,
    on_resistance,
)
from mho.merit.window import on_off_ratio, sweep_on_off_ratio, window_over_cycles

GATE = {"gate": 3.0, "threshold": 0.7, "drain": 0.1}
FIGURES = {
    "switching": lambda x, y: switching_voltage(x, y, event="set", polarity=1),
    "switching statistics": lambda x, y: switching_statistics(y),
    "on/off": lambda x, y: on_off_ratio(x, y, read_voltage=0.1),
    "sweep on/off": lambda x, y: sweep_on_off_ratio(x, y, read_voltage=0.1),
    "window": window_over_cycles,
    "levels": lambda x, y: level_separation([x, y]),
    "states": distinguishable_states,
    "neurosim": lambda x, y: neurosim_fit(y, branch="potentiation", pulses=x),
    "alpha": lambda x, y: alpha_power_fit(y, branch="depression", pulses=x),
    "querlioz": lambda x, y: querlioz_fit(y, branch="potentiation", pulses=x),
    "residual": lambda x, y: residual_nonlinearity(y),
    "asymmetry": lambda x, y: asymmetry([y], [y]),
    "asymmetric ratio": lambda x, y: asymmetric_ratio(y, y),
    "alternation": lambda x, y: alternation_limit(y),
    "cycles": lambda x, y: cycle_variation([y, y]),
    "drift": drift,
    "relaxation": lambda x, y: log_time_relaxation(x, [y, y]),
    "change": relative_change,
    "retention": lambda x, y: retention_time(x, y, allowed_change=0.1),
    "activation": activation,
    "rsd": lambda x, y: relative_deviation(y, interval=0.01),
    "rsd law": lambda x, y: deviation_law(x, y, reference=1.0),
    "spectrum": lambda x, y: noise_spectrum(y, interval=0.01),
    "stdp": lambda x, y: spike_timing_window(x, y, order=TimeOrder.POST_MINUS_PRE),
    "ppf": facilitation_decay,
    "double ppf": double_facilitation_decay,
    "exponential": exponential_fit,
    "double exponential": double_exponential_fit,
    "endurance": lambda x, y: cycles_to_failure(x, y, minimum_ratio=2),
    "median ranks": lambda x, y: weibull_median_ranks(y),
    "likelihood": lambda x, y: weibull_likelihood(y, np.zeros(len(y))),
    "transfer": lambda x, y: transfer_law(x, y, drain_voltage=0.1),
    "ron": lambda x, y: on_resistance(x, y, up_to=1e9),
    "lambda": lambda x, y: channel_length_modulation(x, y, above=0.0),
    "kp": lambda x, y: gain_factor(x, y, **GATE),
    "conduction": lambda x, y: conduction_fits(x, y, window=(0.0, 1e9)),
    "log slopes": log_slopes,
    "spread": lambda x, y: spread(y),
    "energy": lambda x, y: sampled_energy(x, y, y),
    "plateaus": lambda x, y: plateau_energy(x, y, y),
}
NAN = np.full(20, np.nan)
UP = np.arange(1.0, 21.0)


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize(
    ("x", "y"),
    [([], []), (NAN, NAN), (UP, NAN), (UP, np.full(20, np.inf))],
    ids=["empty", "nan", "nan readings", "infinite readings"],
)
def test_nothing_to_work_on_is_said_clearly(name, x, y):
    with pytest.raises(NotEnoughData) as caught:
        FIGURES[name](np.array(x), np.array(y))
    assert len(str(caught.value)) > 20


# A device that never moved kept its state, has an on/off ratio, took an energy...
ANSWER_A_CONSTANT = {
    "switching statistics", "on/off", "window", "levels", "states", "alternation", "change",
    "retention", "rsd", "endurance", "spread", "energy", "plateaus",
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_a_constant_trace_is_refused_or_answered_without_a_warning(name):
    constant = np.full(20, 1e-6)
    if name in ANSWER_A_CONSTANT:
        assert FIGURES[name](UP, constant).points > 0
    else:
        with pytest.raises(NotEnoughData):
            FIGURES[name](UP, constant)


@pytest.mark.parametrize("name", FIGURES)
def test_noise_alone_gives_a_result_or_a_refusal(name):
    """No traceback from SciPy and no warning from numpy, whatever the noise."""
    for seed in range(2):
        rng = np.random.default_rng(seed)
        for unit in (1e-12, 1.0):
            try:
                FIGURES[name](UP, unit * rng.normal(size=20))
                FIGURES[name](UP, unit * np.abs(rng.normal(size=20)))
                FIGURES[name](UP - 10.5, unit * rng.normal(size=20))
            except NotEnoughData:
                continue


def test_missing_points_change_nothing_but_the_count():
    """A row that is not finite is as if it had not been measured."""
    rng = np.random.default_rng(1)
    y = 1e-6 * (2 - np.exp(-UP / 6) + 0.01 * rng.normal(size=20))
    x_gap, y_gap = np.insert(UP, 7, np.nan), np.insert(y, 7, 3.0)
    x_gap, y_gap = np.append(x_gap, 99.0), np.append(y_gap, np.nan)
    for name in ("exponential", "drift", "rsd law", "log slopes", "on/off", "neurosim", "change"):
        whole, gapped = FIGURES[name](UP, y), FIGURES[name](x_gap, y_gap)
        assert gapped.ignored == 2, name
        ignoring = {key: value for key, value in vars_of(whole).items() if key != "ignored"}
        if name != "on/off":  # there both states are separate records
            assert ignoring.items() <= vars_of(gapped).items(), name


def vars_of(result):
    return {name: getattr(result, name) for name in result.__slots__}


@pytest.mark.parametrize("unit", [1e-12, 1e-160, 1e-300])
def test_a_line_is_as_straight_in_any_unit(unit):
    y = UP + 0.1 * np.sin(40 * UP)
    assert line("a line", UP, y * unit).r2 == pytest.approx(line("a line", UP, y).r2, rel=1e-12)
