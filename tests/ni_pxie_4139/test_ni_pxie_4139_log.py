"""What is logged of a session, whoever opens it; that a run with it is whole: ``tests/cli``."""

import logging

import nidcpower
import pytest
from nidcpower import SourceMode, errors

from mho.drivers.ni_pxie_4139.connection import LocalRuntime
from mho.drivers.ni_pxie_4139.session import SmuSession
from mho.errors import ConnectionFailed

LOGGER = "mho.drivers.ni_pxie_4139"
TE = "PXI1Slot2/0"


class Session:
    """Stands in for NI's session with NI's runtime on this computer."""

    instrument_model = "NI PXIe-4139"
    output_enabled = None

    def __init__(self, resource):
        if resource != TE:
            raise errors.DriverError(-1074118656, "no such module")

    def initiate(self):
        return object()

    def set_sequence(self, values, source_delays):
        self.sequence = values, source_delays

    def fetch_multiple(self, count):
        return [(0.5, 1e-6)] * count

    def abort(self):
        raise errors.DriverError(-1074118637, "not\nnow")

    def reset(self):
        raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def runtime(monkeypatch):
    monkeypatch.setattr(nidcpower, "Session", Session)


@pytest.fixture
def logged(caplog):
    caplog.set_level(logging.DEBUG, LOGGER)
    return lambda: [record.getMessage() for record in caplog.records if record.name == LOGGER]


def test_every_exchange_with_ni_s_runtime_is_logged_with_what_came_of_it(logged):
    session = LocalRuntime().open(TE)
    session.source_mode = SourceMode.SEQUENCE
    session.output_enabled = True
    session.set_sequence([0.5, 0.0], source_delays=[1e-3, 0.0])
    assert session.instrument_model == "NI PXIe-4139"
    session.initiate()
    assert session.fetch_multiple(2) == [(0.5, 1e-6)] * 2
    assert logged() == [
        f"-> {TE} open (local)", f"<- {TE} open: done",
        f"-> {TE} source_mode = SourceMode.SEQUENCE", f"<- {TE} source_mode: done",
        f"-> {TE} output_enabled = True", f"<- {TE} output_enabled: done",
        f"-> {TE} set_sequence([0.5, 0.0], source_delays=[0.001, 0.0])",
        f"<- {TE} set_sequence: done",
        f"-> {TE} instrument_model", f"<- {TE} instrument_model: 'NI PXIe-4139'",
        f"-> {TE} initiate()", f"<- {TE} initiate: done",
        f"-> {TE} fetch_multiple(2)", f"<- {TE} fetch_multiple: [(0.5, 1e-06), (0.5, 1e-06)]",
    ]  # fmt: skip


def test_an_error_and_an_interrupt_are_logged_and_go_on(logged):
    session = LocalRuntime().open(TE)
    with pytest.raises(errors.DriverError):
        session.abort()
    with pytest.raises(KeyboardInterrupt):
        session.reset()
    with pytest.raises(ConnectionFailed):
        LocalRuntime().open("PXI1Slot9/0")
    assert logged()[2:] == [
        f"-> {TE} abort()", f"!! {TE} abort: DriverError: -1074118637: not\nnow",
        f"-> {TE} reset()", f"!! {TE} reset: KeyboardInterrupt: ",
        "-> PXI1Slot9/0 open (local)",
        "!! PXI1Slot9/0 open: DriverError: -1074118656: no such module",
    ]  # fmt: skip


def test_while_nobody_listens_the_session_is_ni_s_own():
    assert type(LocalRuntime().open(TE)) is Session


def test_every_member_that_the_driver_calls_is_a_call_of_ni_s_session(monkeypatch):
    """The protocol says which members are calls: what is a property of NI's is one of ours."""
    monkeypatch.undo()
    calls = {name for name, member in vars(SmuSession).items() if callable(member)}
    for name in calls - {"__init__", "__subclasshook__"} - set(dir(object)):
        assert callable(getattr(nidcpower.Session, name)), name
