"""An entry of random files in a local folder, for the folder server."""

import os


def random_files(folder, names, size):
    """Make a folder with files of so many random bytes, and return it."""
    folder.mkdir()
    for name in names:
        (folder / name).write_bytes(os.urandom(size))
    return folder
