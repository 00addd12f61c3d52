import re
from pathlib import PurePosixPath

import pytest
from layouts import LAYOUTS
from simulated_trees import tree_of

from empiardownloader.files.find_gains import find_gains
from empiardownloader.files.image_kinds import image_kind, split_extension
from empiardownloader.files.reference_names import is_gain_name
from empiardownloader.files.resolve_directory import resolve_directory
from empiardownloader.files.select_movies import select_movies


@pytest.fixture(params=LAYOUTS, ids=lambda layout: layout.entry)
def layout(request):
    return request.param


@pytest.fixture
def tree(layout):
    return tree_of(*layout.paths())


def movies_of(layout, tree, **wishes):
    top = resolve_directory(tree, layout.directory)
    return list(select_movies(tree, top, data_format=layout.data_format, **wishes))


def test_the_movies_of_a_real_layout_are_found_and_nothing_else(layout, tree):
    found = movies_of(layout, tree)
    assert [movie.remote.path for movie in found] == layout.paths("M")


def test_the_gain_of_a_real_layout_is_found(layout, tree):
    found = movies_of(layout, tree)
    if not found:
        return
    first = found[0].remote
    gains = find_gains(tree, first.folder, image_kind(first.name))
    assert [gain.path for gain in gains] == layout.paths("G") + layout.paths("g")


def test_local_names_are_unique_plain_and_as_expected(layout, tree):
    names = {movie.remote.path: movie.name for movie in movies_of(layout, tree)}
    stems = {split_extension(name)[0].lower() for name in names.values()}
    assert len(stems) == len(names)
    assert all(re.fullmatch(r"[\w+][\w+-]*(\.\w+){1,2}", name, re.ASCII) for name in names.values())
    for end, expected in layout.names.items():
        assert [name for path, name in names.items() if path.endswith(end)] == [expected]


def test_the_first_movies_are_the_same_however_many_are_asked_for(layout, tree):
    everything = movies_of(layout, tree)
    for limit in range(len(everything) + 2):
        assert movies_of(layout, tree_of(*layout.paths()), limit=limit) == everything[:limit]


def test_every_file_that_is_not_offered_is_accounted_for(layout, tree):
    left_out = []
    top = resolve_directory(tree, layout.directory)
    offered = movies_of(layout, tree, on_skipped=left_out.append)
    known = {movie.remote.path for movie in offered} | {item.path for item in left_out}
    for path in (PurePosixPath(path) for path in layout.paths()):
        if not top or PurePosixPath(top) in path.parents:
            assert known & {str(path), *map(str, path.parents)}


def test_a_file_that_is_offered_as_a_movie_is_no_gain(layout, tree):
    assert not any(is_gain_name(movie.remote.name) for movie in movies_of(layout, tree))


def test_the_table_covers_the_known_layouts():
    assert len({layout.entry[:5] for layout in LAYOUTS}) >= 80
