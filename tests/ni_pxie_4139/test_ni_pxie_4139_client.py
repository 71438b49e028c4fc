"""NI's client: the members we use exist, opening errors are told, exchanges have deadlines."""

import inspect
import socket
import sys
import threading
from concurrent import futures

import grpc
import nidcpower
import pytest

from mho.drivers.ni_pxie_4139 import NI_PXIE_4139, connection
from mho.drivers.ni_pxie_4139.connection import DeviceServer, LocalRuntime, TimedChannel
from mho.drivers.ni_pxie_4139.session import SmuSession
from mho.drivers.ni_pxie_4139.steps import CurrentStep, VoltageStep
from mho.errors import ConnectionFailed, SettingsError
from mho.settings import parse

METHODS = [
    name
    for name, member in vars(SmuSession).items()
    if inspect.isfunction(member) and not name.startswith("_")
]
PROPERTIES = [
    *SmuSession.__annotations__,
    *(name for name, member in vars(SmuSession).items() if isinstance(member, property)),
    *VoltageStep._fields,
    *CurrentStep._fields,
]


@pytest.mark.parametrize("name", PROPERTIES)
def test_properties_exist_on_the_real_session(name):
    attribute = inspect.getattr_static(nidcpower.Session, name)
    assert isinstance(attribute, nidcpower.session._attributes.Attribute)


@pytest.mark.parametrize("name", METHODS)
def test_methods_exist_on_the_real_session_with_these_parameters(name):
    ours = list(inspect.signature(getattr(SmuSession, name)).parameters)
    theirs = inspect.signature(inspect.unwrap(getattr(nidcpower.Session, name))).parameters
    assert list(theirs)[: len(ours)] == ours
    more = list(theirs.values())[len(ours) :]
    assert all(parameter.default is not inspect.Parameter.empty for parameter in more)


def test_the_members_above_are_not_none():
    assert len(METHODS) == 12
    assert len(PROPERTIES) == 20 + 3 + len(VoltageStep._fields) + len(CurrentStep._fields)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (nidcpower.errors.DriverNotInstalledError(), "ni.com/downloads"),
        (nidcpower.errors.UnsupportedConfigurationError(), "platform"),
        (nidcpower.errors.DriverTooOldError(), "update it"),
        (nidcpower.errors.DriverError(-1074118656, "Not recognized."), "-1074118656.*NI MAX"),
    ],
)
def test_opening_errors_say_how_to_mend_it(monkeypatch, error, words):
    def session(resource, **_):
        raise error

    monkeypatch.setattr(nidcpower, "Session", session)
    with pytest.raises(ConnectionFailed, match=words) as caught:
        LocalRuntime().open("PXI1Slot2/0")
    assert str(caught.value).startswith("PXI1Slot2/0: ")
    assert caught.value.__cause__ is error


def test_no_server_at_the_address(monkeypatch):
    monkeypatch.setattr(connection, "_READY_TIME", 0.3)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(ConnectionFailed, match=f"no NI gRPC Device Server.*{address}"):
            DeviceServer(address, "", 1.0)


def test_grpc_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "grpc", None)
    with pytest.raises(ConnectionFailed, match=r"pip install nidcpower\[grpc\]"):
        DeviceServer("127.0.0.1:1", "", 1.0)


class Silent(grpc.GenericRpcHandler):
    """A server that takes every call and never answers."""

    def __init__(self):
        self.let_go = threading.Event()

    def service(self, details):
        def answer(request, context):
            self.let_go.wait(20)
            return b""

        return grpc.unary_unary_rpc_method_handler(answer)


def test_a_server_that_hangs_does_not_hang_us():
    silent = Silent()
    server = grpc.server(futures.ThreadPoolExecutor(2), handlers=[silent])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        link = DeviceServer(f"127.0.0.1:{port}", "", 0.3)
        try:
            with pytest.raises(ConnectionFailed, match="did not answer in time"):
                link.open("PXI1Slot2/0")
        finally:
            link.close()
    finally:
        silent.let_go.set()
        server.stop(0).wait()


def test_the_client_calls_through_the_timed_channel_with_metadata():
    class Channel:
        def unary_unary(self, *args, **kwargs):
            return lambda request, timeout, metadata, *_: (request, timeout, metadata)

        def close(self):
            return "closed"

    timed = TimedChannel(Channel(), 7.0)
    assert timed.unary_unary("/method")("request", metadata="m") == ("request", 7.0, "m")
    assert timed.close() == "closed"


BENCH = {"target": "simulator", "terminals": {"TE": {"resource": "A/0", "model": "20 W"}}}


def test_settings():
    settings = parse("bench", BENCH | {"timeout": "2 s"}, NI_PXIE_4139.settings)
    assert NI_PXIE_4139.rehearses(settings)
    assert settings.timeout == 2.0
    assert set(NI_PXIE_4139.limits(settings, None)) == {"TE"}
    for target in ("local", "smu-pc.example:31763", "[::1]:31763"):
        assert not NI_PXIE_4139.rehearses(
            parse("bench", BENCH | {"target": target}, NI_PXIE_4139.settings)
        )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"target": "smu-pc"}, "host"),
        ({"target": "Simulator"}, "simulator"),
        ({"terminals": {}}, "terminals"),
        ({"terminals": {"TE": {"resource": "A/0", "model": "10 W"}}}, "20 W"),
        ({"terminals": {"TE": {"resource": "A/0", "model": "20 W"},
                        "gate": {"resource": "a/0", "model": "20 W"}}}, "both TE and gate"),
        ({"timeout": 5}, "unit"),
        ({"Timeout": "5 s"}, "Timeout"),
    ],
)  # fmt: skip
def test_wrong_settings(change, words):
    with pytest.raises(SettingsError, match=words):
        parse("bench", BENCH | change, NI_PXIE_4139.settings)


def test_the_package_does_not_import_the_client_until_a_bench_is_opened():
    import subprocess

    code = (
        "import sys, mho.drivers.ni_pxie_4139; "
        "sys.exit(' '.join({'nidcpower', 'grpc'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr == ""
