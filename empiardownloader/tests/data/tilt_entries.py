"""Entries of tilt series, in the layouts of well-known ones: simulated frames and their mdocs."""

from __future__ import annotations

import bz2
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Callable, Dict, Iterable, List, Mapping, Optional, Sequence

import numpy as np

from empiardownloader.demo.data.archive_tree import ArchiveFolder, Content
from empiardownloader.demo.data.documents import movie_set
from empiardownloader.demo.data.movies import gain_reference, mrc_bytes, simulate_movie, tiff_bytes

Files = Dict[str, Content]

SHAPE = (48, 64)
PIXEL_SIZE = 0.675
AXIS = 85.3
DOSE = 2.6

#: Dose-symmetric, in order of acquisition.
ANGLES = (0.0, 3.0, -3.0, -6.0, 6.0)

_DAY = datetime(2021, 10, 8, 7, 39, 8)
_MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_set = partial(movie_set, "Simulated tilt series", shape=SHAPE, pixel_size=PIXEL_SIZE)

@dataclass(frozen=True)
class Exposure:
    """One section of an mdoc: the frames' name, the angle in degrees, the dose in e/Å²."""

    name: str
    angle: float
    time: Optional[datetime] = None
    dose: float = DOSE


def series_exposures(
    series: str,
    angles: Sequence[float] = ANGLES,
    extension: str = "mrc",
    start: datetime = datetime(2015, 11, 30, 15, 21, 38),
    dose: float = DOSE,
) -> List[Exposure]:
    """Return exposures a minute apart, called as SerialEM does: TS_01_000_0.0.mrc."""
    return [
        Exposure(
            f"{series}_{number:03d}_{angle:.1f}.{extension}", angle, _after(start, number), dose
        )
        for number, angle in enumerate(angles)
    ]


def mdoc_bytes(
    exposures: Sequence[Exposure],
    axis: Optional[float] = AXIS,
    pixel_size: float = PIXEL_SIZE,
    binning: float = 1,
    kind: str = "ZValue",
) -> bytes:
    """Return an mdoc in SerialEM's form."""
    lines = [f"PixelSpacing = {pixel_size}", "Voltage = 300", "ImageFile = stack.mrc", ""]
    lines += ["[T = SerialEM: simulated, no real data              30-Nov-15  15:14:20    ]", ""]
    if axis is not None:
        lines += [
            f"[T =     Tilt axis angle = {axis}, binning = {binning:g}  spot = 8  camera = 2]",
            "",
        ]
    for number, exposure in enumerate(exposures):
        lines += _section(kind, number, exposure, pixel_size, binning)
    return "\r\n".join(lines).encode("ascii")


def movie_mdoc(exposure: Exposure) -> bytes:
    """Return the mdoc that SerialEM writes for one movie."""
    section = _section("FrameSet", 0, exposure, PIXEL_SIZE, 1)
    return "\n".join(["T = SerialEM: simulated", "Voltage = 300", "", *section]).encode("ascii")


def tilt_stack(seed: int, frames: int = 2, gain: Optional[np.ndarray] = None) -> np.ndarray:
    """Return the frames of one exposure."""
    stack, _ = simulate_movie(seed, SHAPE, frames, gain=gain)
    return stack


def _sibling_folders(archive: ArchiveFolder) -> None:
    files: Files = {}
    for series, frames in (("TS_01", 8), ("TS_03", 10)):
        exposures = series_exposures(series, dose=0)
        files[f"data/mdoc-files/{series}.mrc.mdoc"] = mdoc_bytes(exposures, AXIS, 5.4, 4)
        files.update(_frames("data/frames", exposures, frames))
    _add(archive, 10164, "data/frames", "MRC", files, 2, frames_per_image=8)


def _unlike_names(archive: ArchiveFolder) -> None:
    files: Files = {}
    for number, position in ((1, "53-1"), (2, "53-2"), (10, "7-1")):
        start = datetime(2021, 7, 31, 10, 36, 3)
        exposures = [
            Exposure(f"2Dvs3D_{position}_{at:05d}_{angle + 0.0}_{_short(_after(start, at))}.tif",
                     angle, _after(start, at))
            for at, angle in enumerate((-0.0, *ANGLES[1:]))
        ]  # fmt: skip
        files[f"data/tiltseries/mdoc/TS_{number}.mrc.mdoc"] = mdoc_bytes(exposures, -93.5)
        files.update(_frames("data/tiltseries/data", exposures))
    files["data/tiltseries/CountRef_2Dvs3D.mrc"] = mrc_bytes(gain_reference(1, SHAPE), PIXEL_SIZE)
    for at in range(3):
        files[f"data/spa/micrograph_{at:03d}.tif"] = tiff_bytes(tilt_stack(900 + at))
    sets = [_set(folder, "TIFF", 3, frames=2) for folder in ("data/tiltseries", "data/spa")]
    sets[1]["name"] = "Simulated movies of single particles"
    archive.add_entry(10491, sets, files)


