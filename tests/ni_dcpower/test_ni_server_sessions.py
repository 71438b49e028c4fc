"""Sessions: names, resources, channel strings, and outputs that outlive them."""

import subprocess
import sys

import grpc
import nidcpower
import pytest
from nidcpower import nidcpower_pb2

from mho.stimuli import Drive

VOLTAGE_LEVEL = nidcpower_pb2.NIDCPOWER_ATTRIBUTE_VOLTAGE_LEVEL
ATTACH = nidcpower.SessionInitializationBehavior.ATTACH_TO_SERVER_SESSION
INITIALIZE = nidcpower.SessionInitializationBehavior.INITIALIZE_SERVER_SESSION


def run(session, level=0.5):
    session.current_limit = 1e-3
    session.current_limit_range = 1e-3
    session.voltage_level = level
    session.initiate()


def code(error):
    return error.value.code


def test_opening_takes_three_calls(lab):
    lab.session()
    assert list(lab.server.exchanges) == [
        "InitializeWithIndependentChannels",
        "GetAttributeViInt32[channel_count]",
        "GetChannelNameFromString",
    ]


@pytest.mark.parametrize("resource", ["PXI1Slot9/0", "Dev1", "", "PXI1Slot2/0,Dev1"])
def test_unknown_resource(lab, resource):
    with pytest.raises(nidcpower.errors.DriverError, match="Device was not recognized") as error:
        lab.session(resource)
    assert code(error) == -1074118656


def test_a_4139_has_one_channel(lab):
    with pytest.raises(nidcpower.errors.DriverError) as error:
        lab.session("PXI1Slot2/1")
    assert code(error) == -1074135008
    with pytest.raises(nidcpower.errors.DriverError) as error:
        lab.session("PXI1Slot2/0/0")
    assert code(error) == -1074097793


def test_there_are_always_four_modules(lab):
    with lab.session("PXI1Slot2,PXI1Slot3,PXI1Slot4,PXI1Slot5") as session:
        assert session.channel_count == 4
        assert session.get_channel_names("3:0") == [f"PXI1Slot{n}/0" for n in (5, 4, 3, 2)]
        assert session.get_channel_name(1) == "PXI1Slot2/0"
        assert len({session.channels[n].serial_number for n in session.get_channel_names("0-3")})


def test_names_are_spelled_as_the_client_spells_them(lab):
    with lab.session("  pxi1slot2 / 0 ") as session:
        assert session.get_channel_names("0") == ["pxi1slot2/0"]


@pytest.mark.parametrize(
    "text", ["", "0", "PXI1Slot2/0", "PXI1Slot2", " pxi1slot2 / 0 ", "PXI1Slot2/0-0", "0:0"]
)
def test_channel_strings(lab, text):
    with lab.session() as session:
        session.channels[text].voltage_level = 0.25
        assert session.voltage_level == 0.25


@pytest.mark.parametrize("text", ["1", "0-1", "PXI1Slot3", "nonsense"])
def test_unknown_channel(lab, text):
    with lab.session() as session, pytest.raises(nidcpower.errors.DriverError) as error:
        session.channels[text].voltage_level = 0.25
    assert code(error) == -1074135008


def test_a_number_is_ambiguous_with_two_instruments(lab):
    with lab.session("PXI1Slot2,PXI1Slot3") as session:
        session.channels["PXI1Slot3/0"].voltage_level = 1.0
        assert session.channels["PXI1Slot2"].voltage_level == 0.0
        assert session.instruments["PXI1Slot3"].instrument_model == "NI PXIe-4139"
        with pytest.raises(nidcpower.errors.DriverError) as error:
            session.channels["0"].voltage_level = 1.0
        assert code(error) == -1074135008
        with pytest.raises(nidcpower.errors.DriverError) as error:
            _ = session.voltage_level
        assert code(error) == -1074118522


