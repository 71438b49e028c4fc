"""Suites of pytest that hold every bench, device model and protocol to the same meaning.

A test file makes a class of its own of one of them, whose name begins with ``Test``, and says what
is to be tested::

    class TestMyBench(BenchConformance):
        bench = "my_bench.toml"
"""

try:
    import pytest
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "mho.testing.conformance is a suite of pytest, which is not installed; "
        "run: pip install pytest",
        name="pytest",
    ) from error

# So that a claim that fails shows its values, as in a test file.
pytest.register_assert_rewrite(
    "mho.testing.conformance.bench",
    "mho.testing.conformance.device",
    "mho.testing.conformance.family",
    "mho.testing.conformance.on_a_bench",
    "mho.testing.conformance.protocol",
)

from mho.testing.conformance.bench import BenchConformance  # noqa: E402
from mho.testing.conformance.device import DeviceConformance  # noqa: E402
from mho.testing.conformance.family import FamilyConformance  # noqa: E402
from mho.testing.conformance.protocol import ProtocolConformance  # noqa: E402

__all__ = ["BenchConformance", "DeviceConformance", "FamilyConformance", "ProtocolConformance"]
