"""A rehearsal in this process against the same one over a socket: alike in rows and in errors."""

import pickle
import threading

import grpc
import nidcpower
import pytest
from faulty_ni import TE, Gated

from mho.cli.commands import main
from mho.clock import VirtualClock
from mho.job import read_job
from mho.rehearsal import World, in_process
from mho.sim_instruments.ni_dcpower.service import METHODS
from mho.sim_instruments.ni_device_server.chassis import start_server
from mho.sim_instruments.ni_device_server.faults import NO_FAULTS, Faults

ALIKE = [
    ("ispp", "cu-te-1t1r", "one-target", ()),
    ("ispp", "ecram-lithium", "ecram-lithium", ('targets=["26 uS"]',)),
    ("iv", "alpha-fe2o3", "alpha-fe2o3-100-cycles", ("cycles=2",)),
    ("ltp_ltd", "alpha-fe2o3", "published-80", ("cycles=1",)),
    ("endurance", "cu-te-1t1r", "cu-te", ("cycles=30",)),
    ("retention", "cu-te-1t1r", "log-time", ()),
    ("transistor", "nmos", "transfer", ()),
    ("multilevel_compliance", "cu-te-1t1r", "two-levels", ()),
]


@pytest.mark.parametrize(("protocol", "device", "recipe", "options"), ALIKE)
@pytest.mark.parametrize("seed", [0, pytest.param(5, marks=pytest.mark.slow)])
def test_rows_are_those_of_the_socket_to_the_last_bit(protocol, device, recipe, options, seed):
    found = []
    for wire in (False, True):
        job = read_job(
            protocol, "ni-pxie-4139", device, recipe, options=options, seed=seed, wire=wire
        )
        with job.setup.open() as bench:
            found.append(list(job.protocol.run(bench, job.recipe)))
    assert len(found[0]) > 1
    assert pickle.dumps(list(map(tuple, found[0]))) == pickle.dumps(list(map(tuple, found[1])))


def test_the_option_wire_takes_the_socket_and_records_the_same_rows(tmp_path, capsys):
    journals = {}
    for option in ("--wire", "--seed=0"):
        log = tmp_path / f"{option}.log"
        code = main(
            ["run", "ispp", "--bench", "ni-pxie-4139", "--device", "cu-te-1t1r", "--recipe",
             "one-target", "--out", str(tmp_path / option), "--log", str(log), option]
        )  # fmt: skip
        assert code == 0, capsys.readouterr()
        over_socket = "127.0.0.1:" in log.read_text("utf-8")
        assert over_socket is (option == "--wire")
        (journal,) = tmp_path.glob(f"{option}/*/rows.csv")
        journals[option] = journal.read_bytes()
    assert journals["--wire"] == journals["--seed=0"] and len(journals["--wire"]) > 1000


@pytest.fixture(params=["socket", "in process"])
def lab(request):
    """A server, and a function that opens one more channel to it."""
    port = 0 if request.param == "socket" else None
    server = start_server(World(Gated(), VirtualClock(), 1), {TE: "TE"}, port)
    channels = []

    def channel():
        within = in_process.connection_to(server.address)
        assert (within is None) is (request.param == "socket")
        options = [("grpc.enable_http_proxy", 0)]
        channels.append(within or grpc.insecure_channel(server.address, options=options))
        return channels[-1]

    server.channel = channel
    yield server
    for one in channels:
        one.close()
    server.stop()


def session(lab, name="", **options):
    chosen = nidcpower.GrpcSessionOptions(lab.channel(), name, **options)
    return nidcpower.Session(TE, grpc_options=chosen)


def call(lab, method, request=b"", timeout=60.0, *, encode=None, decode=None):
    """A call by its name, and what it is answered: the reply, or status, details and trailer."""
    path = method if "/" in method else f"/nidcpower_grpc.NiDCPower/{method}"
    try:
        return lab.channel().unary_unary(path, encode, decode)(request, timeout)
    except grpc.RpcError as error:
        trailer = dict(error.trailing_metadata())
        return error.code().name, error.details(), trailer


