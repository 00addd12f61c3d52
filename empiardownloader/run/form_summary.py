"""The summary of a run that has not read its entry yet: what the form asks for."""

from .options import GAIN_BY_PATH, GAIN_LOCAL, GAIN_NONE
from .summary import QUANTITIES

_GIVEN = (
    ("Pixel size", "sampling_rate", " Å/px"),
    *QUANTITIES,
    ("Dose per frame", "dose_per_frame", " e/Å²"),
)


def form_lines(options, is_waiting, noun, amount):
    """Return what the form asks for; is_waiting: not started yet; amount: how many, in words."""
    given = [
        f"{label.lower()} {getattr(options, name):g}{unit}"
        for label, name, unit in _GIVEN
        if getattr(options, name) is not None
    ]
    beginning = "Not started yet." if is_waiting else "The entry has not been read yet."
    lines = [
        f"{beginning} Requested: *{amount}* of entry "
        f"*{options.entry_id or '(none given)'}*, image set: "
        f"{options.image_set or f'the first one that holds {noun}s'}"
    ]
    lines += [f"Only files that match {options.pattern}"] if options.pattern else []
    lines += [f"Gain reference: {_gain_asked(options)}"] if options.has_gain else []
    lines.append(f"Given: {', '.join(given)}" if given else "Acquisition: from EMPIAR and EMDB")
    folder = options.download_folder
    return lines + ([f"The files are kept in {folder}"] if folder else [])


def amount_text(options, noun):
    """Return how many images the options ask for, in words."""
    if options.limit is None:
        return f"all {noun}s"
    return f"the first {noun}" if options.limit == 1 else f"the first {options.limit} {noun}s"


def _gain_asked(options):
    if options.gain_source in (GAIN_BY_PATH, GAIN_LOCAL):
        return options.gain_path or "(none given)"
    if options.gain_source == GAIN_NONE:
        return "not used"
    return "found automatically in the entry (closest to the movies)"
