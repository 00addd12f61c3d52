"""Scipion projects by their names."""

import os
from pathlib import Path
from typing import Any

from ..disk.locks import exclusive_lock

_LOCK_FILE = ".empiardownloader.lock"


def open_project(name: str) -> Any:
    """The project of this name, created if there is none; the working directory moves there.

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
