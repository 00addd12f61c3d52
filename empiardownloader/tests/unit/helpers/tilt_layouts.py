"""Entries of tilt series in odd layouts, by names and mdocs alone, with the right answers."""

import gzip
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Dict, List, Optional, Sequence, Tuple

from empiardownloader.tests.data.tilt_entries import (
    ANGLES,
    AXIS,
    DOSE,
    Exposure,
    mdoc_bytes,
    movie_mdoc,
    series_exposures,
)

START = datetime(2022, 10, 15, 12, 34, 56)


@dataclass(frozen=True)
class Layout:
    """An entry, and what ``list --tilt-series`` is to say of it.

    gains: the gain reference of each series by its id. said: parts of the remarks.
    """

    directory: str
    files: Dict[str, bytes]
    series: Sequence[dict]
    said: Sequence[str] = ()
    unsaid: Sequence[str] = ()
    gains: Dict[str, str] = field(default_factory=dict)
    category: str = "micrographs - multiframe"


def frames(folder: str, exposures: Sequence[Exposure]) -> Dict[str, bytes]:
    """Return files that only have a name and a size."""
    return {f"{folder}/{one.name}": one.name.encode("utf-8") * 100 for one in exposures}


def series(
    ts_id: str,
    mdoc: Optional[str],
    tilts: Sequence[Tuple[str, float]],
    axis: Optional[float] = AXIS,
    dose: Optional[float] = DOSE,
    missing: Sequence[str] = (),
    orders: Sequence[int] = (),
) -> dict:
    """Return a series as the JSON has it; tilts: path and angle, in order of acquisition."""
    numbers = orders or range(1, len(tilts) + 1)
    found = [
        {"path": path, "angle": angle, "order": order, "dose": dose}
        for order, (path, angle) in zip(numbers, tilts)
    ]
    return {"tsId": ts_id, "mdoc": mdoc, "axis": axis, "tilts": found, "missing": list(missing)}


def tilts_of(folder: str, exposures: Sequence[Exposure]) -> List[Tuple[str, float]]:
    """Return the path and the angle of each exposure."""
    return [(f"{folder}/{one.name}", one.angle) for one in exposures]


def told(folder: str, exposures: Sequence[Exposure]) -> List[Exposure]:
    """Return exposures with the folder of the microscope's computer before their names."""
    return [replace(one, name=folder + one.name) for one in exposures]


def dated(exposures: Sequence[Exposure], minutes: int) -> List[Exposure]:
    """Return the exposures as they were taken so much later."""
    return [replace(one, time=one.time + timedelta(minutes=minutes)) for one in exposures]


def position(name: str, extension: str = "eer") -> List[Exposure]:
    """Return exposures as Tomography 5 names them."""
    return [
        Exposure(
            f"{name}_{at + 1:03d}_{angle:.2f}_{START + timedelta(minutes=at):%Y%m%d_%H%M%S}_EER."
            + extension,
            angle,
            START + timedelta(minutes=at),
        )
        for at, angle in enumerate(ANGLES)
    ]


def _gains_that_name_their_series() -> Layout:
    """EMPIAR-10988: no mdocs, and gain references called after ranges of series."""
    files, expected = {}, []
    for name in ("TS_0001", "TS_0004", "TS_0005", "TS_0010"):
        exposures = series_exposures(name, extension="tif")
        files.update(frames("data/DEF/frames", exposures))
        expected.append(series(name, None, tilts_of("data/DEF/frames", exposures), None, None))
    first = "data/DEF/CountRef_TS_0001_0004_plus_0010.dm4"
    second = "data/DEF/CountRef_TS_0005_0008.dm4"
    files.update({first: b"gain" * 99, second: b"gain" * 99})
    gains = {"TS_0001": first, "TS_0004": first, "TS_0005": second, "TS_0010": first}
    return Layout("data/DEF", files, expected, ["no mdoc"], gains=gains)


