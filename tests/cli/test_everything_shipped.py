"""Every shipped bench, device and recipe can be put together: planned, or refused in words."""

from itertools import product

import pytest

from mho import settings
from mho.cli import main
from mho.errors import SettingsError
from mho.job import read_job

TOGETHER = tuple(
    product(settings.shipped(settings.BENCHES), settings.shipped(settings.DEVICES))
)  # fmt: skip


def is_accepted(protocol, bench, device, recipe):
    """Whether a job may start; whatever is against it is said in words."""
    try:
        refused = read_job(protocol, bench, device, recipe).refusals()
    except SettingsError as error:
        refused = list(error.problems)
        assert refused
    assert all(map(str, refused))
    return not refused


@pytest.mark.parametrize("pairs", [12, pytest.param(len(TOGETHER), marks=pytest.mark.slow)])
@pytest.mark.parametrize(("protocol", "recipe"), settings.shipped_recipes())
def test_a_recipe_on_benches_and_devices(capsys, protocol, recipe, pairs):
    """On so many pairs, each recipe on others, and on more until one may start."""
    first = 12 * settings.shipped_recipes().index((protocol, recipe)) % len(TOGETHER)
    accepted: dict[tuple[str, str], bool] = {}
    for bench, device in (*TOGETHER[first:], *TOGETHER[:first]):
        if len(accepted) >= pairs and any(accepted.values()):
            break
        accepted[bench, device] = is_accepted(protocol, bench, device, recipe)
    assert any(accepted.values()), "no shipped bench and device can do it"
    # Of those that may start, and of those that may not, the command says so of the first.
    for pair in {may: pair for pair, may in reversed(accepted.items())}.values():
        bench, device = pair
        job = ["--bench", bench, "--device", device, "--recipe", recipe]
        assert main(["check", protocol, *job]) == (0 if accepted[pair] else 2)
        said = capsys.readouterr()
        assert "Traceback" not in said.err and bool(said.err) is not accepted[pair]
