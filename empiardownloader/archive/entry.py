"""An entry of EMPIAR and its image sets, parsed once into typed objects.

Every key of the API's documents is optional and of any type; only parse_entry deals with that.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Tuple

from .json_values import (
    as_line,
    as_list,
    as_mapping,
    as_mappings,
    as_text,
    positive_float,
    positive_int,
)

_MICROGRAPHS = re.compile(r"\s*micrographs\s*-\s*single[\s-]*frame", re.IGNORECASE)
_MOVIES = re.compile(r"\s*micrographs\s*-\s*multiframe", re.IGNORECASE)
# An image set of references: 'Gain reference', 'K3 gain ref'; not 'Gain of function mutant', and
# not 'Movies and gain references'.
_REFERENCES = re.compile(
    r"\s*(?:gain|dark|flat[\s_-]?field|defects?)[\s_-]*"
    r"(?:corrections?[\s_-]*)?(?:ref\w*|images?|files?|maps?)?s?\s*"
    r"|(?!.*(?:movie|micrograph|frame))(?!.*without).*\bgain[\s_-]*ref\w*.*",
    re.IGNORECASE | re.DOTALL,
)
_MAX_REFERENCES = 3
_EMDB_ID = re.compile(r"\bEMD-([0-9]+)\b", re.IGNORECASE)
_DOI_PREFIX = re.compile(r"(?:https?://)?(?:dx\.)?doi\.org/|doi:\s*", re.IGNORECASE)
# Keys by which a document is known to be an entry, and not an error message.
_ENTRY_KEYS = frozenset({"imagesets", "title", "status", "entry_doi", "cross_references"})


@dataclass(frozen=True)
class ImageSet:
    """One image set of an entry, as its depositors describe it.

    ``directory`` and ``data_format`` are hints: both are often wrong. Pixel sizes are in Å, image
    sizes in pixels; None means unknown.
    """

    number: int
    name: str = ""
    directory: str = ""
    category: str = ""
    data_format: str = ""
    voxel_type: str = ""
    num_images: Optional[int] = None
    frames_per_image: Optional[int] = None
    pixel_width: Optional[float] = None
    pixel_height: Optional[float] = None
    image_width: Optional[int] = None
    image_height: Optional[int] = None
    micrographs_file_pattern: str = ""
    details: str = ""

    @property
    def holds_movies(self) -> bool:
        """Return True if the category is multiframe micrographs and the name is no reference's."""
        return bool(_MOVIES.match(self.category)) and not self._is_reference

    @property
    def holds_micrographs(self) -> bool:
        """Return True if the category is one of micrographs with a single frame."""
        return bool(_MICROGRAPHS.match(self.category)) and not self._is_reference

    @property
    def _is_reference(self) -> bool:
        # A folder of many images called after gains may be a specimen's.
        folder = self.directory.rstrip("/").rpartition("/")[2]
        are_few = self.num_images is not None and self.num_images <= _MAX_REFERENCES
        names = [self.name, folder] if are_few else [self.name]
        return any(map(_REFERENCES.fullmatch, names))

    @property
    def pixel_size(self) -> Optional[float]:
        """The pixel size in Å; one side may be missing (EMPIAR-12104 has one)."""
        return self.pixel_width if self.pixel_width is not None else self.pixel_height


@dataclass(frozen=True)
class Citation:
    """A publication that an entry names."""

    authors: Tuple[str, ...] = ()
    title: str = ""
    journal: str = ""
    volume: str = ""
    year: str = ""
    doi: str = ""


@dataclass(frozen=True)
class Entry:
    """An entry of EMPIAR; dates and the size of the data set are texts, as given."""

    number: str
    title: str = ""
    status: str = ""
    deposition_date: str = ""
    release_date: str = ""
    update_date: str = ""
    dataset_size: str = ""
    doi: str = ""
    experiment_type: str = ""
    scale: str = ""
    organization: str = ""
    authors: Tuple[str, ...] = ()
    principal_investigators: Tuple[str, ...] = ()
    emdb_ids: Tuple[str, ...] = ()
    citations: Tuple[Citation, ...] = ()
    image_sets: Tuple[ImageSet, ...] = ()

    @property
    def accession(self) -> str:
        """The entry's name in full: 'EMPIAR-10200'."""
        return f"EMPIAR-{self.number}"

    @property
    def movie_sets(self) -> Tuple[ImageSet, ...]:
        """The image sets that hold movies, in the entry's order."""
        return tuple(image_set for image_set in self.image_sets if image_set.holds_movies)


