"""Warns before the start of a run whose movies have no known dose."""

from ..archive import fetch_acquisition
from ..settings import addresses
from .acquisition import restored_acquisition
from .file_values import told_value
from .state import RunState


def doseWarnings(form, entry):
    """Yield a sentence where neither the form nor EMDB gives the dose of ``entry``'s movies.

    None where the entry is not known here, where an earlier run found the dose in the movies, and
    where EMDB does not answer within some three seconds.
    """
    isAsked = form.hasAttribute("dosePerFrame") and form.dosePerFrame.get() is None
    if entry is None or not isAsked:
        return
    record = RunState(form._getLogsPath())
    if told_value(record.fileValues(), "dose_per_frame").is_known:
        return
    if entry.emdb_ids and _mayBeKnown(record.entry(), entry):
        return
    yield (
        f"Neither EMPIAR nor EMDB tells the dose of {entry.accession}. Where the movies do not "
        "tell it either, the set says 0: motion correction refuses dose weighting then, and "
        "RELION fails if it saves power spectra. Enter the dose per frame, if you know it."
    )


def _mayBeKnown(kept, entry):
    """Return True if EMDB gives the dose, or cannot be asked now."""
    if kept is not None and kept["number"] == entry.number:
        acquisition = restored_acquisition(kept["acquisition"])
    else:
        ids, url = entry.emdb_ids[:1], addresses().emdb
        acquisition = fetch_acquisition(ids, url, timeout=(1.5, 1.5), attempts=1)
    answered = acquisition.voltage.is_known
    return acquisition.dose_per_image.is_known or not answered
