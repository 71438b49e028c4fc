"""Break test of the yardstick: which changes of the device models `mho validate` notices.

Every numeric parameter of the alpha-Fe2O3, Cu:Te and NMOS models is made 1.3 and 0.7 times as
large, one at a time, in every device that has it, as a user would with ``--set device.model...``.
All published numbers that it can reach are then measured again: same recipes, same random devices,
on the ideal bench, some runs with fewer cycles or reads (SHORTER).

A change is noticed where, over the random devices,

- the median of a number leaves its bounds ("outside"), or
- the median moves by more than the standard deviation over the devices (the column that
  `mho validate` shows beside it) and by more than 1 % of itself, and every device moves the same
  way ("moved"). Of ten devices that a change does not concern, all move the same way once in 500.

A parameter is noticed where one of its two changes is. A number is given up after two devices that
the change leaves exactly as they were, or as soon as three or more neither leave its bounds nor
have "moved": that can only miss a change. A number over devices (a spread, a law of lives) is one
figure of so many devices; in place of each device stands then a group of them. Numbers that follow
from the recipe are not looked at. What is printed last, as a control, is what the rule notices with
nothing changed but the random devices.

    python benchmarks/break_test.py [--seeds 10] [--model alpha-fe2o3] [--only NAME] [--number ID]
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from mho import plugins, settings
from mho.errors import SettingsError
from mho.laboratory import read_setup
from mho.quantities import Unit
from mho.validation.comparison import Comparison
from mho.validation.measuring import (
    Results,
    Run,
    comparison,
    cores,
    play,
    ready_to_play,
    runs_of,
)
from mho.validation.published import Published, references

BENCH = "ideal"

FACTORS = (1.3, 0.7)

SHORTER = {
    ("retention", "alpha-fe2o3-14900-s"): ('times.interval="10 s"',),
    ("reset_stop", "with-retention"): ('retention.interval="100 ms"',),
}
"""Options that make a run faster without changing what it measures."""

UNTOUCHED, UNMOVED = 2, 3
"""Devices after which a number is given up."""

LEAST = 0.01
"""Share of a number below which a move of it is none, however little its devices differ."""

LEFT_OUT = ("levels-by-methods",)
"""Numbers that tell no more than another one, for much more time."""

WHERE = {
    "alpha-fe2o3": {"alpha-fe2o3": ""},
    "cu-te": {
        "cu-te": "",
        "cu-te-pristine": "",
        "cu-te-1t1r": "memristor.",
        "cu-te-1t1r-mos": "memristor.",
        "cu-te-1t1r-source-line": "memristor.",
    },
    "nmos": {
        "nmos": "transistor.",
        "cu-te-1t1r": "transistor.",
        "cu-te-1t1r-mos": "transistor.",
        "cu-te-1t1r-source-line": "transistor.",
    },
}
"""Where the parameters of a model stand in the devices that contain it."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A numeric parameter: ``values`` has what each device has by default (SI)."""

    model: str
    path: str
    unit: Unit | None
    whole: bool
    values: Mapping[str, tuple[float, ...]]
    listed: bool

    def options(self, factor: float) -> dict[str, str]:
        """The option that changes it in each device."""
        return {
            device: f"device.model.parameters.{WHERE[self.model][device]}{self.path}="
            + self._written([value * factor for value in values])
            for device, values in self.values.items()
        }

    def _written(self, values: Sequence[float]) -> str:
        cells = [self._cell(value) for value in values]
        return f"[{', '.join(cells)}]" if self.listed else cells[0]

    def _cell(self, value: float) -> str:
        if self.unit is not None:
            return f'"{self.unit.show(float(f"{value:.12g}"))}"'
        return str(round(value)) if self.whole else repr(float(f"{value:.12g}"))


@dataclass(frozen=True, slots=True)
class Row:
    """A published number, judged on the ideal bench."""

    paper: str
    number: Published

    @property
    def runs(self) -> tuple[Run, ...]:
        """What it takes."""
        return tuple(_shorter(run) for run in runs_of(self.number))

    @property
    def devices(self) -> int:
        """How many devices make one figure."""
        return self.number.devices

    def seeds(self, group: int) -> range:
        """Those of a device, or of a group."""
        return range(group * self.devices, (group + 1) * self.devices)

    def held_against(self, by_seed: Sequence[Mapping[Run, Results]]) -> Comparison:
        """Its comparison; runs are those of a device that may have been changed."""
        whole = dict(zip(runs_of(self.number), self.runs, strict=True))
        found = [{run: results[whole[run]] for run in whole} for results in by_seed]
        return comparison(self.paper, self.number, BENCH, found)

    def left_as_they_were(
        self, before: Sequence[Mapping[Run, Results]], after: Sequence[Mapping[Run, Results]]
    ) -> bool:
        """Whether a change has not touched any of these devices."""
        single = self.number.model_copy(update={"over_devices": None, "devices": 1})
        alone = Row(self.paper, single)
        return alone.held_against(before).values == alone.held_against(after).values


