"""User modules: Python functions that ``EX`` calls, their values, and what is refused."""

import math
import socket

import pytest
import pyvisa

from mho import plugins
from mho.clock import RealClock, VirtualClock
from mho.errors import SettingsError
from mho.rehearsal import World
from mho.sim_instruments.keithley_4200a import KeithleyOptions, serve_on_tcp, serve_on_visa
from mho.sim_instruments.keithley_4200a.apparatus import Apparatus
from mho.sim_instruments.keithley_4200a.example_modules import RERAM_SWEEP
from mho.sim_instruments.keithley_4200a.module_call import split_call
from mho.sim_instruments.keithley_4200a.status import Refused
from mho.sim_instruments.keithley_4200a.user_modules import (
    Outcome,
    Parameter,
    UserModule,
    installed,
)

CALLS = []


def add(values, apparatus):
    CALLS.append(values)
    return Outcome(0, {"sum": values["a"] + values["b"]})


def wait(values, apparatus):
    yield values["time"]
    yield 0.0
    return Outcome(1, {"took": apparatus.now})


def measure_current(values, apparatus):
    apparatus.force_voltage(1, values["volts"], values["limit"])
    yield 1e-3
    reading = yield from apparatus.measure(1)
    apparatus.switch_off(1)
    return Outcome(None, {"I": reading.current, "letter": "C" if reading.in_compliance else "N"})


def echo(values, apparatus):
    data = values["data"]
    return Outcome(2.5, {"back": [2 * value for value in data], "note": values["note"]})


def fail(values, apparatus):
    yield 1e-3
    raise RuntimeError("the module is wrong")


def switch(values, apparatus):
    apparatus.force_voltage(1, 1.0, 1e-3)
    yield 1.0
    apparatus.pulse(":PMU:RPM:CONFIGURE SMU1, 0")
    yield 0.5
    return Outcome(0)


def refuse(values, apparatus):
    apparatus.force_voltage(9, 1.0, 1e-3)
    return Outcome(0)


def keep_waiting(values, apparatus):
    apparatus.force_voltage(1, 1.0, 1e-3)
    while True:
        yield 1.0


def yield_nonsense(values, apparatus):
    yield -1.0
    return Outcome(0)


def module(run, *parameters, name=None):
    return UserModule(library="lab", name=name or run.__name__, parameters=parameters, run=run)


LIBRARY = [
    module(add, Parameter("a", default=1.0), Parameter("b", low=0, high=10, default=2.0),
           Parameter("sum", is_output=True)),
    module(wait, Parameter("time"), Parameter("took", is_output=True)),
    module(measure_current, Parameter("volts"), Parameter("limit", default=1e-3),
           Parameter("I", is_output=True), Parameter("letter", "text", is_output=True)),
    module(echo, Parameter("data", "doubles"), Parameter("n", "int", default=1),
           Parameter("note", "text", default="none"), Parameter("back", "doubles", is_output=True),
           Parameter("size", "int", default=4, low=1, high=100),
           Parameter("note_back", "text", is_output=True), Parameter("late", is_output=True)),
    module(fail, Parameter("x", is_output=True), Parameter("y", default=0.0)),
    module(refuse),
    module(switch),
    module(keep_waiting),
    module(yield_nonsense),
]  # fmt: skip


@pytest.fixture(autouse=True)
def library(monkeypatch):
    """The modules of a lab, as an installed package would bring them."""
    CALLS.clear()
    names, load = plugins.names, plugins.load
    monkeypatch.setattr(plugins, "names", lambda group: (*names(group), "lab"))
    monkeypatch.setattr(
        plugins, "load", lambda group, name: LIBRARY if name == "lab" else load(group, name)
    )
    installed.cache_clear()
    yield
    installed.cache_clear()


@pytest.fixture
def line(connect):
    found = connect(noise=0)
    found.tell("UL")
    return found


def test_a_function_stands_for_a_module(line):
    line.tell("EX lab add(3,4,)")
    assert line.ask("SP") == "1"
    assert CALLS == [{"a": 3.0, "b": 4.0}]
    assert [line.ask(f"GP {position}") for position in (1, 2, 3)] == ["3", "4", "7"]
    assert line.ask("GN sum") == "7"
    line.tell("GR", "GD lab add")


