"""What a row says was delivered is what truly stood at the device, on every bench."""

from math import isnan

import pytest
from benches_with_a_resistor import ACCURACY, BENCHES, OUTPUT, PULSE_CARD, opened, resistor_options

from mho.stimuli import Hold, Pulse, PulseTrain, Read, Sweep, Waveforms
from mho.testing.protocol_runs import frame, run_shipped

OHMS = (166.0, 350.0, 1e3, 2e3)
SERIES = (None, 12.0, 100.0)
WIDTH = 20e-3
READ = Read(voltage=0.2, aperture=10e-3, settle=10e-3, compliance=2e-3)
PULSE = Pulse(terminal="TE", amplitude=1.0, width=WIDTH, compliance=20e-3, rest=10e-3, verify=READ)


def options(series, *, compensate=False):
    found = [] if series is None else [f'terminals.TE.series_resistance="{series} ohm"']
    return [*found, 'terminals.TE.compensate="last read"'] if compensate else found


def stimuli():
    shared = {"terminal": "TE", "compliance": 20e-3}
    yield PULSE
    yield PulseTrain(amplitudes=(1.0, 1.0, -1.0), width=WIDTH, rest=WIDTH, **shared)
    yield Sweep(levels=(0.5, 1.0, 0.5), dwell=WIDTH, aperture=WIDTH / 2, **shared)
    yield Hold(level=-1.0, count=2, interval=0.05, aperture=10e-3, **shared)
    yield Waveforms(
        durations=(WIDTH, WIDTH),
        levels=(("TE", (1.0, -0.5)),),
        verify=READ,
        measured=(0,),
        **shared,
    )


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("ohms", OHMS)
@pytest.mark.parametrize("bench", BENCHES)
def test_measured_voltages_stood_at_the_device(bench, ohms, series):
    share = ohms / (ohms + (series or 0.0) + OUTPUT[bench])
    found = opened(bench, ohms, *options(series))
    with found.bench as open_bench:
        for stimulus in stimuli():
            since = len(found.stood)
            trace = open_bench.apply(stimulus)
            truth = found.furthest(since)
            assert abs(truth) == pytest.approx(share, rel=1e-4), stimulus
            measured = max((one.voltage for one in trace), key=abs)
            assert abs(measured) == pytest.approx(abs(truth), rel=ACCURACY), stimulus
            for one in trace:
                assert one.conductance == pytest.approx(1 / ohms, rel=ACCURACY), stimulus


@pytest.mark.parametrize("bench", BENCHES)
def test_a_held_current_leaves_no_voltage_that_nobody_knows(bench):
    """In compliance the voltage is that at the device, or it is said not to be known."""
    found = opened(bench, 1e3, *options(12.0))
    with found.bench as open_bench:
        (reading,) = open_bench.apply(
            Pulse(terminal="TE", amplitude=1.0, width=WIDTH, compliance=50e-6)
        )
        assert reading.in_compliance
        if open_bench.limits["TE"].limits_current:
            assert isnan(reading.voltage) or reading.voltage == pytest.approx(0.05, rel=1e-2)
        else:  # a pulse card measures no more than its range holds, and limits nothing
            assert reading.voltage == pytest.approx(found.furthest(), abs=0.02)


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("millisiemens", [0.5, 1.0, 2.0, 4.0, 6.0])
@pytest.mark.parametrize("bench", BENCHES)
def test_compensated_pulses_deliver_what_was_asked(bench, millisiemens, series):
    if series is None and not OUTPUT[bench]:
        return  # nothing is known there, see test_compensation
    ohms = 1e3 / millisiemens
    plain, raised = (opened(bench, ohms, *options(series, compensate=way)) for way in (False, True))
    shares = []
    for found in (plain, raised):
        with found.bench as open_bench:
            open_bench.apply(READ.at("TE"))
            trace = open_bench.apply(PULSE)
            assert trace[0].voltage == pytest.approx(found.furthest(), rel=ACCURACY)
            assert trace.sent(1.0) == pytest.approx(
                trace[0].voltage * (1 + ((series or 0.0) + OUTPUT[bench]) / ohms), rel=ACCURACY
            )
            shares.append(trace[0].voltage)
    assert shares[0] == pytest.approx(ohms / (ohms + (series or 0.0) + OUTPUT[bench]), rel=ACCURACY)
    assert 0.99 <= shares[1] <= 1.01


