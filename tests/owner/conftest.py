"""Locks of their own for the tests of this room."""

import pytest


@pytest.fixture(autouse=True)
def own_locks(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("locks")
    monkeypatch.setenv("MHO_LOCKS", str(folder))
    return folder
