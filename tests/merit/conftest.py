"""``pytest -n 0 tests/merit --interval-sets 1000``: a table of what 95 % intervals hold."""

import pytest
from interval_coverage import MEASURING, table


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--interval-sets", type=int, help="measure the coverage of every interval")


def pytest_configure(config: pytest.Config) -> None:
    MEASURING.sets = config.getoption("--interval-sets", None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if MEASURING.found:
        terminalreporter.write_line("\n".join(table(MEASURING.found)))
