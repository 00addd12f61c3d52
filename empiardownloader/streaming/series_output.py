"""The output of tilt series: each is published when its last frame is registered."""

import logging
import os
import threading
from typing import Any, Callable, Dict, Iterable, List, Sequence, Set

from pyworkflow.object import Set as ScipionSet

from .output_set import OutputSet
from .series_assembly import Expected, SeriesAssembly
from .set_file import SetFile
from .set_shape import SetShape
from .tilt_series_items import SeriesItem, TiltItem, describe_series

logger = logging.getLogger(__name__)


class SeriesOutput:
    """Publishes complete series whose frames are registered in another set, that of movies."""

    def __init__(self, output: OutputSet, movies: SetFile, shapes: SetShape, folder: str) -> None:
        """``movies``: the set of all frames, with their shapes and the folder of their files."""
        self._output = output
        self._movies = movies
        self._shapes = shapes
        self._folder = folder
        self._publishing = threading.Lock()
        self._series: Dict[str, Any] = {}
        published = {"_tsId": [], "_size": []}
        if output.file.exists():
            published = output.file.columns("_tsId", "_size")
        tilts = dict(zip(published["_tsId"], map(int, published["_size"])))
        self._assembly = SeriesAssembly(movies.keys(), tilts)

    def expect(self, series: Sequence[Any]) -> None:
        """Set the series that are wanted.

        Each has ``ts_id``, ``axis`` and ``tilts`` in order of acquisition; each tilt has ``name``,
        ``order``, ``angle``, ``dose`` and ``dose_before``. Degrees and e/Å².
        """
        with self._publishing:
            self._series = {one.ts_id: one for one in series}
            self._assembly.expect(
                [Expected(one.ts_id, tuple(tilt.name for tilt in one.tilts)) for one in series]
            )

    @property
    def count(self) -> int:
        """The number of series that are wanted."""
        return len(self._series)

    def is_published(self, ts_id: str) -> bool:
        """Return True if the set has the series, with whatever tilts."""
        return self._assembly.is_published(ts_id)

    def waiting(self) -> Dict[str, int]:
        """Return the number of frames still to come, by series; complete series are left out."""
        return self._assembly.waiting()

    def register(self, names: Iterable[str]) -> None:
        """Frames are in the set of movies: publish the series that are complete by that."""
        self._assembly.register(names)
        self._try(self.publish)

    def lose(self, name: str) -> None:
        """Frames will not be registered: publish the series that are complete without them."""
        self._assembly.lose(name)
        self._try(self.publish)

    def publish(self) -> None:
        """Publish complete series that the set lacks, or has with fewer tilts."""
        with self._publishing:
            ready = self._assembly.ready()
            if not ready or not self._movies.exists():
                return
            if any(self._assembly.is_published(one.ts_id) for one in ready):
                new = [one for one in ready if not self._assembly.is_published(one.ts_id)]
                self._renew([*self._assembly.known(), *new])
                return
            items = self._items(ready)
            self._output.publish(items, ScipionSet.STREAM_OPEN, self._describer(items))
            self._assembly.publish(ready)
        for one in ready:
            logger.info("%s: registered with %d tilts", one.ts_id, len(one.frames))

    def rebuild(self) -> None:
        """Rewrite the set with new values, from the form or from the set of movies."""
        with self._publishing:
            known = self._assembly.known()
            if known and self._output.file.exists():
                self._renew(known)

    def _renew(self, series: Sequence[Expected]) -> None:
        items = self._items(series)
        self._output.renew(items, ScipionSet.STREAM_OPEN, self._describer(items))
        self._assembly.publish(series)

    @staticmethod
    def _try(publish: Callable[[], None]) -> None:
        """Publish; an error must not leave a step of registration."""
        try:
            publish()
        except Exception as error:  # noqa: BLE001 (tried again with the next frames, and at the end)
            logger.error("Tilt series could not be registered now (%s)", error)

    def _describer(self, items: Sequence[SeriesItem]) -> Callable[[Any], None]:
        return lambda series: describe_series(series, self._movies.load(), items[0])

    def _items(self, series: Sequence[Expected]) -> List[SeriesItem]:
        return [self._item(self._series[one.ts_id], set(one.frames)) for one in series]

    def _item(self, wanted: Any, here: Set[str]) -> SeriesItem:
        tilts = [self._tilt(tilt) for tilt in wanted.tilts if tilt.name in here]
        return SeriesItem(wanted.ts_id, tuple(tilts), self._shapes.decided[:2], wanted.axis)

    def _tilt(self, tilt: Any) -> TiltItem:
        shape = self._shapes.shape_of(tilt.name) or self._shapes.decided
        path = os.path.join(self._folder, tilt.name)
        return TiltItem(
            path, tilt.name, shape.frames, tilt.angle, tilt.order, tilt.dose, tilt.dose_before
        )
