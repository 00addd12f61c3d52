"""Where a run's files come from and where they go, as its form says."""

from dataclasses import replace
from pathlib import Path

from ..archive import entry_number
from ..disk.atomic import remove_leftovers
from ..images import unpacked_name
from ..lookup.entry_files import EntryFiles
from ..lookup.file_server import TRANSPORTS, server_of
from ..lookup.selection import skipped_line
from ..settings import addresses
from ..transfer import Downloader
from .destinations import RunFolder, SharedStore, entry_folder, store_of
from .gain_choice import GainChoice
from .stop_here import Patience

_PATIENCE_HOURS = 12


class DownloadSetup:
    """The server, the entry's listing, the run's folders and the downloader between them."""

    def __init__(self, protocol):
        self._protocol = protocol
        self._stopRequested = protocol._record().stopRequested
        self.patience = Patience(self._stopRequested)
        self._server = None
        self._listed = None

    def remove_leftovers(self):
        """Remove what a kill has left half done; once, before the first step."""
        for folder in (self._protocol._getExtraPath(), self._protocol._getLogsPath()):
            remove_leftovers(Path(folder))

    def listed(self, found, folder=None):
        """The entry's files; what the metadata step has listed is not listed again.

        Asking them raises StopHere when the user wants the run to stop.
        """
        if self._listed is None:
            patience = self.patience
            self._listed = EntryFiles(
                found, self.server(found), folder, on_folder=patience.check, pause=patience.pause
            )
        return self._listed

    def movies(self, found, pattern, limit, unpacks):
        """Return the movies to download. A movie's local name never changes within a run."""
        record = self._protocol._record()
        entry = record.entry()
        with self.listed(found, entry["folder"]) as listed:
            selection = listed.movies(pattern, limit, record.names())
            movies = selection.movies
            gains = [listed.gain(path) for path in GainChoice.restored(entry["gain"]).found()]
            notes = (*selection.notes, listed.gain_note(movies, gains))
        record.saveNames(movies)
        record.saveNotes([note for note in notes if note], skipped_line(selection))
        if not unpacks:
            return movies
        return [replace(movie, name=unpacked_name(movie.name)) for movie in movies]

    def forgetListing(self):
        """All movies are chosen: of a large entry the listing takes memory."""
        self._listed = None

    def server(self, found):
        """One for the whole run: that FTP cannot be reached is found out once."""
        if self._server is None:
            transport = TRANSPORTS[self._protocol.transport.get()]
            # The transfer asks by itself whether it is to go on.
            patience = {"pause": self.patience.wait}
            self._server = server_of(found.entry, addresses(), transport, **patience)
        return self._server

    def place(self, unpacks=None):
        """Where files go; packed ones are unpacked as the form says, or as ``unpacks`` does."""
        protocol = self._protocol
        unpacks = protocol.decompress.get() if unpacks is None else unpacks
        store = store_of(protocol)
        if not store:
            return RunFolder(protocol._getExtraPath(), unpacks)
        folder = entry_folder(store, entry_number(protocol.entryId.get()))
        return SharedStore(protocol._getExtraPath(), unpacks, folder)

    def keepSizes(self, selection, outcome):
        """Where no list told them, those of what is here: Continue need not ask for them again."""
        if outcome.complete == len(selection):  # then each was compared with the server's
            self._protocol._record().saveSelection(self.place().sized(selection))

    def downloader(self, found, unpacks=None, **options):
        """A downloader from the entry into its place, which stops when the user wants it to."""
        place = self.place(unpacks)
        # In a store, runs that share the files also share what has come of one.
        parts = place.folder / ".parts" if store_of(self._protocol) else self._tmp()
        connections = self._protocol.connections.get()
        return Downloader(
            self.server(found),
            place,
            parts,
            connections=connections,
            **{
                "stop_requested": self._stopRequested,
                "pause": self.patience.wait,
                "patience": 3600 * (self._protocol.patience.get() or _PATIENCE_HOURS),
                **options,
            },
        )

    def _tmp(self):
        # With SCIPION_SCRATCH it is a link, and on another node of a cluster it leads nowhere.
        return Path(self._protocol._getTmpPath()).resolve()
