"""Local paths for names from a server."""

import pytest

from empiardownloader.disk.paths import UnsafeName, nearest_existing, safe_join


@pytest.mark.parametrize("name", [
    "", "/", "/etc/passwd", "..", "../a", "a/../../b", "a//b", "a/", "./a", "a\\b", "a\nb", "a\rb",
    "a\x1b[2J", "a\x7fb", "a\0b", "a\x85b", "a\u2028b", "a\u2029b", "a\ud800b",
])
def test_a_name_that_leads_out_or_breaks_lines_is_refused(tmp_path, name):
    with pytest.raises(UnsafeName):
        safe_join(tmp_path, name)


@pytest.mark.parametrize("name", [
    "a.mrc", "data/Movies/a.mrc", "data/a b (1)/a.mrc", "data/Movies\u00a01/a.mrc",
    "data/\u3000/a.mrc", "data/M\udcfcller/a.mrc", "data/café/a.mrc", "..a", "a..", "...", "-a",
])
def test_an_odd_name_is_taken_as_it_is(tmp_path, name):
    assert safe_join(tmp_path, name) == tmp_path / name


def test_the_nearest_folder_that_exists(tmp_path):
    assert nearest_existing(tmp_path / "a" / "b") == tmp_path
    assert nearest_existing(tmp_path) == tmp_path
