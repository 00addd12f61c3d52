"""Raw frames of a camera with a fixed pattern, and the gain reference that removes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Tuple

import numpy as np

if TYPE_CHECKING:
    from empiardownloader.images.orientation import Orientation

LOWEST, HIGHEST = 0.2, 5.0


def camera_gain(
    random: np.random.Generator, shape: Tuple[int, int], spread: float, asymmetric: float = 1.0
) -> np.ndarray:
    """Return a multiplicative gain, float32 of (y, x), with a given spread of sensitivities.

    All but a share ``asymmetric`` of its pixels form a pattern that is the same in each orientation
    which keeps the shape, similar to the block borders of a real camera.
    """
    pattern = random.standard_normal(shape)
    turns = (0, 1, 2, 3) if shape[0] == shape[1] else (0, 2)
    images = [np.rot90(side, turn) for side in (pattern, pattern[:, ::-1]) for turn in turns]
    symmetric = sum(images) / np.sqrt(len(images))
    pattern = np.where(random.random(shape) < asymmetric, pattern, symmetric)
    return (1 / np.clip(1 + spread * pattern, LOWEST, HIGHEST)).astype(np.float32)


def specimen_counts(random: np.random.Generator, gain: np.ndarray, electrons: float) -> np.ndarray:
    """Return counts of a specimen of uneven thickness at a dose in electrons per pixel."""
    rows, columns = np.mgrid[: gain.shape[0], : gain.shape[1]]
    phase = random.uniform(0, 6)
    specimen = 1 + 0.2 * np.sin(columns / 37 + phase) * np.cos(rows / 51 + phase)
    return random.poisson(np.maximum(electrons * specimen / gain, 0)).astype(np.float32)


def deposited(gain: np.ndarray, orientation: Orientation) -> np.ndarray:
    """Return the gain as deposited, so that ``orientation`` restores it."""
    turned = np.rot90(gain, -orientation.rotation // 90)
    return np.ascontiguousarray(turned[:, ::-1] if orientation.flip else turned)