def _stacks_and_their_mdocs() -> Layout:
    """EMPIAR-11058: mdocs of stacks beside sessions of frames; two kinds of mdoc for one series."""
    p1, p2 = series_exposures("p1"), series_exposures("p2")
    there = "data/raw_stacks/session1/frames"
    return Layout(
        "data/raw_stacks",
        {
            "data/SerialEM/p1.st.mdoc": mdoc_bytes(p1),
            "data/SerialEM/p1.mrc.mdoc": mdoc_bytes(p1),
            "data/SerialEM/p2.st.mdoc": mdoc_bytes(p2),
            **frames(there, p1),
            **frames("data/raw_stacks/session2/frames", p2),
        },
        [
            series("p1", "data/SerialEM/p1.mrc.mdoc", tilts_of(there, p1)),
            series(
                "p2",
                "data/SerialEM/p2.st.mdoc",
                tilts_of("data/raw_stacks/session2/frames", p2),
            ),
        ],
        ["data/SerialEM/p1.mrc.mdoc is used, not data/SerialEM/p1.st.mdoc"],
    )


def _frames_in_two_folders() -> Layout:
    """EMPIAR-12794: the frames of a series in two folders; series without any frames."""
    one, none = series_exposures("L1_ts_001"), series_exposures("L1_ts_002")
    paths = [*tilts_of("data/frames_1", one[:2]), *tilts_of("data/frames_2", one[2:])]
    return Layout(
        "data",
        {
            "data/mdocs/L1_ts_001.mrc.mdoc": mdoc_bytes(one),
            "data/mdocs/L1_ts_002.mrc.mdoc": mdoc_bytes(none),
            **frames("data/frames_1", one[:2]),
            **frames("data/frames_2", one[2:]),
        },
        [
            series("L1_ts_001", "data/mdocs/L1_ts_001.mrc.mdoc", paths),
            series(
                "L1_ts_002",
                "data/mdocs/L1_ts_002.mrc.mdoc",
                [],
                missing=[tilt.name for tilt in none],
            ),
        ],
        ["L1_ts_002", "5 of 5 tilts missing"],
    )


def _original_mdocs() -> Layout:
    """EMPIAR-12049: mdocs called original, in a folder for metadata."""
    exposures = series_exposures("G1_ts_7", extension="eer")
    return Layout(
        "data/frames",
        {
            "data/metadata/G1_ts_7_orig.mdoc": mdoc_bytes(exposures),
            **frames("data/frames", exposures),
        },
        [
            series(
                "G1_ts_7_orig",
                "data/metadata/G1_ts_7_orig.mdoc",
                tilts_of("data/frames", exposures),
            )
        ],
    )


def _aligned_stacks() -> Layout:
    """mdocs that IMOD copied with stacks it made: they describe the same exposures again."""
    exposures = series_exposures("TS_03")
    by_angle = sorted(exposures, key=lambda one: one.angle)
    nameless = [replace(one, name="") for one in by_angle]
    files = {
        "data/TS_03/TS_03.mrc.mdoc": mdoc_bytes(exposures),
        "data/TS_03/TS_03_ali.mrc.mdoc": mdoc_bytes(by_angle, binning=4),
        "data/TS_03/TS_03_newst.mrc.mdoc": mdoc_bytes(by_angle[1:]),
        "data/TS_03/TS_03_bin4.st.mdoc": mdoc_bytes(nameless),
        "data/aligned/TS_03.mrc.mdoc": mdoc_bytes(by_angle[1:4]),
        **frames("data/TS_03/frames", exposures),
    }
    expected = series(
        "TS_03", "data/TS_03/TS_03.mrc.mdoc", tilts_of("data/TS_03/frames", exposures)
    )
    return Layout("data", files, [expected], ["data/TS_03/TS_03_ali.mrc.mdoc"], ["missing"])


