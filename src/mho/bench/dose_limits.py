"""What a run may still do to its device: dose allowed by the profile, and by the plan."""

from collections.abc import Iterable, Mapping
from math import inf

from mho.bench.plan import Plan
from mho.device.profile import DeviceProfile
from mho.dose import Dose, TerminalDose
from mho.quantities import COULOMB

IN_RUN, IN_LIFE = "in this run", "in the life of this cell"


class DoseLimits:
    """Keeps the ``dose`` of a run, and judges whether it may grow.

    What the device has ``suffered`` before counts against its limits, too.
    """

    def __init__(self, profile: DeviceProfile) -> None:
        self._profile = profile
        self.dose = Dose()
        self._suffered = Dose()
        self._max_charge = {
            name: profile.dose.charge_at(name, profile.write_at) for name in profile.terminals
        }
        self._planned_pulses: Mapping[str, int] = {}
        self._max_pulses = dict.fromkeys(profile.terminals, profile.dose.max_pulses)

    def bind(self, plan: Plan) -> None:
        """From now on no more pulses than this plan covers, too."""
        pulses, most = plan.pulses_at, self._profile.dose.max_pulses
        self._planned_pulses = {
            name: self.dose[name].pulses + pulses.get(name, 0) for name in self._max_pulses
        }
        self._max_pulses = {
            name: min(most - self._before(name).pulses, n)
            for name, n in self._planned_pulses.items()
        }

    def suffered(self, dose: Dose) -> None:
        """Count what the device has suffered before this run against its limits, too."""
        self._suffered = dose.copy()
        for name in self._max_charge:
            self._max_charge[name] -= dose.charge(name)
            self._max_pulses[name] -= dose[name].pulses

    def leave(self, terminal: str, charge: float) -> bool:
        """Whether so much charge (C), and a pulse, at a terminal are surely allowed.

        The closed loop asks for it at every step; what is close to a limit takes `refusals`.
        """
        at = self.dose[terminal]
        return at.pulses < self._max_pulses[terminal] and (
            at.charge + charge <= self._max_charge[terminal]
        )

    def refusals(self, worst: Dose) -> list[str]:
        """Why the device, or the plan, allows no more than was applied already."""
        life, when = (self._life(worst), IN_LIFE) if self._suffered else (self.dose, IN_RUN)
        found = charge_refusals(worst, self._profile, life, when)
        most = self._profile.dose.max_pulses
        for terminal, at in worst.items():
            if not at.pulses:
                continue
            planned = self._planned_pulses.get(terminal, inf)
            in_life, in_run = life[terminal].pulses, self.dose[terminal].pulses
            if in_life + at.pulses > most:
                whose = f"max_pulses = {most} of {self._profile.name}"
                found.append(_too_many(in_life, terminal, when, at.pulses, whose))
            if in_run + at.pulses > planned:
                whose = f"the {planned} that the plan covers"
                found.append(_too_many(in_run, terminal, IN_RUN, at.pulses, whose))
        return found

    def _life(self, terminals: Iterable[str]) -> Dose:
        """What was done to the device in all, at these terminals."""
        life = Dose()
        for name in terminals:
            life[name].merge(self.dose[name])
            life[name].merge(self._before(name))
        return life

    def _before(self, terminal: str) -> TerminalDose:
        return self._suffered.get(terminal, TerminalDose())


def charge_refusals(
    worst: Dose, profile: DeviceProfile, passed: Dose | None = None, when: str = IN_RUN
) -> list[str]:
    """Why so much charge must not pass where so much has ``passed`` before, ``when`` that was."""
    found = []
    for terminal, at in worst.items():
        most = profile.dose.charge_at(terminal, profile.write_at)
        if most == inf and at.charge < inf:
            continue
        before = 0.0 if passed is None else passed.charge(terminal)
        if not before + at.charge <= most:
            own = f"max_charge_at.{terminal}" if terminal in profile.dose.max_charge_at else ""
            found.append(
                f"dose: {_coulombs(before)} passed at {terminal} {when} and up to "
                f"{_coulombs(at.charge)} more would exceed {own or 'max_charge'} = "
                f"{COULOMB.show(most)} of {profile.name}"
            )
    return found


def _too_many(applied: int, terminal: str, when: str, more: int, whose: str) -> str:
    return (
        f"dose: {applied} programming pulses were applied at {terminal} {when} and {more} more "
        f"would exceed {whose}"
    )


def _coulombs(charge: float) -> str:
    return COULOMB.show(float(f"{charge:.4g}"))