@pytest.mark.parametrize(
    ("message", "total"),
    [
        ("EX lab add(3,4,)", "7"),
        ("EX lab add (3, 4, )", "7"),
        ("EX  lab   add( 3 ,4 , )  ", "7"),
        ("EX lab add(,,)", "3"),
        ("EX lab add(,5,)", "6"),
        ("EX lab add(1e1,0.5e1,)", "15"),
        ("UL;EX lab add(3,4,)", "7"),
        ("UL EX lab add(-3,4,)", "1"),
    ],
)
def test_blanks_and_empty_values(line, message, total):
    line.tell(message)
    assert line.ask("GP 3") == total


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("EX lab unknown(1)", -986),
        ("EX other add(3,4,)", -986),
        ("EX lab ADD(3,4,)", -986),
        ("EX lab add(3,4)", -992),
        ("EX lab add(3,4,,)", -992),
        ("EX lab add()", -992),
        ("EX lab add", -992),
        ("EX lab", -992),
        ("EX", -992),
        ("EX lab add(3,4,", -992),
        ("EX lab add(3,11,)", -993),
        ("EX lab add(3,-1,)", -993),
        ("EX lab add(x,4,)", -993),
        ("EX lab add(3;4,4,)", -993),
        ("EX lab add(nan,4,)", -993),
        ("EX lab add(3,4,7)", -993),
        ("EX lab wait(,)", -993),
        ("EX lab echo(1;2,2.5,,,,,)", -993),
        ("EX lab echo(1;x,2,,,,,)", -993),
        ("EX lab echo(1;2,2,,,101,,)", -993),
        ("EX lab echo(" + ";".join(["1"] * 32768) + ",2,,,4,,)", -993),
    ],
)
def test_calls_that_are_refused(line, message, code):
    assert line.refused(message) == code
    assert CALLS == []
    assert line.ask("SP") == "66"
    assert line.refused("GP 1") == -992


def test_arrays_texts_and_what_the_module_did_not_give(line):
    line.tell("EX lab echo(1;2.5;-3e-3,3,a text,,5,,)")
    assert line.ask("SP") == "1"
    assert line.ask("GN data") == "1;2.5;-0.003"
    assert line.ask("GN data 2") == "1;2.5"
    assert line.ask("GP 4") == "2;5;-0.006;NaN;NaN"
    assert line.ask("GP 4 2") == line.ask("GP 4, 2") == "2;5"
    assert line.ask("GP 4 9") == "2;5;-0.006;NaN;NaN"
    assert line.ask("GN note") == "a text"
    assert line.ask("GN note_back") == ""
    assert line.ask("GN late") == "NaN"
    for wrong in ("GP 0", "GP 8", "GP x", "GP", "GP 4 0", "GP 4 1 1", "GN", "GN Data", "GN data x"):
        assert line.refused(wrong) == -993, wrong


def test_an_array_is_cut_to_its_size(line):
    line.tell("EX lab echo(1;2;3;4;5;6,6,,,2,,)")
    assert line.ask("GN back") == "2;4"


def test_named_replies(connect):
    line = connect(fetch_reply="named")
    line.tell("UL", "EX lab echo(1;2,2,,,2,,)")
    assert line.ask("GN back") == "PARAM VALUE = 2;4"


def test_it_is_busy_for_the_time_that_the_module_waits(connect):
    line = connect(busy_poll=0.3)
    line.tell("UL", "EX lab wait(1,)")
    answers = []
    while (byte := line.ask("SP")) == "16":
        if not answers:
            assert line.refused("GP 2") == line.refused("EX lab add(1,1,)") == -980
            line.instrument.status.clear_errors()
        answers.append(byte)
    assert (len(answers), byte) == (4, "1")
    assert line.ask("GP 2") == "1"


def test_a_module_drives_the_device(connect, noting):
    line = connect(noting(), noise=0)
    line.tell("UL", "EX lab measure_current(0.5,,,)")
    line.wait()
    assert float(line.ask("GN I")) == pytest.approx(50e-6)
    assert line.ask("GN letter") == "N"
    assert line.clock.now() == pytest.approx(0.021)
    line.clock.sleep(1.0)
    assert line.stretches() == [(0.021, {"TE": 0.5}), (1.0, {})]
    line.tell("EX lab measure_current(0.5,1e-5,,)")
    line.wait()
    assert line.ask("GN letter") == "C"


