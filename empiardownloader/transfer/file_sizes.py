"""The sizes of many files, requested over several connections at once."""

from __future__ import annotations

from typing import Any, Callable, Dict, Sequence

from .base import Server
from .directory_lister import DirectoryLister
from .many_files import ask_each


def ask_sizes(
    server: Server,
    paths: Sequence[str],
    *,
    on_size: Callable[[], object] = lambda: None,
    **options: Any,
) -> Dict[str, int]:
    """Return the exact sizes in bytes by path, without files whose size the server does not report.

    ``on_size`` is called after each answer, from several threads; ``options``: ask_each's. Raises
    the TransferError of a server that does not answer.
    """
    return ask_each(server, paths, DirectoryLister.size_of, on_answer=on_size, **options)
