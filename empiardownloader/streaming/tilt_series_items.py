"""Tilt series as items of an output: scipion-em-tomo's SetOfTiltSeriesM, where it is installed."""

import importlib.util
from dataclasses import dataclass
from typing import Any, Optional, Tuple

from .set_file import SetKind

#: The distribution with the classes of tilt series.
_PACKAGE = "tomo"


@dataclass(frozen=True)
class TiltItem:
    """One tilt: its file, name and frames; angle in degrees, doses in e/Å²."""

    path: str
    name: str
    frames: int
    angle: float
    order: int
    dose: float
    dose_before: float


@dataclass(frozen=True)
class SeriesItem:
    """A tilt series with its tilts in order of acquisition; axis in degrees, size in pixels."""

    ts_id: str
    tilts: Tuple[TiltItem, ...]
    size: Tuple[int, int]
    axis: Optional[float] = None


def is_available() -> bool:
    """Return True if scipion-em-tomo is installed."""
    return importlib.util.find_spec(_PACKAGE) is not None


def series_kind() -> SetKind:
    """Return how a set of tilt series is written."""
    from tomo.objects import SetOfTiltSeriesM

    return SetKind(SetOfTiltSeriesM, "_tsId", append=append_series, has_item_tables=True)


def describe_series(series: Any, movies: Any, first: SeriesItem) -> None:
    """Give a new set what the set of its movies says, and the doses and axis of a series."""
    frames = movies.getFramesRange().getLastFrame()
    series.setSamplingRate(movies.getSamplingRate())
    series.setAcquisition(_acquisition(movies.getAcquisition(), first))
    series.setGain(movies.getGain())
    series.setFramesRange([1, frames, 1])


def append_series(series: Any, item: SeriesItem) -> None:
    """Add a series and its tilts to a set.

    The series goes first: its tilts get tables of its name (scipion-em-tomo 3.12).
    """
    from pwem.objects import Transform
    from tomo.objects import TiltImageM, TiltSeriesM

    acquisition = _acquisition(series.getAcquisition(), item)
    one = TiltSeriesM(tsId=item.ts_id)
    one.setOrigin(Transform())
    one.setAnglesCount(len(item.tilts))
    one.setAcquisition(acquisition)
    series.append(one)
    one.setDim((*item.size, item.tilts[0].frames))
    for tilt in item.tilts:
        image = TiltImageM(
            location=tilt.path, acquisitionOrder=tilt.order, tiltAngle=tilt.angle
        )
        image.setMicName(tilt.name)
        image.setFramesRange([1, tilt.frames, 1])
        of_tilt = acquisition.clone()
        of_tilt.setDoseInitial(tilt.dose_before)
        of_tilt.setDosePerFrame(tilt.dose)
        of_tilt.setAccumDose(tilt.dose_before + tilt.dose)
        image.setAcquisition(of_tilt)
        one.append(image)
    one.write()
    series.update(one)


def _acquisition(known: Any, item: SeriesItem) -> Any:
    """Return the acquisition of a series; voltage, aberration and the like as they are known."""
    from tomo.objects import TomoAcquisition

    angles = sorted(tilt.angle for tilt in item.tilts)
    steps = [high - low for low, high in zip(angles, angles[1:])]
    return TomoAcquisition(
        voltage=known.getVoltage(),
        sphericalAberration=known.getSphericalAberration(),
        amplitudeContrast=known.getAmplitudeContrast(),
        magnification=known.getMagnification(),
        doseInitial=item.tilts[0].dose_before,
        dosePerFrame=sum(tilt.dose for tilt in item.tilts) / len(item.tilts),
        angleMin=angles[0],
        angleMax=angles[-1],
        step=round(sum(steps) / len(steps), 2) if steps else 0.0,
        accumDose=max(tilt.dose_before + tilt.dose for tilt in item.tilts),
        tiltAxisAngle=item.axis,
    )
