"""An archive in miniature, a screen, and a project's window for the tests of each module."""

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
    # Wide enough for the boxes of all runs of a project, side by side.
    with Display((2400, 950)) as display, stuttering(display.processes, STUTTER):
        yield display


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The demo's archive; its entry 10200 has twelve movies and a second image set.

    Entry 90200 has 20,000 movies, and says that they are terabytes.
    """
    root = tmp_path_factory.mktemp("archive")
    _add_terabytes(build_demo_archive(root))
    with MiniatureArchive(root) as archive:
        yield archive


def _add_terabytes(archive, count=20_000):
    """Add entry 90200: one small file under many names."""
    (path,) = archive.add_tiny_entry(90200, 1)
    sets = [{"directory": "data/Movies", "num_images_or_tilt_series": count}]
    first = archive.add_entry(90200, sets, dataset_size="20.4 TB") / path
    for number in range(2, count + 1):
        os.link(first, first.with_name(f"tiny_{number:05d}.mrc"))


@pytest.fixture
def archive(served):
    """The archive without any fault, and nothing asked of it yet."""
    served.set(ftp_mlsd=False)
    served.forget_requests()
    yield served
    served.reset()


@pytest.fixture(scope="module")
def environment(served, tmp_path_factory):
    """The environment of Scipion's processes."""
    return scipion_environment(served, tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def project(environment):
    """The folder of a new project."""
    return new_project("seen", environment)


@pytest.fixture
def run(project):
    """The run that the test starts in the project."""
    run = RunFiles(project)
    yield run
    run.stop()


@pytest.fixture(scope="module")
def scipion(display, environment, project):
    """The project's window, for one test after the other."""
    with SharedWindow(lambda log: ProjectWindow(display, environment, project.name, log)) as shared:
        yield shared


@pytest.fixture
def window(request, scipion):
    """The project's window; its pictures are in `gui-output/<test>`."""
    pictures = OUTPUT / re.sub(r"\W+", "-", request.node.name)
    pictures.mkdir(parents=True, exist_ok=True)
    for old in pictures.iterdir():
        old.unlink()
    window = scipion.taken(pictures)
    yield window
    window.picture("at-the-end")
    scipion.tidy()


class SharedWindow:
    """A window that is opened once; again where a test has left another window that stays."""

    def __init__(self, open_window):
        self._open_window = open_window
        self._window = None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self._window is not None:
            self._window.__exit__()
            self._window = None

    def taken(self, pictures):
        """Return the window, which leaves its pictures in a folder from now on."""
        if self._window is None:
            self._window = self._open_window(pictures).__enter__()
        self._window.pictures = pictures
        return self._window

    def tidy(self):
        """Close what the test has opened, the whole window if need be."""
        try:
            self._window.close_others()
        except AssertionError:
            self.__exit__()
