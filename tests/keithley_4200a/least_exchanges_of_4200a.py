"""The least exchanges with a 4200A that its command set permits, by one rule for each kind.

From what is documented, not from the driver:

- a message holds any number of two-letter commands, but one query (two are undocumented), and a
  ``:PMU:`` or ``:ERROR:`` command alone (joining them is undocumented);
- after what is set up and after what is played the latched error is asked for, once;
- user mode: a message a level, one a reading, for timing is the computer's. What is sourced is
  measured, too, only where the reading is not normal (out of compliance it is the level);
- system mode: start, one poll, currents, voltages, times, back to user mode with every level, the
  error: seven. A set-up that was not taken before costs a message and its error more;
- pulse cards: execute, one poll, data of every channel that is read (2048 points at a time, one
  more is asked for), the error. What a channel is to play (``WFM``) and its range are told when
  they change, and a sequence array by array, 128 values a message, when the cards do not hold it:
  two arrays where only levels are new, three where nothing is read, else six;
- opening and switching off come once a run, and every output goes off by itself whatever happened
  to the one before; they are no part of this.
"""

from collections import Counter
from itertools import pairwise
from math import ceil

from mho.stimuli import OPEN, Family, Hold, Pulse, PulseTrain, Sweep, Waveforms

LONGEST_DELAY = 6.553  # DT
SAMPLING = (0.01, 10.0)  # IN
RANGES = (100e-9, 1e-6, 10e-6, 100e-6, 1e-3, 10e-3, 200e-3)  # 10 V, with an RPM
BLOCK, ARRAY = 2048, 128
SILENT_RANGE = 10e-3


class LeastOfSmus:
    """Counts for a bench of SMUs."""

    def __init__(self):
        self.set_ups = set()
        self.standing = {}

    def hold(self, terminal, drive):
        before, self.standing[terminal] = self.standing.get(terminal), drive
        return 0 if before == drive == OPEN else 2

    def play(self, stimulus, trace):
        before = dict(self.standing)
        self.standing |= dict.fromkeys(stimulus.terminals, "at rest")
        if _is_of_system_mode(stimulus):
            others = {name: one for name, one in before.items() if name not in stimulus.terminals}
            set_up = (stimulus, frozenset(others.items()))
            is_new = set_up not in self.set_ups
            self.set_ups.add(set_up)
            return 7 + 2 * is_new
        levels = list(stimulus.score().at(stimulus.terminal))
        read = len(trace)
        not_normal = sum(" " in reading.status for reading in trace)
        return len(levels) + read + not_normal + 1


def _is_of_system_mode(stimulus):
    match stimulus:
        case PulseTrain():
            verify = stimulus.verify
            return verify is None or verify.compliance <= stimulus.compliance
        case Sweep():
            return stimulus.dwell - stimulus.aperture <= LONGEST_DELAY
        case Hold():
            return stimulus.count > 1 and SAMPLING[0] <= round(stimulus.interval, 9) <= SAMPLING[1]
    return isinstance(stimulus, Family)


class LeastOfPulseCards:
    """Counts for channels of pulse cards, by terminal."""

    def __init__(self, terminals):
        self.terminals = terminals
        self.held, self.shapes = set(), set()
        self.last, self.ranges = None, {}

    def hold(self, terminal, drive):
        """A pulse card holds 0 V by itself."""
        return 0

    def play(self, stimulus, trace):
        told = 0
        known = set(self.shapes)
        tests = _tests(stimulus, trace)
        for test in tests:
            defined = self._defined(test)
            told += defined + self._listed(test, defined) + self._ranged(test)
            told += 2 + sum(ceil((points + 1) / BLOCK) for points in test.read.values())
        return told + 1 + any(test.shape not in known for test in tests)

    def _defined(self, test):
        """Arrays that the cards do not hold."""
        new = [track for track in test.tracks.items() if track not in self.held]
        if not new:
            return 0
        if test.shape in self.shapes:
            arrays = 2 * len(new)
        else:
            arrays = 3 * (len(self.terminals) - len(test.tracks))
            arrays += sum(6 if _is_read(track) else 3 for track in test.tracks.values())
        self.held.update(new)
        self.shapes.add(test.shape)
        return arrays * test.messages

    def _listed(self, test, defined):
        """What each channel plays; nothing where only levels changed of what it played last."""
        before, self.last = self.last, test
        alike = before is not None and before.shape == test.shape and before.times == test.times
        if alike and (defined or before.tracks == test.tracks):
            return 0
        return len(self.terminals)

    def _ranged(self, test):
        wanted = {name: test.ranges.get(name, SILENT_RANGE) for name in self.terminals}
        before, self.ranges = self.ranges, wanted
        return sum(before.get(name) != top for name, top in wanted.items())


class _Test:
    """What the channels play together: tracks by terminal, what is read of them."""

    def __init__(self, tracks, times, read, messages=1):
        self.tracks, self.times, self.read, self.messages = tracks, times, read, messages
        self.shape = tuple(
            (name, *((s.duration, s.aperture, bool(s.level)) for s in track))
            for name, track in sorted(tracks.items())
        )
        self.ranges = {
            name: next(top for top in RANGES if max(s.limit for s in track) <= top)
            for name, track in tracks.items()
        }


def _tests(stimulus, trace):
    """One, or two where a pulse and its read need different ranges of one channel."""
    score = stimulus.score()
    bars = list(score.bars())
    tracks = {
        name: (*(one for bar in bars for one in bar.parts[index]), score.closing[index])
        for index, name in enumerate(score.terminals)
    }
    times = tuple(bar.times for bar in bars)
    reads = Counter(reading.terminal for reading in trace)
    verify = getattr(stimulus, "verify", None)
    at = stimulus.terminal
    if isinstance(stimulus, Pulse | Waveforms) and verify and verify.terminal in (None, at):
        before = {name: (*track[:-2], track[-1]) for name, track in tracks.items()}
        after = {
            name: (read, end._replace(limit=read.limit)) for name, (*_, read, end) in tracks.items()
        }
        split = _Test(before, times, reads - Counter([at])), _Test(after, times, Counter([at]))
        if split[0].ranges[at] != split[1].ranges[at]:
            return split
    flat = max(_flat(list(score.at(name))) for name in score.terminals)
    return (_Test(tracks, times, reads, min(flat, _looped(bars, score.closing[0]))),)


def _is_read(track):
    return any(segment.aperture is not None for segment in track)


def _flat(track):
    """Messages an array, segment by segment."""
    return ceil(_segments(0.0, track) / ARRAY)


def _looped(bars, closing):
    """Messages an array where what repeats is a sequence that loops, and all between one each.

    Where a loop does not end as it is entered, its first round is apart.
    """
    messages, plain, before = 0, 0, 0.0
    for bar in bars:
        part = bar.parts[0]
        if bar.times == 1 or before != part[-1].level:
            plain += _segments(before, part)
        if bar.times > 1:
            messages += ceil(plain / ARRAY) + ceil(_segments(part[-1].level, part) / ARRAY)
            plain = 0
        before = part[-1].level
    return messages + ceil((plain + _segments(before, [closing])) / ARRAY)


def _segments(before, track):
    """A ramp where the level changes, and what stands."""
    levels = [before, *(segment.level for segment in track)]
    return len(track) + sum(one != other for one, other in pairwise(levels))
