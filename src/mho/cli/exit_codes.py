"""The exit codes of ``mho``."""

DONE = 0
STOPPED = 1
"""A run or a comparison did not end as it should; what was recorded is kept."""

WRONG_INPUT = 2
INTERRUPTED = 130
