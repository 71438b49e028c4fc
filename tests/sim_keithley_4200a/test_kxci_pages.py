"""Which command is taken on which page, and channels that take over from others."""

import pytest

ON_SM = ("DM2", "LI 'V1','I1'", "NR 3", "IN 0.1", "WT 0", "XN 'V1',1,0,1", "YA 'I1',1,0,1")


@pytest.mark.parametrize("message", ON_SM)
def test_measurement_setup_on_its_page_and_on_md(connect, message):
    line = connect()
    for page, code in (("SM", None), ("MD", None), ("DE", -989), ("SS", -989), ("US", -975)):
        line.tell(page)
        assert line.refused(message) == code, page
    strict = connect(measurement_setup_on_md=False)
    strict.tell("MD")
    assert strict.refused(message) == -989
    strict.tell("SM")
    assert strict.refused(message) is None


def test_other_pages_stay_bound(connect):
    line = connect()
    line.tell("MD")
    for message in ("CH1", "VR1,0,1,0.1,1e-3", "HT 0"):
        assert line.refused(message) == -989, message
    line.tell("SM")
    assert line.refused("ME1") == -989


@pytest.mark.parametrize("page", ["", "DE", "SS", "SM", "MD", "US", "UL"])
def test_modeless_commands_are_taken_everywhere(connect, page):
    line = connect()
    if page:
        line.tell(page)
    line.tell("BC", "DR1", "DR0", "RP PMU1-1, 0", ":PMU:INIT 1", "IT2", "RS 7", "RG 1, 100e-9")
    assert line.ask("SP") == "0"
    line.tell("*RST")


def currents(line, *channels):
    line.tell(*channels, "SS", "VR1,0,1,0.5,0.1", "MD", "ME1")
    line.wait()
    return {number: line.data(f"I{number}") for number in (1, 3)}


def test_a_new_var1_displaces_the_old_one(connect, noting):
    """At power-up SMU3 is VAR1; a vendor program that sweeps another one leaves it so."""
    wiring = {"SMU1": "TE", "SMU3": "gate"}
    found = currents(connect(noting(), wiring, noise=0), "DE;CH2", "CH1,'V1','I1',1,1")
    assert found[1] == pytest.approx([0, 50e-6, 100e-6])
    assert found[3] == pytest.approx([0, 0, 0])
    joined = connect(noting(), wiring, noise=0, second_var1="joins")
    found = currents(joined, "DE;CH2", "CH1,'V1','I1',1,1")
    assert found[3] == pytest.approx([0, 50e-6, 100e-6])


def test_a_current_sweep_beside_the_power_up_definitions(connect):
    """Maker's example "Current sweep": CH3 and CH4 are not mentioned."""
    setup = ("DE", "CH1,'V1','I1',2,1", "CH2,'V2','I2',2,3", "SS", "IR1,1e-6,3e-6,1e-6,10",
             "IC2,0,10", "MD")  # fmt: skip
    line = connect(noise=0)
    line.tell(*setup, "ME1")
    line.wait()
    assert line.data("V1") == pytest.approx([0.01, 0.02, 0.03])
    strict = connect(second_var1="joins")
    strict.tell(*setup)
    assert strict.refused("ME1") == -991


def test_a_displaced_list_is_forgotten(connect, noting):
    line = connect(noting(), {"SMU1": "TE", "SMU3": "gate"}, noise=0)
    line.tell("SS", "VL3,1,0.1,0.3,0.2,0.1,0", "DE;CH2", "CH1,'V1','I1',1,1", "MD", "ME1")
    line.wait()
    assert line.data("I1") == pytest.approx([n * 1e-6 for n in range(101)])  # of power-up
    assert line.data("I3") == [0] * 101


def ratio_sweep(connect, noting, *setup):
    line = connect(noting(), {"SMU2": "TE", "SMU3": "gate"}, noise=0)
    line.tell("DE;CH4", "CH1,'V1','I1',1,1", "CH2,'V2','I2',1,4", "CH3,'V3','I3',1,4", "SS",
              "VR1,0,1,0.5,0.1", *setup, "MD", "ME1")  # fmt: skip
    line.wait()
    return line.data("V2"), line.data("V3")


@pytest.mark.parametrize(
    ("setup", "second", "third"),
    [
        ((), [0, 0.5, 1], [0, 0.5, 1]),
        (("RT 2, 2", "RT -1, 3"), [0, 1, 2], [0, -0.5, -1]),
        (("RT 2", "FS 1, 3"), [0, 1, 2], [1, 2, 3]),
        (("RT 3, 2", "FS 1, 2", "RT 2", "FS 0.5"), [0.5, 1.5, 2.5], [0.5, 1.5, 2.5]),
    ],
)
def test_ratio_and_offset_of_each_var1_prime(connect, noting, setup, second, third):
    found = ratio_sweep(connect, noting, *setup)
    assert found[0] == pytest.approx(second)
    assert found[1] == pytest.approx(third)


def test_the_ratio_of_a_channel_that_is_not_there(connect):
    line = connect()
    line.tell("SS")
    assert [line.refused("RT 1, 5"), line.refused("FS 1, 9"), line.refused("RT 1, 4")] == [
        -979, -979, None,
    ]  # fmt: skip


def test_a_voltage_source_is_read_by_the_number_of_its_smu(connect):
    line = connect(noise=0)
    line.tell("US", "MP 1, VS1", "DS1, 5")
    assert line.value("TV1") == pytest.approx(5)
    assert line.refused("TI1") == -979
    line.tell("DS1")
    assert line.value("TV1") == 0


def test_it_is_the_smu_that_counts_not_the_number_of_the_source(connect):
    line = connect(noise=0)
    line.tell("US", "MP 1, VS2", "DS2, 3", "MP 2, VM1")
    assert line.value("TV1") == pytest.approx(3)
    assert line.refused("TV2") == -979
