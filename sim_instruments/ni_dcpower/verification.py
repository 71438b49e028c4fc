"""Which configurations cannot run: levels, limits and timing of a single point or of every step."""

from collections.abc import Iterable

from mho.sim_instruments.ni_dcpower.attribute import Settings
from mho.sim_instruments.ni_dcpower.operating_point import BIASES, FAMILIES, check
from mho.sim_instruments.ni_dcpower.sequences import Sequences
from mho.sim_instruments.ni_dcpower.specifications import Version
from mho.sim_instruments.ni_dcpower.timing import check_timing
from mho.sim_instruments.ni_dcpower.values import SINGLE_POINT


def check_configuration(settings: Settings, sequences: Sequences, version: Version) -> None:
    """Refuse what cannot run."""
    configurations: Iterable[Settings] = [settings]
    if settings["SOURCE_MODE"] != SINGLE_POINT:
        configurations = ({**settings, **step} for step in sequences.distinct_steps(settings))
    for configuration in configurations:
        check_timing(configuration, version)
        check_levels(configuration)


def check_levels(settings: Settings, *, smallest_limit: bool = True) -> None:
    """Refuse levels and limits, those of a pulse and of its bias; see `operating_point.check`."""
    function = settings["OUTPUT_FUNCTION"]
    check(settings, FAMILIES[function], smallest_limit=smallest_limit)
    if function in BIASES:
        check(settings, BIASES[function], smallest_limit=smallest_limit)
