"""For the tests with projects: what all of them share within one worker."""

from empiardownloader.tests.forked.fixtures import starts

__all__ = ["starts"]
