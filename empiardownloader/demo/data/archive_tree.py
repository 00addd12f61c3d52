"""The folder tree of a miniature archive, and functions to add entries."""

from __future__ import annotations

import json
import os
import shutil
from functools import partial
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Sequence, Union

from empiardownloader.demo.data.documents import (
    Document,
    entry_document,
    entry_xml,
    map_document,
    movie_set,
    size_text,
)
from empiardownloader.demo.data.mrc import TINY_SHAPE, tiny_movie
from empiardownloader.demo.miniature_archive import WORLD_AVAILABILITY

Content = Union[bytes, Callable[[], bytes]]

#: When every file was last modified, 2019-10-04 16:13:54 UTC, so that listings do not change.
MODIFIED = 1570205634


class ArchiveFolder:
    """The archive's tree below `root`, created if missing.

    `ftp/empiar/world_availability/<number>/` contains an entry's files, `api/<number>.json` and
    `emdb/EMD-<number>.json` the answers of the APIs; `truth.json` the true drift of simulated
    movies, which is not served.
    """

    def __init__(self, root: Union[str, Path]) -> None:
        self.root = Path(root)
        for name in (WORLD_AVAILABILITY, "api", "emdb"):
            (self.root / name).mkdir(parents=True, exist_ok=True)

    def entry_folder(self, number: Union[int, str]) -> Path:
        """Return the folder of an entry's files; it may not exist."""
        return self.root / WORLD_AVAILABILITY / str(number)

    def add_entry(
        self,
        number: Union[int, str],
        image_sets: Sequence[Mapping[str, Any]] = (),
        files: Mapping[str, Content] = {},  # noqa: B006 (it is only read)
        truth: Mapping[str, Mapping[str, Any]] = {},  # noqa: B006
        **metadata: Any,
    ) -> Path:
        """Add an entry, or add to it, and return its folder.

        `image_sets` are keys of the API's image sets that differ from `documents.image_set`;
        `files` maps paths below the entry to their bytes, or to a function that returns them
        (called once); a path that ends in `/` is an empty folder. `truth`: as :meth:`truth` returns
        it. `metadata` replaces keys of the API's document. The file `<number>.xml` is written too,
        unless the entry is not released.
        """
        folder = self.entry_folder(number)
        for path, content in files.items():
            self.add_file(number, path, content)
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        metadata.setdefault("dataset_size", size_text(size))
        document = entry_document(number, image_sets, **metadata)
        _write_json(self.root / "api" / f"{number}.json", document)
        body = document[f"EMPIAR-{number}"]
        name = f"{number}.xml"
        if body["status"] == "REL" and name not in files:
            self.add_file(number, name, entry_xml(number, body).encode("utf-8"))
        if truth:
            self.record_truth(number, truth)
        return folder

    def remove_entry(self, number: Union[int, str]) -> None:
        """Remove an entry's files, document and truth, if present."""
        shutil.rmtree(self.entry_folder(number), ignore_errors=True)
        document = self.root / "api" / f"{number}.json"
        if document.exists():
            document.unlink()
        truth = self.truth()
        if truth.pop(str(number), None) is not None:
            _write_json(self.root / "truth.json", truth)

    def add_file(self, number: Union[int, str], path: str, content: Content) -> Path:
        """Write one file of an entry, or create an empty folder if `path` ends in `/`."""
        place = self.entry_folder(number) / path
        if path.endswith("/"):
            place.mkdir(parents=True, exist_ok=True)
            return place
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content() if callable(content) else content)
        os.utime(place, (MODIFIED, MODIFIED))
        return place

    def add_link(self, number: Union[int, str], path: str, target: str) -> Path:
        """Make a symbolic link in an entry; `target` is written unchanged and may not exist."""
        place = self.entry_folder(number) / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target)
        return place

    def add_tiny_entry(
        self,
        number: Union[int, str],
        count: int,
        folders: int = 1,
        **metadata: Any,
    ) -> List[str]:
        """Add an entry of `count` tiny movies, all different, and return their paths in order.

        In one folder they are `data/Movies/tiny_00001.mrc` and so on; in several they are
        distributed in turn over `data/Movies/GridSquare_0001/Data/...`.
        """
        directory = "data/Movies"
        paths = []
        for index in range(count):
            square = "" if folders == 1 else f"GridSquare_{index % folders + 1:04d}/Data/"
            paths.append(f"{directory}/{square}tiny_{index + 1:05d}.mrc")
        files = {path: partial(tiny_movie, index) for index, path in enumerate(paths)}
        frames, *shape = TINY_SHAPE
        movies = movie_set("Simulated movies", directory, "MRC", count, shape, 1.0, frames)
        self.add_entry(number, [movies], files, **metadata)
        return paths

    def add_map(self, number: int, **acquisition: Any) -> None:
        """Add an EMDB map; `acquisition` as for `documents.map_document`."""
        _write_json(self.root / "emdb" / f"EMD-{number}.json", map_document(number, **acquisition))

    def document(self, number: Union[int, str]) -> Document:
        """Return the API's answer for an entry, with its key `EMPIAR-<number>`."""
        text = (self.root / "api" / f"{number}.json").read_text(encoding="utf-8")
        return dict(json.loads(text))

    def truth(self) -> Dict[str, Dict[str, Any]]:
        """Return the parameters of simulated movies: {number: {path: {"x": [...], "y": [...]}}}.

        x and y are the drift of each frame in pixels; other keys as recorded.
        """
        path = self.root / "truth.json"
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}

    def record_truth(
        self, number: Union[int, str], movies: Mapping[str, Mapping[str, Any]]
    ) -> None:
        """Record the parameters of an entry's simulated movies."""
        truth = self.truth()
        truth.setdefault(str(number), {}).update(movies)
        _write_json(self.root / "truth.json", truth)


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
