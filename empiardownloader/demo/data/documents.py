"""Simulated documents with the keys, types and quirks of those of EMPIAR and EMDB."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union
from xml.sax.saxutils import escape

from empiardownloader.units import format_size

Document = Dict[str, Any]

# Those of an image set that its XML has, with the words of a name run together there.
_PLAIN = (
    "name", "directory", "category", "header_format", "data_format", "num_images_or_tilt_series",
    "frames_per_image", "voxel_type",
)  # fmt: skip
_DIMENSIONS = ("image_width", "pixel_width", "image_height", "pixel_height")


def image_set(**fields: Any) -> Document:
    """Return an image set in the API's form, with `fields` in place of the defaults.

    The image's width and height are text, its pixel size a number in angstrom, as in EMPIAR-10511.
    """
    defaults: Document = {
        "segmentations": [],
        "name": "Simulated movies",
        "directory": "data",
        "category": "micrographs - multiframe",
        "header_format": "MRC",
        "data_format": "MRC",
        "num_images_or_tilt_series": 0,
        "frames_per_image": 1,
        "frame_range_min": None,
        "frame_range_max": None,
        "voxel_type": "UNSIGNED BYTE",
        "pixel_width": 1.0,
        "pixel_height": 1.0,
        "micrographs_file_pattern": "",
        "picked_particles_file_pattern": "",
        "picked_particles_directory": "",
        "details": None,
        "image_width": "16",
        "image_height": "16",
    }
    return {**defaults, **fields}


def movie_set(
    name: str,
    directory: str,
    kind: str,
    count: int,
    shape: Tuple[int, int],
    pixel_size: float,
    frames: int,
) -> Document:
    """Return the keys of an image set of `count` movies of a shape (y, x) that differ by set."""
    return {
        "name": name,
        "directory": directory,
        "header_format": kind,
        "data_format": kind,
        "num_images_or_tilt_series": count,
        "frames_per_image": frames,
        "pixel_width": pixel_size,
        "pixel_height": pixel_size,
        "image_width": str(shape[1]),
        "image_height": str(shape[0]),
    }


def entry_document(
    number: Union[int, str], image_sets: Sequence[Mapping[str, Any]], **metadata: Any
) -> Document:
    """Return the API's answer for an entry, keyed `EMPIAR-<number>`."""
    author = {"author": {"name": "Simulator M", "author_orcid": None}}
    body: Document = {
        "imagesets": [image_set(**fields) for fields in image_sets],
        "workflow_file": None,
        "grant_references": [],
        "version_history": [],
        "title": f"Simulated movies in the layout of EMPIAR-{number} (not real data)",
        "principal_investigator": [],
        "status": "REL",
        "deposition_date": "2019-01-09",
        "release_date": "2019-02-13",
        "obsolete_date": None,
        "update_date": "2019-02-13",
        "corresponding_author": author,
        "authors": [author],
        "cross_references": [],
        "biostudies_references": [],
        "idr_references": [],
        "empiar_references": [],
        "citation": [],
        "dataset_size": "0 bytes",
        "experiment_type": "EMDB",
        "scale": "molecule",
        "entry_doi": f"10.6019/EMPIAR-{number}",
    }
    return {f"EMPIAR-{number}": {**body, **metadata}}


def map_document(
    number: int,
    voltage: Optional[float] = 300,
    spherical_aberration: Optional[float] = 2.7,
    magnification: Optional[float] = 50000,
    dose_per_image: Optional[float] = None,
) -> Document:
    """Return the EMDB API's answer for a map; units are kV, mm and electrons per square angstrom.

    Numbers with units are text in `valueOf_`, the magnification is a plain number, as in EMD-25107.
    Parameters that are None are left out.
    """
    recording = {"image_recording_id": 1, "instance_type": "image_recording"}
    recording.update(_quantity("average_electron_dose_per_image", dose_per_image, "e/Å^2"))
    recording["detector_mode"] = "COUNTING"
    recording["digitization_details"] = {}
    recording["film_or_detector_model"] = {"valueOf_": "GATAN K2 SUMMIT (4k x 4k)"}
    microscopy: Document = {
        "microscopy_id": 1,
        "instance_type": "single_particle_microscopy",
        "microscope": "FEI TITAN KRIOS",
        "image_recording_list": {"image_recording": [recording]},
        **_quantity("acceleration_voltage", voltage, "kV"),
        **_quantity("nominal_cs", spherical_aberration, "mm"),
    }
    if magnification is not None:
        microscopy["nominal_magnification"] = magnification
    determination = {
        "structure_determination_id": 1,
        "instance_type": "structure_determination",
        "method": "singleParticle",
        "microscopy_list": {"microscopy": [microscopy]},
    }
    return {
        "emdb_id": f"EMD-{number}",
        "admin": {"title": "Simulated map (not real data)"},
        "structure_determination_list": {"structure_determination": [determination]},
        "version": "3.0",
    }


def entry_xml(number: Union[int, str], document: Mapping[str, Any]) -> str:
    """Return the contents of `<number>.xml` in an entry's top folder."""
    amount, _, unit = str(document["dataset_size"]).partition(" ")
    maps = "".join(f"<emdbEntry>{escape(str(m))}</emdbEntry>" for m in _maps(document))
    lines = [
        f'<entry xmlns="http://pdbe.org/empiar" accessionCode="EMPIAR-{number}" public="true">',
        f"  <admin><currentStatus>{document['status']}</currentStatus>",
        f"    <keyDates><depositionDate>{document['deposition_date']}</depositionDate>"
        f"<releaseDate>{document['release_date']}</releaseDate>"
        f"<updateDate>{document['update_date']}</updateDate></keyDates>",
        f"    <title>{escape(str(document['title']))}</title>",
        f'    <datasetSize units="{unit}">{amount}</datasetSize>',
        f"    <entryDOI>{document['entry_doi']}</entryDOI>",
        f"    <experimentType>{document['experiment_type']}</experimentType></admin>",
        f"  <crossReferences><relatedEMDBEntries>{maps}</relatedEMDBEntries></crossReferences>",
        *(_image_set_xml(fields) for fields in document["imagesets"]),
        "</entry>\n",
    ]
    return "\n".join(lines)


def size_text(size: float) -> str:
    """Return a size in the API's form, such as `1.2 KB`."""
    return format_size(size).replace("kB", "KB")


def _quantity(name: str, value: Optional[float], units: str) -> Document:
    return {} if value is None else {name: {"units": units, "valueOf_": f"{value:g}"}}


def _maps(document: Mapping[str, Any]) -> List[Any]:
    references = document["cross_references"]
    return [item["name"] if isinstance(item, dict) else item for item in references]


def _image_set_xml(fields: Mapping[str, Any]) -> str:
    dimensions = f"<dimensions>{_elements(fields, *_DIMENSIONS)}</dimensions>"
    rest = _elements(fields, "details", "micrographs_file_pattern")
    return f"  <imageSet>{_elements(fields, *_PLAIN)}{dimensions}{rest}</imageSet>"


def _elements(fields: Mapping[str, Any], *keys: str) -> str:
    texts = {key: "" if fields[key] is None else escape(str(fields[key])) for key in keys}
    tags = {key: key[0] + key.title().replace("_", "")[1:] for key in keys}
    return "".join(f"<{tags[key]}>{text}</{tags[key]}>" for key, text in texts.items())
