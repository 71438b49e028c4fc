"""What the tests of protocols share: a bench of a class, a shipped recipe run, rows as a frame."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import pandas as pd
from noting_bench import NotingBench, make_limits, make_profile

from mho.device.profile import DeviceProfile
from mho.frozen import Frozen
from mho.job import read_job

Noting = TypeVar("Noting", bound=NotingBench)


def bench_of(
    kind: type[Noting],
    conductances: Sequence[float] = (),
    *,
    profile: DeviceProfile | None = None,
    **facts: object,
) -> Noting:
    """A bench with a channel for every terminal.

    ``facts`` that its class knows are set on it, the others change the profile. ``conductances``
    (S) are what it answers, the last one again and again.
    """
    own = {name: facts.pop(name) for name in list(facts) if hasattr(kind, name)}
    profile = make_profile(**facts) if profile is None else profile
    limits = {terminal: make_limits() for terminal in profile.terminals}
    bench = kind(profile, limits, list(conductances))
    for name, value in own.items():
        setattr(bench, name, value)
    return bench


def run_shipped(
    protocol: str,
    bench: str,
    device: str,
    recipe: str,
    *,
    seed: int = 0,
    options: Iterable[str] = (),
) -> tuple[Frozen, list[Any]]:
    """A shipped recipe on a shipped bench and device, which must not refuse it: recipe and rows."""
    job = read_job(protocol, bench, device, recipe, seed=seed, options=options)
    assert job.refusals() == []
    with job.setup.open() as opened:
        return job.recipe, list(job.protocol.run(opened, job.recipe))


def frame(rows: Iterable[Any]) -> pd.DataFrame:
    """Rows as `mho.load` gives them."""
    return pd.DataFrame([row._asdict() for row in rows])
