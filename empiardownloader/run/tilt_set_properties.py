"""Values of the tilt-series outputs; as for movies, but the dose is per tilt."""

import dataclasses

from ..archive import SourcedValue
from .set_properties import SetProperties


class TiltSetProperties(SetProperties):
    """The dose comes from the form or the mdoc; EMDB's may be that of a whole series."""

    def values(self):
        """Sampling rate, acquisition and doses."""
        described = super().values()
        kept = self._state.series() or {}
        given, dose = (kept.get("given") or [None, None])[1], kept.get("dose")
        of_tilt = SourcedValue(dose, "mdoc" if given is None else "given")
        of_frame = described.givenDosePerFrame if dose is None else SourcedValue()
        acquisition = dataclasses.replace(described.acquisition, dose_per_image=of_tilt)
        return dataclasses.replace(
            described, acquisition=acquisition, givenDosePerFrame=of_frame
        )
