"""The demo: a real Scipion project, the protocol in its own process, movies as they arrive."""

import contextlib
import os
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, Optional

from .. import headless
from ..archive.entry_id import entry_number

Say = Callable[[str], None]

_FOLDER = "demo-data"
_ENTRY = "10200"
_RATE = 250_000.0  # bytes/s per connection: slow enough to watch


def walk(entry: Optional[str], movies: int, say: Say) -> int:
    """Run the demo on the archive in miniature, or on an entry of the live archive.

    ``say`` is called with each line of output.
    """
    folder = Path.cwd() / _FOLDER
    folder.mkdir(exist_ok=True)
    os.environ.setdefault("SCIPION_USER_DATA", str(folder))
    with _archive(folder, movies, entry, say) as environment:
        os.environ.update(environment)
        headless.prepare_environment()
        if entry is None:
            project = headless.open_project("simulated")
            run = headless.new_run(project, entryId=_ENTRY, amountOfImages=movies)
            headless.launch(project, run)
        else:
            project = headless.open_project(f"empiar-{entry_number(entry)}")
            run, _ = headless.launch_or_attach(project, say, entryId=entry, amountOfImages=movies)
        say(f"Project {project.path}; the protocol runs in a process of its own.\n")
        return _outcome(project, run, say)


@contextlib.contextmanager
def _archive(
    folder: Path, movies: int, entry: Optional[str], say: Say
) -> Iterator[Dict[str, str]]:
    if entry is not None:
        say(f"Entry {entry} of the live archive.")
        yield {}
        return
    try:
        import pyftpdlib  # noqa: F401
    except ImportError:
        raise ValueError(
            "The archive in miniature needs pyftpdlib: pip install "
            "'scipion-em-empiardownloader[demo]'"
        ) from None
    from .data.entries import build_demo_archive
    from .miniature_archive import MiniatureArchive

    root = folder / "archive"
    say(f"Simulating {movies} movies in {root} ...")
    build_demo_archive(root, movies=movies)
    with MiniatureArchive(root, rate=_RATE, ftp_mlsd=False) as archive:
        say(f"The archive in miniature serves them at {archive.environment['EMPIAR_FTP_URL']}")
        yield archive.environment


def _outcome(project: Any, run: Any, say: Say) -> int:
    _watch(project, run, say)
    if not run.isFinished():
        say(f"The run ended as {run.getStatus()}: {run.getErrorMessage()}")
        return 1
    _show(project, run, say)
    return 0


def _watch(project: Any, run: Any, say: Say) -> None:
    shown = ""
    for state in headless.follow(project, run):
        output = getattr(state, "outputMovies", None)
        text = f"  {state.getStatus():9} {output or 'no movie yet'}"
        if text != shown:
            say(text)
            shown = text


def _show(project: Any, run: Any, say: Say) -> None:
    movies = run.outputMovies
    say("")
    for line in run.summary():
        say(f"  {line}")
    say(f"\nThe set is closed: {movies}")
    for movie in movies.iterItems(limit=3):
        say(f"  {movie.getObjId()}: {movie.getFileName()}  {movie}")
    say(f"  ... {movies.getSize()} in all\n")
    movies.close()
    path = project.path
    say(f"It lies in {path}/{movies.getFileName()}")
    say(f"To open it in Scipion's window: scipion3 project {Path(path).name}")
    say(
        f"  (for a project outside Scipion's own folder, first: ln -s {path} "
        "~/ScipionUserData/projects/)"
    )
