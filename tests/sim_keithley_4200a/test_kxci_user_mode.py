"""User mode: forcing, measuring, ranges, compliance, and the moments at which things happen."""

import pytest

from mho.errors import SettingsError
from mho.sim_instruments.keithley_4200a import Chassis, PmuCard, SmuCard


def test_voltage_source_on_a_resistor(connect):
    line = connect()
    line.tell("US;DV1,1,-2.0,5e-3")
    assert line.ask("TI1") == "NAI-200.00E-06"
    assert line.value("TV1") == pytest.approx(-2.0, rel=1e-4)


def test_compliance_holds_the_reading_at_the_limit(connect):
    line = connect()
    line.tell("US;DV1,1,2,1e-4")
    assert line.ask("TI1") == "CAI 100.00E-06"
    assert line.ask("TV1") == "CAV 1.0000E+00"


def test_current_source_and_its_voltage_limit(connect):
    line = connect()
    line.tell("US;DI1,6,-20e-6,5")
    assert line.ask("TV1") == "NAV-200.00E-03"
    line.tell("DI1,7,1e-3,5")
    assert line.ask("TV1") == "CAV 5.0000E+00"
    assert line.ask("TI1") == "CAI 500.00E-06"
    line.tell("DI1,7,0,5")
    assert line.ask("TI1")[0] == "N"


def test_off_opens_the_terminal(connect, noting):
    line = connect(noting())
    line.tell("US;DV1,1,2,1e-3", "DV1")
    assert line.instrument.world.drives() == {}
    assert abs(line.value("TI1")) < 1e-12
    line.tell("DI1,0,1e-6,1", "DI1")
    assert line.instrument.world.drives() == {}


@pytest.mark.parametrize(
    ("preamplifier", "smallest"), [(False, 100e-9), (True, 100e-12)]
)  # page 5-16
def test_too_small_a_compliance_is_raised_without_a_word(connect, preamplifier, smallest):
    chassis = Chassis(smus=(SmuCard(preamplifier=preamplifier),))
    line = connect(chassis=chassis)
    line.tell("US;DV1,1,2,1e-14")
    assert line.value("TI1") == pytest.approx(smallest, rel=1e-3)


def test_default_compliance(connect):
    line = connect()
    line.tell("US;DV1,1,2")
    assert line.ask("TI1") == "CAI 105.00E-06"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("DV1,1,211,1e-3", -993),
        ("DV1,1,1,0.106", -993),
        ("DV1,1,25,1e-3", -993),  # beyond the 20 V range asked for
        ("DV1,6,1,1e-3", -993),
        ("DV1,1,x,1e-3", -993),
        ("DV1,1,nan,1e-3", -993),
        ("DV1,1,1e-3,1,1", -993),
        ("DV5,1,1,1e-3", -979),
        ("DV10,1,1,1e-3", -993),
        ("DV1,2,100,50e-3", -991),  # 210 V only up to 10.5 mA
        ("DV3,4,0.1,1e-3", -993),  # 200 mV takes a preamplifier
        ("DI3,1,1e-10,1", -993),  # so does 1 nA
        ("DI1,10,0.1,1", -993),  # 1 A takes high power
        ("DI1,0,0.2,1", -993),
        ("DI1,6,1e-3,1", -993),
        ("DS1,2", -979),
        ("TI9", -993),
        ("TV17", -993),
        ("TI5", -979),
        ("VR1,0,1,0.1,1e-3", -975),
        ("CH1", -975),
        ("EX lib f()", -975),
    ],
)
def test_refusals(connect, message, code):
    line = connect()
    line.tell("US")
    assert line.refused(message) == code


def test_user_mode_commands_on_a_system_page(connect):
    line = connect()
    assert line.refused("DE;DV1,1,1,1e-3") == -974


def test_high_power(connect, make_resistor):
    line = connect(make_resistor(10), chassis=Chassis(smus=(SmuCard(model="4211"),)))
    line.tell("US;DI1,10,1,20")
    assert line.ask("TV1") == "NAV 10.000E+00"
    assert line.ask("*OPT?") == "HPSMU1,PMU1RPM1-2"


