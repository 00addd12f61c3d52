"""The SQLite file of an output set: readers see complete states, whatever locks others hold.

Readers are of two kinds, and no single way of writing serves both. Some keep one connection to the
set's SQLite file for their whole life (MotionCor's new streaming, Warp) and see what is committed
into that file, never what replaces it. Others keep a read lock by mistake (RELION's motion
correction does with its default form), and a commit then waits for up to 1000 s. So a new state is

1. committed in place, as SQLite does it, if that is possible within a few seconds;
2. else committed to a copy, which is renamed over the file. Readers of the old file keep their
   snapshot, new ones see the new state; and the old file, too, is brought up to date as soon as
   nobody keeps a lock on it, for those who have only that one open.

After a replacement a journal of the file's own name would be a trap: a reader that still has the
old file open would take it for that file's. From then on the set is written through a second link
of another name, after which SQLite names the journal.

Any set of pwem or of another plugin can be written. A :class:`SetKind` has the differences::

    MOVIES = SetKind(SetOfMovies, "_micName")
    SERIES = SetKind(SetOfTiltSeriesM, "_tsId", append=append_series, has_item_tables=True)

    file = SetFile(path, SERIES)
    file.publish([series, ...], Set.STREAM_OPEN, describe)   # describe(set): only for a new one
    file.keys()                                              # the values of _tsId, as a set
    file.publish([], Set.STREAM_CLOSED)

``append(set, item)`` is called with the set of a file that no reader sees (a draft) or that is not
committed yet; it may be called again with the same items when a try fails. Items whose own items
have tables in the same file (``has_item_tables``) are never appended to the file that readers have
open: pyworkflow commits in between, and readers would meet a series without its tables. They are
written to a draft that holds only them, and their rows and tables are then committed in one
transaction. The cost of a state is that of its new items, however many the set has.
"""

import os
import shutil
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Collection, Dict, List, Optional, Sequence, Set, Tuple

from pyworkflow.object import Set as ScipionSet

from ..disk.atomic import sync_folder
from .new_rows import commit_new_rows
from .superseded_files import SupersededFiles

_TRIES_IN_PLACE = 2
_TRY_SECS = 2.0  # less than the 3 s after which pyworkflow's helpers give a set up as closed
_BETWEEN_TRIES_SECS = 0.2  # lets in the readers that wait meanwhile
#: How far the file's time is set ahead of the clock. Readers compare it with the time of their last
#: look by their own clock, and some file systems keep whole seconds only.
_AHEAD_NS = 2_000_000_000

_Change = Callable[[Any], None]


def _append(items: Any, item: Any) -> None:
    items.append(item)


def _adopt(items: Any, item: Any) -> None:
    item.setSamplingRate(items.getSamplingRate())
    item.setAcquisition(items.getAcquisition().clone())  # the item is reused


@dataclass(frozen=True)
class SetKind:
    """The class of a set, and how its items are written.

    key: the column that identifies items. append: adds an item and its own tables.
    adopt: gives an item the values of the set. has_item_tables: items have tables of their own.
    """

    set_class: Callable[..., Any]
    key: str
    append: Callable[[Any, Any], None] = _append
    adopt: Callable[[Any, Any], None] = _adopt
    has_item_tables: bool = False


