"""Rows of every protocol: what they measured is in its own column."""

import pytest

from mho import plugins
from mho.recording.columns import columns
from mho.testing.protocol_runs import frame, run_shipped

QUICK = {
    "ispp": ("cu-te-1t1r", "one-target"),
    "ltp_ltd": ("cu-te", "cu-te"),
    "endurance": ("alpha-fe2o3", "published-275"),
    "ppf": ("cu-te", "cu-te"),
    "pulse_response": ("cu-te", "cu-te-reset"),
    "iv": ("cu-te", "double-sweep"),
    "forming": ("cu-te-pristine", "cu-te-ramp"),
    "multilevel_compliance": ("alpha-fe2o3", "two-levels"),
    "one_transistor_one_resistor": ("cu-te-1t1r", "mod-top-electrode"),
    "read_disturb": ("cu-te", "as-found"),
    "reset_stop": ("cu-te", "results"),
    "retention": ("cu-te", "log-time"),
    "stdp": ("alpha-fe2o3", "published"),
    "transistor": ("nmos", "cu-te-selector"),
    "write_charge": ("ecram-metal-oxide", "ecram-metal-oxide"),
    "ocp": ("ecram-lithium", "ecram-lithium"),
    "charge_response": ("ecram-metal-oxide", "ecram-metal-oxide"),
    "gate_leakage": ("ecram-metal-oxide", "ecram-metal-oxide"),
    "settling": ("ecram-lithium", "ecram-lithium"),
    "gates": ("ecram-array-3x3", "ecram-3x3"),
    "logistic": ("ecram-array-2x2", "ecram-2x2"),
    "xor": ("ecram-array-3x3", "ecram-3x3"),
    "symmetric_point": ("cu-te-1t1r", "cu-te"),
    "characterise": ("cu-te-1t1r", "cu-te"),
    "ladder": ("cu-te-1t1r", "four-levels"),
    "program": ("cu-te-1t1r", "one-target"),
}
COLUMNS = {
    "forming": ("read_voltage", "read_current", "conductance"),
    "stdp": ("voltage", "current", "after"),
}
SHORTER = {
    "ladder": ["repeats=1", "ladder.count=2"],
    "characterise": ["rounds=1", "levels=2", "watch.lasts=1 s"],
    "reset_stop": ["step=100 mV"],
    "read_disturb": ["reads=100"],
    "stdp": ["repeats=2"],
    "charge_response": ["cycles=1"],
    "settling": ["repeats=1"],
    "gates": ["epochs=2"],
    "logistic": ["vectors=20", "epochs=1"],
    "symmetric_point": ["pairs=20"],
}


WHOLE_ARRAYS = ("gates", "logistic", "xor")
"""Their rows name cells, not terminals."""


def test_every_protocol_is_here():
    assert set(QUICK) == set(plugins.names(plugins.PROTOCOLS))


@pytest.mark.parametrize("protocol", QUICK)
def test_conductance_is_current_over_voltage_and_time_goes_on(protocol):
    device, recipe = QUICK[protocol]
    _, rows = run_shipped(protocol, "ideal", device, recipe, options=SHORTER.get(protocol, []))
    assert len(rows) > 3
    voltage, current, conductance = COLUMNS.get(protocol, ("voltage", "current", "conductance"))
    table = frame(rows)
    if {conductance, voltage} <= set(table):
        read = table[(table[voltage] != 0) & table[conductance].notna()]
        assert len(read)
        # The mean of a quotient and the quotient of means differ a little.
        assert (read[current] / read[voltage]).to_list() == pytest.approx(
            read[conductance].to_list(), rel=1e-3, abs=1e-15
        )
    assert table["time"].is_monotonic_increasing
    if protocol in WHOLE_ARRAYS:
        return
    assert set(table["terminal" if "terminal" in table else "pre_terminal"]) <= {
        "TE", "drain", "source", "gate"
    }  # fmt: skip


def test_a_column_of_one_name_has_one_unit_wherever_it_is_measured():
    measured = ("time", "voltage", "current", "conductance", "in_compliance", "status", "amplitude")
    units: dict[str, set[tuple[str, str]]] = {name: set() for name in measured}
    for protocol in QUICK:
        for column in columns(plugins.load(plugins.PROTOCOLS, protocol).row):
            if column.name in units:
                units[column.name].add((column.kind, column.units))
    assert {name: len(found) for name, found in units.items()} == dict.fromkeys(measured, 1)