def test_commands_to_a_pulse_card_come_at_the_moment_of_the_module(connect, noting):
    wiring = {"SMU1": "TE", "PMU1-1": "TE"}
    line = connect(noting(), wiring, rpm_at_power_up="SMU", noise=0)
    line.tell("UL", "EX lab switch()")
    line.wait()
    assert line.clock.now() == 1.5
    assert line.stretches() == [(1.0, {"TE": 1.0}), (0.5, {})]


def test_values_stay_until_the_next_call_bc_or_a_reset(line):
    line.tell("EX lab add(3,4,)", "DE", "UL")
    assert line.ask("GP 3") == "7"
    line.tell("EX lab add(1,1,)")
    assert line.ask("GP 3") == "2"
    for message in ("BC", "*RST"):
        line.tell("EX lab add(1,1,)", message)
        assert line.refused("GP 3") == -992
        assert line.refused("GR") == -992
        assert line.refused("GD lab add") == -992


def test_only_on_its_page(connect):
    line = connect()
    for page in ("DE", "SS", "SM", "MD"):
        line.tell(page)
        assert line.refused("EX lab add(1,2,)") == -989
    line.tell("US")
    assert line.refused("EX lab add(1,2,)") == -975
    line.tell("UL")
    assert line.refused("EX lab add(1,2,)") is None


@pytest.mark.parametrize(
    ("call", "returned"),
    [("fail(,)", -1), ("refuse()", -979), ("yield_nonsense()", -1), ("wait(0,)", 1),
     ("echo(1,1,,,4,,)", 2.5), ("measure_current(1,,,)", None), ("add(1,2,)", 0)],
)  # fmt: skip
def test_the_return_value(connect, call, returned):
    line = connect(ex_reply="value", noise=0)
    line.tell("UL")
    assert line.wire.receive(f"EX lab {call}\0".encode()) == []
    texts = []
    while line.wire.waits_for_reply:
        texts += [frame.text.decode() for frame in line.wire.late_replies()]
    assert texts == [f"RETURN VALUE = {'void' if returned is None else returned}"]
    assert line.instrument.module_call.outcome.returned == returned
    assert line.ask("SP") == "1"
    if returned == -1 and "fail" in call:
        assert line.ask("GN x") == "NaN"


def test_a_module_without_end_is_aborted(connect):
    line = connect(noise=0)
    line.instrument.activity.poll_limit = lambda: (20).__le__
    line.tell("UL", "EX lab keep_waiting()")
    assert [line.ask("SP"), line.ask("SP")] == ["16", "16"]
    assert set(line.instrument.world.drives()) == {"TE"}
    line.tell("AB")
    assert line.ask("SP") == "1"
    assert line.instrument.world.drives() == {}
    line.tell("EX lab keep_waiting()", "*RST")
    assert line.ask("SP") == "0"
    assert line.instrument.world.drives() == {}


# ---- replies of EX over the wires


@pytest.fixture
def serve(make_resistor):
    running = []

    def start(serve_on=serve_on_tcp, clock=None, **options):
        world = World(make_resistor(), clock or VirtualClock(), 1)
        running.append(serve_on(world, {"SMU1": "TE"}, options=KeithleyOptions(**options)))
        return running[-1]

    yield start
    for server in running:
        server.stop()


def lines(client, message, count, end=b"\0"):
    client.sendall(message.encode() + end)
    received = b""
    while received.count(end) < count:
        piece = client.recv(4096)
        assert piece, received
        received += piece
    return received.decode().split(end.decode())[:-1]


CALL, REFUSED = "EX lab wait(0.05,)", "EX lab wait(0.05)"


@pytest.mark.parametrize("clock", [VirtualClock, RealClock])
@pytest.mark.parametrize(
    ("options", "replies", "refusals"),
    [
        ({}, ["ACK"], ["ACK"]),
        ({"ex_reply": "value"}, ["RETURN VALUE = 1"], [""]),
        ({"ex_reply": "both"}, ["ACK", "RETURN VALUE = 1"], ["ACK", ""]),
        (
            {"ex_reply": "both", "failed_query": "code"},
            ["ACK", "RETURN VALUE = 1"],
            ["ACK", "-992"],
        ),
        ({"transport": "gpib"}, ["RETURN VALUE = 1"], ["-992"]),
        ({"transport": "gpib", "ex_reply": "both"}, ["RETURN VALUE = 1"], ["-992"]),
    ],
)  # fmt: skip
def test_what_answers_a_call_on_a_socket(serve, clock, options, replies, refusals):
    server = serve(clock=clock(), **options)
    end = b"\n" if "transport" in options else b"\0"
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
        client.sendall(b"UL" + end)
        if end == b"\0":
            assert client.recv(10) == b"ACK\0"
        for _ in range(2):
            assert lines(client, REFUSED, len(refusals), end) == refusals
            assert lines(client, CALL, len(replies), end) == replies
            while int(lines(client, "SP", 1, end)[0]) & 16:
                pass
            assert float(lines(client, "GP 2", 1, end)[0]) >= 0.05


