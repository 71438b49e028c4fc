"""Nothing on the probes: every protocol says so, keeps the rows it has, and ends with code 1."""

import pytest

from mho import settings
from mho.cli import main, running

BENCHES = ("ideal", "keithley-4200a", "keithley-4200a-pmu", "ni-pxie-4139")
NO_LIMITS = (
    "device.terminals.TE.min_voltage=-20 V",
    "device.terminals.TE.max_voltage=20 V",
    "device.terminals.TE.max_compliance=100 mA",
)
"""So that no recipe is refused for what was assumed of an open circuit."""

OPEN_TRANSISTOR = ("device.model.parameters.transistor.threshold=100 V",)

ELSEWHERE = {
    "one_transistor_one_resistor": "cu-te-1t1r",
    "transistor": "nmos",
    "write_charge": "ecram-lithium",
    "ocp": "ecram-lithium",
    "charge_response": "ecram-lithium",
}
"""Protocols that ask for more terminals than an open circuit has, or for a source of current."""


@pytest.fixture(autouse=True)
def no_figure(monkeypatch):
    """Drawing would be most of the time."""
    monkeypatch.setattr(running, "draw_run", lambda *_: None)


def verdict(capsys, tmp_path, bench, device, protocol, recipe, options):
    """The exit code; what was said; how many rows are kept."""
    laid = [word for option in options for word in ("--set", option)]
    job = ["--bench", bench, "--device", device, "--recipe", recipe, *laid]
    code = main(["run", protocol, *job, "--out", str(tmp_path)])
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    kept = [len(path.read_text("utf-8").splitlines()) - 1 for path in tmp_path.glob("*/rows.csv")]
    return code, said.out, kept


def is_told(capsys, tmp_path, bench, device, protocol, recipe, options):
    """True if it ran, and told; False if it was refused before."""
    code, said, kept = verdict(capsys, tmp_path, bench, device, protocol, recipe, options)
    if code == 2:
        assert not kept
        return False
    assert code == 1, said
    assert "the contact to the device was lost, so the run is not what was asked for" in said
    assert said.count("contact lost") + said.count("contact was lost") >= 1
    assert kept and kept[0] > 0
    return True


WHOLE_ARRAYS = ("gates", "logistic", "xor")
"""Protocols that know no single cell whose contact could be lost: they name cells that stay."""

RECIPES = [
    (protocol, recipe) for protocol, recipe in settings.shipped_recipes()
    if protocol not in (*ELSEWHERE, *WHOLE_ARRAYS)
]  # fmt: skip
NO_PROFILE = {
    ("ispp", "nine-targets"), ("ispp", "nine-targets-1-percent"), ("stdp", "published"),
    ("program", "ecram-oxide-10-ns"),
}  # fmt: skip
"""Refused: amplitudes that only the curve of a device tells, a second terminal, other widths."""


@pytest.mark.parametrize(("protocol", "recipe"), RECIPES)
def test_an_open_circuit_is_told(capsys, tmp_path, protocol, recipe):
    told = is_told(capsys, tmp_path, "ideal", "open", protocol, recipe, NO_LIMITS)
    assert told == ((protocol, recipe.rpartition("/")[2]) not in NO_PROFILE)


@pytest.mark.parametrize("bench", BENCHES)
@pytest.mark.parametrize(
    ("protocol", "recipe"),
    [("ltp_ltd", "published-80"), ("pulse_response", "cu-te-reset"), ("ppf", "cu-te")],
)
def test_noise_does_not_hide_an_open_circuit(capsys, tmp_path, bench, protocol, recipe):
    """The reads of a train, and the samples of a pulse, are noisier than the floor is high."""
    told = is_told(capsys, tmp_path, bench, "open", protocol, recipe, NO_LIMITS)
    assert told == (bench != "keithley-4200a" or protocol == "ppf")


@pytest.mark.parametrize("bench", BENCHES)
def test_a_transistor_without_contact_is_told(capsys, tmp_path, bench):
    assert is_told(capsys, tmp_path, bench, "nmos", "transistor", "transfer", OPEN_TRANSISTOR)


@pytest.mark.parametrize("protocol", ELSEWHERE)
def test_reads_below_the_floor_are_told_with_three_terminals(capsys, tmp_path, protocol):
    device = ELSEWHERE[protocol]
    recipe = {"one_transistor_one_resistor": "mod-top-electrode", "transistor": "transfer"}
    floor = ("device.contact_floor=1 S",)
    name = recipe.get(protocol, device)
    assert is_told(capsys, tmp_path, "ideal", device, protocol, name, floor)


@pytest.mark.parametrize("protocol", ["pulse_response", "iv"])
def test_little_current_at_a_gate_is_no_lost_contact(capsys, tmp_path, protocol):
    """The floor is of the reads, which are taken at the channel."""
    recipe = {"pulse_response": "ecram-lithium", "iv": "double-sweep"}[protocol]
    job = ("ideal", "ecram-lithium", protocol, recipe, ("device.contact_floor=1 S",))
    code, _, kept = verdict(capsys, tmp_path, *job)
    assert code == 0 and kept[0] > 0


@pytest.mark.slow
@pytest.mark.parametrize("bench", BENCHES[1:])
@pytest.mark.parametrize(("protocol", "recipe"), RECIPES)
def test_an_open_circuit_is_told_on_every_bench(capsys, tmp_path, bench, protocol, recipe):
    is_told(capsys, tmp_path, bench, "open", protocol, recipe, NO_LIMITS)
