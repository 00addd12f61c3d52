"""Tilt series of an entry of EMPIAR, as a stream; only where scipion-em-tomo is installed."""

import dataclasses
import enum

from pwem.objects import SetOfMovies
from tomo.objects import SetOfTiltSeriesM

from ..archive.image_sets import TILT_SERIES
from ..run.chosen_series import SeriesOptions
from ..run.gain_choice import GainChoice
from ..run.series_choice import SeriesChoice
from ..run.set_properties import TiltSetProperties
from ..streaming.output_set import OutputSet
from ..streaming.series_output import SeriesOutput
from ..streaming.tilt_series_items import series_kind
from . import form as sections
from .base import EmpiarProtocol


class EmpiarTiltSeriesOutputs(enum.Enum):
    """Outputs of the protocol."""

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
    contentName = "tilt series"

    _choiceOfSeries = _series = None  # while it runs

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
        movies, series = self._outputSets()
        self._series = SeriesOutput(series, movies.file, self.setShape, self._getExtraPath())

    def _resumeSelection(self):
        self._choiceOfSeries = SeriesChoice(
            self._options(), self._seriesOptions(), self._record(), self._files
        )
        chosen = self._choiceOfSeries.chosen()
        self._series.expect(chosen)
        if not chosen:  # never written, or cut by a crash
            self._record().forgetSelection()
        super()._resumeSelection()

    # -------------------------- STEPS functions ------------------------------
    def closeSetStep(self, entryId, imageSet, *choice):
        """Publish the remaining complete series, and close both outputs."""
        self._series.publish()
        return super().closeSetStep(entryId, imageSet, *choice)

    # --------------------------- INFO functions ------------------------------
    def progressLines(self):
        """Return the number of series in the output, and those that lack tilts."""
        if self._series is None or not self._series.count:
            return []
        output = getattr(self, "outputTiltSeriesM", None)
        registered = output.getSize() if output else 0
        lines = [f"*{registered} of {self._series.count}* tilt series registered"]
        waiting = self._series.waiting()
        if self._account.stopped and waiting:
            lines.append(f"Not complete, so not in the output yet: {', '.join(waiting)}")
        return lines

    # --------------------------- UTILS functions -----------------------------
    def _outputSets(self):
        series = OutputSet(self, "outputTiltSeriesM", "tiltseriesM.sqlite", series_kind())
        return [*super()._outputSets(), series]

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
        return TiltSetProperties(self._options(), self._record(), self._getExtraPath())

    def _lookUp(self, entryId, imageSet):
        return self._choiceOfSeries.look_up(entryId, imageSet)

    def _chooseGain(self, listed):
        near = self._choiceOfSeries.first_frame
        return GainChoice.fromOptions(self._options(), listed, near=near)

    def _select(self, found):
        choice = self._choiceOfSeries
        before = choice.given_values()
        frames = choice.select(found, self._getExtraPath("mdocs"), self._series.is_published)
        self._series.expect(choice.chosen())
        if before not in (None, choice.given_values()) and self._canRegister():
            self.rewriteImages()
        return frames

    # Each frame that is registered or lost may complete a series.

    def _missed(self, failure):
        super()._missed(failure)
        self._series.lose(failure.request.name)

    def onRegistered(self, names):
        super().onRegistered(names)
        self._series.register(names)

    def onFailed(self, name, reason):
        super().onFailed(name, reason)
        self._series.lose(name)

    def onLeftOut(self, name, reason):
        super().onLeftOut(name, reason)
        self._series.lose(name)

    def onDescribed(self):
        super().onDescribed()
        self._series.rebuild()
