"""Fixtures of the archive's tests: a scripted server, and the waits that a test asked for."""

import pytest
from scripted_http import scripted_server


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with scripted_server() as script:
        yield script


@pytest.fixture
def naps():
    return []
