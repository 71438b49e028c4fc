"""Steps of a recipe that are wider than what the terminal may have.

A staircase or a growing amplitude ends at its last level whatever its step, so such a step would
pass for a level: nothing else finds it.
"""

from collections.abc import Iterator, Mapping

from mho.bench import ChannelLimits, Plan
from mho.device.profile import DeviceProfile
from mho.frozen import Frozen
from mho.quantities import VOLT
from mho.settings_text import place_of

_STEP = "step"


def wide_steps(
    recipe: Frozen, plan: Plan, profile: DeviceProfile, limits: Mapping[str, ChannelLimits]
) -> list[str]:
    """What is wrong with each step (a voltage whose key is, or ends in, ``step``) of a recipe."""
    driven = {bias.terminal for bias in plan.biases}
    for planned in plan.planned:
        driven.update(planned.stimulus.terminals)
    reach = {
        name: min(max(-terminal.min_voltage, terminal.max_voltage), limits[name].max_voltage)
        for name, terminal in profile.terminals.items()
        if name in driven and name in limits
    }
    found = []
    for key, step in _steps(recipe, ()):
        named = key.rpartition(".")[2].removesuffix(f"_{_STEP}")  # gate_step
        name = named if named in reach else max(reach, key=lambda one: reach[one], default="")
        if not name or abs(step) <= reach[name]:
            continue
        terminal, most = profile.terminals[name], limits[name].max_voltage
        lowest, highest = max(terminal.min_voltage, -most), min(terminal.max_voltage, most)
        found.append(
            f"{key}: one step of {VOLT.show(step)} leads beyond the range of {name}, "
            f"{VOLT.show(lowest)} to {VOLT.show(highest)}"
        )
    return found


def _steps(part: Frozen, above: tuple[str | int, ...]) -> Iterator[tuple[str, float]]:
    for name, field in type(part).model_fields.items():
        value, at = getattr(part, name), (*above, name)
        if name.rpartition("_")[2] == _STEP and VOLT in field.metadata and value is not None:
            yield place_of("recipe", at), value
        elif isinstance(value, Frozen):
            yield from _steps(value, at)
        elif isinstance(value, tuple):
            for number, item in enumerate(value):
                if isinstance(item, Frozen):
                    yield from _steps(item, (*at, number))
