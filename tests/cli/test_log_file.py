"""``--log FILE``: every message of the wire, in order, a line each; or a clear word at once."""

import io
import logging
import re
import signal
import socket
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from served_instruments import address_in

import mho
from mho.cli import log_file, main
from mho.cli.log_file import log_to
from mho.clock import VirtualClock
from mho.rehearsal import World
from mho.sim_instruments.keithley_4200a import Fault, KeithleyOptions, serve_on_tcp
from mho.sim_instruments.ni_device_server.chassis import start_server
from mho.testing.faults import Resistors

LINE = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d) (mho\.\S+) (->|<-|!!|--) (.*)\n"
)
FEW = ("--recipe", "one-target", "--set", "max_pulses=3", "--device", "resistor", "--yes")
OURS = logging.getLogger("mho")
LogFile = log_file._LogFile


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    return code, captured.out, captured.err


def lines(path):
    """Logger, direction and text of every line."""
    content = path.read_bytes().decode("utf-8")
    matches = [LINE.fullmatch(line) for line in content.splitlines(keepends=True)]
    assert all(matches)
    return [match.groups()[1:] for match in matches]


def of(logger, found):
    return [(direction, text) for name, direction, text in found if name == logger]


@pytest.fixture
def keithley():
    servers = []

    def serve(*faults):
        options = KeithleyOptions(faults=faults)
        wiring = {"SMU1": "TE", "SMU2": "gate"}
        servers.append(serve_on_tcp(World(Resistors(), VirtualClock(), 1), wiring, options=options))
        return servers[-1]

    yield serve
    for server in servers:
        server.stop()


@pytest.fixture
def ni():
    wiring = {"PXI1Slot2/0": "TE", "PXI1Slot3/0": "gate"}
    server = start_server(World(Resistors(), VirtualClock(), 1), wiring)
    yield server
    server.stop()


def on_4200a(server):
    return (
        "ispp",
        "--bench",
        "keithley-4200a",
        *FEW,
        "--set",
        f"bench.connection={server.address}",
    )


def on_ni(server):
    return ("ispp", "--bench", "ni-pxie-4139", *FEW, "--set", f"bench.target={server.address}")


def test_a_run_on_a_served_4200a_leaves_every_message_both_ways_in_order(
    capsys, tmp_path, keithley
):
    server, log = keithley(), tmp_path / "wire.log"
    code, _, _ = run(capsys, "run", *on_4200a(server), "--out", tmp_path, "--log", log)
    assert code == 0
    first, *found = lines(log)
    assert first == ("mho.cli.log_file", "--", f"mho run, version {version('mho')}")
    driver = of("mho.drivers.keithley_4200a", found)
    assert driver[0] == ("--", f"open {server.address}")
    assert driver[-1] == ("--", f"close {server.address}")
    told = [exchange.message for exchange in server.instrument.exchanges]
    answers = [exchange.reply for exchange in server.instrument.exchanges]
    assert [text for direction, text in driver if direction == "->"] == told
    assert [text for direction, text in driver if direction == "<-"] == answers
    assert [direction for direction, _ in driver[1:-1]] == ["->", "<-"] * len(told)
    # What one end says, the other hears.
    turned = {"->": "<-", "<-": "->"}
    instrument = of("mho.sim_instruments.keithley_4200a", found)
    assert [(turned[way], text) for way, text in instrument if way in turned] == driver[1:-1]
    rows = len(mho.load(next(path for path in tmp_path.iterdir() if path.is_dir())))
    assert sum(text.startswith("TI1") for text in told) >= rows > 2


def test_an_answer_that_does_not_come_and_one_that_is_left_over_are_in_the_log(
    capsys, tmp_path, keithley
):
    fault = Fault(kind="late", starts_with="TI1")
    server, log = keithley(fault), tmp_path / "wire.log"
    options = ("--set", "bench.timeout=0.5 s", "--out", tmp_path, "--log", log)
    code, _, _ = run(capsys, "run", *on_4200a(server), *options)
    assert code == 1
    driver = of("mho.drivers.keithley_4200a", lines(log))
    asked = driver.index(("->", "TI1"))
    assert driver[asked + 1][0] == "!!" and "no answer within 0.5 s" in driver[asked + 1][1]
    said = [text for direction, text in driver if direction == "<-"]
    assert any(text.startswith("NAI") for text in said)
    assert driver[-1][0] == "--"


def member(label):
    """The member of a session that makes a call: ``SetAttribute...[source_mode]``, ``Close``."""
    name, _, attribute = label.rstrip("]").partition("[")
    words = re.findall("[A-Z][a-z]*", name.removesuffix("WithChannels"))
    return attribute or "_".join(words).lower().replace(
        "initialize_with_independent_channels", "open"
    )


