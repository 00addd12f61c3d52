"""Waiting for a condition that another thread or process brings about."""

import time


def wait_until(condition, seconds=60):
    """Return when the condition holds; AssertionError after so many seconds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come about in time"
        time.sleep(0.01)
