"""Acquisition values of the output set, each with its origin."""

import dataclasses
from dataclasses import dataclass

from pwem.objects import Acquisition as SetAcquisition

from ..archive.emdb import Acquisition, SourcedValue
from .file_values import told_value

_GIVEN = "given"
_QUANTITIES = ("voltage", "spherical_aberration", "amplitude_contrast", "magnification")


@dataclass(frozen=True)
class AcquisitionValues:
    """Sampling rate (Å/px), acquisition and doses (e/Å²) of a run's movies."""

    accession: str
    samplingRate: SourcedValue
    acquisition: Acquisition
    hasDose: bool = True
    doseInitial: float = 0.0
    givenDosePerFrame: SourcedValue = SourcedValue()  # noqa: RUF009 (frozen)

    @classmethod
    def restored(cls, found, stored):
        """Build from the dictionary of :meth:`stored`."""
        return cls.of(found, Acquisition()).orElse(stored)

    @classmethod
    def of(cls, found, acquisition):
        """Build from an image set and EMDB's values of the entry's map."""
        rate = SourcedValue(found.image_set.pixel_size, found.entry.accession)
        return cls(found.entry.accession, rate, acquisition)

    def stored(self):
        """The archive's acquisition in a form for JSON."""
        values = dataclasses.asdict(self.acquisition)
        return {name: [value["value"], value["origin"]] for name, value in values.items()}

    def orElse(self, stored):
        """Fill unknown values from :meth:`stored`, for a run that cannot reach EMDB now."""
        acquisition = self.acquisition.or_else(restored_acquisition(stored))
        return dataclasses.replace(self, acquisition=acquisition)

    def withOptions(self, options):
        """Prefer the values of the form (:class:`RunOptions`) to those of the archives."""
        given = {
            name: SourcedValue(getattr(options, name), _GIVEN)
            for name in _QUANTITIES
            if getattr(options, name) is not None
        }
        rate, dose = options.sampling_rate, options.dose_per_frame
        acquisition = dataclasses.replace(self.acquisition, **given)
        if not options.has_dose:
            acquisition = dataclasses.replace(acquisition, dose_per_image=SourcedValue())
        return dataclasses.replace(
            self,
            samplingRate=self.samplingRate if rate is None else SourcedValue(rate, _GIVEN),
            acquisition=acquisition,
            hasDose=options.has_dose,
            doseInitial=options.dose_initial,
            givenDosePerFrame=SourcedValue() if dose is None else SourcedValue(dose, _GIVEN),
        )

    def withFile(self, stored):
        """Fill up by what the movies say (:func:`stored_values`); their dose goes before EMDB's."""

        def first_known(known, name):
            told = told_value(stored, name)
            return known if known.is_known or told.value is None else told

        voltage = first_known(self.acquisition.voltage, "voltage")
        return dataclasses.replace(
            self,
            samplingRate=first_known(self.samplingRate, "pixel_size"),
            acquisition=dataclasses.replace(self.acquisition, voltage=voltage),
            givenDosePerFrame=(
                first_known(self.givenDosePerFrame, "dose_per_frame")
                if self.hasDose else self.givenDosePerFrame
            ),
        )

    def pixelSizeError(self, noun, section):
        """Return a sentence if no source gives the pixel size that a set needs, else ''.

        ``noun``: of the images; ``section``: of the form, where it can be given.
        """
        if self.samplingRate.value is not None:
            return ""
        return (
            f"Neither {self.accession} nor its {noun}s say the pixel size of this image set: "
            f"give it in the form, section '{section}', or with the option "
            "--pixel-size of the command line's run, and continue."
        )

    def dosePerFrame(self, frames):
        """In e/Å²: as given, or the dose of a movie divided by its frames."""
        total = self.acquisition.dose_per_image
        if self.givenDosePerFrame.value is not None or total.value is None or not frames:
            return self.givenDosePerFrame
        return SourcedValue(total.value / frames, f"{total.origin}, {frames} frames")

    def describe(self, images, frames):
        """Set acquisition and sampling rate of a set whose images have this many frames."""
        images.setAcquisition(self._acquisitionOf(frames))
        images.setSamplingRate(self.samplingRate.value)

    def fits(self, images, frames):
        """Return True if a set whose images have this many frames has these values."""
        acquisition = self._acquisitionOf(frames)
        return (
            images.getSamplingRate() == self.samplingRate.value
            and images.getAcquisition().getObjDict() == acquisition.getObjDict()
        )

    def _acquisitionOf(self, frames):
        acquisition = self.acquisition
        return SetAcquisition(
            voltage=acquisition.voltage.value,
            sphericalAberration=acquisition.spherical_aberration.value,
            amplitudeContrast=acquisition.amplitude_contrast.value,
            magnification=acquisition.magnification.value,
            doseInitial=self.doseInitial,
            # Warp's protocols calculate with it, and None ends them.
            dosePerFrame=self.dosePerFrame(frames).value or 0.0,
        )


def restored_acquisition(stored):
    """Return the acquisition that :meth:`AcquisitionValues.stored` gave."""
    return Acquisition(**{name: SourcedValue(*value) for name, value in stored.items()})
