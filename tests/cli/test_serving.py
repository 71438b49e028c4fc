"""``mho serve`` with files: what a person reads, what a client gets, what is refused."""

import socket
import subprocess
import sys
import tomllib

import pytest
from served_instruments import address_in

from mho import settings
from mho.bench_file import bench_instruments
from mho.cli import main, serving

LAB = """
message_time = "2 ms"

[chassis]
serial = "0815"
pmus = []

[[chassis.smus]]
model = "4211"
preamplifier = true

[[chassis.smus]]

[wiring]
SMU1 = "gate"
SMU2 = "TE"
"""


@pytest.fixture
def serve(monkeypatch, capsys, tmp_path):
    """``serve(name, *options, file=text)``: what it says until it waits for the first time."""

    class Interrupted:
        def sleep(self, seconds):
            raise KeyboardInterrupt

    monkeypatch.setattr(serving, "RealClock", Interrupted)
    monkeypatch.chdir(tmp_path)

    def run(name, *options, file=None):
        if file is not None:
            (tmp_path / "lab.toml").write_text(file, "utf-8")
            options = ("--settings", "lab.toml", *options)
        code = main(["serve", name, "--fast", "--port", "0", *options])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return code, captured.out, captured.err

    return run


def test_it_says_what_is_wired_where_and_how_to_connect(serve):
    code, out, err = serve("keithley-4200a")
    assert code == 0
    address = tomllib.loads(out)["connection"]
    assert address.startswith("TCPIP0::127.0.0.1::") and address.endswith("::SOCKET @py")
    for words in (
        "Keithley 4200A-SCS", "Cu:Te 1T1R", "virtual", "TE   <- SMU1 and PMU1-1",
        "gate <- SMU2 and PMU1-2", "as shipped", "PyVISA",
    ):  # fmt: skip
        assert words in out
    assert err == f"# it listens on {address}; Ctrl-C ends it\n"
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("name", "file", "terminals"),
    [
        (
            "keithley-4200a",
            None,
            {
                "TE": {"channel": "SMU1", "preamp": True, "through_rpm": "PMU1-1"},
                "gate": {"channel": "SMU2", "preamp": True, "through_rpm": "PMU1-2"},
            },
        ),
        (
            "keithley-4200a",
            LAB,
            {
                "gate": {"channel": "SMU1", "preamp": True, "high_power": True},
                "TE": {"channel": "SMU2"},
            },
        ),
        (
            "keithley-4200a",
            "line_frequency = 60\n[chassis]\nsmus = [{}]\n[[chassis.pmus]]\nrpms = [2]\n",
            {
                "TE": {"channel": "SMU1"},
                "gate": {"channel": "PMU1-2", "current_unlimited": True},
            },
        ),
        (
            "keithley-4200a",
            "[chassis]\nsmus = []\n[[chassis.pmus]]\nrpms = []\n",
            {
                "TE": {"channel": "PMU1-1", "current_unlimited": True, "rpm": False},
                "gate": {"channel": "PMU1-2", "current_unlimited": True, "rpm": False},
            },
        ),
        (
            "ni",
            'version_40w = ["PXI1Slot7"]\n[wiring]\n"PXI1Slot7/0" = "TE"\n"PXI1Slot3/0" = "gate"',
            {
                "TE": {"resource": "PXI1Slot7/0", "model": "40 W"},
                "gate": {"resource": "PXI1Slot3/0", "model": "20 W"},
            },
        ),
        (
            "ni",
            '[wiring]\n"Dev1/ao0" = "TE"\n"Dev1/ai1" = "TE"\n"Dev1/ao2" = "gate"\n'
            '[amplifiers."Dev1/ai1"]\ngain = "2 kohm"\nshunt = "10 ohm"\nbandwidth = "50 kHz"\n',
            {
                "TE": {
                    "output": "ao0",
                    "current_unlimited": True,
                    "max_current": "5 mA",
                    "current": {
                        "input": "ai1",
                        "gain": "2 kohm",
                        "resistance": "10 ohm",
                        "bandwidth": "50 kHz",
                        "saturation": "10 V",
                        "offset": "0 V",
                    },
                },
                "gate": {"output": "ao2", "current_unlimited": True, "max_current": "5 mA"},
            },
        ),
        (
            "ni",
            '[wiring]\n"Dev1/ao0" = "TE"\n"Dev1/ai1" = "gate"\n',
            {
                "TE": {
                    "output": "ao0",
                    "current_unlimited": True,
                    "max_current": "5 mA",
                    "current": {
                        "input": "ai1",
                        "gain": "-100 kohm",
                        "resistance": "0 ohm",
                        "bandwidth": "1 MHz",
                        "saturation": "10 V",
                        "offset": "0 V",
                    },
                },
                "gate": {"grounded_by": "ai1"},
            },
        ),
    ],
)
def test_what_it_prints_is_a_bench_file_for_what_is_wired(serve, tmp_path, name, file, terminals):
    _, out, _ = serve(name, file=file)
    assert tomllib.loads(out)["terminals"] == terminals
    (tmp_path / "printed.toml").write_text(out, "utf-8")
    bench = settings.read(settings.BENCHES, str(tmp_path / "printed.toml"))
    (one,) = bench_instruments(bench)
    assert not one.rehearses
    if file and "line_frequency" in file:
        assert one.settings.line_frequency == 60


def test_wiring_of_a_file_and_options_over_it(serve):
    code, out, _ = serve("keithley-4200a", "--set", "wiring.SMU2=TE", file=LAB)
    assert code == 0
    assert "TE   <- SMU2\n" in out and "gate <- SMU1\n" in out and "lab.toml" in out
    code, out, _ = serve("keithley-4200a", "--set", "wiring.SMU4=TE")
    assert code == 0
    assert "TE   <- SMU4\n" in out and "gate <- nothing\n" in out


