"""Tilt series by the file names of their frames: series, acquisition order, angle and date.

The forms are those of SerialEM (TS_01_000_0.0.mrc), PACEtomo (x_00001_-0.0_Jul31_10.36.03.tif)
and Tomography 5 (run_001[12.00]_EER.eer, Position_1_001_0.00_20221015_123456_EER.eer).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Collection, Dict, Iterable, List, Optional, Sequence, Set, Tuple

from .image_kinds import split_extension
from .sort_keys import date_in, natural_key
from .tree import RemoteFile, last_part

_ANGLE = r"[-+]?[0-9]{1,2}\.[0-9]+(?![0-9]|\.[0-9])"

#: The surest form first. What follows the angle may be a date or a word such as EER.
_CERTAIN = (
    re.compile(
        r"(?P<series>.+?)(?:[-_](?P<order>[0-9]{2,5}))?\[(?P<angle>[-+]?[0-9]+(?:\.[0-9]+)?)\]"
        r"(?!.*\[[-+]?[0-9.]+\])"  # brackets before are the series' own
    ),
    re.compile(rf"(?P<series>.+)[-_](?P<order>[0-9]{{1,5}})_(?P<angle>{_ANGLE})(?:[-_]|\Z)"),
    re.compile(rf"(?P<series>.+?)_(?P<angle>{_ANGLE})(?:[-_]|\Z)"),
)

#: Whole degrees: other numbers look the same, so a series of them must have negative angles.
_LOOSE = (
    re.compile(
        r"(?P<series>.+)[-_](?P<order>[0-9]{2,5})_(?P<angle>[-+]?[0-9]{1,2})(?:_[A-Za-z]|\Z)"
    ),
    re.compile(r"(?P<series>.+?)_(?P<angle>[-+][0-9]{1,2}|0+)(?:_[A-Za-z]|\Z)"),
)

#: Fewer images of one name with angles in them are no tilt series.
_MIN_TILTS = 3

#: Degrees that the angles of a series span at least.
_MIN_SPAN = 4.0

#: Degrees. No stage tilts further.
_MAX_ANGLE = 90.0

#: Folders above a series whose names may distinguish it from others of its name.
_MAX_LEVELS = 6

_NO_TABLE_NAME = re.compile(r"[^A-Za-z0-9_]")


@dataclass(frozen=True)
class TiltName:
    """The parts of a tilt's file name; angle in degrees, order as numbered there."""

    series: str
    angle: float
    order: Optional[int] = None
    date: Optional[Tuple[int, ...]] = None
    is_certain: bool = True


@dataclass(frozen=True)
class NamedSeries:
    """A tilt series known by the names of its frames, in order of acquisition.

    is_ordered: the names have the order, as numbers or dates.
    """

    ts_id: str
    frames: Tuple[RemoteFile, ...]
    is_ordered: bool


def parse_tilt_name(name: str) -> Optional[TiltName]:
    """Parse a tilt's file name; return None if it has no angle."""
    stem, extension = split_extension(name)
    if extension[1:].isdigit():  # of an angle: the name has no extension
        stem = name
    for forms in (_CERTAIN, _LOOSE):
        for form in forms:
            found = form.match(stem)
            if found and abs(float(found["angle"])) <= _MAX_ANGLE:
                order = found.groupdict().get("order")
                return TiltName(
                    found["series"],
                    float(found["angle"]) + 0.0,  # -0.0 becomes 0.0
                    int(order) if order else None,
                    date_in(stem[found.end("angle") :]),
                    forms is _CERTAIN,
                )
    return None


def named_series(frames: Iterable[RemoteFile]) -> List[NamedSeries]:
    """Return the tilt series among the frames by their names, in natural order.

    Frames of one series may lie in several folders; where the folders repeat a tilt, each holds
    a series of its own, whose id has the folder in front.
    """
    groups: Dict[str, List[Tuple[RemoteFile, TiltName]]] = {}
    for frame in frames:
        tilt = parse_tilt_name(frame.name)
        if tilt:
            groups.setdefault(ts_id(tilt.series).lower(), []).append((frame, tilt))
    clusters: List[Tuple[str, List[Tuple[RemoteFile, TiltName]]]] = []
    for group in groups.values():
        for cluster in _by_folder(group):
            if _is_series(cluster):
                frame, tilt = cluster[0]
                clusters.append((f"{frame.folder}/{tilt.series}", cluster))
    ids = unique_ts_ids([path for path, _ in clusters])
    series = [_ordered(ids[path], cluster) for path, cluster in clusters]
    return sorted(series, key=lambda one: natural_key(one.ts_id))