@dataclass(frozen=True, slots=True)
class Found:
    """What came of a parameter."""

    parameter: Parameter
    noticed: str
    seconds: float


def main(arguments: Sequence[str]) -> None:
    """Run the test and print its score."""
    asked = _asked(arguments)
    seeds = range(asked.seeds)
    rows = [row for row in _rows() if not asked.number or row.number.id in asked.number]
    parameters = [
        parameter
        for model in asked.model or WHERE
        for parameter in _parameters(model)
        if not asked.only or parameter.path in asked.only
    ]
    devices = {device for parameter in parameters for device in parameter.values}
    rows = [row for row in rows if any(run[2] in devices for run in row.runs)]
    runs = list(dict.fromkeys(run for row in rows for run in row.runs))
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(max_workers=asked.cores, initializer=ready_to_play) as pool,
    ):
        most = {run: max(row.devices for row in rows if run in row.runs) for run in runs}
        plays = [
            (run, seed) for run in runs for seed in range(2 * asked.seeds * most[run])
        ]  # twice: the second half is the control
        taken = list(pool.map(partial(_timed, Path(folder)), plays))
        base = {what: results for what, (results, _) in zip(plays, taken, strict=True)}
        cost = {run: seconds for (run, _), (_, seconds) in zip(plays, taken, strict=True)}
        rows.sort(key=lambda row: row.devices * sum(cost[run] for run in row.runs))
        judge = partial(_judge, rows, base, seeds, Path(folder))
        found = []
        for one in pool.map(judge, parameters):
            found.append(one)
            line = f"{one.parameter.model} {one.parameter.path}: {one.noticed or '-'}"
            print(line, f"({one.seconds:.0f} s)", file=sys.stderr, flush=True)
    chance = _by_chance(rows, base, asked.seeds)
    print("\n".join(_markdown(found, chance, asked.seeds)))


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Break test of mho validate.")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--model", action="append", choices=sorted(WHERE))
    parser.add_argument("--only", action="append", metavar="PARAMETER")
    parser.add_argument("--number", action="append", metavar="ID", help="only these numbers")
    parser.add_argument("--cores", type=int, default=cores())
    return parser.parse_args(arguments)


def _rows() -> Iterator[Row]:
    for reference in references().values():
        for number in reference.number:
            told = number.basis != "follows from the recipe" and number.id not in LEFT_OUT
            if number.measured is not None and told:
                on_ideal = number.model_copy(update={"benches": (BENCH,)})
                yield Row(reference.source.name, on_ideal)


def _shorter(run: Run) -> Run:
    protocol, recipe, device, bench, options = run
    return (protocol, recipe, device, bench, (*options, *SHORTER.get((protocol, recipe), ())))


def _parameters(model: str) -> Iterator[Parameter]:
    """Every number of a model that a factor changes."""
    values: dict[str, dict[str, Any]] = {}
    kinds: dict[str, FieldInfo] = {}
    for device, prefix in WHERE[model].items():
        _, profile = settings.read_device(device)
        if profile.model is None:
            continue
        kind = plugins.load(plugins.DEVICES, profile.model.kind).parameters
        given: Any = settings.parse(device, profile.model.parameters, kind)
        for name in filter(None, prefix.split(".")):
            given = getattr(given, name)
        for path, field, value in _numbers(given):
            kinds[path] = field
            values.setdefault(path, {})[device] = value
    for path, by_device in values.items():
        field = kinds[path]
        first = next((value for value in by_device.values() if value), None)
        if first is None:
            continue  # no factor changes a zero
        unit = next((one for one in _metadata(field) if isinstance(one, Unit)), None)
        yield Parameter(
            model=model,
            path=path,
            unit=unit,
            whole=isinstance(first, int),
            values={
                device: value if isinstance(value, tuple) else (value,)
                for device, value in by_device.items()
                if value
            },
            listed=isinstance(first, tuple),
        )


def _numbers(model: BaseModel, above: str = "") -> Iterator[tuple[str, FieldInfo, Any]]:
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _numbers(value, f"{above}{name}.")
        elif isinstance(value, tuple) or (
            isinstance(value, int | float) and not isinstance(value, bool)
        ):
            yield f"{above}{name}", field, value


def _metadata(field: FieldInfo) -> list[Any]:
    """What is said of a number, or of the numbers in a list."""
    inner = [one for argument in get_args(field.annotation) for one in get_args(argument)]
    return [*field.metadata, *inner]