def test_without_wiring_it_fits_the_chassis(serve):
    code, out, _ = serve(
        "keithley-4200a", file="[chassis]\nsmus = [{}]\n[[chassis.pmus]]\nrpms = []\n"
    )
    assert code == 0
    assert "TE   <- SMU1\n" in out and "gate <- PMU1-2\n" in out


def test_the_ni_server_is_set_up_the_same_way(serve):
    code, out, err = serve(
        "ni", file='slots = []\nversion_40w = ["PXI1Slot7"]\n[wiring]\n"PXI1Slot7/0" = "TE"\n'
    )
    assert code == 0
    assert tomllib.loads(out)["target"] in err
    assert "TE   <- PXI1Slot7/0\n" in out


BAD_4200A = """
message_time = 5
framing = "NULL"
nois = 1.0

[[chassis.smus]]
model = 4210
preamp = true

[[faults]]
kind = "lost"
times = 0

[wiring]
SMU1 = "TX"
SMU2 = 3
"""


@pytest.mark.parametrize(
    ("name", "file", "words"),
    [
        (
            "keithley-4200a",
            BAD_4200A,
            (
                "9 problems",
                "lab.toml: message_time: 5 has no unit; write a time with its unit, in quotes, ",
                "lab.toml: framing: ",
                'lab.toml: nois: unknown key "nois". Did you mean "noise"?',
                "lab.toml: chassis.smus[0].model: ",
                'lab.toml: chassis.smus[0].preamp: unknown key "preamp". '
                'Did you mean "preamplifier"?',
                "lab.toml: faults[0].kind: ",
                "lab.toml: faults[0].times: ",
                "lab.toml: wiring.SMU1: the device has no terminal",
                "lab.toml: wiring.SMU2: ",
            ),
        ),
        (
            "keithley-4200a",
            'noise = -1\n[wiring]\nSMU1 = "TX"\n',
            ("2 problems", "lab.toml: noise: ", 'wiring.SMU1: the device has no terminal "TX"'),
        ),
        (
            "keithley-4200a",
            '[wiring]\nSMU9 = "TE"\nSMU1 = "TE"\nSMU2 = "TE"\n',
            ("2 problems", "lab.toml: wiring.SMU9: the chassis has no such", "wiring.SMU2: "),
        ),
        (
            "ni",
            'version_40w = ["PXI1Slot9"]\n[wiring]\nPXI1Slot2 = "TE"\n"PXI1Slot3/1" = "gate"\n'
            '[faults]\nrejects.Initiat = -1\nhangs."SetAttributeViReal64[volts]" = "1 s"\n',
            (
                "4 problems",
                "lab.toml: version_40w[0]: PXI1Slot9: no module",
                "lab.toml: wiring.PXI1Slot3/1: ",
                "lab.toml: faults.rejects.Initiat: is no call",
                "lab.toml: faults.hangs.SetAttributeViReal64[volts]: is no call",
            ),
        ),
        (
            "ni",
            '[faults]\nanswers.FetchMultiple = "xyz"\nhangs.InitiateWithChannels = 3\n',
            ("2 problems", "faults.answers.FetchMultiple: ", "hexadecimal", "has no unit"),
        ),
        ("ni", "slots = [", ("not valid TOML",)),
        (
            "keithley-4200a",
            'chassis = 3\nfaults = "dropped"\nwiring = "SMU1"\n',
            (
                "chassis: 3 stands where a table is wanted; write [chassis]",
                'faults: "dropped" stands where a list is wanted; write [[faults]]',
                'wiring: "SMU1" stands where a table is wanted; write [wiring]',
            ),
        ),
        ("ni", "[wirng]\n", ('Did you mean "wiring"?',)),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told_whole_with_file_and_key(serve, name, file, words):
    code, out, err = serve(name, file=file)
    assert (code, out) == (2, "")
    for word in words:
        assert word in err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--settings", "none.toml"), ("none.toml: cannot be read",)),
        (("--settings", "keithly-4200a"), ('Did you mean "keithley-4200a"',)),
        (("--set", "noise"), ("key=value",)),
        (("--set", "noise=x", "--device", "nothing"), ("noise", 'unknown device "nothing"')),
        (("--set", "wiring=5"), ("instrument keithley-4200a: wiring: ",)),
    ],
)
def test_wrong_options_are_told_with_the_rest(serve, options, words):
    code, _, err = serve("keithley-4200a", *options)
    assert code == 2
    for word in words:
        assert word in err


def test_a_process_serves_a_plain_socket_what_the_file_says(tmp_path):
    (tmp_path / "lab.toml").write_text(LAB, "utf-8")
    command = (
        sys.executable, "-m", "mho", "serve", "keithley-4200a", "--settings", "lab.toml",
        "--set", "string_terminator=CR", "--port", "0", "--device", "cu-te-1t1r", "--fast",
    )  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=tmp_path, text=True) as process:
        try:
            port = address_in(process.stdout).split("::")[2]
            with socket.create_connection(("127.0.0.1", int(port)), timeout=10) as client:
                client.sendall(b"*IDN?\0*OPT?\0")
                received = b""
                while received.count(b"\0") < 2:
                    received += client.recv(1000)
        finally:
            process.terminate()
    assert received == b"KEITHLEY INSTRUMENTS,KI4200A,0815,V1.13\r\0HPSMUPA1,SMU2\r\0"
