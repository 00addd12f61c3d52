"""``list`` and ``download`` of tilt series."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, Iterable, List

from ..api import DownloadReport, MovieList
from ..files.local_names import local_name
from ..lookup.entry_tilt_series import TiltSeriesList, list_tilt_series
from ..lookup.selection import Selection
from ..lookup.series_mdoc import series_mdoc_text
from ..lookup.tilt_series import TiltSeries
from ..run.chosen_series import write_mdoc
from ..settings import addresses
from ..transfer import FileRequest
from ..units import format_size
from .output import DONE, print_json
from .status_line import Status

#: Within the folder of a download: the series' mdocs.
MDOC_FOLDER = "mdocs"


def add_tilt_series(parser: argparse.ArgumentParser, text: str) -> None:
    """Add --tilt-series."""
    parser.add_argument("--tilt-series", nargs="?", const="", metavar="NAMES", help=text)


def chosen_series(options: argparse.Namespace, exact_sizes: bool = False) -> TiltSeriesList:
    """List the tilt series that the options choose: by name all that match, else the first N."""
    limit = None if options.all or options.tilt_series else options.amount
    status = Status()
    with status:
        return list_tilt_series(
            options.entry,
            addresses(),
            image_set=options.image_set,
            names=options.tilt_series,
            limit=limit,
            pattern=options.pattern,
            transport=options.transport,
            exact_sizes=exact_sizes,
            on_status=status.set,
        )


def list_series(options: argparse.Namespace) -> int:
    """Print the tilt series."""
    listed = chosen_series(options, exact_sizes=True)
    if options.json:
        print_json({"series": [_document(one) for one in listed.series]})
        return DONE
    for one in listed.series:
        print(_line(one))
        for note in one.notes:
            print(f"{'':12}{note}")
        if options.verbose:
            for tilt in one.exposures:
                size = format_size(tilt.file.size) if tilt.file and tilt.file.size else "missing"
                angle = "?" if tilt.angle is None else f"{tilt.angle:.2f}°"
                path = tilt.file.path if tilt.file else tilt.name
                print(f"{'':12}{tilt.order:>3} {angle:>9} {size:>10}  {path}")
    total = format_size(sum(one.total_bytes for one in listed.series))
    print(f"{len(listed.series)} tilt series, {len(listed.files)} tilts, {total}")
    print(f"Gain reference: {listed.gains[0].path if listed.gains else 'none found'}")
    for note in listed.notes:
        print(note)
    return DONE


def series_to_download(listed: TiltSeriesList, with_gains: bool) -> MovieList:
    """Return the frames of the series, and every series' closest gain, as files to download."""
    gains = _unique_names(listed.own_gains.values()) if with_gains else []
    selection = Selection(
        [*gains[1:], *listed.files], listed.skipped, listed.notes, listed.is_whole
    )
    found = listed.found
    return MovieList(found.entry, found.image_set, selection, gains[:1], listed.server)


def _unique_names(gains: Iterable[FileRequest]) -> List[FileRequest]:
    """Return each gain once; of those with one name, the later ones get their folders in front."""
    unique: Dict[str, FileRequest] = {}
    for gain in dict.fromkeys(gains):
        name = gain.name if gain.name not in unique else local_name(gain.path, "")
        unique[name] = replace(gain, name=name)
    return list(unique.values())


def write_mdocs(listed: TiltSeriesList, report: DownloadReport) -> List[Path]:
    """Write the mdoc of each series that has any of its frames in the folder."""
    here = set(report.completed)
    folder = report.folder / MDOC_FOLDER
    written = []
    for one in listed.series:
        if here.intersection(one.files):
            text = series_mdoc_text(one, pixel_size=listed.found.image_set.pixel_size)
            written.append(folder / f"{one.ts_id}.mdoc")
            write_mdoc(written[-1], text, one.mdoc.modified if one.mdoc else "")
    return written


def _line(series: TiltSeries) -> str:
    tilts = f"{len(series.tilts)} tilts"
    axis = "axis unknown" if series.axis is None else f"axis {series.axis:g}°"
    doses = [tilt.dose for tilt in series.tilts if tilt.dose]
    dose = f"{sum(doses) / len(doses):.2f} e/Å² per tilt" if doses else "dose unknown"
    return f"{series.ts_id:<12}{tilts}, {axis}, {dose}, {format_size(series.total_bytes)}"


def _document(series: TiltSeries) -> Dict[str, Any]:
    return {
        "tsId": series.ts_id,
        "mdoc": series.mdoc.path if series.mdoc else None,
        "axis": series.axis,
        "tilts": [
            {
                "path": tilt.file.path,
                "name": tilt.file.name,
                "size": tilt.file.size,
                "angle": tilt.angle,
                "order": tilt.order,
                "dose": tilt.dose,
            }
            for tilt in series.tilts
            if tilt.file
        ],
        "missing": series.missing,
    }
