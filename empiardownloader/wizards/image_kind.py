"""The kind of images that a wizard's protocol downloads."""

from dataclasses import dataclass

from ..archive import Contents
from ..files import SelectionRules


@dataclass(frozen=True)
class ImageKind:
    """A protocol's kind of images: its image sets, the rules for its files, and its name."""

    contents: Contents
    rules: SelectionRules
    noun: str

    @classmethod
    def of(cls, protocol):
        """Return the kind that the protocol's class names."""
        return cls(protocol.contents, protocol.rules, protocol.images.noun)
