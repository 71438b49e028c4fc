"""What a run may have done to a cell by now: ``dose.bin``, for the case that its process dies.

Before each stimulus the file gets what was counted so far and the worst that this stimulus may do,
in one write. So it never says less than was applied, and at most one stimulus more. A run that
comes to its end writes its dose into ``stop.json`` instead, and the file goes.
"""

import json
import struct
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from mho.dose import Charge, Dose, TerminalDose
from mho.errors import Problem, RecordingError, SettingsError
from mho.recording.documents import RecordedDose
from mho.stimuli import Purpose

DOSE = "dose.bin"

_PARTS = 1 + 3 * len(Purpose)
"""Numbers of a terminal: its pulses, and what `Charge` has, by purpose."""


class DoseFile:
    """Keeps the dose of a run on the disk, from ``before`` on; a header line names the terminals.

    Raises
    ------
    RecordingError
        It cannot be written.
    """

    def __init__(self, folder: Path, terminals: Sequence[str], before: Dose) -> None:
        self._path, self._terminals = folder / DOSE, tuple(terminals)
        header = json.dumps({"terminals": self._terminals}).encode() + b"\n"
        self._start = len(header)
        self._pack = struct.Struct(f"<{_PARTS * len(self._terminals)}d").pack
        unfinished = self._path.with_suffix(".part")
        try:
            # Not in place: the file of a run that goes on is replaced when the new one is whole.
            unfinished.write_bytes(header + self._packed(before))
            unfinished.replace(self._path)
            self._file = self._path.open("r+b", buffering=0)
        except OSError as error:
            raise self._failure(error) from error

    def write(self, dose: Dose) -> None:
        """Keep a dose in place of the one before; raises as the file does when it is made."""
        data = self._packed(dose)
        try:
            self._file.seek(self._start)
            written = self._file.write(data)
        except OSError as error:
            raise self._failure(error) from error
        if written != len(data):
            raise self._failure(OSError("the disk is full"))

    def _packed(self, dose: Dose) -> bytes:
        numbers: list[float] = []
        for terminal in self._terminals:
            at = dose[terminal]
            numbers.append(at.pulses)
            for purpose in Purpose:
                charge = at.charges.get(purpose, Charge())
                numbers += (charge.signed, charge.magnitude, charge.volt_seconds)
        return self._pack(*numbers)

    def close(self, *, forget: bool) -> None:
        """Close the file; ``forget`` it where the dose stands elsewhere by now."""
        self._file.close()
        if forget:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)

    def _failure(self, error: OSError) -> RecordingError:
        return RecordingError(
            f"{self._path} cannot be written: {error.strerror or error}. Without it nobody would "
            "know what the cell has suffered should this process die"
        )


def recorded_dose(dose: Dose) -> tuple[RecordedDose, ...]:
    """A dose as ``stop.json`` has it."""
    return tuple(
        RecordedDose(
            terminal=terminal,
            purpose=purpose,
            pulses=at.pulses if purpose is Purpose.PROGRAM else 0,
            charge=charge.signed,
            charge_either_way=charge.magnitude,
            volt_seconds=charge.volt_seconds,
        )
        for terminal, at in dose.items()
        for purpose, charge in at.charges.items()
    )


def dose_of(recorded: Iterable[RecordedDose]) -> Dose:
    """The dose that `recorded_dose` has written."""
    dose = Dose()
    for one in recorded:
        dose[one.terminal].merge(
            TerminalDose(
                one.pulses,
                {Purpose(one.purpose): Charge(one.charge, one.charge_either_way, one.volt_seconds)},
            )
        )
    return dose


def read_dose(folder: Path) -> Dose | None:
    """What a run that died may have done at most; None where it kept no such file.

    Raises
    ------
    SettingsError
        The file is damaged.
    """
    path = folder / DOSE
    try:
        header, _, packed = path.read_bytes().partition(b"\n")
        terminals = json.loads(header)["terminals"]
        numbers = struct.unpack(f"<{_PARTS * len(terminals)}d", packed)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, struct.error) as error:
        message = f"cannot be read ({error}); what this run did to its cell is not known"
        raise SettingsError([Problem(str(path), message)]) from error
    dose = Dose()
    for index, terminal in enumerate(terminals):
        pulses, *charges = numbers[index * _PARTS : (index + 1) * _PARTS]
        parts = zip(Purpose, zip(*[iter(charges)] * 3, strict=True), strict=True)
        dose[terminal] = TerminalDose(int(pulses), {p: Charge(*three) for p, three in parts})
    return dose
