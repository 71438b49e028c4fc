"""The figures of merit of a recorded run: those written at its end, else made from its rows."""

import logging
from pathlib import Path

from pydantic import ValidationError

from mho import plugins
from mho.errors import MhoError, Problem, SettingsError
from mho.frozen import Frozen
from mho.plugin_kinds import MeasurementProtocol
from mho.recording.documents import RunResults, RunStart
from mho.recording.folder import RecordedRun, read_run
from mho.result import EXCHANGES, Result

_LOG = logging.getLogger(__name__)


def results_of(run: str | Path | RecordedRun) -> RunResults:
    """The figures of merit of a run, or of one that goes on; nothing in its folder is changed.

    Parameters
    ----------
    run
        The run folder, the ``run.h5`` in it, or what `mho.recording.read_run` gave.

    Raises
    ------
    SettingsError
        Not a recorded run; or there is no ``results.json``, and the recipe is not one of this
        version of the protocol.
    """
    recorded = run if isinstance(run, RecordedRun) else read_run(run)
    if recorded.results is not None:
        return recorded.results
    protocol, recipe = protocol_and_recipe(recorded.start)
    return made_results(recorded, protocol, recipe)


def made_results(run: RecordedRun, protocol: MeasurementProtocol, recipe: Frozen) -> RunResults:
    """The figures of merit of a run from its rows; what fails in the protocol is said in them."""
    results: list[Result] = []
    problem = ""
    try:
        if not len(run.rows):
            problem = "no rows were recorded"
        else:
            rows = run.rows.copy(deep=False)
            # pandas copies attrs, with all that is in them, at every selection: one number only
            exchanges = None if run.stop is None else run.stop.exchanges
            rows.attrs = {} if exchanges is None else {EXCHANGES: exchanges}
            for result in protocol.results(rows, recipe):
                _add(result, results, protocol.name)
    except Exception as error:
        _LOG.debug("no results of %s", run.folder, exc_info=True)
        what = str(error) if isinstance(error, MhoError) else f"{type(error).__name__}: {error}"
        problem = (
            f"the results cannot be made of these rows ({what}): they do not fit the recipe, or "
            f"{protocol.name} has a fault"
        )
    start, stop = run.start, run.stop
    return RunResults(
        run_id=start.run_id,
        protocol=start.protocol,
        device=start.device,
        bench=start.bench,
        seed=start.seed,
        start_time=start.start_time,
        exit_status=None if stop is None else stop.exit_status,
        rows=len(run.rows),
        results=tuple(results),
        problem=problem,
    )


def _add(result: Result, results: list[Result], protocol: str) -> None:
    if not isinstance(result, Result):
        kind = type(result).__name__
        raise MhoError(f"{protocol} gave {kind} {result!r:.60}, no mho.result.Result")
    if any((one.name, one.part) == (result.name, result.part) for one in results):
        of = f" of {result.part}" if result.part else ""
        raise MhoError(f"{protocol} gave {result.name}{of} twice; name the part of each")
    results.append(result)


def protocol_and_recipe(start: RunStart) -> tuple[MeasurementProtocol, Frozen]:
    """What recorded a run, as it is installed here, and the recipe of the run.

    Raises
    ------
    SettingsError
        There is no such protocol, or the recipe is not one of this version of it.
    """
    protocol: MeasurementProtocol = plugins.load(plugins.PROTOCOLS, start.protocol)
    text = start.settings.get("recipe_resolved")
    if text is None:
        message = "does not hold the recipe; mho.load gives the rows all the same"
        raise SettingsError([Problem("start.json", message)])
    try:
        recipe = protocol.recipe.model_validate_json(text)
    except ValidationError as error:
        recorded = start.versions.get("mho", "?")
        advice = (
            f"the recipe was recorded by mho {recorded} and does not fit the protocol of this one; "
            "mho.load gives the rows all the same"
        )
        raise SettingsError(
            Problem(".".join(map(str, detail["loc"])) or "recipe", f"{detail['msg']}; {advice}")
            for detail in error.errors()
        ) from None
    return protocol, recipe
