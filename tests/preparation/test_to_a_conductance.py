"""Preparation brings the device to a conductance, or says that it did not."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from mho.bench import Plan
from mho.cli import main
from mho.errors import PreparationFailed, SettingsError
from mho.job import read_job
from mho.laboratory import read_setup
from mho.protocols.preparation import PreparationPulse, planned_preparation, prepare
from mho.protocols.verify import ReadSettings, single_read
from mho.run import execute
from mho.stimuli import Pulse, PulseTrain
from mho.testing.noting_bench import NotingBench
from mho.testing.profiles import make_limits, make_profile

LEGAL = (
    {"does": "set", "amplitude": "2 V"},
    {"does": "reset", "amplitude": "2 V", "count": 3, "rest": "1 ms", "width": "1 ms"},
    {"conductance": "50 uS"},
    {"conductance": "50 uS", "tolerance": "5 %", "max_pulses": 7, "amplitude": "1 V"},
    {"conductance": "50 uS", "limit": "2 V", "step": "10 mV", "compliance": "1 mA"},
)
WRONG = (
    ({}, "one of the two"),
    ({"does": "set", "amplitude": "2 V", "conductance": "50 uS"}, "one of the two"),
    ({"does": "set"}, "amplitude is missing"),
    ({"does": "set", "amplitude": "2 V", "tolerance": "5 %"}, "tolerance does not belong to does"),
    ({"conductance": "50 uS", "count": 3}, "count does not belong to conductance"),
    ({"conductance": "50 uS", "amplitude": "2 V", "limit": "1 V"}, "above limit"),
    ({"conductance": "0 S"}, "greater than 0"),
    ({"conductance": "50 uS", "tolerance": "100 %"}, "less than 1"),
    ({"conductance": "50 uS", "max_pulses": 0}, "greater than or equal to 1"),
)


def test_what_is_legal_and_what_is_not() -> None:
    for legal in LEGAL:
        pulse = PreparationPulse.model_validate(legal)
        recorded = pulse.model_dump(mode="json")  # with every default, as run folders keep it
        assert PreparationPulse.model_validate(recorded) == pulse
    for wrong, said in WRONG:
        with pytest.raises(ValidationError, match=said):
            PreparationPulse.model_validate(wrong)


REACHED = (
    ("cu-te-1t1r", "keithley-4200a", 50e-6),
    ("cu-te-1t1r", "ni-pxie-4139", 10e-6),
    ("cu-te", "ideal", 150e-6),
    ("alpha-fe2o3", "ideal", 500e-6),  # has no reset_curve
)


@pytest.mark.parametrize(("device", "bench", "target"), REACHED)
@pytest.mark.parametrize("seed", [1, 2])
def test_it_is_there_within_plan_and_tolerance(
    device: str, bench: str, target: float, seed: int
) -> None:
    setup = read_setup(bench, device, seed=seed)
    pulses = (PreparationPulse(conductance=target, tolerance=0.1),)
    planned = planned_preparation(pulses, setup.profile, times=2)
    assert Plan(planned=planned, duration=1.0).pulses == 2 * pulses[0].max_pulses
    with setup.open() as opened:
        opened.bind(Plan(planned=planned, duration=1.0))  # which refuses what is not planned
        prepare(opened, pulses)
        done = opened.dose.most_pulses
        assert 0 < done <= pulses[0].max_pulses
        (read,) = opened.apply(single_read(ReadSettings(), setup.profile))
        assert read.conductance == pytest.approx(target, rel=0.15)  # its noise comes to it


def noting(*conductances: float) -> NotingBench:
    return NotingBench(
        make_profile(), {"TE": make_limits(), "gate": make_limits()}, list(conductances)
    )


def test_a_device_that_is_there_is_not_pulsed() -> None:
    bench = noting(51e-6)
    prepare(bench, (PreparationPulse(conductance=50e-6),))
    assert [type(one).__name__ for one in bench.applied] == ["Hold"]


@pytest.mark.parametrize(("found", "sign"), [(5e-6, 1), (500e-6, -1)])
def test_it_is_pulsed_towards_the_target_with_growing_amplitudes(found: float, sign: int) -> None:
    bench = noting(found, found, found, 50e-6)
    prepare(bench, (PreparationPulse(conductance=50e-6, amplitude=1.0, step=0.1),))
    amplitudes = [one.amplitude for one in bench.applied if isinstance(one, Pulse)]
    assert amplitudes == pytest.approx([sign * 1.0, sign * 1.0, sign * 1.1])


@pytest.mark.parametrize(
    ("found", "max_pulses", "pulses", "said"),
    [
        ([5e-6], 3, 3, "was not reached in 3 pulses (pulse budget); the device reads 5 uS"),
        ([5e-6], 100, 67, "was not reached in 67 pulses (stuck)"),  # the first one at 2.6 V
        ([1e-9], 100, 1, "was not reached in 1 pulses (contact lost)"),
    ],
)
def test_what_is_not_reached_is_an_error(
    found: list[float], max_pulses: int, pulses: int, said: str
) -> None:
    bench = noting(*found)
    with pytest.raises(PreparationFailed) as caught:
        prepare(bench, (PreparationPulse(conductance=50e-6, max_pulses=max_pulses),))
    assert said in str(caught.value)
    assert sum(isinstance(one, Pulse) for one in bench.applied) == pulses


def test_pulses_at_the_limit_go_on_as_long_as_they_move_the_device() -> None:
    rising = [10e-6 + n * 0.04e-6 for n in range(300)]  # 1.6 uS in 40 pulses
    end = PreparationPulse(conductance=20e-6, tolerance=0.01, amplitude=2.0, limit=2.0)
    bench = noting(*rising)
    prepare(bench, (end.model_copy(update={"max_pulses": 300}),))
    assert sum(isinstance(one, Pulse) for one in bench.applied) == 245
    with pytest.raises(PreparationFailed, match=r"in 100 pulses \(pulse budget\)"):
        prepare(noting(*rising), (end,))
    with pytest.raises(PreparationFailed, match=r"in 89 pulses \(stuck\)"):
        prepare(noting(*rising[:61]), (end,))


CELLS = (
    # device, first amplitude, step, most pulses, target
    ("ecram-metal-oxide", 3.0, 0.02, 300, 35e-6),  # nothing moves in the first 60 pulses
    ("ecram-metal-oxide", 5.0, 0.0, 1500, 10e-6),
    ("ecram-lithium", None, 0.02, 300, 35e-6),
    ("ecram-short-memory", None, 0.01, 300, 5e-6),  # forgets between the pulses
)


@pytest.mark.parametrize(("device", "first", "step", "most", "target"), CELLS)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_cell_written_at_the_gate_gets_there(
    device: str, first: float | None, step: float, most: int, target: float, seed: int
) -> None:
    setup = read_setup("ideal", device, seed=seed)
    pulse = PreparationPulse(
        conductance=target,
        amplitude=first,
        step=step or 0.02,
        limit=None if step else first,
        max_pulses=most,
    )
    with setup.open() as opened:
        opened.bind(Plan(planned=planned_preparation((pulse,), setup.profile), duration=1.0))
        prepare(opened, (pulse,))
        (read,) = opened.apply(single_read(ReadSettings(), setup.profile))
        assert read.conductance == pytest.approx(target, rel=0.35)


def test_amplitudes_end_at_the_limit_of_recipe_or_device() -> None:
    profile = make_profile()
    for limit, most in ((1.2, 1.2), (None, 2.6), (9.0, 2.6)):
        pulses = (PreparationPulse(conductance=50e-6, limit=limit),)
        planned = planned_preparation(pulses, profile)
        levels = [
            one.stimulus.amplitude
            for one in planned
            if isinstance(one.stimulus, Pulse | PulseTrain)
        ]
        assert levels == [most, -most]


@pytest.mark.parametrize("target", [40e-9, 1.0])
def test_a_target_that_no_read_tells_is_refused(target: float) -> None:
    with pytest.raises(SettingsError, match=r"contact floor|read_compliance"):
        planned_preparation((PreparationPulse(conductance=target),), make_profile())


RECIPES = {
    "retention": ("log-time", "cu-te", "levels", '[{name="low", prepare=[%s]}]'),
    "read_disturb": ("as-found", "cu-te", "prepare", "[%s]"),
    "iv": ("double-sweep", "cu-te", "prepare", "[%s]"),
    "ltp_ltd": ("cu-te", "cu-te", "preparation", "[%s]"),
    "pulse_response": ("cu-te-reset", "cu-te", "preparation", "[%s]"),
}


@pytest.mark.parametrize("protocol", RECIPES)
def test_protocols_prepare_a_conductance(tmp_path: Path, protocol: str) -> None:
    recipe, device, key, value = RECIPES[protocol]
    step = '{conductance="50 uS", tolerance="10 %%", max_pulses=100}'.replace("%%", "%")
    option = f"{key}={value.replace('%s', step)}"
    job = read_job(protocol, "ideal", device, recipe, options=[option])
    assert job.refusals() == []
    outcome = execute(job, tmp_path)
    assert outcome.error is None
    notes = (outcome.folder / "start.json").read_text("utf-8")
    assert "conductance" in notes
    assert main(["show", str(outcome.folder)]) == 0


def test_a_run_that_cannot_be_prepared_ends_in_words_with_outputs_off(tmp_path: Path) -> None:
    option = 'prepare=[{conductance="50 uS", max_pulses=5}]'
    job = read_job("read_disturb", "ideal", "resistor", "as-found", options=[option])
    outcome = execute(job, tmp_path)
    assert isinstance(outcome.error, PreparationFailed)
    assert outcome.stop.outputs_off
    assert "50 uS was not reached in 5 pulses" in outcome.stop.reason
