"""Settling, leakage, response to charge and symmetric point: against what the cell was made of."""

import random

import pytest

import mho
from mho import plugins
from mho.errors import SettingsError
from mho.protocols.gate_watch import Watch
from mho.stimuli import Source
from mho.testing.protocol_runs import frame, run_shipped

QUIET = [
    "device.model.parameters.noise=false",
    "device.model.parameters.cycle_to_cycle=false",
    "device.model.parameters.device_to_device=false",
]


def results_of(protocol, device, recipe, bench="ideal", *options):
    resolved, rows = run_shipped(protocol, bench, device, recipe, options=list(options))
    kind, table = plugins.load(plugins.PROTOCOLS, protocol), frame(rows)
    found = {(one.name, one.part): one for one in kind.results(table, resolved)}
    return found, table, kind.summary(table, resolved)


BENCHES = ("ideal", "ni-pxie-4139", "keithley-4200a")


@pytest.mark.parametrize("bench", BENCHES)
def test_settling_shows_the_slow_pool(bench):
    slower = ["first=10 ms", "read.aperture=10 ms"] if bench == "keithley-4200a" else []
    slower += ["device.pulse_width=20 ms"] if bench == "keithley-4200a" else []
    found, table, _ = results_of(
        "settling", "ecram-lithium", "ecram-lithium", bench, *QUIET, *slower
    )
    # fifty pulses of 10 ms feed the pool of 10 %, 1 s, for half a second: 79 % of it is left;
    # longer ones with rests (5 ms at least there) for two seconds: 43 %
    expected = 0.043 if bench == "keithley-4200a" else 0.079
    for way in ("up", "down"):
        excess = found["excess_at_first_read", way].value
        assert excess == pytest.approx(expected, rel=0.3)
        # ln(7.9 / 5) s, or at once where the excess is below the 5 % from the start
        settled = found["settling_time", way].value
        assert (settled < 0.05) if bench == "keithley-4200a" else (0.1 < settled < 2.0)
    assert found["change", "up"].value > 0 > found["change", "down"].value
    after = table[table["phase"] == "after"]
    assert (after.groupby(["write", "repeat"])["age"].diff().dropna() > 0).all()


def test_settling_without_pools_shows_none():
    settled, _, _ = results_of(
        "settling", "ecram-lithium", "ecram-lithium", "ideal", *QUIET,
        "device.model.parameters.settling=[]",
    )  # fmt: skip
    assert abs(settled["excess_at_first_read", "up"].value) < 0.005
    assert settled["settling_time", "up"].value == settled["first_read_after", "up"].value


@pytest.mark.parametrize("bench", BENCHES)
def test_leakage_is_that_of_the_cell(bench):
    found, _, summary = results_of(
        "gate_leakage", "ecram-metal-oxide", "ecram-metal-oxide", bench, *QUIET,
        "device.model.parameters.gate_leakage=1 nS",
    )  # fmt: skip
    assert found["leakage_conductance", ""].value == pytest.approx(1e-9, rel=0.05)
    assert found["outcome", ""].value == "complete"
    assert not any("breakdown" in note for note in summary.notes)


def test_a_breakdown_ends_the_run_and_keeps_its_rows():
    found, table, summary = results_of(
        "gate_leakage", "ecram-metal-oxide", "ecram-metal-oxide", "ideal",
        "device.model.parameters.breakdown_voltage=1.2 V",
    )  # fmt: skip
    assert found["outcome", ""].value == "breakdown"
    assert found["breakdowns", ""].value == 1
    assert set(table["level"]) <= {0.5, -0.5, 1.0, -1.0, 1.5, 0.1}  # -1.5 V was never applied
    assert any("breakdown" in note for note in summary.notes)
    kept, _, _ = results_of(
        "gate_leakage", "ecram-metal-oxide", "ecram-metal-oxide", "ideal",
        "device.model.parameters.breakdown_voltage=1.6 V",
    )  # fmt: skip
    assert kept["outcome", ""].value == "complete"


@pytest.mark.parametrize("bench", BENCHES)
def test_a_breakdown_between_pulses_ends_them_and_keeps_their_rows(bench):
    pulses = "{pulses=20, amplitude='5 V'}"
    short = [f"potentiation={pulses}", f"depression={pulses}", "cycles=1", "preparation=[]"]
    short.append("rest=10 ms")
    worn = "device.model.parameters.breakdown_time=2 s"  # in the thirteenth of 150 ms, or so
    for options, broken in ((short, False), ([*short, worn], True)):
        _, table, summary = results_of(
            "ltp_ltd", "ecram-metal-oxide", "ecram-metal-oxide", bench, *options
        )
        verdicts = table["verdict"].to_list()
        assert (verdicts[-1] == "breakdown") is broken
        assert all(one == "goes on" for one in verdicts[:-1])
        assert len(table) == 42 if not broken else 12 < len(table) < 20
        assert any("breakdown" in note for note in summary.notes) is broken


def seen(watch, *conductances, level=5.0):
    """Whether it is broken after each."""
    found = []
    for one in conductances:
        watch.see(one, level)
        found.append(watch.is_broken)
    return found


def test_a_watch_takes_three_jumps_in_a_row_for_a_breakdown():
    watch = Watch(10.0)
    sound = seen(watch, 1e-9, 1.2e-9, 1e-9, 1e-7, 1e-9, float("nan"), 9e-9, 1e-9, 1e-9)
    assert not any(sound)  # one of them was a disturbance, one of no number
    watch.see(1.0, 0.0)  # a rest
    assert seen(watch, 1e-6, float("nan"), 1e-6, 1e-6) == [False, False, False, True]
    assert seen(watch, 1e-9) == [True]  # for good


