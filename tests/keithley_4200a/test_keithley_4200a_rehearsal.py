"""A rehearsal of any legal bench file: the simulated chassis is the one that the file describes."""

from types import SimpleNamespace

import pytest

from mho.clock import VirtualClock
from mho.errors import SettingsError
from mho.laboratory import read_setup
from mho.stimuli import Pulse, Read

HEAD = 'kind = "keithley-4200a"\nconnection = "simulator"\n'

BENCH_FILES = {
    "high power": 'channel = "SMU1"\nhigh_power = true',
    "preamplifier on SMU3": 'channel = "SMU3"\npreamp = true',
    "both on SMU8": 'channel = "SMU8"\nhigh_power = true\npreamp = true',
    "sixth SMU": 'channel = "SMU6"',
    "second card": 'channel = "PMU2-1"\ncurrent_unlimited = true',
    "last channel": 'channel = "PMU4-2"\ncurrent_unlimited = true\nrpm = false',
    "no RPM": 'channel = "PMU1-1"\ncurrent_unlimited = true\nrpm = false',
    "second RPM only": 'channel = "PMU1-2"\ncurrent_unlimited = true',
    "behind an RPM": 'channel = "SMU2"\nthrough_rpm = "PMU1-1"',
    "behind the RPM of a second card": 'channel = "SMU5"\nthrough_rpm = "PMU2-2"',
}
FURTHER = {
    "": "",
    "with other terminals": '[terminals.gate]\nchannel = "SMU4"\npreamp = true\n'
    '[terminals.BE]\nchannel = "PMU3-1"\ncurrent_unlimited = true\nrpm = false\n',
}


@pytest.fixture
def setup(tmp_path):
    """``setup(text of a bench file)``, with a 10 kohm resistor on TE."""

    def read(text):
        path = tmp_path / "bench.toml"
        path.write_text(text, "utf-8")
        return read_setup(str(path), "resistor")

    return read


@pytest.mark.parametrize("further", FURTHER.values(), ids=FURTHER)
@pytest.mark.parametrize("terminal", BENCH_FILES.values(), ids=BENCH_FILES)
def test_every_bench_file_rehearses(setup, terminal, further):
    text = f"{HEAD}[terminals.TE]\n{terminal}\n{further}"
    with setup(text).open() as bench:
        width = max(20e-3, 4 * bench.limits["TE"].min_width)
        verify = Read(voltage=0.1, aperture=20e-3, compliance=1e-4)
        pulsed, read = bench.apply(
            Pulse(terminal="TE", amplitude=0.5, width=width, compliance=1e-3, verify=verify)
        )
    assert pulsed.current == pytest.approx(0.5 / 10e3, rel=2e-2)
    assert read.current == pytest.approx(0.1 / 10e3, rel=2e-2)


@pytest.mark.parametrize(
    ("terminal", "token"),
    [
        ('channel = "SMU6"\nhigh_power = true\npreamp = true', "HPSMUPA6"),
        ('channel = "SMU1"', "SMU1"),
        ('channel = "PMU2-2"\ncurrent_unlimited = true', "PMU2RPM2"),
        ('channel = "PMU2-2"\ncurrent_unlimited = true\nrpm = false', "PMU2"),
    ],
)
def test_the_card_is_the_one_in_the_file(setup, terminal, token):
    with setup(f"{HEAD}[terminals.TE]\n{terminal}\n").open() as bench:
        (identity,) = bench.identities
    assert identity.model.split()[-1] == token


@pytest.mark.parametrize("head", ["line_frequency = 60", *(f'terminator = "{t}"' for t in (
    "auto", "none", "CR", "LF", "CRLF",
))])  # fmt: skip
def test_the_mains_and_the_terminator_are_those_of_the_file(setup, head):
    text = f'{HEAD}{head}\n[terminals.TE]\nchannel = "SMU1"\nintegration = "normal"\n'
    with setup(text).open() as bench:
        start = bench.clock.now()
        (reading,) = bench.apply(Pulse(terminal="TE", amplitude=0.5, width=50e-3, compliance=1e-3))
        assert bench.clock.now() - start == pytest.approx(50e-3, abs=1e-3)
    assert reading.current == pytest.approx(0.5 / 10e3, rel=2e-2)


def test_an_rpm_is_in_one_place_only(setup):
    with pytest.raises(SettingsError, match="PMU1-1 cannot be at both BE and TE"):
        setup(
            f'{HEAD}[terminals.TE]\nchannel = "SMU1"\nthrough_rpm = "PMU1-1"\n'
            '[terminals.BE]\nchannel = "PMU1-1"\ncurrent_unlimited = true\n'
        )


def test_an_smu_behind_an_rpm_is_wired_through_it(setup):
    text = f'{HEAD}[terminals.TE]\nchannel = "SMU2"\nthrough_rpm = "PMU1-2"\n'
    read = setup(text)
    asked = []

    def instrument(name, wiring, **options):
        asked.append((name, wiring, options["chassis"]))
        return "nowhere"

    room = SimpleNamespace(profile=read.profile, clock=VirtualClock(), instrument=instrument)
    (one,) = read.instruments
    one.driver.instrument(one.settings, room)
    chassis = {
        "smus": [{}, {"model": "4201", "preamplifier": False}],
        "pmus": [{"rpms": [2]}],
    }
    assert asked == [("keithley-4200a", {"SMU2": "TE", "PMU1-2": "TE"}, chassis)]
