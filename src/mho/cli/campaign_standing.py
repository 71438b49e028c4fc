"""How every step of a campaign stands on every cell: as a table, or as JSON."""

from collections.abc import Sequence
from typing import Any

from mho.campaign import CampaignFile, Standing, State
from mho.cli.screen import console, print_table, say
from mho.errors import SettingsError
from mho.plugins import unknown
from mho.quantities import UNITS
from mho.result import Result
from mho.samples import Cell

_SHORT = {
    State.TO_DO: "-",
    State.WAITING: "-",
    State.DONE: "done",
    State.BROKEN: "broke off",
    State.FAILED: "failed",
    State.LEFT_OUT: "left out",
}


def print_standing(
    file: CampaignFile, cells: Sequence[Cell], found: list[Standing], result: str = ""
) -> None:
    """Print the table cell by step, with a result in place of the state if one is named."""
    _see_result(file, found, result)
    names = [step.name for step in file.campaign.steps]
    at = {(one.work.cell, one.work.step): one for one in found}  # of the last repeat
    rows = tuple(
        (cell.name, *(_cell(at[cell.name, name], result) for name in names)) for cell in cells
    )
    title = f"{file.campaign.name}: {result or 'how each step stands'}"
    print_table(title, ("cell", *names), rows, console())
    counts = {state: sum(one.state is state for one in found) for state in State}
    said = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    say(f"{len(found)} runs: {said}", console())
    why = dict.fromkeys(f"{one.state}: {one.why}" for one in found if one.why)
    for reason in list(why)[:10]:
        say(reason, console())


def _see_result(file: CampaignFile, found: Sequence[Standing], result: str) -> None:
    """See that a result is one of those that there are."""
    entries = (one.entry for one in found if one.entry is not None)
    known = list(dict.fromkeys(one.name for entry in entries for one in entry.results))
    if result and known and result not in known:
        raise SettingsError([unknown("result", result, known, f"campaign {file.campaign.name}")])


def _cell(standing: Standing, result: str) -> str:
    """How it stands; or a result of its last run, of its parts one after another."""
    results = () if standing.entry is None else standing.entry.results
    values = [_value(one) for one in results if one.name == result]
    return ", ".join(values) or _SHORT[standing.state]


def _value(result: Result) -> str:
    if result.value is None:
        return "not known"
    if isinstance(result.value, str):
        return result.value
    unit = next((one for one in UNITS if one.symbol == result.unit != "1"), None)
    short = float(f"{result.value:.4g}")
    return f"{short:g}" if unit is None else unit.show(short)


def standing_as_json(file: CampaignFile, found: list[Standing]) -> dict[str, Any]:
    """Each run with its state, folder and results."""
    return {
        "campaign": file.campaign.name,
        "sample": file.sample.sample.name,
        "runs": [
            {
                **one.work._asdict(),
                "state": str(one.state),
                "why": one.why,
                "folder": None if one.entry is None else str(one.entry.folder),
                "results": {}
                if one.entry is None
                else {
                    f"{r.name} [{r.part}]" if r.part else r.name: r.value for r in one.entry.results
                },
            }
            for one in found
        ],
    }
