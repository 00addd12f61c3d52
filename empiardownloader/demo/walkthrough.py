"""The demo: a real Scipion project, the protocol in a process of its own, movies as they arrive."""

import contextlib
import os
from pathlib import Path
from typing import Dict, Iterator, Optional

from .. import headless
from ..archive import entry_number

_FOLDER = "demo-data"
_ENTRY = "10200"
_RATE = 250_000.0  # bytes/s per connection: slow enough to watch


def walk(entry: Optional[str], movies: int) -> int:
    """Run the demo on the archive in miniature, or on an entry of the live archive."""
    folder = Path.cwd() / _FOLDER
    folder.mkdir(exist_ok=True)
    os.environ.setdefault("SCIPION_USER_DATA", str(folder))
    with _archive(folder, movies, entry) as environment:
        os.environ.update(environment)
        headless.prepare_environment()
        if entry is None:
            return _run("simulated", _ENTRY, movies)
        return _run(f"empiar-{entry_number(entry)}", entry, movies)


@contextlib.contextmanager
def _archive(folder: Path, movies: int, entry: Optional[str]) -> Iterator[Dict[str, str]]:
    if entry is not None:
        print(f"Entry {entry} of the live archive.")
        yield {}
        return
    try:
        import pyftpdlib  # noqa: F401
    except ImportError:
        raise ValueError(
            "The archive in miniature needs pyftpdlib: pip install "
            "'scipion-em-empiardownloader[demo]'"
        ) from None
    from .archive import MiniatureArchive
    from .entries import build_demo_archive

    root = folder / "archive"
    print(f"Simulating {movies} movies in {root} ...", flush=True)
    build_demo_archive(root, movies=movies)
    with MiniatureArchive(root, rate=_RATE, ftp_mlsd=False) as archive:
        print(f"The archive in miniature serves them at {archive.environment['EMPIAR_FTP_URL']}")
        yield archive.environment


def _run(name: str, entry: str, movies: int) -> int:
    project = headless.open_project(name)
    run = headless.new_or_unfinished_run(project, entryId=entry, amountOfImages=movies)
    print(f"Project {project.path}; the protocol starts in a process of its own.\n", flush=True)
    headless.launch(project, run)
    _watch(project, run)
    if not run.isFinished():
        print(f"The run ended as {run.getStatus()}: {run.getErrorMessage()}")
        return 1
    _show(project, run)
    return 0


def _watch(project: object, run: object) -> None:
    shown = ""
    for state in headless.follow(project, run):
        output = getattr(state, "outputMovies", None)
        text = f"  {state.getStatus():9} {output or 'no movie yet'}"
        if text != shown:
            print(text, flush=True)
            shown = text


def _show(project: object, run: object) -> None:
    movies = run.outputMovies  # type: ignore[attr-defined]
    print()
    for line in run.summary():  # type: ignore[attr-defined]
        print(f"  {line}")
    print(f"\nThe set is closed: {movies}")
    for movie in movies.iterItems(limit=3):
        print(f"  {movie.getObjId()}: {movie.getFileName()}  {movie}")
    print(f"  ... {movies.getSize()} in all\n")
    movies.close()
    path = project.path  # type: ignore[attr-defined]
    print(f"It lies in {path}/{movies.getFileName()}")
    print(f"To open it in Scipion's window: scipion3 project {Path(path).name}")
    print(f"  (for a project outside Scipion's own folder, first: ln -s {path} "
          "~/ScipionUserData/projects/)")
