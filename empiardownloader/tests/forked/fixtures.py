"""What the tests of projects share within one worker."""

import os

import pytest

from empiardownloader.tests.forked.client import forked_starts


@pytest.fixture(autouse=True, scope="session")
def starts():
    """Fork processes instead of starting them; REAL_STARTS=1 does without."""
    if os.environ.get("REAL_STARTS"):
        yield
        return
    with forked_starts():
        yield
