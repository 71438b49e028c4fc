"""Limits: how refusals read, how many are one, what they leave out."""

from dataclasses import replace

import pytest

from mho.bench.bounds import LONGEST
from mho.bench.limits import refusals, standing_refusals
from mho.device.profile import TerminalLimits
from mho.stimuli import Family, Hold, Pulse, PulseTrain, Read, Source, Sweep, Waveforms
from mho.testing.profiles import make_limits, make_profile

PROFILE = make_profile()
LIMITS = {"TE": make_limits(), "gate": make_limits()}
SWEPT = {"terminal": "TE", "dwell": 1e-3, "aperture": 1e-4, "compliance": 1e-3}
READ = Read(voltage=0.1, aperture=1e-3, compliance=1e-3)


def test_a_hundred_levels_beyond_one_limit_are_one_refusal():
    levels = tuple(2.6 + n / 100 for n in range(101))
    assert refusals(Sweep(levels=levels, **SWEPT), PROFILE, LIMITS) == [
        "sweep at TE: level 3.6 V (the worst of 100) is above 2.6 V, the limit of the device "
        "test cell"
    ]
    both = refusals(Sweep(levels=(*levels, -3.0, -4.0), **SWEPT), PROFILE, LIMITS)
    assert len(both) == 2 and "level -4 V (the worst of 2) is below -2.6 V" in both[1]


def test_what_stands_at_0_needs_a_limit_that_its_instrument_has():
    limits = {**LIMITS, "BE": make_limits(min_compliance=1e-8, opens=True)}

    def told(least, **changes):
        terminals = {**PROFILE.terminals, "BE": TerminalLimits(
            min_voltage=-1, max_voltage=1, max_compliance=least, **changes
        )}  # fmt: skip
        return standing_refusals(PROFILE.model_copy(update={"terminals": terminals}), limits)

    assert told(1e-15) == [
        "BE stands at 0 V, and test SMU limits its current to 10 nA at least; "
        "terminals.BE.max_compliance allows 1 fA"
    ]
    assert told(1e-8) == told(1e-15, rests="open") == []


@pytest.mark.parametrize("repeated", [1, 7])
def test_pulses_in_a_row_are_counted_too(repeated):
    train = PulseTrain(
        terminal="TE", amplitudes=(3.0, 1.0) * repeated + (2.7,), width=1e-3, rest=1e-3,
        compliance=1e-3, verify=READ,
    )  # fmt: skip
    (refusal,) = refusals(train, PROFILE, LIMITS)
    assert f"level 3 V (the worst of {repeated + 1}) is above 2.6 V" in refusal


def test_device_and_instrument_are_both_named_where_both_are_exceeded():
    limits = {**LIMITS, "TE": make_limits(max_voltage=2.0)}
    found = refusals(Sweep(levels=(3.0,), **SWEPT), PROFILE, limits)
    assert found == [
        "sweep at TE: level 3 V is above 2.6 V, the limit of the device test cell",
        "sweep at TE: level 3 V is above 2 V, what test SMU can",
    ]


def test_a_compliance_that_levels_and_rests_share_is_refused_once():
    pulse = Pulse(terminal="TE", amplitude=1.0, width=1e-3, rest=1e-3, compliance=0.1, verify=READ)
    assert refusals(pulse, PROFILE, LIMITS) == [
        "pulse at TE: compliance of level 100 mA is above 5 mA, the limit of the device test cell"
    ]
    nothing = replace(pulse, amplitude=0.0)
    assert ["compliance of rest 100 mA" in one for one in refusals(nothing, PROFILE, LIMITS)] == [
        True
    ]


@pytest.mark.parametrize(
    "stimulus",
    [
        Pulse(terminal="TE", amplitude=1.0, width=1e-3, compliance=1e-3, source=Source.OPEN),
        Hold(
            terminal="TE", level=0.0, count=1, interval=1e-3, aperture=1e-3, compliance=1e-3,
            source=Source.OPEN,
        ),
    ],
)  # fmt: skip
def test_a_stimulus_cannot_be_open(stimulus):
    limits = {**LIMITS, "TE": make_limits(sources_current=True, opens=True)}
    assert "takes a source of voltage or current" in "\n".join(refusals(stimulus, PROFILE, limits))


def test_a_terminal_that_is_read_elsewhere_is_judged_by_its_own_limits():
    read = replace(READ, terminal="gate", voltage=4.5)
    pulse = Pulse(terminal="TE", amplitude=1.0, width=1e-3, compliance=1e-3, verify=read)
    assert refusals(pulse, PROFILE, LIMITS) == [
        "pulse at gate: read level 4.5 V is above 4 V, the limit of the device test cell"
    ]
    few = {**LIMITS, "gate": make_limits(max_points=1)}
    fine = replace(pulse, verify=replace(read, voltage=0.1))
    assert "2 points; test SMU takes 1 to 1" in refusals(fine, PROFILE, few)[0]


