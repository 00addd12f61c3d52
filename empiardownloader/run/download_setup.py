"""The server, the selection and the destination of a run, from its form."""

from dataclasses import replace
from pathlib import Path

from ..archive.entry_id import entry_number
from ..disk.atomic import remove_leftovers
from ..files.choice import MovieChoice
from ..files.select_movies import SelectionRules
from ..images.unpack import unpacked_name
from ..lookup.entry_files import EntryFiles
from ..lookup.file_server import TRANSPORTS, open_entry_server
from ..lookup.selection import skipped_line
from ..metadata.values import decoded
from ..settings import addresses
from ..transfer import Downloader
from ..transfer.bandwidth import limited
from .declared import DECIDING
from .destinations import RunFolder, SharedFolder, entry_folder
from .gain_choice import GainChoice
from .options import RunOptions
from .state import RunState
from .stop_here import InterruptibleSleep


class DownloadSetup:
    """The server, the entry's listing, the run's folders and the downloader between them."""

    def __init__(
        self,
        options: RunOptions,
        state: RunState,
        extra: str,
        tmp: str,
        rules: SelectionRules,
    ) -> None:
        """``extra``, ``tmp``: folders of the run."""
        self._options = options
        self._state = state
        self._extra = extra
        self._tmp = tmp
        self._rules = rules
        self.sleep = InterruptibleSleep(state.stopRequested)
        self._server = None
        self._listed = None
        self._sidecars = {}  # texts beside the first movies, by path

    def remove_leftovers(self):
        """Remove what a kill has left half done; once, before the first step."""
        for folder in (self._extra, self._state.folder):
            remove_leftovers(Path(folder))

    def listed(self, found, folder=None):
        """Return the entry's files; the listing of the metadata step is reused.

        Its methods raise StopHere if the user stops the run.
        """
        if self._listed is None:
            self._listed = EntryFiles(
                found, self.server(found), folder, rules=self._rules,
                on_folder=self.sleep.raise_if_stopped, sleep=self.sleep.sleep,
            )
        return self._listed

    def movies(self, found, pattern, limit, unpacks):
        """Return the movies to download. A movie's local name never changes within a run."""
        state = self._state
        entry = state.entry()
        with self.listed(found, entry["folder"]) as listed:
            choice = MovieChoice.of(self._options.names, self._options.every)
            selection = listed.movies(pattern, limit, state.names(), choice=choice)
            movies = selection.movies
            gains = [listed.gain(path) for path in GainChoice.restored(entry["gain"]).found()]
            notes = (*selection.notes, listed.gain_note(movies, gains))
            self._sidecars = self._sidecars or listed.sidecars(movies[:DECIDING])
        state.saveNames(movies)
        state.saveNotes([note for note in notes if note], skipped_line(selection, self._rules.noun))
        if unpacks:
            movies = [replace(movie, name=unpacked_name(movie.name)) for movie in movies]
        if self._sidecars:
            names = {movie.path: movie.name for movie in movies}
            texts = {names[path]: decoded(text) for path, text in self._sidecars.items()}
            state.saveSidecars({**state.sidecars(), **texts})
        return movies

    def forgetListing(self):
        """Free the listing after the selection: that of a large entry takes memory."""
        self._listed = None

    def server(self, found):
        """Return the run's only server object, which remembers that FTP cannot be reached."""
        if self._server is None:
            transport = TRANSPORTS[self._options.transport]
            # The downloader checks for a stop by itself: this sleep only ends early.
            server = open_entry_server(found.entry, addresses(), transport, sleep=self.sleep.wait)
            self._server = limited(server, self._options.bandwidth)
        return self._server

    def place(self, unpacks=None):
        """Return the files' destination; ``unpacks`` overrides the form's choice of unpacking."""
        unpacks = self._options.decompress if unpacks is None else unpacks
        store = self._options.download_folder
        if not store:
            return RunFolder(self._extra, unpacks)
        folder = entry_folder(store, entry_number(self._options.entry_id))
        return SharedFolder(self._extra, unpacks, folder)

    def keepSizes(self, selection, outcome):
        """Keep sizes that no list gave, so that Continue need not ask for them again."""
        if outcome.completed == len(selection):  # then each was compared with the server's
            self._state.saveSelection(self.place().sized(selection))

    def downloader(self, found, unpacks=None, **options):
        """Return a downloader of the entry, which ends when the user stops the run."""
        place = self.place(unpacks)
        # With SCIPION_SCRATCH it is a link, and on another node of a cluster it leads nowhere.
        parts = Path(self._tmp).resolve()
        if self._options.download_folder:  # runs that share it also share its unfinished files
            parts = place.folder / ".parts"
        return Downloader(
            self.server(found),
            place,
            parts,
            connections=self._options.connections,
            **{
                "stop_requested": self._state.stopRequested,
                "sleep": self.sleep.wait,
                "patience": self._options.patience,
                **options,
            },
        )
