"""A disk for the soak test that is filled up by others and that loses its power."""

import contextlib
import os
import subprocess

from empiardownloader.tests.powercut.image_disks import (
    MEGABYTE,
    clone,
    make_image,
    mounted,
    own_mounts,
    why_not,
)

#: Why there is no such disk here; '' where there can be one.
REASON = why_not("ext4", "xfs")
_SIZE = 128 * MEGABYTE
_OUTER = 1024 * MEGABYTE


class PlainFolder:
    """A folder, which is never full and loses nothing."""

    can_fail = False

    def __init__(self, place):
        self.place = place
        place.mkdir()


class UnreliableDisk:
    """An ext4 in an image file, on an XFS that can clone it at any moment."""

    can_fail = True

    def __init__(self, image, place):
        self.place = place
        self._image = image
        make_image(image, "ext4", _SIZE)
        place.mkdir()
        self._mount()

    def _mount(self):
        subprocess.run(["mount", "-o", "loop", str(self._image), str(self.place)], check=True)

    def unmount(self):
        """Take the disk away."""
        subprocess.run(["umount", str(self.place)], check=True)

    def fill(self, free):
        """Leave about so many bytes free, or none: another program's file takes the others."""
        disk = os.statvfs(self.place)
        ballast = disk.f_bavail * disk.f_frsize - free
        with open(self.place / "ballast", "wb") as file, contextlib.suppress(OSError):
            os.posix_fallocate(file.fileno(), 0, ballast)

    def make_room(self):
        """Remove the other program's file."""
        with contextlib.suppress(FileNotFoundError):
            (self.place / "ballast").unlink()

    def cut_power(self, process):
        """End a process with all that its machine has not yet brought to the disk."""
        cut = clone(self._image, self._image.with_suffix(".cut"))
        process.kill()
        process.wait()
        self.unmount()
        os.replace(cut, self._image)
        self._mount()


@contextlib.contextmanager
def unreliable_disk(folder):
    """Yield a disk in a folder; a plain folder where no disk can be mounted."""
    if REASON:
        yield PlainFolder(folder / "disk")
        return
    own_mounts()
    outer = make_image(folder / "outer.img", "xfs", _OUTER)
    try:
        with mounted(outer, folder / "outer") as clones:
            disk = UnreliableDisk(clones / "disk.img", folder / "disk")
            try:
                yield disk
            finally:
                disk.unmount()
    finally:
        outer.unlink()  # pytest keeps its folders
