"""A file pattern that matches movies by their names."""

from collections import Counter


def namesPattern(chosen, listed):
    """Return the pattern that matches the chosen paths: names, or paths where a name occurs twice.

    listed: the paths of all movies that were shown.
    """
    names = Counter(map(_name, listed))
    texts = (_name(path) if names[_name(path)] == 1 else path for path in chosen)
    # A comma would separate two patterns.
    return ",".join(text.replace(",", "?") for text in texts)


def everyNth(paths, step):
    """Return every step-th path, the first one included."""
    return list(paths)[::step]


def _name(path):
    return path.rpartition("/")[2]