def test_what_a_watch_holds_pulses_against():
    # three sound ones, at this level or one next to it
    assert not any(seen(Watch(10.0), 1e-9, 1e-9, *[1e-6] * 20))
    assert any(seen(Watch(10.0), 1e-9, 1e-9, 1e-9, *[1e-6] * 3))
    grown = Watch(10.0)
    for number in range(40):  # amplitudes that grow, each of its own
        grown.see(1e-9 * 1.05**number, 2.0 * 1.02**number)
    assert not grown.is_broken
    for number in range(40, 43):
        grown.see(1e-9 * 20 * 1.05**number, 2.0 * 1.02**number)
    assert grown.is_broken
    other = Watch(10.0)
    assert not any(seen(other, *[1e-9] * 5) + seen(other, *[1e-6] * 20, level=2.0))
    # what a sound device conducts is known: from the first pulse on, and below it as before
    assert seen(Watch(10.0, 1e-9), 1e-7, 1e-7, 1e-7) == [False, False, True]
    assert not any(seen(Watch(10.0, 1e-9), *[9e-9] * 10))
    assert any(seen(Watch(10.0, 1e-7), 1e-9, 1e-9, 1e-9, *[2e-8] * 3))


def test_a_cell_that_takes_no_more_ions_and_gives_them_back_is_none():
    watch = Watch(10.0)
    for _ in range(3):
        blocked = seen(watch, *[1e-11] * 30, level=-5.0)  # empty, and nothing passes but a leak
        taken = seen(watch, *[1e-9] * 30, *[1e-11] * 30)
        given = seen(watch, *[1e-9] * 30, level=-5.0)
        assert not any(blocked + taken + given)
    assert seen(watch, 1e-7, 1e-7, 1e-7) == [False, False, True]


def test_a_voltage_that_passes_through_nothing_is_no_breakdown():
    """A small current into a cell with a potential of its own: its shots cross 0 V."""
    for step in (0.2, 0.05, 0.01, 0.001):
        watch, volts = Watch(10.0), -0.6
        while volts < 0.9:
            watch.see(abs(10e-9 / volts), 10e-9, Source.CURRENT)
            volts += step * 1.003
        assert not watch.is_broken, step
    rng = random.Random(0)
    noisy = Watch(10.0)
    for _ in range(100_000):
        noisy.see(abs(rng.gauss(0.0, 1e-12)), 5.0)
    assert not noisy.is_broken


def test_the_response_to_charge_is_range_over_capacity():
    found, _, _ = results_of(
        "charge_response", "ecram-metal-oxide", "ecram-metal-oxide", "ideal", *QUIET
    )
    # 49.8 uS over 280 nC; softness 3 % leaves it within 2 % over half of the range
    for way in ("response_up", "response_down"):
        assert found[way, ""].value == pytest.approx(49.8e-6 / 280e-9, rel=0.03)
    assert found["mean_asymmetry", ""].value < 0.03
    assert found["worst_charge_error", ""].value < 0.02


def test_the_symmetric_point_is_where_both_steps_are_alike():
    found, _, _ = results_of(
        "symmetric_point", "ecram-lithium", "ecram-lithium", "ideal", *QUIET[1:],
        "device.model.parameters.softness_up=80 %", "device.model.parameters.softness_down=80 %",
        "device.model.parameters.potential_swing=0 V", "set=5 V", "reset=5 V",
    )  # fmt: skip
    # soft limits of one kind: the middle of the range, less half a step for the mean of a pair
    for start in ("below", "above"):
        assert found["symmetric_point", start].value == pytest.approx(25.1e-6, rel=0.02)
    assert found["starts_apart", ""].value < 0.01


def test_the_symmetric_point_moves_with_what_makes_it():
    found, _, _ = results_of(
        "symmetric_point", "ecram-lithium", "ecram-lithium", "ideal", *QUIET[1:],
        "device.model.parameters.softness_up=80 %", "device.model.parameters.softness_down=40 %",
        "device.model.parameters.potential_swing=0 V", "set=5 V", "reset=5 V",
    )  # fmt: skip
    # 1 - 0.8 (2q - 1) = 1 + 0.4 (2q - 1) at q = 1/2 only, whatever the slopes
    assert found["symmetric_point", "below"].value == pytest.approx(25.1e-6, rel=0.02)


REFUSED = {
    ("gate_leakage", "levels=['0 V', '1 V']"): "drives no leakage",
    ("gate_leakage", "levels=['1 V', '0.5 V']"): "let it be the smallest",
    ("gate_leakage", "aperture=1 s"): "lengthen it, or average over less",
    ("gate_leakage", "duration=200 ms"): "fewer than two readings",
    ("settling", "duration=5 ms"): "nothing to see settle",
    ("charge_response", "step=1 mC"): "longer than charge.longest",
    ("symmetric_point", "pairs=3"): "pairs",
    ("settling", "writes=[{name='x', pulses={conductance='20 uS'}}]"): "not a conductance",
}


def test_what_cannot_be_is_refused_before_anything_is_energised():
    for protocol in ("gate_leakage", "settling", "charge_response", "symmetric_point"):
        mho.read_job(protocol, "ideal", "ecram-lithium", "ecram-lithium")
    refused = 0
    for (protocol, option), told in REFUSED.items():
        with pytest.raises(SettingsError) as error:
            mho.read_job(protocol, "ideal", "ecram-lithium", "ecram-lithium", options=[option])
        assert told in str(error.value), (option, str(error.value))
        refused += 1
    assert refused == len(REFUSED)
