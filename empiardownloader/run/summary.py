"""The summary of a run: what changes and what needs the user first, then the facts."""

import re

from ..archive.emdb import ASSUMED_ORIGIN
from ..transfer_log import grouped_lines
from ..units import format_duration, format_size

#: Values of the acquisition beside pixel size and dose: label, name, unit.
QUANTITIES = (
    ("Voltage", "voltage", " kV"),
    ("Spherical aberration", "spherical_aberration", " mm"),
    ("Amplitude contrast", "amplitude_contrast", ""),
    ("Magnification", "magnification", ""),
)
_COLOUR = re.compile("\033\\[[0-9;]*m")
_HEADING = "Protocol failed: "
_MOST_REASONS = 20  # lines
_MOST_IN_ERROR = 50  # lines
STOPPING = "Stopping: the current files are finished, then the set is closed."
STOPPED = "*Stopped by you.* Use Continue to download the rest."
#: The text after it in a line is true only while the run goes on.
LIVE = "\t"


def current_lines(text, active):
    """Yield the lines of a stored summary, without live states if the run is not active."""
    for line in text.split("\n"):
        known, mark, live = line.partition(LIVE)
        if active:
            yield known + live
        elif known or not mark:
            yield known


def with_state(lines, state):
    """Return a summary with the run's state, if any, below its title."""
    kept = [line for line in lines if line != STOPPED]
    return [*kept[:1], state, *kept[1:]] if state else lines


def plain_error(message):
    """Return an error without Scipion's colours and heading."""
    text = _COLOUR.sub("", message or "")
    return text[len(_HEADING):] if text.startswith(_HEADING) else text


def failed_state(error):
    """Return the first line of a run's error as its state."""
    headline = plain_error(error).strip().split("\n")[0]
    return f"*Failed:* {headline}" if headline else "*Failed*"


# -- what changes ---------------------------------------------------------------------------------


def live_state(snapshot, server):
    """Return the state of an active run: its download, or the registration of the last images."""
    if snapshot is None:
        return f"{LIVE}Registering"
    return LIVE + (f"*{snapshot.silence}*" if snapshot.is_silent else f"Downloading from {server}")


def transfer_lines(history, selected, registered, snapshot, limit, noun="movie"):
    """Return how many images are downloaded and registered.

    selected: local names of the files to download; snapshot: the progress, None when it has ended;
    limit: how many images are wanted, None for all.
    """
    if not selected:
        return [f"*Registered:* {registered} {noun}s"] if registered else []
    # Files that are no images are replaced by others, and count neither here nor there.
    images = set(selected).difference(history.left_out)
    total = len(images) if limit is None else min(limit, len(images))
    downloaded = min(total, len(images.intersection(history.arrived)))
    return [
        f"*Downloaded:* {downloaded} of {total} {noun}s{_size_text(history, snapshot)}",
        f"*Registered:* {registered} of {max(total, registered)} {noun}s",
    ]


def _size_text(history, snapshot):
    state = snapshot if snapshot is not None and snapshot.files_total else None
    if state is None:
        latest = history.latest
        if latest is None:
            return ""
        return f", {format_size(latest.bytes)} of {format_size(latest.bytes_total)}"
    size = f", {format_size(state.bytes_done)} of {format_size(state.bytes_total)}"
    if state.is_silent or state.bytes_done >= state.bytes_total:
        return size
    live = f" at {format_size(state.rate)}/s"
    if state.seconds_left is not None:
        live += f"; {format_duration(state.seconds_left)} left"
    return size + LIVE + live


def average_line(history):
    """Return the bytes received, in what time; '' where nothing was."""
    if not history.mean_rate:
        return ""
    sessions = len(history.sessions)
    average = f"{format_size(history.mean_rate)}/s on average"
    average += f", {sessions} sessions" if sessions > 1 else ""
    running = format_duration(history.running_seconds)
    return f"Received {format_size(history.fetched)} in {running} ({average})"


# -- what needs the user --------------------------------------------------------------------------


