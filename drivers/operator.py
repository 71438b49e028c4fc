"""A person as the selector: moves probes or plugs, says so, and is believed.

Whoever runs it on a real bench is asked before each run (`ActuatorKind.by_hand`); nothing here can
see what was done, so that what is reported is what was asked for.
"""

from collections.abc import Iterable

from mho.bench import InstrumentIdentity, Points, RelayPath, Selection
from mho.frozen import Frozen
from mho.plugin_kinds import ActuatorKind, Rehearsal, SwitchOff


class OperatorSettings(Frozen):
    """A person needs no settings; addresses are names for him: pads, plugs, probes."""


class Operator:
    """Satisfies `mho.bench.Actuator`."""

    name = "operator"

    def __init__(self, rehearsal: Rehearsal) -> None:
        self._rehearsal = rehearsal
        self._connected: frozenset[RelayPath] = frozenset()

    def connect(self) -> InstrumentIdentity:
        """Nothing is connected before somebody does it."""
        self._placed(())
        return InstrumentIdentity(
            terminal="select", model=self.name, serial="none", address="by hand"
        )

    def select(self, selection: Selection) -> None:
        """It was said that this is connected."""
        self._placed(selection.paths)

    def selected(self) -> frozenset[RelayPath]:
        """What was said."""
        return self._connected

    def off(self) -> None:
        """What was connected by hand is taken off when somebody does it, at 0 V."""
        self._placed(())

    def disconnect(self) -> None:
        """There is nothing to hang up."""

    def _placed(self, paths: Iterable[RelayPath]) -> None:
        self._connected = frozenset(paths)
        self._rehearsal.place(self._connected)


def _actuator(settings: OperatorSettings, points: Points, rehearsal: Rehearsal) -> Operator:  # noqa: ARG001
    return Operator(rehearsal)


def _rehearses(settings: OperatorSettings) -> None:  # noqa: ARG001
    return None


def _problems(settings: OperatorSettings, points: Points) -> tuple[tuple[str, str], ...]:  # noqa: ARG001
    return ()


def _resources(settings: OperatorSettings) -> tuple[str, ...]:  # noqa: ARG001
    return ()


def _switching_off(settings: OperatorSettings) -> SwitchOff:  # noqa: ARG001
    return lambda _sessions, _look: []


OPERATOR = ActuatorKind(
    settings=OperatorSettings,
    rehearses=_rehearses,
    actuator=_actuator,
    problems=_problems,
    resources=_resources,
    switching_off=_switching_off,
    by_hand=True,
)
