"""The log of a transfer of days, written in seconds by the package's own writer and fast clocks."""

from pathlib import Path

from empiardownloader.transfer import Progress
from empiardownloader.transfer_log import SampleSchedule, TransferLog

MOVIES = 20_000
SECONDS = 3 * 86_400
MOVIE_SIZE = 900_000_000  # bytes
_LOOK = 3  # seconds between two looks at the progress; a run looks more often, and samples as much
_SILENCE = range(80_000, 90_000)  # seconds of the outage in the second night
_STOP, _AWAY = 150_000, 40_000  # seconds until the run was stopped, and until Continue


class Clock:
    """A clock that is moved by hand."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def names(movies: int = MOVIES) -> list:
    """Return names as long as EPU's."""
    return [
        f"FoilHole_{30_000_000 + number}_Data_{31_000_000 + number}_20260101_{number:06}"
        "_fractions.tiff"
        for number in range(movies)
    ]


def write_log(path: Path, movies: int = MOVIES, seconds: int = SECONDS) -> None:
    """Write the log of a run with an outage, a stop and Continue, a failure and files left out."""
    clock, all_names = Clock(), names(movies)
    began, arrived = clock.now, 0
    log, progress = _session(path, clock, all_names)
    stopped = False
    while arrived < movies:
        clock.now += _LOOK
        elapsed = int(clock.now - began)
        if not stopped and elapsed >= _STOP:
            stopped = True
            log.end("stopped here")
            clock.now += _AWAY
            began += _AWAY
            log, progress = _session(path, clock, all_names)
            progress.add_existing(arrived * MOVIE_SIZE)
            for _ in range(arrived):
                progress.file_done()
        if elapsed in _SILENCE:
            progress.failed("connection refused", 43_200)
        else:
            due = min(movies, 1 + elapsed * movies // seconds)
            for name in all_names[arrived:due]:
                progress.add_received(MOVIE_SIZE)
                progress.file_done()
                log.arrived(name, MOVIE_SIZE)
                log.registered([name])
            arrived = due
        log.sample(progress, 4)
    log.left_out("average.mrc", "it is a single image, not a movie")
    log.failed("gone.mrc", "the server has no such file")
    log.end("failed")


def _session(path: Path, clock: Clock, all_names: list) -> tuple:
    log, progress = TransferLog(path, clock, SampleSchedule(clock)), Progress(clock)
    log.begin()
    log.chosen(all_names, len(all_names) * MOVIE_SIZE)
    for _ in all_names:
        progress.add_file(MOVIE_SIZE)
    return log, progress