def test_session_names(lab):
    first = lab.session(name="smu")
    first.voltage_level = 0.125
    with lab.session(name="smu") as attached:
        assert attached.voltage_level == 0.125
    assert first.voltage_level == 0.125  # detaching left it open
    with lab.session(name="smu", initialization_behavior=ATTACH) as attached:
        assert attached.voltage_level == 0.125
    with pytest.raises(nidcpower.errors.RpcError) as error:
        lab.session(name="smu", initialization_behavior=INITIALIZE)
    assert error.value.rpc_code == grpc.StatusCode.ALREADY_EXISTS
    with pytest.raises(nidcpower.errors.RpcError) as error:
        lab.session("PXI1Slot3", name="other", initialization_behavior=ATTACH)
    assert error.value.rpc_code == grpc.StatusCode.FAILED_PRECONDITION
    first.close()
    with pytest.raises(nidcpower.errors.RpcError):
        lab.session(name="smu", initialization_behavior=ATTACH)


def test_a_held_channel_is_refused_until_it_is_closed(lab):
    first = lab.session(name="holder")
    with pytest.raises(nidcpower.errors.DriverError, match="holder"):
        lab.session()
    with lab.session("PXI1Slot3/0"):
        first.close()
    lab.session().close()


def test_a_closed_session_is_not_valid(lab):
    first = lab.session(name="smu")
    second = lab.session(name="smu")
    first.close()
    with pytest.raises(nidcpower.errors.DriverError) as error:
        _ = second.voltage_level
    assert code(error) == -1074130544
    with pytest.raises(nidcpower.errors.DriverError) as error:
        second.close()
    assert code(error) == -1074130544


def test_options(lab):
    setup = {"Model": "4139", "BoardType": "PXIe"}
    with lab.session(options={"simulate": True, "driver_setup": setup}) as session:
        assert session.simulate is True
        assert "4139" in session.driver_setup
    with lab.session() as session:
        assert session.simulate is False
    with pytest.raises(nidcpower.errors.DriverError) as error:
        lab.session(options={"simulate": True, "driver_setup": {"Model": "4162"}})
    assert code(error) == -1074134964


def test_session_without_independent_channels(lab):
    with pytest.warns(DeprecationWarning, match="independent channels"):
        session = lab.session("PXI1Slot2", independent_channels=False)
    with session:
        assert session.get_channel_names("0") == ["0"]
        assert session.output_enabled is True
        session.voltage_level = 0.5
        with session.initiate():
            assert session.measure_multiple()[0].channel == "0"
    assert lab.drives()["te"].level == 0.5


def legacy(lab, resource, channels="", **options):
    with pytest.warns(DeprecationWarning, match="independent channels"):
        return lab.session(resource, channels=channels, independent_channels=False, **options)


@pytest.mark.parametrize("channels", ["", " ", "0", " 0 ", "0:0", [0], range(1)])
def test_a_legacy_session_names_channels_without_the_instrument(lab, channels):
    with legacy(lab, " pxi1slot2 ", channels) as session:
        assert session.channel_count == 1
        assert session.get_channel_names("0") == ["0"]
        assert session.channels["0"].output_enabled is True
        assert session.instrument_model == "NI PXIe-4139"


@pytest.mark.parametrize(
    ("resource", "channels"),
    [
        ("PXI1Slot2/0", None),
        ("PXI1Slot2/0", "PXI1Slot2/0"),
        ("PXI1Slot2/0,PXI1Slot3/0", "PXI1Slot2/0"),
        ("PXI1Slot2,PXI1Slot3", ""),
    ],
)
def test_a_legacy_session_is_of_one_instrument(lab, resource, channels):
    with pytest.raises(nidcpower.errors.DriverError) as error:
        legacy(lab, resource, channels)
    assert code(error) == -1074118656


def test_a_legacy_session_takes_no_channel_for_what_the_instrument_has(lab):
    with legacy(lab, "PXI1Slot2") as session:
        with pytest.raises(nidcpower.errors.DriverError) as error:
            _ = session.channels["0"].instrument_model
        assert code(error) == -1074134971
        with pytest.raises(nidcpower.errors.DriverError) as error:
            session.channels[
                "0"
            ].self_calibration_persistence = nidcpower.SelfCalibrationPersistence.KEEP_IN_MEMORY
        assert code(error) == -1074134971
        session.channels["0"].voltage_level = 1.0
    with lab.session("PXI1Slot2") as session:  # an independent one does
        assert session.channels["0"].instrument_model == "NI PXIe-4139"


