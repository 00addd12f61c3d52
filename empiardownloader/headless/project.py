"""Scipion projects by their names."""

import os
from pathlib import Path
from typing import Any

from ..disk.locks import exclusive_lock

_LOCK_FILE = ".empiardownloader.lock"


def open_project(name: str) -> Any:
    """Return the project of this name, new if there is none; change the working directory to it.

    ValueError for a name that no project can have.
    """
    from pyworkflow.project import Manager

    manager = Manager()
    try:
        Path(manager.PROJECTS).mkdir(parents=True, exist_ok=True)
        # To create a project empties its folder, also one that another command has just made.
        with exclusive_lock(Path(manager.PROJECTS, _LOCK_FILE)):
            name = _scipions_name(manager, name)
            if manager.hasProject(name):
                return manager.loadProject(name)
            project = manager.createProject(name)
    except OSError as error:
        raise OSError(
            f"A project cannot be created in {manager.PROJECTS} ({error.strerror}): check its "
            "permissions and disk, or set SCIPION_USER_DATA to another folder"
        ) from error
    os.chdir(project.path)
    return project


def _scipions_name(manager: Any, name: str) -> str:
    """Return the name under which Scipion has the project, or would create it."""
    from pyworkflow.project import Project

    if manager.hasProject(name):
        return name
    if os.sep in name or not any(character.isalnum() for character in name):
        raise ValueError(f"'{name}' is not a valid project name: use letters, digits, - and _")
    return str(Project.cleanProjectName(name))