def test_polls_in_between_and_the_value_at_the_end(serve):
    server = serve(ex_reply="value", busy_poll=10.0)
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
        assert lines(client, "UL", 1) == ["ACK"]
        assert sorted(lines(client, "EX lab wait(5,)\0SP", 2)) == ["16", "RETURN VALUE = 1"]


def test_a_call_over_the_bus_ends_with_its_line_or_with_srq(serve):
    running = serve(serve_on_visa, transport="gpib")
    name, library = running.address.split()
    client = pyvisa.ResourceManager(library).open_resource(name, read_termination="\n")
    client.write("UL")
    assert client.query(CALL) == "RETURN VALUE = 1"
    assert client.query("GP 2") == "0.05"
    client.write("DR1")
    client.write(CALL)
    client.wait_for_srq()
    assert client.read() == "RETURN VALUE = 1"
    assert running.instrument.clock.now() == pytest.approx(0.1)
    client.write("EX lab keep_waiting()")
    assert client.read_stb() & 16
    client.write("AB")
    assert client.read() == "-966"
    assert client.query("SP") == "65"
    client.close()


# ---- where modules come from


def test_modules_of_a_file_that_the_settings_name(connect, tmp_path, monkeypatch):
    (tmp_path / "lab_modules.py").write_text(
        "from mho.sim_instruments.keithley_4200a.user_modules import Outcome, UserModule\n"
        "def nothing(values, apparatus):\n    return Outcome(7)\n"
        "MODULES = [UserModule(library='lab', name=n, parameters=(), run=nothing)"
        " for n in ('nothing', 'add')]\n",
        "utf-8",
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for source in ("lab_modules.py", "lab_modules", str(tmp_path / "lab_modules.py")):
        line = connect(user_modules=[source])
        line.tell("UL", "EX lab nothing()", "EX lab add()", "EX lab wait(0,)")


def test_what_cannot_be_read_is_said_at_once(connect, tmp_path):
    (tmp_path / "broken.py").write_text("1 / 0", "utf-8")
    (tmp_path / "empty.py").write_text("MODULES = []", "utf-8")
    (tmp_path / "wrong.py").write_text("MODULES = [3]", "utf-8")
    sources = [str(tmp_path / f"{name}.py") for name in ("none", "broken", "empty", "wrong")]
    with pytest.raises(SettingsError) as caught:
        connect(user_modules=[*sources, "no_such_module"])
    problems = caught.value.problems
    assert [problem.place for problem in problems] == [f"user_modules.{n}" for n in range(5)]
    words = ("no such file", "division", "MODULES", "MODULES", "no_such")
    for problem, word in zip(problems, words, strict=True):
        assert word in problem.message


def test_a_package_that_cannot_be_loaded_is_left_out(connect, monkeypatch, caplog):
    load = plugins.load

    def failing(group, name):
        if name == "examples":
            raise SettingsError([plugins.unknown("package", name, ())])
        return load(group, name)

    monkeypatch.setattr(plugins, "load", failing)
    line = connect()
    line.tell("UL", "EX lab add(1,2,)")
    assert line.refused("EX mho_examples reram_sweep()") == -986
    assert "examples" in caplog.text


def test_an_array_needs_its_size():
    with pytest.raises(ValueError, match="Vforce is not followed by its size"):
        module(add, Parameter("Vforce", "doubles", is_output=True), Parameter("x"))
    with pytest.raises(ValueError, match="size"):
        module(add, Parameter("Vforce", "doubles"))


@pytest.mark.parametrize("parameters", [26, 42, 70])
def test_long_parameter_lists(connect, parameters, monkeypatch):
    table = tuple(Parameter(f"p{n}", default=float(n)) for n in range(parameters - 1))
    monkeypatch.setitem(
        installed(), ("lab", "long"),
        module(lambda values, apparatus: Outcome(0, {"out": sum(values.values())}),
               *table, Parameter("out", is_output=True), name="long"),
    )  # fmt: skip
    line = connect()
    line.tell("UL", f"EX lab long({',' * (parameters - 1)})")
    assert float(line.ask(f"GP {parameters}")) == sum(range(parameters - 1))
    assert line.refused(f"EX lab long({',' * parameters})") == -992


def test_split_call():
    assert split_call("lib mod(1,2;3,,a b)") == ("lib", "mod", ("1", "2;3", "", "a b"))
    assert split_call("lib mod ( )") == ("lib", "mod", ())
    with pytest.raises(Refused):
        split_call("lib mod(1")


# ---- the example

RERAM = "EX mho_examples reram_sweep(1e-4, 1e-6, 1e-4, 1, -2.5, 2.5, 1e-2, 1e-2, 1e-3, 0.1, 1, {smu}, {n}, , {size}, , {size}, , {size}, , , , , 1, 2)"  # noqa: E501


def formed_memristor():
    kind = plugins.load(plugins.DEVICES, "cu-te")
    return kind.build(kind.parameters(), 3)


def test_the_example_has_25_parameters():
    assert len(RERAM_SWEEP.parameters) == 25
    assert [p.kind for p in RERAM_SWEEP.parameters].count("doubles") == 3


@pytest.mark.parametrize("smu", [0, 1])
def test_the_example_switches_a_memristor_to_and_fro(connect, smu):
    wiring = {"SMU1": "TE", "PMU1-1": "TE"}
    powered = "SMU" if smu else "pulse"
    line = connect(formed_memristor(), wiring, rpm_at_power_up=powered)
    line.tell("UL", RERAM.format(smu=smu, n=1, size=1000))
    line.wait()
    assert line.instrument.module_call.outcome.returned == 0
    points = int(line.ask("GN pts"))
    assert points == (404 // 2 if smu else points) and 100 < points <= 1000
    volts = [float(text) for text in line.ask(f"GN Vforce {points}").split(";")]
    amperes = [float(text) for text in line.ask(f"GP 16 {points}").split(";")]
    times = [float(text) for text in line.ask(f"GN Time {points}").split(";")]
    # 50 ohm of the pulse card take 5 % where the device is fully set, to 1 kohm
    assert max(volts) == pytest.approx(2.5 if smu else 2.5 / 1.05, rel=0.03)
    assert min(volts) == pytest.approx(-2.5, rel=0.05)
    assert times == sorted(times)
    assert max(amperes) > 1e-4
    if smu:
        assert max(amperes) == pytest.approx(1e-3, rel=0.01)  # its limit
    on, off = float(line.ask("GN setResistance")), float(line.ask("GN resetResistance"))
    assert off > 3 * on
    assert line.ask("GN Vforce").count("NaN") == 1000 - points
    assert line.instrument.world.drives() == {}


def test_the_example_repeats_and_says_when_arrays_are_too_small(connect):
    line = connect(wiring={"PMU1-1": "TE", "SMU1": "TE"}, rpm_at_power_up="SMU")
    line.tell("UL", RERAM.format(smu=1, n=3, size=2000))
    line.wait()
    assert line.ask("GN pts") == str(3 * 2 * 101)
    line.tell(RERAM.format(smu=1, n=3, size=100))
    line.wait()
    assert line.instrument.module_call.outcome.returned == -17110
    assert math.isnan(float(line.ask("GN setResistance")))


def test_without_the_unit_that_it_asks_for(connect):
    line = connect(chassis={"smus": [{}], "pmus": []})
    line.tell("UL", RERAM.format(smu=0, n=1, size=1000))
    line.wait()
    assert line.instrument.module_call.outcome.returned == -978


def test_what_a_module_may_say_to_a_pulse_card(connect):
    line = connect(wiring={"PMU1-1": "TE"})
    apparatus = Apparatus(line.instrument, 0.0)
    assert apparatus.world.terminals == ("TE",)
    assert apparatus.pulse(":PMU:INIT 1;:PMU:DATA:COUNT? 1") == "0"
    for wrong in (":PMU:EXECUTE", "*RST", "nonsense"):
        with pytest.raises(Refused):
            apparatus.pulse(wrong)
    apparatus.force_current(1, 1e-6, 1.0)
    assert line.instrument.smus["SMU1"].is_on
    apparatus.switch_off(1)
    assert not line.instrument.smus["SMU1"].is_on
