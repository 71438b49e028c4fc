"""Every bench plays a family of curves as it plays the curves one by one."""

from dataclasses import replace

import pytest

from mho.bench import Bench
from mho.errors import LimitError
from mho.readings import Reading
from mho.stimuli import Family, Held, Pause, Sweep
from mho.testing.conformance.on_a_bench import OnABench

_DRAIN = tuple(n / 10 for n in range(11))


class FamilyConformance(OnABench):
    """A transistor stands on the bench: 0 to 1 V at its drain, the gate stepped from 1 V to 3 V.

    The device file allows the gate less than 9 V.
    """

    device: str = "nmos"
    drain: str = "drain"
    gate: str = "gate"

    def family(self, steps: tuple[float, ...], settle: float = 0.0) -> Family:
        """A curve at the drain for every step (V) of the gate."""
        sweep = Sweep(
            terminal=self.drain, levels=_DRAIN, dwell=20e-3, aperture=5e-3, compliance=50e-3
        )
        return Family(
            sweep=sweep, stepped=self.gate, steps=steps, step_compliance=1e-3, settle=settle
        )

    @pytest.mark.parametrize("gates", [(1.0, 2.0, 3.0), (3.0, 2.0, 1.0), (1.0, 3.0, 1.5)])
    @pytest.mark.parametrize("settle", [0.0, 50e-3])
    def test_a_family_is_its_curves(
        self, open_bench: Bench, gates: tuple[float, ...], settle: float
    ) -> None:
        """All points of the first curve, then those of the next, as each of them alone."""
        wanted = self.family(gates, settle)
        together = open_bench.apply(wanted)
        apart = _part_by_part(open_bench, wanted)
        assert len(together) == len(apart) == len(gates) * len(_DRAIN)
        for reading, other in zip(together, apart, strict=True):
            assert reading.voltage == pytest.approx(other.voltage, abs=2e-3)
            assert reading.current == pytest.approx(other.current, rel=2e-2, abs=2e-6)
        times = [reading.time for reading in together]
        assert times == sorted(times)
        # What was stepped is at 0 V: the transistor does not conduct.
        (off, *_) = open_bench.apply(self.family((0.0,)).sweep)
        assert abs(off.current) < 2e-6
        at_one_volt = [together[(n + 1) * len(_DRAIN) - 1].current for n in range(len(gates))]
        assert sorted(at_one_volt) == [at_one_volt[gates.index(gate)] for gate in sorted(gates)]

    def test_nothing_is_left_on_after_a_family(self, open_bench: Bench) -> None:
        """Neither the gate nor the drain."""
        open_bench.apply(self.family((1.0, 2.0)))
        self.assert_off("a family")

    def test_a_step_beyond_what_the_device_may_suffer_is_refused(self, open_bench: Bench) -> None:
        """With the terminal and the level."""
        with pytest.raises(LimitError, match=f"family at {self.gate}: held level 9 V"):
            open_bench.apply(replace(self.family((1.0,)), steps=(1.0, 9.0)))


def _part_by_part(bench: Bench, wanted: Family) -> list[Reading]:
    readings: list[Reading] = []
    for part in wanted.parts():
        if isinstance(part, Held):
            bench.bias(part.terminal, part.level, part.limit)
        elif isinstance(part, Pause):
            bench.clock.sleep(part.duration)
        else:
            readings += bench.apply(part)
    return readings
