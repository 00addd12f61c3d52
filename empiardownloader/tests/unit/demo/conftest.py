"""Fixture of the miniature archive's tests: one archive for each module, reset for each test."""

import pytest


@pytest.fixture
def archive(served):
    served.reset()
    served.forget_requests()
    return served
