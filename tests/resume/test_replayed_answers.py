"""A protocol asked again with the answers of before goes on where it broke off: every protocol."""

import random
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from core.test_protocol_rows import QUICK, SHORTER

from mho.bench import Bench
from mho.bench.replayed import ReplayedBench
from mho.clock import Clock, VirtualClock
from mho.errors import InstrumentError
from mho.job import Job, read_job
from mho.readings import Answer, Played, Reading, Trace
from mho.recording.answers_file import ANSWERS, AnswersFile, read_answers
from mho.stimuli import Stimulus


class Seen(ReplayedBench):
    """With the clock that a protocol gets from the guard; counts what reaches the real bench."""

    def __init__(self, bench: Bench, before: list[Answer], kept: list[Answer]) -> None:
        super().__init__(bench, before, kept.append)

    @property
    def clock(self) -> Clock:
        return getattr(self, "protocol_clock", self._bench.clock)


def job_of(protocol: str) -> Job:
    device, recipe = QUICK[protocol]
    return read_job(protocol, "ideal", device, recipe, options=SHORTER.get(protocol, []), seed=4)


@pytest.mark.parametrize(
    ("protocol", "at_the_end"),
    [
        pytest.param(protocol, at_the_end, marks=pytest.mark.slow if (n + m) % 2 else ())
        for n, protocol in enumerate(QUICK)
        for m, at_the_end in enumerate((False, True))
    ],
)
def test_cut_anywhere_and_asked_again(protocol: str, at_the_end: bool) -> None:
    job = job_of(protocol)

    def rows_of(bench: Bench) -> Any:
        return job.protocol.run(bench, job.recipe)

    with job.setup.open() as bench:
        whole = list(rows_of(Seen(bench, [], [])))
    cut = len(whole) - 1 if at_the_end else random.Random(protocol).randrange(len(whole))
    with job.setup.open() as bench:
        kept: list[Answer] = []
        running = rows_of(Seen(bench, [], kept))
        first = list(islice(running, cut))
        running.close()
        pulses = bench.dose.copy()
        again = rows_of(Seen(bench, list(kept), kept))
        assert _bare(islice(again, cut)) == _bare(first) == _bare(whole[:cut])
        assert bench.dose == pulses  # nothing was given twice
        rest = list(again)
    assert _bare(rest) == _bare(whole[cut:])


def _bare(rows: Iterable[Any]) -> list[Any]:
    """Rows with NaN as something that equals itself."""
    return [tuple("nan" if value != value else value for value in row) for row in rows]


def reading(number: int) -> Reading:
    return Reading(number * 0.1, 0.05, number * 1.25e-6, number % 2 == 0, "N, ok", "TE")


def test_answers_are_kept_and_read_back(tmp_path: Path) -> None:
    given: list[Answer] = [
        0.25,
        Played(Trace((reading(1), reading(2))), 0.3),
        Played(Trace(()), 0.4),
        Played(Trace((reading(3),), (reading(4), reading(5)), record=(reading(6),)), 0.5),
        1e-300,
    ]
    file = AnswersFile(tmp_path)
    for answer in given:
        file.keep(answer)
    file.close(forget=False)
    found = read_answers(tmp_path)
    assert [_plain(one) for one in found] == [_plain(one) for one in given]
    data = (tmp_path / ANSWERS).read_bytes()
    wholes = set()
    ends = [number for number, letter in enumerate(data, start=1) if letter == ord("\n")]
    near = {end + beside for end in [0, *ends[:-1]] for beside in (-1, 0, 1)} & {*range(len(data))}
    for size in sorted(near | {*range(0, len(data), 9)}):
        (tmp_path / ANSWERS).write_bytes(data[:size])
        part = [_plain(one) for one in read_answers(tmp_path)]
        assert part == [_plain(one) for one in given][: len(part)]
        wholes.add(len(part))
        more = AnswersFile(tmp_path)
        more.keep(7.0)
        more.close(forget=False)
        assert read_answers(tmp_path)[-1] == 7.0
    assert wholes == set(range(len(given)))


def _plain(answer: Answer) -> object:
    if isinstance(answer, float):
        return answer
    return tuple(answer.trace), tuple(answer.trace.others), answer.trace.record, answer.until


def test_a_protocol_that_asks_for_other_things_is_told_before_anything_is_applied() -> None:
    job = job_of("ispp")
    with job.setup.open() as bench:
        again = Seen(bench, [1.0], [])
        with pytest.raises(InstrumentError, match="asks for other things"):
            list(job.protocol.run(again, job.recipe))
        assert bench.dose.most_pulses == 0


class Idle:
    """A bench that notes what reaches it; time passes by itself."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.done: list[object] = []

    def bias(self, terminal: str, level: float | None, compliance: float = 0.0) -> None:
        self.done.append((terminal, level, compliance))

    def apply(self, stimulus: Stimulus) -> Trace:
        self.done.append(stimulus)
        return Trace((reading(1),))


def test_what_was_held_is_held_again_before_the_first_new_stimulus() -> None:
    idle = Idle()
    job = job_of("ispp")
    pulse = next(iter(job.plan().planned)).stimulus
    bench = Seen(idle, [Played(Trace((reading(1),)), 0.1)], [])  # type: ignore[arg-type]
    bench.bias("gate", 3.0, 1e-3)
    bench.bias("TE", 0.5, 1e-3)
    assert idle.done == []
    bench.apply(pulse)
    assert idle.done == []
    bench.apply(pulse)
    assert idle.done == [("gate", 3.0, 1e-3), pulse]


def test_a_wait_counts_what_has_passed_meanwhile() -> None:
    idle = Idle()
    idle.clock.sleep(100.0)
    bench = Seen(idle, [20.0], [])  # type: ignore[arg-type]
    assert bench.protocol_clock.now() == 20.0
    bench.protocol_clock.sleep(90.0)
    assert idle.clock.now() == pytest.approx(110.0)
