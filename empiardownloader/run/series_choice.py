"""The tilt series of a run: which entry and image set they are in, and which are wanted."""

import dataclasses
from pathlib import Path

from ..archive.entry import parse_entry
from ..archive.image_sets import check_released, tilt_series_sets
from ..images.unpack import unpacked_name
from ..lookup.entry_lookup import NothingFound, ResolvedEntry, find_document
from ..settings import addresses
from .chosen_series import find_series, notes_on, restored_series, stored_series, write_mdocs

_NO_FRAMES = "None of the tilt series has frames in the entry."


class SeriesChoice:
    """Finds the series that the form means, and writes them and their mdocs down."""

    def __init__(self, options, series_options, state, setup):
        """``options``: of the run; ``series_options``: SeriesOptions; ``setup``: DownloadSetup."""
        self._options = options
        self._series_options = series_options
        self._state = state
        self._setup = setup
        #: A frame of the first series: the gain reference next to it is that of the run.
        self.first_frame = None

    def look_up(self, entry_id, image_set):
        """Return the entry with the first of its image sets that has frames of such series."""
        number, document = find_document(entry_id, addresses(), sleep=self._setup.sleep.sleep)
        entry = parse_entry(document, number)
        check_released(entry)
        refusals = []
        for candidate in tilt_series_sets(entry, image_set):
            found = ResolvedEntry(entry, candidate, document)
            try:
                with self._setup.listed(found) as listed:
                    self.first_frame = self._first_frame(listed)
                return found
            except NothingFound as error:
                refusals.append(error)
                self._setup.forgetListing()
        raise refusals[0]

    def select(self, found, folder, is_published):
        """Return the frames of the series; write these down, and their mdocs into a folder.

        ``is_published(ts_id)``: series of an earlier choice that are in the output stay in it.
        """
        state, options = self._state, self._series_options
        with self._setup.listed(found, state.entry()["folder"]) as listed:
            series, notes = self._find(listed, options)
        frames = list({frame.path: frame for one in series for frame in one.files}.values())
        if not frames:
            raise NothingFound(_NO_FRAMES)
        state.saveNames(frames)
        state.saveNotes([*notes, *notes_on(series, options)], "")
        kept = stored_series(series, options, self._name_of)
        wanted = {one["tsId"] for one in kept["series"]}
        kept["series"] += [one for one in (state.series() or {}).get("series", ())
                           if one["tsId"] not in wanted and is_published(one["tsId"])]  # fmt: skip
        state.saveSeries(kept)
        pixel_size = found.image_set.pixel_size
        write_mdocs(Path(folder), series, options, self._name_of, pixel_size)
        return [dataclasses.replace(frame, name=self._name_of(frame)) for frame in frames]

    def chosen(self):
        """Return the series as they were written down, none before."""
        return restored_series(self._state.series())

    def given_values(self):
        """Return the axis and the dose that the chosen series were written down with."""
        return (self._state.series() or {}).get("given")

    def _first_frame(self, listed):
        series, _ = self._find(listed, dataclasses.replace(self._series_options, limit=1))
        for one in series:
            if one.files:
                return one.files[0]
        raise NothingFound(_NO_FRAMES)

    def _find(self, listed, options):
        return find_series(listed, self._options.pattern, options, self._state.names())

    def _name_of(self, frame):
        return unpacked_name(frame.name) if self._options.decompress else frame.name