def test_source_resolution_is_that_of_the_range(connect):
    line = connect(noise=0)
    line.tell("US;DV1,1,0.0502,1e-3")
    assert line.ask("TV1") == "NAV 50.000E-03"
    line.tell("DV1,4,0.0502,1e-3")
    assert line.ask("TV1") == "NAV 50.200E-03"
    ideal = connect(noise=0, source_resolution=False)
    ideal.tell("US;DV1,1,0.0502,1e-3")
    assert ideal.ask("TV1") == "NAV 50.200E-03"


def test_noise_goes_with_range_and_integration(connect):
    spreads = {}
    for setting in ("IT1", "IT3", "IT3;RI1,1e-2,0.01"):
        line = connect(digits_follow_rs=True)
        line.tell("RS7", setting, "US;DV1,1,0.9,5e-3")
        values = [line.value("TI1") for _ in range(200)]
        mean = sum(values) / 200
        assert mean == pytest.approx(9e-5, rel=1e-4)
        spreads[setting] = (sum((v - mean) ** 2 for v in values) / 200) ** 0.5
    assert spreads["IT1"] == pytest.approx(10 * spreads["IT3"], rel=0.25)
    assert spreads["IT3;RI1,1e-2,0.01"] > 20 * spreads["IT3"]


def test_same_seed_same_readings(connect):
    def readings():
        line = connect()
        line.tell("IT1", "US;DV1,1,0.123,5e-3")
        return [line.ask("TI1") for _ in range(5)]

    assert readings() == readings()


def test_a_fixed_range_limits_the_current(connect):
    line = connect()
    line.tell("RI1,1e-6,1e-2", "US;DV1,1,2,5e-3")
    assert line.ask("TI1")[0] == "C"
    assert line.value("TI1") == pytest.approx(1.05e-6, rel=1e-3)
    line.tell("RG1,1e-7", "DV1,1,2,5e-3")
    assert line.ask("TI1") == "NAI 200.00E-06"


def test_letter_t_of_the_older_manual(connect, noting):
    for letters, expected in (("rev-e", "N"), ("rev-b", "T")):
        line = connect(noting(), {"SMU1": "TE", "SMU2": "gate"}, status_letters=letters)
        line.tell("US;DV1,1,2,1e-4", "DV2,1,1,1e-2")
        assert line.ask("TI1")[0] == "C"
        assert line.ask("TI2")[0] == expected


def test_voltmeters_and_mapped_roles(connect):
    line = connect()
    line.ask("US")
    assert line.ask("TV5") == "NEV 9.000e+37"
    assert line.ask("TV16") == "NPV 9.000e+37"
    line.tell("MP 1, VS1", "DS1, 2")
    assert line.refused("TI1") == -979  # page 5-35: no current on a VS
    line.tell("MP 1, VM1")
    assert line.ask("TV5")[:3] == "NEV"
    assert line.value("TV5") == pytest.approx(2.0, rel=1e-3)
    line.tell("MP 1, SMU1")
    assert line.value("TI1") == pytest.approx(2e-4, rel=1e-3)
    line.tell("MP 1, SMU2", "MP 2, SMU1", "DV2,1,1,1e-3")
    assert line.value("TI2") == pytest.approx(1e-4, rel=1e-3)


def test_integration_time_passes_and_the_drive_stands_from_its_message(connect, noting):
    device = noting()
    line = connect(device, {"SMU1": "TE", "SMU2": "gate"}, reading_overhead=1e-3)
    line.tell("US;DV1,1,1,1e-3")
    line.clock.sleep(0.5)
    line.tell("DV2,1,3,1e-3")
    line.ask("TI1")
    line.tell("IT1", "DV1,1,2,1e-3")
    line.ask("TI1")
    line.tell("IT3")
    line.ask("TI1")
    line.tell("IT4,0,0,0.5")
    line.ask("TI1")
    assert device.stretches == [
        (0.5, {"TE": 1.0}),
        (0.021, {"TE": 1.0, "gate": 3.0}),
        (0.003, {"TE": 2.0, "gate": 3.0}),
        (0.201, {"TE": 2.0, "gate": 3.0}),
        (0.011, {"TE": 2.0, "gate": 3.0}),
    ]


