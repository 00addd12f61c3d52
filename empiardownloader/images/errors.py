"""Errors of downloaded image files; each text is a clause about the file."""


class Unreadable(Exception):
    """The file is not a readable image."""


class PixelsNotRead(Exception):
    """The pixels cannot be read here, or are of no use; the image may be sound."""


class NotAMovie(Exception):
    """The file cannot be registered as a movie."""


class CannotUnpack(Exception):
    """The file is truncated, or its compression is unknown."""


def truncated(promised: int, size: int, at_least: bool = False) -> Unreadable:
    """Return the error for a file of ``size`` bytes that should have ``promised``, or more."""
    more = " or more" if at_least else ""
    return Unreadable(
        f"its header promises {promised} bytes{more} and it has {size}: cut short at the source"
    )