def test_a_run_on_a_served_rack_leaves_every_call_of_the_sessions_in_order(capsys, tmp_path, ni):
    log = tmp_path / "wire.log"
    code, _, _ = run(capsys, "run", *on_ni(ni), "--out", tmp_path, "--log", log)
    assert code == 0
    found = lines(log)
    driver = of("mho.drivers.ni_pxie_4139", found)
    assert driver[:2] == [("->", f"{ni.address} connect"), ("<-", f"{ni.address} connect: done")]
    reserve = f"{ni.address} Reserve"  # which this server does not know
    assert driver[2][1].startswith(f"{reserve} 'mho PXI1Slot2/0' for ")
    assert driver[3][0] == "!!" and driver[3][1].startswith(f"{reserve}: ")
    assert driver[-1] == ("<-", "PXI1Slot2/0 close: done")
    # Every exchange is answered before the next one begins.
    said, answers = driver[4::2], driver[5::2]
    assert {direction for direction, _ in said} == {"->"}
    assert {direction for direction, _ in answers} == {"<-"}
    members = [re.match(r"(\S+) (\w+)", text).groups() for _, text in said]
    assert members == [re.match(r"(\S+) (\w+): .", text).groups() for _, text in answers]
    # What NI's client asks on its own while it opens a session is part of the opening.
    own = {"channel_count", "get_channel_name_from_string"}
    assert [name for _, name in members] == [
        name for name in map(member, ni.exchanges) if name not in own
    ]
    for line in (
        ("->", "PXI1Slot2/0 source_mode = SourceMode.SEQUENCE"),
        ("->", "PXI1Slot2/0 voltage_level = -0.51"),
        ("->", "PXI1Slot2/0 output_enabled = False"),
        ("<-", "PXI1Slot2/0 instrument_model: 'NI PXIe-4139'"),
        ("->", "PXI1Slot2/0 fetch_multiple(3, 0.1)"),
    ):
        assert line in driver
    measured = driver[driver.index(("->", "PXI1Slot2/0 fetch_multiple(3, 0.1)")) + 1][1]
    assert measured.count("Measurement(voltage=") == 3
    server = of("mho.sim_instruments.ni_device_server", found)
    calls = [text.split(" ")[0] for direction, text in server if direction == "<-"]
    assert calls == list(ni.exchanges)
    assert [direction == "<-" for direction, _ in server] == [True, False] * len(calls)
    assert any(text.startswith("FetchMultiple voltage_measurements: -0.5") for _, text in server)


def test_a_false_word_of_the_instrument_breaks_no_line_and_is_not_lost(capsys, tmp_path, keithley):
    server, log = keithley(Fault(kind="garbled", starts_with="TI1")), tmp_path / "wire.log"
    run(capsys, "run", *on_4200a(server), "--out", tmp_path, "--log", log)
    driver = of("mho.drivers.keithley_4200a", lines(log))
    assert re.fullmatch("\ufffd+", driver[driver.index(("->", "TI1")) + 1][1])


def test_whatever_the_text_it_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(OURS, "propagate", False)  # pytest cannot send half a letter on
    log = tmp_path / "wire.log"
    with log_to(log, "a test"):
        OURS.debug("-> %s", "a\nb\r\0\x85\u2028\x1b[0m Ω \ud800")
        try:
            raise ValueError("two\nlines")
        except ValueError:
            OURS.exception("!! gone")
    _, odd, traceback = log.read_text("utf-8").splitlines()
    assert odd.endswith(r" mho -> a\u000ab\u000d\u0000\u0085\u2028\u001b[0m Ω \ud800")
    assert r"ValueError: two\u000alines" in traceback


def test_an_interrupt_loses_no_line_and_leaves_no_lock_held(tmp_path, monkeypatch):
    log = tmp_path / "wire.log"
    emit = LogFile.emit

    def struck(handler, record):
        signal.raise_signal(signal.SIGINT)
        emit(handler, record)

    monkeypatch.setattr(LogFile, "emit", struck)
    with log_to(log, "a test"), pytest.raises(KeyboardInterrupt):
        OURS.getChild("test").debug("-> the last word")
    assert lines(log)[-1] == ("mho.test", "->", "the last word")