class SetFile:
    """The SQLite file of an output set; one thread at a time may publish."""

    def __init__(self, path: str, kind: SetKind) -> None:
        self._path = path
        self._kind = kind
        self._draft = path + ".next"
        self._link = path + ".link"
        self.superseded = SupersededFiles(path)

    def exists(self) -> bool:
        """Return True if a state was published; it has at least one item."""
        return os.path.exists(self._path)

    def isOpen(self) -> bool:
        """Return True if the set exists and its stream is open."""
        return self.exists() and self.load().isStreamOpen()

    def keys(self) -> Set[str]:
        """Return the keys of the items in the set, none if there is no set."""
        return set(self.columns(self._kind.key)[self._kind.key]) if self.exists() else set()

    def columns(self, *names: str) -> Dict[str, List[Any]]:
        """Return columns of the items' table by their names, each in the order of the items."""
        self._recover()
        items = self._kind.set_class(filename=self._path)
        try:
            return {name: _values(items, name) for name in names}
        finally:
            items.close()

    def load(self) -> Any:
        """Return the set with all its properties, its file closed."""
        self._recover()
        items = self._kind.set_class(filename=self._path)
        items.loadAllProperties()
        items.close()
        return items

    def publish(self, new: Sequence[Any], state: int, describe: Optional[_Change] = None) -> Any:
        """Add items, with ascending ids, and set the stream's state; return the set, file closed.

        ``describe`` gives a set that is only now created its sampling rate, acquisition, gain,
        dimensions and frame range.
        """

        change = self._adding(new, state)
        if self.exists():
            isDrafted = self._kind.has_item_tables and len(new) > 0
            items = self._commitInPlace(change, isDrafted) or self._replace(change)
        else:
            self._clearDraft()
            items = self._write(self._draft, change, describe or (lambda _: None))
            self._moveDraft()
        self._advanceTime()
        self.superseded.update(closed=state == ScipionSet.STREAM_CLOSED)
        return items

    def rewriteItems(
        self, describe: _Change, without: Collection[str] = (), new: Sequence[Any] = ()
    ) -> Any:
        """Rewrite the set's description, and give each item the set's values.

        Items of the keys ``without`` are removed, and the ``new`` ones added, at once: a set
        without items cannot be read. Readers that keep an older file open have its items as they
        were.
        """

        def change(items: Any) -> None:
            describe(items)
            for number in items.getIdSet():
                item = items[number]
                if getattr(item, self._kind.key).get() in without:
                    items._mapper.db.executeCommand("DELETE FROM Objects WHERE id = ?", (number,))
                    items._size.set(items._size.get() - 1)
                    continue
                self._kind.adopt(items, item)
                items.update(item)
            for item in new:
                self._kind.append(items, item)

        items = self._replace(change)
        self._advanceTime()
        return items

    def renew(self, new: Sequence[Any], state: int, describe: _Change) -> Any:
        """Replace the set by one of these items with a new description; return it, its file
        closed."""
        self._clearDraft()
        items = self._write(self._draft, self._adding(new, state), describe)
        self._replaceByDraft()
        self._advanceTime()
        return items

    def _adding(self, new: Sequence[Any], state: int) -> _Change:
        """Return the change that adds items to a set and sets the stream's state."""

        def change(items: Any) -> None:
            for item in new:
                self._kind.append(items, item)
            items.setStreamState(state)

        return change

    # -- two ways to a new state ------------------------------------------------------------------

    def _commitInPlace(self, change: _Change, isDrafted: bool) -> Optional[Any]:
        """Commit into the file that readers have open; None if a reader's lock forbids it."""
        if not self._writable():
            return None
        drafted = self._draftOfNewItems(change) if isDrafted else None
        if isDrafted and drafted is None:
            return None
        for attempt in range(_TRIES_IN_PLACE):
            if attempt:
                time.sleep(_BETWEEN_TRIES_SECS)
            try:
                self._recover()
                if drafted is None:
                    return self._write(self._writerPath(), change, patience=_TRY_SECS)
                commit_new_rows(self._draft, self._writerPath(), _TRY_SECS)
                self._clearDraft()
                return drafted
            except sqlite3.OperationalError:
                continue
        return None

    def _draftOfNewItems(self, change: _Change) -> Optional[Any]:
        """Write a draft with the set's properties and only the new items, their ids the next ones.

        None if the set's file has other columns, as one of another version of the item's class.
        """
        self._recover()
        items = self._kind.set_class(filename=self._path)
        try:
            items.loadAllProperties()
            columns, known = _columns(items), set(_values(items, self._kind.key))
            count, last = items.getSize(), items._idCount
        finally:
            items.close()
        self._clearDraft()
        items._mapperPath.set(f"{self._draft}, ")
        items.load()
        # Loading has counted the items of the draft, which are none.
        items._size.set(count)
        items._idCount = last
        # Of a draft that was cut off, nothing is used.
        items._mapper.db.executeCommand("PRAGMA synchronous = OFF")
        try:
            change(items)
            twice = known.intersection(_values(items, self._kind.key))
            if twice:
                raise ValueError(f"In the set already: {', '.join(sorted(twice))}")
            isAlike = _columns(items) == columns
            self._writeProperties(items)
        finally:
            items.close()
        return items if isAlike else None

    def _replace(self, change: _Change) -> Any:
        """Write a copy and rename it over the set's file; this works while readers hold locks."""
        items = self._drafted(change)
        self._replaceByDraft()
        return items

    def _replaceByDraft(self) -> None:
        self.superseded.keep()
        self._linkDraft()
        Path(self._path + "-journal").unlink(missing_ok=True)
        self._moveDraft()

    def _drafted(self, change: _Change) -> Any:
        """Write the change to a copy of the file, which has no readers."""
        self._clearDraft()
        shutil.copyfile(self._path, self._draft)
        journal = self._writerPath() + "-journal"
        if os.path.exists(journal):  # of a kill: SQLite rolls the copy back
            shutil.copyfile(journal, self._draft + "-journal")
        return self._write(self._draft, change)

    def _write(
        self,
        path: str,
        change: _Change,
        describe: Optional[_Change] = None,
        patience: Optional[float] = None,
    ) -> Any:
        items = self._kind.set_class(filename=path)
        try:
            if patience is not None:
                # pyworkflow's own is 1000 s.
                items._mapper.db.executeCommand(f"PRAGMA busy_timeout = {patience * 1000:.0f}")
            if describe is None:
                items.loadAllProperties()
                # The properties name the live file, and items would write their tables there.
                items._mapperPath.set(f"{path}, ")
                items.enableAppend()
            else:
                describe(items)
            change(items)
            self._writeProperties(items)
        finally:
            items.close()
        return items

    def _writeProperties(self, items: Any) -> None:
        # Written with the other properties, and what a reader opens after it has read them.
        items._mapperPath.set(f"{self._path}, ")
        items.write()

    # -- the files --------------------------------------------------------------------------------

    def _writerPath(self) -> str:
        """Return the name by which the file is written, which names the journal."""
        return self._link if os.path.exists(self._link) else self._path

    def _writable(self) -> bool:
        return os.path.samefile(self._writerPath(), self._path)

    def _recover(self) -> None:
        """Let SQLite roll back an interrupted transaction; OperationalError if it is locked."""
        if not (self._writable() and os.path.exists(self._writerPath() + "-journal")):
            return
        connection = sqlite3.connect(self._writerPath(), timeout=_TRY_SECS)
        try:
            connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        finally:
            connection.close()

    def _clearDraft(self) -> None:
        # Never hidden behind the name of the live file: SQLite's journal is named after it.
        Path(self._draft).unlink(missing_ok=True)
        Path(self._draft + "-journal").unlink(missing_ok=True)

    def _linkDraft(self) -> None:
        Path(self._link).unlink(missing_ok=True)
        Path(self._link + "-journal").unlink(missing_ok=True)
        try:
            os.link(self._draft, self._link)
        except OSError:  # no links on this file system: every state is a copy from now on
            with open(self._link, "wb"):
                pass

    def _moveDraft(self) -> None:
        os.replace(self._draft, self._path)
        sync_folder(Path(self._path).parent)  # SQLite has done so for the content

    def _advanceTime(self) -> None:
        """Set the file's time so that readers who compare it look again."""
        stamp = max(time.time_ns() + _AHEAD_NS, os.stat(self._path).st_mtime_ns + 1)
        os.utime(self._path, ns=(stamp, stamp))


def _values(items: Any, name: str) -> List[Any]:
    """Return a column of the items' table, in the order of the items."""
    return list(items.getUniqueValues(["id", name])[name])  # with the id, equal ones stay apart


def _columns(items: Any) -> List[Tuple[Any, ...]]:
    """Return the columns of the items' table: attribute, name, class."""
    rows = items._mapper.db.getClassRows()
    return [(row["label_property"], row["column_name"], row["class_name"]) for row in rows]
