"""The bench file of a card: what is right, and one thing broken at a time."""

from copy import deepcopy

import pytest

from mho.device.profile import TerminalLimits
from mho.drivers.ni_daq.channel_limits import limits
from mho.drivers.ni_daq.chassis import simulated, wiring
from mho.drivers.ni_daq.instrument import instrument
from mho.drivers.ni_daq.settings import NiDaqSettings, resources
from mho.errors import ConnectionFailed, SettingsError
from mho.laboratory import read_setup
from mho.settings import parse
from mho.testing.profiles import make_profile

CURRENT = {"input": "ai0", "gain": "1 kohm", "bandwidth": "1 MHz"}
RIGHT = {
    "target": "host:31763",
    "card": "Dev1",
    "model": "PCIe-6363",
    "terminals": {
        "TE": {"output": "ao0", "current_unlimited": True, "current": CURRENT},
        "gate": {"output": "ao1", "current_unlimited": True},
        "BE": {"grounded_by": "wire"},
    },
}


def read(data):
    return parse("bench.toml", data, NiDaqSettings)


def with_changes(place, value):
    data = deepcopy(RIGHT)
    *above, last = place
    table = data
    for key in above:
        table = table[key]
    if value is None:
        del table[last]
    else:
        table[last] = value
    return data


def test_the_right_one_is_read():
    settings = read(RIGHT)
    assert settings.sample_rate == 1e6
    assert list(settings.driven) == ["TE", "gate"]
    found = limits(settings, None)
    assert found["TE"].max_compliance == pytest.approx(5e-3)  # what the output gives
    assert (found["BE"].max_voltage, found["BE"].limits_current) == (0.0, False)
    assert {one.time_axis for one in found.values()} == {"one sample clock"}
    assert not found["TE"].limits_current and not found["TE"].opens
    assert found["TE"].time_step == pytest.approx(1e-6)


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (("target",), "somewhere", '"somewhere" is not a target'),
        (("card",), "Dev1/ao0", "card"),
        (("model",), "PCI-6733", "PCI-6733 has outputs and no input.*under .other_cards."),
        (("model",), "PCI-6735", "PCIe-6363"),
        (("sample_rate",), "3 MHz", "is not 100 MHz over a whole number.*2.94117647 MHz or less"),
        (("sample_rate",), "300 kHz", "is not 100 MHz over a whole number"),
        (("terminals", "gate", "output"), "ao0", "ao0 is at both TE and gate"),
        (("terminals", "TE", "output"), "ao4", "a PCIe-6363 has ao0 to ao3, no ao4"),
        (("terminals", "TE", "output"), "ai0", "output"),
        (("terminals", "TE", "current_unlimited"), None, "current_unlimited"),
        (("terminals", "TE", "current_unlimited"), False, "current_unlimited"),
        (("terminals", "TE", "current"), None, "nothing could be measured"),
        (("terminals", "TE", "current", "bandwidth"), None, "bandwidth"),
        (("terminals", "TE", "current", "gain"), "0 ohm", "no current could be told from it"),
        (("terminals", "TE", "current", "gain"), "1000", "gain.*unit"),
        (("terminals", "TE", "current", "input"), "ai32", "no ai32"),
        (("terminals", "TE", "current", "offset"), "10 V", "as large as what the amplifier"),
        (("terminals", "TE", "voltage"), {"input": "ai0"}, "ai0 is at both"),
        (("terminals", "TE", "range"), "12 V", "range"),
        (
            ("terminals", "BE", "grounded_by"),
            "ai7",
            "BE is grounded by ai7, which is the current input",
        ),
        (("terminals", "BE", "grounded_by"), "earth", "grounded_by"),
        (("terminals", "BE", "output"), "ao2", "output"),
    ],
)
def test_one_thing_broken_is_told_at_its_place(place, value, words):
    with pytest.raises(SettingsError, match=rf"(?s){words}"):
        read(with_changes(place, value))


TWO_CARDS = {
    "target": "host:31763",
    "card": "Dev1",
    "model": "PXIe-6363",
    "other_cards": {"Dev2": "PXI-6733"},
    "terminals": {
        "TE": {"output": "ao0", "current_unlimited": True, "current": CURRENT},
        "gate": {"output": "Dev2/ao7", "current_unlimited": True},
    },
}


