"""The size of what a run will download, before the entry's files are listed."""

import shutil
from pathlib import Path

from ..disk.paths import nearest_existing
from ..lookup.size_estimate import declared_size
from ..run.space_estimate import request_text, requested_images
from ..units import format_size


def freeBytes(protocol, options):
    """Return the free bytes of the disk that the run's files will be on."""
    folder = options.download_folder or protocol._getExtraPath()
    return shutil.disk_usage(nearest_existing(Path(folder))).free


def sizeSentence(entry, imageSet, options, noun, free):
    """Return the size of the images that the form asks for, beside the free disk space.

    The size is an estimate from what the entry declares. free: in bytes.
    """
    count, every = requested_images(options)
    size = declared_size(entry, imageSet, count, every)
    which = request_text(count, every, noun)
    room = f"Free on the disk: {format_size(free)}"
    if size is None:
        return f"This run downloads {which} of unknown size. {room}."
    shortage = ", which is not enough" if size.bytes > free else ""
    return f"This run downloads {which}: {size}. {room}{shortage}."