def test_a_second_run_adds_to_the_file_and_afterwards_nobody_listens(capsys, tmp_path):
    log = tmp_path / "wire.log"
    before = OURS.level, list(OURS.handlers)
    for _ in range(2):
        assert run(capsys, "demo", "--out", tmp_path, "--log", log, "--bench", "ideal")[0] == 0
    assert [text for _, _, text in lines(log)] == [f"mho demo, version {version('mho')}"] * 2
    assert (OURS.level, OURS.handlers) == before
    assert not OURS.isEnabledFor(logging.DEBUG)


def check(*names):
    return ("check", "ispp", "--bench", "ideal", *FEW, *names)


def test_check_takes_the_option_too(capsys, tmp_path):
    log = tmp_path / "wire.log"
    assert run(capsys, *check("--log", log))[0] == 0
    assert len(lines(log)) == 1


def test_what_switching_off_says_is_logged_too(capsys, tmp_path, keithley):
    server, log = keithley(), tmp_path / "wire.log"
    code, _, _ = run(
        capsys, "off", "keithley-4200a", "--set", f"connection={server.address}", "--log", log
    )
    assert code == 0
    sent = [text for way, text in of("mho.drivers.keithley_4200a", lines(log)) if way == "->"]
    assert sent == [exchange.message for exchange in server.instrument.exchanges]
    assert {"DV1", "DV2"} < set(sent)


@pytest.mark.parametrize("command", ["run", "check", "demo", "off", "serve"])
@pytest.mark.parametrize("kind", ["no folder", "full", "a folder"])
def test_a_file_that_cannot_be_written_is_said_before_anything_else(
    capsys, tmp_path, monkeypatch, keithley, command, kind
):
    server, out = keithley(), tmp_path / "runs"
    arguments = {
        "run": ("run", *on_4200a(server), "--out", out),
        "check": ("check", *on_4200a(server)),
        "demo": ("demo", "--out", out),
        "off": ("off", "keithley-4200a", "--set", f"connection={server.address}"),
        "serve": ("serve", "keithley-4200a", "--port", "0"),
    }[command]
    log = {"no folder": tmp_path / "none" / "wire.log", "a folder": tmp_path}.get(
        kind, tmp_path / "wire.log"
    )
    if kind == "full":
        opened = Path.open
        monkeypatch.setattr(
            Path, "open", lambda path, *a, **k: Full() if path == log else opened(path, *a, **k)
        )
    code, out_text, err = run(capsys, *arguments, "--log", log)
    assert code == 2 and out_text == ""
    assert "--log" in err and (kind == "a folder" or "cannot be written" in err)
    assert not out.exists() and not server.instrument.exchanges
    assert not OURS.handlers


class Full(io.StringIO):
    """A disk on which nothing more finds room after some lines."""

    room = 0

    def write(self, text):
        if not self.room:
            raise OSError(28, "No space left on device")
        self.room -= 1
        return super().write(text)


def full_soon(*arguments, **options):
    made = LogFile(*arguments, **options)
    made.stream.close()
    made.stream = Full()
    return made


def test_a_disk_that_fills_up_is_said_once_and_the_run_goes_on(
    capsys, tmp_path, monkeypatch, keithley
):
    monkeypatch.setattr(log_file, "_LogFile", full_soon)
    monkeypatch.setattr(Full, "room", 20)
    server = keithley()
    code, _, err = run(
        capsys, "run", *on_4200a(server), "--out", tmp_path, "--log", tmp_path / "wire.log"
    )
    assert code == 0
    assert err.count("ends here") == 1 and "No space left on device" in err
    assert server.instrument.exchanges[-1].message.startswith(":ERROR")


def test_what_serve_logs_is_what_any_client_said(tmp_path):
    log = tmp_path / "served.log"
    command = [sys.executable, "-m", "mho", "serve", "keithley-4200a", "--port", "0", "--fast"]
    with subprocess.Popen(
        [*command, "--log", str(log)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        try:
            port = address_in(process.stdout).split("::")[2]
            with socket.create_connection(("127.0.0.1", int(port))) as client:
                for message in (b"*IDN?\0", b"US;DV1,1,0,1e-3\0"):
                    client.sendall(message)
                    assert client.recv(1000).endswith(b"\0")
        finally:
            process.kill()  # what was said is in the file all the same
    first, *found = lines(log)
    assert first[1:] == ("--", f"mho serve, version {version('mho')}")
    assert {name for name, _, _ in found} == {"mho.sim_instruments.keithley_4200a"}
    assert [(way, text.split(",")[0]) for _, way, text in found] == [
        ("--", "connected"), ("<-", "*IDN?"), ("->", "KEITHLEY INSTRUMENTS"),
        ("<-", "US;DV1"), ("->", "ACK"),
    ]  # fmt: skip
