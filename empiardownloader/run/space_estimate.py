"""The size of a run's download and the free disk space, before the run starts."""

import contextlib
import shutil
from pathlib import Path

from ..archive.entry import parse_entry
from ..archive.entry_id import entry_number
from ..archive.errors import ArchiveError, BadEntryId
from ..archive.image_sets import choose_image_set
from ..disk.paths import nearest_existing
from ..files.choice import MovieChoice
from ..lookup.entry_lookup import quick_document
from ..lookup.size_estimate import SizeEstimate, declared_size
from ..settings import addresses
from ..units import format_size
from .options import RunOptions
from .state import RunState

#: From here on a download is called very large.
VERY_LARGE = 1e12  # bytes


class SpaceEstimate:
    """The size of the images that a form requests, from its run's state or the archive.

    An entry that no earlier run of the form has read is asked for at the archive, in some three
    seconds at most.
    """

    def __init__(self, form):
        self._form = form
        self._options = RunOptions.of_form(form)
        self._state = RunState(form._getLogsPath())
        self._selection = ()  # that of an earlier run for the same entry
        #: The entry, None where neither an earlier run nor the archive described it.
        self.entry = None
        self._imageSet = None
        self._describe()
        # A SizeEstimate of the chosen images, those that are here included; None if unknown.
        self._size = self._estimate()

    def sentence(self, free=None):
        """Return the size beside the free disk space, '' where the size is unknown.

        free: in bytes; None for that of the disk.
        """
        if self._size is None:
            return ""
        folder, room = free_space(self._form, self._options)
        free = room if free is None else free
        return f"{self._what()}: {self._size}. Free in {folder}: {format_size(free)}."

    def largeWarnings(self):
        """Yield a sentence where the chosen images are measured in terabytes."""
        if self._size is not None and self._size.bytes >= VERY_LARGE:
            yield (
                f"{self._what()}: {self._size}. You can start with a "
                "smaller number and download more later."
            )

    def diskWarnings(self, free=None):
        """Yield a sentence where the disk has less room than the images may need.

        free: in bytes; None for that of the disk.
        """
        if self._size is None:
            return
        folder, room = free_space(self._form, self._options)
        free = room if free is None else free
        need = max(0, self._size.bytes - self._here())
        if need > free:
            need = SizeEstimate(need, self._size.is_exact, self._size.is_bound)
            yield (
                f"Not enough disk space in {folder}: {need} to download, {format_size(free)} free. "
                "Make room, choose fewer movies, or a download folder on another disk."
            )

    def _describe(self):
        number, document = self._document()
        if document is None:
            return
        self.entry = parse_entry(document, number)
        with contextlib.suppress(ArchiveError):  # the run itself will say so
            self._imageSet = choose_image_set(
                self.entry, self._options.image_set, self._form.contents
            )

    def _document(self):
        try:
            number = entry_number(self._options.entry_id)
        except BadEntryId:
            return "", None
        kept = self._state.entry()
        if kept is not None and kept["number"] == number:
            self._selection = self._state.selection()
            return number, kept["document"]
        return number, quick_document(number, addresses())

    def _estimate(self):
        count, every = requested_images(self._options)
        images = self._imageSet.num_images if self._imageSet else None
        sizes = [wanted.size for wanted in self._selection if wanted.size]
        if count is None and not self._form.downloadAll.get():  # of tilt series
            return None
        if sizes and (count is not None or images):
            # Raised numbers and other patterns are judged by the images that were chosen before.
            wanted = -(-images // every) if count is None else min(count, images or count)
            return SizeEstimate(wanted * sum(sizes) / len(sizes))
        if self.entry is None:
            return None
        return declared_size(self.entry, self._imageSet, count, every)

    def _what(self):
        count, every = requested_images(self._options)
        text = request_text(count, every, self._form.images.noun)
        return text[0].upper() + text[1:]

    def _here(self):
        """Return the bytes that this run has downloaded."""
        folder = Path(self._form._getExtraPath())
        return sum(file.stat().st_size for file in folder.glob("*") if file.is_file())


def free_space(form, options):
    """Return the nearest existing folder of where a run's files will be, and its free bytes."""
    place = Path(options.download_folder or form._getExtraPath())
    folder = nearest_existing(place.absolute())
    return folder, shutil.disk_usage(folder).free


def requested_images(options):
    """Return the number of images that the form requests, None for all; and k for every k-th."""
    if options.names:
        try:
            return len(MovieChoice.of(options.names).names), 1
        except (OSError, ValueError):  # a file of names that cannot be read: the run reports it
            return 0, 1
    return options.limit, options.every


def request_text(count, every, noun):
    """Return the requested images in words: "all movies", "3,000 movies, one in 4"."""
    text = f"all {noun}s" if count is None else f"{count:,} {noun}{'' if count == 1 else 's'}"
    return text + (f", one in {every:,}" if every > 1 else "")
