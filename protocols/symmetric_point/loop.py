"""The pulses up and down in turn, and what they apply."""

from collections.abc import Iterator

from mho.bench import Bench, Plan, Planned
from mho.device.profile import DeviceProfile
from mho.protocols.breakdown import ends_at_breakdown
from mho.protocols.contact import contact_lost, is_silent, planned_contact_reads
from mho.protocols.preparation import planned_preparation, prepare
from mho.protocols.quoting import brief
from mho.protocols.symmetric_point.recipe import SymmetricPointRecipe
from mho.protocols.symmetric_point.row import SymmetricPointRow, Verdict
from mho.protocols.verify import read_if_compensated, verify_read
from mho.quantities import SIEMENS
from mho.stimuli import Pulse, duration


def _broken(row: SymmetricPointRow) -> SymmetricPointRow:
    return row._replace(verdict=Verdict.BREAKDOWN)


@ends_at_breakdown(_broken)
def symmetric_point(bench: Bench, recipe: SymmetricPointRecipe) -> Iterator[SymmetricPointRow]:
    """From each start, a pulse up and one down in turn, each with its read; one row a pulse.

    Raises
    ------
    LimitError, UnsupportedError, InstrumentError
        From the bench. Rows yielded before are valid.
    """
    profile = bench.profile
    up, down = _pulse(recipe, profile, recipe.set), _pulse(recipe, profile, -recipe.reset)
    last = len(recipe.starts) - 1
    for index, start in enumerate(recipe.starts):
        prepare(bench, start.prepare, recipe.read)
        read_if_compensated(bench, recipe.read)
        for number in range(1, 2 * recipe.pairs + 1):
            pulse = up if number % 2 else down
            trace = bench.apply(pulse)
            pulsed, read = trace
            is_last = index == last and number == 2 * recipe.pairs
            verdict = Verdict.COMPLETE if is_last else Verdict.GOES_ON
            if is_silent(read, profile) and contact_lost(bench, recipe.read):
                verdict = Verdict.CONTACT_LOST
            yield SymmetricPointRow(
                time=read.time,
                start=index,
                pulse=number,
                terminal=pulse.terminal,
                amplitude=pulse.amplitude,
                width=pulse.width,
                sent=trace.sent(pulse.amplitude),
                sent_at_limit=trace.at_limit,
                pulse_voltage=pulsed.voltage,
                pulse_current=pulsed.current,
                pulse_in_compliance=pulsed.in_compliance,
                voltage=read.voltage,
                current=read.current,
                conductance=read.conductance,
                in_compliance=read.in_compliance,
                status=read.status,
                verdict=verdict,
            )
            if verdict is Verdict.CONTACT_LOST:
                return


def _pulse(recipe: SymmetricPointRecipe, profile: DeviceProfile, does: float) -> Pulse:
    """A pulse that raises (or, where ``does`` is negative, lowers) the conductance."""
    return Pulse(
        terminal=profile.write_at,
        amplitude=profile.set_sign * does,
        width=recipe.width or profile.pulse_width,
        compliance=recipe.compliance or profile.pulse_compliance,
        rest=recipe.rest,
        verify=verify_read(recipe.read, profile),
    )


def plan(recipe: SymmetricPointRecipe, profile: DeviceProfile) -> Plan:
    """Both pulses, as often as they are applied, and the preparations."""
    starts = len(recipe.starts)
    each = recipe.pairs * starts
    prepared = tuple(
        planned
        for start in recipe.starts
        for planned in planned_preparation(start.prepare, profile, read=recipe.read)
    )
    planned = (
        *prepared,
        Planned(what="pulse up + read", stimulus=_pulse(recipe, profile, recipe.set), at_most=each),
        Planned(
            what="pulse down + read", stimulus=_pulse(recipe, profile, -recipe.reset), at_most=each
        ),
        planned_contact_reads(recipe.read, profile, 2 * each),
    )
    return Plan(
        planned=planned, duration=sum(one.at_most * duration(one.stimulus) for one in planned)
    )


def progress(row: SymmetricPointRow, recipe: SymmetricPointRecipe) -> tuple[float, str]:
    """Share of the pulses done, and where the device stands."""
    done = (row.start + row.pulse / (2 * recipe.pairs)) / len(recipe.starts)
    name = recipe.starts[row.start].name
    return done, f"{name}, pair {(row.pulse + 1) // 2}: {brief(row.conductance, SIEMENS)}"
