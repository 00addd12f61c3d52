"""Tilt series of an entry of EMPIAR, as a stream; only where scipion-em-tomo is installed."""

import dataclasses
import enum
import logging
import threading
from pathlib import Path

from pwem.objects import SetOfMovies
from pyworkflow.object import Set
from tomo.objects import SetOfTiltSeriesM

from ..archive import TILT_SERIES, check_released, parse_entry, tilt_series_sets
from ..images import unpacked_name
from ..lookup.entry_lookup import NothingFound, ResolvedEntry, find_document
from ..run.chosen_series import (
    SeriesOptions,
    find_series,
    notes_on,
    restored_series,
    stored_series,
    write_mdocs,
)
from ..run.gain_choice import GainChoice
from ..run.tilt_description import TiltDescription
from ..settings import addresses
from ..streaming.output_set import OutputSet
from ..streaming.series_assembly import Expected, SeriesAssembly
from ..streaming.tilt_series_items import SeriesItem, TiltItem, describe_series, series_kind
from . import form as sections
from .base import EmpiarProtocol

logger = logging.getLogger(__name__)


class EmpiarTiltSeriesOutputs(enum.Enum):
    """What the protocol produces."""

    outputTiltSeriesM = SetOfTiltSeriesM
    outputMovies = SetOfMovies


