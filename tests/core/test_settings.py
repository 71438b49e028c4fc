"""Settings: every problem at once, with file and key; nothing unknown slips through."""

import tomllib
from dataclasses import replace
from importlib.resources import files
from typing import Annotated, NamedTuple

import pytest

from mho import plugins, settings, settings_text
from mho.cli import main
from mho.clock import VirtualClock
from mho.device.profile import DeviceProfile
from mho.errors import MhoError, SettingsError
from mho.job import read_job
from mho.protocols.ispp import IsppRecipe
from mho.quantities import SECOND
from mho.recording.columns import LongName
from mho.settings import SettingsFile, override, validate
from mho.settings_text import table_of


def file_of(text: str) -> SettingsFile:
    return SettingsFile("my.toml", text, tomllib.loads(text))


def problems_of(text: str, model=IsppRecipe) -> str:
    with pytest.raises(SettingsError) as caught:
        validate(file_of(text), model)
    return str(caught.value)


def test_every_problem_is_told_with_file_and_key():
    told = problems_of(
        """
        targets = ["50 uS", "50 us", 5]
        tolerence = "3 %"
        step = 0.01
        max_pulses = 1
        [set]
        amplitude = "-2 V"
        limt = "2 V"
        """
    )
    for line in (
        'my.toml: targets[1]: "50 us" is a time; did you mean "50 uS"?',
        "my.toml: targets[2]: 5 has no unit",
        'my.toml: tolerence: unknown key "tolerence". Did you mean "tolerance"?',
        "my.toml: step: 0.01 has no unit",
        "my.toml: max_pulses: 1 must be 2 or more",
        'my.toml: set.amplitude: "-2 V" must be above 0 V; did you mean "2 V"?',
        'my.toml: set.limt: unknown key "limt". Did you mean "limit"? Known: amplitude, limit',
    ):
        assert line in told
    assert len(told.splitlines()) == 7


def test_a_list_of_wrong_items_is_not_called_too_short():
    told = problems_of('targets = ["50 us"]')
    assert told.startswith('my.toml: targets[0]: "50 us" is a time') and "\n" not in told
    assert "needs 1 or more, and has 0" in problems_of("targets = []")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('targets = "50 uS"', '"50 uS" stands where a list is wanted; write ["50 uS"]'),
        ("targets = 5", '5 stands where a list is wanted; write ["50 uS"]'),
        ('targets = ["20 kohm"]', "as a conductance that is"),
        ("tolerance = 3", '3 must be below 100 %; did you mean "3 %"?'),
        ('tolerance = "3"', '"3" has no unit; did you mean "3 %"?'),
        ("max_pulses = 3.5", "3.5 must be a whole number"),
        ('max_pulses = "20 V"', "must be a whole number without unit and quotes; did you mean 20?"),
        ('after_set = "Restart"', '"step back" or "restart"; did you mean "restart"?'),
        ('rest = "0.5"', '"0.5" has no unit'),
        (
            "set = 3",
            "3 stands where a table is wanted; write [set] and its keys below it: amplitude",
        ),
        ("read = []", "[] stands where a table is wanted; write [read] and its keys"),
        ('check = "yes"', '"yes" stands where a table is wanted'),
        ('reset = { amplitude = "from profil" }', 'did you mean "from profile"?'),
        (
            'reset = { amplitude = "2 A" }',
            'write a voltage, for example "50 mV", or "from profile"',
        ),
        ('[set]\nstep = "10 mV"', "It is a key of the file itself, above its first [table]"),
        ('amplitude = "2 V"', "It is a key of [set]."),
        ("step = 2025-01-02", "2025-01-02 is not a voltage"),
        ("step = true", "true is not a number"),
    ],
)
def test_problems_are_told_in_the_words_of_a_laboratory(text, told):
    more = "" if "targets" in text else 'targets = ["50 uS"]\n'
    assert told in problems_of(more + text)


def test_a_slip_of_case_in_a_prefix_is_named():
    terminal = '[terminals.TE]\nchannel = "PMU1-1"\ncurrent_unlimited = true\n'
    kind = plugins.load(plugins.DRIVERS, "keithley-4200a")
    text = f'connection = "simulator"\n{terminal}series_resistance = "5 Mohm"'
    assert problems_of(text, kind.settings) == (
        'my.toml: terminals.TE.series_resistance: "5 Mohm" must be 1 Mohm or less; did you mean '
        '"5 mohm"?'
    )


def test_a_misspelt_key_is_not_also_called_missing():
    told = problems_of('target = ["50 uS"]')
    assert told.startswith('my.toml: target: unknown key "target". Did you mean "targets"?')
    assert "\n" not in told


