"""A Scipion project without a window: for the command line, the demo and the tests.

Works inside a Scipion installation and in a plain environment that has only the Python packages;
there it supplies the few settings that Scipion's installer would.
"""

import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any, Dict, Iterator

from .archive import BadEntryId, entry_number
from .transfer import one_at_a_time

_OWN_HOME = Path.home() / ".local" / "share" / "empiardownloader" / "scipion"
_POLL_SECS = 0.5
_LOCK_FILE = ".empiardownloader.lock"
_LEAST_ROOM = 65536  # bytes


def prepare_environment() -> None:
    """Supply what pyworkflow needs; call it before anything of Scipion is imported."""
    if "SCIPION_HOME" not in os.environ:
        os.environ["SCIPION_HOME"] = str(_OWN_HOME)
        os.environ.setdefault("SCIPION_NOTIFY", "False")
    os.environ.setdefault("SCIPION_DOMAIN", "pwem")
    os.environ.setdefault("SCIPION_PYTHON", sys.executable)
    Path(os.environ["SCIPION_HOME"]).mkdir(parents=True, exist_ok=True)

    from pyworkflow import Config
    from pyworkflow.protocol import HostConfig

    hosts = Path(Config.SCIPION_LOCAL_CONFIG).parent / Config.SCIPION_HOSTS
    if not hosts.exists():
        hosts.parent.mkdir(parents=True, exist_ok=True)
        HostConfig.writeBasic(str(hosts))


def open_project(name: str) -> Any:
    """The project of this name, created if there is none; the working directory moves there.

    ValueError for a name that no project can have.
    """
    from pyworkflow.project import Manager

    manager = Manager()
    try:
        Path(manager.PROJECTS).mkdir(parents=True, exist_ok=True)
        # To create a project empties its folder, also one that another command has just made.
        with one_at_a_time(Path(manager.PROJECTS, _LOCK_FILE)):
            name = _scipions_name(manager, name)
            if manager.hasProject(name):
                return manager.loadProject(name)
            project = manager.createProject(name)
    except OSError as error:
        raise OSError(
            f"{manager.PROJECTS} does not take a project ({error.strerror}): check its permissions "
            "and disk, or set SCIPION_USER_DATA to another folder"
        ) from error
    os.chdir(project.path)
    return project


def _scipions_name(manager: Any, name: str) -> str:
    """The name under which Scipion has the project, or would create it."""
    from pyworkflow.project import Project

    if manager.hasProject(name):
        return name
    if os.sep in name or not any(character.isalnum() for character in name):
        raise ValueError(f"'{name}' is no name for a project: use letters, digits, - and _")
    return str(Project.cleanProjectName(name))


def new_run(project: Any, **parameters: Any) -> Any:
    """A new run of the protocol, not yet launched."""
    return project.newProtocol(protocol_class(), **parameters)


def new_or_same_run(project: Any, **parameters: Any) -> Any:
    """The project's run for the same movies, to be continued; else a new one."""
    from pyworkflow.protocol import MODE_RESUME

    for run in project.getRuns():
        if isinstance(run, protocol_class()) and _is_for_the_same(run, parameters):
            for name, value in parameters.items():
                run.setAttributeValue(name, value)
            run.runMode.set(MODE_RESUME)
            return run
    return new_run(project, **parameters)


def protocol_class() -> Any:
    """The protocol's class, as Scipion knows it."""
    from pyworkflow import Config

    # Asked of Scipion, which tells the class about its plugin meanwhile.
    return Config.getDomain().getProtocols()["EmpiarDownloader"]


def _is_for_the_same(run: Any, parameters: Dict[str, Any]) -> bool:
    try:
        same_entry = entry_number(run.entryId.get("")) == entry_number(parameters["entryId"])
    except BadEntryId:
        return False
    return same_entry and all(
        run.getAttributeValue(name) == parameters.get(name, "")
        for name in ("imageSet", "filePattern")
    )


def launch(project: Any, run: Any) -> None:
    """Start the run in a process of its own, as the window does."""
    errors = run.validate()
    if errors:
        raise ValueError(" ".join(errors))
    project.launchProtocol(run, wait=False)


def follow(project: Any, run: Any) -> Iterator[Any]:
    """The run's states, read from its own database, until it has ended."""
    from pyworkflow.protocol import getUpdatedProtocol

    process = run.getPid()
    while True:
        ended = _has_ended(process)
        state = getUpdatedProtocol(run)
        yield state
        if ended:
            _check_room(project)
            project._updateProtocol(run)
            return
        time.sleep(_POLL_SECS)


def _check_room(project: Any) -> None:
    """OSError where the project's own database could not be written any more."""
    if shutil.disk_usage(project.path).free < _LEAST_ROOM:
        raise OSError(
            f"The disk of {project.path} is full: make room, and the same command goes on"
        )


def _has_ended(process: int) -> bool:
    import psutil

    try:
        return psutil.Process(process).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