@pytest.mark.parametrize("method", ["reset", "initiate", "commit", "abort"])
def test_a_legacy_session_does_it_to_all_channels_or_none(lab, method):
    with legacy(lab, "PXI1Slot2,PXI1Slot3", options="Simulate=1") as session:
        for text in ("", "PXI1Slot2/0,PXI1Slot3/0", "PXI1Slot3,PXI1Slot2"):
            getattr(session.channels[text], method)()
            session.abort()
        with pytest.raises(nidcpower.errors.DriverError, match="all channels") as error:
            getattr(session.channels["PXI1Slot2/0"], method)()
        assert code(error) == -1074118494
        with pytest.raises(nidcpower.errors.DriverError) as error:
            session.send_software_edge_trigger(nidcpower.SendSoftwareEdgeTriggerType.START)
        assert code(error) == -1074118587


@pytest.mark.parametrize(
    ("resource", "channels", "names"),
    [
        ("PXI1Slot2", "0", ["PXI1Slot2/0"]),
        ("PXI1Slot2", "PXI1Slot2/0", ["PXI1Slot2/0"]),  # the request says PXI1Slot2/PXI1Slot2/0
        ("PXI1Slot2", "pxi1slot2/0:0", ["pxi1slot2/0"]),
        ("PXI1Slot2", "0:0,PXI1Slot2/0", ["PXI1Slot2/0"]),
        ("PXI1Slot2/0,pxi1slot2/0", "", ["PXI1Slot2/0"]),
        ("PXI1Slot3,PXI1Slot2/0", "", ["PXI1Slot3/0", "PXI1Slot2/0"]),
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_forms_of_resource_and_channels(lab, raw, resource, channels, names):
    with lab.session(resource, channels=channels, name="smu") as session:
        assert session.get_channel_names(range(len(names))) == names
        for text in ("", *names, f"{names[0].partition('/')[0]}/{names[0]}"):
            got = raw("GetAttributeViReal64", channel_name=text, attribute_id=VOLTAGE_LEVEL)
            assert got.attribute_value == 0.0


@pytest.mark.parametrize("text", ["0", "0,1", "0:3", "0-3", range(4)])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_channel_of_a_channel(lab, text):
    with pytest.raises(nidcpower.errors.DriverError) as error:
        lab.session("PXI1Slot2/0", channels=text)
    assert code(error) == -1074097793


@pytest.mark.parametrize(
    "text",
    ["0-999999999", "0:99999", "9" * 5000, "0-" + "9" * 5000, ",".join("0" * 3000), "²", "0:²"],
)
def test_absurd_lists_are_refused(lab, raw, text):
    with lab.session(name="smu"):
        assert raw.code("AbortWithChannels", channel_name=text) == -1074135008
        assert raw.code("GetChannelNameFromString", index=text) in (-1074135008, -1074135024)
        assert raw.code("InitializeWithIndependentChannels", resource_name=text) < 0


def test_an_error_is_told_once_more(lab, raw):
    with lab.session(name="smu"):
        assert raw("GetError").code == 0
        assert raw.code("ConfigureVoltageLevel", level=70.0) == -1074135024
        told = raw("GetError")
        assert told.code == -1074135024
        assert "70" in told.description
        assert raw("GetError").code == 0
        assert raw.code("ConfigureVoltageLevel", channel_name="7") == -1074135008
        raw("ClearError")
        assert raw("GetError").code == 0
        assert raw("ErrorMessage", error_code=-1074135008).error_message.startswith("Unknown ch")


def test_a_simulated_session_fetches_more_than_there_is(lab):
    """As NI's driver does with Simulate; without, one point is one measurement."""
    for simulate in (True, False):
        with lab.session(options={"simulate": simulate}) as session:
            run_automatic(session)
            if simulate:
                voltages = [m.voltage for m in session.fetch_multiple(10)]
                assert voltages == pytest.approx([0.5] * 10, abs=1e-3)
            else:
                with pytest.raises(nidcpower.errors.DriverError) as error:
                    session.fetch_multiple(10)
                assert code(error) == -1074097933
                assert len(session.fetch_multiple(1)) == 1


@pytest.mark.parametrize(
    ("model", "named"), [("4139", "NI PXIe-4139"), ("4139 (40W)", "NI PXIe-4139 (40W)")]
)
def test_a_simulated_session_has_a_module_of_any_name(lab, model, named):
    options = {"simulate": True, "driver_setup": {"Model": model, "BoardType": "PXIe"}}
    with lab.session("Dev1,Dev2/0", options=options) as session:
        assert session.get_channel_names("0:1") == ["Dev1/0", "Dev2/0"]
        assert session.channels["Dev1/0"].instrument_model == named
        session.voltage_level = 0.5
        with session.initiate():
            first, second = session.measure_multiple()
        assert first.voltage == pytest.approx(0.5, abs=1e-4)
        assert first.voltage != second.voltage  # each has its own noise
        with lab.session("Dev1", options=options) as another:  # simulated once more
            assert another.voltage_level == 0.0
    with pytest.raises(nidcpower.errors.DriverError) as error:
        lab.session("Dev1")
    assert code(error) == -1074118656


def run_automatic(session):
    session.measure_when = nidcpower.MeasureWhen.AUTOMATICALLY_AFTER_SOURCE_COMPLETE
    session.voltage_level = 0.5
    session.initiate()


def test_abort_close_and_a_new_session_leave_the_output_on(lab):
    session = lab.session()
    run(session)
    assert lab.drives() == {"te": Drive(0.5, 1e-3)}
    session.abort()
    session.close()
    assert lab.drives() == {"te": Drive(0.5, 1e-3)}
    with lab.session() as second:
        assert second.voltage_level == 0.0  # the settings are the session's own
        assert lab.drives() == {"te": Drive(0.5, 1e-3)}
        second.voltage_level = 0.25
        assert lab.drives() == {"te": Drive(0.5, 1e-3)}  # until initiate


def test_what_switches_the_output_off(lab):
    session = lab.session()
    run(session)
    session.reset()
    assert lab.drives()["te"].level == 0.0
    run(session)
    session.disable()
    assert lab.drives() == {}
    assert session.output_enabled is False
    session.output_enabled = True
    run(session)
    assert lab.drives()["te"].level == 0.5
    session.reset_device()
    assert lab.drives() == {}
    run(session)
    session.self_test()
    assert lab.drives()["te"].level == 0.0
    run(session)
    session.self_cal()
    assert lab.drives()["te"].level == 0.0
    run(session)
    session.close()
    lab.session(reset=True).close()
    assert lab.drives()["te"].level == 0.0


def test_output_off_in_every_state(lab):
    session = lab.session()
    run(session)
    session.output_enabled = False
    assert lab.drives() == {"te": Drive(0.0, 1e-3)}
    session.output_connected = False
    assert lab.drives() == {}
    session.output_connected = True
    session.output_enabled = True
    assert lab.drives() == {"te": Drive(0.5, 1e-3)}
    session.abort()
    session.output_enabled = False
    session.commit()
    assert lab.drives() == {"te": Drive(0.5, 1e-3)}  # enabling waits for initiate
    session.output_connected = False
    session.commit()
    assert lab.drives() == {}  # the relay is set at commit
    session.output_connected = True
    session.initiate()
    assert lab.drives() == {"te": Drive(0.0, 1e-3)}


def test_importing_the_package_imports_no_grpc():
    program = (
        "import sys, mho.sim_instruments.ni_device_server as ni;"
        "ni.NI_DEVICE_SERVER.wiring(['te']);"
        "sys.exit('grpc' in sys.modules or 'nidcpower' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
