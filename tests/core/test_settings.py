"""Settings: every problem at once, with file and key; nothing unknown slips through."""

import tomllib
from importlib.resources import files

import pytest

from mho import plugins, settings
from mho.device.profile import DeviceProfile
from mho.errors import SettingsError
from mho.job import read_job
from mho.protocols.ispp import IsppRecipe
from mho.settings import SettingsFile, override, validate


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
        'my.toml: targets[1]: "50 us" is not in siemens',
        "my.toml: targets[2]: 5 has no unit",
        'my.toml: tolerence: unknown key "tolerence". Did you mean "tolerance"?',
        "my.toml: step: 0.01 has no unit",
        "my.toml: max_pulses: Input should be greater than or equal to 2",
        "my.toml: set.amplitude: Input should be greater than 0",
        'my.toml: set.limt: unknown key "limt". Did you mean "limit"? Known: amplitude, limit',
    ):
        assert line in told
    assert len(told.splitlines()) == 7


def test_a_list_of_wrong_items_is_not_called_too_short():
    told = problems_of('targets = ["50 us"]')
    assert told.startswith('my.toml: targets[0]: "50 us" is not in siemens') and "\n" not in told
    assert "at least 1 item" in problems_of("targets = []")


def test_missing_keys_are_told():
    assert "my.toml: targets: is missing" in problems_of("")


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
    with pytest.raises(SettingsError, match="not a table"):
        override(file_of("step = 1"), ["step.size=3"])


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


def test_a_file_saved_by_a_windows_editor_is_read(tmp_path):
    (tmp_path / "marked.toml").write_bytes(b"\xef\xbb\xbfname = 'a'\r\n")
    assert settings.read(settings.DEVICES, str(tmp_path / "marked.toml")).data == {"name": "a"}
    (tmp_path / "wide.toml").write_bytes("name = 'a'".encode("utf-16"))
    with pytest.raises(SettingsError, match="save it as UTF-8"):
        settings.read(settings.DEVICES, str(tmp_path / "wide.toml"))


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
