"""An archive in miniature, a screen, and a new project's window for each test."""

import importlib.util
import os
import re
from pathlib import Path

import pytest
from display import Display, missing_tools
from new_project import new_project, scipion_environment
from project_window import ProjectWindow
from run_files import RunFiles
from stutter import stuttering

from empiardownloader.demo.data.entries import build_demo_archive
from empiardownloader.demo.miniature_archive import MiniatureArchive

#: Where each test leaves its pictures, below the working folder.
OUTPUT = Path(os.environ.get("GUI_OUTPUT", "gui-output")).resolve()
#: For how many seconds at most the screen and Scipion stand still at random; 0: never.
STUTTER = float(os.environ.get("GUI_STUTTER", "0"))


def pytest_terminal_summary(terminalreporter):
    if OUTPUT.exists():
        terminalreporter.write_line(f"Pictures of the windows: {OUTPUT}")


def pytest_collection_modifyitems(items):
    reason = _why_not()
    if reason:
        for item in items:
            if Path(__file__).parent in Path(item.fspath).parents:
                item.add_marker(pytest.mark.skip(reason=reason))


def _why_not():
    missing = missing_tools()
    missing += [module for module in ("tkinter", "scipion")
                if importlib.util.find_spec(module) is None]
    return f"not on this machine: {', '.join(missing)}" if missing else ""


@pytest.fixture(scope="session")
def display():
    with Display() as display, stuttering(display.processes, STUTTER):
        yield display


@pytest.fixture
def archive(tmp_path_factory):
    """The demo's archive; its entry 10200 has twelve movies and a second image set."""
    root = tmp_path_factory.mktemp("archive")
    build_demo_archive(root)
    with MiniatureArchive(root, ftp_mlsd=False) as archive:
        yield archive


@pytest.fixture
def environment(archive, tmp_path):
    """What a process of Scipion has to know."""
    return scipion_environment(archive, tmp_path / "data")


@pytest.fixture
def project(environment):
    """The folder of a new, empty project."""
    folder = new_project("seen", environment)
    yield folder
    RunFiles(folder).stop()


@pytest.fixture
def window(request, display, environment, project):
    """The project's window; its pictures are in `gui-output/<test>`."""
    pictures = OUTPUT / re.sub(r"\W+", "-", request.node.name)
    pictures.mkdir(parents=True, exist_ok=True)
    for old in pictures.iterdir():
        old.unlink()
    with ProjectWindow(display, environment, project.name, pictures) as window:
        yield window
        window.picture("at-the-end")
