"""The entry that the servers serve: movies, many files, odd names, links."""

import os

import pytest
from servers import has_ipv6

from empiardownloader.transfer import FileRequest

ODD_NAMES = [
    "two  blanks.mrc",
    " leading blank.mrc",
    "trailing blank ",
    "-leading dash.mrc",
    "--help",
    "[brackets] (1) {x,y}.mrc",
    "a quote's \"double\".mrc",
    "<less> & more.mrc",
    "µ é 日本.mrc",
    "latin-1 caf\udce9.mrc",  # one byte that is not UTF-8
    "50% of 100%25#1?x=1+2;3=4.mrc",
    "c:d.mrc",
    "star*.mrc",
    "~tilde.mrc",
    "back\\slash.mrc",
    "from -> to.mrc",
    "total 17",
    "packed.mrc.gz",
    "a_name_that_is_much_longer_than_the_column_that_an_index_page_has_for_it_" + "x" * 80 + ".mrc",
]
ODD_FOLDER = "odd/ -folder [1] 'é'"


class Tree:
    """Writes it into a folder, readable for everybody."""

    entry = "empiar/1"

    def __init__(self, folder):
        self.folder = folder
        self.data = folder / self.entry / "data"
        self.movies = {f"movie_{n:02d}.mrc": 4_000_000 + n for n in range(12)}
        self.small = {f"small_{n:02d}.tif": 20_000 + 1000 * n for n in range(60)}
        for kind, sizes in (("movies", self.movies), ("small", self.small)):
            for name, size in sizes.items():
                self._write(f"{kind}/{name}", os.urandom(size))
        self._write("big.mrc", os.urandom(24_000_000))
        self._write("empty.mrc", b"")
        for name in ODD_NAMES:
            for below in ("odd", ODD_FOLDER):
                content = b"\x1f\x8b\0" + name.encode("utf-8", "surrogateescape")  # as packed ones
                self._write(f"{below}/{name}", content)
        self.many = {f"FoilHole_{n:05d}.mrc": n % 10 for n in range(5000)}
        for name, size in self.many.items():
            self._write(f"many/{name}", b"x" * size)
        (self.data / "nothing").mkdir()
        (self.data / "links").mkdir()
        for name, target in (("good.mrc", "../movies/movie_03.mrc"), ("folder", "../movies"),
                             ("to blanks.mrc", "../odd/two  blanks.mrc"),
                             ("broken.mrc", "nowhere.mrc")):
            (self.data / "links" / name).symlink_to(target)
        for path in (folder, *folder.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() else 0o644)

    def served_by(self, kind, **options):
        """A server to be used in a `with`; skips the test where it is not there."""
        if kind.missing():
            pytest.skip(kind.missing())
        if ":" in options.get("address", "") and not has_ipv6():
            pytest.skip("this machine has no IPv6 loopback")
        return kind(self.folder, **options)

    def wanted(self, below, names, sizes=None):
        """Files of a folder to ask for; without `sizes`, theirs is to be found out."""
        return [FileRequest(f"data/{below}/{name}", (sizes or {}).get(name), f"{number}-file")
                for number, name in enumerate(names)]

    def assert_whole(self, wanted, folder):
        """Every file is in `folder`, byte for byte, and nothing else is."""
        for item in wanted:
            assert (folder / item.name).read_bytes() == self.content(item.path), item.path
        assert sorted(os.listdir(folder)) == sorted(item.name for item in wanted)

    def content(self, path):
        return (self.folder / self.entry / path).read_bytes()

    def _write(self, path, content):
        place = self.data / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
