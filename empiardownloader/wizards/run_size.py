"""The size of what a run will download, before the entry's files are listed."""

import shutil
from pathlib import Path

from ..disk.paths import nearest_existing
from ..files import MovieChoice
from ..lookup.size_estimate import declared_size
from ..units import format_size


def freeBytes(protocol, options):
    """Return the free bytes of the disk that the run's files will be on."""
    folder = options.download_folder or protocol._getExtraPath()
    return shutil.disk_usage(nearest_existing(Path(folder))).free


def sizeSentence(entry, imageSet, options, noun, free):
    """Return the size of the images that the form asks for, beside the free disk space.

    The size is an estimate from what the entry declares. free: in bytes.
    """
    count = _namedCount(options.names) if options.names else options.limit
    every = 1 if options.names else options.every
    size = declared_size(entry, imageSet, count, every)
    which = f"all {noun}s" if count is None else f"{count:,} {noun}{'' if count == 1 else 's'}"
    which += f", one in {every:,}" if every > 1 else ""
    room = f"Free on the disk: {format_size(free)}"
    if size is None:
        return f"This run downloads {which} of unknown size. {room}."
    shortage = ", which is not enough" if size.bytes > free else ""
    return f"This run downloads {which}: {size}. {room}{shortage}."


def _namedCount(names):
    try:
        return len(MovieChoice.of(names).names)
    except (OSError, ValueError):  # a file without names: the run reports it
        return 0
