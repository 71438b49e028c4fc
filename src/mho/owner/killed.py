"""How a run ended whose process died: told in its folder by whoever switched its outputs off."""

from contextlib import suppress
from datetime import datetime
from pathlib import Path

from mho.errors import MhoError


def write_stop(run: Path, reason: str, moment: datetime, *, outputs_off: bool) -> None:
    """Write ``stop.json`` of a run that has none; ``mho export`` makes its ``run.h5``."""
    # Imported when there is something to tell: by then the outputs are off.
    from mho.recording.documents import RunStop, read_start, read_stop
    from mho.recording.documents import write_stop as write
    from mho.recording.folder import read_run

    with suppress(MhoError):  # no run folder, or no room: the screen was told
        if read_stop(run) is not None:
            return
        began = datetime.fromisoformat(read_start(run).start_time)
        try:
            rows = len(read_run(run).rows)
        except (MhoError, OSError):
            rows = 0
        stop = RunStop(
            stop_time=moment.isoformat(),
            exit_status="killed",
            reason=reason,
            rows=rows,
            duration=(moment - began).total_seconds(),
            outputs_off=outputs_off,
        )
        write(run, stop)
