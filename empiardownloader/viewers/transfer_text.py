"""The lines above the curves of a transfer, as text."""

import time

from ..transfer.progress import silence_text
from ..units import format_duration, format_size

#: The log has a line a minute while a run goes on; after this long without one it has no process.
_NO_NEWS_SECS = 180


def headingText(status, isActive, history, now=None):
    """Return the state of a run in three lines: registered, downloaded with rate, averages.

    now: seconds since the epoch.
    """
    latest = history.latest
    chosen = "" if history.chosen is None else f" of {history.chosen:,}"
    first = f"{status}: {len(history.registered):,}{chosen} movies registered"
    if latest is None:
        return f"{first}\nNothing has been downloaded yet."
    second = f"{format_size(latest.bytes)} of {format_size(latest.bytes_total)} downloaded"
    if isActive:
        second = ", ".join(
            filter(None, [second, _liveText(latest, history, time.time() if now is None else now)])
        )
    lines = [first, second, f"Running time {format_duration(history.running_seconds)}"]
    if history.mean_rate:
        lines[2] += f", {format_size(history.mean_rate)}/s on average"
    return "\n".join(lines)


def _liveText(latest, history, now):
    """Return rate and time left; while no data arrive, since when and why instead."""
    quiet = now - history.sessions[-1].last
    if quiet > _NO_NEWS_SECS:
        return f"no news of the run for {format_duration(quiet)}: is its process still running?"
    if latest.trouble:
        return silence_text(latest.silent + now - latest.time, latest.trouble, latest.until)
    if latest.bytes >= latest.bytes_total:
        return ""
    text = f"{format_size(latest.rate)}/s over {latest.connections} connections"
    if latest.rate > 0:
        left = (latest.bytes_total - latest.bytes) / latest.rate
        text += f", {format_duration(left)} left"
    return text
