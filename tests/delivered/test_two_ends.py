"""A device between two channels of a pulse card: there is 50 ohm on the way there and back."""

import pytest
from benches_with_a_resistor import ACCURACY, opened
from two_ends import TwoEnds

from mho.clock import VirtualClock
from mho.job import read_job
from mho.laboratory import read_setup
from mho.protocols.stdp.figure import figure
from mho.rehearsal import World
from mho.stimuli import Hold, Pulse, Read, Waveforms
from mho.testing.protocol_runs import frame

OHMS = (166.0, 500.0, 2e3)
READ = Read(voltage=0.2, aperture=1e-3, settle=1e-3, compliance=2e-3)
PULSE = Pulse(terminal="TE", amplitude=-1.0, width=1e-3, compliance=20e-3, rest=1e-3, verify=READ)


def on_the_card(ohms, *options):
    more = [f'terminals.{name}.max_compliance="20 mA"' for name in ("TE", "BE")]
    setup = read_setup(
        "keithley-4200a-pmu", "alpha-fe2o3", bench_options=options, device_options=more
    )
    device = TwoEnds(lambda volts: volts / ohms)
    return setup.open(world=World(device, VirtualClock(), 1)), device


def replaced(recipe):
    """The recipe without its pair that is too short to be measured."""
    return recipe.model_copy(update={"differences": recipe.differences[:2]})


def furthest(device):
    return max((volts for _, volts in device.seen), key=abs)


@pytest.mark.parametrize("ohms", OHMS)
def test_a_row_has_what_stood_across_the_device(ohms):
    bench, device = on_the_card(ohms)
    with bench:
        pulsed, read = bench.apply(PULSE)
    assert furthest(device) == pytest.approx(-ohms / (ohms + 100.0), rel=1e-4)
    assert pulsed.voltage == pytest.approx(furthest(device), rel=ACCURACY)
    assert read.conductance == pytest.approx(1 / ohms, rel=ACCURACY)


@pytest.mark.parametrize("ohms", OHMS)
def test_what_both_channels_take_is_compensated(ohms):
    bench, device = on_the_card(ohms, 'terminals.TE.compensate="last read"')
    with bench:
        bench.apply(READ.at("TE"))
        trace = bench.apply(PULSE)
    assert furthest(device) == pytest.approx(-1.0, rel=2e-3)
    assert trace[0].voltage == pytest.approx(-1.0, rel=2e-3)


@pytest.mark.parametrize("compensate", [False, True])
@pytest.mark.parametrize("ohms", OHMS)
def test_spikes_on_both_terminals(ohms, compensate):
    """Of waveforms one terminal is measured; the other stands where it was sent, less its loss."""
    options = ['terminals.TE.compensate="last read"'] if compensate else []
    bench, device = on_the_card(ohms, *options)
    waves = Waveforms(
        terminal="TE",
        durations=(1e-3, 1e-3, 1e-3),
        levels=(("TE", (-0.4, 0.0, 0.2)), ("BE", (0.4, 0.5, 0.0))),
        compliance=20e-3,
        verify=READ,
        measured=(0, 1),
    )
    share = 1.0 if compensate else ohms / (ohms + 100.0)
    with bench:
        bench.apply(READ.at("TE"))
        trace = bench.apply(waves)
    both, post, read = trace
    assert furthest(device) == pytest.approx(-0.8 * share, rel=2e-3)
    assert both.voltage - trace.sent(0.4) == pytest.approx(-0.8 * share, rel=2 * ACCURACY)
    assert post.voltage - trace.sent(0.5) == pytest.approx(-0.5 * share, rel=2 * ACCURACY)
    assert read.conductance == pytest.approx(1 / ohms, rel=ACCURACY)


@pytest.mark.parametrize("compensate", [False, True])
def test_rows_of_spike_pairs_keep_what_was_delivered(compensate):
    ohms = 500.0
    options = ['bench.terminals.TE.compensate="last read"'] if compensate else []
    options += ["repeats=1", 'differences=["-0.3 ms", "0.3 ms", "1 us"]', "preparation=[]"]
    job = read_job("stdp", "keithley-4200a-pmu", "alpha-fe2o3", "published", options=options)
    assert not job.refusals()
    device = TwoEnds(lambda volts: volts / ohms)
    with job.setup.open(world=World(device, VirtualClock(), 1)) as bench:
        rows = frame(job.protocol.run(bench, job.recipe))
    share = 1.0 if compensate else ohms / (ohms + 100.0)
    known = rows[rows["difference"].abs() > 1e-4]
    for side in ("highest", "lowest"):
        delivered = known[f"{side}_voltage"] / known[side]
        assert delivered.to_list() == pytest.approx([share] * 2, rel=3e-3)
        drawn = known[f"{side}_voltage"] / known[f"{side}_current"]
        assert drawn.to_list() == pytest.approx([ohms] * 2, rel=3e-3)
        assert (known[f"{side}_at"] > 0).all()
        sent = (known[f"{side}_sent"] / known[side]).to_list()
        assert sent == pytest.approx([1.2 if compensate else 1.0] * 2, rel=ACCURACY)
    *_, line = figure(rows, job.recipe).panels[1].lines  # of the shortest positive difference
    assert line.label != "pre - post, delivered"
    *_, line = figure(known, replaced(job.recipe)).panels[1].lines
    assert line.label == "pre - post, delivered"
    assert max(line.y) == pytest.approx(share * -known["lowest"].iloc[-1], rel=3e-3)
    assert min(line.y) == pytest.approx(share * -known["highest"].iloc[-1], rel=3e-3)
    (short,) = rows[rows["difference"] == 1e-6].to_dict("records")
    assert short["highest_voltage"] != short["highest_voltage"]  # 1 us is not measured: NaN


def test_many_readings_are_brought_to_the_device_as_one():
    found = opened("ideal", 200.0, 'terminals.TE.series_resistance="50 ohm"')
    with found.bench as bench:
        trace = bench.apply(
            Hold(
                terminal="TE", level=1.0, count=1500, interval=1e-3, aperture=1e-3, compliance=20e-3
            )
        )
    assert trace.asked.voltage == pytest.approx([0.8] * 1500)
