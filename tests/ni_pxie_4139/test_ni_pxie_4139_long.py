"""Trains that take several sequences, and one of a million pulses: no deadline acts on them."""

import json
import subprocess
import sys

import numpy as np
import pytest

from mho.laboratory import read_setup
from mho.stimuli import PulseTrain, Read, duration

DOSE = ("dose.max_pulses=10000000", "dose.max_charge=1000 C")
READ = Read(voltage=0.1, aperture=1e-3, compliance=1e-4, settle=1e-4)


def train(count, **change):
    amplitudes = tuple(0.5 + 1e-7 * number for number in range(count))
    facts = {"width": 1e-3, "rest": 1e-3, "compliance": 1e-3, **change}
    return PulseTrain(terminal="TE", amplitudes=amplitudes, **facts)


def applied(stimulus, wire=False):
    """Time that it took on the bench's clock, and its trace."""
    setup = read_setup("ni-pxie-4139", "resistor", device_options=DOSE, wire=wire)
    with setup.open() as bench:
        start = bench.clock.now()
        trace = bench.apply(stimulus)
        return bench.clock.now() - start, trace


@pytest.mark.parametrize("verify", [None, READ])
def test_a_train_that_is_cut_reads_what_it_reads_in_one_piece(monkeypatch, verify):
    stimulus = train(500, verify=verify)
    whole, readings = applied(stimulus)
    monkeypatch.setattr("mho.drivers.ni_pxie_4139.uniform.MAX_STEPS", 170)
    taken, cut = applied(stimulus)
    assert taken == pytest.approx(whole, abs=1e-6)
    assert len(cut) == len(readings) == (500 if verify is None else 1000)
    for one, other in zip(cut, readings, strict=True):
        assert one.time == pytest.approx(other.time, abs=1e-6)
        assert one.voltage == other.voltage and one.current == other.current


def test_looks_at_a_long_train_take_no_time_of_their_own():
    stimulus = train(25_000)
    taken, readings = applied(stimulus)
    assert len(readings) == 25_000
    assert taken == pytest.approx(duration(stimulus) + 0.5e-3, abs=1e-3)
    assert readings.at("TE").voltage == pytest.approx(np.array(stimulus.amplitudes), abs=1e-4)


def test_a_rehearsal_has_no_deadline_of_the_wall_clock():
    """With this one each exchange would have to be over before it began."""
    setup = read_setup(
        "ni-pxie-4139", "resistor", device_options=DOSE, bench_options=["timeout=1 ns"]
    )
    with setup.open() as bench:
        assert len(bench.apply(train(2000))) == 2000


SCRIPT = """
import json, resource
from mho.laboratory import read_setup
from mho.stimuli import PulseTrain
setup = read_setup("ni-pxie-4139", "resistor", device_options={dose!r})
stimulus = PulseTrain(terminal="TE", amplitudes=(0.5, -0.6) * {half}, width=1e-3, rest=1e-3,
                      compliance=1e-3)
with setup.open() as bench:
    trace = bench.apply(stimulus)
samples = trace.at("TE")
print(json.dumps({{
    "readings": len(trace), "end": float(samples.time[-1]),
    "first": [float(v) for v in samples.voltage[:2]],
    "last": [float(v) for v in samples.voltage[-2:]],
    "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}}))
"""


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is told in another unit")
def test_a_million_pulses_pass_in_a_rehearsal_and_in_bounded_memory():
    found = {}
    for count in (100_000, 1_000_000):
        script = SCRIPT.format(dose=DOSE, half=count // 2)
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        )
        found[count] = json.loads(done.stdout)
        assert found[count]["readings"] == count
        assert found[count]["end"] == pytest.approx(count * 2e-3, abs=1e-2)
        for pair in ("first", "last"):
            assert found[count][pair] == pytest.approx([0.5, -0.6], abs=1e-4)
    # What grows are the readings that are asked for: some 50 bytes each, copied once.
    assert found[1_000_000]["peak"] - found[100_000]["peak"] < 200