def _foreign_text() -> Layout:
    """Latin-1 in titles and values, lines that end with CR LF, '=' in values, a byte of zero."""
    exposures = series_exposures("TS_01", extension="tif")
    text = mdoc_bytes(exposures).replace(
        b"simulated", "Caméra 3 µm, gain = 1.5, tilt ±60°".encode("latin-1")
    )
    files = {"data/TS_01.tif.mdoc": text + b"\r\n\0", **frames("data/frames", exposures)}
    expected = series("TS_01", "data/TS_01.tif.mdoc", tilts_of("data/frames", exposures))
    return Layout("data", files, [expected])


def _paths_of_windows() -> Layout:
    """Paths of drives, shares and with other slashes; frames converted to another format."""
    names = ("drive", "share", "slashes", "converted")
    folders = dict(zip(names, ("X:\\a b\\", "\\\\NAS\\krios (1)\\d\\", "Z:/a/b/", "")))
    files, expected = {}, []
    for name in sorted(names):
        exposures = series_exposures(name, extension="tif")
        written = told(folders[name], exposures)
        if name == "converted":
            written = [replace(one, name=one.name.replace(".tif", ".mrc")) for one in written]
        files[f"data/mdoc/{name}.mdoc"] = mdoc_bytes(written)
        files.update(frames("data/frames", exposures))
        expected.append(
            series(name, f"data/mdoc/{name}.mdoc", tilts_of("data/frames", exposures))
        )
    return Layout("data/frames", files, expected, (), ["missing"])


def _dates_in_two_forms() -> Layout:
    """SerialEM's old and new form of dates in one file that is sorted by angle."""
    exposures = series_exposures("TS_5", start=datetime(2021, 1, 31, 23, 58))
    text = mdoc_bytes(sorted(exposures, key=lambda one: one.angle)).decode("ascii")
    text = text.replace("01-Feb-21", "2021-Feb-01")
    files = {"data/TS_5.mdoc": text.encode("ascii"), **frames("data", exposures)}
    return Layout(
        "data", files, [series("TS_5", "data/TS_5.mdoc", tilts_of("data", exposures))]
    )


def _packed_mdocs() -> Layout:
    """Packed mdocs, names in capitals."""
    exposures = series_exposures("GRID-1")
    files = {
        "data/MDOC/GRID-1.MRC.MDOC.gz": gzip.compress(mdoc_bytes(exposures)),
        **frames("data/Frames", exposures),
    }
    expected = series(
        "GRID_1", "data/MDOC/GRID-1.MRC.MDOC.gz", tilts_of("data/Frames", exposures)
    )
    return Layout("data/Frames", files, [expected])


def _tomography_5() -> Layout:
    """Names of Tomography 5, positions whose names begin alike, an override of one of them."""
    files, expected = {}, []
    title = b"[T = TOMOGRAPHY 5.12  ]\r\n[T =     Tilt axis"
    for name in ("Position_1", "Position_1_2", "Position_10"):
        exposures = position(name)
        text = mdoc_bytes(told("D:\\Data\\", exposures)).replace(b"[T =     Tilt axis", title)
        files[f"data/{name}.mdoc"] = text
        files.update(frames("data", exposures))
        mdoc = f"data/{name}.mdoc"
        if name == "Position_10":
            mdoc = f"data/{name}_override.mdoc"
            # The shutter stayed closed for one: the file that is to be used leaves it out.
            files[mdoc] = mdoc_bytes(told("D:\\Data\\", exposures[:4]))
            exposures = exposures[:4]
        expected.append(series(name, mdoc, tilts_of("data", exposures)))
    return Layout("data", files, expected, ["in no section of the mdoc, left out: Position_10_005"])


def _signs_in_names() -> Layout:
    """No mdocs; signs before the angles, dashes in the names, a part of the date."""
    files, expected = {}, []
    for name, ts_id in (("lam-01", "lam_01"), ("lam-2", "lam_2")):
        exposures = [
            Exposure(f"{name}_{at:04d}_{angle:+.1f}.tif", angle) for at, angle in enumerate(ANGLES)
        ]
        files.update(frames(f"data/{name}", exposures))
        expected.append(series(ts_id, None, tilts_of(f"data/{name}", exposures), None, None))
    return Layout("data", files, expected)


