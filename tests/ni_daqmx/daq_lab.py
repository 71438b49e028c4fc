"""Resistors, a chassis with a card around them, and the unmodified NI client."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

import grpc
import nidaqmx
import pytest
from nidaqmx.constants import AcquisitionType

from mho.clock import Clock
from mho.device.model import Response
from mho.rehearsal import in_process
from mho.sim_instruments.ni_device_server.server import Server
from mho.stimuli import OPEN, Drive

FINITE, CONTINUOUS = AcquisitionType.FINITE, AcquisitionType.CONTINUOUS


class Between:
    """A resistor between two terminals; remembers how long what was driven."""

    terminals = ("te", "be")

    def __init__(self, ohms: float = 1000.0) -> None:
        self.ohms = ohms
        self.stretches: list[tuple[dict[str, float], float]] = []
        self.reads = 0

    def advance(self, drives: Mapping[str, Drive], duration: float) -> None:
        self.stretches.append(({name: drive.level for name, drive in drives.items()}, duration))

    def respond(self, drives: Mapping[str, Drive]) -> Mapping[str, Response]:
        self.reads += 1
        te, be = drives.get("te", OPEN), drives.get("be", Drive(0.0, 1.0))
        current = (te.level - be.level) / self.ohms
        limit = min(te.limit, be.limit)
        if abs(current) > limit:
            held = limit if current > 0 else -limit
            lost = (current - held) * self.ohms
            at_be = be.limit <= te.limit
            return {
                "te": Response(te.level - (0.0 if at_be else lost), held, not at_be),
                "be": Response(be.level + (lost if at_be else 0.0), -held, at_be),
            }
        return {"te": Response(te.level, current, False), "be": Response(be.level, -current, False)}

    def state(self) -> dict[str, Any]:
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        assert not state


class Lab:
    """A server and its clients."""

    def __init__(self, stack: ExitStack, device: Any, server: Server, clock: Clock) -> None:
        self.device, self.server, self.clock = device, server, clock
        self._stack = stack
        self.wire = self.connect()

    def connect(self) -> Any:
        within = in_process.connection_to(self.server.address)
        options = [
            ("grpc.enable_http_proxy", 0),
            ("grpc.max_receive_message_length", -1),
            ("grpc.max_send_message_length", -1),
        ]
        wire = within or grpc.insecure_channel(self.server.address, options=options)
        self._stack.callback(wire.close)
        return wire

    def options(self, name: str = "", **others: Any) -> nidaqmx.GrpcSessionOptions:
        return nidaqmx.GrpcSessionOptions(self.wire, name, **others)

    def task(self, name: str = "") -> nidaqmx.Task:
        task = nidaqmx.Task(name, grpc_options=self.options(name))
        self._stack.callback(lambda: None if task._handle is None else task.close())
        return task

    def system(self) -> Any:
        return nidaqmx.system.System.remote(grpc_options=self.options())

    def ao(self, lines: str = "Dev1/ao0", rate: float = 0.0, count: int = 0, mode=FINITE) -> Any:
        task = self.task()
        task.ao_channels.add_ao_voltage_chan(lines)
        if rate:
            task.timing.cfg_samp_clk_timing(rate, sample_mode=mode, samps_per_chan=count)
        return task

    def ai(self, lines: str = "Dev1/ai0", rate: float = 0.0, count: int = 0, mode=FINITE) -> Any:
        task = self.task()
        task.ai_channels.add_ai_voltage_chan(lines, min_val=-10, max_val=10)
        if rate:
            task.timing.cfg_samp_clk_timing(rate, sample_mode=mode, samps_per_chan=count)
        return task

    def volts(self, terminal: str = "te") -> float:
        return self.server.world.drives()[terminal].level


def refused(call: Callable[..., Any], *arguments: Any, **options: Any) -> int:
    """The code that a call is refused with."""
    with pytest.raises(nidaqmx.DaqError) as error:
        call(*arguments, **options)
    return error.value.error_code


QUIET = {"Dev1": {"ai_noise": ["0 V"]}}
WIRING = {"Dev1/ao0": "te", "Dev1/ai0": "te", "Dev1/ai1": "be"}
KILO = {"gain": "1 kohm"}
