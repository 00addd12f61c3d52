"""Makes RELION and the plugins known to Scipion, here and in the runs, or skips with the reason."""

import os
import sys
from pathlib import Path

import pytest

_FOLDER = Path(os.environ.get("CHAIN_FOLDER", "nowhere")).absolute()
_HOME, _PLUGIN = _FOLDER / "relion-4.0", _FOLDER / "python"
_MISSING = [
    what
    for what, place in {
        "RELION": _HOME / "bin" / "relion_run_motioncorr",
        "scipion-em-relion": _PLUGIN / "relion",
    }.items()
    if not place.exists()
]

if not _MISSING:
    os.environ["RELION_HOME"] = str(_HOME)
    os.environ["PYTHONPATH"] = str(_PLUGIN)
    sys.path.append(str(_PLUGIN))


def pytest_collection_modifyitems(items):
    """Skip what cannot run."""
    if _MISSING:
        reason = f"{' and '.join(_MISSING)} not there: make chain brings what it can"
        for item in items:
            item.add_marker(pytest.mark.skip(reason=reason))
