"""The entries of the demo: simulated movies in the layouts of well-known EMPIAR entries."""

from __future__ import annotations

import bz2
import hashlib
from functools import partial
from pathlib import Path
from typing import Any, Dict, Optional, Tuple, Union

import numpy as np

from empiardownloader.demo.data.archive_tree import ArchiveFolder, Content
from empiardownloader.demo.data.documents import movie_set
from empiardownloader.demo.data.movies import (
    DOSE_PER_PIXEL,
    gain_reference,
    jpeg_preview,
    mrc_bytes,
    simulate_movie,
    tiff_bytes,
)

ENTRIES = (10002, 10017, 10018, 10200, 10318, 10511, 10934, 10999)
FRAMES = 8
SMALL = (128, 128)
_set = partial(movie_set, frames=FRAMES)

Files = Dict[str, Content]
Truth = Dict[str, Dict[str, Any]]


def build_demo_archive(root: Union[str, Path], movies: int = 12) -> ArchiveFolder:
    """Build the archive of the demo below `root` and return it; 10200 has `movies` movies.

    Each entry has the layout of the real one of its number, contains simulated data only, and its
    title says so. The files of an earlier build are removed first.
    """
    archive = ArchiveFolder(root)
    for number in ENTRIES:
        archive.remove_entry(number)
    _count_ref_entry(archive, movies)
    few = max(2, movies // 3)
    _flat_entry(archive, few)
    _gappy_entry(archive, few)
    _grid_square_entry(archive)
    _micrograph_entry(archive, few)
    _entries_without_movies(archive)
    return archive


def _count_ref_entry(archive: ArchiveFolder, movies: int) -> None:
    """10200: LZW TIFFs with previews and a CountRef gain beside them, and picked particles."""
    shape, pixel_size = (256, 256), 0.66
    folder = "data/Movies/"
    gain = gain_reference(10200, shape)
    files: Files = {
        folder + "CountRef_26_000_Oct04_16.13.54.mrc": mrc_bytes(gain, pixel_size),
        "data/Particles/particles.star": b"data_particles\n\nloop_\n_rlnImageName #1\n",
        "data/Particles/particles.mrcs": mrc_bytes(_particles(movies), pixel_size),
    }
    truth: Truth = {}
    for index in range(movies):
        path = f"{folder}26_{index + 1:03d}_Oct04_16.{20 + index // 60:02d}.{index % 60:02d}.tif"
        stack = _movie(truth, path, 10200_000 + index, shape, pixel_size, gain)
        files[path] = tiff_bytes(stack)
        files[path + ".jpg"] = jpeg_preview(stack)
    multiframe = _set(
        "Simulated multiframe micrographs", folder.rstrip("/"), "TIFF", movies, shape, pixel_size
    )
    multiframe["details"] = (
        "Simulated, not real data. Raw counts: multiply with the gain reference beside the movies, "
        "without rotation and flipping."
    )
    picked = _set("Simulated picked particles", "data/Particles", "MRCS", movies, (64, 64), 0.66)
    picked.update(category="picked particles - single frame - processed", frames_per_image=1)
    archive.add_entry(10200, [multiframe, picked], files, truth, cross_references=["EMD-90200"])
    archive.add_map(90200, dose_per_image=_dose_per_image(pixel_size), magnification=37000)


def _flat_entry(archive: ArchiveFolder, movies: int) -> None:
    """10511: MRC stacks, mode 0, in one flat folder with the gain; its first map is not in EMDB."""
    shape, pixel_size = (256, 256), 1.07
    gain = gain_reference(10511, shape)
    files: Files = {"data/gain-reference.mrc": mrc_bytes(gain, pixel_size)}
    truth: Truth = {}
    for index in range(movies):
        stem = f"FoilHole_{3402467 + index}_Data_3403658_3403660_20200304_{153825 + index}"
        path = f"data/{stem}-{257811 + index}.mrc"
        stack = _movie(truth, path, 10511_000 + index, shape, pixel_size, gain)
        files[path] = mrc_bytes(stack.astype(np.int8), pixel_size)
    image_set = _set("Simulated movies", "data", "MRC", movies, shape, pixel_size)
    maps = ["EMD-90510", "EMD-90511"]
    archive.add_entry(10511, [image_set], files, truth, cross_references=maps)
    archive.add_map(90511, dose_per_image=_dose_per_image(pixel_size), magnification=29000)


def _gappy_entry(archive: ArchiveFolder, movies: int) -> None:
    """10002: gain-corrected MRCS, mode 1, whose numbers have gaps; no map."""
    shape, pixel_size = SMALL, 1.77
    numbers = [number for number in range(9, 9 + 3 * movies) if number % 3]
    files: Files = {}
    truth: Truth = {}
    for number in numbers[:movies]:
        path = f"data/{number}_movie_gc.mrcs"
        stack = _movie(truth, path, 10002_000 + number, shape, pixel_size)
        files[path] = mrc_bytes(stack.astype(np.int16), pixel_size)
    image_set = _set("Simulated movies, gain corrected", "data", "MRCS", movies, shape, pixel_size)
    image_set.update(details="", header_format="MRC", voxel_type="SIGNED 16 BIT INTEGER")
    archive.add_entry(10002, [image_set], files, truth)


def _grid_square_entry(archive: ArchiveFolder) -> None:
    """10934: packed TIFFs below GridSquares, with equal names in sibling folders and two gains."""
    shape, pixel_size = SMALL, 0.543
    squares = movies = 2
    files: Files = {}
    truth: Truth = {}
    top = "data/CL44-1_20201106_111915"
    for square in range(squares):
        folder = f"{top}/Images-Disc1/GridSquare_{6089277 + square}/Data"
        gain = gain_reference(10934 + square, shape)
        gain_path = f"{folder}/FoilHole_6099220_Data_6090001_6090003_20201107_0101_gain.tiff.bz2"
        files[gain_path] = bz2.compress(tiff_bytes(gain[None]))
        for index in range(movies):
            stem = f"FoilHole_{6099220 + index}_Data_6090001_6090003_20201107_{101 + index:04d}"
            path = f"{folder}/{stem}_fractions.tiff.bz2"
            seed = 10934_000 + square * movies + index
            stack = _movie(truth, path, seed, shape, pixel_size, gain)
            files[path] = bz2.compress(tiff_bytes(stack))
    count = squares * movies
    image_set = _set("Simulated movies", "/" + top, "TIFF", count, shape, pixel_size)
    image_set["micrographs_file_pattern"] = (
        f"{top}/Images-Disc1/GridSquare_*/Data/FoilHole_*_fractions.tiff.bz2"
    )
    archive.add_entry(10934, [image_set], files, truth, cross_references=["EMD-90934"])
    archive.add_map(90934, dose_per_image=_dose_per_image(pixel_size), magnification=None)


def _micrograph_entry(archive: ArchiveFolder, micrographs: int) -> None:
    """10017: single-frame micrographs, and the coordinates of picked particles beside them."""
    shape, pixel_size = (256, 256), 1.77
    files: Files = {}
    for index in range(micrographs):
        stem = f"data/Falcon_2012_06_12-14_{33 + index:02d}_35_0"
        stack, _ = simulate_movie(10017_000 + index, shape, FRAMES)
        files[f"{stem}.mrc"] = mrc_bytes(stack.sum(axis=0, keepdims=True, dtype=np.float32),
                                         pixel_size)
        files[f"{stem}.coord"] = b"128 128\n"
    image_set = _set("Simulated micrographs", "data", "MRC", micrographs, shape, pixel_size)
    image_set.update(category="micrographs - single frame", frames_per_image=1)
    archive.add_entry(10017, [image_set], files)


def _entries_without_movies(archive: ArchiveFolder) -> None:
    """10018: a set of movies with no movie in it; 10318: diffraction only; 10999: not released."""
    promised = _set("Simulated, no movie", "data/Movies", "MRC", 3, SMALL, 1.0)
    texts: Files = {
        "data/Movies/README.txt": b"The movies are to follow.\n",
        "data/Movies/list.txt": b"m1.mrc\nm2.mrc\nm3.mrc\n",
    }
    archive.add_entry(10018, [promised], texts)
    diffraction = _set("Simulated diffraction images", "data", "SMV", 2, SMALL, 51.0)
    diffraction.update(category="diffraction images", frames_per_image=1)
    crystals: Files = {f"data/crystal_{n}.zip": _filler(n, 4096) for n in (1, 2)}
    archive.add_entry(10318, [diffraction], crystals, experiment_type="MicroED")
    held = _set("Simulated, not released", "data", "TIFF", 5, SMALL, 1.0)
    archive.add_entry(10999, [held], status="HPUB", release_date=None)


def _movie(
    truth: Truth,
    path: str,
    seed: int,
    shape: Tuple[int, int],
    pixel_size: float,
    gain: Optional[np.ndarray] = None,
) -> np.ndarray:
    stack, drift = simulate_movie(seed, shape, FRAMES, gain=gain)
    truth[path] = {
        "y": drift[:, 0].tolist(),
        "x": drift[:, 1].tolist(),
        "frames": FRAMES,
        "pixel_size": pixel_size,
    }
    return stack


def _dose_per_image(pixel_size: float) -> float:
    """Return the simulated dose of a whole movie in electrons per square angstrom."""
    return round(DOSE_PER_PIXEL * FRAMES / pixel_size**2, 1)


def _particles(count: int) -> np.ndarray:
    random = np.random.Generator(np.random.PCG64(90200))
    return random.integers(-8, 9, (count, 64, 64)).astype(np.float32)


def _filler(seed: int, size: int) -> bytes:
    return hashlib.shake_128(b"%d" % seed).digest(size)