def find_entry(document: object, number: str) -> Mapping[Any, Any]:
    """Return the entry within a document, or an empty mapping.

    The API keys its answer by accession; the document may also hold one entry under another key, or
    be the entry itself.
    """
    mapping = as_mapping(document)
    keyed = as_mapping(mapping.get(f"EMPIAR-{number}"))
    if keyed:
        return keyed
    if not _ENTRY_KEYS.isdisjoint(mapping):
        return mapping
    values = list(mapping.values())
    lone = as_mapping(values[0]) if len(values) == 1 else {}
    return lone if not _ENTRY_KEYS.isdisjoint(lone) else {}


def parse_entry(document: Mapping[str, Any], number: str) -> Entry:
    """Return the entry in any document; never raises.

    Missing values and values of a wrong type become '', None or ().
    """
    source = find_entry(document, number)
    contact = as_mapping(source.get("corresponding_author"))
    return Entry(
        number=number,
        **_entry_texts(source),
        doi=_bare_doi(source.get("entry_doi")),
        organization=as_line(as_mapping(contact.get("author") or contact).get("organization")),
        authors=_people(source.get("authors")),
        principal_investigators=_people(source.get("principal_investigator")),
        emdb_ids=_emdb_ids(source.get("cross_references")),
        citations=_citations(source.get("citation")),
        image_sets=tuple(map(_image_set, as_mappings(source.get("imagesets")), itertools.count(1))),
    )


def _entry_texts(source: Mapping[Any, Any]) -> Dict[str, Any]:
    lines = ("title", "deposition_date", "release_date", "update_date", "experiment_type", "scale")
    texts = {key: as_line(source.get(key)) for key in lines}
    texts["dataset_size"] = _size(source.get("dataset_size"))
    texts["status"] = as_line(source.get("status")).upper()
    return texts


def _size(value: object) -> str:
    """Return '1.9 TB', also from a number that carries its units beside it."""
    units = as_line(as_mapping(value).get("units"))
    return f"{as_line(value)} {units}".strip()


def _image_set(source: Mapping[Any, Any], number: int) -> ImageSet:
    return ImageSet(
        number=number,
        name=as_line(source.get("name")),
        directory=as_text(source.get("directory")).strip("/"),
        category=as_line(source.get("category")),
        data_format=as_line(source.get("data_format")).upper(),
        voxel_type=as_line(source.get("voxel_type")),
        num_images=positive_int(source.get("num_images_or_tilt_series")),
        frames_per_image=positive_int(source.get("frames_per_image")),
        pixel_width=positive_float(source.get("pixel_width")),
        pixel_height=positive_float(source.get("pixel_height")),
        image_width=positive_int(source.get("image_width")),
        image_height=positive_int(source.get("image_height")),
        micrographs_file_pattern=as_text(source.get("micrographs_file_pattern")),
        details=as_text(source.get("details")),
    )


def _people(value: object) -> Tuple[str, ...]:
    names = (_person(item) for item in as_list(value))
    return tuple(name for name in names if name)


def _person(item: object) -> str:
    """Return a name from 'Lancey C', {'name': …}, {'author': {…}} or first and last name."""
    if isinstance(item, Mapping):
        item = item.get("author") or item
    person = as_mapping(item)
    if not person:
        return as_line(item)
    parts = (as_line(person.get("first_name")), as_line(person.get("last_name")))
    return as_line(person.get("name")) or " ".join(part for part in parts if part)


def _emdb_ids(value: object) -> Tuple[str, ...]:
    """Return 'EMD-…' from strings and from {'name': …}, each once, without the rest."""
    found: List[str] = []
    for item in as_list(value):
        text = as_line(item.get("name") if isinstance(item, Mapping) else item)
        found += [f"EMD-{digits}" for digits in _EMDB_ID.findall(text)]
    return tuple(dict.fromkeys(found))


def _citations(value: object) -> Tuple[Citation, ...]:
    citations = (_citation(source) for source in as_mappings(value))
    return tuple(citation for citation in citations if citation != Citation())


def _citation(source: Mapping[Any, Any]) -> Citation:
    return Citation(
        authors=_people(source.get("authors")),
        title=as_line(source.get("title")),
        journal=as_line(source.get("journal")) or as_line(source.get("journal_abbreviation")),
        volume=as_line(source.get("volume")),
        year=as_line(source.get("year")),
        doi=_bare_doi(source.get("doi")),
    )


def _bare_doi(value: object) -> str:
    return _DOI_PREFIX.sub("", as_line(value), count=1)