def _without_mdocs(archive: ArchiveFolder) -> None:
    files: Files = {}
    for series in ("tomo_2", "tomo_10"):
        files.update(_frames("data", series_exposures(series)))
    _add(archive, 10493, "data", "MRC", files, 2)


def _folder_for_each(archive: ArchiveFolder) -> None:
    files: Files = {}
    for number, series in enumerate(("TS_01", "TS_02")):
        gain = gain_reference(10499 + number, SHAPE)
        exposures = series_exposures(series, extension="tif")
        files[f"data/frames/{series}.mrc.mdoc"] = mdoc_bytes(exposures)
        files[f"data/frames/CountRef_{series}.mrc"] = mrc_bytes(gain, PIXEL_SIZE)
        files.update(_frames(f"data/frames/{series}", exposures, gain=gain))
    _add(archive, 10499, "data/frames", "TIFF", files, 2)


def _packed(archive: ArchiveFolder) -> None:
    files: Files = {}
    for series in ("9", "10"):
        exposures = series_exposures(series)
        files[f"data/mdocs/{series}.mrc.mdoc"] = mdoc_bytes(exposures)
        for path, content in _frames("data/raw_frames", exposures).items():
            assert isinstance(content, bytes)
            files[path + ".bz2"] = bz2.compress(content)
    _add(archive, 11078, "data/raw_frames", "MRC", files, 2)


def _brackets(archive: ArchiveFolder) -> None:
    files: Files = {}
    for run in ("run_1-a", "run_2-b"):
        exposures = [
            Exposure(f"{run}_{at + 1:03d}[{angle:.2f}]_EER.tif", angle, _after(_DAY, at))
            for at, angle in enumerate(ANGLES)
        ]
        files[f"data/{run}/{run}.mdoc"] = mdoc_bytes(exposures)
        files[f"data/{run}/{run}.st"] = b"a stack"
        files[f"data/{run}/{run}.rawtlt"] = b"0.0\n"
        files.update(_frames(f"data/{run}/frames", exposures))
    _add(archive, 11830, "data", "TIFF", files, 2)


def _mdoc_for_each_movie(archive: ArchiveFolder) -> None:
    files: Files = {}
    for series in ("s_mmm", "s_nnn"):
        exposures = [
            Exposure(f"{series}_{990 + at:05d}_{angle:.1f}_{_short(_after(_DAY, at))}.tif",
                     angle, _after(_DAY, at))
            for at, angle in enumerate(ANGLES)
        ]  # fmt: skip
        for exposure in exposures:
            files[f"data/frames/{exposure.name}.mdoc"] = movie_mdoc(exposure)
        files.update(_frames("data/frames", exposures))
    _add(archive, 90101, "data/frames", "TIFF", files, 2)


def _overridden(archive: ArchiveFolder) -> None:
    good = series_exposures("TS_01")
    again = series_exposures("TS_01b", start=_after(_DAY, 60))
    files: Files = {
        "data/TS_01.mdoc": mdoc_bytes(good),
        "data/TS_01_override.mdoc": mdoc_bytes(again),
        "data/TS_02.mdoc": mdoc_bytes(series_exposures("TS_02")),
        "data/old/TS_02.mdoc": mdoc_bytes(series_exposures("TS_02")[:4]),
        "data/atlas.mdoc": mdoc_bytes([Exposure("", 0.0, _DAY)] * 4),
        "data/map.mrc.mdoc": mdoc_bytes([Exposure("", 0.1, _DAY)] * 9, kind="MontSection"),
        **_frames("data/frames", [*good, *again, *series_exposures("TS_02")]),
    }
    _add(archive, 90102, "data", "MRC", files, 2)


def _across_a_month(archive: ArchiveFolder) -> None:
    files: Files = {}
    for series, start in (
        ("june", datetime(2021, 6, 30, 23, 58)),
        ("end", datetime(2021, 12, 31, 23, 58)),
    ):
        exposures = [
            Exposure(
                f"{series}_{angle:.1f}_{_short(_after(start, at))}.mrc", angle, _after(start, at)
            )
            for at, angle in enumerate(ANGLES)
        ]
        files.update(_frames("data/frames", exposures))
        if series == "june":
            by_name = sorted(exposures, key=lambda exposure: exposure.name)
            files["data/mdocs/june.mdoc"] = mdoc_bytes(by_name)
    _add(archive, 90103, "data/frames", "MRC", files, 2)


def _taken_twice(archive: ArchiveFolder) -> None:
    angle_twice = series_exposures("TS_01", (0.0, 3.0, -3.0, -3.01, -6.0))
    written_twice = series_exposures("TS_02", (0.0, 3.0, -3.0, -3.0, -6.0))
    first, again = written_twice[2], written_twice[3]
    written_twice[3] = Exposure(first.name, again.angle, again.time)
    unnamed = series_exposures("TS_02", (12.0,))
    files: Files = {
        "data/mdocs/TS_01.mrc.mdoc": mdoc_bytes(angle_twice),
        "data/mdocs/TS_02.mrc.mdoc": mdoc_bytes(written_twice),
        **_frames("data/frames", angle_twice),
        **_frames("data/frames", [*written_twice[:3], written_twice[4]]),
        "data/frames/" + unnamed[0].name.replace("000", "077"): mrc_bytes(_as_int8(1)),
    }
    _add(archive, 90104, "data/frames", "MRC", files, 2)


