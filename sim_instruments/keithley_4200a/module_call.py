"""One call of a user module: its values from text, its run, and what it gave."""

import logging
import math
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from mho.clock import VirtualClock
from mho.sim_instruments.keithley_4200a.apparatus import Apparatus
from mho.sim_instruments.keithley_4200a.status import Refused
from mho.sim_instruments.keithley_4200a.user_modules import Outcome, Parameter, UserModule, Value

if TYPE_CHECKING:
    from mho.sim_instruments.keithley_4200a.instrument import Keithley4200A

_LOG = logging.getLogger("mho.sim_instruments.keithley_4200a")

_CALL = re.compile(r"(\S+)\s+([^\s(]+)\s*\((.*)\)", re.DOTALL)

MAX_ARRAY = 32767
"""Elements of an array, as client code has it; the manual says fewer than 16000 (page 4-7)."""

ABORTED = -966
"""What a client that waits for the return value gets in its place (unverified)."""


def split_call(text: str) -> tuple[str, str, tuple[str, ...]]:
    """Library, module and values of ``library module(v1,v2,...)``: page 4-7; -992 if it is none.

    Blanks before the bracket and around values mean nothing; elements of arrays are joined by
    ``;``, texts have no quotes, and an empty last value counts.
    """
    match = _CALL.fullmatch(text.strip())
    if match is None:
        raise Refused(-992)
    library, module, inside = match.groups()
    values = tuple(value.strip() for value in inside.split(",")) if inside.strip() else ()
    return library, module, values


class ModuleCall:
    """Plays the module; afterwards ``outcome`` is what it gave.

    Raises
    ------
    Refused
        -992 for a wrong number of values, -993 for a value that its parameter does not take.
    """

    def __init__(
        self,
        instrument: "Keithley4200A",
        module: UserModule,
        texts: tuple[str, ...],
        *,
        replies: bool,
    ) -> None:
        self._instrument, self.module, self._replies = instrument, module, replies
        if len(texts) != len(module.parameters):
            raise Refused(-992)
        self.values: dict[str, Value] = {
            parameter.name: _input(parameter, text)
            for parameter, text in zip(module.parameters, texts, strict=True)
            if not parameter.is_output
        }
        for parameter, text in zip(module.parameters, texts, strict=True):
            if parameter.is_output and text:
                raise Refused(-993)
        self._sizes = {
            array.name: _size(self.values[size.name])
            for array, size in zip(module.parameters, module.parameters[1:], strict=False)
            if array.kind == "doubles" and array.is_output
        }
        self.outcome: Outcome | None = None

    def script(self, start: float) -> Iterator[float]:
        """Play the module; see `mho.sim_instruments.keithley_4200a.run.Script`."""
        self._apparatus = Apparatus(self._instrument, start)
        yield start
        try:
            yield from self._steps(self._apparatus)
        except Refused as refusal:
            self.outcome = Outcome(refusal.code)
        except Exception:
            _LOG.exception("%s %s failed; it returns -1", self.module.library, self.module.name)
            self.outcome = Outcome(-1)
        if self._replies:
            returned = self.outcome.returned if self.outcome else -1
            text = "void" if returned is None else written(returned)
            self._instrument.late_replies.put(f"RETURN VALUE = {text}")

    def _steps(self, apparatus: Apparatus) -> Iterator[float]:
        clock = self._instrument.clock
        ran = self.module.run(self.values, apparatus)
        if isinstance(ran, Outcome):
            self.outcome = ran
            return
        while True:
            try:
                wait = next(ran)
            except StopIteration as end:
                self.outcome = end.value
                return
            if not 0 <= wait < math.inf:
                raise ValueError(f"{wait} was yielded; a module yields the seconds that it waits")
            apparatus.now += wait
            yield apparatus.now
            if isinstance(clock, VirtualClock):
                clock.advance_to(apparatus.now)

    def abort(self, moment: float) -> None:
        """Cut it short: its outputs go off (unverified)."""
        self._apparatus.now = max(self._apparatus.now, moment)
        self._apparatus.switch_all_off()
        if self._replies:
            self._instrument.late_replies.put(str(ABORTED))

    def value(self, parameter: Parameter) -> Value:
        """What a parameter has now; an output that the module did not give is NaN."""
        if not parameter.is_output:
            return self.values[parameter.name]
        outputs: Mapping[str, object] = self.outcome.outputs if self.outcome else {}
        found = outputs.get(parameter.name, "" if parameter.kind == "text" else math.nan)
        if parameter.kind != "doubles":
            return found if isinstance(found, str | int | float) else math.nan
        given = tuple(float(value) for value in found) if isinstance(found, list | tuple) else ()
        size = self._sizes[parameter.name]
        return (*given[:size], *(math.nan for _ in range(size - len(given))))


def written(value: Value) -> str:
    """A value as replies have it, elements joined by ``;``. The form of numbers is unverified."""
    if isinstance(value, tuple):
        return ";".join(written(element) for element in value)
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else f"{value:.7g}"
    return str(value)


def _input(parameter: Parameter, text: str) -> Value:
    if not text:
        if parameter.default is None:
            raise Refused(-993)
        return parameter.default
    if parameter.kind == "text":
        return text
    numbers = [_number(piece) for piece in text.split(";")]
    if any(not parameter.low <= number <= parameter.high for number in numbers):
        raise Refused(-993)
    if parameter.kind == "doubles":
        if len(numbers) > MAX_ARRAY:
            raise Refused(-993)
        return tuple(numbers)
    (number,) = numbers if len(numbers) == 1 else (math.nan,)
    if math.isnan(number) or (parameter.kind == "int" and number != int(number)):
        raise Refused(-993)
    return int(number) if parameter.kind == "int" else number


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise Refused(-993) from None
    if not math.isfinite(number):
        raise Refused(-993)
    return number


def _size(value: Value) -> int:
    if not isinstance(value, int) or not 0 <= value <= MAX_ARRAY:
        raise Refused(-993)
    return value
