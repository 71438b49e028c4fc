"""Going on with a run that broke off, into the same folder.

A rehearsal is played again from its seed: every row that is there must come out as it was, and what
comes then is added. A real cell is never pulsed again for a row that is there: its protocol gets
the rows that are done and goes on behind them.
"""

from pathlib import Path

from mho import settings
from mho.device.layout import Address
from mho.errors import Problem, SettingsError
from mho.job import Job, Said, protocol_named
from mho.laboratory import setup_of
from mho.recording.documents import RunStart
from mho.samples import cell_of, in_array, sample_from
from mho.settings import SettingsFile
from mho.settings_text import table_of


def recorded_job(start: RunStart) -> Job:
    """The job of a recorded run: its files as they were then, whatever they are now.

    Raises
    ------
    SettingsError
        This version of mho, or of a plug-in, does not take them.
    """
    files = {what: _file(start, what) for what in ("bench", "device", "recipe")}
    protocol = protocol_named(start.protocol)
    recipe = settings.validate(files["recipe"], protocol.recipe)
    cell = None
    if start.cell is not None:  # the sample as it is now: its cells may have become more
        cell = cell_of(sample_from(Path(_text(start, "sample_source"))), start.cell.cell)
    setup = setup_of(files["bench"], files["device"], seed=start.seed)
    if start.selected is not None and setup.profile.array is not None:
        setup = setup.on(Address(start.selected.row, start.selected.column), start.run_id)
        cell = None if cell is None else in_array(cell)
    return Job(
        protocol=protocol,
        setup=setup,
        recipe_file=files["recipe"],
        recipe=recipe,
        cell=cell,
        waited=0.0 if start.cell is None else start.cell.waited,
        said=Said(
            operator=start.operator, note=start.note, tags=start.tags, campaign=start.campaign
        ),
    )


def _file(start: RunStart, what: str) -> SettingsFile:
    text, place = _text(start, what), _text(start, f"{what}_source")
    options = _text(start, f"{what}_options").splitlines()
    return settings.override(SettingsFile(place, text, table_of(place, text)), options)


def _text(start: RunStart, what: str) -> str:
    if what not in start.settings:
        message = f"its start does not hold the {what} that it was made with"
        raise SettingsError([Problem(start.run_id, message)])
    return start.settings[what]