def test_outputs_of_another_card_are_wired_limited_and_locked():
    settings = read(TWO_CARDS)
    assert [settings.place(one) for one in settings.driven.values()] == [
        ("Dev1", "ao0"), ("Dev2", "ao7"),
    ]  # fmt: skip
    assert "PXI-6733 (Dev2/ao7" in limits(settings, None)["gate"].instrument
    assert len(resources(settings)) == 2
    profile = make_profile()
    assert wiring(settings, profile) == {"Dev1/ao0": "TE", "Dev1/ai0": "TE", "Dev2/ao7": "gate"}
    found = simulated(settings, profile)["cards"]
    assert {name: card["product"] for name, card in found.items()} == settings.models


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model": "PXI-6733", "other_cards": {"Dev2": "PXIe-6363"}},
         "PXI-6733 has outputs and no input.*make a card with inputs `card`"),
        ({"other_cards": {"Dev2": "PCIe-6738"}}, "no clock goes from one to the other"),
        ({"other_cards": {}}, r"gate: there is no card Dev2 here; name it under \[other_cards\]"),
        ({"other_cards": {"Dev1": "PXI-6733", "Dev2": "PXI-6733"}}, "Dev1 is `card` itself"),
        ({"other_cards": {"Dev2": "PXIe-6363"}}, "gate: a PXIe-6363 has ao0 to ao3, no ao7"),
        ({"other_cards": {"Dev2": "PXI-6704"}}, "PXI-6733"),
    ],
)  # fmt: skip
def test_cards_that_share_no_clock_or_are_not_there_are_told(changes, words):
    read(TWO_CARDS)
    with pytest.raises(SettingsError, match=rf"(?s){words}"):
        read({**TWO_CARDS, **changes})


def test_a_partner_of_a_differential_input_is_no_input_of_its_own():
    data = deepcopy(RIGHT)
    data["terminals"]["TE"]["voltage"] = {"input": "ai8", "wiring": "RSE"}
    with pytest.raises(SettingsError, match="ai0 is differential and takes ai8 as its partner"):
        read(data)
    data["terminals"]["TE"]["current"]["wiring"] = "RSE"
    read(data)
    data["terminals"]["TE"]["voltage"]["wiring"] = "differential"
    with pytest.raises(SettingsError, match=r"ai8 is no differential input.*wiring = .RSE."):
        read(data)


@pytest.mark.parametrize(
    ("rate", "terminals", "highest"),
    [("2 MHz", 2, None), ("2.5 MHz", 1, "2 MHz"), ("2 MHz", 3, "1.54 MHz"), ("1 MHz", 4, None)],
)
def test_the_clock_is_that_of_the_outputs_and_inputs_that_a_device_needs(rate, terminals, highest):
    """Refused when the instrument is made: the file may wire more than a device has."""
    data = deepcopy(RIGHT)
    data["terminals"] = {
        f"T{number}": {"output": f"ao{number}", "current_unlimited": True}
        for number in range(terminals)
    }
    data["terminals"]["T0"]["current"] = CURRENT
    allowed = TerminalLimits(min_voltage=-1.0, max_voltage=1.0, max_compliance=5e-3)
    profile = make_profile(terminals=dict.fromkeys(data["terminals"], allowed), write_at="T0")
    settings = read({**data, "sample_rate": rate})
    rehearsal = type("Rehearsal", (), {"profile": profile, "clock": None})()
    if highest is None:
        instrument(settings, rehearsal)
        return
    with pytest.raises(SettingsError, match=f"above the {highest} at which"):
        instrument(settings, rehearsal)


def test_one_card_is_one_resource_whoever_names_it():
    here = resources(read(with_changes(("target",), "localhost:31763")))
    assert here == resources(read({**with_changes(("target",), "127.0.0.1:31763"), "card": "dev1"}))
    assert here != resources(read({**RIGHT, "target": "localhost:31763", "card": "Dev2"}))
    assert here != resources(read(with_changes(("target",), "local")))


def test_the_simulated_card_is_told_what_is_wired():
    settings = read({**RIGHT, "target": "simulator"})
    profile = make_profile()
    assert wiring(settings, profile) == {"Dev1/ao0": "TE", "Dev1/ai0": "TE", "Dev1/ao1": "gate"}
    found = simulated(settings, profile)
    assert found["cards"] == {"Dev1": {"product": "PCIe-6363", "ao_current": "5 mA"}}
    assert found["amplifiers"]["Dev1/ai0"]["gain"] == "1 kohm"


def test_without_ni_s_runtime_it_says_what_to_install_or_where_to_point():
    setup = read_setup(
        "ni-daq", "resistor", bench_options=['target="local"']
    )  # fmt: skip
    bench = setup.open()
    with pytest.raises(
        ConnectionFailed,
        match=r'(?s)NI-DAQmx runtime is not installed .*ni\.com/downloads.*target = "<host>:31763"'
        '.*"simulator"',
    ):
        bench._bench.__enter__()


def test_without_a_server_it_says_where_it_looked():
    setup = read_setup("ni-daq", "resistor", bench_options=['target="127.0.0.1:9"'])
    with pytest.raises(
        ConnectionFailed, match=r"no NI gRPC Device Server answers at 127\.0\.0\.1:9.*31763"
    ):
        setup.open()._bench.__enter__()
