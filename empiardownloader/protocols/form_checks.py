"""Errors and warnings of a form, before the run starts."""

import os
import re

from ..archive.emdb import fetch_acquisition
from ..archive.entry_id import entry_number
from ..archive.errors import BadEntryId
from ..run.acquisition import restored_acquisition
from ..run.destinations import download_folder_error
from ..run.file_values import told_value
from ..run.options import GAIN_BY_PATH, GAIN_LOCAL, RunOptions
from ..run.space_estimate import SpaceEstimate
from ..settings import addresses

_ADDRESS = re.compile(r"[a-z]+://", re.IGNORECASE)

# Name, what it is called, lowest and highest value (neither included), unit, an example.
_NUMBERS = (
    ("samplingRate", "pixel size", 0, 1000, " Å/px", 0.66),
    ("voltage", "voltage", 0, 3000, " kV", 300),
    ("sphericalAberration", "spherical aberration", -1e-9, 100, " mm", 2.7),
    ("amplitudeContrast", "amplitude contrast", -1e-9, 1, "", 0.1),
    ("magnification", "magnification", 0, 1e8, "", 50000),
    ("doseInitial", "initial dose", -1e-9, 1e4, " e/Å²", 0),
    ("dosePerFrame", "dose per frame", 0, 1e4, " e/Å²", 1.2),
    ("dosePerTilt", "dose per tilt", 0, 1e4, " e/Å²", 2.6),
    ("tiltAxisAngle", "tilt axis angle", -360.001, 360.001, "°", 85.3),
    ("bandwidthLimit", "bandwidth limit", 0, 1e6, " MB/s", 20),
)


def formErrors(form):
    """Return a sentence for each value that no run could use, without any network access."""
    options = RunOptions.of_form(form)
    return [
        *_entryErrors(options),
        *_numberErrors(form),
        *_pathErrors("file pattern", options.pattern, "data/Movies/*.tif"),
        *_braceErrors(options.pattern),
        *_gainErrors(options.gain_source, options.gain_path),
        *_storeErrors(options),
    ]


def _entryErrors(options):
    try:
        entry_number(options.entry_id)
    except BadEntryId as error:
        yield str(error)
    if re.fullmatch(r"0+", options.image_set):
        yield "Image sets are counted from 1: enter 1 for the first, or leave it empty."


def _numberErrors(form):
    for name, label, lowest, highest, unit, example in _NUMBERS:
        value = form.getAttributeValue(name)
        if value is not None and not lowest < value < highest:
            at_least = f"at least {round(lowest)}" if lowest < 0 else "greater than 0"
            yield (
                f"The {label} cannot be {value:g}{unit}: it must be {at_least} and less than "
                f"{highest:.15g}, for example {example:g}. Or leave it empty."
            )


def _pathErrors(label, text, example):
    """Check paths inside the entry."""
    if _ADDRESS.match(text):
        yield (
            f"The {label} is an address: enter only what follows the entry's number in it, "
            f"for example {example}."
        )
    elif "\\" in text or ".." in re.split(r"[/,]", text):
        yield f"The {label} {text!r} must be a path inside the entry, with / and without '..'."


def _braceErrors(pattern):
    if re.search(r"{[^}]*,[^}]*}", pattern):
        yield (
            f"The file pattern {pattern!r} has alternatives in braces, which are not supported: "
            "enter them as patterns of their own, separated by commas."
        )


def _gainErrors(source, path):
    if source not in (GAIN_BY_PATH, GAIN_LOCAL):
        return
    if not path:
        yield "Enter the path of the gain file, or let it be found in the entry."
    elif source == GAIN_BY_PATH:
        yield from _pathErrors("gain file", path, "data/Movies/gain.mrc")
    elif not os.path.isfile(path):
        yield f"The gain file {path} does not exist: correct its path."


def _storeErrors(options):
    try:
        number = entry_number(options.entry_id)
    except BadEntryId:  # said above
        number = ""
    store = options.download_folder
    error = store and download_folder_error(store, number)
    if error:
        yield error


def runWarnings(form):
    """Return the warnings of :func:`formWarnings`, and one if no source has the dose."""
    estimate = SpaceEstimate(form)
    return [*formWarnings(form, estimate=estimate), *_doseWarnings(form, estimate.entry)]


def formWarnings(form, free=None, estimate=None):
    """Return a sentence for each thing that may surprise.

    free: the disk's room in bytes, None to look. The archive is asked once, for some three seconds
    at most, unless an earlier run has read the entry.
    """
    estimate = estimate or SpaceEstimate(form)
    return [
        *_threadWarnings(form), *estimate.largeWarnings(), *estimate.diskWarnings(free)
    ]


def _threadWarnings(form):
    if (form.numberOfThreads.get() or 1) < 3:
        yield (
            "With fewer than three threads there is no streaming: processing cannot start until "
            "all movies are downloaded. Set threads to 3 or more."
        )


def _doseWarnings(form, entry):
    """Yield a sentence where neither the form nor EMDB gives the dose of the entry's movies.

    None where the entry is not known here, where an earlier run found the dose in the movies, and
    where EMDB does not answer within some three seconds.
    """
    isAsked = form.hasAttribute("dosePerFrame") and form.dosePerFrame.get() is None
    if entry is None or not isAsked:
        return
    record = form._record()
    if told_value(record.fileValues(), "dose_per_frame").is_known:
        return
    if entry.emdb_ids and _doseMayBeKnown(record.entry(), entry):
        return
    yield (
        f"Neither EMPIAR nor EMDB tells the dose of {entry.accession}. Where the movies do not "
        "tell it either, the set says 0: motion correction refuses dose weighting then, and "
        "RELION fails if it saves power spectra. Enter the dose per frame, if you know it."
    )


def _doseMayBeKnown(kept, entry):
    """Return True if EMDB gives the dose, or cannot be asked now."""
    if kept is not None and kept["number"] == entry.number:
        acquisition = restored_acquisition(kept["acquisition"])
    else:
        ids, url = entry.emdb_ids[:1], addresses().emdb
        acquisition = fetch_acquisition(ids, url, timeout=(1.5, 1.5), attempts=1)
    return acquisition.dose_per_image.is_known or not acquisition.voltage.is_known
