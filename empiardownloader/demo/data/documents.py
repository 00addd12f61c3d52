"""Simulated documents with the keys, types and quirks of those of EMPIAR and EMDB."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence, Union
from xml.sax.saxutils import escape

Document = Dict[str, Any]

_KILO = 1000
_UNITS = ("bytes", "KB", "MB", "GB", "TB")
_IMAGE_SET_TAGS = (
    ("name", "name"),
    ("directory", "directory"),
    ("category", "category"),
    ("header_format", "headerFormat"),
    ("data_format", "dataFormat"),
    ("num_images_or_tilt_series", "numImagesOrTiltSeries"),
    ("frames_per_image", "framesPerImage"),
    ("voxel_type", "voxelType"),
)
_DIMENSION_TAGS = (
    ("image_width", "imageWidth"),
    ("pixel_width", "pixelWidth"),
    ("image_height", "imageHeight"),
    ("pixel_height", "pixelHeight"),
)


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
    """Return a size in the API's form, such as `1.2 MB`."""
    power = 0
    while size >= _KILO and power < len(_UNITS) - 1:
        size /= _KILO
        power += 1
    return f"{size:.1f} {_UNITS[power]}" if power else f"{size:.0f} {_UNITS[0]}"


def _quantity(name: str, value: Optional[float], units: str) -> Document:
    return {} if value is None else {name: {"units": units, "valueOf_": f"{value:g}"}}


def _maps(document: Mapping[str, Any]) -> List[Any]:
    references = document["cross_references"]
    return [item["name"] if isinstance(item, dict) else item for item in references]


def _image_set_xml(fields: Mapping[str, Any]) -> str:
    plain = "".join(_element(tag, fields[key]) for key, tag in _IMAGE_SET_TAGS)
    dimensions = "".join(_element(tag, fields[key]) for key, tag in _DIMENSION_TAGS)
    pattern = _element("micrographsFilePattern", fields["micrographs_file_pattern"])
    details = _element("details", fields["details"])
    return f"  <imageSet>{plain}<dimensions>{dimensions}</dimensions>{details}{pattern}</imageSet>"


def _element(tag: str, value: Any) -> str:
    return f"<{tag}>{escape('' if value is None else str(value))}</{tag}>"
