"""For the tests with projects: what all of them share within one worker."""

import os

import pytest

from empiardownloader.tests.forked.client import forked_starts


@pytest.fixture(autouse=True, scope="session")
def _starts():
    if os.environ.get("REAL_STARTS"):
        yield
        return
    with forked_starts():
        yield
