"""The words of the summary and of the methods text."""

_UNITS = (
    ("Voltage", "voltage", " kV"),
    ("Spherical aberration", "spherical_aberration", " mm"),
    ("Amplitude contrast", "amplitude_contrast", ""),
    ("Magnification", "magnification", ""),
)
_MOST_REASONS = 20


def runLines(found, description, frames, registered, progress, stopped):
    """Everything but the reasons for what is missing."""
    state = progress.snapshot()
    lines = [*_entryLines(found), *_descriptionLines(description, frames), ""]
    lines.append(f"*{registered}* movies registered")
    if state.files_total:
        lines.append(f"Fetched: {state}")
    if stopped:
        lines.append("Stopped here by the user; Continue fetches the rest")
    return lines


def _entryLines(found):
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


def _descriptionLines(description, frames):
    """Each value with where it comes from."""
    rate = description.samplingRate
    lines = [f"Pixel size: {rate.value:g} Å/px ({rate.origin})"]
    for label, name, unit in _UNITS:
        value = getattr(description.acquisition, name)
        lines.append(f"{label}: {value.value:g}{unit} ({value.origin})")
    dose = description.dosePerFrame(frames)
    if dose.value is None:
        lines.append("Dose per frame: not known; dose weighting needs it")
    else:
        lines.append(f"Dose per frame: {dose.value:.3g} e/Å² ({dose.origin})")
    return lines


def reasonLines(title, reasons):
    """A heading and one line per movie, of many only the first."""
    if not reasons:
        return []
    lines = ["", f"*{title}*", *(f"  {reason}" for reason in reasons[:_MOST_REASONS])]
    if len(reasons) > _MOST_REASONS:
        lines.append(f"  and {len(reasons) - _MOST_REASONS} more, see the log")
    return lines


def methodsText(found, description, registered):
    """A sentence for the methods section."""
    return (
        f"{registered} movies of {found.entry.accession} (image set {found.image_set.number}) were "
        f"taken from EMPIAR [Iudin2023], at {description.samplingRate.value:g} Å/px and "
        f"{description.acquisition.voltage.value:g} kV."
    )


def citation(entry):
    """The entry itself, as a reader can find it."""
    authors = f"{entry.authors[0]} et al., " if entry.authors else ""
    year = f", {entry.release_date[:4]}" if entry.release_date else ""
    text = f"{authors}{entry.accession}{year}"
    return f"[[https://doi.org/{entry.doi}][{text}]]" if entry.doi else text
