"""What an SMU must not or cannot be asked for: refused before anything is sent."""

from collections.abc import Iterable, Iterator

from mho.bench import ChannelLimits
from mho.errors import LimitError, UnsupportedError
from mho.quantities import AMPERE, SECOND, VOLT, WATT
from mho.stimuli import Plateau


def refuse_beyond(wanted: Iterable[Plateau], limits: ChannelLimits) -> None:
    """Raise `LimitError` with everything in ``wanted`` that the channel cannot source."""
    refused = dict.fromkeys(text for plateau in wanted for text in _refusals(plateau, limits))
    if refused:
        raise LimitError(refused)


def _refusals(plateau: Plateau, limits: ChannelLimits) -> Iterator[str]:
    who = limits.instrument
    if not abs(plateau.level) <= limits.max_voltage:
        yield f"{VOLT.show(plateau.level)} is beyond the {VOLT.show(limits.max_voltage)} of {who}"
    if not limits.min_compliance <= plateau.compliance <= limits.max_compliance:
        yield (
            f"a compliance of {AMPERE.show(plateau.compliance)} is outside the "
            f"{AMPERE.show(limits.min_compliance)} to {AMPERE.show(limits.max_compliance)} of {who}"
        )
    power = abs(plateau.level) * plateau.compliance
    if power > limits.max_source_power * (1 + 1e-9):
        yield (
            f"{VOLT.show(plateau.level)} limited to {AMPERE.show(plateau.compliance)} may source "
            f"{WATT.show(power)}, above the {WATT.show(limits.max_source_power)} of {who}"
        )


def refuse_untimeable(plateau: Plateau, limits: ChannelLimits) -> None:
    """Raise `UnsupportedError` if the channel cannot time this level or its reading."""
    least = limits.min_aperture
    if not plateau.duration >= limits.min_width * (1 - 1e-9):
        raise UnsupportedError(
            f"{SECOND.show(plateau.duration)} at one level is shorter than the "
            f"{SECOND.show(limits.min_width)} that {limits.instrument} can time"
        )
    if plateau.aperture is not None and not least * (1 - 1e-9) <= plateau.aperture:
        raise UnsupportedError(
            f"a reading over {SECOND.show(plateau.aperture)} is shorter than the "
            f"{SECOND.show(least)} that {limits.instrument} integrates over"
        )
    if plateau.aperture is not None and plateau.aperture > plateau.duration * (1 + 1e-9):
        raise UnsupportedError(
            f"an aperture of {SECOND.show(plateau.aperture)} does not fit into "
            f"{SECOND.show(plateau.duration)} at one level"
        )
