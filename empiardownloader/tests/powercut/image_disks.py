"""File systems in image files, mounted by loop devices; nothing stays mounted after a block."""

import contextlib
import ctypes
import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

os.environ["PATH"] += os.pathsep + "/usr/sbin:/sbin"

MEGABYTE = 1 << 20
#: How each is made, the options that a clone of a mounted one needs, and a size that it accepts.
MAKE = {
    "ext4": ["mkfs.ext4", "-q", "-F"],
    "xfs": ["mkfs.xfs", "-q", "-f"],
    "btrfs": ["mkfs.btrfs", "-q", "-f"],
}
CLONE_OPTIONS = {"ext4": "loop", "xfs": "loop,nouuid", "btrfs": "loop"}
LEAST_SIZE = 320 * MEGABYTE
_CLONE_NEWNS = 0x20000  # of linux/sched.h


@functools.lru_cache(maxsize=None)
def why_not(*kinds):
    """Why file systems of these kinds cannot be mounted here; '' where they can."""
    if os.geteuid():
        return "only root mounts file systems"
    for kind in kinds:
        if not shutil.which(MAKE[kind][0]):
            return f"there is no {MAKE[kind][0]}: run install.sh"
    with tempfile.TemporaryDirectory() as folder:
        for kind in kinds:
            image = make_image(Path(folder, f"{kind}.img"), kind)
            tried = subprocess.run(["unshare", "--mount", "mount", "-o", "loop", image, folder],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            if tried.returncode:
                return f"no {kind} can be mounted here: {tried.stderr.strip()}"
    return ""


def own_mounts():
    """What this process mounts from now on is its own, and goes with it, however it ends."""
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNS):
        raise OSError(ctypes.get_errno(), "no mounts of its own for this process")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)


def make_image(path, kind, size=LEAST_SIZE, *options):
    """An image file with an empty file system."""
    with open(path, "wb") as file:
        file.truncate(size)
    subprocess.run([*MAKE[kind], *options, str(path)], check=True, stdout=subprocess.DEVNULL)
    return path


@contextlib.contextmanager
def mounted(image, place, options="loop"):
    """Mount an image while the block lasts; its loop device goes with the mount."""
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-o", options, str(image), str(place)], check=True)
    try:
        yield place
    finally:
        if subprocess.run(["umount", str(place)]).returncode:
            # What still works in it keeps it alive, not visible; and its loop device until then.
            subprocess.run(["umount", "--lazy", str(place)], check=True)


def without_cache(place):
    """What reaches a mounted image's device goes past this machine's cache of the image's file."""
    device = subprocess.run(["findmnt", "--noheadings", "--output", "SOURCE", str(place)],
                            check=True, text=True, stdout=subprocess.PIPE).stdout.strip()
    subprocess.run(["losetup", "--direct-io=on", device], check=True)


def clone(image, copy):
    """A copy of an image that shares its blocks: what its disk holds at this moment."""
    subprocess.run(["cp", "--reflink=always", str(image), str(copy)], check=True)
    return copy


@contextlib.contextmanager
def block_device(image, size):
    """A loop device for a program that takes no image file."""
    with open(image, "wb") as file:
        file.truncate(size)
    device = subprocess.run(["losetup", "--find", "--show", str(image)], check=True, text=True,
                            stdout=subprocess.PIPE).stdout.strip()
    try:
        yield device
    finally:
        subprocess.run(["losetup", "--detach", device], check=True)
