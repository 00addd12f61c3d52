"""The functions for a notebook: list and download the movies of an entry, without Scipion."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Callable, Dict, List, Mapping, Optional, Sequence, Set, Union

from .archive.entry import Entry, ImageSet
from .errors import FatalError
from .files.choice import MovieChoice
from .images.movie_check import HOPELESS, MovieCheck
from .lookup.entry_files import EntryFiles, folder_status, size_status
from .lookup.entry_lookup import look_up_entry
from .lookup.file_server import open_entry_server
from .lookup.selection import Selection, kind_note
from .lookup.size_estimate import SizeEstimate, size_of_files
from .settings import addresses
from .transfer import Destination, Downloader, DownloadResult, FileRequest, Progress, Server
from .transfer.bandwidth import limited

#: Within the folder of a download: the received parts of incomplete files.
PART_FOLDER = ".parts"
_SIDECARS = 3  # as many movies describe a set


@dataclass(frozen=True)
class DownloadReport:
    """The result of a download.

    Attributes
    ----------
    folder : pathlib.Path
        The local folder.
    completed : list
        The complete files, each with ``path`` (inside the entry), ``size`` (bytes) and ``name``.
    missing : dict
        The reason for each file that could not be downloaded.
    gain : file or None
        The gain reference among the complete files.
    received : int
        Bytes received by this call.
    fatal_error : Exception or None
        The error that ended the download before every file was tried.
    left_out : dict
        The reason for each complete file that turned out to be no movie.
    """

    folder: Path
    completed: Sequence[FileRequest]
    missing: Dict[FileRequest, str]
    gain: Optional[FileRequest]
    received: int
    fatal_error: Optional[Exception] = None
    left_out: Dict[FileRequest, str] = field(default_factory=dict)

    @property
    def paths(self) -> List[Path]:
        """Local paths of the complete files, the gain reference included."""
        return [self.folder / file.name for file in self.completed]


class NoMovies(FatalError):
    """The first files of a list are no movies."""


@dataclass(frozen=True)
class MovieList:
    """The movies of an image set that would be downloaded, in order.

    Attributes
    ----------
    entry, image_set
        What EMPIAR reports of them.
    selection
        The movies, and the files of the listing that are not movies, with the reason.
    gains : list
        Gain references of the entry, the closest to the movies first.
    sidecars : dict
        Content of the mdoc or EPU XML beside each of the first three movies, by the movie's path.
    """

    entry: Entry
    image_set: ImageSet
    selection: Selection
    gains: Sequence[FileRequest]
    _server: Server = field(repr=False)
    sidecars: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def movies(self) -> Sequence[FileRequest]:
        """The movies, each with ``path`` (inside the entry), ``size`` (bytes) and ``name``."""
        return self.selection.movies

    @property
    def total_bytes(self) -> int:
        """Size of all movies in bytes; a movie of unknown size counts 0."""
        return sum(movie.size or 0 for movie in self.movies)

    @property
    def estimate(self) -> Optional[SizeEstimate]:
        """Size of all movies, estimated where it is not listed; None if it is unknown."""
        return size_of_files(self.movies, self.entry, self.image_set)

    def download(
        self,
        to: Union[str, Path],
        *,
        connections: int = 4,
        patience: float = 12,
        bandwidth: Optional[float] = None,
        any_images: bool = False,
        progress: Optional[Progress] = None,
        on_complete: Callable[[FileRequest], object] = lambda file: None,
        on_present: Callable[[FileRequest], object] = lambda file: None,
    ) -> DownloadReport:
        """Download the closest gain reference and the movies; see :func:`download`.

        ``on_complete`` is called for each file that was downloaded, from several threads,
        ``on_present`` for each that was there already. ``any_images``: go on where the first ten
        files are no movies.
        """
        folder, progress = Path(to), progress or Progress()
        files = [*self.gains[:1], *self.movies]
        done: Set[FileRequest] = set()
        check = MovieCheck([] if any_images else [movie.name for movie in self.movies])
        movies = set() if any_images else set(self.movies)

        def arrived(file: FileRequest, tell: Callable[[FileRequest], object]) -> None:
            if file in movies:
                check.look(file.name, str(folder / file.name))
            done.add(file)
            tell(file)

        outcome = Downloader(
            limited(self._server, bandwidth),
            Destination(folder),
            folder / PART_FOLDER,
            connections=connections,
            patience=3600 * patience,
            progress=progress,
            on_complete=lambda file: arrived(file, on_complete),
            on_present=lambda file: arrived(file, on_present),
            stop_requested=lambda: check.is_hopeless,
        ).run(files)
        if check.is_hopeless and len(done) < len(files):
            outcome.fatal_error = outcome.fatal_error or _no_movies(check)
        missing = _reasons(outcome, [file for file in files if file not in done])
        if not missing:
            _remove_empty(folder / PART_FOLDER)
        return DownloadReport(
            folder=folder,
            completed=[file for file in files if file in done],
            missing=missing,
            gain=next((file for file in self.gains[:1] if file in done), None),
            received=progress.bytes_received(),
            fatal_error=outcome.fatal_error,
            left_out={
                file: check.reasons[file.name]
                for file in files
                if file in movies and check.reasons.get(file.name)
            },
        )


def list_movies(
    entry: str,
    *,
    movies: Optional[int] = None,
    image_set: str = "",
    pattern: str = "",
    names: Union[str, Sequence[str]] = (),
    every: int = 1,
    gain: bool = True,
    transport: str = "auto",
    exact_sizes: bool = True,
    sidecars: bool = False,
    on_status: Callable[[str], object] = lambda text: None,
) -> MovieList:
    """Return the movies of an entry. None of them is downloaded.

    Parameters
    ----------
    entry : str
        ``"10200"``, ``"EMPIAR-10200"``, a DOI, or an address of the entry or of its files.
    movies : int, optional
        The first N movies in natural order (a2 before a10). Default: all.
    image_set : str
        Number, directory or name. Default: the first image set that contains movies.
    pattern : str
        Comma-separated globs on the path inside the entry, for example ``"data/Movies/*.tif"``.
    names : str or sequence of str
        Only these movies: their names or paths, with or without extension, or the path of a local
        file that contains one in each line. Default: all.
    every : int
        Only every k-th of the movies.
    gain : bool
        Look for gain references, too.
    transport : {"auto", "ftp", "https"}
        ``"auto"``: FTP, or HTTPS if FTP cannot be reached.
    exact_sizes : bool
        Ask the server for each size that its listing rounds. HTTPS needs a question per movie.
    sidecars : bool
        Read the mdoc or EPU XML beside the first three movies, where there is one.
    on_status : callable
        Called with a text on what is being done, now and then, from several threads.

    Raises
    ------
    empiardownloader.archive.ArchiveError
        EMPIAR has no such entry or image set, or does not answer.
    empiardownloader.lookup.entry_lookup.NothingFound
        The image set contains no movies.
    empiardownloader.transfer.TransferError
        The file server cannot be listed.

    Examples
    --------
    >>> import empiardownloader
    >>> chosen = empiardownloader.list_movies("10200", movies=2)
    >>> chosen.image_set.pixel_size
    0.66
    >>> [movie.path for movie in chosen.movies]
    ['data/Movies/26_001_Oct04_16.20.00.tif', 'data/Movies/26_002_Oct04_16.20.01.tif']
    >>> chosen.gains[0].path
    'data/Movies/CountRef_26_000_Oct04_16.13.54.mrc'
    """
    where = addresses()
    choice = MovieChoice.of(names, every)
    found = look_up_entry(entry, image_set, where)
    server = open_entry_server(found.entry, where, transport)
    with EntryFiles(found, server, on_folder=folder_status(on_status)) as files:
        selection = files.movies(pattern, movies, choice=choice)
        if exact_sizes:
            sized = files.sized(selection.movies, size_status(on_status))
            selection = replace(selection, movies=sized)
        gains = files.gains(pattern) if gain else []
        note = files.gain_note(selection.movies, gains)
        texts = files.sidecars(selection.movies[:_SIDECARS]) if sidecars else {}
    notes = filter(None, (kind_note(found.image_set), *selection.notes, note))
    selection = replace(selection, notes=tuple(notes))
    return MovieList(found.entry, found.image_set, selection, gains, server, texts)


def download(
    entry: str,
    to: Union[str, Path],
    *,
    movies: Optional[int] = 1,
    image_set: str = "",
    pattern: str = "",
    names: Union[str, Sequence[str]] = (),
    every: int = 1,
    gain: bool = True,
    transport: str = "auto",
    connections: int = 4,
    patience: float = 12,
    bandwidth: Optional[float] = None,
    any_images: bool = False,
    progress: Optional[Progress] = None,
) -> DownloadReport:
    """Download movies of an entry, and their gain reference, into a local folder.

    The same call again resumes, and downloads no file that is complete. A file that cannot be
    downloaded raises no error: the other files are downloaded, and the report names it.

    Parameters
    ----------
    entry, image_set, pattern, names, every, gain, transport
        As for :func:`list_movies`.
    to : str or pathlib.Path
        The folder. It is created if it does not exist.
    movies : int or None
        The first N movies in natural order; ``None``: all.
    connections : int
        How many files are downloaded at once, 1 to 12.
    patience : float
        Hours to go on trying when no data arrive any more.
    bandwidth : float, optional
        Bytes per second that all connections together receive at most.
    any_images : bool
        Go on where the first ten files turn out to be no movies, but for example single images.
    progress : empiardownloader.transfer.Progress, optional
        An object whose ``snapshot()`` another thread may read during the download.

    Raises
    ------
    The errors of :func:`list_movies`.

    Examples
    --------
    >>> import empiardownloader
    >>> report = empiardownloader.download("10200", "movies", movies=2)
    >>> report.missing
    {}
    >>> for path in report.paths:
    ...     print(path)
    movies/CountRef_26_000_Oct04_16_13_54.mrc
    movies/26_001_Oct04_16_20_00.tif
    movies/26_002_Oct04_16_20_01.tif
    """
    chosen = list_movies(
        entry,
        movies=movies,
        image_set=image_set,
        pattern=pattern,
        names=names,
        every=every,
        gain=gain,
        transport=transport,
        exact_sizes=False,
    )
    return chosen.download(
        to,
        connections=connections,
        patience=patience,
        bandwidth=bandwidth,
        any_images=any_images,
        progress=progress,
    )


def _no_movies(check: MovieCheck) -> NoMovies:
    reason = next(iter(check.reasons.values()))
    return NoMovies(
        f"The first {HOPELESS} files are no movies ({reason}), so the rest was not downloaded. "
        "Choose another image set or file pattern"
    )


def _reasons(outcome: DownloadResult, missing: Sequence[FileRequest]) -> Dict[FileRequest, str]:
    """Return why files are missing: what ended the download kept all those that did not fail."""
    of_files = {
        failure.request: str(failure.error)
        for failure in outcome.failures
        if not isinstance(failure.error, FatalError)
    }
    return {file: of_files.get(file, str(outcome.fatal_error)) for file in missing}


def _remove_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
