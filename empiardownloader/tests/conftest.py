"""Gives pytest a Scipion home of the tests' own; ``scipion3 tests`` uses the real one."""

import os
import sys
import tempfile

_HOME = tempfile.TemporaryDirectory(prefix="empiardownloader-tests-")
for name, value in {
    "SCIPION_HOME": _HOME.name,
    "SCIPION_USER_DATA": os.path.join(_HOME.name, "data"),
    "SCIPION_NOTIFY": "False",
    "SCIPION_DOMAIN": "pwem",
    "SCIPION_PYTHON": sys.executable,
}.items():
    os.environ.setdefault(name, value)

# A project is named for its test class, and pytest-xdist may give one class to several workers.
# They inherit the environment from the controller, so this must not be a default.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["SCIPION_USER_DATA"] = os.path.join(_HOME.name, "data")