RUNS = {
    "ispp": ("one-target", ['targets=["20 uS"]', "max_pulses=4"], ()),
    "ltp_ltd": ("published-80", ["cycles=1", "potentiation.pulses=3", "depression.pulses=2"], ()),
    "endurance": ("cu-te", ["cycles=2"], ()),
    "ppf": ("cu-te", [], ()),
}
SLOW = [
    'read.settle="10 ms"', 'read.aperture="10 ms"', 'rest="20 ms"',
]  # fmt: skip


def run(protocol, bench, ohms, *more):
    recipe, own, _ = RUNS[protocol]
    chosen = list(own)
    if protocol == "ltp_ltd":
        chosen += [*SLOW, 'potentiation.width="20 ms"', 'depression.width="20 ms"']
    elif protocol == "endurance":
        chosen += [*SLOW, "preparation=[]"]
    elif protocol == "ppf":
        chosen += ['read.settle="10 ms"', 'read.aperture="10 ms"', "preparation=[]"]
        chosen += ['intervals=["40 ms"]', "repeats=1", 'width="20 ms"']
    else:
        chosen += [*SLOW, 'read.voltage="100 mV"', 'reset.amplitude="1 V"']
    device = [f"device.{one}" for one in resistor_options(ohms)]
    _, rows = run_shipped(protocol, bench, "resistor", recipe, options=[*chosen, *device, *more])
    return frame(rows)


@pytest.mark.parametrize("protocol", sorted(RUNS))
@pytest.mark.parametrize("bench", BENCHES)
def test_rows_of_pulses_keep_what_was_delivered(protocol, bench):
    ohms, series = 500.0, 12.0
    share = ohms / (ohms + series + OUTPUT[bench])
    rows = run(protocol, bench, ohms, f'bench.terminals.TE.series_resistance="{series} ohm"')
    pulses = rows[rows["amplitude"].abs() > 0]
    assert len(pulses) >= 2
    assert list(pulses["sent"]) == list(pulses["amplitude"])
    known = pulses[~pulses["pulse_in_compliance"]]
    assert len(known) == len(pulses)
    delivered = (known["pulse_voltage"] / known["amplitude"]).to_list()
    assert delivered == pytest.approx([share] * len(known), rel=ACCURACY)
    drawn = (known["pulse_voltage"] / known["pulse_current"]).to_list()
    assert drawn == pytest.approx([ohms] * len(known), rel=ACCURACY)


@pytest.mark.parametrize("protocol", sorted(RUNS))
@pytest.mark.parametrize("bench", BENCHES)
def test_every_pulsed_protocol_is_compensated(protocol, bench):
    more = options(12.0, compensate=True)
    rows = run(protocol, bench, 500.0, *(f"bench.{one}" for one in more))
    pulses = rows[rows["amplitude"].abs() > 0]
    delivered = (pulses["pulse_voltage"] / pulses["amplitude"]).to_list()
    assert delivered == pytest.approx([1.0] * len(pulses), rel=5e-3)
    assert ((pulses["sent"] / pulses["amplitude"]) > 1.02).all()
    assert not pulses["sent_at_limit"].any()


def test_a_pulse_card_loses_what_the_sheet_says():
    """0.77 to 0.97 of the amplitude, 6 to 0.5 mS behind 50 ohm."""
    for ohms, share in ((1e3 / 6, 0.77), (2e3, 0.976)):
        found = opened(PULSE_CARD, ohms)
        with found.bench as open_bench:
            assert open_bench.apply(PULSE)[0].voltage == pytest.approx(share, rel=2e-3)
