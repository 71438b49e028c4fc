"""The files of published numbers: complete, with units that parse, and pointing at what exists."""

import re
import tomllib
from importlib.resources import files

import pytest

from mho import plugins, quantities, settings
from mho.job import read_job
from mho.quantities import Unit

UNITS = [unit for unit in vars(quantities).values() if isinstance(unit, Unit)]
VALUES = ("value", "range", "at_least", "at_most", "statement")
ALWAYS = {"id", "what", "kind", "where"}
MAY = {
    *VALUES, "approximate", "measurand", "sample", "criterion", "device", "parameters", "protocol",
    "recipe", "verdict", "not_measured", "merit", "part", "over", "benches", "basis", "judged_by",
    "options", "bench_options", "counts_from", "counts_to", "explanation", "over_devices",
    "devices",
}  # fmt: skip

FILES = {
    entry.name: tomllib.loads(entry.read_text("utf-8"))
    for entry in sorted((files("mho.data") / "reference").iterdir(), key=lambda entry: entry.name)
    if entry.name.endswith(".toml")
}
NUMBERS = [
    pytest.param(number, id=f"{name}:{number.get('id')}")
    for name, file in FILES.items()
    for number in file["number"]
]


def parsed(value):
    """The SI value of a quoted quantity, and its unit; a plain number has none."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value), None
    found = []
    for unit in UNITS:
        try:
            found.append((unit.parse(value), unit))
        except ValueError:
            continue
    assert len(found) == 1, f"{value!r} is a quantity of {len(found)} units"
    return found[0]


def test_there_are_numbers_of_both_papers():
    assert len(FILES) >= 2
    assert len(NUMBERS) >= 70
    for file in FILES.values():
        assert set(file) == {"source", "number"}
        source = file["source"]
        told = {"key", "title", "authors", "journal", "doi", "known_as"}
        assert told <= set(source) <= told | {"other_device"}
        assert source["known_as"]
        assert source["doi"] == "" or re.fullmatch(r"10\.\d{4,}/\S+", source["doi"])
        ids = [number["id"] for number in file["number"]]
        assert len(ids) == len(set(ids))
        assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", one) for one in ids)


@pytest.mark.parametrize("number", NUMBERS)
def test_every_field_is_there_and_means_something(number):
    assert set(number) >= ALWAYS
    assert set(number) <= ALWAYS | MAY
    assert number["what"] and number["where"]
    assert number["kind"] in ("result", "setting", "statement")
    assert sum(key in number for key in VALUES) == 1
    assert (number["kind"] == "statement") == ("statement" in number)
    assert ("statement" in number) == ("criterion" in number)
    # A measured value needs an allowance within which it counts as found; a bound is its own.
    assert ("measurand" in number) == ("merit" in number and "value" in number)


@pytest.mark.parametrize("number", NUMBERS)
def test_every_value_has_a_unit_that_parses(number):
    for key in ("value", "at_least", "at_most"):
        if key in number:
            assert parsed(number[key])[0] != 0
    if "range" in number:
        (low, unit), (high, other) = map(parsed, number["range"])
        assert low < high and unit is other


@pytest.mark.parametrize("number", NUMBERS)
def test_it_says_what_measures_it_or_why_nothing_does(number):
    assert ("protocol" in number) != ("not_measured" in number)
    if "not_measured" in number:
        assert not {"protocol", "recipe", "verdict"} & set(number)
        return
    assert {"recipe", "verdict", "device"} <= set(number)
    assert number["protocol"] in plugins.names(plugins.PROTOCOLS)
    for run in (number, number.get("over")):
        for bench in number.get("benches", ["ideal"]) if run else ():
            what = (run["protocol"], bench, run["device"], run["recipe"])
            options = [*run.get("options", ()), *number.get("bench_options", {}).get(bench, ())]
            assert read_job(*what, options=options).refusals() == []


@pytest.mark.parametrize("number", NUMBERS)
def test_what_the_model_was_fitted_to_is_told_with_the_parameters(number):
    assert ("parameters" in number) or number.get("basis") != "fitted"
    if "parameters" in number:
        _, profile = settings.read_device(number["device"])
        assert number["parameters"]
        for path in number["parameters"]:
            model = plugins.load(plugins.DEVICES, profile.model.kind).parameters
            for name in path.split("."):
                assert name in model.model_fields, path
                model = model.model_fields[name].annotation


@pytest.mark.parametrize(
    ("file", "key", "protocol", "recipe", "field"),
    [
        ("cu-te-1t1r", "step-by-methods", "reset_stop", "methods", "step"),
        ("cu-te-1t1r", "step-by-results", "reset_stop", "results", "step"),
        ("cu-te-1t1r", "reads-by-methods", "reset_stop", "methods", "reads.duration"),
        ("cu-te-1t1r", "reads-by-results", "reset_stop", "results", "reads.duration"),
        ("cu-te-1t1r", "retention-time", "reset_stop", "with-retention", "retention.duration"),
        ("cu-te-1t1r", "read-interval", "reset_stop", "with-retention", "retention.interval"),
        ("cu-te-1t1r", "full-set", "reset_stop", "results", "set_amplitude"),
        ("cu-te-1t1r", "read-voltage", "reset_stop", "results", "read.voltage"),
        ("cu-te-1t1r", "ispp-step", "ispp", "nine-targets", "step"),
        ("cu-te-1t1r", "ispp-first-potentiation", "ispp", "nine-targets", "set.amplitude"),
        ("alpha-fe2o3-synapse", "iv-compliance", "iv", "alpha-fe2o3-100-cycles", "set_compliance"),
        (
            "alpha-fe2o3-synapse",
            "iv-compliance",
            "iv",
            "alpha-fe2o3-100-cycles",
            "reset_compliance",
        ),
        (
            "alpha-fe2o3-synapse",
            "ltp-amplitude",
            "ltp_ltd",
            "published-80",
            "potentiation.amplitude",
        ),
        ("alpha-fe2o3-synapse", "ltd-amplitude", "ltp_ltd", "published-80", "depression.amplitude"),
        ("alpha-fe2o3-synapse", "pulse-width", "ltp_ltd", "published-80", "potentiation.width"),
        ("alpha-fe2o3-synapse", "pulse-width", "ltp_ltd", "published-80", "depression.width"),
        ("alpha-fe2o3-synapse", "pulses", "ltp_ltd", "published-80", "potentiation.pulses"),
        (
            "alpha-fe2o3-synapse",
            "fig-4-ltp-amplitude",
            "ltp_ltd",
            "fig-4",
            "potentiation.amplitude",
        ),
        ("alpha-fe2o3-synapse", "fig-4-ltd-amplitude", "ltp_ltd", "fig-4", "depression.amplitude"),
        ("alpha-fe2o3-synapse", "stdp-amplitude", "stdp", "published", "pre.amplitude"),
        ("alpha-fe2o3-synapse", "stdp-amplitude", "stdp", "published", "post.amplitude"),
    ],
)
def test_the_recipes_have_the_published_settings(file, key, protocol, recipe, field):
    number = next(n for n in FILES[f"{file}.toml"]["number"] if n["id"] == key)
    assert (number["protocol"], number["recipe"]) == (protocol, recipe)
    value = read_job(protocol, "ideal", number["device"], recipe).recipe
    for part in field.split("."):
        value = getattr(value, part)
    assert value == abs(parsed(number["value"])[0])  # recipes have magnitudes
