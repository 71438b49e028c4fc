"""The options of ``mho arena`` as quantities, and which of them belong to which kind of contest."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mho.arena.means import Terms
from mho.errors import Problem, SettingsError
from mho.quantities import FRACTION, SECOND, SIEMENS, Unit

DEVICE = "cu-te-1t1r"
TOLERANCES = "3 %", "1 %", "0.5 %"
DEVICES, TARGETS = 200, 9
ON_BENCH_TOLERANCES = ("1 %",)
ON_BENCH_DEVICES, ON_BENCH_TARGETS = 1, 3
"""Few: every target takes a minute there, of which the judged mean is 11 s."""

_ONLY_ON_BENCH = {
    "sample": "--sample", "cells": "--cells", "options": "--set", "wire": "--wire", "yes": "--yes",
    "operator": "--operator", "note": "--note", "tags": "--tag", "out": "--out",
}  # fmt: skip
_ONLY_SIMULATED = {"preset": "--preset", "composite": "--composite"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What both kinds of contest are asked for; ``ends`` are the outer targets (S)."""

    tolerances: tuple[float, ...]
    devices: int
    targets: int
    ends: tuple[float, float] | None
    terms: Terms


def asked_of(options: Mapping[str, Any]) -> Asked:
    """From the options of the command, which has not looked at their quantities yet.

    Raises
    ------
    SettingsError
        One that is no such quantity, or belongs to the other kind of contest.
    """
    on_bench = options["bench"] is not None
    misplaced = list(_misplaced(options, on_bench=on_bench))
    if misplaced:
        raise SettingsError(misplaced)
    written = options["tolerances"] or (ON_BENCH_TOLERANCES if on_bench else TOLERANCES)
    tolerances = {_fraction("--tolerance", one) for text in written for one in text.split(",")}
    return Asked(
        tolerances=tuple(sorted(tolerances, reverse=True)),
        devices=options["devices"] or (ON_BENCH_DEVICES if on_bench else DEVICES),
        targets=options["targets"] or (ON_BENCH_TARGETS if on_bench else TARGETS),
        ends=_ends(options["lowest"], options["highest"]),
        terms=Terms(
            max_pulses=options["max_pulses"],
            longest_look=_quantity("--look", options["look"], SECOND),
            judged_after=_quantity("--after", options["judged_after"], SECOND),
            judged_for=_quantity("--over", options["judged_for"], SECOND),
            confidence=_fraction("--confidence", options["confidence"]),
        ),
    )


def _misplaced(options: Mapping[str, Any], *, on_bench: bool) -> Iterator[Problem]:
    if on_bench:
        for name, option in _ONLY_SIMULATED.items():
            if options[name]:
                message = "belongs to the contest on simulated cells; take it out, or --bench"
                yield Problem(option, message)
        if options["cells"] is not None and options["devices"] is not None:
            yield Problem("--devices", "these are the cells of --cells; give one of the two")
        if options["sample"] is not None and options["cells"] is None:
            yield Problem("--cells", 'say which of the sample: "r0c0,r0c1", or "all"')
        return
    for name, option in _ONLY_ON_BENCH.items():
        if options[name]:
            yield Problem(option, "belongs to the contest on a bench; give --bench, or take it out")


def _ends(lowest: str | None, highest: str | None) -> tuple[float, float] | None:
    if lowest is None and highest is None:
        return None
    if lowest is None or highest is None:
        missing = "--from" if lowest is None else "--to"
        raise SettingsError([Problem(missing, "the targets need both ends, or neither")])
    ends = _quantity("--from", lowest, SIEMENS), _quantity("--to", highest, SIEMENS)
    if ends[0] >= ends[1]:
        raise SettingsError([Problem("--to", f'"{highest}" is not above --from "{lowest}"')])
    return ends


def _fraction(option: str, text: str) -> float:
    value = _quantity(option, text, FRACTION)
    if not value < 1.0:
        raise SettingsError([Problem(option, f'"{text}" must be below 100 %')])
    return value


def _quantity(option: str, text: str, unit: Unit) -> float:
    try:
        value = unit.parse(text.strip())
        if not value > 0:
            raise ValueError(f'"{text}" must be above 0')
    except ValueError as error:
        raise SettingsError([Problem(option, str(error))]) from None
    return value
