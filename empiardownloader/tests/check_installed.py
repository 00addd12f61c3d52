"""Checks an installation from a wheel: ``python -m empiardownloader.tests.check_installed``."""

import importlib.util
import os
import sys
from pathlib import Path

import pwem
from pyworkflow.viewer import DESKTOP_TKINTER

import empiardownloader


def main():
    """Raise an AssertionError where Scipion would miss something."""
    folder = Path(empiardownloader.__file__).parent
    assert Path(sys.prefix) in folder.parents, f"{folder} is not the installed one"
    protocols = pwem.Domain.getProtocols()
    protocol = protocols["EmpiarDownloader"]
    assert "EmpiarMicrographs" in protocols
    # This environment has no scipion-em-tomo.
    assert "EmpiarTiltSeries" not in protocols
    assert protocol.getClassLabel() == "empiardownloader - empiar downloader"
    assert os.path.exists(protocol.getPluginLogoPath())
    assert "Iudin2023" in empiardownloader._references
    assert protocol().citations()[1].startswith("[[https://doi.org/10.1093/nar/gkac1062]")
    assert "EmpiarDownloader" in (folder / "protocols.conf").read_text()
    for needed in ("demo/server/process.py", "tests/kill_point/sitecustomize.py"):
        assert (folder / needed).exists(), needed
    if importlib.util.find_spec("tkinter"):
        fields = set(pwem.Domain.findWizards(protocol(), "tkinter"))
        assert fields == {"entryId", "imageSet", "filePattern", "movieNames", "gainPath"}, fields
    assert len(empiardownloader.Plugin().getTemplates()) == 4
    viewer, *_ = pwem.Domain.findViewers(protocol(), DESKTOP_TKINTER)
    assert viewer.__name__ == "EmpiarDownloaderViewer"
    print(f"Scipion finds the protocol and all that belongs to it in {folder}")


if __name__ == "__main__":
    main()
