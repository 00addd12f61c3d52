"""Acquisition of an entry's images, from the EMDB map that the entry names.

EMPIAR itself has no voltage, aberration, magnification or dose.
"""

from __future__ import annotations

import logging
import re
import time
from dataclasses import dataclass, fields
from typing import Any, Callable, List, Mapping, Optional, Sequence, Tuple

import requests

from ..net.session import Session
from .errors import ArchiveError
from .json_values import as_mapping, as_mappings, positive_float
from .web import RetryOptions, get_json

logger = logging.getLogger(__name__)

LIVE_EMDB_URL = "https://www.ebi.ac.uk/emdb/api/entry"
ASSUMED_ORIGIN = "assumed"

_MAP_ID = re.compile(r"EMD-[0-9]+")
_MOST_MAPS = 10
_MOST_FAILURES = 2


@dataclass(frozen=True)
class SourcedValue:
    """A number and its origin: a map ('EMD-25107'), 'assumed', or '' if unknown."""

    value: Optional[float] = None
    origin: str = ""

    @property
    def is_known(self) -> bool:
        """Return True if the value is neither missing nor assumed."""
        return self.value is not None and self.origin != ASSUMED_ORIGIN


@dataclass(frozen=True)
class Acquisition:
    """Acquisition parameters of a movie.

    voltage is in kV, spherical_aberration in mm, amplitude_contrast a fraction, and dose_per_image
    in e/Å², the total of a movie over all its frames.
    """

    voltage: SourcedValue = SourcedValue()
    spherical_aberration: SourcedValue = SourcedValue()
    amplitude_contrast: SourcedValue = SourcedValue()
    magnification: SourcedValue = SourcedValue()
    dose_per_image: SourcedValue = SourcedValue()

    @property
    def is_empty(self) -> bool:
        """Return True if every value is unknown."""
        return self == Acquisition()

    def or_else(self, other: Acquisition) -> Acquisition:
        """Return a copy whose unknown and assumed values are replaced by those of another."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return Acquisition(
            **{
                name: value if value.is_known else getattr(other, name)
                for name, value in values.items()
            }
        )

    def with_assumed_values(self) -> Acquisition:
        """Return a copy with assumed values for all unknown ones except the dose."""
        return self.or_else(ASSUMED)


# EMDB has no amplitude contrast at all, so it is always assumed. An invented dose would weight the
# frames wrongly, so the dose is never assumed.
ASSUMED = Acquisition(
    voltage=SourcedValue(300.0, ASSUMED_ORIGIN),
    spherical_aberration=SourcedValue(2.7, ASSUMED_ORIGIN),
    amplitude_contrast=SourcedValue(0.1, ASSUMED_ORIGIN),
    magnification=SourcedValue(50000.0, ASSUMED_ORIGIN),
)


def acquisition_from_map(document: object, map_id: str) -> Acquisition:
    """Return the acquisition in a map's document.

    Of several microscopy and image recording records the first with a value counts, field by field.
    The nominal magnification goes before the calibrated one.
    """
    microscopy = _microscopy(document)
    recording = [
        record
        for microscope in microscopy
        for record in _nested_items(microscope, "image_recording_list", "image_recording")
    ]
    magnification = _first(microscopy, "nominal_magnification", map_id)
    if magnification.value is None:
        magnification = _first(microscopy, "calibrated_magnification", map_id)
    return Acquisition(
        voltage=_first(microscopy, "acceleration_voltage", map_id),
        spherical_aberration=_first(microscopy, "nominal_cs", map_id),
        magnification=magnification,
        dose_per_image=_first(recording, "average_electron_dose_per_image", map_id),
    )


def fetch_acquisition(
    emdb_ids: Sequence[str],
    emdb_url: str = LIVE_EMDB_URL,
    *,
    timeout: Tuple[float, float] = (10, 30),
    attempts: int = 4,
    sleep: Callable[[float], object] = time.sleep,
) -> Acquisition:
    """Return the acquisition of the first map that contains any of it, with assumed values.

    Never raises: if EMDB does not answer, every value is assumed and the log gives the reason.
    """
    known = [map_id for map_id in emdb_ids if _MAP_ID.fullmatch(map_id)][:_MOST_MAPS]
    with Session() as web:
        options = RetryOptions(timeout, attempts, sleep)
        return _first_known(known, emdb_url.rstrip("/"), web, options).with_assumed_values()


def _first_known(
    map_ids: Sequence[str], emdb_url: str, web: requests.Session, options: RetryOptions
) -> Acquisition:
    failures: List[ArchiveError] = []
    for map_id in map_ids:
        try:
            told = acquisition_from_map(get_json(f"{emdb_url}/{map_id}", web, options), map_id)
        except ArchiveError as error:
            failures.append(error)
            # One map may be broken; after a second failure EMDB itself is.
            if len(failures) == _MOST_FAILURES:
                break
            continue
        if not told.is_empty:
            return told
    if map_ids:
        reason = failures[0] if failures else "its documents hold none of it."
        logger.warning("%s: EMDB does not tell the acquisition: %s", ", ".join(map_ids), reason)
    return Acquisition()


def _microscopy(document: object) -> List[Mapping[Any, Any]]:
    return [
        microscope
        for determination in _nested_items(
            as_mapping(document), "structure_determination_list", "structure_determination"
        )
        for microscope in _nested_items(determination, "microscopy_list", "microscopy")
    ]


def _nested_items(
    record: Mapping[Any, Any], list_key: str, item_key: str
) -> List[Mapping[Any, Any]]:
    return as_mappings(as_mapping(record.get(list_key)).get(item_key))


def _first(found: Sequence[Mapping[Any, Any]], key: str, map_id: str) -> SourcedValue:
    for record in found:
        number = positive_float(record.get(key))
        if number is not None:
            return SourcedValue(number, map_id)
    return SourcedValue()
