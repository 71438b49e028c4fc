"""The suite that every protocol passes, on a short run of each that is shipped."""

from recorded_runs import SHORT_RUNS

from mho import plugins
from mho.testing.conformance import ProtocolConformance


def test_no_protocol_is_left_out():
    assert set(SHORT_RUNS) == set(plugins.names(plugins.PROTOCOLS))


for name, (device, recipe, options) in SHORT_RUNS.items():
    case = f"Test{name.title().replace('_', '')}"
    facts = {"protocol": name, "device": device, "recipe": recipe, "options": tuple(options)}
    globals()[case] = type(case, (ProtocolConformance,), facts)
