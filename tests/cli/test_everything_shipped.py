"""Every shipped bench, device and recipe can be put together: planned, or refused in words."""

import pytest

from mho import settings
from mho.cli import main

BENCHES = settings.shipped(settings.BENCHES)
DEVICES = settings.shipped(settings.DEVICES)


@pytest.mark.parametrize(("protocol", "recipe"), settings.shipped_recipes())
def test_a_recipe_on_every_bench_and_device(capsys, protocol, recipe):
    codes = set()
    for bench in BENCHES:
        for device in DEVICES:
            job = ["--bench", bench, "--device", device, "--recipe", recipe]
            codes.add(main(["check", protocol, *job]))
            captured = capsys.readouterr()
            assert "Traceback" not in captured.err
            assert captured.out or captured.err
    assert codes <= {0, 2}
    assert 0 in codes, "no shipped bench and device can do it"
