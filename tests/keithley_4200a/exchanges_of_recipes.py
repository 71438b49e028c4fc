"""Exchanges of a recipe with the simulated 4200A, beside the least there could be.

As a program it prints the table: ``python exchanges_of_recipes.py``.
"""

import sys
from collections import Counter
from contextlib import closing
from itertools import islice
from typing import NamedTuple
from unittest.mock import patch

from least_exchanges_of_4200a import LeastOfPulseCards, LeastOfSmus

from mho import settings
from mho.drivers.keithley_4200a.conversation.visa import VisaLink
from mho.drivers.keithley_4200a.instrument import KeithleyInstrument
from mho.drivers.keithley_4200a.settings import PulseTerminal
from mho.errors import SettingsError
from mho.job import read_job

BENCHES = ("keithley-4200a", "keithley-4200a-pmu")
DEVICES = (
    "cu-te-1t1r", "alpha-fe2o3", "ecram-lithium", "ecram-metal-oxide", "cu-te-1t1r-source-line",
    "cu-te-1t1r-mos", "nmos",
)  # fmt: skip
"""A recipe runs on the first of these that takes it, the one in its name before all."""


class Exchanges(NamedTuple):
    """By kind of what was played: how often, exchanges, the least."""

    times: Counter
    told: Counter
    least: Counter

    @property
    def ratio(self):
        return self.told.total() / self.least.total()


def shipped():
    """Protocol, recipe and bench of all that is shipped."""
    for protocol, recipe in settings.shipped_recipes():
        for bench in BENCHES:
            yield protocol, recipe, bench


def device_for(protocol, recipe, bench):
    """A device that this runs on; None if there is none."""
    devices = sorted(DEVICES, key=lambda name: not recipe.startswith(name))
    return next((name for name in devices if _runs(protocol, recipe, bench, name)), None)


def _runs(protocol, recipe, bench, device):
    try:
        return not read_job(protocol, bench, device, recipe).refusals()
    except SettingsError:
        return False


def counted(protocol, recipe, bench, device, rows=None):
    """Run it, or the first rows of it, counting."""
    job = read_job(protocol, bench, device, recipe)
    (one,) = job.setup.instruments
    wired = {n: t for n, t in one.settings.terminals.items() if n in job.setup.profile.terminals}
    pulsed = [name for name, terminal in wired.items() if isinstance(terminal, PulseTerminal)]
    smus, cards = LeastOfSmus(), LeastOfPulseCards(pulsed)
    found = Exchanges(Counter(), Counter(), Counter())
    sent = Counter()
    write, play, hold = VisaLink.write, KeithleyInstrument.play, KeithleyInstrument.hold

    def counting_write(link, message):
        sent["messages"] += 1
        write(link, message)

    def note(kind, before, least):
        found.times[kind] += 1
        found.told[kind] += sent["messages"] - before
        found.least[kind] += least

    def counting_play(instrument, stimulus):
        before = sent["messages"]
        trace = play(instrument, stimulus)
        rule = cards if stimulus.terminal in pulsed else smus
        note(type(stimulus).__name__, before, rule.play(stimulus, trace))
        return trace

    def counting_hold(instrument, terminal, drive):
        before = sent["messages"]
        hold(instrument, terminal, drive)
        note("held level", before, (cards if terminal in pulsed else smus).hold(terminal, drive))

    with (
        patch.object(VisaLink, "write", counting_write),
        patch.object(KeithleyInstrument, "play", counting_play),
        patch.object(KeithleyInstrument, "hold", counting_hold),
        closing(job.setup.open()) as guarded,
    ):
        guarded.bind(job.plan())
        guarded.take()
        with guarded, closing(job.protocol.run(guarded, job.recipe)) as taken:
            for _ in islice(taken, rows):
                pass
    return found


def main(wanted=""):
    """The table; of those with ``wanted`` in their names."""
    for shipped_case in shipped():
        if wanted not in " ".join(shipped_case):
            continue
        device = device_for(*shipped_case)
        if device is None:
            continue
        case = (*shipped_case, device)
        found = counted(*case)
        kinds = ", ".join(
            f"{times} {kind} {found.told[kind]}/{found.least[kind]}"
            for kind, times in found.times.items()
        )
        print(
            f"{found.ratio:.2f} {found.told.total():6d} {found.least.total():6d}  "
            f"{' '.join(case)}: {kinds}",
            flush=True,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