def spikes(first, second):
    return Waveforms(
        terminal="TE", durations=(1e-3,) * len(first), compliance=1e-3, verify=READ,
        levels=(("TE", first), ("gate", second)),
    )  # fmt: skip


@pytest.mark.parametrize("axes", [("one", "other"), ("", ""), ("", "one")])
@pytest.mark.parametrize("second", [(0.0, 1.0), (1.0, 0.0)])
def test_what_shares_no_time_axis_and_has_no_parts_is_refused(axes, second):
    limits = {
        name: make_limits(time_axis=axis) for name, axis in zip(("TE", "gate"), axes, strict=True)
    }
    assert "share no time axis" in refusals(spikes((1.0, 0.0), second), PROFILE, limits)[0]
    assert refusals(spikes((1.0, 0.0), second), PROFILE, LIMITS) == []
    sweep = Sweep(levels=(1.0,), **SWEPT)
    family = Family(sweep=sweep, stepped="gate", steps=(1.0,), step_compliance=1e-3)
    elsewhere = Pulse(
        terminal="TE", amplitude=1.0, width=1e-3, compliance=1e-3,
        verify=replace(READ, terminal="gate"),
    )  # fmt: skip
    for parted in (family, elsewhere, replace(spikes((1.0,), (1.0,)), levels=(("TE", (1.0,)),))):
        assert refusals(parted, PROFILE, limits) == []


def test_a_pulse_is_read_over_as_much_as_the_instrument_can_a_read_is_not():
    limits = {**LIMITS, "TE": make_limits(max_aperture=1e-3)}
    pulse = Pulse(terminal="TE", amplitude=1.0, width=1.0, compliance=1e-3, verify=READ)
    assert refusals(pulse, PROFILE, limits) == []
    longer = replace(pulse, verify=replace(READ, aperture=2e-3))
    assert "aperture of read level 2 ms is above 1 ms" in refusals(longer, PROFILE, limits)[0]
    swept = Sweep(levels=(1.0,), **{**SWEPT, "dwell": 1.0, "aperture": 2e-3})
    assert "aperture of level 2 ms is above 1 ms" in refusals(swept, PROFILE, limits)[0]


def test_what_takes_for_ever_is_a_mistake():
    hold = Hold(
        terminal="TE", level=0.1, count=1, interval=2 * LONGEST, aperture=1e-3, compliance=1e-3
    )
    assert "duration of read level 2 Gs is above 1 Gs" in refusals(hold, PROFILE, LIMITS)[0]


def test_a_current_source_reaches_as_far_as_its_limit():
    one_sided = TerminalLimits(min_voltage=-0.5, max_voltage=3.0, max_compliance=1e-3)
    profile = make_profile(terminals={"TE": one_sided}, pulse_compliance=1e-3)
    limits = {"TE": make_limits(sources_current=True)}
    pulse = {"terminal": "TE", "width": 1e-3, "source": Source.CURRENT}
    up = Pulse(amplitude=1e-4, compliance=3.0, **pulse)
    assert refusals(up, profile, limits) == []
    assert "3.1 V is above 3 V" in refusals(replace(up, compliance=3.1), profile, limits)[0]
    down = replace(up, amplitude=-1e-4)
    assert "3 V is above 500 mV" in refusals(down, profile, limits)[0]
    nothing = replace(up, amplitude=0.0)
    assert "3 V is above 500 mV" in refusals(nothing, profile, limits)[0]
    assert refusals(replace(nothing, compliance=0.5), profile, limits) == []
    assert "1.1 mA is above 1 mA" in refusals(replace(up, amplitude=1.1e-3), profile, limits)[0]


def test_what_repeats_counts_as_often_as_it_does():
    train = PulseTrain(terminal="TE", amplitudes=(3.0,) * 5, width=1e-3, rest=1e-3, compliance=1e-3)
    (refusal,) = refusals(train, PROFILE, LIMITS)
    assert "level 3 V (the worst of 5) is above 2.6 V" in refusal


@pytest.mark.parametrize("every", [0, -1])
def test_a_read_after_less_than_one_pulse_is_refused_at_two_terminals_too(every):
    read = Read(voltage=0.1, aperture=1e-3, compliance=1e-3, terminal="gate")
    train = PulseTrain(
        terminal="TE", amplitudes=(1.0, 1.0), width=1e-3, compliance=1e-3, rest=1e-3, verify=read,
        verify_every=every,
    )  # fmt: skip
    limits = {"TE": make_limits(time_axis=""), "gate": make_limits(time_axis="")}
    assert any("it takes 1 or more" in reason for reason in refusals(train, PROFILE, limits))
