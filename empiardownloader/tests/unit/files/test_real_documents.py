"""A real entry's tree, if a copy of its listing is beside the checkout."""

import json
from pathlib import Path

import pytest
from simulated_trees import tree_of

from empiardownloader.files.resolve_directory import resolve_directory
from empiardownloader.files.select_movies import select_movies
from empiardownloader.files.sort_keys import natural_key

LISTING = Path(__file__).resolve().parents[5] / "shared" / "empiar" / "listing_10002.json"


def test_10002_has_260_movies_in_natural_order():
    if not LISTING.is_file():
        pytest.skip(f"the real document {LISTING.name} is not beside this checkout")
    header, folders = json.loads(LISTING.read_text(encoding="utf-8"))
    tree = tree_of(header, *(f"data/{name}" for name in folders["data"]))
    top = resolve_directory(tree, "data")
    names = [movie.name for movie in select_movies(tree, top, data_format="MRCS")]
    assert len(names) == 260 and names == sorted(names, key=natural_key)
    assert names[0] == "15_movie_gc.mrcs"
