"""What the outputs say of tilt series: as of movies, but for the dose, which is of each tilt."""

import dataclasses

from ..archive import SourcedValue
from .set_description import SetDescription

_UNKNOWN = "not known"


class TiltDescription(SetDescription):
    """The dose is the form's or the mdoc's; EMDB's may be that of a whole series."""

    def values(self):
        """Sampling rate, acquisition and doses."""
        described = super().values()
        kept = self._state.series() or {}
        given = (kept.get("given") or [None, None])[1]
        dose = kept.get("dose")
        origin = "given" if given is not None else "mdoc"
        # A dose of None ends in a TypeError in Compose Tilt Series (scipion-em-tomo 3.12).
        per_frame = SourcedValue() if dose else SourcedValue(0.0, _UNKNOWN)
        acquisition = dataclasses.replace(
            described.acquisition, dose_per_image=SourcedValue(dose, origin)
        )
        return dataclasses.replace(
            described, acquisition=acquisition, givenDosePerFrame=per_frame, hasDose=True
        )
