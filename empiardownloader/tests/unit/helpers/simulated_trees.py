"""Remote trees made of a list of paths, which record the folders that are listed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional

from empiardownloader.files.tree import RemoteTree


class NotThere(Exception):
    """A simulated server's error for a folder that does not exist."""


@dataclass(frozen=True)
class Item:
    """One line of a listing."""

    name: str
    size: Optional[int] = 1
    is_folder: bool = False
    is_link: bool = False
    modified: str = ""


class SimulatedServer:
    """Lists the folders of some paths; `links` maps a path to its target."""

    def __init__(
        self,
        paths: Iterable[str],
        links: Optional[Mapping[str, str]] = None,
        shows_links: bool = True,
    ) -> None:
        self.asked: List[str] = []
        self._links = dict(links or {})
        self._shows_links = shows_links
        self._folders: Dict[str, Dict[str, Item]] = {"": {}}
        for number, path in enumerate(paths, 1001):
            self._add(path.rstrip("/"), number, is_folder=path.endswith("/"))
        for path in self._links:
            self._add(path, 4, is_folder=False, is_link=True)

    def _add(self, path: str, size: int, **facts: bool) -> None:
        folder, _, name = path.rpartition("/")
        if folder not in self._folders:
            self._add(folder, 0, is_folder=True)
        self._folders[folder].setdefault(name, Item(name, size, **facts))
        if facts["is_folder"]:
            self._folders.setdefault(path, {})

    def __call__(self, folder: str) -> List[Any]:
        self.asked.append(folder)
        real = self._real(folder)
        if real not in self._folders:
            raise NotThere(folder)
        # Unlike a disk, in no order at all.
        items = sorted(self._folders[real].values(), key=lambda item: item.name[::-1])
        return items if self._shows_links else [self._seen_over_https(real, i) for i in items]

    def _real(self, folder: str) -> str:
        real = ""
        for _, part in zip(range(99), folder.split("/")):
            real = f"{real}/{part}" if real else part
            real = self._links.get(real, real)
        return real

    def _seen_over_https(self, folder: str, item: Item) -> Item:
        path = f"{folder}/{item.name}" if folder else item.name
        leads_to_folder = self._links.get(path, "-") in self._folders
        return Item(item.name, item.size, item.is_folder or leads_to_folder)


class CountingTree(RemoteTree):
    """A remote tree that counts the calls of its server."""

    def __init__(self, list_folder: Callable[[str], Iterable[Any]]) -> None:
        self.listings = 0

        def count_and_list(folder: str) -> Iterable[Any]:
            self.listings += 1
            return list_folder(folder)

        super().__init__(count_and_list, missing=(NotThere,))


def tree_of(*paths: str, **options: Any) -> CountingTree:
    """Return a remote tree of these paths."""
    return CountingTree(SimulatedServer(paths, **options))
