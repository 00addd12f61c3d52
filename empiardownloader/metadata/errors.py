"""The error of this room; its text is a clause about the document."""


class UnreadableMetadata(Exception):
    """The text is not of the kind that was expected."""
