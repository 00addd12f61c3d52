"""A clock for tests, which only they move."""


class Clock:
    """A clock that stands still until a test sets ``now``, or sleeps by it; in seconds."""

    def __init__(self, now=1000.0):
        self.now = now

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
