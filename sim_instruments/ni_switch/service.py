"""The NI-SWITCH service around the matrix modules of a chassis.

Messages come from NI's client package, so nothing here repeats NI's protocol files.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from google.protobuf.message import Message
from niswitch import niswitch_pb2 as messages

from mho.rehearsal import World
from mho.sim_instruments.ni_device_server.named_sessions import NamedSessions
from mho.sim_instruments.ni_device_server.service import Call
from mho.sim_instruments.ni_switch.attributes import Attributes
from mho.sim_instruments.ni_switch.errors import (
    ATTRIBUTE_NOT_SUPPORTED,
    BAD_RESOURCE,
    BAD_TOPOLOGY,
    INVALID_SESSION,
    INVALID_VALUE,
    TIME_EXCEEDED,
    UNKNOWN_CHANNEL,
    SwitchError,
    text_of,
)
from mho.sim_instruments.ni_switch.module import CLOSE_IT, OPEN_IT, MatrixModule
from mho.sim_instruments.ni_switch.scanning import Scan
from mho.sim_instruments.ni_switch.settings import SwitchSettings, points_of
from mho.sim_instruments.ni_switch.topologies import CONFIGURED, TOPOLOGIES

SERVICE = messages.DESCRIPTOR.services_by_name["NiSwitch"]
PREFIX = "NISWITCH_ATTRIBUTE_"
ATTRIBUTE_NAMES = {
    number: name.removeprefix(PREFIX) for name, number in messages.NiSwitchAttribute.items()
}
CALLS = {
    method.name: Call(
        getattr(messages, f"{method.name}Request"), getattr(messages, f"{method.name}Response")
    )
    for method in SERVICE.methods
}
"""The whole service."""

KINDS = {"Int32": int, "Real64": float, "String": str, "Boolean": bool}
Fields = dict[str, Any]
_LABELS = {number: f"[{name.lower()}]" for number, name in ATTRIBUTE_NAMES.items()}


def is_call(label: str) -> bool:
    """Whether a call, or one about an attribute, can be recorded under this label."""
    method, bracket, attribute = label.partition("[")
    return method in CALLS and (not bracket or f"[{attribute}" in _LABELS.values())


def switch_service(
    world: World, wiring: Mapping[str, str], modules: Mapping[str, SwitchSettings]
) -> "SwitchService":
    """The service of these modules, by their resource names."""
    return SwitchService(
        world,
        {
            name.casefold(): MatrixModule(name, world, points_of(name, wiring), chosen)
            for name, chosen in modules.items()
        },
    )


class Session:
    """A session on a module."""

    def __init__(self, module: MatrixModule, *, simulated: bool) -> None:
        self.module = module
        self.attributes = Attributes(module, simulated=simulated)
        self.scan = Scan(module)
        self.error: SwitchError | None = None


class SwitchService:
    """Satisfies `mho.sim_instruments.ni_device_server.service.Service`.

    ``modules`` are by their resource names in small letters, for tests to look at.
    """

    full_name: str = SERVICE.full_name
    calls = CALLS

    def __init__(self, world: World, modules: Mapping[str, MatrixModule]) -> None:
        self.modules = modules
        self._world = world
        self._sessions: NamedSessions[Session] = NamedSessions()

    def label(self, name: str, request: Any) -> str:
        """The call, and its attribute in brackets."""
        if "attribute_id" not in request.DESCRIPTOR.fields_by_name:
            return name
        return name + _LABELS.get(request.attribute_id, f"[{request.attribute_id}]")

    def answer(self, name: str, request: Any, is_there: Callable[[], bool]) -> Message:  # noqa: ARG002
        """Carry a call out."""
        pause = 0.0
        with self._world.lock:
            if name.startswith("Init") and name != "InitiateScan":
                fields: Fields | None = self._open(name, request)
            else:
                session = self._session(request)
                if name == "WaitForDebounce":
                    pause = session.module.unsettled
                try:
                    fields = self._act(name, session, request)
                except SwitchError as error:
                    session.error = error
                    raise
        if pause:
            self._world.clock.sleep(pause)
        reply: Message = CALLS[name].reply(**(fields or {}))
        return reply

    def stream(self, name: str, request: Any, is_there: Callable[[], bool]) -> Iterator[Message]:
        """No call of NI-SWITCH streams."""
        raise NotImplementedError(name)

    def forget(self) -> None:
        """Close all sessions; relays stay as they are."""
        with self._world.lock:
            for name in self._sessions.names():
                self._sessions.pop(name)

    def close(self) -> None:
        """Nothing waits."""

    # ---- sessions

    def _open(self, name: str, request: Any) -> Fields:
        topology = getattr(request, "topology", CONFIGURED) or CONFIGURED
        simulated = getattr(request, "simulate", False)
        simulated = simulated or "simulate=1" in getattr(request, "option_string", "").casefold()

        def build(_name: str) -> Session:
            return Session(
                self._module(request.resource_name, topology, simulated), simulated=simulated
            )

        opened, new = self._sessions.open(
            request.session_name, request.initialization_behavior, build
        )
        session = self._sessions.get(opened)
        if new and session is not None and (request.reset_device or name == "InitWithTopology"):
            session.module.open_all()  # NI: by default the switch is reset to a known state
            session.attributes.back()
        return {"vi": {"name": opened}, "new_session_initialized": new}

    def _module(self, resource: str, topology: str, simulated: bool) -> MatrixModule:
        if topology not in (CONFIGURED, *TOPOLOGIES):
            raise SwitchError(BAD_TOPOLOGY if "/" in topology else BAD_RESOURCE, f"{topology}.")
        known = self.modules.get(resource.casefold())
        if known is None:
            if not simulated:
                raise SwitchError(BAD_RESOURCE, f"Resource: {resource}.")
            chosen = SwitchSettings() if topology == CONFIGURED else SwitchSettings(
                topology=topology
            )  # fmt: skip
            return MatrixModule(resource, self._world, {}, chosen)  # wired to nothing
        wanted = topology.removesuffix(" Matrix")
        if topology != CONFIGURED and wanted != known.settings.topology.removesuffix(" Matrix"):
            raise SwitchError(BAD_TOPOLOGY, f"{resource} is a {known.settings.topology}.")
        return known

    def _session(self, request: Any) -> Session:
        session = self._sessions.get(request.vi.name)
        if session is None:
            raise SwitchError(INVALID_SESSION)
        return session

    # ---- what a session is asked

    def _act(self, name: str, session: Session, request: Any) -> Fields | None:
        module = session.module
        attribute = name.partition("AttributeVi")
        if attribute[1]:
            return self._attribute(attribute[0], attribute[2], session, request)
        match name:
            case "Close":
                self._sessions.pop(request.vi.name)
            case "Connect":
                module.connect(request.channel1, request.channel2)
            case "ConnectMultiple":
                module.each(request.connection_list, module.connect)
            case "Disconnect":
                module.disconnect(request.channel1, request.channel2)
            case "DisconnectMultiple":
                module.each(request.disconnection_list, module.disconnect)
            case "DisconnectAll" | "Disable":
                module.open_all()
            case "Reset" | "ResetWithDefaults":
                module.open_all()
                session.attributes.back()
            case "GetPath":
                return {"path": module.path(request.channel1, request.channel2)}
            case "SetPath":
                module.set_path(request.path_list)
            case "CanConnect":
                found = module.can_connect(request.channel1, request.channel2)
                return {"path_capability_raw": found, "path_capability": found}
            case "IsDebounced":
                return {"is_debounced": not module.unsettled}
            case "WaitForDebounce":
                if module.unsettled > 1e-3 * max(request.maximum_time_ms, 0):
                    raise SwitchError(TIME_EXCEEDED)
            case "GetRelayName":
                return {"relay_name_buffer": _of(module.relays, request.index)}
            case "GetChannelName":
                return {"channel_name_buffer": _of(module.channels, request.index)}
            case "GetRelayPosition":
                position = module.position(request.relay_name)
                return {"relay_position_raw": position, "relay_position": position}
            case "GetRelayCount":
                return {"relay_count": module.cycles(request.relay_name)}
            case "RelayControl":
                action = _chosen(request, "relay_action")
                if action not in (OPEN_IT, CLOSE_IT):
                    raise SwitchError(INVALID_VALUE, f"Relay action: {action}.")
                module.move(request.relay_name, action)
            case _:
                return self._of_scans_and_errors(name, session, request)
        return None

    def _of_scans_and_errors(self, name: str, session: Session, request: Any) -> Fields | None:
        values, scan = session.attributes, session.scan
        match name:
            case "ConfigureScanList" | "Scan":
                values.set("SCAN_LIST", "", request.scan_list)
                if name == "Scan":
                    self._start(session)
            case "ConfigureScanTrigger":
                values.set("SCAN_DELAY", "", request.scan_delay)
                values.set("TRIGGER_INPUT", "", _chosen(request, "trigger_input"))
            case "SetContinuousScan":
                values.set("CONTINUOUS_SCAN", "", request.continuous_scan)
            case "InitiateScan":
                self._start(session)
            case "AbortScan":
                scan.abort()
            case "SendSoftwareTrigger":
                scan.step()
            case "IsScanning":
                return {"is_scanning": scan.is_scanning}
            case "WaitForScanComplete":
                if scan.is_scanning:
                    raise SwitchError(TIME_EXCEEDED)
            case "GetError":
                error, session.error = session.error, None
                return {"code": error.code if error else 0, "description": str(error or "")}
            case "ClearError":
                session.error = None
            case "ErrorMessage":
                return {"error_message": text_of(request.error_code)}
            case "ErrorQuery":
                return {"error_code": 0, "error_message": text_of(0)}
            case "RevisionQuery":
                revision = "0.0.0 (simulated)"
                return {"instrument_driver_revision": revision, "firmware_revision": revision}
            case "SelfTest":
                return {"self_test_result": 0, "self_test_message": "Self Test passed."}
        return None  # what is stored nowhere: routes of triggers, caches, interchange checks

    def _start(self, session: Session) -> None:
        values = session.attributes
        scan_list, trigger, continuous = (
            values.get(name, "", is_scanning=False)
            for name in ("SCAN_LIST", "TRIGGER_INPUT", "CONTINUOUS_SCAN")
        )
        session.scan.start(str(scan_list), int(trigger), is_continuous=bool(continuous))

    def _attribute(self, action: str, kind: str, session: Session, request: Any) -> Fields | None:
        name = ATTRIBUTE_NAMES.get(request.attribute_id, "")
        if not name or kind == "Session":
            raise SwitchError(ATTRIBUTE_NOT_SUPPORTED, f"Attribute: {request.attribute_id}.")
        channel = request.channel_name
        if channel and channel not in session.module.channels:
            raise SwitchError(UNKNOWN_CHANNEL, f"Name: {channel}.")
        if action == "Get":
            value = session.attributes.get(name, channel, is_scanning=session.scan.is_scanning)
            if not isinstance(value, KINDS[kind]) or (kind == "Int32" and isinstance(value, bool)):
                raise SwitchError(ATTRIBUTE_NOT_SUPPORTED, f"{name} as {kind}.")
            return {"attribute_value": value}
        if action == "Set":
            session.attributes.set(name, channel, _chosen(request, "attribute_value"))
        return None


def _of(names: list[str], index: int) -> str:
    """The name at an index that counts from 1."""
    if not 1 <= index <= len(names):
        raise SwitchError(INVALID_VALUE, f"Index: {index}.")
    return names[index - 1]


def _chosen(request: Any, name: str) -> Any:
    """The value of a field; that of an enum is sent either typed or raw."""
    raw = f"{name}_raw"
    if raw not in request.DESCRIPTOR.fields_by_name:
        return getattr(request, name)
    oneof = request.DESCRIPTOR.fields_by_name[raw].containing_oneof
    which = request.WhichOneof(oneof.name) if oneof is not None else raw
    return getattr(request, which or raw)