def test_alike_problems_of_a_list_are_told_once():
    told = problems_of(f"targets = {[5] * 300}")
    assert (
        told.startswith("my.toml: targets[0]: 5 has no unit") and "(and 299 more like it)" in told
    )
    assert "\n" not in told


def test_missing_keys_are_told():
    assert 'my.toml: targets: is missing; write for example targets = ["50 uS"]' in problems_of("")
    told = problems_of("[terminals.TE]", DeviceProfile)
    assert 'TE.min_voltage: is missing; write for example min_voltage = "-50 mV"' in told
    assert "my.toml: dose: is missing; write [dose] and its keys below it: max_pulses" in told


def test_options_are_laid_over_a_file():
    recipe = validate(
        override(
            file_of('targets = ["50 uS"]\ntolerance = "3 %"'),
            ["tolerance=1 %", 'targets=["1 uS", "2 uS"]', "reset.margin=0.1 V", "max_pulses=9"],
        ),
        IsppRecipe,
    )
    assert recipe.tolerance == 0.01
    assert recipe.targets == (1e-6, 2e-6)
    assert recipe.reset.margin == 0.1
    assert recipe.max_pulses == 9
    with pytest.raises(SettingsError, match="key=value"):
        override(file_of(""), ["tolerance"])
    with pytest.raises(SettingsError, match="step is not a table but 1"):
        override(file_of("step = 1"), ["step.size=3"])
    with pytest.raises(SettingsError, match="targets is a list; give all of it"):
        override(file_of("targets = [1]"), ["targets.0=3"])


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read"):
        settings.read(settings.DEVICES, str(tmp_path / "none.toml"))
    (tmp_path / "bad.toml").write_text("a = \n")
    with pytest.raises(SettingsError, match="not valid TOML"):
        settings.read(settings.DEVICES, str(tmp_path / "bad.toml"))
    (tmp_path / "latin.toml").write_bytes(b"a = '\xb5'")
    with pytest.raises(SettingsError, match="UTF-8"):
        settings.read(settings.DEVICES, str(tmp_path / "latin.toml"))
    with pytest.raises(SettingsError, match='Did you mean "resistor"'):
        settings.read(settings.DEVICES, "resitor")
    with pytest.raises(SettingsError, match='Did you mean "resistor"'):
        settings.read(settings.DEVICES, "RESISTOR")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "step = 50 mV",
            'line 1 is not valid TOML: step = 50 mV; a quantity stands in quotes: "50 mV"',
        ),
        ("a = 1\n\nb = [50 uS, 3]", "line 3 is not valid TOML: b = [50 uS, 3]; a quantity stands"),
        ("a = 1\na = 2\nb = 3", "line 2 is not valid TOML: a = 2; the same key or table stands"),
        ("[a]\n[a]", "line 2 is not valid TOML: [a]; the same key or table"),
        ('a = "b', "a quote is missing"),
        ("a = [1\nb = 2", "a bracket is missing"),
        ("name = Cu:Te", "a text stands in quotes"),
        ("a", "write it as key = value"),
        ("a = 1e400", "a: inf is beyond anything that can be meant"),
        ("a = nan", "a: nan is beyond anything"),
        ("a = 1e-40", "a: 1e-40 is beyond anything"),
        (f"a = {'9' * 400}", "a: a whole number of very many digits is beyond anything"),
        (f"a = {'9' * 5000}", "a whole number of thousands of digits"),
        (f"a = {'[' * 5000}", "nested too deeply"),
        (f"a = {'[' * 50}{']' * 50}", "a: has tables or lists nested too deeply"),
        (f"{'a.' * 200_000}a = 1", "a key of more than 1000 parts"),
        ('"" = 1', "has a key without a name"),
        ('a = "\\u0000"', 'a: "\\u0000" has a control character'),
        ('a.b = ["\\u001b[31m"]', 'a.b[0]: "\\u001B[31m" has a control character'),
        ('"a\\u0007" = 1', "has a control character in its name"),
    ],
)
def test_what_no_settings_file_has_is_told_with_its_place(text, told):
    with pytest.raises(SettingsError) as caught:
        table_of("my.toml", text)
    assert str(caught.value).startswith("my.toml: ")
    assert told in str(caught.value)
    assert str(caught.value).isprintable() and len(str(caught.value)) < 200


def test_a_file_of_many_megabytes_is_refused_by_its_size(tmp_path, monkeypatch):
    path = tmp_path / "large.toml"
    with path.open("wb") as file:
        file.truncate(48_000_000)
    monkeypatch.setattr(settings_text.tomllib, "loads", lambda _: pytest.fail("it was parsed"))
    with pytest.raises(SettingsError, match=r"has 48\.0 MB; a settings file has 1 MB at most"):
        settings.read(settings.RECIPES, str(path), "ispp")


