"""What is written when: rows of a trace together, a note before what is long, nothing in a loop."""

import csv
import signal
from typing import Annotated, NamedTuple

import pytest

from mho.bench.guard import GuardedBench
from mho.errors import RecordingError, UnsupportedError
from mho.recording import LongName
from mho.recording.columns import columns
from mho.recording.journal import Journal
from mho.recording.recorder import RunRecorder
from mho.recording.stimuli_file import READINGS, STIMULI, read_kept, read_notes
from mho.stimuli import Hold, Pulse, PulseTrain, Read, Sweep
from mho.testing.noting_bench import NotingBench
from mho.testing.profiles import make_limits, make_profile


class Row(NamedTuple):
    number: Annotated[int, LongName("number")]


COLUMNS = columns(Row)
READ = Read(voltage=0.05, aperture=1e-3, compliance=1e-4)
PULSE = Pulse(terminal="TE", amplitude=1.0, width=1e-3, compliance=1e-3, verify=READ)
LONG = Pulse(terminal="TE", amplitude=1.0, width=0.2, compliance=1e-3, verify=READ)
SWEEP = Sweep(terminal="TE", levels=(0.0, 0.5, 1.0), dwell=0.01, aperture=0.005, compliance=1e-3)
TRAIN = PulseTrain(terminal="TE", amplitudes=(1.0,) * 5, width=1e-3, compliance=1e-3, rest=1e-3)
HOLD = Hold(terminal="TE", level=0.05, count=4, interval=0.01, aperture=5e-3, compliance=1e-4)


class Looking(NotingBench):
    """Notes what stands in the run folder when a stimulus reaches it."""

    folder = None
    refuses = False

    def apply(self, stimulus):
        if self.refuses:
            raise UnsupportedError("not on this bench")
        self.found.append((rows_in(self.folder), names_in(self.folder)))
        return super().apply(stimulus)


def rows_in(folder):
    return len((folder / "rows.csv").read_bytes().splitlines()) - 1


def names_in(folder):
    return [note.kind for note in read_notes(folder)]


@pytest.fixture
def lab(tmp_path):
    """A guarded bench that looks, its recorder, and the rows that were shown."""
    bench = Looking(make_profile(), {"TE": make_limits(), "gate": make_limits(opens=True)})
    bench.folder, bench.found = tmp_path, []
    guarded, shown = GuardedBench(bench), []

    def show(row):
        assert rows_in(tmp_path) > len(shown)  # only what is safe is shown
        shown.append(row)

    journal = Journal(tmp_path / "rows.csv", COLUMNS)
    recorder = RunRecorder(journal, tmp_path, COLUMNS, guarded.clock, show)
    guarded.record_with(recorder)
    with guarded:
        yield guarded, recorder, bench, shown
    recorder.close(complete=False)


def test_a_closed_loop_writes_rows_and_nothing_else(lab, tmp_path):
    guarded, recorder, bench, shown = lab
    for number in range(5):
        guarded.apply(PULSE)
        recorder.write(Row(number))
        assert rows_in(tmp_path) == number + 1
    assert bench.found == [(number, []) for number in range(5)]
    assert shown == [Row(number) for number in range(5)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.csv"]


@pytest.mark.parametrize("stimulus", [SWEEP, TRAIN, HOLD, LONG])
def test_what_is_long_or_gives_several_rows_is_noted_before(lab, stimulus):
    guarded, _, bench, _ = lab
    guarded.apply(stimulus)
    assert bench.found == [(0, [type(stimulus).__name__])]


def test_a_note_says_what_is_about_to_be_applied(lab, tmp_path):
    guarded, recorder, _, _ = lab
    guarded.apply(PULSE)
    recorder.write(Row(0))
    guarded.apply(SWEEP)
    guarded.bias("gate", 0.5, 1e-4)
    guarded.bias("gate", None)
    with (tmp_path / STIMULI).open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["kind"] for line in lines] == ["Sweep", "held", "held"]
    assert lines[0] | {"time": 0} == {
        "number": "1", "time": 0, "after_row": "1", "kind": "Sweep",
        "drives": "TE 0 V to 1 V up to 1 mA", "duration": "0.03005", "readings": "3",
    }  # fmt: skip
    assert lines[1]["drives"] == "gate 500 mV up to 100 uA" and lines[1]["duration"] == "nan"
    assert lines[2]["drives"] == "gate open"


def test_rows_of_a_trace_are_written_in_one_go_before_anything_else_happens(lab, tmp_path):
    guarded, recorder, bench, shown = lab
    ways = (
        lambda: guarded.apply(PULSE),
        lambda: guarded.bias("gate", 0.1, 1e-4),
        lambda: guarded.clock.sleep(1.0),
        recorder.flush,
    )
    for round_, way in enumerate(ways):
        guarded.apply(HOLD)
        for number in range(4):
            recorder.write(Row(number))
            assert rows_in(tmp_path) == len(shown) == 4 * round_
        way()
        assert rows_in(tmp_path) == len(shown) == 4 * (round_ + 1)
    assert bench.found[1] == (4, ["Hold"])  # the pulse found the rows of the hold


