"""The words of the summary, of the methods text and of the citations."""

from pyworkflow.protocol.constants import STATUS_NEW, STATUS_SAVED

from ..units import bytes_text, seconds_text
from .destinations import store_of
from .options import GAIN_BY_PATH, GAIN_LOCAL, GAIN_NONE

_UNITS = (
    ("Voltage", "voltage", " kV"),
    ("Spherical aberration", "spherical_aberration", " mm"),
    ("Amplitude contrast", "amplitude_contrast", ""),
    ("Magnification", "magnification", ""),
)
_GIVEN = (
    ("pixel size", "samplingRate", " Å/px"),
    ("voltage", "voltage", " kV"),
    ("spherical aberration", "sphericalAberration", " mm"),
    ("amplitude contrast", "amplitudeContrast", ""),
    ("magnification", "magnification", ""),
    ("dose per frame", "dosePerFrame", " e/Å²"),
)
_MOST_REASONS = 20
_MOST_IN_ERROR = 50
STOPPED = "Stopped here by the user; Continue fetches the rest"
#: What follows it in a line is true only while the run goes on.
LIVE = "\t"


def linesNow(text, active):
    """The lines of a stored summary; of a run that has ended, without what was true before."""
    lines = (line.partition(LIVE) for line in text.split("\n"))
    return [known + live if active else known for known, _, live in lines]


# -- before the run -------------------------------------------------------------------------------


def formLines(form):
    """What the form asks for."""
    imageSet, pattern = form.imageSet.get("").strip(), form.filePattern.get("").strip()
    given = [
        f"{label} {form.getAttributeValue(name):g}{unit}"
        for label, name, unit in _GIVEN
        if form.getAttributeValue(name) is not None
    ]
    waits = form.getStatus() in (STATUS_NEW, STATUS_SAVED)
    beginning = "Not started yet. It will bring" if waits else "Nothing was read yet. Asked for:"
    lines = [
        f"{beginning} *{_amount(form)}* of entry "
        f"*{form.entryId.get('').strip() or '(none given)'}*, image set: "
        f"{imageSet or 'the first one that holds movies'}"
    ]
    lines += [f"Only files that match {pattern}"] if pattern else []
    lines.append(f"Gain reference: {_gainAsked(form)}")
    lines.append(f"Given: {', '.join(given)}" if given else "Acquisition: as EMPIAR and EMDB say")
    folder = store_of(form)
    return lines + ([f"The files are kept in {folder}"] if folder else [])


def _amount(form):
    if form.downloadAll.get():
        return "all movies"
    amount = form.amountOfImages.get()
    return "the first movie" if amount == 1 else f"the first {amount} movies"


def _gainAsked(form):
    source = form.gainSource.get()
    if source in (GAIN_BY_PATH, GAIN_LOCAL):
        return form.gainPath.get("").strip() or "(none given)"
    return "none" if source == GAIN_NONE else "the one nearest to the movies in the entry"


# -- during and after it --------------------------------------------------------------------------


def entryLines(found):
    """What the entry says of itself and of the image set."""
    entry, imageSet = found.entry, found.image_set
    lines = [f"*{entry.title or 'No title'}* ({entry.accession})"]
    lines.append(f"Image set {imageSet.number}: {imageSet.name or imageSet.directory}")
    others = [
        f"{other.number} ({other.name or other.directory})"
        for other in entry.movie_sets
        if other.number != imageSet.number
    ]
    facts = (
        ("Other movie sets of the entry", ", ".join(others)),
        ("Format", imageSet.data_format),
        ("Size of the entry", entry.dataset_size),
        ("Organization", entry.organization),
        ("Deposited", entry.deposition_date),
        ("Released", entry.release_date),
    )
    return lines + [f"{label}: {value}" for label, value in facts if value]


def descriptionLines(description, frames):
    """Each value with where it comes from, and those that nobody knows once more."""
    rate = description.samplingRate
    known = f"{rate.value:g} Å/px ({rate.origin})" if rate.value else "not known; the form needs it"
    lines = [f"Pixel size: {known}"]
    for label, name, unit in _UNITS:
        value = getattr(description.acquisition, name)
        lines.append(f"{label}: {value.value:g}{unit} ({value.origin})")
    dose = description.dosePerFrame(frames)
    if dose.value is None:
        lines.append("Dose per frame: not known; dose weighting needs it")
    else:
        lines.append(f"Dose per frame: {dose.value:.3g} e/Å² ({dose.origin})")
    return lines


def transferLines(history, registered, ended, limit=None):
    """How many movies are here and how fast they come, or came; ``limit``: how many are wanted."""
    chosen = history.chosen
    if chosen is not None and limit is not None:
        chosen = min(chosen, limit)  # files that are no movies are replaced by others
    of = "" if chosen is None else f" of {chosen}"
    lines = [f"*{registered}{of}* movies registered"]
    if history.failed or history.left_out:
        counts = f"{len(history.failed)} missing, {len(history.left_out)} left out"
        lines[0] += f" ({counts}; why is said below)"
    latest = history.latest
    if latest is None:
        return lines
    fetched = (
        f"Fetched: {latest.files} of {latest.files_total} files, "
        f"{bytes_text(latest.bytes)} of {bytes_text(latest.bytes_total)}"
    )
    if not ended and latest.bytes < latest.bytes_total:
        fetched += LIVE + _liveText(latest)
    lines.append(fetched)
    if history.mean_rate:
        sessions = len(history.sessions)
        lines.append(
            f"{bytes_text(history.fetched)} came at {bytes_text(history.mean_rate)}/s on average; "
            f"at work for {seconds_text(history.running_seconds)}"
            + (f" in {sessions} parts" if sessions > 1 else "")
        )
    return lines


def _liveText(latest):
    if latest.rate <= 0:
        return "; nothing comes at the moment"
    left = (latest.bytes_total - latest.bytes) / latest.rate
    return f", {bytes_text(latest.rate)}/s, {seconds_text(left)} left"


def reasonLines(title, reasons):
    """A heading and one line per movie, of many only the first; ``reasons`` by name."""
    if not reasons:
        return []
    ordered = sorted(reasons.items())
    sentences = [f"{name}: {reason}" if name else reason for name, reason in ordered]
    lines = ["", f"*{title}*", *(f"  {sentence}" for sentence in sentences[:_MOST_REASONS])]
    if len(sentences) > _MOST_REASONS:
        lines.append(f"  and {len(sentences) - _MOST_REASONS} more, see Analyze results")
    return lines


def reasonsText(sentences):
    """Reasons as the end of the run's error, of many only the first."""
    more = len(sentences) - _MOST_IN_ERROR
    ending = [f"and {more} more, see Analyze results"] if more > 0 else []
    return "; ".join([*sentences[:_MOST_IN_ERROR], *ending])


# -- for a paper ----------------------------------------------------------------------------------


