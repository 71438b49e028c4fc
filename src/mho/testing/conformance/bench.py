"""One suite over every bench: the same stimuli mean the same.

What a bench cannot do it must refuse, naming the limit, before anything is energised.
"""

from contextlib import suppress
from dataclasses import replace
from math import isfinite, isnan

import pytest

from mho.bench import Bench
from mho.errors import LimitError, UnsupportedError
from mho.readings import Reading
from mho.stimuli import Hold, Pulse, PulseTrain, Read, Stimulus, Sweep, Waveforms
from mho.testing.conformance.on_a_bench import OnABench


class BenchConformance(OnABench):
    """A resistor stands from one terminal to ground; every stimulus tells its readings beforehand.

    Attributes
    ----------
    terminal, ohms
        Where the resistor is, and its resistance. Up to 1.25 V are applied to it; the device file
        has to allow that, and 5 mA.
    """

    device: str = "resistor"
    terminal: str = "TE"
    ohms: float = 10e3

    @pytest.fixture
    def width(self, open_bench: Bench) -> float:
        """A width (s) that this bench can make well."""
        return max(10e-3, 4 * open_bench.limits[self.terminal].min_width)

    def assert_resistor(
        self, reading: Reading, level: float, *, rel: float = 1e-2, abs_current: float = 3e-8
    ) -> None:
        """A reading of the resistor at ``level`` volts."""
        assert reading.voltage == pytest.approx(level, rel=5e-3, abs=2e-3)
        assert reading.current == pytest.approx(level / self.ohms, rel=rel, abs=abs_current)
        assert reading.in_compliance is False

    def assert_pulsed(self, reading: Reading, level: float) -> None:
        """A reading in a pulse or a step, where an instrument may have a coarser range."""
        self.assert_resistor(reading, level, rel=2e-2, abs_current=5e-7)

    def pulse(self, amplitude: float, width: float, compliance: float = 1e-3) -> Pulse:
        """A pulse without a read. V, s, A."""
        return Pulse(
            terminal=self.terminal, amplitude=amplitude, width=width, compliance=compliance
        )

    def train(self, amplitudes: tuple[float, ...], width: float) -> PulseTrain:
        """A train without reads, whose rests are as long as its pulses. V, s."""
        return PulseTrain(
            terminal=self.terminal,
            amplitudes=amplitudes,
            width=width,
            rest=width,
            compliance=1e-3,
        )

    def sweep(self, levels: tuple[float, ...], dwell: float, compliance: float = 1e-3) -> Sweep:
        """A sweep that reads in the second half of each step. V, s, A."""
        return Sweep(
            terminal=self.terminal,
            levels=levels,
            dwell=dwell,
            aperture=dwell / 2,
            compliance=compliance,
        )

    def hold(self, count: int, interval: float) -> Hold:
        """As many reads at 0.1 V, so many seconds apart."""
        return Hold(
            terminal=self.terminal,
            level=0.1,
            count=count,
            interval=interval,
            aperture=10e-3,
            compliance=1e-4,
        )

    def pair(self, width: float) -> Waveforms:
        """A waveform of two levels, and a read. s."""
        return Waveforms(
            terminal=self.terminal,
            durations=(width, width),
            levels=((self.terminal, (0.5, -0.5)),),
            compliance=1e-3,
            verify=_read(),
        )

    def bias_where_possible(self, bench: Bench) -> None:
        """Hold the terminal at 0.1 V; a pulse card refuses that."""
        with suppress(UnsupportedError):
            bench.bias(self.terminal, 0.1, 1e-4)

    def test_a_pulse_with_its_read(self, open_bench: Bench, width: float) -> None:
        """Two readings: in the pulse, then at the read voltage."""
        for amplitude in (0.5, -0.5, 1.0):
            pulse = replace(self.pulse(amplitude, width), verify=_read())
            pulsed, read = open_bench.apply(pulse)
            self.assert_pulsed(pulsed, amplitude)
            self.assert_resistor(read, 0.1)
            assert read.time > pulsed.time
            assert read.conductance == pytest.approx(1 / self.ohms, rel=1e-2)

    def test_a_pulse_without_read_has_one_point(self, open_bench: Bench, width: float) -> None:
        """The one in the pulse."""
        assert len(open_bench.apply(self.pulse(0.3, width))) == 1

    def test_a_train_has_its_points_in_the_order_of_time(
        self, open_bench: Bench, width: float
    ) -> None:
        """Pulses and, after every second one, a read."""
        train = replace(
            self.train((0.2, 0.4, 0.6, -0.6), width), verify=_read(1e-3), verify_every=2
        )
        trace = open_bench.apply(train)
        expected = [0.2, 0.4, 0.1, 0.6, -0.6, 0.1]
        assert len(trace) == len(expected)
        for reading, level in zip(trace, expected, strict=True):
            self.assert_pulsed(reading, level)
        times = [reading.time for reading in trace]
        assert times == sorted(times)

    @pytest.mark.parametrize(
        "amplitudes",
        [(0.5,) * 6, (0.2, 0.4, 0.6, 0.8), (0.2, 0.4, 0.6, 0.6, 0.4, 0.2), (0.6, -0.6) * 3],
        ids=["uniform", "even", "there and back", "alternating"],
    )
    def test_a_train_without_reads_has_one_point_a_pulse(
        self, open_bench: Bench, width: float, amplitudes: tuple[float, ...]
    ) -> None:
        """Whatever fast mode the instrument has for trains of this form."""
        trace = open_bench.apply(self.train(amplitudes, width))
        assert len(trace) == len(amplitudes)
        for reading, level in zip(trace, amplitudes, strict=True):
            self.assert_pulsed(reading, level)
        gaps = [b.time - a.time for a, b in zip(trace.readings, trace.readings[1:], strict=False)]
        assert min(gaps) > 0

    def test_a_sweep_has_one_point_a_level(self, open_bench: Bench, width: float) -> None:
        """Up, through 0 V, and down."""
        levels = tuple(n / 20 for n in (*range(21), *range(20, -21, -1)))
        trace = open_bench.apply(self.sweep(levels, width))
        assert len(trace) == len(levels)
        for reading, level in zip(trace, levels, strict=True):
            self.assert_pulsed(reading, level)

    def test_a_sweep_stops_in_compliance_or_is_refused(
        self, open_bench: Bench, width: float
    ) -> None:
        """At the first level that the limit holds, where the instrument says that it can."""
        levels = (0.25, 0.5, 0.75, 1.0, 1.25)
        through = self.sweep(levels, width, compliance=0.6 / self.ohms)
        stopping = replace(through, stop_in_compliance=True)
        if open_bench.limits[self.terminal].stops_in_compliance:
            trace = open_bench.apply(stopping)
            assert [reading.in_compliance for reading in trace] == [False, False, True]
            voltages = [reading.voltage for reading in trace]
            assert voltages[:2] == pytest.approx([0.25, 0.5], rel=5e-3)
            assert len(open_bench.apply(through)) == len(levels)
        else:
            with pytest.raises((LimitError, UnsupportedError), match="compliance"):
                open_bench.apply(stopping)

    def test_a_hold_is_read_at_its_interval(self, open_bench: Bench) -> None:
        """As often and as far apart as was asked."""
        interval = 50e-3
        trace = open_bench.apply(self.hold(10, interval))
        assert len(trace) == 10
        for reading in trace:
            self.assert_resistor(reading, 0.1)
        gaps = [b.time - a.time for a, b in zip(trace.readings, trace.readings[1:], strict=False)]
        assert gaps == pytest.approx([interval] * 9, rel=0.2)

    def test_compliance_is_data_and_ends_with_the_stimulus(
        self, open_bench: Bench, width: float
    ) -> None:
        """A pulse that the limit holds is told as such; the read after it is not touched."""
        limit = 0.1 / self.ohms
        limited = replace(self.pulse(1.0, width, compliance=limit), verify=_read())
        pulsed, read = open_bench.apply(limited)
        assert pulsed.in_compliance is True
        self.assert_resistor(read, 0.1)
        if open_bench.limits[self.terminal].limits_current:
            assert pulsed.current == pytest.approx(limit, rel=5e-2)
            # Either measured, or not known; never the level that was asked for.
            assert isnan(pulsed.voltage) or pulsed.voltage == pytest.approx(0.1, rel=5e-2)

    def test_limits_are_declared_and_refused(self, open_bench: Bench) -> None:
        """What is beyond them is refused with numbers, and the bench works on."""
        limits = open_bench.limits[self.terminal]
        declared = (limits.max_voltage, limits.max_compliance, limits.min_width)
        assert all(isfinite(limit) for limit in declared)
        short = self.pulse(0.1, limits.min_width / 2)
        many = self.hold(limits.max_points + 1, interval=1.0)
        for stimulus in (short, many):
            with pytest.raises((LimitError, UnsupportedError), match=r"\d"):
                open_bench.apply(stimulus)
        assert len(open_bench.apply(self.pulse(0.1, 0.02))) == 1

    def test_waveforms_at_one_terminal_are_played(self, open_bench: Bench, width: float) -> None:
        """Its read is its only reading."""
        (reading,) = open_bench.apply(self.pair(width))
        self.assert_resistor(reading, 0.1)

    def test_nothing_is_left_on(self, open_bench: Bench, width: float) -> None:
        """After every kind of stimulus the terminal is back at 0 V; after off a bias is, too."""
        stimuli: tuple[Stimulus, ...] = (
            self.pulse(0.5, width),
            replace(self.pulse(-0.5, width), verify=_read()),
            self.train((0.2, 0.4), width),
            self.sweep((0.1, 0.2, 0.3), width),
            self.hold(3, interval=50e-3),
            self.pair(width),
        )
        for stimulus in stimuli:
            open_bench.apply(stimulus)
            self.assert_off(f"a {type(stimulus).__name__}")
        self.bias_where_possible(open_bench)
        open_bench.off()
        self.assert_off("off")

    def test_a_bench_that_was_closed_is_off(self) -> None:
        """Also where a terminal was still held."""
        with self.open() as bench:
            self.bias_where_possible(bench)
        self.assert_off("the bench was closed")

    def test_off_may_be_called_again_and_the_bench_reopened(self) -> None:
        """Switched off twice, closed, switched off; then another one is opened."""
        for _ in range(2):
            bench = self.open()
            with bench:
                assert len(bench.apply(self.pulse(0.5, 20e-3))) == 1
                bench.off()
                bench.off()
            bench.off()
            with pytest.raises(UnsupportedError, match="open another"):
                bench.__enter__()

    def test_instruments_say_who_they_are(self, open_bench: Bench) -> None:
        """The model and the address of what stands at each terminal."""
        assert {identity.terminal for identity in open_bench.identities} >= {self.terminal}
        for identity in open_bench.identities:
            assert identity.model and identity.address


def _read(compliance: float = 1e-4) -> Read:
    return Read(voltage=0.1, aperture=10e-3, compliance=compliance, settle=1e-3)
