"""Values that the movies' own files give, beside those of the archives and the form."""

from typing import Any, Dict, List, Mapping, Optional

from ..archive.emdb import Acquisition, SourcedValue
from ..archive.entry import ImageSet
from ..images.file_says import FileSays, sidecar_says

_SAME_PIXEL, _SAME_DOSE = 0.02, 0.2  # relative
_FACTORS = {2.0: "half: super-resolution?", 0.5: "twice: binned?"}
_NAMES = ("pixel_size", "voltage", "dose_per_frame")


def stored_values(said: FileSays) -> Dict[str, Any]:
    """Return values and origins in a form for JSON."""
    told = {name: getattr(said, name) for name in _NAMES}
    return {name: [each.value, each.origin] for name, each in told.items() if each}


def told_value(stored: Optional[Dict[str, Any]], name: str) -> SourcedValue:
    """Return one of the values that were :func:`stored_values`, an empty one where it is not."""
    told = (stored or {}).get(name)
    return SourcedValue(*told) if told else SourcedValue()


def disagreements(description: Any, stored: Optional[Dict[str, Any]], frames: int) -> List[str]:
    """Return one line for each value on which the movies and the chosen one do not agree."""
    chosen = {
        "pixel_size": description.samplingRate,
        "voltage": description.acquisition.voltage,
        "dose_per_frame": _archive_dose(description, stored, frames),
    }
    return _lines(chosen, stored)


def sidecar_disagreements(
    texts: Mapping[str, bytes], accession: str, image_set: ImageSet, acquisition: Acquisition
) -> List[str]:
    """Return one line for each value on which the archives and the texts beside movies disagree.

    ``texts``: mdocs and EPU XML by movie, before any movie is here. Assumed values contradict
    nothing.
    """
    frames = image_set.frames_per_image
    said = FileSays()
    for text in texts.values():
        said = said.or_else(sidecar_says(text, frames))
    total = acquisition.dose_per_image
    dose = SourcedValue(total.value / frames, total.origin) if total.value and frames else total
    chosen = {
        "pixel_size": SourcedValue(image_set.pixel_size, accession),
        "voltage": acquisition.voltage if acquisition.voltage.is_known else SourcedValue(),
        "dose_per_frame": dose if frames else SourcedValue(),
    }
    return _lines(chosen, stored_values(said))


def _lines(chosen: Mapping[str, SourcedValue], stored: Optional[Dict[str, Any]]) -> List[str]:
    lines = (_line(name, chosen[name], told_value(stored, name)) for name in _NAMES)
    return [line for line in lines if line]


def _archive_dose(description: Any, stored: Optional[Dict[str, Any]], frames: int) -> SourcedValue:
    """Return the dose that was given, or else EMDB's, even where the movies' own was taken."""
    given, told = description.givenDosePerFrame, told_value(stored, "dose_per_frame")
    total = description.acquisition.dose_per_image
    if given.origin != told.origin or total.value is None or not frames:
        return given if given.value is not None else description.dosePerFrame(frames)
    return SourcedValue(total.value / frames, total.origin)


def _line(name: str, chosen: SourcedValue, told: SourcedValue) -> str:
    if chosen.value is None or told.value is None or chosen.origin == told.origin:
        return ""
    difference = abs(told.value / chosen.value - 1)
    if name == "voltage":
        return _sentence("Voltage", chosen, told, " kV") if difference > 0.001 else ""
    if name == "dose_per_frame":
        return _sentence("Dose per frame", chosen, told, " e/Å²") if difference > _SAME_DOSE else ""
    if difference <= _SAME_PIXEL:
        return ""
    ratio = chosen.value / told.value
    near = (words for factor, words in _FACTORS.items() if abs(ratio / factor - 1) < _SAME_PIXEL)
    return _sentence("Pixel size", chosen, told, " Å", next(near, ""))


def _sentence(
    label: str, chosen: SourcedValue, told: SourcedValue, unit: str, remark: str = ""
) -> str:
    remark = f" ({remark})" if remark else ""
    return (
        f"{label}: {chosen.origin} says {chosen.value:.3g}{unit}, {told.origin} "
        f"{told.value:.3g}{unit}{remark}"
    )
