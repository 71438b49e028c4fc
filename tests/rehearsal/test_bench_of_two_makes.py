"""One device on instruments of two makes: a run on them, and what a bench file may not say."""

import pytest

from mho.cli import main
from mho.job import read_job
from mho.testing.protocol_runs import frame

INSTRUMENTS = """\
[instruments.ni]
kind = "ni-pxie-4139"
target = "simulator"

[instruments.keithley]
kind = "keithley-4200a"
connection = "simulator"
"""
SMUS = ("SMU1", "SMU2", "SMU3")
SLOTS = ("PXI1Slot2/0", "PXI1Slot3/0", "PXI1Slot4/0")


def bench_file(folder, *, head=INSTRUMENTS, **on):
    """A bench file with each terminal on the instrument of that name; returns its path."""
    parts, smus, slots = [head], iter(SMUS), iter(SLOTS)
    for terminal, instrument in on.items():
        if instrument == "ni":
            channel = f'resource = "{next(slots)}"\nmodel = "20 W"'
        else:
            channel = f'channel = "{next(smus)}"'
        parts.append(f'[terminals.{terminal}]\non = "{instrument}"\n{channel}\n')
    return written(folder, "\n".join(parts))


def written(folder, text):
    path = folder / "bench.toml"
    path.write_text(text, "utf-8")
    return str(path)


def run(protocol, bench, device, recipe, *options):
    job = read_job(protocol, bench, device, recipe, options=options)
    assert job.refusals() == []
    with job.setup.open() as opened:
        rows = frame(list(job.protocol.run(opened, job.recipe)))
        return rows, opened.identities


@pytest.mark.parametrize("on", [{"gate": "ni", "TE": "keithley"}, {"gate": "keithley", "TE": "ni"}])
def test_ispp_on_a_1t1r_cell_whose_gate_is_on_another_make(tmp_path, on):
    """The cell conducts, so one instrument sees what the other one does to its gate."""
    rows, identities = run("ispp", bench_file(tmp_path, **on), "cu-te-1t1r", "one-target")
    assert rows["verdict"].iloc[-1] == "reached"
    assert rows["conductance"].iloc[-1] == pytest.approx(50e-6, rel=0.03)
    models = {identity.terminal: identity.model for identity in identities}
    assert set(models) == {"gate", "TE"} and len(set(models.values())) == 2


def test_without_the_bias_of_the_other_make_the_cell_would_not_conduct(tmp_path):
    path = bench_file(tmp_path, gate="ni", TE="keithley")
    rows, _ = run("ispp", path, "cu-te-1t1r", "one-target", "device.terminals.gate.bias=0 V")
    assert rows["verdict"].iloc[-1] == "contact lost"


@pytest.mark.parametrize("on", [
    {"gate": "ni", "drain": "keithley", "source": "keithley"},
    {"gate": "keithley", "drain": "ni", "source": "ni"},
    {"gate": "ni", "drain": "ni", "source": "keithley"},
])  # fmt: skip
def test_ltp_ltd_with_gate_and_channel_on_two_makes(tmp_path, on):
    options = ("cycles=1", "preparation=[]", "potentiation.pulses=20", "depression.pulses=20")
    job = ("ltp_ltd", bench_file(tmp_path, **on), "ecram-lithium", "ecram-lithium", *options)
    rows, _ = run(*job)
    ideal, _ = run(job[0], "ideal", *job[2:])
    expected = ideal["conductance"].to_numpy()
    assert rows["conductance"].to_numpy() == pytest.approx(expected, rel=4e-3)
    assert rows["conductance"].max() > 1.02 * rows["conductance"].iloc[0]


def test_a_gate_on_another_make_is_written_by_charge(tmp_path):
    path = bench_file(tmp_path, gate="ni", drain="keithley", source="keithley")
    options = ("cycles=1", "preparation=[]")
    rows, _ = run("write_charge", path, "ecram-lithium", "ecram-lithium", *options)
    written = rows[rows["write"] > 0]
    error = (written["delivered"] - written["charge"]) / written["charge"]
    assert error.abs().max() < 0.01 and written["is_reached"].all()


def refused(capsys, protocol, bench, device, recipe, *options):
    """What `mho check` says on standard error; it neither runs nor breaks."""
    laid = [word for option in options for word in ("--set", option)]
    code = main(
        ["check", protocol, "--bench", bench, "--device", device, "--recipe", recipe, *laid]
    )
    captured = capsys.readouterr()
    assert code == 2 and "Traceback" not in captured.err
    assert "nothing is refused" not in captured.out
    return " ".join(captured.err.split())


LITHIUM = ("ecram-lithium", "ecram-lithium")


def test_a_read_at_a_terminal_without_channel(capsys, tmp_path):
    path = bench_file(tmp_path, gate="ni", source="keithley")
    said = refused(capsys, "ltp_ltd", path, *LITHIUM)
    assert "terminals.drain: is missing, but the device ECRAM, lithium has this terminal" in said