def _timed(folder: Path, what: tuple[Run, int]) -> tuple[Results, float]:
    start = time.process_time()
    return play(*what, folder), time.process_time() - start


def _judge(
    rows: Sequence[Row],
    base: Mapping[tuple[Run, int], Results],
    seeds: range,
    folder: Path,
    parameter: Parameter,
) -> Found:
    """Whether one of the changes of a parameter is noticed, and by which number."""
    start = time.process_time()
    noticed = ""
    for factor in FACTORS:
        options = parameter.options(factor)
        try:
            for device, option in options.items():
                read_setup(BENCH, device, device_options=[option.removeprefix("device.")])
        except SettingsError:
            continue  # no such device can be: a share of more than all
        changed: dict[tuple[Run, int], Results] = {}
        for row in rows:
            if not noticed and any(run[2] in options for run in row.runs):
                how = _how(row, options, base, changed, seeds, folder)
                noticed = f"x{factor} {row.number.id} {how}" if how else ""
    return Found(parameter, noticed, time.process_time() - start)


def _how(
    row: Row,
    options: Mapping[str, str],
    base: Mapping[tuple[Run, int], Results],
    changed: dict[tuple[Run, int], Results],
    seeds: range,
    folder: Path,
) -> str:
    """How a number notices a change; empty if it does not. Ends as soon as it cannot any more."""
    before: list[dict[Run, Results]] = []
    after: list[dict[Run, Results]] = []
    for group in seeds:
        for seed in row.seeds(group):
            for run in row.runs:
                if (run, seed) not in changed:
                    protocol, recipe, device, bench, given = run
                    extra = (options[device],) if device in options else ()
                    changed_run = (protocol, recipe, device, bench, (*given, *extra))
                    again = play(changed_run, seed, folder) if extra else base[run, seed]
                    changed[run, seed] = again
            before.append({run: base[run, seed] for run in row.runs})
            after.append({run: changed[run, seed] for run in row.runs})
            if len(after) == UNTOUCHED and row.left_as_they_were(before, after):
                return ""
        was, now = row.held_against(before), row.held_against(after)
        enough = group + 1 >= UNMOVED and now.seeds_inside >= was.seeds_inside
        if enough and not _difference(was, now):
            return ""
    return _difference(was, now)


def _difference(was: Comparison, now: Comparison) -> str:
    if was.inside and not now.inside:
        return "outside"
    if not was.values or not now.values:
        return ""
    moved = abs(median(now.values) - median(was.values))
    least = max(was.spread, LEAST * abs(median(was.values)))
    return "moved" if moved > least and _one_way(was, now) else ""


def _one_way(was: Comparison, now: Comparison) -> bool:
    """Whether every device moved, and all the same way."""
    pairs = [
        (old.value, new.value)
        for old, new in zip(was.figures, now.figures, strict=True)
        if old is not None and new is not None
    ]
    return bool(pairs) and (
        all(old < new for old, new in pairs) or all(old > new for old, new in pairs)
    )


def _by_chance(
    rows: Sequence[Row], base: Mapping[tuple[Run, int], Results], seeds: int
) -> list[str]:
    """Numbers that other random devices of the same models would be noticed by."""
    found = []
    for row in rows:
        first, second = (
            row.held_against([{run: base[run, seed] for run in row.runs} for seed in of])
            for of in (
                range(seeds * row.devices),
                range(seeds * row.devices, 2 * seeds * row.devices),
            )
        )
        how = _difference(first, second)
        if how:
            found.append(f"{row.number.id} {how}")
    return found


def _markdown(found: Sequence[Found], chance: Sequence[str], seeds: int) -> Iterator[str]:
    noticed = [one for one in found if one.noticed]
    yield (
        f"**{len(noticed)} of {len(found)} parameters are noticed**, made 1.3 or 0.7 times as "
        f"large, over {seeds} random devices."
    )
    for model in dict.fromkeys(one.parameter.model for one in found):
        of_model = [one for one in found if one.parameter.model == model]
        yield ""
        yield f"{model}: {sum(bool(one.noticed) for one in of_model)} of {len(of_model)}."
        yield ""
        yield "| parameter | noticed by |"
        yield "|---|---|"
        for one in of_model:
            if one.noticed:
                yield f"| `{one.parameter.path}` | {one.noticed} |"
        missed = [f"`{one.parameter.path}`" for one in of_model if not one.noticed]
        if missed:
            yield ""
            yield f"Not noticed: {', '.join(missed)}."
    yield ""
    yield (
        f"Control, other {seeds} random devices of unchanged models: "
        f"{', '.join(chance) if chance else 'no number is noticed'}."
    )


if __name__ == "__main__":
    main(sys.argv[1:])
