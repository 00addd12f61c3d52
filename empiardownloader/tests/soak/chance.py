"""What happens in a round of the soak test: everything is drawn from one seeded generator."""

import bz2

import numpy as np

from empiardownloader.demo.data.mrc import mrc_bytes

RATE = 60_000  # bytes/s of a connection: most launches are disturbed before their end
MOVIES = 40


def random_movie(chance, side):
    """An MRC stack, unlike any other, of six frames or some more."""
    noise = np.random.RandomState(chance.randrange(2**32))
    shape = (chance.randrange(6, 12), side, side)
    return mrc_bytes(noise.randint(-100, 100, shape).astype("int8"), 1.1)


def random_entry(chance):
    """The files of an entry by their paths; some are packed, some share their names, some are none.

    Returns them, and the contents of those that are movies, unpacked.
    """
    folders = chance.choice((["data/Movies"], [f"data/GridSquare_{n}/Data" for n in range(5)]))
    packed, side = chance.random() < 0.25, chance.choice((64, 128, 192))
    files, movies = {}, {}
    for number in range(MOVIES):
        folder = folders[number % len(folders)]
        # Equal names in the folders of an entry that has several.
        path = f"{folder}/movie_{number // len(folders)}.mrc"
        content = random_movie(chance, side)
        if packed:
            path += ".bz2"
        files[path] = bz2.compress(content) if packed else content
        movies[path] = content
        if chance.random() < 0.1:
            files[f"{folder}/movie_{number}.mrc.jpg"] = b"a preview"
    if chance.random() < 0.3:
        gain = np.random.RandomState(0).rand(side, side).astype("float32")
        files[f"{folders[0]}/CountRef_1.mrc"] = mrc_bytes(gain, 1.1)
    return files, movies


def random_form(chance, scratch):
    """How a user may fill in the form; ``scratch`` is a folder for a shared store."""
    form = {
        "connections": chance.randrange(1, 7),
        "numberOfThreads": chance.choice((1, 2, 3, 3, 4, 6)),
        "transport": chance.randrange(3),
    }
    if chance.random() < 0.25:
        form["downloadFolder"] = scratch
    if chance.random() < 0.4:
        form["amountOfImages"] = chance.randrange(1, MOVIES)
    else:
        form["downloadAll"] = True
    return form


def random_faults(chance):
    """Settings of the archive for the next moment, mild enough that an end comes."""
    return chance.choice((
        {"cut_after": chance.randrange(250_000), "cut_times": 20},
        {"stall_after": chance.randrange(100_000), "stall_times": 2},
        {"max_connections": chance.randrange(1, 4)},
        {"refuse_rest": True, "cut_after": chance.randrange(100_000), "cut_times": 5},
        {"missing": [f"*_{chance.randrange(8)}.mrc*"]},
        {"latency": 0.05},
        {"private_pasv": True},
        {"ftp_mlsd": False},
        {"api_status": {"*": 503}, "api_times": 2},
        {},
    ))


#: What befalls a run, each as likely as it stands here often.
EVENTS = ("kill", "kill", "kill", "sigterm", "stop", "stop here", "archive dies", "raise", "wait")