def assumed_lines(description, frames, has_dose):
    """Return lines on values that are assumed, because EMPIAR and EMDB lack them."""
    assumed = [
        f"{label.lower()} {value.value:g}{unit}"
        for label, name, unit in QUANTITIES
        for value in [getattr(description.acquisition, name)]
        if value.origin == ASSUMED_ORIGIN
    ]
    lines = [f"Assumed, not in EMPIAR or EMDB: {', '.join(assumed)}"] if assumed else []
    if has_dose and _lacks_dose(description, frames):
        lines.append(_dose_line(description, frames))
    return lines


def reason_lines(title, reasons):
    """Return a heading with the count and one line per file or cause; ``reasons`` by name."""
    if not reasons:
        return []
    lines = grouped_lines(dict(sorted(reasons.items())), alone=_MOST_REASONS)
    shown = [f"  {line}" for line in lines[:_MOST_REASONS]]
    if len(lines) > _MOST_REASONS:
        shown.append(f"  and {len(lines) - _MOST_REASONS} more, see Analyze results")
    return [f"*{title}:* {len(reasons)}", *shown]


def error_text(headline, reasons):
    """Return the error of a run: one sentence, then a line per file or cause, of many the first."""
    lines = grouped_lines(dict(sorted(reasons.items())), alone=_MOST_IN_ERROR)
    more = len(lines) - _MOST_IN_ERROR
    ending = [f"and {more} more, see Analyze results"] if more > 0 else []
    return "\n".join([headline, *lines[:_MOST_IN_ERROR], *ending])


def missing_error(history, total, noun="movie"):
    """Return the error of a run in which images are missing; total: how many were wanted."""
    fatal = history.failed.get("", "")
    alone = {name: why for name, why in history.missing.items() if why != fatal}
    arrived = len(set(history.arrived).difference(history.left_out, history.missing))
    count = max(len(history.missing), total - arrived)
    them = "it" if count == 1 else "them"
    cause = f": {fatal.rstrip('.')}" if fatal else ""
    headline = f"{count} of {total} {noun}s could not be downloaded{cause}."
    return error_text(f"{headline} Continue tries {them} again.", alone)


# -- facts ----------------------------------------------------------------------------------------


def title_line(found):
    """Return the entry's title and accession."""
    return f"*{found.entry.title or 'No title'}* ({found.entry.accession})"


def entry_lines(found, contents):
    """Return EMPIAR's description of the entry and the image set; contents: the expected kind."""
    entry, image_set = found.entry, found.image_set
    about = image_set.name or image_set.directory
    # Of a set that was chosen although it holds other images, the kind is news.
    kind = "" if contents.is_in(image_set) else f" ({image_set.category})"
    lines = [f"Image set {image_set.number}: {about}{kind}"]
    others = [
        f"{other.number} ({other.name or other.directory})"
        for other in filter(contents.is_in, entry.image_sets)
        if other.number != image_set.number
    ]
    facts = (
        (f"Other {contents.noun[:-1]} sets of the entry", ", ".join(others)),
        ("Format", image_set.data_format),
        ("Whole entry", entry.dataset_size),
        ("Organization", entry.organization),
        ("Deposited", entry.deposition_date),
        ("Released", entry.release_date),
    )
    return lines + [f"{label}: {value}" for label, value in facts if value]


def descriptionLines(description, frames):
    """Return each value with its source."""
    rate = description.samplingRate
    known = f"{rate.value:g} Å/px ({rate.origin})" if rate.value else (
        "unknown to EMPIAR. Enter it in the form if the movies do not tell it."
    )
    lines = [f"Pixel size: {known}"]
    for label, name, unit in QUANTITIES:
        value = getattr(description.acquisition, name)
        lines.append(f"{label}: {value.value:g}{unit} ({value.origin})")
    return [*lines, _dose_line(description, frames)]


def known_lines(description, frames):
    """Return each value with its source, without the dose where it is unknown."""
    lines = descriptionLines(description, frames)
    return lines[:-1] if _lacks_dose(description, frames) else lines


def _lacks_dose(description, frames):
    return description.dosePerFrame(frames).value is None


def _dose_line(description, frames):
    dose = description.dosePerFrame(frames)
    if dose.value is None:
        return "Dose per frame: unknown (0 in the set). Enter it if you want dose weighting."
    return f"Dose per frame: {dose.value:.3g} e/Å² ({dose.origin})"
