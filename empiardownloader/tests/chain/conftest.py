"""Makes RELION, the plugins and stand-ins for their programs known to Scipion, here and in runs.

What is not there is not needed by all tests: each class skips with the reason.
"""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

from empiardownloader.tests.forked.fixtures import starts

__all__ = ["starts"]

_FOLDER = Path(os.environ.get("CHAIN_FOLDER", "nowhere")).absolute()
_RELION, _PYTHON, _PROGRAMS = _FOLDER / "relion-4.0", _FOLDER / "python", _FOLDER / "programs"
_STUBS = Path(__file__).with_name("stubs")

if (_PYTHON / "relion").exists():
    os.environ.update(
        RELION_HOME=str(_RELION),
        MOTIONCOR_HOME=str(_PROGRAMS / "motioncor3-1.2.4"),
        MOTIONCOR_BIN="MotionCor3",
        MOTIONCOR_CUDA_LIB=str(_PROGRAMS / "cuda"),
        WARP_LOADER="true",  # the shell's: nothing is to be loaded
        CISTEM_HOME=str(_PROGRAMS / "cistem"),
        CTFFIND_HOME=str(_PROGRAMS / "ctffind-5.0.2"),
        XMIPP_HOME=str(_PROGRAMS / "xmipp"),
        PATH=os.pathsep.join([str(_PROGRAMS / "warp"), os.environ["PATH"]]),
        # A checkout that is tested by way of PYTHONPATH is meant in the runs, too.
        PYTHONPATH=os.pathsep.join(
            filter(None, [os.environ.get("PYTHONPATH"), str(_PYTHON), str(_STUBS)])
        ),
    )
    sys.path += [str(_PYTHON), str(_STUBS)]


def pytest_collection_modifyitems(items):
    """Skip what cannot run."""
    missing = [
        what
        for what, isThere in {
            "RELION": (_RELION / "bin" / "relion_run_motioncorr").exists(),
            "scipion-em-relion": importlib.util.find_spec("relion"),
        }.items()
        if not isThere
    ]
    if missing:
        reason = f"{' and '.join(missing)} not there: make chain brings what it can"
        for item in items:
            item.add_marker(pytest.mark.skip(reason=reason))
