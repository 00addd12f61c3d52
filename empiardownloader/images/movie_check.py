"""Checks by their headers, without Scipion, that downloaded files are movies."""

import threading
from typing import Dict, Sequence

from .errors import Unreadable
from .shape import has_own_reader, image_shape
from .unpack import packed_suffix

#: Files at the beginning of a list: where none of them is a movie, the others are not either.
HOPELESS = 10


def not_a_movie_reason(path: str) -> str:
    """Return why a file is not a movie, as a clause; '' if it is one or unreadable here."""
    if packed_suffix(path) or not has_own_reader(path):
        return ""
    try:
        _, _, frames = image_shape(path)
    except Unreadable as error:
        return str(error)
    return "it is a single image, not a movie" if frames == 1 else ""


class MovieCheck:
    """Looks at files as they arrive; safe between threads."""

    def __init__(self, names: Sequence[str]) -> None:
        """``names``: all files, in the order of their list."""
        self._first = names[:HOPELESS]
        self._lock = threading.Lock()
        self._reasons: Dict[str, str] = {}

    @property
    def reasons(self) -> Dict[str, str]:
        """Why files are not movies, by name."""
        with self._lock:
            return dict(self._reasons)

    @property
    def is_hopeless(self) -> bool:
        """Return True if the first ten files of the list are here, and none is a movie."""
        with self._lock:
            return len(self._first) == HOPELESS and all(map(self._reasons.get, self._first))

    def look(self, name: str, path: str) -> None:
        """Read the header of a file that is at ``path``."""
        reason = not_a_movie_reason(path)
        if reason:
            with self._lock:
                self._reasons[name] = reason