def test_what_goes_wrong_is_told_alike(lab):
    with session(lab, "mine") as smu:
        with pytest.raises(nidcpower.errors.DriverError, match="Requested value: 1000") as refused:
            smu.voltage_level = 1000.0
        assert refused.value.code == -1074135024
        again = nidcpower.SessionInitializationBehavior.INITIALIZE_SERVER_SESSION
        with pytest.raises(nidcpower.errors.RpcError, match="ALREADY_EXISTS: Session 'mine'"):
            session(lab, "mine", initialization_behavior=again)
    with pytest.raises(nidcpower.errors.DriverError) as closed:
        smu.abort()
    assert closed.value.code == -1074130544


def test_statuses_details_and_trailers(lab):
    assert call(lab, "Commit") == (
        "UNKNOWN", "The session handle is not valid.", {"ni-error": "-1074130544"},
    )  # fmt: skip
    assert call(lab, "/mho/hello") == ("UNIMPLEMENTED", "Method not found!", {})
    assert call(lab, "Nonsense") == ("UNIMPLEMENTED", "Method not found!", {})
    assert call(lab, "Commit", b"\xff") == ("INTERNAL", "Exception deserializing request!", {})
    lab.faults = Faults(answers={"GetError": b"\xff", "Commit": b"\x08\x05"})
    assert call(lab, "ErrorMessage", decode=lambda reply: 1 / 0)[:2] == (
        "INTERNAL", "Exception deserializing response!",
    )  # fmt: skip


def test_a_bug_of_the_server_is_told_alike(monkeypatch):
    def fail(desk, request):
        raise LookupError("a bug")

    monkeypatch.setitem(METHODS, "ErrorMessage", fail)
    for port in (None, 0):
        server = start_server(World(Gated(), VirtualClock(), 1), {TE: "TE"}, port)
        options = [("grpc.enable_http_proxy", 0)]
        within = in_process.connection_to(server.address)
        channel = within or grpc.insecure_channel(server.address, options=options)
        server.channel = lambda channel=channel: channel
        try:
            told = call(server, "ErrorMessage")
        finally:
            channel.close()
            server.stop()
        assert told == ("UNKNOWN", "Exception calling application: a bug", {})


def test_a_call_that_a_fault_makes_hang_is_too_late(lab):
    lab.faults = Faults(hangs={"ErrorMessage": 600.0})
    assert call(lab, "ErrorMessage", timeout=0.05)[:2] == (
        "DEADLINE_EXCEEDED", "Deadline Exceeded",
    )  # fmt: skip
    lab.faults = NO_FAULTS
    assert isinstance(call(lab, "ErrorMessage", timeout=60.0), bytes)
    lab.faults = Faults(hangs={"ErrorMessage": 0.05})
    assert isinstance(call(lab, "ErrorMessage", timeout=60.0), bytes)
    assert isinstance(call(lab, "ErrorMessage", timeout=None), bytes)


def test_a_server_that_dies_is_not_there_for_anybody(lab):
    lab.faults = Faults(dies_after=1)
    assert isinstance(call(lab, "ErrorMessage"), bytes)
    assert call(lab, "ErrorMessage")[0] == "UNAVAILABLE"
    assert call(lab, "ErrorMessage")[0] == "UNAVAILABLE"


def test_a_closed_channel_takes_no_calls_and_leaves_the_server_to_others(lab):
    gone = lab.channel()
    gone.close()
    with pytest.raises(ValueError, match="Cannot invoke RPC on closed channel!"):
        gone.unary_unary("/mho/hello")(b"")
    assert isinstance(call(lab, "ErrorMessage"), bytes)


def test_a_stopped_server_has_no_address_any_more():
    server = start_server(World(Gated(), VirtualClock(), 1), {TE: "TE"}, None)
    channel = in_process.connection_to(server.address)
    server.stop()
    assert in_process.connection_to(server.address) is None
    hello = channel.unary_unary("/mho/hello")
    for waits, code in (
        (False, grpc.StatusCode.UNAVAILABLE),
        (True, grpc.StatusCode.DEADLINE_EXCEEDED),
    ):
        with pytest.raises(grpc.RpcError) as gone:
            hello(b"", 5.0, None, None, waits)
        assert gone.value.code() is code


def test_nothing_listens_in_a_rehearsal_and_no_thread_is_started():
    before = set(threading.enumerate())
    job = read_job("ispp", "ni-pxie-4139", "cu-te-1t1r", "one-target")
    with job.setup.open() as bench:
        next(job.protocol.run(bench, job.recipe))
        assert not set(threading.enumerate()) - before
