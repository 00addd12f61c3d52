"""The XML file of an entry, converted to the shape of the API's document.

``<id>/<id>.xml`` on the file servers has the same contents as the API (seen in EMPIAR-10002, 10003,
10340, 10934 and 11119): the image sets, but no list of files.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Union
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from .errors import ArchiveUnavailable

_ENTRY_TEXTS = {
    "title": "admin/title",
    "status": "admin/currentStatus",
    "deposition_date": "admin/keyDates/depositionDate",
    "release_date": "admin/keyDates/releaseDate",
    "update_date": "admin/keyDates/updateDate",
    "experiment_type": "admin/experimentType",
    "scale": "admin/scale",
    "entry_doi": "admin/entryDOI",
}
_IMAGE_SET_TEXTS = {
    "name": "name",
    "directory": "directory",
    "category": "category",
    "data_format": "dataFormat",
    "num_images_or_tilt_series": "numImagesOrTiltSeries",
    "frames_per_image": "framesPerImage",
    "voxel_type": "voxelType",
    "pixel_width": "dimensions/pixelWidth",
    "pixel_height": "dimensions/pixelHeight",
    "image_width": "dimensions/imageWidth",
    "image_height": "dimensions/imageHeight",
    "details": "details",
    "micrographs_file_pattern": "micrographsFilePattern",
}
_PERSON_TEXTS = {"first_name": "firstName", "last_name": "lastName", "organization": "organization"}
_CITATION_TEXTS = {"journal": "journal", "volume": "volume", "year": "year"}


def document_from_xml(xml_text: Union[str, bytes], number: str) -> Dict[str, Any]:
    """Return an entry's XML in the shape of the API's document.

    Values stay texts; a pixel size may be 'variable'. Raises ArchiveUnavailable for anything else,
    such as a page of HTML.
    """
    root = _root(xml_text, number)
    entry: Dict[str, Any] = _texts(root, _ENTRY_TEXTS)
    entry["dataset_size"] = _dataset_size(root)
    entry["corresponding_author"] = {"author": _person(_find(root, "admin/correspondingAuthor"))}
    entry["principal_investigator"] = [
        _person(person) for person in _find_all(root, "admin/principalInvestigator")
    ]
    entry["authors"] = [
        {"author": {"name": _words(author)}}
        for author in _find_all(root, "admin/authorsList/author")
    ]
    entry["cross_references"] = [
        _words(map_id) for map_id in _find_all(root, "crossReferences/relatedEMDBEntries/emdbEntry")
    ]
    entry["citation"] = _citations(root)
    entry["imagesets"] = [
        _texts(image_set, _IMAGE_SET_TEXTS) for image_set in _find_all(root, "imageSet")
    ]
    return {f"EMPIAR-{number}": entry}


def _root(xml_text: Union[str, bytes], number: str) -> Element:
    data = xml_text.encode("utf-8") if isinstance(xml_text, str) else xml_text
    # An entry's XML has no document type; pages of HTML and entity bombs have one.
    if b"<!DOCTYPE" not in data.upper():
        try:
            root = ElementTree.fromstring(xml_text)
        except (ElementTree.ParseError, ValueError, LookupError):
            root = Element("unreadable")
        if root.tag.rsplit("}", 1)[-1] == "entry":
            return root
    raise ArchiveUnavailable(
        f"{number}.xml on the file server is not the XML of EMPIAR-{number}: "
        "try again later, or check the configured address."
    )


def _find(element: Element, path: str) -> Optional[Element]:
    return element.find(_anywhere(path))


def _find_all(element: Element, path: str) -> List[Element]:
    return element.findall(_anywhere(path))


def _anywhere(path: str) -> str:
    """Return a path whose steps match in any namespace or none; schemas differ in theirs."""
    return "/".join("{*}" + step for step in path.split("/"))


def _words(element: Optional[Element]) -> str:
    return "".join(element.itertext()).strip() if element is not None else ""


def _texts(element: Element, paths: Dict[str, str]) -> Dict[str, Any]:
    return {key: _words(_find(element, path)) for key, path in paths.items()}


def _person(element: Optional[Element]) -> Dict[str, Any]:
    return _texts(element, _PERSON_TEXTS) if element is not None else {}


def _dataset_size(root: Element) -> str:
    size = _find(root, "admin/datasetSize")
    units = size.get("units", "") if size is not None else ""
    return f"{_words(size)} {units}".strip()


def _citations(root: Element) -> List[Dict[str, Any]]:
    path = "crossReferences/citationList/universalCitation/"
    return [
        _citation(element)
        for kind in ("journalCitation", "nonJournalCitation")
        for element in _find_all(root, path + kind)
    ]


def _citation(element: Element) -> Dict[str, Any]:
    citation = _texts(element, _CITATION_TEXTS)
    citation["title"] = _words(_find(element, "title")) or _words(_find(element, "bookTitle"))
    citation["authors"] = [{"name": _words(author)} for author in _find_all(element, "author")]
    for reference in _find_all(element, "externalReferences"):
        if reference.get("type", "").lower() == "doi":
            citation["doi"] = _words(reference)
    return citation
