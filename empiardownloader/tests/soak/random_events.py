"""Random entries, forms, faults and events of the soak test, all from one seeded generator."""

import bz2

import numpy as np

from empiardownloader.demo.data.mrc import mrc_bytes

RATE = 60_000  # bytes/s of a connection: most launches are disturbed before their end
MOVIES = 40


def random_movie(rng, side):
    """Return a random MRC stack of 6 to 11 frames."""
    noise = np.random.RandomState(rng.randrange(2**32))
    shape = (rng.randrange(6, 12), side, side)
    return mrc_bytes(noise.randint(-100, 100, shape).astype("int8"), 1.1)


def random_entry(rng):
    """Return an entry's files by path, and the unpacked contents of its movies by path.

    Some entries are packed, some have equal names in several folders, some have other files too.
    """
    folders = rng.choice((["data/Movies"], [f"data/GridSquare_{n}/Data" for n in range(5)]))
    packed, side = rng.random() < 0.25, rng.choice((64, 128, 192))
    files, movies = {}, {}
    for number in range(MOVIES):
        folder = folders[number % len(folders)]
        # Equal names in the folders of an entry that has several.
        path = f"{folder}/movie_{number // len(folders)}.mrc"
        content = random_movie(rng, side)
        if packed:
            path += ".bz2"
        files[path] = bz2.compress(content) if packed else content
        movies[path] = content
        if rng.random() < 0.1:
            files[f"{folder}/movie_{number}.mrc.jpg"] = b"a preview"
    if rng.random() < 0.3:
        gain = np.random.RandomState(0).rand(side, side).astype("float32")
        files[f"{folders[0]}/CountRef_1.mrc"] = mrc_bytes(gain, 1.1)
    return files, movies


def random_form(rng, scratch):
    """Return a random form; ``scratch`` is the folder of a shared store."""
    form = {
        "connections": rng.randrange(1, 7),
        "numberOfThreads": rng.choice((1, 2, 3, 3, 4, 6)),
        "transport": rng.randrange(3),
    }
    if rng.random() < 0.25:
        form["downloadFolder"] = scratch
    if rng.random() < 0.4:
        form["amountOfImages"] = rng.randrange(1, MOVIES)
    else:
        form["downloadAll"] = True
    return form


def random_faults(rng):
    """Return random server settings, mild enough for a run to end."""
    return rng.choice((
        {"cut_after": rng.randrange(250_000), "cut_times": 20},
        {"stall_after": rng.randrange(100_000), "stall_times": 2},
        {"max_connections": rng.randrange(1, 4)},
        {"refuse_rest": True, "cut_after": rng.randrange(100_000), "cut_times": 5},
        {"wrong_offsets": True, "cut_after": rng.randrange(100_000), "cut_times": 5},
        {"gzip_files": True, "cut_after": rng.randrange(100_000), "cut_times": 5},
        {"refused_commands": rng.choice((("SIZE",), ("REST",), ("SIZE", "REST", "HEAD")))},
        {"busy_times": rng.randrange(1, 6)},
        {"refuse_login": True},
        {"missing": [f"*_{rng.randrange(8)}.mrc*"]},
        {"latency": 0.05},
        {"private_pasv": True},
        {"ftp_mlsd": False},
        {"api_status": {"*": 503}, "api_times": 2},
        {},
    ))


#: Events of a run; an event that is listed twice is twice as likely.
EVENTS = ("kill", "kill", "kill", "sigterm", "stop", "stop here", "archive dies", "raise", "wait")