def test_odd_places_of_files_are_told(tmp_path):
    (tmp_path / "folder.toml").mkdir()
    for name, told in (
        ("folder.toml", "cannot be read"),
        ("a\0.toml", "no file can have this name"),
        ("a" * 5000 + ".toml", "cannot be read"),
    ):
        with pytest.raises(SettingsError, match=told) as caught:
            settings.read(settings.DEVICES, str(tmp_path / name))
        assert str(caught.value).isprintable() and len(str(caught.value)) < 300


def test_a_file_saved_by_a_windows_editor_is_read(tmp_path):
    (tmp_path / "marked.toml").write_bytes(b"\xef\xbb\xbfname = 'a'\r\n")
    assert settings.read(settings.DEVICES, str(tmp_path / "marked.toml")).data == {"name": "a"}
    (tmp_path / "wide.toml").write_bytes("name = 'a'".encode("utf-16"))
    assert settings.read(settings.DEVICES, str(tmp_path / "wide.toml")).data == {"name": "a"}


def test_problems_of_all_files_come_together(tmp_path):
    bench = tmp_path / "bench.toml"
    bench.write_text('kind = "idael"')
    device = tmp_path / "device.toml"
    device.write_text("drive = 3")
    recipe = tmp_path / "recipe.toml"
    recipe.write_text("targets = []")
    with pytest.raises(SettingsError) as caught:
        read_job("ispp", str(bench), str(device), str(recipe))
    told = str(caught.value)
    assert 'Did you mean "ideal"' in told
    assert "device.toml: terminals: is missing" in told
    assert "recipe.toml: targets" in told


def test_problems_of_options_and_files_come_together():
    options = [
        "step.size=3",
        "tolerance=3",
        "bench.kind.x=1",
        "device.dose=3",
        "device.model.kind=x",
    ]
    with pytest.raises(SettingsError) as caught:
        read_job("ispp", "ideal", "resistor", "one-target", options=options)
    told = str(caught.value)
    for words in (
        "--set step.size=3: write",
        'recipe one-target: tolerance: 3 must be below 100 %; did you mean "3 %"?',
        "--set bench.kind.x=1: kind is not a table",
        "device resistor: dose: 3 stands where a table is wanted",
    ):
        assert words in told or "step.size" in words
    assert len(told.splitlines()) >= 4


def test_the_model_of_a_device_is_checked_with_the_rest():
    options = ["device.model.parameters.noise_levl=1", "device.terminals.X.min_voltage=-1 V"]
    with pytest.raises(SettingsError) as caught:
        read_job("ispp", "ideal", "cu-te", "one-target", options=options)
    told = str(caught.value)
    assert "device cu-te: terminals.X.max_voltage: is missing" in told
    for option, words in (
        ("model.kind=cu-et", 'model.kind: unknown device model "cu-et". Did you mean "cu-te"?'),
        ("model.parameters.noise_levl=1", "device cu-te: model.parameters.noise_levl: unknown key"),
        ('model.parameters.lrs_conductance="1 kohm"', 'as a conductance that is "1 mS"'),
        ("model.parameters=3", "device cu-te: model.parameters: 3 stands where a table is wanted"),
    ):
        with pytest.raises(SettingsError) as caught:
            read_job("ispp", "ideal", "cu-te", "one-target", options=[f"device.{option}"])
        assert words in str(caught.value)


def test_a_real_bench_needs_no_model_of_the_device():
    options = ["bench.target=localhost:1", "device.model.kind=of-another-computer"]
    job = read_job("ispp", "ni-pxie-4139", "cu-te", "one-target", options=options)
    assert job.refusals() == []
    with pytest.raises(SettingsError, match="unknown device model"):
        read_job("ispp", "ni-pxie-4139", "cu-te", "one-target", options=options[1:])


def test_a_terminal_that_the_simulated_device_lacks_is_told_on_every_bench():
    terminal = 'device.terminals.X={min_voltage="-1 V", max_voltage="1 V", max_compliance="1 mA"}'
    for bench in ("ideal", "ni-pxie-4139"):
        with pytest.raises(SettingsError, match='the simulated device has no terminal "X"'):
            read_job("ispp", bench, "cu-te", "one-target", options=[terminal])


def test_a_plug_in_that_cannot_be_recorded_is_named_with_its_field(monkeypatch):
    class Row(NamedTuple):
        time: Annotated[float, SECOND, LongName("time")]
        trace: Annotated[list, LongName("a trace")]

    ispp = plugins.load(plugins.PROTOCOLS, "ispp")
    offered = {"bad": replace(ispp, row=Row), "none": object()}
    load = plugins.load
    monkeypatch.setattr(
        plugins, "load", lambda group, name, *at: offered.get(name) or load(group, name, *at)
    )
    for name, words in (
        ("bad", 'the protocol "bad" cannot be recorded: Row.trace: no column can hold'),
        ("none", 'the plug-in behind the protocol "none" is a object, no MeasurementProtocol'),
    ):
        with pytest.raises(MhoError) as caught:
            read_job(name, "ideal", "resistor", "one-target")
        assert words in str(caught.value)


