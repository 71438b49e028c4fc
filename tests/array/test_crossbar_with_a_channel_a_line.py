"""A passive crossbar without a selector: each of its lines at a channel of the bench."""

import math

import numpy as np
import pytest

from mho import plugins
from mho.crossbar import Wires, solve
from mho.errors import SettingsError
from mho.laboratory import read_setup
from mho.stimuli import Multiply
from mho.testing.protocol_runs import frame, run_shipped

DEVICE, SIZE, VOLTS = "threshold-crossbar-3x3", 3, 0.1
ROWS, COLUMNS = ([f"{end}[{n}]" for n in range(SIZE)] for end in ("TE", "BE"))
QUIET = "model.parameters.parameters.noise_level=0 %"
OPEN = [f"terminals.{name}.rests=open" for name in (*ROWS, *COLUMNS)]
OHMS = Wires(row_segments=1.0, column_segments=1.0)


def flowing(bench, rows, columns):
    """Currents (A) out of these columns while these rows are driven, the others as they rest."""
    one = Multiply(
        inputs=tuple((ROWS[n], VOLTS) for n in rows), outputs=tuple(COLUMNS[n] for n in columns),
        aperture=1e-3, compliance=1e-3,
    )  # fmt: skip
    return [-reading.current for reading in bench.apply(one)]


def seen(*options):
    """What each cell conducts (S) while all other lines rest; currents of all rows at once."""
    setup = read_setup("ideal", DEVICE, device_options=[QUIET, *options])
    with setup.open() as bench:
        alone = [[flowing(bench, [r], [c])[0] / VOLTS for c in range(SIZE)] for r in range(SIZE)]
        return np.array(alone), flowing(bench, range(SIZE), range(SIZE))


def test_sneak_paths_are_those_of_the_network():
    grounded, together = seen()
    cells = np.full((SIZE, SIZE), grounded.mean())
    for _ in range(5):  # what the cells are behind ohms of their lines
        found = np.array([
            solve(cells, np.eye(SIZE)[r], 0.0, OHMS).column_currents for r in range(SIZE)
        ])  # fmt: skip
        cells *= grounded / found
    assert together == pytest.approx(VOLTS * solve(cells, 1.0, 0.0, OHMS).column_currents, rel=1e-4)
    floating, _ = seen(*OPEN)
    for r, c in np.ndindex(SIZE, SIZE):
        rows, columns = np.full(SIZE, math.nan), np.full(SIZE, math.nan)
        rows[r], columns[c] = 1.0, 0.0
        expected = solve(cells, rows, columns, OHMS).column_currents[c]
        assert floating[r, c] == pytest.approx(expected, rel=1e-3)
        assert floating[r, c] > 1.3 * grounded[r, c]  # through three other cells each


def test_an_array_says_how_many_lines_it_has():
    def of(*options):
        return read_setup("ideal", DEVICE, device_options=list(options)).profile

    assert of().model.kind == "passive-crossbar"
    for option, told in (
        ("model.parameters.rows=2", 'has no terminal "TE[2]"'),
        ("model.parameters.lines={TE='rows', BE='rows'}", "two terminals"),
        ("model.parameters={cell='threshold-power-law'}", "every line has a channel"),
    ):
        with pytest.raises(SettingsError) as error:
            of(option)
        assert told in str(error.value), (option, str(error.value))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_xor_by_memristors(seed):
    """Thresholds part half of a pulse from a whole one."""
    resolved, rows = run_shipped("xor", "ideal", DEVICE, "threshold-3x3", seed=seed)
    kind = plugins.load(plugins.PROTOCOLS, "xor")
    found = {(one.name, one.part): one.value for one in kind.results(frame(rows), resolved)}
    assert found["patterns_right", ""] == found["patterns_right", "later"] == 4
    assert found["worst_weight", ""] < 0.03
