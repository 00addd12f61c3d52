"""A new Scipion project, and the environment of its processes."""

import os
import subprocess
import sys
from pathlib import Path

_MAKE = """
import sys
from empiardownloader import headless
headless.prepare_environment()
print(headless.open_project(sys.argv[1]).path)
"""


def scipion_environment(archive, folder):
    """Return the variables of processes with projects in a folder and a miniature archive."""
    return {
        **archive.environment,
        "SCIPION_USER_DATA": str(folder),
        "SCIPION_PYTHON": sys.executable,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        # Scipion asks its web site which protocol comes next; here nobody is asked.
        "SCIPION_SITE": "http://127.0.0.1:9",
        # What a test sees answers what it did, and not a refresh that came by itself.
        "SCIPION_GUI_CANCEL_AUTO_REFRESH": "True",
    }


def new_project(name, environment):
    """Create an empty project and return its folder."""
    made = subprocess.run([sys.executable, "-c", _MAKE, name], check=True, text=True,
                          stdout=subprocess.PIPE, env={**os.environ, **environment})
    return Path(made.stdout.strip().splitlines()[-1])
