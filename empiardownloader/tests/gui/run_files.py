"""What a project's files say of its runs, read without Scipion."""

import contextlib
import os
import signal
import sqlite3
from contextlib import closing


class RunFiles:
    """The newest run of the protocol in a project; it need not be there yet."""

    def __init__(self, project):
        self._project = project

    def folder(self):
        """The run's folder, None before the first run."""
        folders = sorted((self._project / "Runs").glob("*_EmpiarDownloader"))
        return folders[-1] if folders else None

    def parameter(self, name):
        """A parameter or property of the run, as its own database has it now."""
        folder = self.folder()
        file = folder and folder / "logs" / "run.db"
        if not file or not file.exists():
            return None
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)) as database:
            found = database.execute(
                "SELECT value FROM Objects WHERE name LIKE ?", [f"%.{name}"]).fetchone()
        return found and found[0]

    def status(self):
        """`launched`, `running`, `finished` ..., None before the first run."""
        return self.parameter("status")

    def stop(self):
        """End the run's process, which outlives the window, if it goes on."""
        if self.status() in ("launched", "running"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(self.parameter("_pid")), signal.SIGTERM)

    def stop_requested(self):
        """Whether "Stop here" has been asked for."""
        return (self.folder() / "logs" / "STOP_HERE").exists()

    def movies(self):
        """The names of the movies in extra/."""
        return sorted(path.name for path in (self.folder() / "extra").iterdir())
