"""Launching and following runs in a Scipion project without a window."""

import contextlib
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Tuple

from ..archive.entry_id import entry_number
from ..archive.errors import BadEntryId
from ..disk.errors import map_disk_errors
from ..disk.locks import exclusive_lock, is_locked
from .project import _LOCK_FILE

_POLL_SECS = 0.5
_QUEUE_POLL_SECS = 10.0  # each time the queue is asked
_LAUNCH_SECS = 5.0  # until a launched process is known by its number
# Parameters that make another run, with their defaults.
_WHICH_MOVIES = {"imageSet": "", "filePattern": "", "movieNames": "", "everyMovie": 1}
_LEAST_ROOM = 65536  # bytes


#: The names of the protocols' classes.
MOVIES, TILT_SERIES = "EmpiarDownloader", "EmpiarTiltSeries"


def new_run(project: Any, protocol: str = MOVIES, **parameters: Any) -> Any:
    """Return a new run of a protocol, not yet launched."""
    return project.newProtocol(protocol_class(protocol), **parameters)


def launch_or_attach(
    project: Any, warn: Callable[[str], object], protocol: str = MOVIES, **parameters: Any
) -> Tuple[Any, bool]:
    """Continue the project's run for these movies or tilt series, or start a new one.

    Return the run, and whether it was active already and so left alone. ValueError if an active run
    was started with other values. warn: is given the form's warnings.
    """
    # Until the process of one command can be seen, another one must not look.
    with exclusive_lock(Path(project.path, _LOCK_FILE)):
        same = _runs_for_the_same(project, protocol, parameters)
        for run in same:
            if is_running(project, run):
                _check_it_brings(run, parameters)
                return run, True
        run = _continued(same[0], parameters) if same else new_run(project, protocol, **parameters)
        for warning in run.warnings():
            warn(warning)
        launch(project, run)
        return run, False


def protocol_class(protocol: str = MOVIES) -> Any:
    """Return a protocol's class as Scipion has loaded it. ValueError if it is not there."""
    from pyworkflow import Config

    # Asked of Scipion, which tells the class about its plugin meanwhile.
    found = Config.getDomain().getProtocols().get(protocol)
    if found is None:
        raise ValueError(
            "Tilt series need scipion-em-tomo: scipion3 installp -p scipion-em-tomo, or "
            "pip install 'scipion-em-empiardownloader[tomo]'."
        )
    return found


def _runs_for_the_same(
    project: Any, protocol: str, parameters: Dict[str, Any]
) -> List[Any]:
    return [
        run
        for run in project.getRuns()
        if isinstance(run, protocol_class(protocol)) and _is_for_the_same(run, parameters)
    ]


def _is_for_the_same(run: Any, parameters: Dict[str, Any]) -> bool:
    try:
        same_entry = entry_number(run.entryId.get("")) == entry_number(parameters["entryId"])
    except BadEntryId:
        return False
    return same_entry and all(
        run.getAttributeValue(name, default) == parameters.get(name, default)
        for name, default in _WHICH_MOVIES.items()
    )


def _continued(run: Any, parameters: Dict[str, Any]) -> Any:
    from pyworkflow.protocol import MODE_RESUME

    for name, value in parameters.items():
        run.setAttributeValue(name, value)
    run.runMode.set(MODE_RESUME)
    return run


def _check_it_brings(run: Any, parameters: Dict[str, Any]) -> None:
    """Raise ValueError if the active run was started with other values."""
    unimportant = {"entryId"}  # it is the same, though perhaps not in the same words
    if run.downloadAll.get() and parameters.get("downloadAll"):
        unimportant |= {"amountOfImages", "amountOfSeries"}
    others = [
        run.getParam(name).label.get()
        for name, value in parameters.items()
        if name not in unimportant and run.getAttributeValue(name) != value
    ]
    if others:
        raise ValueError(
            f"Run {run.getObjId()} of this project is downloading these movies now, with other "
            f"values of: {', '.join(others)}. Wait until it has ended, or stop it, then run the "
            "same command again"
        )


def launch(project: Any, run: Any) -> None:
    """Start the run in a process of its own; ValueError if its form has errors."""
    errors = run.validate()
    if errors:
        raise ValueError(" ".join(errors))
    project.launchProtocol(run, wait=False)


def follow(project: Any, run: Any) -> Iterator[Any]:
    """Yield the run's states, read from its own database, until it has ended."""
    from pyworkflow.protocol import getUpdatedProtocol

    while True:
        ended = not is_running(project, run)
        with _disk_checked(project):
            state = getUpdatedProtocol(run)
        yield state
        if ended:
            _check_disk(project)
            # Meanwhile no other command launches it again.
            with exclusive_lock(Path(project.path, _LOCK_FILE)):
                latest = _latest_launch(project, run)
                if not is_running(project, latest):
                    project._updateProtocol(run)
                    return
            run.setPid(latest.getPid())
            run.setJobIds(latest.getJobIds())
        time.sleep(_QUEUE_POLL_SECS if _is_job(run) else _POLL_SECS)


def _latest_launch(project: Any, run: Any) -> Any:
    """Return the run with the process or job of its last launch, by whatever program.

    Only the project's database has them until the process has begun. A window stores them a moment
    after the status; a process that was killed in that moment is waited for in vain.
    """
    from pyworkflow.protocol import STATUS_LAUNCHED, getUpdatedProtocol

    until = time.monotonic() + _LAUNCH_SECS
    while True:
        is_launched = getUpdatedProtocol(run).getStatus() == STATUS_LAUNCHED
        # A mapper of its own: the project's returns the objects that it has read once.
        mapper = project.createMapper(str(Path(project.path, project.dbPath)))
        latest = mapper.selectById(run.getObjId())
        project._setProtocolMapper(latest)
        if not is_launched or is_running(project, latest) or time.monotonic() > until:
            return latest
        time.sleep(_POLL_SECS)


@contextlib.contextmanager
def _disk_checked(project: Any) -> Iterator[None]:
    """If the block fails, say so if the project's disk is the reason."""
    try:
        yield
    except Exception:  # Scipion raises its own for SQLite's, without a type
        _check_disk(project)
        raise


def _check_disk(project: Any) -> None:
    """Raise OSError or FatalError if the project's own database could not be written any more."""
    with map_disk_errors(Path(project.path)), tempfile.TemporaryFile(dir=project.path):
        pass
    if shutil.disk_usage(project.path).free < _LEAST_ROOM:
        raise OSError(
            f"The disk of {project.path} is full: make room, then run the same command to resume"
        )


def is_running(project: Any, run: Any) -> bool:
    """Return whether a process works at the run, whatever status a kill has left behind.

    That is its process on this machine, its job in a queue, or a process of another machine that
    holds the run's lock.
    """
    if _is_alive(run) or is_locked(Path(project.path, run._record().lockFile)):
        return True
    return _is_job(run) and run.isActive() and project.checkIsAlive(run)


def _is_job(run: Any) -> bool:
    return bool(run.useQueueForProtocol() and run.getJobIds())


def _is_alive(run: Any) -> bool:
    import psutil

    number = run.getPid()
    if not number:
        return False
    try:
        # After a kill the number may by now be another process's. One that has ended has no words.
        return run.getDbPath() in " ".join(psutil.Process(number).cmdline())
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