def test_a_step_wider_than_the_range_of_its_terminal_is_found():
    for protocol, recipe, device, option, words in (
        ("iv", "double-sweep", "cu-te", "step=3 V", "recipe: step: one step of 3 V leads beyond"),
        ("ispp", "one-target", "cu-te", "step=3 V", "range of TE, -2.4 V to 2.4 V"),
        (
            "transistor",
            "transfer",
            "nmos",
            "transfer.gate_step=9 V",
            "transfer.gate_step: one step",
        ),
        ("iv", "double-sweep", "cu-te", "bench.max_voltage=5 mV", "range of TE, -5 mV to 5 mV"),
    ):
        refused = read_job(protocol, "ideal", device, recipe, options=[option]).refusals()
        assert words in "\n".join(refused), refused
        unchanged = read_job(protocol, "ideal", device, recipe).refusals()
        assert not unchanged


def test_options_go_to_the_file_they_name():
    job = read_job(
        "ispp",
        "ideal",
        "resistor",
        "one-target",
        options=["tolerance=1 %", "device.dose.max_pulses=7", "recipe.max_pulses=5"],
    )
    assert job.recipe.tolerance == 0.01
    assert job.recipe.max_pulses == 5
    assert job.setup.profile.dose.max_pulses == 7
    assert job.recipe_file.overrides == ("tolerance=1 %", "max_pulses=5")


def test_every_entry_point_loads():
    for group in (plugins.PROTOCOLS, plugins.DRIVERS, plugins.INSTRUMENTS, plugins.DEVICES):
        assert plugins.names(group)
        for name in plugins.names(group):
            assert plugins.load(group, name) is not None
    with pytest.raises(SettingsError, match='Did you mean "ispp"'):
        plugins.load(plugins.PROTOCOLS, "isp")


def test_every_shipped_file_is_valid_and_says_what_it_is():
    assert settings.shipped(settings.BENCHES)
    for name in settings.shipped(settings.DEVICES):
        file, profile = settings.read_device(name)
        assert file.text.startswith("# ")
        assert isinstance(profile, DeviceProfile)
    for name in settings.shipped(settings.BENCHES):
        file = settings.read(settings.BENCHES, name)
        assert file.text.startswith("# ")
        if "kind" in file.data:  # those of several instruments are read in tests of their own
            kind = plugins.load(plugins.DRIVERS, file.data["kind"])
            validate(file, kind.settings, leave=["kind"])
    for protocol, name in settings.shipped_recipes():
        file = settings.read(settings.RECIPES, name, protocol)
        assert file.text.startswith("# ")
        validate(file, plugins.load(plugins.PROTOCOLS, protocol).recipe)
    assert (files("mho.data") / "recipes" / "ispp" / "nine-targets.toml").is_file()


def test_a_profile_that_contradicts_itself_is_refused():
    text = settings.read(settings.DEVICES, "cu-te-1t1r").text
    for change, told in (
        (("write_at", '"TX"'), "not one of the terminals"),
        (("read_voltage", '"9 V"'), "outside the limits"),
        (("pulse_compliance", '"1 A"'), "above max_compliance"),
    ):
        file = override(file_of(text), ["=".join(change)])
        with pytest.raises(SettingsError, match=told):
            validate(file, DeviceProfile)


@pytest.mark.parametrize(
    ("protocol", "recipe", "device", "option"),
    [
        ("iv", "double-sweep", "cu-te", "step=1e12 V"),
        ("forming", "cu-te-ramp", "cu-te", "step=1e12 V"),
        ("multilevel_compliance", "two-levels", "cu-te", "step=1e12 V"),
        ("pulse_response", "cu-te-reset", "cu-te", "sample=1e6 s"),
    ],
)
def test_a_stimulus_without_points_is_refused_and_its_plan_is_shown(
    capsys, protocol, recipe, device, option
):
    files = ["--bench", "ideal", "--device", device, "--recipe", recipe]
    assert main(["check", protocol, *files, "--set", option]) == 2
    captured = capsys.readouterr()
    assert "refused" in captured.err and "Plan" in captured.out


def test_a_rehearsal_longer_than_the_calendar_ends_in_its_last_year():
    clock = VirtualClock()
    clock.sleep(1e12)
    assert clock.wall_time().year == 9999
