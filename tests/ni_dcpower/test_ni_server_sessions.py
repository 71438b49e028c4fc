"""Sessions: names, resources, channel strings, and outputs that outlive them."""

import subprocess
import sys

import grpc
import nidcpower
import pytest

from mho.stimuli import Drive

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
        "import sys, mho.sim_instruments.ni_dcpower as ni;"
        "ni.NI_DEVICE_SERVER.wiring(['te']);"
        "sys.exit('grpc' in sys.modules or 'nidcpower' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
