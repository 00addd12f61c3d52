"""The state of a run in its ``logs`` folder, for later steps and for Continue.

``entry.json`` holds the entry's document and the image set that was chosen, ``selection.json`` the
movies to fetch, ``notes.json`` what the user is told of that choice, ``names.json`` the local name
of every movie that was ever among them, ``series.json`` the tilt series that these make up,
``gain.json`` the gain reference that the set was described with, ``prepared_gain.json`` what was
done to it so that it fits, ``sidecars.json`` the text of the mdoc or EPU XML beside each of the
first movies, ``file_values.json`` what the first movies say of themselves, ``STOP_HERE``
the user's wish to end the run with what is under way, ``CLOSED`` that the set was closed.
``at_work.lock`` is held by the run's process for as long as it lives.
"""

import os
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from ..disk.atomic import read_json, write_json
from ..lookup.entry_lookup import ResolvedEntry, from_document
from ..transfer import FileRequest


class RunState:
    """The files of one run; each is written whole or not at all."""

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)
        self.entryFile = str(self.folder / "entry.json")
        self.selectionFile = str(self.folder / "selection.json")
        self._namesFile = str(self.folder / "names.json")
        self._notesFile = str(self.folder / "notes.json")
        self._seriesFile = str(self.folder / "series.json")
        self._gainFile = str(self.folder / "gain.json")
        self._sidecarsFile = str(self.folder / "sidecars.json")
        self._fileValuesFile = str(self.folder / "file_values.json")
        self._preparedGainFile = str(self.folder / "prepared_gain.json")
        self.stopFile = str(self.folder / "STOP_HERE")
        self.closedFile = str(self.folder / "CLOSED")
        self.lockFile = str(self.folder / "at_work.lock")

    def saveEntry(self, entry: Dict[str, Any]) -> None:
        """Keep the result of the metadata step."""
        write_json(self.entryFile, entry)

    def entry(self) -> Optional[Dict[str, Any]]:
        """Return the result of the metadata step, None before it."""
        return read_json(self.entryFile, dict)

    def found(self) -> ResolvedEntry:
        """Return the entry and image set of the metadata step; only after it."""
        kept = self.entry() or {}
        image_set, path = str(kept["imageSet"]), str(kept.get("path") or "")
        return from_document(kept["document"], kept["number"], image_set, path=path)

    def saveSelection(self, movies: Sequence[FileRequest]) -> None:
        """Keep the movies to download, in order."""
        chosen = [[movie.path, movie.size, movie.name, movie.entry] for movie in movies]
        write_json(self.selectionFile, chosen)

    def selection(self) -> List[FileRequest]:
        """Return the movies to download, empty before the selection."""
        return [FileRequest(*item) for item in read_json(self.selectionFile, list) or []]

    def forgetSelection(self) -> None:
        """Make the download step choose again."""
        Path(self.selectionFile).unlink(missing_ok=True)

    def saveSeries(self, series: Dict[str, Any]) -> None:
        """Keep the tilt series whose frames are to be downloaded."""
        write_json(self._seriesFile, series)

    def series(self) -> Optional[Dict[str, Any]]:
        """Return the tilt series whose frames are downloaded, None before they are chosen."""
        return read_json(self._seriesFile, dict)

    def saveNotes(self, notes: Sequence[str], skipped: str) -> None:
        """Keep sentences on the selection, and the line on the skipped files."""
        write_json(self._notesFile, {"notes": list(notes), "skipped": skipped})

    def notes(self) -> Tuple[List[str], str]:
        """Return sentences on the selection, and the line on skipped files; empty if unknown."""
        kept = read_json(self._notesFile, dict) or {}
        notes, skipped = kept.get("notes"), kept.get("skipped")
        return (
            [str(note) for note in notes] if isinstance(notes, list) else [],
            skipped if isinstance(skipped, str) else "",
        )

    def saveNames(self, movies: Sequence[FileRequest]) -> None:
        """Keep the local names of movies beside those that were kept before."""
        new = {movie.path: movie.name for movie in movies}
        write_json(self._namesFile, {**self.names(), **new})

    def names(self) -> Dict[str, str]:
        """Return the local name of each chosen movie, those of earlier runs included."""
        return read_json(self._namesFile, dict) or {}

    def saveGain(self, gain: Sequence[Any]) -> None:
        """Keep the gain choice that the set was described with."""
        write_json(self._gainFile, gain)

    def gain(self) -> Optional[List[Any]]:
        """Return the gain choice that the set was described with, None before."""
        return read_json(self._gainFile, list)

    def savePreparedGain(self, gain: Optional[Dict[str, Any]]) -> None:
        """Keep the changes made to the set's gain reference; None for a set without gain."""
        write_json(self._preparedGainFile, gain or {})

    def preparedGain(self) -> Optional[Dict[str, Any]]:
        """Return the changes made to the set's gain reference."""
        return read_json(self._preparedGainFile, dict) or None

    def saveSidecars(self, texts: Dict[str, str]) -> None:
        """Keep the text of the mdoc or EPU XML beside each of the first movies, by local name."""
        write_json(self._sidecarsFile, texts)

    def sidecars(self) -> Dict[str, str]:
        """Return the texts beside the first movies, by local name; none before they were asked."""
        return read_json(self._sidecarsFile, dict) or {}

    def saveFileValues(self, values: Dict[str, Any]) -> None:
        """Keep the values given by the first movies."""
        write_json(self._fileValuesFile, values)

    def fileValues(self) -> Optional[Dict[str, Any]]:
        """Return the values given by the first movies, None before they were read."""
        return read_json(self._fileValuesFile, dict)

    def saveClosed(self) -> None:
        """Keep that the set was closed."""
        Path(self.closedFile).touch()

    def forgetClosed(self) -> None:
        """Make the closing step run again."""
        Path(self.closedFile).unlink(missing_ok=True)

    def requestStop(self) -> None:
        """Ask the running process to finish the current files and to close the set."""
        Path(self.stopFile).touch()

    def stopRequested(self) -> bool:
        """Return True if the user asked the run to stop here."""
        return os.path.exists(self.stopFile)

    def stopTime(self) -> Optional[float]:
        """When the run was last asked to stop here, in seconds since the epoch; None if never."""
        try:
            return os.stat(self.stopFile).st_mtime
        except FileNotFoundError:
            return None

    def forgetStop(self) -> None:
        """Continue takes up what a stop had ended."""
        Path(self.stopFile).unlink(missing_ok=True)
