"""Raw frames of a camera with a fixed pattern, and the gain reference that removes it."""

import numpy as np

from empiardownloader.images.orientation import ALL


def camera_gain(random, shape, spread, asymmetric=1.0):
    """A multiplicative gain (y, x) of some spread, symmetric but for a share of its pixels."""
    pattern = random.standard_normal(shape)
    alike = [each for each in ALL if each.apply(pattern).shape == shape]
    symmetric = sum(each.apply(pattern) for each in alike) / np.sqrt(len(alike))
    pattern = np.where(random.random(shape) < asymmetric, pattern, symmetric)
    return (1 / np.clip(1 + spread * pattern, 0.2, 5)).astype(np.float32)


def frame_sum(random, gain, electrons):
    """Counts of a specimen's thickness, with ``electrons`` for a pixel on average."""
    rows, columns = np.mgrid[: gain.shape[0], : gain.shape[1]]
    phase = random.uniform(0, 6)
    specimen = 1 + 0.2 * np.sin(columns / 37 + phase) * np.cos(rows / 51 + phase)
    return random.poisson(np.maximum(electrons * specimen / gain, 0)).astype(np.float32)


def deposited(gain, orientation):
    """The gain as it has to be deposited for ``orientation`` to make it right again."""
    turned = np.rot90(gain, -orientation.rotation // 90)
    return turned[:, ::-1] if orientation.flip else turned
