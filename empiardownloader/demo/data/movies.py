"""Simulated movies: counts of a drifting specimen in a counting camera, with the true drift."""

from __future__ import annotations

import io
from typing import Any, List, Optional, Tuple

import numpy as np

from empiardownloader.demo.data.mrc import mrc_bytes, tiny_movie

__all__ = [
    "gain_reference",
    "jpeg_preview",
    "mrc_bytes",
    "simulate_drift",
    "simulate_movie",
    "simulate_specimen",
    "tiff_bytes",
    "tiny_movie",
]

DOSE_PER_PIXEL = 4.0
#: Expected counts are rounded to this fraction, so that the last bit of a Fourier transform, which
#: differs from processor to processor, does not change the counts that are drawn from them.
GRAIN = 1024.0

_PIXELS_PER_PARTICLE = 900
_PARTICLE_RADII = (4.0, 6.0, 9.0)
_EDGE = 1.2
_DARKNESS = 0.3
_TEXTURE = 0.05
_HIGHEST_COUNT = 127


def simulate_movie(
    seed: int,
    shape: Tuple[int, int] = (256, 256),
    frames: int = 8,
    dose_per_pixel: float = DOSE_PER_PIXEL,
    drift: Optional[np.ndarray] = None,
    gain: Optional[np.ndarray] = None,
) -> Tuple[np.ndarray, np.ndarray]:
    """Return a movie, uint8 of (frames, y, x), and its drift in pixels, (frames, 2) as (y, x).

    `dose_per_pixel` is in electrons per pixel and frame. The drift is that of the specimen: in
    frame i it is displaced by `drift[i]`. With `gain`, each pixel counts 1/gain of its electrons,
    so that frames times gain are flat. Counts stay below 128 and so fit in int8, too. The same
    arguments always give the same bytes.
    """
    random = np.random.Generator(np.random.PCG64(seed))
    specimen = simulate_specimen(random, shape)
    if drift is None:
        drift = simulate_drift(random, frames)
    drift = np.asarray(drift, dtype=np.float64)
    transform = np.fft.rfft2(specimen * dose_per_pixel)
    stack = np.empty((frames, *shape), dtype=np.uint8)
    for frame in range(frames):
        expected = _shifted(transform, drift[frame], shape)
        if gain is not None:
            expected = expected / gain
        expected = np.round(np.maximum(expected, 0.0) * GRAIN) / GRAIN
        stack[frame] = np.minimum(random.poisson(expected), _HIGHEST_COUNT)
    return stack, drift


def simulate_specimen(random: np.random.Generator, shape: Tuple[int, int]) -> np.ndarray:
    """Return the transmission of the specimen (y, x): about 1 in clear ice, less in particles."""
    specimen = 1.0 + _TEXTURE * _texture(random, shape)
    for _ in range(max(4, shape[0] * shape[1] // _PIXELS_PER_PARTICLE)):
        _add_particle(random, specimen)
    return np.maximum(specimen, 0.1)


def simulate_drift(random: np.random.Generator, frames: int) -> np.ndarray:
    """Return a drift of a few pixels, (frames, 2) as (y, x): fast at first, then slower."""
    angle = random.uniform(0.0, 2.0 * np.pi) + np.cumsum(random.normal(0.0, 0.15, frames))
    length = 1.0 * np.exp(-np.arange(frames) / 2.0) + 0.15
    steps = length[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    steps[0] = 0.0
    return np.round(np.cumsum(steps, axis=0), 4)


def gain_reference(seed: int, shape: Tuple[int, int] = (256, 256)) -> np.ndarray:
    """Return a camera's fixed pattern, float32 of (y, x) around 1, to multiply raw frames with.

    Single pixels, readout columns and the two halves of the chip differ in sensitivity.
    """
    random = np.random.Generator(np.random.PCG64(seed))
    pixels = random.integers(-128, 129, shape) / GRAIN
    columns = random.integers(-64, 65, (1, shape[1])) / GRAIN
    halves = np.where(np.arange(shape[0]) < shape[0] // 2, 48, -48)[:, None] / GRAIN
    return (1.0 + pixels + columns + halves).astype(np.float32)


def tiff_bytes(stack: np.ndarray, compression: str = "tiff_lzw") -> bytes:
    """Return a multi-page TIFF of a stack (frames, y, x) of uint8 or uint16, LZW by default.

    The first row of a TIFF is the upper row of the image, the first row of an MRC file and of
    `stack` the lower one. RELION flips TIFF movies accordingly, so that a gain reference in an MRC
    file fits. `compression` is one of Pillow's names: tiff_lzw, tiff_adobe_deflate, raw.
    """
    pages = _images(stack[:, ::-1])
    buffer = io.BytesIO()
    pages[0].save(
        buffer, format="TIFF", save_all=True, append_images=pages[1:], compression=compression
    )
    return buffer.getvalue()


def jpeg_preview(stack: np.ndarray) -> bytes:
    """Return a small JPEG like EMPIAR's previews: the movie's mean frame, halved."""
    mean = stack.mean(axis=0)
    low, high = np.percentile(mean, (1, 99))
    grey = np.clip((mean - low) / max(high - low, 1e-6), 0.0, 1.0) * 255.0
    buffer = io.BytesIO()
    (image,) = _images(np.round(grey[None, ::2, ::2]).astype(np.uint8))
    image.save(buffer, format="JPEG", quality=80)
    return buffer.getvalue()


def _images(stack: np.ndarray) -> List[Any]:
    from PIL import Image

    return [Image.fromarray(frame) for frame in stack]


def _shifted(transform: np.ndarray, shift: np.ndarray, shape: Tuple[int, int]) -> np.ndarray:
    rows = np.fft.fftfreq(shape[0])[:, None] * shift[0]
    columns = np.fft.rfftfreq(shape[1])[None, :] * shift[1]
    return np.fft.irfft2(transform * np.exp(-2j * np.pi * (rows + columns)), s=shape)


def _texture(random: np.random.Generator, shape: Tuple[int, int]) -> np.ndarray:
    """Return low-frequency ice thickness and the finer grain of a support film, deviation 1."""
    frequency = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None, :])
    power = np.exp(-((frequency * 60.0) ** 2)) * 8.0 + np.exp(-((frequency * 8.0) ** 2))
    power[0, 0] = 0.0
    texture = np.fft.irfft2(np.fft.rfft2(random.standard_normal(shape)) * power, s=shape)
    return texture / max(texture.std(), 1e-9)


def _add_particle(random: np.random.Generator, specimen: np.ndarray) -> None:
    """Darken `specimen` by one round particle with soft edges, wrapped around the borders."""
    height, width = specimen.shape
    y, x = random.uniform(0.0, height), random.uniform(0.0, width)
    radius = _PARTICLE_RADII[random.integers(len(_PARTICLE_RADII))] * random.uniform(0.9, 1.1)
    reach = int(min(radius + 6.0 * _EDGE, min(height, width) / 2 - 1))
    rows, columns = (np.arange(int(at) - reach, int(at) + reach + 1) for at in (y, x))
    distance = np.hypot(rows[:, None] - y, columns[None, :] - x)
    blob = _DARKNESS / (1.0 + np.exp(np.minimum((distance - radius) / _EDGE, 50.0)))
    specimen[np.ix_(rows % height, columns % width)] -= blob
