"""The simulated NI gRPC Device Server: NI-DCPower for PXIe-4139 modules around one device.

Wire conventions are those of NI's own server (ni/grpc-device): a driver error is status UNKNOWN
with its code in the trailer ``ni-error``. Messages come from NI's client package, so nothing here
repeats NI's protocol files.

Every call is logged at DEBUG: ``<-`` its name and request, ``->`` its reply, or ``!!`` its status.
As protobuf writes them: fields that are zero, false or empty are left out.
"""

import logging
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import grpc
import numpy as np
from google.protobuf import text_format
from google.protobuf.message import DecodeError
from nidcpower import nidcpower_pb2 as messages

from mho.errors import Problem, SettingsError
from mho.rehearsal import World
from mho.sim_instruments.ni_dcpower import (
    channel_methods,
    configuration_methods,
    session_methods,
    settings_methods,
    trigger_methods,
    upkeep_methods,
)
from mho.sim_instruments.ni_dcpower.errors import NiError, SessionRefused
from mho.sim_instruments.ni_dcpower.faults import NO_FAULTS, Fault, Faults
from mho.sim_instruments.ni_dcpower.methods import Fields, Method, ServerState, remembering
from mho.sim_instruments.ni_dcpower.module import Module
from mho.sim_instruments.ni_dcpower.noise import NOISE_KEY, Meter
from mho.sim_instruments.ni_dcpower.options import DEFAULT_OPTIONS, NiOptions
from mho.sim_instruments.ni_dcpower.rack import KIND, Rack
from mho.sim_instruments.ni_dcpower.sessions import Sessions
from mho.sim_instruments.ni_dcpower.specifications import VERSION_20W, VERSION_40W
from mho.sim_instruments.ni_dcpower.transports import InProcess, Socket, Transport

_LOG = logging.getLogger("mho.sim_instruments.ni_dcpower")

SERVICE = messages.DESCRIPTOR.services_by_name["NiDCPower"]
PREFIX = "NIDCPOWER_ATTRIBUTE_"
ATTRIBUTE_NAMES = {
    number: name.removeprefix(PREFIX) for name, number in messages.NiDCPowerAttribute.items()
}
LABELS = {number: f"[{name.lower()}]" for number, name in ATTRIBUTE_NAMES.items()}

METHODS: Mapping[str, Method] = {
    name: remembering(method)
    for module in (
        session_methods,
        channel_methods,
        settings_methods,
        trigger_methods,
        configuration_methods,
        upkeep_methods,
    )
    for name, method in module.METHODS.table.items()
}
"""The whole service."""

KEPT_EXCHANGES = 200_000
GRACE = 1.0
"""Longest time that calls in progress get to end (s); a sudden stop makes gRPC print lines."""
TO_ORDER = "(a fault to order)"


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

    def __init__(self, rack: Rack, port: int | None, faults: Faults) -> None:
        self.exchanges: deque[str] = deque(maxlen=KEPT_EXCHANGES)
        self.world = rack.world
        self._rack = rack
        self._desk = ServerState(rack, Sessions(rack), ATTRIBUTE_NAMES)
        self.faults = faults
        handlers = {name: self._handler(name, method) for name, method in METHODS.items()}
        service = grpc.method_handlers_generic_handler(SERVICE.full_name, handlers)
        self._transport: Transport = (
            InProcess((service,)) if port is None else Socket((service,), port)
        )
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
        self._rack.close()
        self._transport.shut(GRACE)

    def _handler(self, name: str, method: Method) -> "grpc.RpcMethodHandler[Any, Any]":
        request_type = getattr(messages, f"{name}Request")
        reply_type = getattr(messages, f"{name}Response")
        with_attribute = "attribute_id" in request_type.DESCRIPTOR.fields_by_name

        def call(request: Any, context: grpc.ServicerContext) -> bytes:
            label = name
            if with_attribute:
                label += LABELS.get(request.attribute_id, f"[{request.attribute_id}]")
            self.exchanges.append(label)
            if not _LOG.isEnabledFor(logging.DEBUG):
                return answer(label, request, context)
            _LOG.debug("<- %s %s", label, _one_line(request))
            try:
                encoded = answer(label, request, context)
            except BaseException:
                _LOG.debug("!! %s: %s", label, _status(context))
                raise
            _LOG.debug("-> %s %s", label, _readable(encoded, reply_type))
            return encoded

        def answer(label: str, request: Any, context: grpc.ServicerContext) -> bytes:
            fault = None
            fields: Fields | None = None
            try:
                if self._faulty:
                    fault = self._go_wrong(name, label, context)
                if fault is None or fault.carried_out:
                    self._rack.asked_by(context.is_active)
                    with self._rack.changed:
                        self._rack.play()
                        fields = method(self._desk, request)
            except NiError as error:
                context.set_trailing_metadata((("ni-error", str(error.code)),))
                context.abort(grpc.StatusCode.UNKNOWN, str(error))
            except SessionRefused as error:
                context.abort(grpc.StatusCode[error.status], str(error))
            answers = self._faults.answers
            if answers and (label in answers or name in answers):
                return answers.get(label, answers.get(name, b""))
            reply = reply_type(**(fields or {}))
            if fault is not None:
                return _wrong_answer(fault, reply, context)
            encoded: bytes = reply.SerializeToString()
            return encoded

        return grpc.unary_unary_rpc_method_handler(
            call, request_deserializer=request_type.FromString
        )

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
                raise NiError(faults.rejects[key], TO_ORDER)
        fault = faults.of_call(self._answered)
        if fault is not None:
            self._transport.hang(fault.hangs, context)
            if fault.restarts:
                with self._rack.changed:
                    self._desk.sessions.forget()
        return fault

    def _die(self, context: grpc.ServicerContext) -> None:
        self._rack.close()
        self._transport.shut(None)
        context.abort(grpc.StatusCode.UNAVAILABLE, "the server died")


