"""Movies with values of the acquisition, and the text files that microscopes write beside them."""

from __future__ import annotations

import io
from typing import Optional

import numpy as np
from tifffile import TiffWriter

_ANGSTROMS_PER_INCH = 2.54e8


def serialem_tiff(
    stack: np.ndarray, pixel_size: float, rotation_flip: Optional[int] = None
) -> bytes:
    """Return a TIFF movie as SerialEM writes it, of a stack (frames, y, x; first row below).

    `pixel_size` in angstrom is told as a resolution, `rotation_flip` as `r/f n` in the title.
    """
    turned = "" if rotation_flip is None else f"  r/f {rotation_flip}"
    dots = round(_ANGSTROMS_PER_INCH / pixel_size)
    buffer = io.BytesIO()
    with TiffWriter(buffer) as file:
        for page in stack[:, ::-1]:
            file.write(
                page,
                photometric="minisblack",
                metadata=None,
                description=f"SerialEMCCD: Dose frac. image, scaled by 1.00{turned}",
                resolution=((dots, 1), (dots, 1)),
                resolutionunit="INCH",
            )
    return buffer.getvalue()


def movie_mdoc(
    movie: str,
    pixel_size: float,
    dose: float,
    frames: int,
    voltage: float = 300,
    binning: float = 1,
) -> bytes:
    """Return the mdoc that SerialEM writes beside one movie.

    `pixel_size` in angstrom, of the record image; `dose` in electrons per square angstrom over
    all frames, 0 where it is not calibrated; `voltage` in kV.
    """
    return (
        f"T = SerialEM: Acquired on simulated movies\r\nVoltage = {voltage:g}\r\n\r\n"
        f"[FrameSet = 0]\r\nTiltAngle = 0.01\r\nPixelSpacing = {pixel_size:g}\r\n"
        f"Binning = {binning:g}\r\nExposureDose = {dose:g}\r\nNumSubFrames = {frames}\r\n"
        f"RotationAndFlip = 0\r\nSubFramePath = D:\\frames\\{movie}\r\n"
    ).encode("latin-1")


def epu_xml(pixel_size: float, voltage: float = 300) -> bytes:
    """Return the XML that EPU writes beside a movie; pixel size in angstrom, voltage in kV."""
    schema = 'xmlns="http://schemas.datacontract.org/2004/07/Fei.SharedObjects"'
    return (
        f"<MicroscopeImage {schema}><microscopeData><gun><AccelerationVoltage>{voltage * 1000:g}"
        "</AccelerationVoltage></gun></microscopeData><SpatialScale><pixelSize><x><numericValue>"
        f"{pixel_size * 1e-10:g}</numericValue></x></pixelSize></SpatialScale></MicroscopeImage>"
    ).encode()
