"""The suite that every protocol passes, on a short run of each that is shipped; and what is left
of their figures of merit where nothing was measured, or everything was held by the limit."""

import numpy as np
from recorded_runs import SHORT_RUNS

from mho import plugins
from mho.testing.conformance import ProtocolConformance

MEASURED = (
    "voltage", "current", "conductance", "pulse_current", "read_voltage", "read_current", "before",
    "after", "change", "potential", "delivered", "window", "gap", "energy", "pulse_voltage",
    "highest_voltage", "lowest_voltage", "sample_voltage", "pulse_energy", "signal", "probability",
    "hidden_1", "hidden_2", "output_sum",
)  # fmt: skip
COUNTED = {
    "cycles_survived", "limited", "declared", "missed", "declared_share", "most_pulses",
    "median_pulses", "pulses", "set_cycles", "reset_cycles", "levels", "reached_share",
    "pulses_at_limit", "median_looks", "median_reads", "median_observation_time", "learnt",
    "pulse_width", "programmed_again", "write_time", "first_read_after", "breakdowns",
    "bursts_per_cell", "accuracy_of_software",
}  # fmt: skip
"""What rows tell without a measured number: verdicts of a protocol, and how many."""

LIMITED_TOO = COUNTED | {
    "forming_voltage", "largest_current", "energy", "charge", "set_power", "reset_power",
    "worst_charge_error", "delivered_share", "delivered_amplitude", "pulse_energy",
    "median_stress", "median_energy",
}  # fmt: skip
"""What rows tell though the current limit held each of them."""


def test_no_protocol_is_left_out():
    assert set(SHORT_RUNS) == set(plugins.names(plugins.PROTOCOLS))


class Shipped(ProtocolConformance):
    def test_nothing_measured_gives_no_number(self, job, recorded):
        rows = recorded.rows.copy()
        for name in set(MEASURED) & set(rows):
            rows[name] = np.nan
        assert self.numbers(job, recorded, rows) <= COUNTED

    def test_everything_in_the_limit_gives_no_number(self, job, recorded):
        rows = recorded.rows.copy()
        for name in rows:
            if name.endswith("in_compliance"):
                rows[name] = True
        assert self.numbers(job, recorded, rows) <= LIMITED_TOO

    def numbers(self, job, recorded, rows):
        found = self.results(job, recorded, rows)
        return {one.name for one in found if isinstance(one.value, float)}

    def test_most_of_them_are_known_of_a_whole_run(self, recorded):
        known = [one for one in recorded.results.results if one.value is not None]
        assert len(known) > 0.5 * len(recorded.results.results)
        inside = [one for one in known if one.interval is not None]
        for one in inside:
            low, high = one.interval
            assert (low is None or low <= one.value) and (high is None or one.value <= high)


for name, (device, recipe, options) in SHORT_RUNS.items():
    case = f"Test{name.title().replace('_', '')}"
    facts = {"protocol": name, "device": device, "recipe": recipe, "options": tuple(options)}
    globals()[case] = type(case, (Shipped,), facts)
