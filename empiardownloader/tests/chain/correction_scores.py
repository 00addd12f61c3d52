"""Scores of motion correction against the known drift and gain of simulated movies."""

import numpy as np

_LONGEST_PERIOD = 16.0  # pixels: what is coarser is specimen and ice, not single pixels of a camera
_DECOYS = 40


def drift_error(shifts, drift):
    """Root mean square, in pixels, between found shifts and the true drift, (frames, 2) each.

    RELION gives the shift that moves a frame back to where the specimen was, hence the opposite
    sign; and as a movie has no place of its own, both are taken from their means.
    """
    error = np.asarray(shifts) + np.asarray(drift)
    error -= error.mean(axis=0)
    return float(np.sqrt(np.mean(np.sum(error**2, axis=1))))


def pattern_left(micrographs, drifts, gain):
    """Correlation of micrographs with the camera's pattern, in standard deviations of chance.

    Motion correction smears the pattern of a camera as it moves the frames, by a known drift; what
    is looked for is that smeared pattern. Chance is what the same patterns moved to any other place
    correlate, which is what a flat camera gives.
    """
    random = np.random.Generator(np.random.PCG64(1))
    moves = [(0, 0)]
    moves += [tuple(random.integers(32, length - 32) for length in gain.shape)
              for _ in range(_DECOYS)]
    scores = np.zeros(len(moves))
    for micrograph, drift in zip(micrographs, drifts):
        image = _fine(np.asarray(micrograph, dtype=float))
        pattern = _fine(_smeared(1.0 / gain, -(np.asarray(drift) - drift[0])))
        for index, move in enumerate(moves):
            scores[index] += np.vdot(image, np.roll(pattern, move, axis=(0, 1))).real
    return float((scores[0] - scores[1:].mean()) / scores[1:].std())


def _smeared(pattern, shifts):
    rows = np.fft.fftfreq(pattern.shape[0])[:, None]
    columns = np.fft.rfftfreq(pattern.shape[1])[None, :]
    turns = [np.exp(-2j * np.pi * (rows * y + columns * x)) for y, x in shifts]
    return np.fft.irfft2(np.fft.rfft2(pattern) * np.mean(turns, axis=0), s=pattern.shape)


def _fine(image):
    """The image's detail alone, of mean 0 and length 1."""
    rows = np.fft.fftfreq(image.shape[0])[:, None]
    columns = np.fft.rfftfreq(image.shape[1])[None, :]
    kept = np.hypot(rows, columns) > 1.0 / _LONGEST_PERIOD
    detail = np.fft.irfft2(np.fft.rfft2(image) * kept, s=image.shape)
    return detail / np.linalg.norm(detail)
