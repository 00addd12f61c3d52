"""The choice of single movies, as the form takes it: names, or a pattern that matches them."""

from collections import Counter


def movieNames(chosen, listed):
    """Return the comma-separated names of movies; '' if one contains a comma.

    chosen: their paths. listed: the paths of all movies that were shown; a movie whose name occurs
    twice among them is named by its path.
    """
    names = _shortNames(chosen, listed)
    return "" if any("," in name for name in names) else ",".join(names)


def namesPattern(chosen, listed):
    """Return the pattern that matches the chosen paths; arguments as of movieNames."""
    # A comma would separate two patterns.
    return ",".join(name.replace(",", "?") for name in _shortNames(chosen, listed))


def _shortNames(chosen, listed):
    names = Counter(map(_name, listed))
    return [_name(path) if names[_name(path)] == 1 else path for path in chosen]


def _name(path):
    return path.rpartition("/")[2]
