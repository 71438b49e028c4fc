"""Whatever stands in files and options: refused in words, or it runs. Never a traceback."""

import re
import time
from collections import Counter
from dataclasses import replace
from itertools import islice

import pytest
from damaged_files import KINDS, DamagedJob, damaged, legal_instruments, legal_jobs

from mho.cli import main, serving
from mho.errors import LimitError, SettingsError
from mho.job import Job, read_job
from mho.run import execute

A_FEW = 10
SELDOM_REFUSED = {"number changed": 60}
"""Three in ten of them are: ten would say too little."""
ROWS = 40

NEVER_RIGHT = {"too large", "no file", "unknown key"}
"""Damage that no file is accepted with."""

MOSTLY_REFUSED = {
    "nested deeply",
    "wrong option",
    "plug in or model",
    "wrong type",
    "markup and control characters",
}

NO_WORDS_OF_OURS = re.compile(
    r"Traceback|pydantic|Input should|valid (integer|number|string|list|tuple|dictionary)|"
    r"Expecting|Errno|Error\b|Exception|object at 0x|<class|NoneType|regex|\^SMU|type=|"
    r"\[bold red\]|isinstance|float\(|literal\["
)


def check(job: DamagedJob, paths: dict[str, str]) -> list[str]:
    files = [word for name, path in paths.items() for word in (f"--{name}", path)]
    return ["check", job.subject, *files, *_options(job)]


def serve(job: DamagedJob, paths: dict[str, str]) -> list[str]:
    files = [word for name, path in paths.items() for word in (f"--{name}", path)]
    return ["serve", job.subject, "--port", "0", *files, *_options(job)]


def _options(job: DamagedJob) -> list[str]:
    return [word for option in job.options for word in ("--set", option)]


def shortened(job: Job) -> Job:
    """The job with the first rows of its protocol alone."""
    protocol = job.protocol

    def run(bench, recipe):
        rows = protocol.run(bench, recipe)
        try:
            yield from islice(rows, ROWS)
        finally:
            rows.close()

    return replace(job, protocol=replace(protocol, run=run))


def in_words(err: str, what: str) -> None:
    """What a person sees has no word of a programming language, nothing that moves a screen."""
    said = re.sub(r'"[^"]*"', '""', err)  # what they wrote themselves
    found = NO_WORDS_OF_OURS.search(said)
    assert found is None, f"{what}: {found[0]!r} in {err}"
    assert all(letter.isprintable() or letter == "\n" for letter in err), f"{what}: {err!r}"
    longest = max(map(len, err.splitlines()), default=0)
    assert longest < 1000, f"{what}: a line of {longest}"


def as_it_is_told(job: DamagedJob, paths: dict[str, str], err: str) -> None:
    """Every problem stands there to the letter, whatever marks of markup are in it."""
    try:
        names = [paths[name] for name in ("bench", "device", "recipe")]
        read_job(job.subject, *names, options=job.options)
    except SettingsError as error:
        for problem in error.problems:
            assert f"  {problem}\n" in err, f"{job.what}: {problem}"


def outcomes(kind: str, numbers: range, tmp_path, capsys) -> Counter[int]:
    """How many jobs with this kind of damage were accepted (0) and refused (2); all run."""
    codes: Counter[int] = Counter()
    for number in numbers:
        folder = tmp_path / f"{kind} {number}"
        folder.mkdir(parents=True)
        job = damaged(kind, number, legal_jobs())
        what = f"{kind} {number}, {job.subject}: {job.what}"
        paths = job.write(folder)
        code = main(check(job, paths))
        err = capsys.readouterr().err
        in_words(err, what)
        assert code in (0, 2), f"{what}: {err}"
        assert (code == 2) == bool(err), f"{what}: {err}"
        codes[code] += 1
        if code == 2:
            as_it_is_told(job, paths, err)
        else:
            runs(job, paths, folder, what)
    return codes


def runs(job: DamagedJob, paths: dict[str, str], folder, what: str) -> None:
    """What is checked in a rehearsal is not refused when it runs."""
    names = [paths[name] for name in ("bench", "device", "recipe")]
    accepted = read_job(job.subject, *names, options=job.options)
    if accepted.setup.rehearses:
        outcome = execute(shortened(accepted), folder / "runs")
        # How much charge passes is measured; that it may be too much was told with the plan.
        spent = isinstance(outcome.error, LimitError) and str(outcome.error).startswith("dose:")
        assert outcome.error is None or spent, f"{what}: {outcome.error}"


def expected(kind: str, codes: Counter[int]) -> None:
    count = codes.total()
    if kind == "nothing":
        assert codes == {0: count}
    elif kind in NEVER_RIGHT:
        assert codes == {2: count}
    elif kind in MOSTLY_REFUSED:
        assert codes[2] >= 0.7 * count
    else:
        assert codes[2] >= count / 4 and (codes[0] or count < 50), codes


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_files_are_refused_in_words_or_run(kind, tmp_path, capsys):
    expected(kind, outcomes(kind, range(SELDOM_REFUSED.get(kind, A_FEW)), tmp_path, capsys))


@pytest.mark.slow
@pytest.mark.timeout(0)
@pytest.mark.parametrize("part", range(10))
@pytest.mark.parametrize("kind", KINDS)
def test_ten_thousand_damaged_files(kind, part, tmp_path, capsys):
    each = -(-10_000 // (10 * len(KINDS)))
    first = 1000 + part * each
    expected(kind, outcomes(kind, range(first, first + each), tmp_path, capsys))


class Ended:
    """A clock whose first wait is the last: Ctrl-C at once."""

    def now(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise KeyboardInterrupt

    def wall_time(self):
        return time.gmtime()


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_settings_of_an_instrument_are_refused_in_words_or_served(
    kind, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(serving, "RealClock", Ended)
    codes: Counter[int] = Counter()
    for number in range(A_FEW):
        folder = tmp_path / str(number)
        folder.mkdir()
        job = damaged(kind, number, legal_instruments())
        code = main(serve(job, job.write(folder)))
        err = capsys.readouterr().err
        assert code in (0, 2), f"{job.what}: {err}"
        in_words(err.partition("connect")[0], job.what)
        codes[code] += 1
    assert codes[0] == A_FEW if kind == "nothing" else codes[2] > 0


def test_the_damage_is_done_to_legal_files(tmp_path):
    """Else everything would be refused for another reason."""
    assert len(legal_jobs()) > 45
    kinds = Counter(job.data["bench"].get("kind", "several") for job in legal_jobs())
    assert kinds.keys() == {"ideal", "ni-pxie-4139", "keithley-4200a", "several"}
    assert min(kinds.values()) >= 3
    for job in legal_jobs():
        paths = DamagedJob("nothing", job.subject, job.written()).write(tmp_path)
        names = [paths[name] for name in ("bench", "device", "recipe")]
        assert read_job(job.subject, *names).refusals() == []
