"""The kind of images that a wizard's protocol downloads."""

from dataclasses import dataclass

from ..archive import Contents
from ..files import SelectionRules


@dataclass(frozen=True)
class ImageKind:
    """The image sets that hold such images, the rules for their files, and what they are called."""

    contents: Contents
    rules: SelectionRules
    noun: str

    @classmethod
    def of(cls, protocol):
        """Return the kind that the protocol's class names."""
        return cls(protocol.contents, protocol.rules, protocol.images.noun)
