"""``info``: the archive's description of an entry."""

import argparse
from typing import Any, Tuple

from ..archive.entry import Citation, ImageSet, parse_entry
from ..lookup.entry_lookup import find_document
from ..settings import addresses
from .options import add_json, command
from .output import DONE, bold, print_json

_EXAMPLES = """  empiardownloader info 10200
  empiardownloader info https://www.ebi.ac.uk/empiar/EMPIAR-10200/
  empiardownloader info 10.6019/EMPIAR-10200 --json | jq '.[].dataset_size'
"""


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = command(commands, "info", _info, "what the archive says of an entry", _EXAMPLES)
    add_json(parser, "the archive's own document")


def _info(options: argparse.Namespace) -> int:
    number, document = find_document(options.entry, addresses())
    if options.json:
        print_json(document)
        return DONE
    entry = parse_entry(document, number)
    print(bold(f"{entry.accession}: {entry.title}"))
    _print_facts(
        "  ",
        ("Status", entry.status),
        ("Experiment", entry.experiment_type),
        ("Scale", entry.scale),
        ("Size", entry.dataset_size),
        ("Organization", entry.organization),
        ("Authors", ", ".join(entry.authors)),
        ("Principal investigators", ", ".join(entry.principal_investigators)),
        ("Deposited", entry.deposition_date),
        ("Released", entry.release_date),
        ("Updated", entry.update_date),
        ("DOI", entry.doi),
        ("EMDB", ", ".join(entry.emdb_ids)),
        *(("Publication", _publication(citation)) for citation in entry.citations),
    )
    for image_set in entry.image_sets:
        _print_image_set(image_set)
    return DONE


def _print_image_set(image_set: ImageSet) -> None:
    print(f"  {bold(f'Image set {image_set.number}')}: {image_set.name}")
    pixels = (image_set.image_width, image_set.image_height)
    _print_facts(
        "    ",
        ("Category", image_set.category),
        ("Directory", image_set.directory),
        ("Format", ", ".join(filter(None, (image_set.data_format, image_set.voxel_type)))),
        ("Images", image_set.num_images),
        ("Frames per image", image_set.frames_per_image),
        ("Width and height", " x ".join(map(str, pixels)) if all(pixels) else ""),
        ("Pixel size", image_set.pixel_size and f"{image_set.pixel_size:g} Å/px"),
        ("File pattern", image_set.micrographs_file_pattern),
        ("Details", image_set.details.replace("\n", "\n      ")),
    )


def _print_facts(indent: str, *facts: Tuple[str, Any]) -> None:
    for label, value in facts:
        if value:
            print(f"{indent}{label}: {value}")


def _publication(citation: Citation) -> str:
    first = f"{citation.authors[0]} et al." if citation.authors else ""
    parts = (first, citation.title, citation.journal, citation.volume, citation.year, citation.doi)
    return ", ".join(filter(None, parts))