def test_line_frequency_and_message_time(connect):
    line = connect(line_frequency=60, message_time=1e-3)
    line.ask("US;TI1")
    assert line.clock.now() == pytest.approx(1 / 60 + 1e-3)


def test_status_byte(connect):
    line = connect()
    line.tell("US;DV1,1,1,1e-3")
    assert line.ask("SP") == "0"
    line.ask("TI1")
    assert line.ask("SP") == "1"
    line.tell("BC")
    assert line.ask("SP") == "0"
    line.tell("DR1")
    line.ask("TI1")
    assert line.ask("SP") == "65"
    line.ask("nonsense")
    assert line.ask("SP") == "67"
    line.tell("*RST")
    assert line.ask("SP") == "0"


def test_reset_switches_off_and_forgets(connect):
    line = connect()
    line.tell("IT3", "US;DV1,1,1,1e-3", "*RST")
    assert line.instrument.world.drives() == {}
    before = line.clock.now()
    line.ask("TI1")
    assert line.clock.now() - before == pytest.approx(0.02)


def test_an_smu_behind_an_rpm_waits_for_it(connect):
    line = connect(wiring={"SMU1": "TE", "PMU1-1": "TE"})
    line.tell("US;DV1,1,2,1e-3")
    assert abs(line.value("TI1")) < 1e-9
    assert line.value("TV1") == pytest.approx(2.0, rel=1e-3)
    line.tell(":PMU:RPM:CONFIGURE PMU1-1, 2")
    assert line.value("TI1") == pytest.approx(2e-4, rel=1e-3)
    line.tell("RP SMU1, 0")
    assert abs(line.value("TI1")) < 1e-9
    assert line.refused(":PMU:RPM:CONFIGURE PMU2-1, 2") == -969
    assert line.refused(":PMU:RPM:CONFIGURE PMU1-1, 4") == -969
    ready = connect(wiring={"SMU1": "TE", "PMU1-1": "TE"}, rpm_at_power_up="SMU")
    ready.tell("US;DV1,1,2,1e-3")
    assert ready.value("TI1") == pytest.approx(2e-4, rel=1e-3)


@pytest.mark.parametrize(
    ("wiring", "chassis"),
    [
        ({"SMU5": "TE"}, Chassis()),
        ({"SMU1": "gate"}, Chassis()),
        ({"SMU1": "TE", "SMU2": "TE"}, Chassis()),
        ({"SMU1": "TE", "PMU1-1": "TE"}, Chassis(pmus=(PmuCard(rpms=(2,)),))),
        ({"PMU1-2": "TE", "PMU1-1": "TE"}, Chassis()),
    ],
)
def test_wiring_that_cannot_be(connect, wiring, chassis):
    with pytest.raises(SettingsError, match="wiring"):
        connect(wiring=wiring, chassis=chassis)


def test_chassis_from_plain_data(connect):
    chassis = Chassis.model_validate(
        {
            "smus": [{"model": "4210", "preamplifier": True}, {}],
            "pmus": [{"rpms": []}, {"rpms": [1]}],
        }
    )
    assert connect(chassis=chassis).ask("*OPT?") == "HPSMUPA1,SMU2,PMU1,PMU2RPM1"


def test_user_library_page(connect):
    line = connect()
    assert line.refused("UL;EX lib f(1,2)") == -986
    assert line.refused("*IDN?") == -989
    assert line.refused("DV1,1,1,1e-3") == -974
    line.tell("DE")
    assert line.ask("*IDN?")


def test_4145_mode(connect):
    line = connect()
    line.tell("EM 0,0")
    assert line.ask("ID") == "ID HP4145B 1.1,1.0"
    assert line.refused("*OPT?") == -986
    assert line.refused("RS 6") == -993


def test_the_log_of_messages_is_bounded(connect):
    line = connect()
    line.tell("US;DV1,1,1,1e-3")
    assert line.instrument.exchanges[-1] == ("US;DV1,1,1,1e-3", "ACK")
    assert line.instrument.exchanges.maxlen is not None
