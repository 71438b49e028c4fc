"""Where a campaign stands: what was done, what broke off, what is to be done; read from the ledger.

Nothing of a campaign is kept but its runs, so that one which was killed goes on where it stopped.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from mho.campaign.campaign import Campaign, Step, When, number
from mho.ledger import Entry
from mho.ledger.entry import BEGINNING
from mho.result import Result
from mho.samples import Cell


class Work(NamedTuple):
    """One step on one cell, for the how-manieth time (from 1)."""

    cell: str
    step: str
    repeat: int


class State(StrEnum):
    """How a piece of work stands."""

    TO_DO = "to do"
    WAITING = "waiting"
    DONE = "done"
    BROKEN = "broke off"
    FAILED = "failed"
    LEFT_OUT = "left out"


LEFT = (State.TO_DO, State.BROKEN)
"""Still to be done, or to be gone on with."""


class Standing(NamedTuple):
    """A piece of work, how it stands, and its last run, if it had one.

    ``why`` it is left out, or which step it waits for.
    """

    work: Work
    state: State
    entry: Entry | None = None
    why: str = ""


def works(campaign: Campaign, cells: Sequence[Cell]) -> list[Work]:
    """Everything that is to be done, in the order in which it is."""
    names = [cell.name for cell in cells]
    if campaign.order == "cell by cell":
        return [
            Work(name, step.name, repeat)
            for name in names
            for repeat in range(1, campaign.repeats + 1)
            for step in campaign.steps
        ]
    return [
        Work(name, step.name, repeat)
        for repeat in range(1, campaign.repeats + 1)
        for step in campaign.steps
        for name in names
    ]


def standing_of(campaign: Campaign, work: Work, entries: Iterable[Entry]) -> Standing:
    """How a piece of work stands, by the runs of the campaign on its cell."""
    of_cell = [
        one
        for one in entries
        if one.cell == work.cell and one.repeat == work.repeat and one.status != BEGINNING
    ]
    tried = [one for one in of_cell if one.step == work.step]
    if tried:
        last = tried[-1]
        failures = sum(one.status == "fail" for one in tried)
        if last.status == "success":
            return Standing(work, State.DONE, last)
        if last.status != "fail":  # killed, interrupted
            return Standing(work, State.BROKEN, last)
        if campaign.when_a_step_fails == "retry once" and failures < 2:
            return Standing(work, State.TO_DO, last)
        return Standing(work, State.FAILED, last)
    return _not_tried(campaign, work, of_cell)


def _not_tried(campaign: Campaign, work: Work, entries: Sequence[Entry]) -> Standing:
    """How a step stands that had no run, by those before it on this cell."""
    before = {}
    for step in campaign.steps:
        if step.name == work.step:
            break
        before[step.name] = standing_of(campaign, work._replace(step=step.name), entries)
        if before[step.name].state is State.FAILED:
            return Standing(work, State.LEFT_OUT, why=f"{step.name} failed")
    for when in step_named(campaign, work.step).when:
        asked = before[when.step]
        if asked.state in (*LEFT, State.WAITING):
            return Standing(work, State.WAITING, why=f"for {when.step}")
        if asked.entry is None:
            return Standing(work, State.LEFT_OUT, why=f"{when.step} was left out")
        why = unmet(when, asked.entry.results)
        if why:
            return Standing(work, State.LEFT_OUT, why=why)
    return Standing(work, State.TO_DO)


def unmet(when: When, results: Iterable[Result]) -> str:
    """Why results do not meet a condition; empty if they do."""
    found = next((r for r in results if (r.name, r.part) == (when.result, when.part)), None)
    named = f"{when.result} of {when.step}"
    if found is None:
        return f"{named} is not among its results"
    if found.value is None:
        return f"{named} is not known: {found.undetermined}"
    value, (low, high) = found.value, found.interval or (None, None)
    if when.equals is not None and not _same(value, when.equals):
        return f"{named} is {value}, not {when.equals}"
    if when.is_not is not None and _same(value, when.is_not):
        return f"{named} is {value}"
    for end, bound, sign, word in (
        (value, when.above, 1, "above"),
        (value, when.below, -1, "below"),
        (low, when.interval_above, 1, "wholly above"),
        (high, when.interval_below, -1, "wholly below"),
    ):
        if bound is None:
            continue
        if not isinstance(end, float | int) or sign * end <= sign * number(bound):
            return f"{named} is not {word} {bound}"
    return ""


def _same(value: float | str, wanted: float | str) -> bool:
    if isinstance(value, str) or isinstance(wanted, str):
        return str(value) == str(wanted)
    return float(value) == float(wanted)


def step_named(campaign: Campaign, name: str) -> Step:
    """The step of that name."""
    return next(step for step in campaign.steps if step.name == name)
