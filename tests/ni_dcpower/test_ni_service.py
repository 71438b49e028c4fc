"""The whole NI-DCPower service: every call of the stub is answered, or refused by its code."""

import tempfile
from collections import Counter
from pathlib import Path

import pytest
from nidcpower import nidcpower_pb2

from mho.sim_instruments.ni_dcpower.service import METHODS

SERVICE = nidcpower_pb2.DESCRIPTOR.services_by_name["NiDCPower"]
CALLS = {method.name: method for method in SERVICE.methods}
ATTRIBUTES = dict(nidcpower_pb2.NiDCPowerAttribute.items())
NOT_SUPPORTED = -1074118619
NO_SESSION_ATTRIBUTE = -1074135022

REFUSED = {
    **dict.fromkeys((name for name in CALLS if "LCR" in name), NOT_SUPPORTED),
    "ConfigureAutoZero": NOT_SUPPORTED,
    "ConfigureOvp": NOT_SUPPORTED,
    "GetAttributeViSession": NO_SESSION_ATTRIBUTE,
    "SetAttributeViSession": NO_SESSION_ATTRIBUTE,
}
"""What a PXIe-4139 cannot do."""

FIELDS = {
    "ConfigureSourceMode": {"source_mode_raw": 1021},
    "ConfigureSourceModeWithChannels": {"source_mode_raw": 1021},
    "ConfigureOutputFunction": {"function_raw": 1007},
    "ConfigureCurrentLimit": {"behavior_raw": 0, "limit": 1e-3},
    "ConfigurePowerLineFrequency": {"powerline_frequency_raw": 50},
    "ConfigureSense": {"sense_raw": 1009},
    "ConfigureApertureTime": {"aperture_time": 1e-3, "units_raw": 1028},
    "CreateAdvancedSequence": {
        "sequence_name": "ramp", "attribute_ids": [ATTRIBUTES["NIDCPOWER_ATTRIBUTE_VOLTAGE_LEVEL"]],
    },
    "DeleteAdvancedSequence": {"sequence_name": "ready"},
    "ErrorMessage": {"error_code": -1074135008},
    "GetChannelName": {"index": 1},
    "GetChannelNameFromString": {"index": "0"},
    "InitializeWithChannels": {"resource_name": "PXI1Slot3"},
    "InitializeWithIndependentChannels": {"resource_name": "PXI1Slot3"},
    "Measure": {"measurement_type_raw": 1},
    "QueryLatchedOutputCutoffState": {"output_cutoff_reason_raw": -1},
    "ClearLatchedOutputCutoffState": {"output_cutoff_reason_raw": -1},
    "QueryMaxCurrentLimit": {"voltage_level": 1.0},
    "QueryMaxVoltageLevel": {"current_limit": 1e-3},
    "QueryOutputState": {"output_state_raw": 0},
    "SetSequence": {"values": [0.1, 0.2], "source_delays": [1e-3, 1e-3]},
    "SendSoftwareEdgeTrigger": {"trigger_raw": 1034},
    "WaitForEvent": {"event_id_raw": 1030, "timeout": 1.0},
    "ExportSignal": {"signal_raw": 1030, "output_terminal": "PXI_Trig3"},
    "FetchMultiple": {"count": 1, "timeout": 1.0},
    **{
        f"{verb}AttributeVi{kind}": {"attribute_id": ATTRIBUTES[f"NIDCPOWER_ATTRIBUTE_{name}"]}
        for verb in ("Get", "Set")
        for kind, name in (
            ("Boolean", "OUTPUT_ENABLED"), ("Int32", "SOURCE_MODE"), ("Real64", "VOLTAGE_LEVEL"),
            ("Int64", "ACTIVE_ADVANCED_SEQUENCE_STEP"), ("String", "ACTIVE_ADVANCED_SEQUENCE"),
        )
    },
}  # fmt: skip
FIELDS["SetAttributeViInt32"]["attribute_value_raw"] = 1020

RUNNING = ("Measure", "WaitForEvent", "SendSoftwareEdge", "Abort")
IN_SEQUENCES = ("Advanced",)