def _frames_missing(archive: ArchiveFolder) -> None:
    some = series_exposures("TS_01")
    none = series_exposures("TS_02")
    renamed = series_exposures("TS_03")
    stored = [Exposure(one.name.replace("TS", "ts").replace(".mrc", ".MRC"), 0) for one in renamed]
    files: Files = {
        "data/mdocs/TS_01.mrc.mdoc": mdoc_bytes(some),
        "data/mdocs/TS_02.mrc.mdoc": mdoc_bytes(none, axis=None),
        "data/mdocs/TS_03.mrc.mdoc": mdoc_bytes(renamed),
        **_frames("data/frames", [*some[:3], some[4]]),
        **_frames("data/frames", stored),
    }
    _add(archive, 90105, "data/frames", "MRC", files, 3)


def _one_name_twice(archive: ArchiveFolder) -> None:
    files: Files = {}
    for day, folder in enumerate(("grid1", "grid2")):
        start = _DAY + timedelta(days=day)
        exposures = [
            Exposure(f"{at}.mrc", angle, _after(start, at)) for at, angle in enumerate(ANGLES)
        ]
        there = "\\".join(("X:", "frames", folder, "TS_01"))
        sections = [Exposure(f"{there}\\{one.name}", one.angle, one.time) for one in exposures]
        files[f"data/{folder}/TS_01.mdoc"] = mdoc_bytes(sections)
        files.update(_frames(f"data/{folder}/TS_01", exposures))
    _add(archive, 90106, "data", "MRC", files, 2)


def _after(start: datetime, minutes: int) -> datetime:
    return start + timedelta(minutes=minutes)


def _short(time: datetime) -> str:
    """Return SerialEM's date in a name: Jul31_10.36.03."""
    return f"{_MONTHS[time.month]}{time:%d_%H.%M.%S}"


def _section(
    kind: str, number: int, exposure: Exposure, pixel_size: float, binning: float
) -> List[str]:
    time = exposure.time
    path = exposure.name if "\\" in exposure.name else f"D:\\DATA\\user\\frames\\{exposure.name}"
    lines = [f"[{kind} = {number}]", f"TiltAngle = {exposure.angle}"]
    lines += [f"ExposureDose = {exposure.dose:g}", f"PixelSpacing = {pixel_size}"]
    lines += [f"Binning = {binning:g}", "Magnification = 105000", "RotationAngle = 175.3"]
    lines += [f"SubFramePath = {path}"] if exposure.name else []
    if time:
        lines += [f"DateTime = {time.day:02d}-{_MONTHS[time.month]}-{time:%y  %H:%M:%S}"]
    return [*lines, ""]


def _frames(
    folder: str,
    exposures: Sequence[Exposure],
    frames: int = 2,
    gain: Optional[np.ndarray] = None,
) -> Files:
    files: Files = {}
    for exposure in exposures:
        path = f"{folder}/{exposure.name}"
        seed = sum(path.encode("utf-8"))
        if path.endswith(".tif"):
            files[path] = tiff_bytes(tilt_stack(seed, frames, gain))
        else:
            files[path] = mrc_bytes(_as_int8(seed, frames, gain), PIXEL_SIZE)
    return files


def _as_int8(seed: int, frames: int = 2, gain: Optional[np.ndarray] = None) -> np.ndarray:
    return tilt_stack(seed, frames, gain).astype(np.int8)


def _add(
    archive: ArchiveFolder,
    number: int,
    directory: str,
    kind: str,
    files: Files,
    count: int,
    frames_per_image: int = 2,
) -> None:
    archive.add_entry(number, [_set(directory, kind, count, frames=frames_per_image)], files)


#: What makes each entry of tilt series.
TILT_ENTRIES: Mapping[int, Callable[[ArchiveFolder], None]] = {
    10164: _sibling_folders,  # mdocs beside the frames' folder; binned, no dose; 8 or 10 frames
    10491: _unlike_names,  # names of frames and mdocs share nothing; a second image set
    10493: _without_mdocs,  # angles in the names only
    10499: _folder_for_each,  # a folder and a gain for each series
    11078: _packed,  # packed frames; names that begin with a digit
    11830: _brackets,  # a folder for each run; brackets in the names; a stack beside the mdoc
    90101: _mdoc_for_each_movie,
    90102: _overridden,  # an mdoc and its override, a backup copy, a map, a montage
    90103: _across_a_month,  # names in two forms across a month's and a year's end
    90104: _taken_twice,  # an angle taken twice, and frames written twice
    90105: _frames_missing,  # a missing frame, a series without any
    90106: _one_name_twice,  # one name in two folders
}


def build_tilt_archive(archive: ArchiveFolder, numbers: Iterable[int] = TILT_ENTRIES) -> None:
    """Add the entries of tilt series with these numbers."""
    for number in numbers:
        archive.remove_entry(number)
        TILT_ENTRIES[number](archive)
