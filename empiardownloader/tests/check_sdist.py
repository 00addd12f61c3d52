"""Checks a source distribution: ``python -m empiardownloader.tests.check_sdist FILE.tar.gz``."""

import subprocess
import sys
import tarfile

_NEEDED = {"LICENSE", "CHANGES.txt", "MANIFEST.in", "Makefile", "README.rst", "pyproject.toml"}
_ONLY_IN_THE_CHECKOUT = (".github/", ".gitignore")


def main(path):
    """Raise an AssertionError where a packager would miss a file of the checkout."""
    with tarfile.open(path) as archive:
        found = {name.partition("/")[2] for name in archive.getnames()}
    checkout = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True)
    tracked = {name for name in checkout.stdout.split("\0")
               if name and not name.startswith(_ONLY_IN_THE_CHECKOUT)}
    missing = (_NEEDED | tracked) - found
    assert not missing, f"{path} lacks {sorted(missing)}"
    print(f"The source distribution has all {len(found)} files.")


if __name__ == "__main__":
    main(sys.argv[1])
