"""Fixtures of the transfer's tests: the archive of movies, and no proxy."""

import pytest
from transfer_scenarios import serve_movies


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """One for each module, unless it has an archive of its own."""
    with serve_movies(tmp_path_factory.mktemp("archive")) as served:
        yield served


@pytest.fixture
def no_proxy(monkeypatch):
    """Connect directly, in any environment."""
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def addressed(archive, monkeypatch):
    """Let the settings name the module's archive, without a proxy."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name, value in archive.environment.items():
        monkeypatch.setenv(name, value)