def _sections_without_frames() -> Layout:
    """Sections that name no frames: these are found by series and angle."""
    exposures = series_exposures("TS_02")
    written = [replace(one, name="" if at % 2 else one.name) for at, one in enumerate(exposures)]
    files = {"data/m/TS_02.mrc.mdoc": mdoc_bytes(written), **frames("data/f", exposures)}
    return Layout(
        "data", files, [series("TS_02", "data/m/TS_02.mrc.mdoc", tilts_of("data/f", exposures))]
    )


def _restarted() -> Layout:
    """One file of a series that was begun again: its sections are numbered from 0 twice."""
    first = series_exposures("TS_04", ANGLES[:3], start=START)
    again = [
        replace(one, name=one.name.replace("TS_04_", "TS_04_1"))
        for one in series_exposures("TS_04", ANGLES[1:], start=START + timedelta(hours=1))
    ]
    text = mdoc_bytes(first) + b"\r\n" + mdoc_bytes(again)
    files = {"data/TS_04.mdoc": text, **frames("data/frames", [*first, *again])}
    tilts = tilts_of("data/frames", [*first, *again])
    said = ["taken more than once: the tilt at -3.0°, 3.0°"]
    return Layout("data", files, [series("TS_04", "data/TS_04.mdoc", tilts)], said)


def _mdocs_of_movies_and_of_the_series() -> Layout:
    """An mdoc for the series and one for each movie; the series' own is used."""
    exposures = series_exposures("TS_06", extension="tif")
    files = {"data/TS_06.st.mdoc": mdoc_bytes(exposures), **frames("data/frames", exposures)}
    files.update({f"data/frames/{one.name}.mdoc": movie_mdoc(one) for one in exposures})
    return Layout(
        "data",
        files,
        [series("TS_06", "data/TS_06.st.mdoc", tilts_of("data/frames", exposures))],
    )


def _frames_twice() -> Layout:
    """Each frame once more in a folder for a backup: the one beside its mdoc is taken."""
    exposures = series_exposures("TS_08")
    files = {
        "data/run/TS_08.mdoc": mdoc_bytes(exposures),
        **frames("data/run/frames", exposures),
        **frames("data/zz_backup/frames", exposures),
    }
    tilts = tilts_of("data/run/frames", exposures)
    return Layout("data", files, [series("TS_08", "data/run/TS_08.mdoc", tilts)])


def _declared_as_tilt_series() -> Layout:
    """EMPIAR calls the set a tilt series; a year's end within the series; brackets."""
    exposures = [
        Exposure(f"b[1]_{at:03d}[{angle:.2f}].mrc", angle,
                 datetime(2021, 12, 31, 23, 57) + timedelta(minutes=at))
        for at, angle in enumerate(ANGLES)
    ]  # fmt: skip
    files = {"data/b[1].mrc.mdoc": mdoc_bytes(exposures), **frames("data/raw [1]", exposures)}
    expected = series("b1", "data/b[1].mrc.mdoc", tilts_of("data/raw [1]", exposures))
    return Layout("data", files, [expected], category="tilt series")


LAYOUTS = {
    91001: _gains_that_name_their_series(),
    91002: _stacks_and_their_mdocs(),
    91003: _frames_in_two_folders(),
    91004: _original_mdocs(),
    91005: _aligned_stacks(),
    91006: _foreign_text(),
    91007: _paths_of_windows(),
    91008: _dates_in_two_forms(),
    91009: _packed_mdocs(),
    91010: _tomography_5(),
    91011: _signs_in_names(),
    91012: _sections_without_frames(),
    91013: _restarted(),
    91014: _mdocs_of_movies_and_of_the_series(),
    91015: _frames_twice(),
    91016: _declared_as_tilt_series(),
}
