"""The text of Methods, and the citations."""

from pathlib import PurePosixPath

from ..archive.emdb import ASSUMED_ORIGIN
from ..units import format_size

_SHOWN_BY = {"movies": "as the movies show", "title": "as r/f of the movies says"}


def methodsText(found, description, output, size, noun):
    """Return two sentences for the methods section.

    output: the number of images, their dimensions, and their frames; size: in bytes, 0 for unknown.
    """
    entry = found.entry
    name = f"[[https://doi.org/{entry.doi}][{entry.accession}]]" if entry.doi else entry.accession
    count, (width, height, _), frames = output
    ofFrames = f" of {frames} frames" if noun == "movie" else ""
    inAll = f", {format_size(size)} in all" if size else ""
    text = (
        f"{count} {noun}s{ofFrames} ({width} x {height} pixels{inAll}) of image "
        f"set {found.image_set.number} of {name} were taken from EMPIAR [Iudin2023]. Their "
        f"pixel size is {description.samplingRate.value:g} Å. They were recorded at "
        f"{_sourced(description.acquisition.voltage, ' kV')} with a spherical aberration of "
        f"{_sourced(description.acquisition.spherical_aberration, ' mm')}"
    )
    if not description.hasDose:
        return f"{text}."
    dose = description.dosePerFrame(frames).value
    if dose is None:
        return f"{text}; their dose is not known."
    return f"{text} and {dose:.3g} e/Å² per frame, {dose * frames:.3g} e/Å² per movie."


def gainText(name, prepared):
    """Return a sentence on the gain reference of the movies and what was done to it.

    ``name``: its path, '' for none; ``prepared``: what the run keeps of it, None before it has
    been looked at.
    """
    if not (name and prepared and prepared["file"]):
        return ""
    text = f" Their gain reference is {PurePosixPath(name).name}"
    if "changes" not in prepared:  # by an earlier version
        return f"{text}."
    changes = prepared["changes"]
    done = f"{changes}, {_SHOWN_BY[prepared['evidence']]}" if changes else "as it is"
    return f"{text}, {done}."


def _sourced(value, unit):
    return f"{value.value:g}{unit}" + (" (assumed)" if value.origin == ASSUMED_ORIGIN else "")


def citations(entry):
    """The entry itself, as a reader can find it, and the publications it names."""
    authors = f"{entry.authors[0]} et al., " if entry.authors else ""
    year = f", {entry.release_date[:4]}" if entry.release_date else ""
    return [
        _link(f"{authors}{entry.accession}{year}", entry.doi),
        *(_link(_publication(citation), citation.doi) for citation in entry.citations),
    ]


def _publication(citation):
    authors = f"{citation.authors[0]} et al." if citation.authors else ""
    return ", ".join(filter(None, (authors, citation.title, citation.journal, citation.year)))


def _link(text, doi):
    return f"[[https://doi.org/{doi}][{text or doi}]]" if doi else text