def start_server(
    world: World,
    wiring: Mapping[str, str],
    port: int | None = 0,
    options: NiOptions = DEFAULT_OPTIONS,
) -> Server:
    """Start a server on 127.0.0.1; port 0 takes a free one, None serves this process alone.

    Parameters
    ----------
    wiring
        Channel (``"PXI1Slot2/0"``) -> terminal of the device. A module that is not wired sees an
        open circuit.

    Raises
    ------
    SettingsError
        A channel or terminal that does not exist, a terminal wired twice, a 40 W version in a slot
        without module, or a fault in a call that does not exist.
    ConnectionFailed
        The port is taken.
    """
    wired, problems = _wired_slots(wiring, world.terminals)
    taken = {slot.lower() for slot in wired}
    slots = [*wired, *(slot for slot in options.slots if slot.lower() not in taken)]
    known = {slot.lower() for slot in (*slots, *map(_slot, wiring))}
    problems += [
        Problem(f"version_40w[{n}]", f"{channel}: no module; there are {', '.join(slots)}")
        for n, channel in enumerate(options.version_40w)
        if _slot(channel).lower() not in known
    ]
    problems += _unknown_calls(options.faults)
    if problems:
        raise SettingsError(problems)
    large = {_slot(channel).lower() for channel in options.version_40w}
    number = world.count(KIND)
    entropy = [world.seed, NOISE_KEY, number] if number else [world.seed, NOISE_KEY]
    seeds = np.random.SeedSequence(entropy).spawn(len(slots))
    modules = {
        slot.lower(): Module(
            slot=slot,
            rank=rank,
            version=VERSION_40W if slot.lower() in large else VERSION_20W,
            terminal=wired.get(slot),
            world=world,
            meter=Meter(meter_seed, calibration_errors=options.calibration_errors),
        )
        for rank, (slot, meter_seed) in enumerate(zip(slots, seeds, strict=True))
    }
    return Server(Rack(world, modules), port, options.faults)


def _one_line(message: Any) -> str:
    return text_format.MessageToString(message, as_one_line=True)


def _status(context: Any) -> str:
    """What a call was answered with in place of a reply; gRPC's type hints do not know of it."""
    details = context.details() or b""
    return f"{context.code()} {details.decode('utf-8', 'replace')}"


def _readable(encoded: bytes, reply_type: Any) -> str:
    """A reply as text; one that was made unreadable in hexadecimal."""
    try:
        return _one_line(reply_type.FromString(encoded))
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


def _slot(channel: str) -> str:
    return channel.partition("/")[0]


def _unknown_calls(faults: Faults) -> list[Problem]:
    """A fault in a call that nobody can make would never strike."""
    tables: Mapping[str, Iterable[str]]
    tables = {"rejects": faults.rejects, "hangs": faults.hangs, "answers": faults.answers}
    labels = frozenset(LABELS.values())
    return [
        Problem(
            f"faults.{table}.{call}",
            'is no call that this server answers; "InitiateWithChannels" is one, and so is '
            '"SetAttributeViReal64[voltage_level]"',
        )
        for table, calls in tables.items()
        for call in calls
        for method, bracket, attribute in (call.partition("["),)
        if method not in METHODS or (bracket and f"[{attribute}" not in labels)
    ]


def _wired_slots(
    wiring: Mapping[str, str], terminals: Iterable[str]
) -> tuple[dict[str, str], list[Problem]]:
    known = tuple(terminals)
    problems: list[Problem] = []
    wired: dict[str, str] = {}
    for channel, terminal in wiring.items():
        slot, _, number = channel.partition("/")
        if not slot or number not in ("", "0"):
            problems.append(
                Problem(
                    f"wiring.{channel}", 'write the channel as "PXI1Slot2/0": a PXIe-4139 has one'
                )
            )
        elif terminal not in known:
            problems.append(
                Problem(
                    f"wiring.{channel}",
                    f'the device has no terminal "{terminal}"; it has {", ".join(known)}',
                )
            )
        elif terminal in wired.values() or slot.lower() in map(str.lower, wired):
            problems.append(Problem(f"wiring.{channel}", f'"{terminal}" or {slot} is wired twice'))
        else:
            wired[slot] = terminal
    return wired, problems
