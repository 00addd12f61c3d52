"""One question about each of many files, asked over several connections at once."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from typing import Callable, Deque, Dict, Generic, List, Sequence, TypeVar

from ..errors import FileError, TransferError
from ..net.open_sockets import OpenSockets
from ..net.retry import RetryPolicy
from .base import Server
from .directory_lister import DirectoryLister

#: Connections that ask: a question takes a round trip, and no server has much to do for it.
CONNECTIONS = 8

# A connection that is one too many goes away, and leaves its question to the others.
_FEW_TRIES = RetryPolicy(attempts=2)

_Answer = TypeVar("_Answer")


def ask_each(
    server: Server,
    paths: Sequence[str],
    question: Callable[[DirectoryLister, str], _Answer],
    *,
    connections: int = CONNECTIONS,
    policy: RetryPolicy = RetryPolicy(),  # noqa: B008 (frozen)
    sleep: Callable[[float], object] = time.sleep,
    on_answer: Callable[[], object] = lambda: None,
) -> Dict[str, _Answer]:
    """Return the answers by path, without files that the server refuses to answer for.

    ``on_answer`` is called after each, from several threads. Raises the TransferError of a server
    that does not answer.
    """
    return _Questions(server, paths, question, policy, sleep, on_answer).ask(connections)


class _Questions(Generic[_Answer]):
    """The files that are still to be asked about, and the answers."""

    def __init__(
        self,
        server: Server,
        paths: Sequence[str],
        question: Callable[[DirectoryLister, str], _Answer],
        policy: RetryPolicy,
        sleep: Callable[[float], object],
        on_answer: Callable[[], object],
    ) -> None:
        self._server = server
        self._question = question
        self._policy = policy
        self._sleep = sleep
        self._on_answer = on_answer
        self._left: Deque[str] = deque(paths)
        self._answers: Dict[str, _Answer] = {}
        self._sockets = OpenSockets()

    def ask(self, connections: int) -> Dict[str, _Answer]:
        """Send all requests, from this thread and from others, and return the answers."""
        helpers = [
            threading.Thread(target=self._help, name=f"question-{number}", daemon=True)
            for number in range(1, min(connections, len(self._left)))
        ]
        try:
            for helper in helpers:
                helper.start()
            self._ask_all(self._policy)
            _join(helpers)
            self._ask_all(self._policy)  # what helpers gave back at the end
        except BaseException:
            self._left.clear()
            self._sockets.shut_down()
            raise
        finally:
            _join(helpers)
        return self._answers

    def _help(self) -> None:
        # What fails here is asked again by the caller's thread, which reports what does not pass.
        with self._sockets.collecting(), contextlib.suppress(TransferError):
            self._ask_all(_FEW_TRIES)

    def _ask_all(self, policy: RetryPolicy) -> None:
        with DirectoryLister(self._server, policy, self._sleep) as lister:
            while True:
                try:
                    path = self._left.popleft()
                except IndexError:
                    return
                self._ask(lister, path)

    def _ask(self, lister: DirectoryLister, path: str) -> None:
        try:
            self._answers[path] = self._question(lister, path)
        except FileError:
            pass  # of this file alone: it stays without an answer
        except TransferError:
            self._left.append(path)
            raise
        self._on_answer()


def _join(threads: List[threading.Thread]) -> None:
    for thread in threads:
        if thread.ident is not None:
            thread.join()