def ts_id(name: str) -> str:
    """Return a tilt series' id by the name of its mdoc, as scipion-em-tomo's normalizeTSId does.

    It becomes part of the names of SQLite tables. What is legal nowhere in one (a blank, a sign)
    becomes '_', which scipion-em-tomo leaves as it is.
    """
    text = last_part(name).split(".")[0]
    if text[:1].isdigit():
        text = "TS_" + text
    text = text.replace("-", "_").replace("[", "").replace("]", "").replace("__", "_")
    text = _NO_TABLE_NAME.sub("_", text)
    return text if text[:1].isalpha() or text[:1] == "_" else f"TS_{text}"


def unique_ts_ids(paths: Sequence[str]) -> Dict[str, str]:
    """Return the ids of series by the paths of their mdocs.

    An id that occurs twice, in whatever case, gets the name of its folder in front, or of the
    nearest one above by which it differs; in one folder, the dots of its name count, too.
    """
    ids: Dict[str, str] = {}
    waiting = list(dict.fromkeys(paths))
    for level in range(_MAX_LEVELS):
        waiting = _distinguish(ids, waiting, [_with_folder(path, level) for path in waiting])
    waiting = _distinguish(ids, waiting, [_with_whole_name(path) for path in waiting])
    taken = {one.lower() for one in ids.values()}
    for path in waiting:
        ids[path] = _numbered(_with_folder(path, 1), taken)
        taken.add(ids[path].lower())
    return ids


def _distinguish(ids: Dict[str, str], paths: Sequence[str], wishes: Sequence[str]) -> List[str]:
    """Give each path its wish if no other has it; return the other paths."""
    counts = Counter(wish.lower() for wish in (*wishes, *ids.values()))
    for path, wish in zip(paths, wishes):
        if counts[wish.lower()] == 1:
            ids[path] = wish
    return [path for path in paths if path not in ids]


def _with_folder(path: str, level: int) -> str:
    *folders, name = path.split("/")
    if level == 0 or len(folders) < level:
        return ts_id(name)
    return ts_id(f"{folders[-level].replace('.', '_')}_{name}")


def _with_whole_name(path: str) -> str:
    return ts_id(last_part(path).replace(".", "_"))


def _numbered(wish: str, taken: Set[str]) -> str:
    number = 2
    while f"{wish}_{number}".lower() in taken:
        number += 1
    return f"{wish}_{number}"


def _by_folder(
    group: List[Tuple[RemoteFile, TiltName]],
) -> List[List[Tuple[RemoteFile, TiltName]]]:
    """Split a group by folders if two folders hold the same tilt."""
    folders: Dict[str, List[Tuple[RemoteFile, TiltName]]] = {}
    for frame, tilt in group:
        folders.setdefault(frame.folder, []).append((frame, tilt))
    tilts = [{(tilt.order, tilt.angle) for _, tilt in part} for part in folders.values()]
    if sum(map(len, tilts)) == len(set().union(*tilts)):
        return [group]
    return list(folders.values())


def spans_a_series(angles: Collection[float]) -> bool:
    """Return True if angles (degrees) may be those of a tilt series."""
    return len(angles) >= _MIN_TILTS and max(angles) - min(angles) >= _MIN_SPAN


def _is_series(cluster: Sequence[Tuple[RemoteFile, TiltName]]) -> bool:
    angles = [tilt.angle for _, tilt in cluster]
    if not spans_a_series(angles):
        return False
    return all(tilt.is_certain for _, tilt in cluster) or min(angles) < 0 < max(angles)


def _ordered(series_id: str, cluster: Sequence[Tuple[RemoteFile, TiltName]]) -> NamedSeries:
    orders = [tilt.order for _, tilt in cluster]
    dates = _within_a_year([tilt.date for _, tilt in cluster])
    frames = [frame for frame, _ in cluster]
    keys: Sequence[Any]
    for keys in (orders, dates):
        if None not in keys and len(set(keys)) == len(keys):
            ordered = (frame for _, frame in sorted(zip(keys, frames)))
            return NamedSeries(series_id, tuple(ordered), True)
    frames.sort(key=lambda frame: natural_key(frame.name))
    return NamedSeries(series_id, tuple(frames), False)


def _within_a_year(
    dates: Sequence[Optional[Tuple[int, ...]]],
) -> List[Optional[Tuple[int, ...]]]:
    """Put January after December where SerialEM's dates, which have no year, hold both."""
    months = {date[1] for date in dates if date and date[0] == 0}
    if not {1, 12} <= months:
        return list(dates)
    return [
        (date[0] + (date[0] == 0 and date[1] < 7), *date[1:]) if date else None for date in dates
    ]
