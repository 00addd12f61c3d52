"""Matches the exposures of a tilt series' mdoc with the files of the entry."""

from __future__ import annotations

from datetime import datetime
from typing import Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

from ..files.image_kinds import split_extension
from ..files.sort_keys import natural_key
from ..files.tilt_names import TiltName, parse_tilt_name, ts_id
from ..files.tree import RemoteFile
from .exposures import Exposure, SeriesMdoc

#: Degrees by which the angle in a name may differ from the mdoc's: names are rounded.
_MAX_DIFFERENCE = 0.6

#: Where an exposure stands: the series' number in the call, and its own in the series.
Place = Tuple[int, int]


class Series(NamedTuple):
    """A series whose frames are looked for; key: its id in lower case."""

    key: str
    mdoc: SeriesMdoc


class FrameIndex:
    """The frames of an image set that no exposure has taken yet, by the names they may have."""

    def __init__(self, frames: Sequence[RemoteFile]) -> None:
        self._free: Dict[str, RemoteFile] = {frame.path: frame for frame in frames}
        self._tilts: Dict[str, Optional[TiltName]] = {
            frame.path: parse_tilt_name(frame.name) for frame in frames
        }
        self._by: List[Dict[str, List[RemoteFile]]] = []
        for form in _FORMS:
            named: Dict[str, List[RemoteFile]] = {}
            for frame in frames:
                named.setdefault(form(frame.name), []).append(frame)
            self._by.append(named)
        self._of: Dict[str, List[str]] = {}
        for frame in frames:
            for key in _keys(frame, self._tilts[frame.path]):
                self._of.setdefault(key, []).append(frame.path)

    def match(self, series: Sequence[Series]) -> Dict[Place, RemoteFile]:
        """Give each exposure its frames, by the surest way first; a file goes to one exposure.

        By exact name, then another case, then the name without its extension, then series and
        angle. Where several exposures name one file, an override's has it, then the latest one's.
        """
        found: Dict[Place, RemoteFile] = {}
        places = sorted(_places(series), key=lambda place: _latest_first(series, place))
        for way, form in enumerate(_FORMS):
            for place in places:
                if place not in found and not self._was_named_before(series, place, found):
                    frame = self._named(way, form, series, place)
                    if frame:
                        found[place] = self._free.pop(frame.path)
        found.update(self._by_angle(series, [place for place in places if place not in found]))
        return found

    def take(self, frames: Sequence[RemoteFile]) -> List[RemoteFile]:
        """Take frames out of the free ones, and return them."""
        return [self._free.pop(frame.path) for frame in frames if frame.path in self._free]

    def of_series(self, key: str) -> List[RemoteFile]:
        """Return the frames that are still free and are called after a series."""
        return [self._free[path] for path in self._of.get(key, []) if path in self._free]

    @property
    def free(self) -> List[RemoteFile]:
        """The frames that no exposure has taken."""
        return list(self._free.values())

    def _named(
        self, way: int, form: Callable[[str], str], series: Sequence[Series], place: Place
    ) -> Optional[RemoteFile]:
        exposure = series[place[0]].mdoc.exposures[place[1]]
        for name in exposure.names:
            named = [
                frame for frame in self._by[way].get(form(name), []) if frame.path in self._free
            ]
            if named:
                return min(named, key=lambda frame: _distance(frame, exposure, series[place[0]]))
        return None

    @staticmethod
    def _was_named_before(
        series: Sequence[Series], place: Place, found: Dict[Place, RemoteFile]
    ) -> bool:
        """Return True if a later exposure of the series has the file of this name.

        The file was written again: another file of the entry is not the earlier exposure's.
        """
        exposures = series[place[0]].mdoc.exposures
        name = exposures[place[1]].name
        return bool(name) and any(
            exposures[number].name == name
            for number in range(len(exposures))
            if number != place[1] and (place[0], number) in found
        )

    def _by_angle(
        self, series: Sequence[Series], places: Sequence[Place]
    ) -> Dict[Place, RemoteFile]:
        pairs: List[Tuple[int, float, int, Place, str]] = []
        for place in places:
            one, exposure = series[place[0]], series[place[0]].mdoc.exposures[place[1]]
            if exposure.angle is None:
                continue
            named = parse_tilt_name(exposure.name)
            for frame in self.of_series(one.key):
                tilt = self._tilts[frame.path]
                if tilt is None or _is_another(tilt, named):
                    continue
                if abs(tilt.angle - exposure.angle) <= _MAX_DIFFERENCE:
                    apart = abs((tilt.order or 0) - place[1])
                    difference = round(abs(tilt.angle - exposure.angle), 2)
                    pairs.append((-_shared(frame, one), difference, apart, place, frame.path))
        found: Dict[Place, RemoteFile] = {}
        for *_, place, path in sorted(pairs):
            if place not in found and path in self._free:
                found[place] = self._free.pop(path)
        return found


def _stem(name: str) -> str:
    return split_extension(name)[0].lower()


_FORMS: Tuple[Callable[[str], str], ...] = (str, str.lower, _stem)


def _places(series: Sequence[Series]) -> Iterator[Place]:
    for at, one in enumerate(series):
        for number in range(len(one.mdoc.exposures)):
            yield at, number


def _latest_first(series: Sequence[Series], place: Place) -> Tuple[bool, float, Place]:
    mdoc = series[place[0]].mdoc
    time = mdoc.exposures[place[1]].time
    age = -(time - datetime(1990, 1, 1)).total_seconds() if time else 0.0
    # Without dates, the later section of one file wins, and the first file of several.
    return not mdoc.is_override, age, (place[0], -place[1])


def _keys(frame: RemoteFile, tilt: Optional[TiltName]) -> Set[str]:
    """Return the ids of the series that a frame may be of: by its name, or by its folders."""
    if tilt is None:
        return set()
    folders = frame.folder.split("/") if frame.folder else []
    return {ts_id(name).lower() for name in (tilt.series, *folders)}


def _is_another(tilt: TiltName, named: Optional[TiltName]) -> bool:
    """Return True if a frame's number shows that it is not the exposure that is named so."""
    if named is None or named.order is None or tilt.order is None:
        return False
    return ts_id(named.series) == ts_id(tilt.series) and named.order != tilt.order


def _distance(
    frame: RemoteFile, exposure: Exposure, series: Series
) -> Tuple[int, bool, int, Tuple[str, str]]:
    """Return a sort key: folders of several series may contain the same base name."""
    folders = frame.folder.lower().split("/")
    written = [part.lower() for part in exposure.folders]
    common = 0
    while common < min(len(folders), len(written)) and folders[-1 - common] == written[-1 - common]:
        common += 1
    is_called_so = series.key in (ts_id(part).lower() for part in folders if part)
    return -common, not is_called_so, -_shared(frame, series), natural_key(frame.path)


def _shared(frame: RemoteFile, series: Series) -> int:
    """Return how many folders a file's path shares with its series' mdoc."""
    return len(set(frame.folder.split("/")) & set(series.mdoc.file.folder.split("/")))