def test_a_closed_loop_after_a_trace_writes_each_row_at_once_again(lab, tmp_path):
    guarded, recorder, _, _ = lab
    guarded.apply(HOLD)
    recorder.write(Row(0))
    guarded.clock.sleep(1.0)
    guarded.apply(PULSE)
    recorder.write(Row(1))
    assert rows_in(tmp_path) == 2


def test_an_interrupt_while_rows_are_written_loses_none(lab, tmp_path):
    guarded, recorder, _, shown = lab
    append = recorder._journal.append

    def interrupted(lines):
        signal.raise_signal(signal.SIGINT)
        append(lines)

    recorder._journal.append = interrupted
    guarded.apply(HOLD)
    for number in range(4):
        recorder.write(Row(number))
    with pytest.raises(KeyboardInterrupt):
        recorder.flush()
    assert rows_in(tmp_path) == 4 and shown == []


def test_rows_of_a_trace_of_millions_do_not_pile_up(lab, tmp_path, monkeypatch):
    monkeypatch.setattr("mho.recording.recorder._MOST_BYTES", 20)
    guarded, recorder, _, _ = lab
    guarded.apply(HOLD)
    for number in range(100, 120):
        recorder.write(Row(number))
    assert rows_in(tmp_path) == 18


def test_a_second_short_stimulus_without_a_row_between_is_noted(lab):
    guarded, recorder, bench, _ = lab
    for _ in range(3):
        guarded.apply(PULSE)
    recorder.write(Row(0))
    guarded.apply(PULSE)
    assert [names for _, names in bench.found] == [[], ["Pulse"], ["Pulse"] * 2, ["Pulse"] * 2]


def test_what_the_bench_refused_is_taken_back_and_what_the_guard_refuses_not_noted(lab, tmp_path):
    guarded, _, bench, _ = lab
    with pytest.raises(Exception, match="above"):
        guarded.apply(Sweep(terminal="TE", levels=(99.0,), dwell=1, aperture=1, compliance=1e-3))
    assert not (tmp_path / STIMULI).exists()
    bench.refuses = True
    with pytest.raises(UnsupportedError):
        guarded.apply(SWEEP)
    assert names_in(tmp_path) == ["Sweep", "refused"]


def test_readings_are_kept_until_their_rows_are_written(lab, tmp_path):
    guarded, recorder, _, _ = lab
    guarded.apply(HOLD)
    guarded.apply(SWEEP)  # no row of the hold yet: both are kept
    assert read_kept(tmp_path)["stimulus"].tolist() == [1] * 4 + [2] * 3
    assert read_kept(tmp_path)["voltage"].tolist() == [0.05] * 4 + [0.0, 0.5, 1.0]
    for number in range(7):
        recorder.write(Row(number))
    guarded.apply(HOLD)
    assert read_kept(tmp_path)["stimulus"].tolist() == [3] * 4


@pytest.mark.parametrize("complete", [True, False])
def test_what_was_kept_goes_when_the_run_is_complete(lab, tmp_path, complete):
    guarded, recorder, _, shown = lab
    guarded.apply(HOLD)
    recorder.write(Row(0))
    recorder.close(complete=complete)
    assert rows_in(tmp_path) == len(shown) == 1
    assert (tmp_path / READINGS).exists() is not complete


def test_a_stimulus_that_cannot_be_noted_is_not_applied(lab, tmp_path):
    guarded, _, bench, _ = lab
    (tmp_path / STIMULI).mkdir()
    with pytest.raises(RecordingError, match=r"stimuli\.csv cannot be written"):
        guarded.apply(SWEEP)
    assert bench.applied == []


def test_readings_that_cannot_be_kept_do_not_end_the_run_but_are_said(lab, tmp_path, caplog):
    guarded, _, bench, _ = lab
    (tmp_path / READINGS).mkdir()
    guarded.apply(SWEEP)
    assert bench.applied == [SWEEP]
    assert "readings are not kept" in caplog.text


def test_rows_that_were_written_on_a_full_disk_are_counted(tmp_path):
    journal = Journal(tmp_path / "rows.csv", COLUMNS)

    class Full:
        room = 5

        def write(self, data):
            taken, self.room = min(self.room, len(data)), max(self.room - len(data), 0)
            if not taken:
                raise OSError(28, "No space left on device")
            return taken

    journal.close()
    journal._file = Full()
    with pytest.raises(RecordingError, match="No space left"):
        journal.append([b"1\n", b"2\n", b"3\n"])
    assert journal.rows == 2
