"""A new project of Scipion's, and what its processes have to know."""

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
    """Variables of processes that have their projects in a folder and ask a miniature archive."""
    return {
        **archive.environment,
        "SCIPION_USER_DATA": str(folder),
        "SCIPION_PYTHON": sys.executable,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        # Scipion asks its web site which protocol comes next; here nobody is asked.
        "SCIPION_SITE": "http://127.0.0.1:9",
    }


def new_project(name, environment):
    """The folder of a new, empty project."""
    made = subprocess.run([sys.executable, "-c", _MAKE, name], check=True, text=True,
                          stdout=subprocess.PIPE, env={**os.environ, **environment})
    return Path(made.stdout.strip().splitlines()[-1])