def fields_of(name):
    """A legal request, by hand or by the names of its fields."""
    plain = name.removesuffix("WithChannels")
    fields = dict(FIELDS.get(name) or FIELDS.get(plain) or {})
    known = CALLS[name].input_type.fields_by_name
    if plain.startswith("ConfigureDigitalEdge"):
        fields = {"input_terminal": "PXI_Trig0", "edge_raw": 1016}
    for field in ("level", "limit", "range"):
        if name.startswith("Configure") and field in known and field not in fields:
            fields[field] = 1e-3
    return fields


def prepare(raw, name):
    raw("InitializeWithIndependentChannels", resource_name="PXI1Slot2/0", session_name="smu")
    if any(word in name for word in IN_SEQUENCES):
        raw("ConfigureSourceMode", source_mode_raw=1021)
        level = [ATTRIBUTES["NIDCPOWER_ATTRIBUTE_VOLTAGE_LEVEL"]]
        raw("CreateAdvancedSequence", sequence_name="ready", attribute_ids=level,
            set_as_active_sequence=True)  # fmt: skip
    if name.startswith("FetchMultiple"):
        raw("SetAttributeViInt32", attribute_value_raw=1025,
            attribute_id=ATTRIBUTES["NIDCPOWER_ATTRIBUTE_MEASURE_WHEN"])  # fmt: skip
    if name.startswith((*RUNNING, "FetchMultiple")):
        raw("Initiate")


@pytest.mark.parametrize("name", CALLS)
def test_every_call_is_answered_or_refused_with_its_code(lab, raw, name, tmp_path):
    prepare(raw, name)
    fields = fields_of(name)
    if "file_path" in CALLS[name].input_type.fields_by_name:
        fields["file_path"] = str(tmp_path / "settings.nidcpowerconfig")
        raw("ExportAttributeConfigurationFile", file_path=fields["file_path"])
    if name == "ImportAttributeConfigurationBuffer":
        fields["configuration"] = raw("ExportAttributeConfigurationBuffer").configuration
    assert raw.code(name, **fields) == REFUSED.get(name, 0)


def test_the_list_is_complete():
    assert set(METHODS) == set(CALLS)
    assert set(REFUSED) <= set(CALLS)
    assert Counter(code for code in REFUSED.values()) == {
        NOT_SUPPORTED: 14,
        NO_SESSION_ATTRIBUTE: 2,
    }
    assert len(CALLS) - len(REFUSED) == 131


WITHOUT_SESSION = {"InitializeWithChannels", "InitializeWithIndependentChannels", "ErrorMessage"}


@pytest.mark.parametrize("name", sorted(set(CALLS) - WITHOUT_SESSION))
def test_every_call_needs_a_session(raw, name):
    assert raw.code(name, session="nobody", **fields_of(name)) == -1074130544


WITH_CHANNELS = [
    name for name, call in CALLS.items() if "channel_name" in call.input_type.fields_by_name
]


@pytest.mark.parametrize("name", WITH_CHANNELS)
def test_every_call_refuses_a_channel_that_is_not_there(raw, name):
    prepare(raw, name)
    assert raw.code(name, **fields_of(name), channel_name="7") == -1074135008


@pytest.mark.parametrize("name", sorted(set(CALLS) - set(REFUSED) - WITHOUT_SESSION - {"Close"}))
def test_no_call_with_an_empty_request_breaks_the_session(raw, name):
    """A request with nothing in it is answered or refused; the session goes on."""
    prepare(raw, name)
    raw.code(name)
    assert raw.code("AbortWithChannels") == 0
    assert raw.code("GetChannelName", index=1) == 0


def test_nothing_is_written_beside_the_file_that_is_asked_for(lab, raw):
    prepare(raw, "")
    with tempfile.TemporaryDirectory() as folder:
        for path in ("", "settings.txt", "./settings.txt", str(Path(folder) / "no" / "folder")):
            assert raw.code("ExportAttributeConfigurationFile", file_path=path) != 0
            assert raw.code("ImportAttributeConfigurationFile", file_path=path) != 0
        assert not list(Path(folder).iterdir())
