"""The request of a run: the values of its form, independent of Scipion's parameters."""

import os
from dataclasses import dataclass
from typing import Any, Optional

#: Choices of the parameter gainSource.
GAIN_FROM_ENTRY, GAIN_BY_PATH, GAIN_LOCAL, GAIN_NONE = range(4)

#: Choices of the parameter gainOrientation.
ORIENTED_BY_MOVIES, AS_DEPOSITED = range(2)

#: Hours without a byte after which a run gives up.
_PATIENCE_HOURS = 12


@dataclass(frozen=True)
class RunOptions:
    """The form's values; None and '' are what the archives are to say.

    A form without a parameter, as that of micrographs has none for the gain, gets the default.
    Pixel size in Å, voltage in kV, spherical aberration in mm, doses in e/Å², patience in seconds,
    bandwidth in bytes/s.
    """

    entry_id: str
    image_set: str = ""
    limit: Optional[int] = None
    pattern: str = ""
    names: str = ""
    every: int = 1
    decompress: bool = True
    gain_source: int = GAIN_NONE
    gain_path: str = ""
    gain_orientation: int = ORIENTED_BY_MOVIES
    sampling_rate: Optional[float] = None
    voltage: Optional[float] = None
    spherical_aberration: Optional[float] = None
    amplitude_contrast: Optional[float] = None
    magnification: Optional[float] = None
    has_gain: bool = False
    has_dose: bool = False
    dose_initial: float = 0.0
    dose_per_frame: Optional[float] = None
    transport: int = 0
    connections: int = 4
    patience: float = 3600.0 * _PATIENCE_HOURS
    download_folder: str = ""
    bandwidth: Optional[float] = None

    @classmethod
    def of_form(cls, form: Any) -> "RunOptions":
        """Read a protocol's parameters; ``~`` in the download folder is the user's home."""

        def value(name: str, default: Any = None) -> Any:
            given = form.getAttributeValue(name)
            return default if given is None else given

        # All that are named are wanted.
        takes_all = value("downloadAll") or value("movieNames", "").strip()
        limit = value("bandwidthLimit")
        return cls(
            entry_id=value("entryId", "").strip(),
            image_set=value("imageSet", "").strip(),
            limit=None if takes_all else value("amountOfImages"),
            pattern=value("filePattern", "").strip(),
            names=value("movieNames", "").strip(),
            every=value("everyMovie", 1),
            decompress=value("decompress", True),
            gain_source=value("gainSource", GAIN_NONE),
            gain_path=value("gainPath", "").strip(),
            gain_orientation=value("gainOrientation", ORIENTED_BY_MOVIES),
            sampling_rate=value("samplingRate"),
            voltage=value("voltage"),
            spherical_aberration=value("sphericalAberration"),
            amplitude_contrast=value("amplitudeContrast"),
            magnification=value("magnification"),
            has_gain=form.hasAttribute("gainSource"),
            has_dose=form.hasAttribute("dosePerFrame"),
            dose_initial=value("doseInitial", 0.0),
            dose_per_frame=value("dosePerFrame"),
            transport=value("transport", 0),
            connections=value("connections", cls.connections),
            patience=3600.0 * (value("patience") or _PATIENCE_HOURS),
            download_folder=os.path.expanduser(value("downloadFolder", "").strip()),
            bandwidth=limit and 1e6 * limit,
        )
