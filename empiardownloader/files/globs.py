"""Globs on remote paths; brackets may also be part of the file's own name."""

from __future__ import annotations

import re
from typing import Iterator, List, Optional, Pattern, Sequence, Tuple

from .reference_names import exclusion_reason
from .tree import last_part

# A comma in brackets belongs to them.
_SEPARATOR = re.compile(r",(?![^\[\]]*\])")

_TOKEN = re.compile(
    r"(?P<tree>(?:(?<=/)|\A)\*\*+/)|(?P<deep>\*\*+)|(?P<star>\*)|(?P<one>\?)"
    r"|\[(?P<set>[!^]?\]?[^\]/]*)\]"
)

_REGEX_OF = {"tree": "(?:.*/)?", "deep": ".*", "star": "[^/]*", "one": "[^/]"}


class Glob:
    """One pattern: '*' and '?' stay within a folder, '**' does not, '[ab]' is a class of letters.

    A class also matches literally, so that a path always matches itself. A pattern without '/'
    applies to file names below top, as does one that begins with '**' unless anywhere is true;
    every other pattern applies to paths from the entry's root.
    """

    def __init__(self, text: str, top: str, literal: bool = False, anywhere: bool = False) -> None:
        self.text = text
        self._is_name = "/" not in text
        self.can_widen = bool(top) and text.startswith("**") and not (self._is_name or anywhere)
        self._scope = top if self._is_name or self.can_widen else ""
        self._whole = _compile(text, literal)
        self._folders, self._is_deep = _folder_parts(text, literal)
        self._is_about_references = exclusion_reason(last_part(text)) is not None

    @property
    def is_rooted(self) -> bool:
        """Return True if the pattern applies to paths from the entry's root."""
        return not self._scope

    def matches(self, path: str) -> bool:
        """Return True if a file's path below the entry matches."""
        subject = last_part(path) if self._is_name else path
        return _within(path, self._scope) and self._whole.fullmatch(subject) is not None

    def can_match_below(self, folder: str) -> bool:
        """Return True if a path in the folder, or anywhere below it, can match."""
        if self._is_name:
            return _on_the_way(folder, self._scope)
        parts = folder.split("/") if folder else []
        if not self._is_deep and len(parts) > len(self._folders):
            return False
        pairs = zip(self._folders, parts)
        return _on_the_way(folder, self._scope) and all(one.fullmatch(part) for one, part in pairs)

    def asks_explicitly_for(self, path: str) -> bool:
        """Return True if the pattern names this file exactly, or is a pattern for references.

        '*_gain.tiff' and '*.tif.jpg' are such patterns; '*.tiff' matches references by accident.
        """
        return self._is_about_references or self.text in (path, last_part(path))

    def names_folder(self, folder: str) -> bool:
        """Return True if a part of the pattern, other than '**', matches this folder."""
        parts = folder.split("/")
        return len(self._folders) >= len(parts) and self.can_match_below(folder)


class Globs:
    """The patterns of a comma-separated list; false if empty."""

    def __init__(self, text: str, top: str, anywhere: bool = False) -> None:
        #: The patterns as the user wrote them.
        self.text = text
        self._top = top
        pieces = [_tidy(piece) for piece in _SEPARATOR.split(text)]
        self._globs = [Glob(piece, top, anywhere=anywhere) for piece in pieces if piece]
        if len(pieces) > 1 and self._globs:
            # The commas may be those of a file's own name.
            self._globs.append(Glob(_tidy(text), top, literal=True, anywhere=anywhere))

    def __bool__(self) -> bool:
        return bool(self._globs)

    @property
    def is_rooted(self) -> bool:
        """Return True if any pattern applies to paths from the entry's root."""
        return any(glob.is_rooted for glob in self._globs)

    def for_whole_entry(self) -> Optional[Globs]:
        """Return a copy in which patterns with a leading '**' apply to the whole entry, or None."""
        if not any(glob.can_widen for glob in self._globs):
            return None
        return Globs(self.text, self._top, anywhere=True)

    def first_match(self, path: str) -> Optional[Glob]:
        """Return the first pattern that matches a path below the entry, an explicit one if any."""
        hits = [glob for glob in self._globs if glob.matches(path)]
        outright = (glob for glob in hits if glob.asks_explicitly_for(path))
        return next(outright, hits[0] if hits else None)

    def names_folder(self, folder: str) -> bool:
        """Return True if any pattern has a part, other than '**', for this folder."""
        return any(glob.names_folder(folder) for glob in self._globs)

    def choose(self, folder: str, folders: Sequence[str]) -> List[str]:
        """Return the folders in which, or below which, a path can match."""
        return [path for path in folders if any(glob.can_match_below(path) for glob in self._globs)]


def _tidy(text: str) -> str:
    text = text.strip()
    while text.startswith(("/", "./")):
        text = text.split("/", 1)[1]
    return text + "**" if text.endswith("/") else text


def _within(path: str, scope: str) -> bool:
    return not scope or path.startswith(scope + "/")


def _on_the_way(folder: str, scope: str) -> bool:
    if not folder or not scope:
        return True
    return (folder + "/").startswith(scope + "/") or scope.startswith(folder + "/")


def _folder_parts(text: str, literal: bool) -> Tuple[List[Pattern[str]], bool]:
    """Return the patterns of the folders one by one, and whether more folders may follow."""
    parts = text.split("/")
    deep = [at for at, part in enumerate(parts) if "**" in part and not literal]
    last = deep[0] if deep else len(parts) - 1
    return [_compile(part, literal) for part in parts[:last]], bool(deep)


def _compile(text: str, literal: bool) -> Pattern[str]:
    return re.compile(re.escape(text) if literal else "".join(_pieces(text)), re.DOTALL)


def _pieces(text: str) -> Iterator[str]:
    at = 0
    for token in _TOKEN.finditer(text):
        yield re.escape(text[at : token.start()])
        yield _piece(token)
        at = token.end()
    yield re.escape(text[at:])


def _piece(token: re.Match[str]) -> str:
    kind = token.lastgroup or ""
    return _REGEX_OF.get(kind) or _class(token.group(), token["set"])


def _class(written: str, inside: str) -> str:
    as_text = re.escape(written)
    negation = "^" if inside[:1] in ("!", "^") else ""
    try:
        members = "".join(_members(inside[len(negation) :]))
    except ValueError:
        return as_text
    return f"(?:(?!/)[{negation}{members}]|{as_text})" if members else as_text


def _members(inside: str) -> Iterator[str]:
    at = 0
    while at < len(inside):
        low, rest = inside[at], inside[at + 1 : at + 3]
        if len(rest) == 2 and rest[0] == "-":
            if rest[1] < low:
                raise ValueError(f"{inside!r} is no range of letters")
            yield f"{re.escape(low)}-{re.escape(rest[1])}"
            at += 3
        else:
            yield re.escape(low)
            at += 1
