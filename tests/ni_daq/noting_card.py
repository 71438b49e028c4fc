"""A card that notes every call of NI's client and answers with what a resistor would.

No simulated instrument of ours: it stands in the place of a gRPC channel, knows just the calls that
the driver's sheets name, and holds the driver to the rules that they give: channels belong to one
task at a time, a buffer is written before the start, a finite acquisition is the clock of outputs
that have no clock of their own. An input sees the level that stood before its edge.
"""

# Methods are named as the calls that they answer.
# ruff: noqa: N802

from contextlib import contextmanager

import grpc
import numpy as np
import session_pb2
from nidaqmx._stubs import nidaqmx_pb2 as messages

from mho.rehearsal import in_process
from mho.stimuli import Drive

OHMS = 10e3
FINITE, CONTINUOUS = 10178, 10123
NEVER_AGAIN = 10158


class Refused(grpc.RpcError):
    """An error as a device server sends it."""

    def __init__(self, code, text="no", status=grpc.StatusCode.UNKNOWN):
        super().__init__(text)
        self._code, self._text, self._status = code, text, status

    def code(self):
        return self._status

    def details(self):
        return self._text

    def trailing_metadata(self):
        trailer = grpc.aio.Metadata(("ni-error", str(self._code))) if self._code else ()
        return [_Entry(*pair) for pair in trailer]


class _Entry:
    def __init__(self, key, value):
        self.key, self.value = key, value


class _Task:
    def __init__(self, name):
        self.name, self.outputs, self.inputs, self.lines = name, [], [], []
        self.rate, self.samples, self.mode, self.source = 0.0, 0, None, ""
        self.data, self.regenerates, self.running, self.taken = None, True, False, 0
        self.buffer, self.trigger = 0, ""
        self.reserved = self.is_last = False