def test_a_read_at_no_terminal_of_the_device(capsys):
    said = refused(capsys, "ltp_ltd", "ideal", *LITHIUM, "device.read_at=channel")
    assert 'read_at names "channel", not one of the terminals: gate, drain, source' in said


def test_a_terminal_that_rests_open_without_a_relay(capsys, tmp_path):
    text = f"{INSTRUMENTS}\n" + "".join(
        f'[terminals.{name}]\non = "keithley"\n{channel}\n'
        for name, channel in (
            ("gate", 'channel = "PMU1-1"\ncurrent_unlimited = true'),
            ("drain", 'channel = "SMU1"'),
        )
    )
    text += '[terminals.source]\non = "ni"\nresource = "PXI1Slot2/0"\nmodel = "20 W"\n'
    said = refused(capsys, "retention", written(tmp_path, text), *LITHIUM)
    assert "gate rests open, but a 4225-PMU (PMU1-1) has no relay to open it" in said
    assert 'set terminals.gate.rests = "grounded"' in said


def test_a_current_from_a_pulse_card(capsys, tmp_path):
    text = (
        'kind = "keithley-4200a"\nconnection = "simulator"\n'
        '[terminals.gate]\nchannel = "PMU1-1"\ncurrent_unlimited = true\n'
        '[terminals.drain]\nchannel = "SMU1"\n[terminals.source]\nchannel = "SMU2"\n'
    )
    path = written(tmp_path, text)
    grounded = "device.terminals.gate.rests=grounded"
    for protocol in ("write_charge", "ocp"):
        said = refused(capsys, protocol, path, *LITHIUM, grounded)
        assert "at gate: a 4225-PMU (PMU1-1) cannot source a current" in said


def test_terminals_of_one_stimulus_on_two_instruments(capsys, tmp_path):
    """Spikes of STDP meet to the microsecond; two instruments share no time axis."""
    path = bench_file(tmp_path, TE="ni", BE="keithley")
    said = refused(capsys, "stdp", path, "alpha-fe2o3", "published")
    assert "TE, BE are to be driven together to the instant, but NI PXIe-4139 and a 4200A" in said
    assert "share no time axis" in said


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            f'{INSTRUMENTS}[terminals.TE]\nchannel = "SMU1"\n',
            "terminals.TE.on: is missing; write one of ni, keithley",
        ),
        (
            f'{INSTRUMENTS}[terminals.TE]\non = "keithly"\nchannel = "SMU1"\n',
            'terminals.TE.on: names "keithly", which is no instrument here; write one of ni,',
        ),
        (
            f'{INSTRUMENTS}[terminals.TE]\non = "keithley"\nchannel = "SMU1"\n',
            'instruments.ni: no terminal is on it; write on = "ni" in one, or take it out',
        ),
        (
            f'{INSTRUMENTS}[instruments.ni]\nkind = "ideal"\n',
            "line 8 is not valid TOML: [instruments.ni]; the same key or table stands",
        ),
        (
            f'kind = "ideal"\n{INSTRUMENTS}[terminals.TE]\non = "ni"\n',
            "kind: a bench of several instruments has instruments and terminals only",
        ),
        (
            '[instruments.a]\nkind = "oscilloscope"\n[terminals.TE]\non = "a"\n',
            'instruments.a.kind',
        ),
        (
            '[instruments.a]\n[terminals.TE]\non = "a"\n',
            "instruments.a.kind: is missing; write one of",
        ),
        (
            f'{INSTRUMENTS.replace("simulator", "local", 1)}'
            '[terminals.TE]\non = "ni"\nresource = "PXI1Slot2/0"\nmodel = "20 W"\n'
            '[terminals.gate]\non = "keithley"\nchannel = "SMU1"\n',
            "keithley would be simulated while ni drives a real device",
        ),
    ],
)  # fmt: skip
def test_an_instrument_named_wrongly_twice_or_not_at_all(capsys, tmp_path, text, message):
    said = refused(capsys, "ispp", written(tmp_path, text), "cu-te", "one-target")
    assert message in said


def test_one_address_under_two_names(capsys, tmp_path):
    """Two drivers would talk over one wire."""
    head = INSTRUMENTS.replace("[instruments.ni]", "[instruments.other]").replace(
        'kind = "ni-pxie-4139"\ntarget = "simulator"',
        'kind = "keithley-4200a"\nconnection = "GPIB0::17::INSTR"',
    )
    head = head.replace('connection = "simulator"', 'connection = "GPIB0::17::INSTR"')
    path = bench_file(tmp_path, head=head, gate="other", TE="keithley")
    said = refused(capsys, "ispp", path, "cu-te-1t1r", "one-target")
    assert "instruments.keithley: is the same instrument as other (keithley-4200a" in said
    assert 'name it once and write on = "other" in its terminals' in said
