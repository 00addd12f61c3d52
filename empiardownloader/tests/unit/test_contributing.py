"""The transport that docs/contributing.rst shows, run as it stands there."""

import os
import textwrap
from pathlib import Path

import pytest

from empiardownloader.net.errors import FileMissing
from empiardownloader.transfer import Downloader, FolderLister, Placement, Wanted

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = DOCS / "contributing.rst"
SIZE = 3_000_001


@pytest.fixture
def server(tmp_path):
    if not PAGE.exists():
        pytest.skip("the page is in the checkout only")
    _, _, after = PAGE.read_text(encoding="utf-8").partition(".. code-block:: python\n")
    code, _, _ = after.partition("\nThen:\n")
    shown = {}
    exec(compile(textwrap.dedent(code), str(PAGE), "exec"), shown)
    (tmp_path / "entry" / "data").mkdir(parents=True)
    (tmp_path / "entry" / "data" / "a.mrc").write_bytes(os.urandom(SIZE))
    return shown["FolderServer"](tmp_path / "entry")


def test_it_lists(server):
    with FolderLister(server) as list_folder:
        assert [(item.name, item.is_folder) for item in list_folder("")] == [("data", True)]
        assert [(item.name, item.size) for item in list_folder("data")] == [("a.mrc", SIZE)]
        with pytest.raises(FileMissing):
            list_folder("nothing")


def test_it_fetches_what_is_there_and_names_what_is_not(server, tmp_path):
    wanted = [Wanted("data/a.mrc", SIZE, "a.mrc"), Wanted("data/b.mrc", 5, "b.mrc")]
    outcome = Downloader(server, Placement(tmp_path / "extra"), tmp_path / "parts").run(wanted)
    there = tmp_path / "entry" / "data" / "a.mrc"
    assert (tmp_path / "extra" / "a.mrc").read_bytes() == there.read_bytes()
    assert [failure.wanted.name for failure in outcome.failures] == ["b.mrc"]
    assert "not in the folder" in str(outcome.failures[0].error)