class NotingCard:
    """Satisfies what the driver asks of a ``grpc.Channel``.

    ``volts`` is what stands at each output now, ``seen`` everything that ever stood there while a
    waveform was played, ``calls`` what was called; ``faults`` maps the number of a call (from 1) to
    the error that comes in its place. ``gain`` (V/A) and ``limit`` (V) are those of the amplifier.
    ``cards`` are the models by name; each has four outputs, and the first one the inputs.
    """

    def __init__(self, clock, gain=1e3, limit=10.0, cards=None):
        self.clock, self.gain, self.limit = clock, gain, limit
        self.cards = cards or {"Dev1": "PCIe-6363"}
        self.volts = dict.fromkeys((f"{card}/ao{n}" for card in self.cards for n in range(4)), 0.0)
        self.calls, self.faults, self.seen, self.tasks = [], {}, [], {}
        self.lines = {}
        self.before = lambda number, name: None
        self.largest_block = 0

    # ---- as a channel

    def subscribe(self, callback, try_to_connect=False):
        callback(grpc.ChannelConnectivity.READY)

    def unsubscribe(self, callback):
        pass

    def close(self):
        pass

    def unary_unary(self, path, request_serializer=None, response_deserializer=None, **_):
        name = path.rsplit("/", 1)[1]
        answer = getattr(self, f"_{name}", None)

        def call(request, timeout=None, metadata=None, credentials=None, wait_for_ready=None):
            assert timeout is not None, "a call without a deadline"
            self.calls.append(name)
            self.before(len(self.calls), name)
            fault = self.faults.get(len(self.calls))
            if fault is not None:
                raise fault
            if answer is None:
                raise Refused(0, name, grpc.StatusCode.UNIMPLEMENTED)
            found = answer(request)
            # What goes over a wire is what protobuf makes of it.
            return response_deserializer(found.SerializeToString())

        return call

    def unary_stream(self, path, **_):
        return None

    stream_unary = stream_stream = unary_stream

    def counted(self, *names):
        return sum(name in names for name in self.calls)

    # ---- system

    def _GetSystemInfoAttributeUInt32(self, request):
        return messages.GetSystemInfoAttributeUInt32Response(value=24)

    def _GetDeviceAttributeString(self, request):
        if request.device_name not in self.cards:
            raise Refused(-200220, "Device identifier is invalid.")
        return messages.GetDeviceAttributeStringResponse(value=self.cards[request.device_name])

    def _GetDeviceAttributeUInt32(self, request):
        return messages.GetDeviceAttributeUInt32Response(value=0x1A2B3C)

    def _ResetDevice(self, request):
        own = f"{request.device_name}/"
        for name, task in [*self.tasks.items()]:
            if any(channel.startswith(own) for channel in (*task.outputs, *dict(task.inputs))):
                del self.tasks[name]
        return messages.ResetDeviceResponse()

    # ---- tasks

    def _CreateTask(self, request):
        name = request.session_name
        if request.initialization_behavior == 2:
            if name not in self.tasks:
                raise Refused(0, "none", grpc.StatusCode.FAILED_PRECONDITION)
            session = session_pb2.Session(name=name)
            return messages.CreateTaskResponse(task=session, new_session_initialized=False)
        if name in self.tasks:
            raise Refused(-200089, "duplicate")
        self.tasks[name] = _Task(name)
        session = session_pb2.Session(name=name)
        return messages.CreateTaskResponse(task=session, new_session_initialized=True)

    def _task(self, request):
        if request.task.name not in self.tasks:
            raise Refused(-200088, "no such task")
        return self.tasks[request.task.name]

    def _ClearTask(self, request):
        self._advance()
        self._task(request)
        del self.tasks[request.task.name]
        return messages.ClearTaskResponse()

    def _GetTaskAttributeString(self, request):
        task = self._task(request)
        value = ", ".join(task.outputs or [name for name, _ in task.inputs] or task.lines)
        if request.attribute_raw == 0x1276:
            value = task.name
        return messages.GetTaskAttributeStringResponse(value=value)

    def _CreateAOVoltageChan(self, request):
        task = self._task(request)
        for name in request.physical_channel.split(","):
            name = name.strip()
            if name not in self.volts:
                raise Refused(-200170, "no such channel")
            assert name.partition("/")[0] in (task.outputs or [name])[0], "two cards in a task"
            task.outputs.append(name)
        return messages.CreateAOVoltageChanResponse()

    def _reserve(self, task):
        """Channels are a task's from its first write until it gives them back."""
        for other in self.tasks.values():
            if other is not task and other.reserved and set(other.outputs) & set(task.outputs):
                raise Refused(-50103, "reserved")
        task.reserved = True

    def _TaskControl(self, request):
        task = self._task(request)
        assert request.action_raw == 5 and not task.running
        task.reserved = False
        return messages.TaskControlResponse()

    def _CreateAIVoltageChan(self, request):
        self._task(request).inputs.append((request.physical_channel, request.max_val))
        return messages.CreateAIVoltageChanResponse()

    def _CfgSampClkTiming(self, request):
        task = self._task(request)
        assert not task.running
        task.rate, task.source = request.rate, request.source
        task.mode, task.samples = (
            request.sample_mode_raw or request.sample_mode,
            (request.samps_per_chan),
        )
        return messages.CfgSampClkTimingResponse()

    def _CfgDigEdgeStartTrig(self, request):
        self._task(request).trigger = request.trigger_source
        return messages.CfgDigEdgeStartTrigResponse()

    def _SetWriteAttributeInt32(self, request):
        task = self._task(request)
        task.regenerates = (request.value_raw or request.value) != NEVER_AGAIN
        return messages.SetWriteAttributeInt32Response()

    def _SetBufferAttributeUInt32(self, request):
        self._task(request).buffer = request.value
        return messages.SetBufferAttributeUInt32Response()

    def _GetWriteAttributeUInt64(self, request):
        self._advance()
        return messages.GetWriteAttributeUInt64Response(value=self._master().taken_until)

    # ---- samples

    def _WriteAnalogF64(self, request):
        task = self._task(request)
        data = np.array(request.write_array).reshape(len(task.outputs), request.num_samps_per_chan)
        self._reserve(task)
        if request.auto_start:
            assert data.shape[1] == 1
            self._set(task, data[:, 0])
            task.reserved = False
        elif task.regenerates or not task.running:
            assert not task.running
            if task.mode == FINITE:
                assert data.shape[1] == task.samples
            task.data = data
        else:
            task.data = np.concatenate([task.data, data], axis=1)
            assert task.buffer
        self.largest_block = max(self.largest_block, data.shape[1])
        return messages.WriteAnalogF64Response(samps_per_chan_written=data.shape[1])

    def _StartTask(self, request):
        task = self._task(request)
        if task.outputs:
            assert task.data is not None, "nothing was written"
            assert task.source == "/Dev1/ai/SampleClock"
            assert task.trigger == "/Dev1/ai/StartTrigger"
        else:
            assert self._waiting(), "no outputs wait"
            for other in self.tasks.values():
                other.is_last = other is task
            self._began, task.taken = self.clock.now(), 0
            task.taken_until = task.read = 0
        task.running = True
        return messages.StartTaskResponse()

    def _StopTask(self, request):
        self._advance()
        self._task(request).running = False
        return messages.StopTaskResponse()

    def _WaitUntilTaskDone(self, request):
        task = self._master()
        self._advance()
        if task.taken_until < task.samples:
            self.clock.sleep(request.time_to_wait)
            self._advance()
        if task.taken_until < task.samples:
            raise Refused(-200560, "not done")
        return messages.WaitUntilTaskDoneResponse()

    def _ReadAnalogF64(self, request):
        task = self._master()
        self._advance()
        count = request.num_samps_per_chan
        if task.read + count > task.taken_until:
            return messages.ReadAnalogF64Response(status=-200284)
        rows = []
        for number in range(len(task.inputs)):
            _, span = task.inputs[number]
            own = self.levels_at(self._first(), task.read - 1, task.read - 1 + count)
            volts = own / OHMS * self.gain if number == 0 else own
            rows.append(np.clip(volts, -min(span, self.limit), min(span, self.limit)))
        task.read += count
        self.largest_block = max(self.largest_block, count)
        array = np.concatenate(rows)
        assert len(array) == request.array_size_in_samps
        return messages.ReadAnalogF64Response(read_array=array, samps_per_chan_read=count)

    # ---- what stands at the outputs

    def _master(self):
        return next(task for task in self.tasks.values() if task.inputs and task.is_last)

    def _waiting(self):
        return [task for task in self.tasks.values() if task.reserved and task.data is not None]

    def _first(self):
        """The task of the outputs of the first card."""
        return next(task for task in self._waiting() if task.outputs[0].startswith("Dev1/"))

    def levels_at(self, task, begin, end, row=0):
        """What an output plays at samples from ... to; before the first, what was."""
        places = np.arange(begin, end)
        if task.regenerates:
            places = np.where(places < 0, -1, places % task.data.shape[1])
        elif places[-1] >= task.data.shape[1]:
            raise Refused(-200290, "ran dry")
        return np.where(places < 0, 0.0, task.data[row][places])

    def _advance(self):
        """Bring the outputs to where the clock has them."""
        task = next((t for t in self.tasks.values() if t.inputs and t.running), None)
        if task is None:
            return
        passed = int((self.clock.now() - self._began) * task.rate + 1e-6)
        task.taken_until = passed if task.mode == CONTINUOUS else min(passed, task.samples)
        if not task.taken_until:
            return
        last = task.taken_until - 1
        for outputs in [t for t in self.tasks.values() if t.outputs and t.running]:
            levels = [
                self.levels_at(outputs, last, last + 1, n)[0] for n in range(len(outputs.data))
            ]
            self._set(outputs, levels)

    def _set(self, task, volts):
        for name, level in zip(task.outputs, volts, strict=True):
            self.volts[name] = float(level)
        self.seen.append(dict(self.volts))


@contextmanager
def offered(card):
    """The address at which the driver finds the card."""
    address = in_process.offer(lambda: card)
    try:
        yield address
    finally:
        in_process.withdraw(address)


class Fixture:
    """Who looks at the device: the terminals of the card as `mho.testing.faults` wants them."""

    def __init__(self, card, wiring):
        self._card, self._wiring = card, wiring

    @property
    def world(self):
        return self

    def drives(self):
        return {name: Drive(self._card.volts[at], 1e-3) for name, at in self._wiring.items()}
