"""Puts a program of each plugin's name where the plugin looks for it.

``install.py FOLDER`` makes small shell scripts that call ``programs.py`` with this Python.
"""

import sys
from pathlib import Path

# The plugins believe in the versions that the folders' names say.
PLACES = {
    "MotionCor3": "motioncor3-1.2.4/bin",
    "WarpTools": "warp",
    "unblur": "cistem",
    "ctffind": "ctffind-5.0.2/bin",
    "xmipp_movie_alignment_correlation": "xmipp/bin",
    "xmipp_image_resize": "xmipp/bin",
}


def main(folder):
    """Make the scripts below ``folder``."""
    programs = Path(__file__).with_name("programs.py").absolute()
    for name, place in PLACES.items():
        script = Path(folder, place, name)
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{programs}" {name} "$@"\n')
        script.chmod(0o755)
    Path(folder, "cuda").mkdir(exist_ok=True)  # looked for, and not used


if __name__ == "__main__":
    main(*sys.argv[1:])
