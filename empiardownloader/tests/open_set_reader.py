"""A consumer in a process of its own: reads an open set again and again, as protocols do.

``python -m empiardownloader.tests.open_set_reader movies.sqlite``: until standard input is closed;
then prints what it saw as JSON.
"""

import json
import os
import select
import sys

from pwem.objects import SetOfMovies


def look(path):
    """One look at the set: ids, names, and whether it is open."""
    movies = SetOfMovies(filename=path)
    movies.loadAllProperties()
    items = [(movie.getObjId(), movie.getMicName()) for movie in movies.iterItems()]
    seen = {
        "size": movies.getSize(),
        "items": items,
        "open": movies.isStreamOpen(),
        "rate": movies.getSamplingRate(),
        "dimensions": movies.getDim(),
        "files": all(os.path.exists(movie.getFileName()) for movie in movies.iterItems()),
    }
    movies.close()
    return seen


def main(path):
    """Look until told to stop, keep each new state."""
    states, errors, looks = [], [], 0
    while not select.select([sys.stdin], [], [], 0.02)[0]:
        if not os.path.exists(path):
            continue
        looks += 1
        try:
            state = look(path)
        except Exception as error:  # noqa: BLE001 (whatever it is, the test wants to know)
            errors.append(repr(error))
            continue
        if not states or states[-1] != state:
            states.append(state)
    print(json.dumps({"looks": looks, "errors": errors, "states": states}))


if __name__ == "__main__":
    main(sys.argv[1])
