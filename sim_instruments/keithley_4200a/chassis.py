"""What is in the chassis: source-measure units, pulse cards, remote amplifiers."""

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from mho.frozen import Frozen


class SmuCard(Frozen):
    """A source-measure unit; 4210 and 4211 are high power."""

    model: Literal["4200", "4201", "4210", "4211"] = Field(
        default="4201", description="4200 and 4201 give 100 mA, 4210 and 4211 give 1 A"
    )
    preamplifier: bool = Field(default=False, description="a 4200-PA is on it: ranges down to 1 pA")

    @property
    def high_power(self) -> bool:
        """1 A instead of 100 mA."""
        return self.model in ("4210", "4211")

    @property
    def token(self) -> str:
        """Its name in the reply to ``*OPT?``, without the number."""
        return ("HP" if self.high_power else "") + "SMU" + ("PA" if self.preamplifier else "")


class PmuCard(Frozen):
    """A 4225-PMU of two channels; ``rpms`` lists those with a 4225-RPM."""

    rpms: tuple[Literal[1, 2], ...] = Field(
        default=(1, 2), description="channels of the card with a 4225-RPM"
    )

    @property
    def suffix(self) -> str:
        """What follows ``PMUn`` in the reply to ``*OPT?``."""
        return "RPM" + "-".join(str(k) for k in sorted(set(self.rpms))) if self.rpms else ""


class Chassis(Frozen):
    """A 4200A-SCS. From a dict or TOML: ``Chassis.model_validate({...})``."""

    smus: tuple[SmuCard, ...] = Field(
        default=(
            SmuCard(preamplifier=True),
            SmuCard(preamplifier=True),
            SmuCard(),
            SmuCard(),
        ),
        max_length=8,
        description="source-measure units SMU1, SMU2, ..., a table [[chassis.smus]] each",
    )
    pmus: tuple[PmuCard, ...] = Field(
        default=(PmuCard(),),
        max_length=4,
        description="pulse cards PMU1, PMU2, ..., a table [[chassis.pmus]] each; [] for none",
    )
    serial: str = Field(default="1442736", description="serial number, as *IDN? and ID tell it")
    firmware: str = Field(
        default="V1.13",
        description="version of Clarius+, as *IDN? and ID tell it; :PMU: needs V1.13 or later",
    )

    @property
    def option_tokens(self) -> tuple[str, ...]:
        """Reply to ``*OPT?``, KXCI manual Rev. E page 4-4."""
        smus = (f"{card.token}{n}" for n, card in enumerate(self.smus, start=1))
        pmus = (f"PMU{n}{card.suffix}" for n, card in enumerate(self.pmus, start=1))
        return (*smus, *pmus)

    @property
    def smu_channels(self) -> tuple[str, ...]:
        """SMU1, SMU2, ..."""
        return tuple(f"SMU{n}" for n in range(1, len(self.smus) + 1))

    @property
    def pmu_channels(self) -> tuple[str, ...]:
        """PMU1-1, PMU1-2, PMU2-1, ...: channel numbers 1, 2, 3, ... of ``:PMU:`` commands."""
        return tuple(f"PMU{n}-{k}" for n in range(1, len(self.pmus) + 1) for k in (1, 2))

    @property
    def rpm_channels(self) -> frozenset[str]:
        """The pulse channels with an RPM."""
        return frozenset(
            f"PMU{n}-{k}" for n, card in enumerate(self.pmus, start=1) for k in card.rpms
        )


def default_wiring(chassis: Chassis, terminals: Iterable[str]) -> dict[str, str]:
    """SMU1 and PMU1-1 to the first terminal, SMU2 and PMU1-2 to the second, and so on.

    Where an SMU and a PMU channel share a terminal, the RPM of the latter joins them: the SMU
    reaches the device only while the RPM is switched to it. A PMU channel without RPM is wired
    where no SMU is.
    """
    names = tuple(terminals)
    smus = dict(zip(chassis.smu_channels, names, strict=False))
    pmus = {
        channel: name
        for channel, name in zip(chassis.pmu_channels, names, strict=False)
        if channel in chassis.rpm_channels or name not in smus.values()
    }
    return {**smus, **pmus}
