"""What the bytes of a settings file may be."""

import pytest

from mho.errors import SettingsError
from mho.settings_text import text_of

TEXT = 'tolerance = "3 %"  # µ\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_what_editors_and_shells_on_windows_write_is_read(tmp_path, encoding):
    path = tmp_path / "recipe.toml"
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    path.write_bytes(mark + TEXT.encode(encoding))
    assert text_of("recipe", path) == TEXT


def test_other_bytes_are_no_text(tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_bytes(TEXT.encode("latin-1"))
    with pytest.raises(SettingsError, match="line 1"):
        text_of("recipe", path)
    path.write_bytes(b"\xff\xfe" + TEXT.encode("utf-16-le") + b"x")
    with pytest.raises(SettingsError, match="not UTF-8"):
        text_of("recipe", path)
