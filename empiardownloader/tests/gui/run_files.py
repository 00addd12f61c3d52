"""The state of a project's runs from its files, read without Scipion."""

import contextlib
import os
import signal
import sqlite3
from contextlib import closing


class RunFiles:
    """The next run of the protocol in a project; it need not be there yet."""

    def __init__(self, project):
        self._project = project
        self._earlier = self._folders()

    def _folders(self):
        return sorted((self._project / "Runs").glob("*_EmpiarDownloader"))

    def folder(self):
        """Return the run's folder, None before it is launched."""
        folders = self._folders()[len(self._earlier):]
        return folders[0] if folders else None

    def name(self):
        """Return the name that the window has to show for a run without a name of its own."""
        number, image_set = len(self._earlier) + 1, self.parameter("imageSet")
        return (
            "EMPIAR-10200" + (f" set {image_set}" if image_set else "") + " import movies"
            + (f" ({number})" if number > 1 else "")
        )

    def parameter(self, name):
        """Return a parameter or property of the run from its own database."""
        folder = self.folder()
        file = folder and folder / "logs" / "run.db"
        if not file or not file.exists():
            return None
        # It begins as a copy of the project's, which has the earlier runs, too.
        number = int(folder.name.split("_")[0])
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)) as database:
            found = database.execute(
                "SELECT value FROM Objects WHERE name = ? OR name LIKE ?",
                [f"{number}.{name}", f"{number}.%.{name}"]).fetchone()
        return found and found[0]

    def status(self):
        """`launched`, `running`, `finished` ..., None before it is launched."""
        return self.parameter("status")

    def stop(self):
        """End the run's process if it is active: it outlives the window."""
        if self.status() in ("launched", "running"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(self.parameter("_pid")), signal.SIGTERM)

    def stop_requested(self):
        """Return True if the user has asked the run to stop here."""
        return (self.folder() / "logs" / "STOP_HERE").exists()

    def movies(self):
        """Return the names of the files in extra/."""
        return sorted(path.name for path in (self.folder() / "extra").iterdir())
