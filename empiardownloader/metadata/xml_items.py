"""XML of microscopes, by the local names of its elements."""

from typing import Optional, Sequence
from xml.etree import ElementTree

from .errors import UnreadableMetadata


def parse_xml(text: str) -> ElementTree.Element:
    """Parse a document; UnreadableMetadata for anything else, and for one with entities.

    Microscopes declare no entities: they are a way to fill a reader's memory.
    """
    document = text.strip("\0\r\n\t \ufeff")
    if "<!DOCTYPE" in document or "<!ENTITY" in document:
        raise UnreadableMetadata("it declares entities")
    if document.startswith("<?xml"):
        # The text is decoded already: what the declaration says of its encoding no longer holds.
        document = document.partition("?>")[2]
    try:
        return ElementTree.fromstring(document)
    except (ElementTree.ParseError, ValueError) as error:
        raise UnreadableMetadata(f"it is not XML ({error})") from error


def local_name(element: ElementTree.Element) -> str:
    """Return an element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def text_at(root: ElementTree.Element, path: str) -> Optional[str]:
    """Return the text of the first element at the end of ``path``, at any depth.

    ``path`` is local names joined by slashes, as ``pixelSize/x/numericValue``.
    """
    names = path.split("/")
    for element in root.iter():
        if local_name(element) != names[0]:
            continue
        found = _below(element, names[1:])
        if found is not None and found.text:
            return found.text.strip()
    return None


def _below(element: ElementTree.Element, names: Sequence[str]) -> Optional[ElementTree.Element]:
    if not names:
        return element
    child = next((child for child in element if local_name(child) == names[0]), None)
    return None if child is None else _below(child, names[1:])
