"""Golden conversations: the driver says what they say, word for word, and reads what they mean."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from benches import keithley_bench
from scripted_4200a import PROFILE

from mho.clock import VirtualClock
from mho.drivers.keithley_4200a.settings import KeithleySettings
from mho.stimuli import Family, Hold, Pulse, PulseTrain, Read, Sweep

FOLDER = Path(__file__).parents[1] / "transcripts"
SMUS = {"TE": {"channel": "SMU1"}, "gate": {"channel": "SMU2"}}
PULSE_CARD = {"TE": {"channel": "PMU1-1", "current_unlimited": True}}

SWEEP = Sweep(
    terminal="TE", levels=(0.0, 0.5, 1.0), dwell=20e-3, aperture=10e-3, compliance=1e-3
)  # fmt: skip
SMU_STIMULI = {
    "step": Pulse(
        terminal="TE", amplitude=1.0, width=20e-3, compliance=1e-3,
        verify=Read(voltage=0.1, aperture=10e-3, settle=5e-3, compliance=1e-4),
    ),
    "linear_sweep": SWEEP,
    "list_sweep": Sweep(
        terminal="TE", levels=(0.2, 0.5, 1.2, 2.0), dwell=20e-3, aperture=10e-3, compliance=1e-4,
        stop_in_compliance=True,
    ),
    "family": Family(sweep=SWEEP, stepped="gate", steps=(1.0, 1.5), step_compliance=1e-4),
    "sampling": Hold(
        terminal="TE", level=0.5, count=3, interval=50e-3, aperture=10e-3, compliance=1e-4
    ),
}  # fmt: skip
PULSE_STIMULI = {
    "pulse_step": Pulse(
        terminal="TE", amplitude=1.0, width=100e-6, compliance=5e-3,
        verify=Read(voltage=0.1, aperture=50e-6, settle=10e-6, compliance=1e-4),
    ),
    "pulse_hold": Hold(
        terminal="TE", level=0.2, count=200, interval=1e-3, aperture=500e-6, compliance=1e-4
    ),
    "pulse_sweep": PulseTrain(
        terminal="TE", amplitudes=tuple(n / 20 for n in range(1, 41)), width=10e-6, rest=10e-6,
        compliance=1e-3,
    ),
    "pulse_burst": PulseTrain(
        terminal="TE", amplitudes=(1.0,) * 4, width=10e-6, rest=10e-6, compliance=1e-3
    ),
}  # fmt: skip


def conversation(name):
    return tomllib.loads((FOLDER / f"conversation_{name}.toml").read_text("utf-8"))


@dataclass
class Prompter:
    """A link whose other side follows the script, and notices every word that is not in it."""

    script: list
    place: str = "the prompter"
    acknowledges: bool = True
    said: list = field(default_factory=list)

    def write(self, message):
        assert message == self.script[len(self.said)]["send"]
        self.said.append(message)

    def read(self):
        return self.script[len(self.said) - 1]["reply"]

    def drain(self):
        """Nothing is left over."""

    def close(self):
        """Nobody to hang up on."""


def test_every_stimulus_has_its_conversation():
    found = {path.stem.removeprefix("conversation_") for path in FOLDER.glob("conversation_*")}
    ends = {"open", "close", "pulse_open", "pulse_close"}
    assert found == {*SMU_STIMULI, *PULSE_STIMULI, *ends}


@pytest.mark.parametrize("name", [*SMU_STIMULI, *PULSE_STIMULI])
def test_the_driver_follows_the_conversation(name):
    pulsed = name in PULSE_STIMULI
    ends = ("pulse_open", "pulse_close") if pulsed else ("open", "close")
    opening, middle, closing = (conversation(part) for part in (ends[0], name, ends[1]))
    script = opening["exchange"] + middle["exchange"] + closing["exchange"]
    link = Prompter(script)
    wired = PULSE_CARD if pulsed else SMUS
    settings = KeithleySettings(connection="GPIB0::17::INSTR", terminals=wired)
    terminals = {terminal: PROFILE.terminals[terminal] for terminal in wired}
    profile = PROFILE.model_copy(update={"terminals": terminals})
    with keithley_bench(settings, profile, VirtualClock(), lambda: link) as bench:
        stimulus = {**SMU_STIMULI, **PULSE_STIMULI}[name]
        readings = bench.apply(stimulus).readings
    assert len(link.said) == len(script)
    assert [list(reading[1:5]) for reading in readings] == middle["readings"]
    assert {reading.terminal for reading in readings} == {stimulus.terminal}
