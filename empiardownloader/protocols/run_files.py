"""Where a run's files come from and where they go, as its form says."""

from pathlib import Path

from ..archive import entry_number
from ..catalogue import TRANSPORTS, EntryFiles, server_of
from ..settings import addresses
from ..transfer import Downloader
from .places import RunFolder, SharedStore


class RunFiles:
    """The server, the entry's listing, the run's folders and the downloader between them."""

    def __init__(self, protocol):
        self._protocol = protocol
        self._server = None
        self._listed = None

    def listed(self, found, folder=None):
        """The entry's files; what the metadata step has listed is not listed again."""
        if self._listed is None:
            self._listed = EntryFiles(found, self.server(found), folder)
        return self._listed

    def forgetListed(self):
        """The movies are chosen: a listing of a large entry takes memory."""
        self._listed = None

    def server(self, found):
        """One for the whole run: that FTP cannot be reached is found out once."""
        if self._server is None:
            transport = TRANSPORTS[self._protocol.transport.get()]
            self._server = server_of(found.entry, addresses(), transport)
        return self._server

    def place(self, unpacks=None):
        """Where files go; packed ones are unpacked as the form says, or as ``unpacks`` does."""
        protocol = self._protocol
        unpacks = protocol.decompress.get() if unpacks is None else unpacks
        store = self._store()
        if not store:
            return RunFolder(protocol._getExtraPath(), unpacks)
        folder = Path(store, f"EMPIAR-{entry_number(protocol.entryId.get())}")
        return SharedStore(protocol._getExtraPath(), unpacks, folder)

    def downloader(self, found, unpacks=None, **options):
        """A downloader from the entry into its place."""
        place = self.place(unpacks)
        # In a store, runs that share the files also share what has come of one.
        parts = place.folder / ".parts" if self._store() else Path(self._protocol._getTmpPath())
        connections = self._protocol.connections.get()
        return Downloader(self.server(found), place, parts, connections=connections, **options)

    def _store(self):
        return self._protocol.downloadFolder.get("").strip()
