"""Every bench plays a family of curves as it plays the curves one by one."""

import pytest

from mho.errors import LimitError
from mho.laboratory import read_setup
from mho.readings import Reading
from mho.stimuli import Family, Held, Pause, Sweep

DRAIN = tuple(n / 10 for n in range(11))


@pytest.fixture(params=["ideal", "ni-pxie-4139", "keithley-4200a"])
def bench(request):
    with read_setup(request.param, "nmos").open() as opened:
        yield opened


def family(gates, **changes):
    sweep = Sweep(terminal="drain", levels=DRAIN, dwell=20e-3, aperture=5e-3, compliance=50e-3)
    facts = {"sweep": sweep, "stepped": "gate", "steps": gates, "step_compliance": 1e-3}
    return Family(**{**facts, **changes})


def part_by_part(bench, wanted) -> list[Reading]:
    readings = []
    for part in wanted.parts():
        if isinstance(part, Held):
            bench.bias(part.terminal, part.level, part.limit)
        elif isinstance(part, Pause):
            bench.clock.sleep(part.duration)
        else:
            readings += bench.apply(part)
    return readings


@pytest.mark.parametrize("gates", [(1.0, 2.0, 3.0), (3.0, 2.0, 1.0), (1.0, 3.0, 1.5)])
@pytest.mark.parametrize("settle", [0.0, 50e-3])
def test_a_family_is_its_curves(bench, gates, settle):
    wanted = family(gates, settle=settle)
    together = bench.apply(wanted)
    apart = part_by_part(bench, wanted)
    assert len(together) == len(apart) == len(gates) * len(DRAIN)
    for reading, other in zip(together, apart, strict=True):
        assert reading.voltage == pytest.approx(other.voltage, abs=2e-3)
        assert reading.current == pytest.approx(other.current, rel=2e-2, abs=2e-6)
    times = [reading.time for reading in together]
    assert times == sorted(times)
    # What was stepped is at 0 V: the transistor does not conduct.
    (off, *_) = bench.apply(family((0.0,)).sweep)
    assert abs(off.current) < 2e-6
    at_one_volt = [together[(n + 1) * len(DRAIN) - 1].current for n in range(len(gates))]
    assert sorted(at_one_volt) == [at_one_volt[gates.index(gate)] for gate in sorted(gates)]


def test_a_step_beyond_what_the_device_may_suffer_is_refused(bench):
    with pytest.raises(LimitError, match="family at gate: held level 9 V"):
        bench.apply(family((1.0, 9.0)))
