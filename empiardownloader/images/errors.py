"""What a file in the run's folder can turn out to be; every text is a clause about the file."""


class Unreadable(Exception):
    """The file is no image that can be read."""


class PixelsNotRead(Exception):
    """The image may be sound, and its pixels are of no use here or cannot be read here."""


class NotAMovie(Exception):
    """The file cannot be registered as a movie."""


class CannotUnpack(Exception):
    """The file is not whole, or not compressed in a way that is known here."""


def truncated(promised: int, size: int, at_least: bool = False) -> Unreadable:
    """The error for a file of ``size`` bytes whose header promises more, exactly or at least."""
    more = " or more" if at_least else ""
    return Unreadable(
        f"its header promises {promised} bytes{more} and it has {size}: cut short at the source"
    )
