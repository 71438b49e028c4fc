"""The table [simulator] of a bench file: settings of the simulated instrument of its rehearsal."""

import pytest

from mho import settings
from mho.bench import Plan
from mho.errors import CommandRejected, InstrumentError, SettingsError
from mho.laboratory import read_setup
from mho.stimuli import Pulse, Sweep

KEITHLEY = 'kind = "keithley-4200a"\n[terminals.TE]\nchannel = "SMU1"\npreamp = true\n'
NI = 'kind = "ni-pxie-4139"\n[terminals.TE]\nresource = "PXI1Slot7/0"\nmodel = "40 W"\n'
PULSE = Pulse(terminal="TE", amplitude=0.5, width=20e-3, compliance=1e-3)


@pytest.fixture
def setup(tmp_path):
    def read(text, simulator, head='connection = "simulator"', options=()):
        path = tmp_path / "bench.toml"
        path.write_text(f"{head}\n{text}{simulator}", "utf-8")
        return read_setup(str(path), "resistor", bench_options=options)

    return read


def sweep_time(setup):
    sweep = Sweep(
        terminal="TE", levels=(0.1, 0.2, 0.3, 0.4), dwell=40e-3, aperture=20e-3, compliance=1e-3
    )
    with setup.open() as bench:
        start = bench.clock.now()
        bench.apply(sweep)
        return bench.clock.now() - start


def test_overheads_slow_the_rehearsal_down(setup):
    slow = '[simulator]\npoint_overhead = "80 ms"\n'
    plain, slowed = (sweep_time(setup(KEITHLEY, table)) for table in ("", slow))
    assert slowed - plain == pytest.approx(5 * 80e-3, rel=0.3)
    set_here = setup(KEITHLEY, "", options=['simulator.point_overhead="80 ms"'])
    assert sweep_time(set_here) == pytest.approx(slowed)


def test_faults_strike_the_driver(setup):
    table = '[[simulator.faults]]\nkind = "garbled"\nstarts_with = "TI"\n'
    with pytest.raises(InstrumentError), setup(KEITHLEY, table).open() as bench:
        bench.apply(PULSE)


def test_the_table_comes_before_what_the_bench_file_says_is_there(setup):
    with setup(KEITHLEY, '[simulator.chassis]\nfirmware = "V1.14"\n').open() as bench:
        (identity,) = bench.identities
        assert identity.firmware == "V1.14"
        assert identity.model.endswith("SMUPA1")
    cards = "[[simulator.chassis.smus]]\npreamplifier = false\n"
    with (
        pytest.raises(SettingsError, match=r"terminals\.TE\.preamp: is true, but"),
        setup(KEITHLEY, cards).open(),
    ):
        pytest.fail("entered a bench with another card")


def test_a_chassis_without_the_channel_is_told_with_its_file(setup):
    with pytest.raises(SettingsError, match=r"bench\.toml: simulator\.wiring\.SMU1: the chassis"):
        setup(KEITHLEY, "[simulator.chassis]\nsmus = []\n").open()


def test_a_card_that_is_not_what_the_terminal_says_is_told_without_a_run(setup):
    cards = "[[simulator.chassis.smus]]\npreamplifier = false\n"
    with pytest.raises(SettingsError, match=r"bench\.toml: terminals\.TE\.preamp: is true, but"):
        setup(KEITHLEY, cards).unplayable(Plan(planned=(), duration=0.0))
    assert setup(KEITHLEY, "").unplayable(Plan(planned=(), duration=0.0)) == []


def test_the_ni_bench_has_the_same_table(setup):
    head = 'target = "simulator"'
    with setup(NI, "[simulator]\ncalibration_errors = true\n", head).open() as bench:
        (identity,) = bench.identities
        assert identity.model == "NI PXIe-4139 (40W)"
        assert len(bench.apply(PULSE)) == 1
    table = "[simulator.faults]\nrejects.InitiateWithChannels = -1074118481\n"
    with (
        pytest.raises(CommandRejected, match="-1074118481"),
        setup(NI, table, head).open(),
    ):
        pytest.fail("entered a bench that refuses")


def test_everything_wrong_in_it_is_told_with_the_rest_of_the_file(setup):
    with pytest.raises(SettingsError) as error:
        setup(KEITHLEY, "[simulator]\nnois = 1\npoint_overhead = 5\n", "timeout = 3")
    assert sorted(problem.place.partition(": ")[2] for problem in error.value.problems) == [
        "connection", "simulator.nois", "simulator.point_overhead", "timeout",
    ]  # fmt: skip
    with pytest.raises(SettingsError, match="simulator: 3 stands where a table is wanted"):
        setup("simulator = 3\n" + KEITHLEY, "")


@pytest.mark.parametrize(
    ("text", "head"),
    [(KEITHLEY, 'connection = "GPIB0::17::INSTR"'), (NI, 'target = "local"')],
)
def test_a_real_bench_refuses_it(setup, text, head):
    with pytest.raises(SettingsError, match=r"bench\.toml: simulator: .*real one; take it out"):
        setup(text, "[simulator]\n", head)


def test_a_bench_without_simulated_instrument_has_no_such_table():
    with pytest.raises(SettingsError, match='unknown key "simulator"'):
        read_setup("ideal", "resistor", bench_options=["simulator.noise=0"])


def test_tables_are_laid_over_one_another_and_lists_replaced():
    below = {"a": {"b": 1, "c": [1, 2]}, "d": 3}
    assert settings.overlaid(below, {"a": {"c": [4]}, "e": {"f": 5}}) == {
        "a": {"b": 1, "c": [4]},
        "d": 3,
        "e": {"f": 5},
    }
    assert below == {"a": {"b": 1, "c": [1, 2]}, "d": 3}
