"""An interrupt while the verdict is made: the last line is printed, and the code is 130."""

import signal

import pytest

from mho.cli import main, running


def strike(*_arguments):
    signal.raise_signal(signal.SIGTERM)


def strike_in_a_library(*arguments):
    """As some do that call back into Python: the interrupt becomes an error of their own."""
    try:
        strike()
    except KeyboardInterrupt:
        raise ValueError("Invalid bounding box") from None


def run(out):
    job = ["run", "ispp", "--bench", "ideal", "--device", "resistor", "--recipe", "one-target"]
    return main([*job, "--out", str(out)])


@pytest.mark.parametrize("what", ["draw_run", "summarise", "print_summary"])
@pytest.mark.parametrize("struck", [strike, strike_in_a_library])
def test_the_last_line_is_the_run_folder(monkeypatch, tmp_path, capsys, what, struck):
    monkeypatch.setattr(running, what, struck)
    assert run(tmp_path) == 130
    captured = capsys.readouterr()
    (folder,) = tmp_path.iterdir()
    assert "".join(captured.out.splitlines()[-1:]) == str(folder)
    assert "interrupted while the verdict was made" in captured.out
    assert "Traceback" not in captured.err


def test_an_error_that_is_no_interrupt_is_none(monkeypatch, tmp_path):
    def fail(*_arguments):
        raise ValueError("Invalid bounding box")

    monkeypatch.setattr(running, "draw_run", fail)
    with pytest.raises(ValueError, match="bounding"):
        run(tmp_path)
