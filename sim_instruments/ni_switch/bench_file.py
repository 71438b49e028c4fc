"""The table ``[select]`` of a bench file that reaches a served matrix."""

from collections.abc import Mapping

from mho.device.layout import GROUND
from mho.keys import written_key
from mho.sim_instruments.ni_switch.settings import SwitchSettings, points_of


def select_table(
    wiring: Mapping[str, str], modules: Mapping[str, SwitchSettings], address: str
) -> list[str]:
    """Its lines; none where nothing is wired to a matrix. Of several, the first that is wired."""
    for resource, module in modules.items():
        points = points_of(resource, wiring)
        if points:
            return _table(resource, module, points, address)
    return []


def _table(
    resource: str, module: SwitchSettings, points: Mapping[str, str], address: str
) -> list[str]:
    sources = {what: at for at, what in points.items() if at[0] == "r" and what != GROUND}
    lines: dict[str, dict[int, str]] = {}
    for at, what in points.items():
        if at[0] == "c":
            name, _, number = what.partition("[")
            lines.setdefault(name, {})[int(number.rstrip("]") or 0)] = at
    grounded = [f'ground = "{at}"' for at, what in points.items() if what == GROUND]
    written = {name: ", ".join(f'"{at[n]}"' for n in sorted(at)) for name, at in lines.items()}
    return [
        "",
        "[select]",
        'kind = "ni-switch"',
        f'target = "{address}"',
        f'resource = "{resource}"',
        f'topology = "{module.topology}"',
        *grounded,
        "",
        "[select.sources]",
        *(f'{written_key(name)} = "{at}"' for name, at in sources.items()),
        "",
        "[select.lines]",
        *(f"{written_key(name)} = [{at}]" for name, at in written.items()),
    ]
