"""The simulated NI gRPC Device Server: the services of one chassis behind one address.

Wire conventions are those of NI's own server (ni/grpc-device): a driver error is status UNKNOWN
with its code in the trailer ``ni-error``.

Every call is logged at DEBUG: ``<-`` its name and request, ``->`` its reply, or ``!!`` its status.
As protobuf writes them: fields that are zero, false or empty are left out.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import grpc
from google.protobuf import text_format
from google.protobuf.message import DecodeError, Message

from mho.rehearsal import World
from mho.sim_instruments.ni_device_server.faults import NO_FAULTS, Fault, Faults
from mho.sim_instruments.ni_device_server.refusals import DriverRefused, SessionRefused
from mho.sim_instruments.ni_device_server.service import Call, Service
from mho.sim_instruments.ni_device_server.transports import InProcess, Socket, Transport

_LOG = logging.getLogger("mho.sim_instruments.ni_device_server")

KEPT_EXCHANGES = 200_000
LONGEST_LINE = 100_000
"""Characters of a message that a line of the log may hold."""
GRACE = 1.0
"""Longest time that calls in progress get to end (s); a sudden stop makes gRPC print lines."""
TO_ORDER = "(a fault to order)"

Handler = Callable[[Any, grpc.ServicerContext], Any]


class Server:
    """A running server.

    Attributes
    ----------
    address
        ``"127.0.0.1:port"``, or that of a channel in this process.
    exchanges
        Names of the calls so far, attributes in brackets; the latest `KEPT_EXCHANGES` of them.
    world
        The device and what drives it, for tests to look at.
    """

    def __init__(
        self, world: World, services: Sequence[Service], port: int | None, faults: Faults
    ) -> None:
        self.exchanges: deque[str] = deque(maxlen=KEPT_EXCHANGES)
        self.world = world
        self._services = services
        self.faults = faults
        handlers = tuple(_Calls(service, self._handler) for service in services)
        self._transport: Transport = InProcess(handlers) if port is None else Socket(handlers, port)
        self.address = self._transport.address

    @property
    def faults(self) -> Faults:
        """What goes wrong; may be replaced at any time, which starts the count of calls anew."""
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._faults = faults
        self._faulty = faults != NO_FAULTS
        self._answered = 0

    def stop(self) -> None:
        """Stop listening and free the port; what waits is told, what hangs is released."""
        self._close()
        self._transport.shut(GRACE)

    def _close(self) -> None:
        for service in self._services:
            service.close()

    def _handler(
        self, service: Service, name: str, call: Call
    ) -> "grpc.RpcMethodHandler[Any, Any]":
        decode: Callable[[bytes], Any] = call.request.FromString
        if call.streams:
            return grpc.unary_stream_rpc_method_handler(
                self._streaming(service, name), request_deserializer=decode
            )
        return grpc.unary_unary_rpc_method_handler(
            self._answering(service, name, call), request_deserializer=decode
        )

    def _streaming(self, service: Service, name: str) -> Handler:
        def stream(request: Any, context: grpc.ServicerContext) -> Iterator[bytes]:
            label = service.label(name, request)
            self.exchanges.append(label)
            _LOG.debug("<- %s %s", label, _Text(request))
            try:
                if self._faulty:
                    self._go_wrong(name, label, context)
                messages = service.stream(name, request, context.is_active)
            except DriverRefused as error:
                _refuse(context, error)
            context.send_initial_metadata(())  # the client takes it for the answer
            for message in messages:
                _LOG.debug("-> %s %s", label, _Text(message))
                yield message.SerializeToString()

        return stream

    def _answering(self, service: Service, name: str, call: Call) -> Handler:
        def logged(request: Any, context: grpc.ServicerContext) -> bytes:
            label = service.label(name, request)
            self.exchanges.append(label)
            if not _LOG.isEnabledFor(logging.DEBUG):
                return answer(label, request, context)
            _LOG.debug("<- %s %s", label, _Text(request))
            try:
                encoded = answer(label, request, context)
            except BaseException:
                _LOG.debug("!! %s: %s", label, _status(context))
                raise
            _LOG.debug("-> %s %s", label, _readable(encoded, call.reply))
            return encoded

        def answer(label: str, request: Any, context: grpc.ServicerContext) -> bytes:
            fault = None
            reply: Message | None = None
            try:
                if self._faulty:
                    fault = self._go_wrong(name, label, context)
                if fault is None or fault.carried_out:
                    reply = service.answer(name, request, context.is_active)
            except DriverRefused as error:
                _refuse(context, error)
            except SessionRefused as error:
                context.abort(grpc.StatusCode[error.status], str(error))
            answers = self._faults.answers
            if answers and (label in answers or name in answers):
                return answers.get(label, answers.get(name, b""))
            if reply is None:
                reply = call.reply()
            if fault is not None:
                return _wrong_answer(fault, reply, context)
            return reply.SerializeToString()

        return logged

    def _go_wrong(self, name: str, label: str, context: grpc.ServicerContext) -> Fault | None:
        """What goes wrong before a call; gives what is to go wrong with it and its answer."""
        faults = self._faults
        if faults.dies_after is not None and self._answered >= faults.dies_after:
            self._die(context)
        self._answered += 1
        for key in (label, name):
            if key in faults.hangs:
                self._transport.hang(faults.hangs[key], context)
                break
        for key in (label, name):
            if key in faults.rejects:
                raise DriverRefused(faults.rejects[key], TO_ORDER)
        fault = faults.of_call(self._answered)
        if fault is not None:
            self._transport.hang(fault.hangs, context)
            if fault.restarts:
                for service in self._services:
                    service.forget()
        return fault

    def _die(self, context: grpc.ServicerContext) -> None:
        self._close()
        self._transport.shut(None)
        context.abort(grpc.StatusCode.UNAVAILABLE, "the server died")


class _Calls(grpc.GenericRpcHandler):
    """Finds the handler of a call; the service is asked for its calls when the first one comes."""

    def __init__(
        self,
        service: Service,
        handler: "Callable[[Service, str, Call], grpc.RpcMethodHandler[Any, Any]]",
    ) -> None:
        self._service = service
        self._handler = handler
        self._known: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> "grpc.RpcMethodHandler[Any, Any] | None":
        """The handler of a call; None where the service does not have it."""
        prefix, _, name = handler_call_details.method.rpartition("/")
        if prefix != f"/{self._service.full_name}":
            return None
        if name not in self._known:
            call = self._service.calls.get(name)
            if call is None:
                return None
            self._known[name] = self._handler(self._service, name, call)
        return self._known[name]


class _Text:
    """A message as a line, written only if somebody reads it; a long one is cut."""

    def __init__(self, message: Message) -> None:
        self._message = message

    def __str__(self) -> str:
        size = self._message.ByteSize()
        if size > LONGEST_LINE:
            return f"({size} bytes)"
        return text_format.MessageToString(self._message, as_one_line=True)


def _refuse(context: grpc.ServicerContext, error: DriverRefused) -> None:
    context.set_trailing_metadata((("ni-error", str(error.code)), *error.trailer))
    context.abort(grpc.StatusCode.UNKNOWN, str(error))


def _status(context: Any) -> str:
    """What a call was answered with in place of a reply; gRPC's type hints do not know of it."""
    details = context.details() or b""
    return f"{context.code()} {details.decode('utf-8', 'replace')}"


def _readable(encoded: bytes, reply_type: type[Message]) -> str:
    """A reply as text; one that was made unreadable in hexadecimal."""
    try:
        return str(_Text(reply_type.FromString(encoded)))
    except DecodeError:
        return encoded.hex()


def _wrong_answer(fault: Fault, reply: Any, context: grpc.ServicerContext) -> bytes:
    if fault.status is not None:
        if fault.code is not None:
            context.set_trailing_metadata((("ni-error", str(fault.code)),))
        context.abort(grpc.StatusCode[fault.status], TO_ORDER)
    reply.status = fault.code or 0
    encoded: bytes = reply.SerializeToString() if fault.reply is None else fault.reply
    return encoded