class EmpiarTiltSeries(EmpiarProtocol):
    """Downloads tilt series of an entry of EMPIAR, the public archive of raw electron microscopy
    images, and registers each as soon as its last tilt is here.

    Enter the entry's number, for example 10164, and how many series you want, or their names. The
    protocol finds the mdoc files, matches their sections with the frames in the archive, and
    downloads the frames in order of acquisition. Entries without mdocs work, too: series, order
    and angles are then those of the names.

    *Two outputs* grow while files arrive. _outputMovies_ has each tilt's frames: connect motion
    correction to it, and _Compose Tilt Series_ to its micrographs, with the run's folder
    _extra/mdocs_ as the path of the mdocs; a template of this plugin has that chain.
    _outputTiltSeriesM_ has whole series, for protocols that take tilt series movies.

    *Look at the summary* before you trust a result: it says for each series what is suspicious,
    such as missing tilts, an mdoc without a tilt axis or a calibrated dose, a binned pixel size,
    or an angle that was taken twice. Give the tilt axis and the dose per tilt if they are missing.

    A tilt whose frames cannot be downloaded is left out of its series and named. Order of
    acquisition and accumulated dose count every exposure of the mdoc, also a missing one.

    *Stop and Continue* work as in _empiar downloader_: raise the number of series, or change the
    names, and continue to get more.
    """

    _label = "empiar tilt series"
    _possibleOutputs = EmpiarTiltSeriesOutputs
    contents = TILT_SERIES

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self._assembly, self._publishing, self._near = None, threading.Lock(), None

    # -------------------------- DEFINE param functions -----------------------
    def _defineParams(self, form):
        sections.defineEntryAndImageSet(form)
        sections.defineTiltSeries(form)
        sections.definePattern(form)
        sections.defineGain(form)
        sections.defineAcquisition(form)
        sections.defineTiltAcquisition(form)
        sections.defineTransfer(form)
        form.addParallelSection(threads=3, mpi=1)

    # -------------------------- INSERT steps functions -----------------------
    def _resumeFromDisk(self):
        super()._resumeFromDisk()
        file = self._seriesOutput().file
        published = file.columns("_tsId", "_size") if file.exists() else {"_tsId": [], "_size": []}
        tilts = dict(zip(published["_tsId"], map(int, published["_size"])))
        self._assembly = SeriesAssembly(self._imageOutput().file.keys(), tilts)
        self._expectSeries()

    def _resumeSelection(self):
        if not self._chosenSeries():  # never written, or cut by a crash
            self._record().forgetSelection()
        super()._resumeSelection()

    # -------------------------- STEPS functions ------------------------------
    def closeSetStep(self, entryId, imageSet, *choice):
        """Publish what is left to publish, and close both outputs."""
        self._publishSeries()
        return super().closeSetStep(entryId, imageSet, *choice)

    # --------------------------- INFO functions ------------------------------
    def progressLines(self):
        """Return the number of series in the output, and those that lack tilts."""
        chosen = self._chosenSeries()
        if not chosen:
            return []
        output = getattr(self, "outputTiltSeriesM", None)
        lines = [f"*{output.getSize() if output else 0} of {len(chosen)}* tilt series registered"]
        waiting = self._assembly.waiting() if self._assembly else {}
        if self._account.stopped and waiting:
            lines.append(f"Not complete, so not in the output yet: {', '.join(waiting)}")
        return lines

    # --------------------------- UTILS functions -----------------------------
    def _outputSets(self):
        series = OutputSet(self, "outputTiltSeriesM", "tiltseriesM.sqlite", series_kind())
        return [*super()._outputSets(), series]

    def _seriesOutput(self):
        return self._outputSets()[1]

    def _options(self):
        # The form's number is one of series: all frames of these are wanted.
        return dataclasses.replace(super()._options(), limit=None, has_dose=True)

    def _amountText(self):
        options = self._seriesOptions()
        if options.names:
            return f"the tilt series {options.names}"
        if options.limit is None:
            return "all tilt series"
        return "the first tilt series" if options.limit == 1 else f"{options.limit} tilt series"

    def _seriesOptions(self):
        return SeriesOptions(
            self.seriesNames.get("").strip(),
            None if self.downloadAll.get() else self.amountOfSeries.get(),
            self.tiltAxisAngle.get(),
            self.dosePerTilt.get(),
        )

    def _choice(self):
        return (*super()._choice(), *dataclasses.astuple(self._seriesOptions()))

    def _description(self):
        return TiltDescription(self._options(), self._record(), self._getExtraPath())

    def _lookUp(self, entryId, imageSet):
        """Return the entry with the first of its image sets that holds such tilt series."""
        number, document = find_document(entryId, addresses(), sleep=self._files.sleep.sleep)
        entry = parse_entry(document, number)
        check_released(entry)
        refusals = []
        for candidate in tilt_series_sets(entry, imageSet):
            found = ResolvedEntry(entry, candidate, document)
            try:
                with self._files.listed(found) as listed:
                    self._near = self._firstFrames(listed)
                return found
            except NothingFound as error:
                refusals.append(error)
                self._files.forgetListing()
        raise refusals[0]

    def _chooseGain(self, listed):
        return GainChoice.fromOptions(self._options(), listed, near=self._near)

    def _firstFrames(self, listed):
        """Return the first frames of the series; NothingFound if none has any."""
        options = dataclasses.replace(self._seriesOptions(), limit=1)
        series, _ = find_series(listed, self._options().pattern, options, self._record().names())
        for one in series:
            if one.files:
                return one.files[0]
        raise NothingFound("None of the tilt series has frames in the entry.")

    def _select(self, found):
        """Return the frames of the series, which are written down with their mdocs."""
        state, options = self._record(), self._seriesOptions()
        with self._files.listed(found, state.entry()["folder"]) as listed:
            series, notes = find_series(listed, self._options().pattern, options, state.names())
        frames = list({frame.path: frame for one in series for frame in one.files}.values())
        if not frames:
            raise NothingFound("None of the tilt series has frames in the entry.")
        state.saveNames(frames)
        state.saveNotes([*notes, *notes_on(series, options)], "")
        before = state.series() or {}
        kept = stored_series(series, options, self._nameOf)
        # Series of an earlier choice stay in the output.
        wanted = {one["tsId"] for one in kept["series"]}
        kept["series"] += [one for one in before.get("series", ()) if one["tsId"] not in wanted
                           and self._assembly.is_published(one["tsId"])]
        state.saveSeries(kept)
        folder = Path(self._getExtraPath("mdocs"))
        write_mdocs(folder, series, options, self._nameOf, found.image_set.pixel_size)
        self._expectSeries()
        if before.get("given") not in (None, kept["given"]) and self._canRegister():
            self.rewriteImages()
        return [dataclasses.replace(frame, name=self._nameOf(frame)) for frame in frames]

    def _nameOf(self, frame):
        return unpacked_name(frame.name) if self._options().decompress else frame.name

    def _chosenSeries(self):
        return restored_series(self._record().series())

    def _expectSeries(self):
        self._assembly.expect(
            [Expected(one.ts_id, tuple(tilt.name for tilt in one.tilts))
             for one in self._chosenSeries()]
        )  # fmt: skip

    # What becomes of the frames, and the series that are complete by that.

    def _missed(self, failure):
        super()._missed(failure)
        self._assembly.lose(failure.request.name)
        self._tryToPublishSeries()

    def onRegistered(self, names):
        super().onRegistered(names)
        self._assembly.register(names)
        self._tryToPublishSeries()

    def onFailed(self, name, reason):
        super().onFailed(name, reason)
        self._assembly.lose(name)
        self._tryToPublishSeries()

    def onLeftOut(self, name, reason):
        super().onLeftOut(name, reason)
        self._assembly.lose(name)
        self._tryToPublishSeries()

    def onDescribed(self):
        super().onDescribed()
        self._rebuildSeries()

    def _tryToPublishSeries(self):
        """Publish what is complete; an error must not leave a step of registration."""
        try:
            self._publishSeries()
        except Exception as error:  # noqa: BLE001 (tried again with the next frames, and at the end)
            logger.error("Tilt series could not be registered now (%s)", error)

    def _publishSeries(self):
        with self._publishing:
            ready = self._assembly.ready()
            if not ready or not self._imageOutput().file.exists():
                return
            if any(self._assembly.is_published(one.ts_id) for one in ready):
                new = [one for one in ready if not self._assembly.is_published(one.ts_id)]
                self._renew([*self._assembly.known(), *new])
                return
            items = self._items(ready)
            self._seriesOutput().publish(items, Set.STREAM_OPEN, self._describer(items))
            self._assembly.publish(ready)
        for one in ready:
            logger.info("%s: registered with %d tilts", one.ts_id, len(one.frames))

    def _rebuildSeries(self):
        """Write the set of series anew: the set of movies or the form say something else now."""
        with self._publishing:
            known = self._assembly.known()
            if known and self._seriesOutput().file.exists():
                self._renew(known)

    def _renew(self, series):
        items = self._items(series)
        self._seriesOutput().renew(items, Set.STREAM_OPEN, self._describer(items))
        self._assembly.publish(series)

    def _describer(self, items):
        movies = self._imageOutput().file.load()
        return lambda series: describe_series(series, movies, items[0])

    def _items(self, series):
        chosen = {one.ts_id: one for one in self._chosenSeries()}
        return [self._item(chosen[one.ts_id], set(one.frames)) for one in series]

    def _item(self, chosen, here):
        tilts = [self._tilt(tilt) for tilt in chosen.tilts if tilt.name in here]
        size = self.setShape.decided[:2]
        return SeriesItem(chosen.ts_id, tuple(tilts), size, chosen.axis)

    def _tilt(self, tilt):
        shape = self.setShape.shape_of(tilt.name) or self.setShape.decided
        return TiltItem(
            self._getExtraPath(tilt.name),
            tilt.name,
            shape.frames,
            tilt.angle,
            tilt.order,
            tilt.dose,
            tilt.dose_before,
        )
