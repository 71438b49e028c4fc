"""Reservations on a device server: taken where it keeps them, given back, held by others told."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
import pytest
import session_pb2
import session_pb2_grpc

from mho.drivers.ni_pxie_4139 import reservations
from mho.drivers.ni_pxie_4139.reservations import Reservations
from mho.errors import BenchInUse

SMU = "PXI1Slot2/0"


class Server(session_pb2_grpc.SessionUtilitiesServicer):
    """Keeps reservations as NI's server does: Reserve waits, and asking twice is refused."""

    def __init__(self):
        self.held = {}
        self.changed = threading.Condition()

    def Reserve(self, request, context):  # noqa: N802
        with self.changed:
            if self.held.get(request.reservation_id) == request.client_id:
                context.abort(grpc.StatusCode.FAILED_PRECONDITION, "already reserved")
            free = self.changed.wait_for(
                lambda: request.reservation_id not in self.held, context.time_remaining()
            )
            if not free:
                context.abort(grpc.StatusCode.CANCELLED, "")
            self.held[request.reservation_id] = request.client_id
        return session_pb2.ReserveResponse(is_reserved=True)

    def IsReservedByClient(self, request, context):  # noqa: N802
        is_theirs = self.held.get(request.reservation_id) == request.client_id
        return session_pb2.IsReservedByClientResponse(is_reserved=is_theirs)

    def Unreserve(self, request, context):  # noqa: N802
        with self.changed:
            theirs = self.held.get(request.reservation_id) == request.client_id
            if theirs:
                del self.held[request.reservation_id]
                self.changed.notify_all()
        return session_pb2.UnreserveResponse(is_unreserved=theirs)


@contextmanager
def channel_to(servicer=None):
    server = grpc.server(ThreadPoolExecutor(8))
    if servicer is not None:
        session_pb2_grpc.add_SessionUtilitiesServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    options = [("grpc.enable_http_proxy", 0)]
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=options) as channel:
        yield channel
    server.stop(0).wait()


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(reservations, "_PATIENCE", 0.3)


def test_another_client_is_refused_until_it_is_given_back():
    with channel_to(Server()) as channel:
        ours, theirs = (Reservations(channel, "rack", who) for who in ("lab 1", "office 2"))
        ours.reserve(SMU)
        ours.reserve(SMU)
        with pytest.raises(BenchInUse, match="reserved by somebody on another computer"):
            theirs.reserve(SMU)
        theirs.reserve("PXI1Slot3/0")
        theirs.close()
        ours.close()
        theirs.reserve(SMU)


def test_what_a_dead_client_holds_is_given_back_by_its_name():
    server = Server()
    with channel_to(server) as channel:
        Reservations(channel, "rack", "dead 1").reserve(SMU)
        living = Reservations(channel, "rack", "living 2")
        living.give_back(SMU, "somebody else")
        with pytest.raises(BenchInUse):
            living.reserve(SMU)
        living.give_back(SMU, "dead 1")
        living.reserve(SMU)
        assert list(server.held.values()) == ["living 2"]


def test_a_server_without_the_service_is_asked_once_and_used_without():
    with channel_to() as channel:
        ours = Reservations(channel, "rack", "lab 1")
        ours.reserve(SMU)
        ours.reserve("PXI1Slot3/0")
        ours.give_back(SMU, "dead 1")
        ours.close()


def test_a_server_that_hangs_is_not_taken_for_one_that_is_reserved():
    class Hangs(Server):
        def Reserve(self, request, context):  # noqa: N802
            threading.Event().wait(1)

        IsReservedByClient = Reserve

    with channel_to(Hangs()) as channel:
        Reservations(channel, "rack", "lab 1").reserve(SMU)
