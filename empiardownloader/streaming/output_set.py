"""One output of a protocol: the set's file, and the attribute by which the project knows it."""

import contextlib
from typing import Any, Callable, Collection, Optional, Sequence

from pyworkflow.object import Set

from ..disk.locks import exclusive_lock
from .set_file import SetFile, SetKind


class OutputSet:
    """Publishes states of a set, and updates the project's output."""

    def __init__(self, protocol: Any, name: str, file: str, kind: SetKind) -> None:
        """``name``: of the protocol's attribute; ``file``: the set's, in the run's folder."""
        self._protocol = protocol
        self.name = name
        self.file = SetFile(protocol._getPath(file), kind)

    @property
    def known(self) -> Any:
        """The project's output, None before it is defined."""
        return getattr(self._protocol, self.name, None)

    def takeUp(self) -> None:
        """Define the output of a set that a killed run published before it could."""
        if self.file.exists() and self.known is None:
            self._announce(self.file.load())

    def publish(
        self, items: Sequence[Any], state: int, describe: Optional[Callable[[Any], None]] = None
    ) -> None:
        """Add items and set the stream's state; ``describe`` gives a new set its values."""
        with self.exclusively():
            state = Set.STREAM_CLOSED if self._protocol._hasEnded else state
            self._announce(self.file.publish(items, state, describe))

    def rewriteItems(
        self,
        describe: Callable[[Any], None],
        without: Collection[str] = (),
        new: Sequence[Any] = (),
    ) -> None:
        """Rewrite the set's description and that of each item; drop items by key, and add
        others."""
        with self.exclusively():
            self._announce(self.file.rewriteItems(describe, without, new))

    def renew(
        self, items: Sequence[Any], state: int, describe: Callable[[Any], None]
    ) -> None:
        """Replace the set by one of these items, with a new description."""
        with self.exclusively():
            state = Set.STREAM_CLOSED if self._protocol._hasEnded else state
            self._announce(self.file.renew(items, state, describe))

    def close(self) -> None:
        """Close the set if it is open."""
        if self.known is not None and self.file.isOpen():
            self.publish([], Set.STREAM_CLOSED)

    def completeReaders(self, isStopped: Callable[[], bool]) -> None:
        """Let protocols that have an earlier file of the closed set open see its end.

        Waits for them; ``isStopped()`` ends the wait.
        """
        self.file.superseded.complete(self.exclusively, isStopped)

    @contextlib.contextmanager
    def exclusively(self):
        """Hold the locks of this process and between processes that writers take."""
        # Scipion's Stop closes the set from the window's process, while a job on a queue may live.
        lock = self._protocol._getLogsPath("publishing.lock")
        with self._protocol._lock, exclusive_lock(lock):
            yield

    def _announce(self, published: Any) -> None:
        """Update the project's output to the published state of the set."""
        protocol, output = self._protocol, self.known
        if output is None:
            protocol._defineOutputs(**{self.name: published})
            protocol._store(published)
            return
        output.copy(published, copyId=False, ignoreAttrs=[])
        if protocol.mapper.exists(output.getObjId()):
            protocol._store(output)
        else:
            # A second launch copies the project's database over the run's.
            output.cleanObjId()
            protocol._insertChild(self.name, output)
